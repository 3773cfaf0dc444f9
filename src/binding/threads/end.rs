//! The end of a runner, by whatever cause.
//!
//! Promises that it comes once, and that every wait which depends on the runner ends with it.

use super::runner::{REGISTRY, Runner};
use crate::{binding::values::protocol::ShutdownType, core::error::End};
use std::sync::{Arc, atomic::Ordering};

impl Runner {
  fn reason(&self) -> End {
    let was_closed = self.is_orderly.load(Ordering::SeqCst) || self.is_forced.load(Ordering::SeqCst);
    if was_closed { End::Closed } else { End::Died }
  }

  /// Its thread has ended, or could not be: everything that depends on it ends.
  pub fn thread_ended(self: &Arc<Self>) {
    let shutdown = match (self.is_orderly.load(Ordering::SeqCst), self.is_forced.load(Ordering::SeqCst)) {
      (true, _) => ShutdownType::Stopped,
      (_, true) => ShutdownType::ForceStopped,
      _ => ShutdownType::Unknown,
    };
    *self.words.lock() = None;
    if matches!(self.reason(), End::Died) && !self.is_ended() && self.is_employed() {
      self.tell_death();
    }
    self.end(shutdown);
  }

  /// Whether its thread was to be ended by force, and goes on. Node tells of the end of a worker after that of its thread.
  pub fn withstands_force(&self) -> bool {
    self.is_forced.load(Ordering::SeqCst) && self.thread().is_some()
  }

  /// Gives the thread up: native code holds it, or its maker does not come to end it.
  pub(super) fn given_up(&self) {
    self.end(ShutdownType::FailedForceStopped);
  }

  fn end(&self, shutdown: ShutdownType) {
    let reason = self.reason();
    let mut state = self.state();
    let Some(leavers) = state.roster.end(reason) else { return };
    state.thread = None;
    self.failing.latch(false);
    let backlog = std::mem::take(&mut state.backlog);
    drop(state); // LOCK: ending wakes waiters, which may come back here.
    self.shutdown.store(shutdown as u8, Ordering::SeqCst);
    leavers.tell(|task| task.end(reason));
    drop(backlog);
    self.failing.forget();
    self.time_is_over();
    REGISTRY.lock().remove(&self.id);
    self.up.set();
    self.rested.end(reason);
    self.ended.set();
  }
}
