//! The end of a runner that nobody holds any more.
//!
//! Promises that a runner is ended so only where nothing outside of its loop can reach it or anything that belongs to it,
//! and only when its loop has come to an end as any loop would: with nothing left that keeps one alive. Finds that by
//! counting: what may reach a runner holds it, so there are as many holds on it as are known here, or somebody has one.
//!
//! The maker's thread looks when it makes a runner and when an object of a runner was collected, and tells the loop.

use super::environment::Environment;
use crate::binding::threads::js_thread::Entry;
use std::sync::Arc;

/// Its maker's list, its loop's environment, and the object that its loop has of it.
const KNOWN_HOLDS: usize = 3;

impl Environment {
  /// Tells the runners whose objects on this thread, their maker, are gone; returns how many there are.
  pub fn look_for_let_go(&self) -> usize {
    let js = self.border.js;
    let gone = self.made.filter(|runner| {
      runner.is_employed() && !runner.is_closing() && self.border.handles.borrow().is_gone(js, runner.id)
    });
    if !gone.is_empty() {
      let swept = self.border.handles.borrow_mut().sweep_all(js);
      drop(swept); // Tasks and queues of those runners, which would count as holds.
    }
    for id in &gone {
      self.made.post(*id, Entry::LetGo);
    }
    gone.len()
  }

  /// The maker has let go of this thread's runner: where nobody else holds it either, it keeps its loop alive no longer.
  pub(super) fn let_go(&self) {
    if self.ends_by_itself.get() {
      return;
    }
    self.is_let_go.set(!self.is_held());
    self.keep_alive_while_needed();
  }

  /// This thread's loop has nothing left that keeps it alive. Closes the runner, unless somebody holds it again; true
  /// where it does. The close is an orderly one, for which the loop goes on.
  pub fn end_if_let_go(&self) -> bool {
    let ends = self.is_let_go.replace(false) && !self.is_held();
    self.keep_alive_while_needed();
    self.ends_by_itself.set(ends && self.own_runner().is_some_and(|runner| runner.begin_to_close()));
    self.ends_by_itself.get()
  }

  /// The close has cut what was left. One that began here waits only for what keeps a loop alive, as nobody would end it
  /// by force.
  pub fn has_cut(&self) {
    self.is_let_go.set(self.ends_by_itself.get());
    self.keep_alive_while_needed();
  }

  fn is_held(&self) -> bool {
    let Some(runner) = self.own_runner() else { return true };
    let tasks = runner.failures_only_here() + runner.cancelled_only_here();
    let known = KNOWN_HOLDS + tasks + self.border.handles.borrow().holding_only_here(runner.id);
    runner.is_closing() || Arc::strong_count(&runner) > known
  }
}
