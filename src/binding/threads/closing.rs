//! A runner that is asked to close: from the request to the moment its thread may end, or is ended by force.
//!
//! Promises that no more work is taken from the request on, and that a task which was cut before is cut once more: the
//! close itself cuts only those that were not. Promises, too, that what does not end in order in its time is ended by force,
//! and given up where that fails, whoever has begun the close.

use super::{
  alarms::Alarm,
  js_thread::{Entry, Service},
  overdue::{Overdue, Stage},
  runner::Runner,
  task::Task,
};
use std::{
  sync::{Arc, Weak, atomic::Ordering},
  time::Duration,
};

/// How long a loop that is still starting may take before its `exitTimeout` begins all the same; and how long a maker may,
/// which computes, to come to the service that ends the thread.
const PATIENCE: Duration = Duration::from_secs(10);

/// The least time force is given: ending a thread takes Node some milliseconds.
const LEAST_FORCE: Duration = Duration::from_millis(500);

impl Runner {
  /// Takes no more work and asks the loop to close, which is ended by force once it has taken too long.
  pub fn close(self: &Arc<Self>) {
    self.begin_to_close();
    self.begin_to_time();
  }

  /// Takes no more work and asks the loop to close, for as long as it takes; false when that was done before.
  pub fn begin_to_close(&self) -> bool {
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

  /// Its thread is to be ended by force.
  pub(super) fn force(&self) {
    self.is_forced.store(true, Ordering::SeqCst);
  }
}

/// The time that a close has.
impl Runner {
  /// A close was asked for. The time for it begins with the first, or when the loop is up.
  pub fn begin_to_time(self: &Arc<Self>) {
    let mut overdue = self.overdue.lock();
    if overdue.stage == Stage::None {
      // ORDERING: whoever sets it looks at the stage after that, under the same lock.
      let stage = if self.up.is_set() { Stage::Cleanup } else { Stage::Boot };
      self.begin(&mut overdue, stage);
    }
  }

  /// The loop is up, and may have been asked to close before.
  pub(super) fn has_come_up(self: &Arc<Self>) {
    self.follow(Stage::Boot, Stage::Cleanup);
  }

  /// Its `exitTimeout` was changed, and counts anew.
  pub(super) fn has_other_time(self: &Arc<Self>) {
    self.follow(Stage::Cleanup, Stage::Cleanup);
  }

  /// Its maker has come to the service that ends it, and first says where its loop is.
  pub fn force_is_taken_up(self: &Arc<Self>) {
    self.follow(Stage::Maker, Stage::Maker);
  }

  /// Its maker is about to end its thread by force.
  pub fn forced(self: &Arc<Self>) {
    self.force();
    self.follow(Stage::Maker, Stage::Force);
  }

  /// It has ended.
  pub(super) fn time_is_over(&self) {
    self.overdue.lock().end(Stage::Ended);
  }

  fn follow(self: &Arc<Self>, before: Stage, stage: Stage) {
    let mut overdue = self.overdue.lock();
    if overdue.stage == before {
      self.begin(&mut overdue, stage);
    }
  }

  fn begin(self: &Arc<Self>, overdue: &mut Overdue, stage: Stage) {
    overdue.begin(stage, self.time_of(stage), self.alarm());
  }

  fn alarm(self: &Arc<Self>) -> Weak<dyn Alarm> {
    let runner: Weak<Self> = Arc::downgrade(self);
    runner
  }

  fn time_of(&self, stage: Stage) -> Option<Duration> {
    let exit_timeout = || Duration::try_from_secs_f64(self.exit_timeout() / 1000.0).ok();
    match stage {
      Stage::None | Stage::Ended => None,
      Stage::Boot | Stage::Maker => Some(PATIENCE),
      Stage::Cleanup => exit_timeout(),
      Stage::Force => exit_timeout().map(|time| time.max(LEAST_FORCE)),
    }
  }

  /// A part of its time has passed.
  pub(super) fn time_passes(self: &Arc<Self>, round: u64) {
    let mut overdue = self.overdue.lock();
    if !overdue.has_passed(round, self.alarm()) {
      return;
    }
    match overdue.stage {
      Stage::Boot => self.begin(&mut overdue, Stage::Cleanup),
      Stage::Cleanup => {
        self.begin(&mut overdue, Stage::Maker);
        drop(overdue); // LOCK: asking the maker takes its own.
        self.force();
        self.tell_maker(Service::Terminate(Arc::clone(self)));
      }
      Stage::Maker | Stage::Force => {
        drop(overdue); // LOCK: the end of a runner wakes waiters.
        self.given_up();
      }
      Stage::None | Stage::Ended => {}
    }
  }
}
