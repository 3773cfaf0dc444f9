//! A task: a function that a runner's loop was asked to run, and what became of it.
//!
//! Promises that a task which was cancelled before its loop took it up never starts, that its outcome is settled once,
//! whoever ends first, and that its runner keeps it only while it runs or while an error of it has not been seen.

use super::{
  alarms::{Alarm, AlarmKey, Timers},
  js_thread::{Entry, Service},
  runner::Runner,
  sources,
};
use crate::{
  binding::{
    node::js::Value,
    values::{
      outcome::Settlement,
      payload::Payload,
      protocol::HAS_MORE,
      thing::{Id, Thing, next_id},
    },
    waits::{
      call::{Call, Fault},
      doors::deadline_after,
    },
  },
  core::{
    error::End,
    future::{Future, Settled},
    sync::Mutex,
  },
};
use std::{
  cell::Ref,
  sync::{Arc, Weak},
  time::Instant,
};

#[derive(Default)]
struct State {
  /// Taken when it starts.
  arguments: Option<Payload>,
  is_started: bool,
  is_cancelled: bool,
  is_expired: bool,
  alarm: Option<AlarmKey>,
}

/// What is said of a task when it is created.
struct Description {
  name: Option<Box<str>>,
  source: u32,
  lifetime: f64,
  note: String,
}

/// One task.
pub struct Task {
  pub id: Id,
  pub runner: Arc<Runner>,
  /// Where it is not that of its source.
  name: Option<Box<str>>,
  /// The number of its source; 0 for one of the loop's own errands.
  pub source: u32,
  /// How many milliseconds it may live; infinite where nobody said.
  lifetime: f64,
  /// What else its loop should know, as `lib/task.ts` wrote it; mostly nothing.
  note: String,
  pub future: Future<Settlement>,
  state: Mutex<State>,
}

impl Task {
  fn new(runner: Arc<Runner>, description: Description, arguments: Option<Payload>) -> Arc<Self> {
    let Description { name, source, lifetime, note } = description;
    let state = Mutex::new(State { arguments, ..State::default() });
    Arc::new(Self { id: next_id(), runner, name, source, lifetime, note, future: Future::new(), state })
  }

  /// How `Word::Current` names it.
  #[expect(clippy::cast_possible_truncation, reason = "that word has 32 bits")]
  pub fn current(&self) -> u32 {
    self.id as u32
  }

  pub fn name(&self) -> String {
    self.name.as_deref().map_or_else(|| sources::name_of(self.source).as_ref().into(), Into::into)
  }

  /// The number of its source, with the highest bit set where there is a name or a note to read.
  pub fn source_and_more(&self) -> u32 {
    let has_more = self.name.is_some() || !self.note.is_empty();
    self.source | if has_more { HAS_MORE } else { 0 }
  }

  /// Its loop takes it up: the arguments, or nothing if it was cancelled first.
  pub fn begin(&self) -> Option<Payload> {
    let mut state = self.state.lock();
    if state.is_cancelled {
      return None;
    }
    state.is_started = true;
    state.arguments.take()
  }

  /// Cancels it: at once if it has not started, else by its loop.
  pub fn cancel(self: &Arc<Self>) {
    let mut state = self.state.lock();
    if std::mem::replace(&mut state.is_cancelled, true) {
      return;
    }
    let is_started = state.is_started;
    state.arguments = None;
    drop(state); // LOCK: settling wakes waiters.
    if is_started {
      self.runner.post(Entry::Cancel(Arc::clone(self)));
    } else {
      self.future.cancel();
      self.runner.take_task(self.id);
      self.over();
    }
  }

  /// Whether its loop has taken it up.
  pub fn is_started(&self) -> bool {
    self.state.lock().is_started
  }

  /// Lets it live until then.
  fn expire_at(self: &Arc<Self>, at: Instant) {
    let task: Weak<Self> = Arc::downgrade(self);
    let alarm = Timers::shared().set(at, task, 0, 0);
    self.state.lock().alarm = Some(alarm);
    if self.future.done() {
      self.over(); // It has ended before its alarm was in place.
    }
  }

  /// It has ended: its alarm need not ring.
  fn over(&self) {
    let alarm = self.state.lock().alarm.take();
    if let Some(alarm) = alarm {
      Timers::shared().clear(alarm);
    }
  }

  /// Its runner has ended.
  pub fn end(&self, end: End) {
    self.future.end(end);
    self.over();
  }

  /// The error it has ended with.
  pub fn error(&self) -> Option<Settlement> {
    match self.future.settled() {
      Some(Settled::Value(settlement)) if settlement.is_error => Some(settlement),
      _ => None,
    }
  }

  /// Its error has been handed over.
  pub fn retrieved(&self) {
    self.runner.forget_failure(self.id);
  }

  /// Its function has settled, and its runner has let go of it. An error that is no cancellation is kept until somebody
  /// has seen it.
  fn settle(self: &Arc<Self>, settlement: Settlement) {
    self.over();
    let is_error = settlement.is_error;
    if is_error {
      self.runner.keep_failure(self);
    }
    if self.future.set_result(settlement).is_err() {
      self.retrieved(); // The runner's end came first, and is what waiters see.
    }
  }

  /// Reports an error to the runner's maker, if it listens.
  fn report(self: &Arc<Self>) {
    self.runner.tell_maker(Service::Failure(Arc::clone(self)));
  }
}

impl Alarm for Task {
  /// Its time is over.
  fn ring(&self, _ticket: u32, _round: u64) {
    let Some(task) = self.runner.task(self.id) else { return };
    task.state.lock().is_expired = true;
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

fn task(call: &Call) -> Result<Arc<Task>, Fault> {
  call.thing(0)
}

/// `taskCreate(runner, source, name, arguments, note, timeout, isCancelled): handle | 0` — 0 where the runner takes no
/// more work. The name is undefined where it is that of the source. The timeout, in milliseconds, is that of the task's
/// life, and begins here.
pub fn create(call: &Call) -> Result<Value, Fault> {
  let arguments = call.environment.payload(call.arg(3)).ok_or_else(|| Fault::argument(3))?;
  let lifetime = call.number(5)?;
  let name = call.has(2).then(|| call.string(2)).transpose()?.map(Into::into);
  let description = Description { source: call.integer(1)?, name, note: call.string(4)?, lifetime };
  let task = Task::new(call.thing(0)?, description, Some(arguments));
  if call.flag(6)? {
    task.cancel();
  } else if !task.runner.start(&task) {
    return Ok(call.js.id(0));
  }
  if let Some(at) = deadline_after(lifetime).instant() {
    task.expire_at(at);
  }
  Ok(call.js.id(call.environment.hold(task)))
}

/// `taskCancel(task)`
pub fn cancel(call: &Call) -> Result<Value, Fault> {
  task(call)?.cancel();
  Ok(call.undefined())
}

impl Task {
  fn expired_after(&self) -> f64 {
    if self.state.lock().is_expired { self.lifetime } else { -1.0 }
  }
}

/// `taskExpiredAfter(task): number` — the milliseconds after which it was cancelled because its time was over, else -1.
pub fn expired_after(call: &Call) -> Result<Value, Fault> {
  Ok(call.js.number(task(call)?.expired_after()))
}

/// `loopTaskExpiredAfter(id): number` — of a task of this thread's own loop.
pub fn own_expired_after(call: &Call) -> Result<Value, Fault> {
  let task = own_runner(call)?.task(call.id(0)?);
  Ok(call.js.number(task.map_or(-1.0, |task| task.expired_after())))
}

/// `taskName(task): string`
pub fn name(call: &Call) -> Result<Value, Fault> {
  Ok(call.js.string(&task(call)?.name()))
}

/// Borrowed: its maker counts its own holds on it with every task, and two threads that both do slow each other down.
fn own_runner<'a>(call: &'a Call) -> Result<Ref<'a, Arc<Runner>>, Fault> {
  Ref::filter_map(call.environment.runner.borrow(), Option::as_ref)
    .map_err(|_| Fault { code: "ERR_INVALID_STATE", message: "This thread runs no runner's loop.".to_owned() })
}

/// `loopTaskName(id): string` — of a task of this thread's own loop.
pub fn own_name(call: &Call) -> Result<Value, Fault> {
  let id = call.id(0)?;
  Ok(own_runner(call)?.task(id).map_or_else(|| call.undefined(), |task| call.js.string(&task.name())))
}

/// `loopTaskNote(id): string` — of a task of this thread's own loop.
pub fn own_note(call: &Call) -> Result<Value, Fault> {
  let task = own_runner(call)?.task(call.id(0)?);
  Ok(call.js.string(task.as_ref().map_or("", |task| &task.note)))
}

/// `loopTaskIsCut(id): boolean` — whether a task of this thread's own loop was asked to end, or the loop was.
pub fn own_is_cut(call: &Call) -> Result<Value, Fault> {
  let runner = own_runner(call)?;
  let is_cancelled = runner.task(call.id(0)?).is_some_and(|task| task.state.lock().is_cancelled);
  Ok(call.js.boolean(is_cancelled || runner.is_closing()))
}

/// `loopTaskHold(id): boolean` — holds a task of this thread's own loop for an object of its own.
pub fn own_hold(call: &Call) -> Result<Value, Fault> {
  let task = own_runner(call)?.task(call.id(0)?);
  if let Some(task) = &task {
    call.environment.hold(Arc::<Task>::clone(task));
  }
  Ok(call.js.boolean(task.is_some()))
}

/// `loopTaskSettle(id, value, isError)` — from the loop that ran it.
pub fn settle(call: &Call) -> Result<Value, Fault> {
  let payload = Arc::new(call.environment.payload(call.arg(1)).ok_or_else(|| Fault::argument(1))?);
  let is_error = call.flag(2)?;
  if let Some(task) = own_runner(call)?.take_task(call.id(0)?) {
    task.settle(Settlement { is_error, payload });
    if is_error {
      task.report();
    }
  }
  Ok(call.undefined())
}

/// `loopTaskCancelled(id)` — its function has ended by the cancellation.
pub fn settle_cancelled(call: &Call) -> Result<Value, Fault> {
  if let Some(task) = own_runner(call)?.take_task(call.id(0)?) {
    task.future.cancel();
    task.over();
  }
  Ok(call.undefined())
}

/// `loopReport(error, name)` — an error that no task of this loop caught.
pub fn report(call: &Call) -> Result<Value, Fault> {
  let payload = Arc::new(call.environment.payload(call.arg(0)).ok_or_else(|| Fault::argument(0))?);
  let name = Some(call.string(1)?.into());
  let description = Description { name, source: 0, lifetime: f64::INFINITY, note: String::new() };
  let task = Task::new(Arc::clone(&*own_runner(call)?), description, None);
  task.settle(Settlement { is_error: true, payload });
  task.report();
  Ok(call.undefined())
}
