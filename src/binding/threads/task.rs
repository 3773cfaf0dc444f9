//! A task: a function that a runner's loop was asked to run, and what became of it.
//!
//! Promises that a task which was cancelled before its loop took it up never starts, that it is settled once, whether
//! the task ends first or its runner, and that its runner keeps it only while it runs or while an error of it is
//! unseen. A cancellation that its loop has not taken up yet is one with those that are asked for meanwhile.

use super::{
  alarms::{Alarm, AlarmKey, Timers},
  fail_fast,
  js_thread::{Entry, JsThread, Service},
  runner::Runner,
  scripts::{
    Apart,
    packets::{Field, error},
  },
  sources::Source,
  unanswered::Unanswered,
};
use crate::{
  binding::values::{
    outcome::Settlement,
    payload::Payload,
    protocol::Kind,
    thing::{Id, Thing, next_id},
  },
  core::{
    deadline::Deadline,
    error::End,
    future::{FutureCell, Settled},
    sync::Mutex,
  },
};
use rustc_hash::FxHasher;
use std::{
  hash::{Hash, Hasher},
  sync::{Arc, OnceLock, Weak},
  time::{Duration, Instant},
};

/// Whether it was asked to end.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Cancel {
  #[default]
  None,
  /// Its loop has not taken it up.
  Due,
  TakenUp,
}

#[derive(Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is true of any combination of the others")]
struct State {
  /// Taken when it starts.
  arguments: Option<Payload>,
  is_started: bool,
  cancel: Cancel,
  is_expired: bool,
  /// What it waited for when its time was over.
  unanswered: Option<Box<Unanswered>>,
  /// The thread that waits for it was told that it waits for that thread.
  is_noticed: bool,
  /// What the signal was aborted with that has cancelled it.
  reason: Option<Arc<Payload>>,
  failed_at: Option<Instant>,
  /// The error it is kept for: its runner keeps it before those who wait for it have the error.
  failure: Option<Arc<Payload>>,
  /// Nobody asks for its outcome any more.
  is_given_up: bool,
  /// Its error has been handed over, or told.
  is_seen: bool,
  /// Its runner's maker was asked to tell of its error.
  is_reported: bool,
  alarms: Vec<AlarmKey>,
}

/// What an alarm of a task is for: its ticket.
#[derive(Clone, Copy, PartialEq, Eq)]
#[repr(u32)]
enum Due {
  Lifetime = 0,
  /// Its runner closes, and it was cut before.
  SecondCut = 1,
}

/// In so many parts the time passes until the second cut.
const PARTS_OF_QUARTER: u32 = 4;

/// What is said of a task when it is created.
pub struct Description {
  pub kind: Kind,
  pub name: Option<Box<str>>,
  pub source: Option<Arc<Source>>,
  pub lifetime: f64,
  pub note: String,
}

/// One task.
pub struct Task {
  pub id: Id,
  pub runner: Arc<Runner>,
  pub kind: Kind,
  /// `None` where the task is called as its source is.
  name: Option<Box<str>>,
  /// `None` for one of the loop's own errands.
  source: Option<Arc<Source>>,
  /// How many milliseconds it may live; infinite unless the caller said.
  lifetime: f64,
  /// What else its loop should know, as `lib/maker/create-task.ts` wrote it; mostly nothing.
  pub note: String,
  pub future: FutureCell<Settlement>,
  /// What `fail_fast` had counted when it was created.
  pub epoch: u64,
  state: Mutex<State>,
  /// Who is told of its end; mostly nobody.
  observer: OnceLock<Weak<JsThread>>,
  /// What runs it, where that is not its runner's loop.
  apart: OnceLock<Arc<dyn Apart>>,
}

/// The name of a task that runs, or of one that has ended and has left work behind.
pub enum TaskName {
  Of(Arc<Task>),
  Left(Arc<str>),
}

impl TaskName {
  pub fn text(&self) -> String {
    match self {
      Self::Of(task) => task.name(),
      Self::Left(name) => (&**name).into(),
    }
  }
}

impl Task {
  pub fn new(runner: Arc<Runner>, description: Description, arguments: Option<Payload>) -> Arc<Self> {
    let Description { kind, name, source, lifetime, note } = description;
    let state = Mutex::new(State { arguments, ..State::default() });
    Arc::new(Self {
      id: next_id(),
      runner,
      kind,
      name,
      source,
      lifetime,
      note,
      future: FutureCell::new(),
      epoch: fail_fast::epoch(),
      state,
      observer: OnceLock::new(),
      apart: OnceLock::new(),
    })
  }

  /// How `Word::Current` names it.
  #[expect(clippy::cast_possible_truncation, reason = "that word has 32 bits")]
  pub fn current(&self) -> u32 {
    self.id as u32
  }

  pub fn name(&self) -> String {
    let of_source = || self.source.as_ref().map_or("next iteration", |source| &*source.name);
    self.name.as_deref().unwrap_or_else(of_source).into()
  }

  /// What it has in common with the tasks that take about as long: its function, and its name.
  pub fn place(&self) -> u64 {
    let mut hasher = FxHasher::default();
    self.name.hash(&mut hasher);
    hasher.write_u64(self.source.as_ref().map_or(0, |source| source.number));
    hasher.finish()
  }

  /// The number of its source, or 0; negative where there is a name or a note to read.
  pub fn source_and_more(&self) -> i64 {
    let has_more = self.name.is_some() || !self.note.is_empty();
    let number = self.source.as_ref().map_or(0, |source| source.number.cast_signed());
    if has_more { -number } else { number }
  }

  /// The loop starts it: returns the arguments, or `None` where it was cancelled first.
  pub fn begin(&self) -> Option<Payload> {
    let mut state = self.state.lock();
    if state.cancel != Cancel::None {
      return None;
    }
    state.is_started = true;
    state.arguments.take()
  }

  /// Says, before it is given to its runner, that it does not run on the loop of that.
  #[cfg_attr(not(feature = "scripts"), allow(dead_code, reason = "there are no scripts"))]
  pub fn runs_apart(&self, apart: Arc<dyn Apart>) {
    let _ = self.apart.set(apart);
  }

  /// What runs it, where that is not its runner's loop.
  pub fn apart(&self) -> Option<&Arc<dyn Apart>> {
    self.apart.get()
  }

  /// Cancels it: at once if it has not started, else by its loop, and each time anew once that has taken it up. What runs
  /// apart has no cleanup, and ends at once.
  pub fn cancel(self: &Arc<Self>) {
    let mut state = self.state.lock();
    if std::mem::replace(&mut state.cancel, Cancel::Due) == Cancel::Due {
      return;
    }
    let is_started = state.is_started;
    state.arguments = None;
    drop(state); // LOCK: settling wakes waiters.
    if is_started && self.apart.get().is_none() {
      self.runner.post(Entry::Cancel(Arc::clone(self)));
    } else {
      let has_ended = !self.future.cancel();
      self.runner.take_task(self.id);
      self.over();
      self.tell_observer();
      if !has_ended {
        self.cut_apart(); // A task that has ended by itself may still have calls, which are to be answered.
      }
    }
  }

  /// Its time is over: where its loop has not started it, and where it runs apart, it fails at once. False where the loop
  /// has it, which has it clean up and end by the same error.
  fn expire(self: &Arc<Self>) -> bool {
    let mut state = self.state.lock();
    if (state.is_started || state.cancel != Cancel::None) && self.apart.get().is_none() {
      return false;
    }
    if !state.is_started {
      state.cancel = Cancel::Due; // It does not begin any more.
      state.arguments = None;
    }
    drop(state); // LOCK: settling wakes waiters.
    let Some(task) = self.runner.take_task(self.id) else { return true }; // It has ended meanwhile.
    let unanswered = self.unanswered().map_or_else(String::new, |unanswered| unanswered.sentences());
    let message =
      format!("The task '{}' timed out after {} ms and was cancelled.{unanswered}", self.name(), self.lifetime);
    let packet = error(Some("EventLoopTimeoutError"), &message, &[("code", Field::Text("ERR_EVENT_LOOP_TIMEOUT"))]);
    let payload = Payload::encoded_as(&packet, Box::default()).unwrap_or(Payload::Undefined);
    task.settle(Settlement::new(true, payload));
    task.report();
    task.cut_apart();
    true
  }

  /// Where it runs apart, it runs no further.
  fn cut_apart(&self) {
    if let Some(apart) = self.apart.get() {
      apart.cut();
    }
  }

  /// Says why it is about to be cancelled.
  pub fn set_reason(&self, reason: Payload) {
    self.state.lock().reason = Some(Arc::new(reason));
  }

  /// Why it was cancelled, where a signal has done that.
  pub fn reason(&self) -> Option<Arc<Payload>> {
    self.state.lock().reason.clone()
  }

  /// Its loop takes a cancellation up; false where none is due.
  pub fn take_cancel(&self) -> bool {
    let mut state = self.state.lock();
    let is_due = state.is_started && state.cancel == Cancel::Due;
    if is_due {
      state.cancel = Cancel::TakenUp;
    }
    is_due
  }

  /// Whether the loop has started it.
  pub fn is_started(&self) -> bool {
    self.state.lock().is_started
  }

  /// Cancels it then, unless it has ended before.
  pub fn expire_at(self: &Arc<Self>, at: Instant, timers: &Timers) {
    self.set_alarm(at, Due::Lifetime, 1, timers);
  }

  /// Cancels it once more after a quarter of its runner's `exitTimeout`, unless it has ended before: its runner closes, and
  /// it may have swallowed what has cut it before. Where the system has no thread for alarms there is no second cut, and
  /// the close goes on to force.
  pub fn cut_again(self: &Arc<Self>) {
    self.cut_again_after(PARTS_OF_QUARTER);
  }

  /// So many parts of that time are left. It passes part by part, so that a process that has stood still loses one of them.
  fn cut_again_after(self: &Arc<Self>, parts: u32) {
    let part = Duration::try_from_secs_f64(self.runner.exit_timeout() / 4000.0 / f64::from(PARTS_OF_QUARTER));
    let at = part.ok().and_then(|part| Deadline::after(part).instant());
    if let (Some(at), Ok(timers)) = (at, Timers::shared()) {
      self.set_alarm(at, Due::SecondCut, parts, timers);
    }
  }

  fn set_alarm(self: &Arc<Self>, at: Instant, due: Due, parts: u32, timers: &Timers) {
    let task: Weak<Self> = Arc::downgrade(self);
    let alarm = timers.set(at, task, due as u32, parts.into());
    self.state.lock().alarms.push(alarm);
    if self.future.done() {
      self.over(); // It has ended before its alarm was in place.
    }
  }

  /// Its function has ended by the cancellation.
  pub fn cancelled(self: &Arc<Self>) {
    self.future.cancel();
    self.over();
    self.tell_observer();
  }

  /// It has ended, and its alarms need not ring.
  fn over(&self) {
    let alarms = std::mem::take(&mut self.state.lock().alarms);
    for alarm in alarms {
      Timers::forget(alarm);
    }
  }

  /// The milliseconds after which it was cancelled because its time was over, else -1.
  pub fn expired_after(&self) -> f64 {
    if self.state.lock().is_expired { self.lifetime } else { -1.0 }
  }

  /// What it waited for then that only the program of its server gives.
  pub fn unanswered(&self) -> Option<Unanswered> {
    self.state.lock().unanswered.as_deref().cloned()
  }

  /// The thread that waits for it is to be told that it waits for that thread; false where it was.
  pub fn notice(&self) -> bool {
    !std::mem::replace(&mut self.state.lock().is_noticed, true)
  }

  /// Whether it was ever asked to end.
  pub fn is_cancelled(&self) -> bool {
    self.state.lock().cancel != Cancel::None
  }

  /// Its runner has ended.
  pub fn end(self: &Arc<Self>, end: End) {
    self.future.end(end);
    self.over();
    self.tell_observer();
    self.cut_apart();
  }

  /// Says, before it is given to its runner, who is told of its end.
  pub fn observed_by(&self, thread: &Arc<JsThread>) {
    let _ = self.observer.set(Arc::downgrade(thread));
  }

  fn tell_observer(self: &Arc<Self>) {
    if let Some(thread) = self.observer.get().and_then(Weak::upgrade) {
      thread.ask(Service::Ended(Arc::clone(self)));
    }
  }

  /// The error it has ended with.
  pub fn error(&self) -> Option<Settlement> {
    match self.future.settled() {
      Some(Settled::Value(settlement)) if settlement.is_error() => Some(settlement),
      _ => None,
    }
  }

  /// The error it is kept for, also while those who wait for it do not have it yet. None where its runner's end came first.
  pub fn failure(&self) -> Option<Arc<Payload>> {
    match self.future.settled() {
      Some(Settled::Value(settlement)) => settlement.error(),
      Some(_) => None,
      None => self.state.lock().failure.clone(),
    }
  }

  /// Its error has been handed over; false where that had been done before.
  pub fn retrieved(&self) -> bool {
    self.state.lock().is_seen = true;
    self.runner.failure_seen(self.id)
  }

  /// Its function has settled, and its runner has let go of it. An error that is no cancellation is kept until it has
  /// been seen; one of a private task goes to the call that waits for it.
  pub fn settle(self: &Arc<Self>, settlement: Settlement) {
    self.over();
    self.settle_with(settlement);
    self.tell_observer();
  }

  fn settle_with(self: &Arc<Self>, settlement: Settlement) {
    if !settlement.is_error() {
      let _ = self.future.set_result(settlement); // Or the runner's end came first.
      return;
    }
    self.failed_at();
    if self.kind == Kind::Private || self.is_given_up() {
      let is_seen_by_nobody = self.future.set_result(settlement).is_ok() && self.is_given_up();
      if is_seen_by_nobody {
        self.tell_given_up();
      }
    } else {
      self.keep_with(&settlement);
      self.publish(settlement);
    }
  }

  /// Its runner keeps it for this error: before anybody knows that it is done, so that who does finds it there.
  pub(crate) fn keep_with(self: &Arc<Self>, settlement: &Settlement) {
    self.state.lock().failure = settlement.error();
    self.runner.keep_failure(self);
  }

  /// Those who wait for it get the error for which it is kept.
  pub(crate) fn publish(self: &Arc<Self>, settlement: Settlement) {
    match self.future.set_result_for(settlement) {
      Err(_) => drop(self.retrieved()), // The runner's end came first, and is what waiters see.
      Ok(0) if self.is_given_up() => self.tell_given_up(), // It was just now, by who did not see the error.
      Ok(0) => self.runner.fail_fast(self),
      Ok(_) => {} // It has gone to those who wait for it.
    }
  }

  /// When it has failed, which it has.
  pub fn failed_at(&self) -> Instant {
    *self.state.lock().failed_at.get_or_insert_with(Instant::now)
  }

  fn is_given_up(&self) -> bool {
    self.state.lock().is_given_up
  }

  /// Nobody asks for its outcome any more, as nobody can: what it fails with from now on, or has just failed with, is told,
  /// and no matter of the runner's close.
  pub fn give_up(self: &Arc<Self>) {
    self.state.lock().is_given_up = true;
    if self.error().is_some() {
      self.tell_given_up();
    }
  }

  fn tell_given_up(self: &Arc<Self>) {
    if std::mem::replace(&mut self.state.lock().is_seen, true) {
      return;
    }
    self.retrieved();
    if !self.runner.manner().listens {
      self.runner.tell_maker(Service::GivenUp(Arc::clone(self)));
    }
  }

  /// Reports an error to the runner's maker, if it listens, once.
  pub fn report(self: &Arc<Self>) {
    if !std::mem::replace(&mut self.state.lock().is_reported, true) {
      self.runner.tell_maker(Service::Failure(Arc::clone(&self.runner), Arc::clone(self)));
    }
  }
}

impl Alarm for Task {
  /// `parts`: how many parts of its time there were left before this one.
  fn ring(&self, ticket: u32, parts: u64) {
    let Some(task) = self.runner.task(self.id) else { return };
    if parts > 1 {
      return task.cut_again_after(u32::try_from(parts - 1).unwrap_or(1));
    }
    if ticket == Due::Lifetime as u32 {
      let unanswered = self.runner.unanswered(self.id).map(Box::new);
      let mut state = task.state.lock();
      (state.is_expired, state.unanswered) = (true, unanswered);
      drop(state);
      if task.expire() {
        return;
      }
    }
    task.cancel();
  }
}

impl Thing for Task {
  fn id(&self) -> Id {
    self.id
  }

  fn runner(self: Arc<Self>) -> Option<Arc<dyn Thing>> {
    Some(Arc::clone(&self.runner) as _)
  }
}
