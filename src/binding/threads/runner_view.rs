//! Looks at a runner from outside: how much it has to do, and which tasks may hold its loop.
//!
//! Promises never to wait for the loop, and to hold no two locks at a time.

use super::{
  runner::{Runner, Words},
  task::Task,
  unanswered::{Calls, Unanswered},
};
use crate::{
  binding::values::{protocol::SEVERAL, thing::Id},
  core::roster,
};
use std::sync::{Arc, Weak};

impl Runner {
  /// How many tasks wait for their start, and how many have started and not ended.
  pub fn tasks(&self) -> (usize, usize) {
    let state = self.state();
    let started = state.roster.tasks().values().filter(|task| task.is_started()).count();
    (state.roster.tasks().len() - started, started)
  }

  /// How many tasks it has that have not ended; none where it takes no more work.
  pub fn open_tasks(&self) -> Option<usize> {
    let state = self.state();
    matches!(state.roster.phase(), roster::Phase::Open).then(|| state.roster.tasks().len())
  }

  /// How many waits there are for its tasks and primitives, and the bytes those hold.
  pub fn load(&self) -> (usize, usize) {
    let state = self.state();
    let tasks: Vec<_> = state.roster.tasks().values().cloned().collect();
    let members: Vec<_> = state.roster.members().iter().filter_map(Weak::upgrade).collect();
    drop(state); // LOCK: members have locks of their own.
    let waiters = tasks.iter().map(|task| task.future.waiters()).sum::<usize>();
    members.iter().fold((waiters, 0), |(waiters, bytes), member| (waiters + member.waiters(), bytes + member.bytes()))
  }

  /// What the scripts of its server wait for; none where it is no server's. With the number of a task: of the calls that wait,
  /// those of this task alone, and where there are some, nothing else.
  pub fn unanswered(&self, task: Id) -> Option<Unanswered> {
    if !self.serves() {
      return None;
    }
    let members: Vec<_> = self.state().roster.members().iter().filter_map(Weak::upgrade).collect();
    // LOCK: members have locks of their own.
    let mut found = members.iter().find_map(|member| member.unanswered(task))?;
    if task != 0 && found.waiting.count > 0 {
      (found.taken, found.times) = (Calls::default(), 0);
    }
    found.any().then_some(found)
  }

  /// For how long, in milliseconds, the loop has not looked at what it was told.
  pub fn lag(&self) -> f64 {
    self.thread().and_then(|thread| thread.hub.oldest()).map_or(0.0, |since| since.elapsed().as_secs_f64() * 1000.0)
  }

  /// The names of the scripts that have something to run.
  fn busy_scripts(&self) -> Vec<String> {
    let is_busy = |task: &&Arc<Task>| task.apart().is_some_and(|apart| apart.is_busy());
    self.state().roster.tasks().values().filter(is_busy).map(|task| task.name()).collect()
  }

  /// The names of the tasks that may hold the loop: the one whose code is known to have run last, else, where it was one
  /// of several or the loop does not look at what it is told, all that have started.
  pub fn holders(&self) -> Vec<String> {
    if self.scripts.is_busy() {
      return self.busy_scripts();
    }
    let has_entries = || self.thread().is_some_and(|thread| thread.hub.has_entries());
    let is_held = self.ran_last() == SEVERAL || self.current().is_some() || has_entries() || !self.stuck().is_zero();
    if is_held { self.holding().iter().map(|task| task.name()).collect() } else { Vec::new() }
  }

  /// The same tasks of a loop that is known to be held.
  pub fn holding(&self) -> Vec<Arc<Task>> {
    if let Some(task) = self.current() {
      return vec![task];
    }
    let mut started = self.started();
    started.retain(|task| task.apart().is_none());
    started
  }

  /// The tasks that have started and not ended.
  pub fn started(&self) -> Vec<Arc<Task>> {
    self.state().roster.tasks().values().filter(|task| task.is_started()).cloned().collect()
  }

  /// What the loop says of which task has run last.
  fn ran_last(&self) -> i32 {
    self.words.lock().as_ref().map_or(0, Words::current)
  }

  fn current(&self) -> Option<Arc<Task>> {
    let current = self.ran_last().cast_unsigned();
    self.state().roster.tasks().values().find(|task| task.current() == current).cloned()
  }

  /// Entries the loop has not taken, and waits that depend on it.
  pub fn backlog(&self) -> usize {
    let state = self.state();
    state.thread.as_ref().map_or(state.backlog.len(), |thread| thread.hub.backlog())
  }
}
