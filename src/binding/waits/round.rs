//! The round that this thread answers, whose answers its server's loop takes together.
//!
//! Promises that an answer which is kept back has left before this thread does anything by which it could learn, or have
//! others learn, that it has not: any native call but those that a round is made of lets it go first, and so does the
//! end of the round.

use crate::binding::{
  threads::{js_thread::JsThread, runner::Runner},
  values::thing::Id,
};
use std::{
  cell::{Cell, RefCell},
  sync::Arc,
};

/// The round of one thread.
#[derive(Default)]
pub struct Round {
  /// The loop whose scripts are answered, while a round goes on.
  thread: RefCell<Option<Arc<JsThread>>>,
  /// The number of its runner; 0 while none goes on.
  runner: Cell<Id>,
  has_kept_back: Cell<bool>,
}

impl Round {
  /// The next request is one of a round of this runner's server.
  pub fn goes_on(&self, runner: &Runner) {
    if self.runner.get() != runner.id {
      self.end();
      *self.thread.borrow_mut() = runner.thread();
      self.runner.set(if self.thread.borrow().is_some() { runner.id } else { 0 });
    }
  }

  /// The mark of an answer of this runner's server that is given now; 0 where it is no part of a round.
  pub fn mark(&self, runner: &Runner) -> Id {
    if self.runner.get() != runner.id {
      return 0;
    }
    self.has_kept_back.set(true);
    runner.id
  }

  /// Lets go what is kept back. Asked before nearly every native call.
  #[inline]
  pub fn release(&self) {
    if self.has_kept_back.replace(false)
      && let Some(thread) = &*self.thread.borrow()
    {
      thread.release();
    }
  }

  /// There are no more answers of the round.
  pub fn end(&self) {
    self.release();
    self.runner.set(0);
    *self.thread.borrow_mut() = None;
  }
}
