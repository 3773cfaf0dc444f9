//! A runner whose tasks fail: what it keeps, and, where it was made with `failFast`, which waits end.
//!
//! Promises that an error is kept until it has been seen, by whatever way; and that a failure for which somebody waits goes
//! to that waiter and ends no other wait.

use super::{
  fail_fast::Failure,
  js_thread::{self, Entry, JsThread, Service},
  runner::{Runner, UNSEEN},
  silence,
  task::Task,
};
use crate::{
  binding::values::{protocol::Kind, thing::Id},
  core::roster,
};
use std::sync::Arc;

impl Runner {
  /// Keeps the failure of a task, which may be one of another runner or stand for the death of a loop, until it has been seen.
  pub fn keep_failure(self: &Arc<Self>, task: &Arc<Task>) {
    self.keep(task, task.kind != Kind::Death && self.manner().fails_fast); // Death ends all waits by itself.
  }

  fn keep(self: &Arc<Self>, task: &Arc<Task>, ends_waits: bool) {
    let mut state = self.state();
    state.roster.keep_failure(task.id, Arc::clone(task));
    if ends_waits && !matches!(state.roster.phase(), roster::Phase::Ended(_)) {
      self.failing.latch(true);
    }
    drop(state); // LOCK: the list of all has its own.
    UNSEEN.add(task.id, task, self, task.failed_at());
    if !self.state().roster.failures().contains_key(&task.id) {
      UNSEEN.remove(task.id); // It was seen on the roster before it stood in the list.
    }
    silence::begins();
  }

  /// The failure of this task has been seen; false where it is not one of those that are kept here.
  pub fn forget_failure(&self, id: Id) -> bool {
    let mut state = self.state();
    let is_kept = state.roster.forget_failure(id);
    if is_kept && state.roster.failures().is_empty() {
      self.failing.latch(false);
    }
    drop(state); // LOCK: the list of all has its own.
    if is_kept {
      UNSEEN.remove(id);
    }
    is_kept
  }

  /// The failure of a task of this runner, which another one may hold, has been seen; false where that was so before.
  pub fn failure_seen(&self, id: Id) -> bool {
    self.forget_failure(id) || UNSEEN.remove(id).is_some_and(|holder| holder.forget_failure(id))
  }

  /// Tasks whose errors have not been seen, oldest first; they count as seen now.
  pub fn take_failures(&self) -> Vec<Arc<Task>> {
    let mut state = self.state();
    let tasks = state.roster.take_failures();
    self.failing.latch(false);
    drop(state); // LOCK: the list of all has its own.
    for task in &tasks {
      UNSEEN.remove(task.id);
    }
    tasks
  }

  /// Tasks whose errors have not been seen, oldest first.
  pub fn failures(&self) -> Vec<Arc<Task>> {
    self.state().roster.failures().values().cloned().collect()
  }

  /// Takes over the failures of a runner that has ended and whose place it takes: they end no wait
  /// by themselves, and `onTaskError` was told. That the other's loop has died is none: it was replaced for that.
  pub fn inherit_of(self: &Arc<Self>, ended: &Arc<Self>) {
    for task in ended.take_failures().into_iter().filter(|task| task.kind != Kind::Death) {
      self.keep(&task, false);
    }
  }

  /// Nobody can see its failures any more: the thread of the program's own from which it comes remembers that there were
  /// some.
  pub fn lose_failures(&self) {
    if self.failures().iter().all(|task| UNSEEN.is_of_end(task.failed_at())) {
      return;
    }
    self.origin().lose_failures();
  }

  /// How many failed tasks of it are held by nothing but this: nobody can see their errors any more but by its close.
  pub fn failures_only_here(&self) -> usize {
    let is_only_here = |task: &&Arc<Task>| task.runner.id == self.id && Arc::strong_count(task) == 1;
    self.state().roster.failures().values().filter(is_only_here).count()
  }

  /// Takes over the failures of the runners that this thread, its loop's, has made: when it ends, nobody can see them there.
  pub fn inherit(self: &Arc<Self>, thread: &Arc<JsThread>) {
    for runner in UNSEEN.holders(|runner| runner.was_made_by(thread)) {
      for task in runner.take_failures() {
        self.keep_failure(&task);
        self.tell_maker(Service::Failure(Arc::clone(self), task));
      }
    }
  }

  /// Reports the tasks of all runners that come from this thread whose errors nobody has seen.
  pub fn report_unseen_of(thread: &Arc<JsThread>) {
    let is_of_task = |task: &&Arc<Task>| task.kind != Kind::Death && task.failure().is_some();
    UNSEEN.tasks(|runner| runner.comes_from(thread.number())).iter().filter(is_of_task).for_each(Task::report);
  }

  /// The failures of the next runner that comes from this thread, without what has failed because the process ends; they count
  /// as seen now. None where there are none left.
  pub fn take_unseen_of(thread: &Arc<JsThread>) -> Option<(Arc<Self>, Vec<Arc<Task>>)> {
    UNSEEN.holders(|runner| runner.comes_from(thread.number())).into_iter().find_map(|runner| {
      let is_due = |task: &Arc<Task>| !UNSEEN.is_of_end(task.failed_at());
      let tasks: Vec<_> = runner.failures().into_iter().filter(is_due).collect();
      for task in &tasks {
        task.retrieved();
      }
      (!tasks.is_empty()).then_some((runner, tasks))
    })
  }

  /// A task of it has failed, and nobody waits for that task.
  pub fn fail_fast(&self, task: &Task) {
    if !self.manner().fails_fast || self.is_ended() {
      return;
    }
    let Some(failure) = failure_of(task) else { return };
    self.failing.note(failure);
    for thread in js_thread::all() {
      thread.doorbell.look_up(); // WAKE: all; each looks whether its wait ends.
      if thread.hub.push(Entry::Failed(self.id)).is_ok() {
        thread.hub.wake();
      }
    }
  }

  /// The failure that ends a wait which has noted this number; not that of a task which is waited for. What was created
  /// after the failures is not ended by them; `created` is what a task has noted, 0 for anything else.
  pub fn failure_for(&self, noted: u64, is_awaited: impl Fn(Id) -> bool, created: u64) -> Option<Failure> {
    let last = self.failing.last_since(noted).filter(|failure| !is_awaited(failure.task));
    last.or_else(|| if self.failing.is_older_than(created) { None } else { self.latched(is_awaited) })
  }

  /// The first failure that has not been seen, but for those of tasks that are waited for.
  pub fn latched(&self, is_awaited: impl Fn(Id) -> bool) -> Option<Failure> {
    if !self.failing.is_latched() {
      return None;
    }
    let ends_waits = |task: &&Arc<Task>| task.kind != Kind::Death && !is_awaited(task.id); // A dead loop ends all by itself.
    let first = self.state().roster.failures().values().find(ends_waits).cloned();
    failure_of(&*first?)
  }
}

fn failure_of(task: &Task) -> Option<Failure> {
  Some(Failure { task: task.id, name: task.name(), error: task.error()?.error()? })
}
