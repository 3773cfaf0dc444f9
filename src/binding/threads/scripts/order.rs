//! The order in which the scripts of a thread take their turns: mostly that of the last round.
//!
//! Promises nothing but speed: what the script touches that probably comes next can be fetched while another one has its
//! turn. Where the order changes, it was fetched in vain once.

use crate::{core::sync::Mutex, script::Places};
use std::{cell::RefCell, sync::Arc};

thread_local! {
  /// Whose turn was the last one.
  static LAST: RefCell<Option<Arc<Mutex<Places>>>> = const { RefCell::new(None) };
}

/// A script's place in the order.
#[derive(Default)]
pub struct Turns {
  /// Where the script lies that came after it when it ran last.
  next: Arc<Mutex<Places>>,
}

impl Turns {
  /// A turn of the script begins, which lies here. Returns where the one lies that came after it the last time.
  pub fn begins(&self, own: Places) -> Places {
    if let Some(last) = LAST.with(|last| last.replace(Some(Arc::clone(&self.next)))) {
      *last.lock() = own;
    }
    *self.next.lock()
  }
}
