//! A runner that is asked to close: from the request to the moment its thread may end.
//!
//! Promises that no more work is taken from the request on, and that a task which was cut before is cut once more: the
//! close itself cuts only those that were not.

use super::{js_thread::Entry, runner::Runner, task::Task};
use std::sync::{Arc, Weak, atomic::Ordering};

impl Runner {
  /// Takes no more work and asks the loop to close; false when that was done before.
  pub fn close(&self) -> bool {
    let mut state = self.state();
    if !state.roster.close() {
      return false;
    }
    let cut_before: Vec<_> = state.roster.tasks().values().filter(|task| task.is_cancelled()).cloned().collect();
    Self::post_in(state, Entry::Close);
    // They are in their cleanup, or have swallowed the cut.
    cut_before.iter().for_each(Task::cut_again);
    true
  }

  /// How many tasks of it that were cancelled, and are not over, are held by nothing but this: nobody waits for them.
  pub fn cancelled_only_here(&self) -> usize {
    let is_only_here = |task: &&Arc<Task>| Arc::strong_count(task) == 1 && task.is_cancelled();
    self.state().roster.tasks().values().filter(is_only_here).count()
  }

  /// The loop has cancelled what `close` found left. What runs apart is cancelled here.
  pub fn cancelled_all(&self) {
    self.has_cancelled.store(true, Ordering::SeqCst);
    if !self.scripts.are_used() {
      return;
    }
    let apart: Vec<_> = self.state().roster.tasks().values().filter(|task| task.apart().is_some()).cloned().collect();
    for task in apart {
      task.cancel(); // LOCK: not under it.
    }
  }

  /// The loop has cut the waits its tasks were in.
  pub fn cut_all(&self) {
    let members: Vec<_> = self.state().roster.members().iter().filter_map(Weak::upgrade).collect();
    for member in members {
      member.close(); // LOCK: not under it.
    }
  }

  pub fn has_cancelled(&self) -> bool {
    self.has_cancelled.load(Ordering::Relaxed)
  }

  /// The loop has done all that `close` asks for; its thread ends now.
  pub fn closed_in_order(&self) {
    self.is_orderly.store(true, Ordering::SeqCst);
  }

  /// Its thread is about to be ended by force.
  pub fn forced(&self) {
    self.is_forced.store(true, Ordering::SeqCst);
  }
}
