//! Holds on a part of this thread, which other threads let go.
//!
//! Promises that a hold costs this thread no look at their count: the thread that has let go of the last one has written
//! that, and its cache line would have to come back for each wait. Many are counted at once, and handed out one by one.

use std::{cell::RefCell, iter, sync::Arc};

/// So many are counted at once.
const AT_ONCE: usize = 64;

pub struct Holds<P> {
  part: Arc<P>,
  counted: RefCell<Vec<Arc<P>>>,
}

impl<P> Holds<P> {
  pub fn on(part: &Arc<P>) -> Self {
    Self { part: Arc::clone(part), counted: RefCell::default() }
  }

  /// One more.
  pub fn one(&self) -> Arc<P> {
    let mut counted = self.counted.borrow_mut();
    if counted.is_empty() {
      counted.extend(iter::repeat_n(&self.part, AT_ONCE).cloned());
    }
    counted.pop().unwrap_or_else(|| Arc::clone(&self.part))
  }
}
