//! Futures for JavaScript: `lib/future.ts` on this side, `core/future.rs` below. Tasks are waited for here, too.

use crate::{
  binding::{
    node::js::Value,
    threads::{
      runner::{Member, Runner},
      task::{Task, TaskName},
    },
    values::{
      outcome::{Answers, Settlement},
      payload::Short,
      protocol::{FutureState, Kind},
      thing::{Id, Name, Thing, next_id},
    },
    waits::{
      call::{Fault, JsCall, functions},
      doors::{Entrance, Needs},
      subject::SubjectKind,
      wait::Wait,
    },
  },
  core::{
    bond::Ends,
    error::End,
    future::{FutureCell, FutureResult, Settled},
  },
};
use std::sync::{
  Arc,
  atomic::{AtomicBool, Ordering},
};

functions! {
  c"futureCreate" => create,
  c"futureSettle" => settle [in_round],
  c"futureCancel" => cancel,
  c"futureState" => state,
  c"futureWaiters" => waiters,
  c"futureResult" => result [takes],
  c"futureAsker" => asker,
  c"requestCancelled" => cancelled,
  c"requestClient" => client,
  c"requestTask" => task_name,
}

/// A future with its number and its runner.
pub struct FutureObject {
  pub id: Id,
  pub name: Name,
  pub future: FutureCell<Settlement>,
  pub runner: Option<Arc<Runner>>,
  /// Where it is the answer to a call: who asks.
  pub asked: Option<Asked>,
}

/// Who has made a call.
pub struct Asked {
  pub answers: Arc<Answers>,
  /// The client's number, and its name if it has one.
  pub client: u64,
  pub name: Option<Arc<str>>,
  /// The task's number, 0 for none, and its name.
  pub task: Id,
  pub task_name: Option<TaskName>,
  /// Whether an answer was given when nobody waited for it any more: it was dropped.
  pub is_dropped: AtomicBool,
  /// How the call began, which says what was called.
  pub opening: Short,
}

impl FutureObject {
  /// Settles it; false where it was settled before.
  fn settle(&self, outcome: Settled<Settlement>) -> bool {
    let Ok(served) = self.future.settle_for(outcome) else { return false };
    if let Some(asked) = &self.asked {
      asked.answers.given.fetch_add(1, Ordering::Relaxed);
      if served == 0 {
        asked.is_dropped.store(true, Ordering::Relaxed); // The client has given the call up.
      }
    }
    true
  }

  /// The server of the call has ended, and an answer comes for the first time.
  fn drops(&self) -> bool {
    let Some(asked) = &self.asked else { return false };
    matches!(self.future.settled(), Some(Settled::Ended(_))) && !asked.is_dropped.swap(true, Ordering::Relaxed)
  }
}

impl Thing for FutureObject {
  fn id(&self) -> Id {
    self.id
  }

  fn name(&self) -> Option<&Name> {
    Some(&self.name)
  }

  fn runner(self: Arc<Self>) -> Option<Arc<dyn Thing>> {
    self.runner.clone().map(|runner| runner as _)
  }

  fn is_sent(&self) {
    if let Some(asked) = &self.asked {
      asked.answers.is_shared.store(true, Ordering::SeqCst);
    }
  }

  fn is_abandoned(&self) {
    if self.asked.is_some() {
      self.future.end(End::Died);
    }
  }
}

impl Ends for FutureObject {
  fn end(self: Arc<Self>, end: End) {
    self.future.end(end);
  }
}

impl Member for FutureObject {
  fn waiters(&self) -> usize {
    self.future.waiters()
  }
}

/// The future a handle stands for, or that of a task.
fn future(call: &JsCall) -> Result<FutureCell<Settlement>, Fault> {
  let thing = call.any(0)?;
  if let Some(object) = thing.as_noun::<FutureObject>() {
    return Ok(object.future.clone());
  }
  thing.as_noun::<Task>().map(|task| task.future.clone()).ok_or_else(|| Fault::handle(thing.id()))
}

/// `futureCreate(runner | 0): handle`
fn create(call: &JsCall) -> Result<Value, Fault> {
  let runner = call.optional(0)?;
  let object = Arc::new(FutureObject {
    id: next_id(),
    name: Name::new(),
    future: FutureCell::new(),
    runner: runner.clone(),
    asked: None,
  });
  if let Some(runner) = runner {
    runner.adopt(&object);
  }
  Ok(call.hold(object))
}

/// `futureSettle(future, value, isError): boolean` — false where it was settled before. The first answer to a call that is
/// over is dropped.
fn settle(call: &JsCall) -> Result<Value, Fault> {
  let payload = call.payload(1)?;
  let is_error = call.flag(2)?;
  let thing = call.any(0)?;
  let object = thing.as_noun::<FutureObject>().ok_or_else(|| Fault::handle(thing.id()))?;
  let round = match &object.runner {
    Some(server) if object.asked.is_some() => call.environment.round.mark(server),
    _ => {
      call.environment.round.release();
      0
    }
  };
  let settlement = Settlement::in_round(is_error, payload, round);
  let is_first = object.settle(Settled::Value(settlement)) || object.drops();
  Ok(call.js.boolean(is_first))
}

/// `futureCancel(future): boolean`
fn cancel(call: &JsCall) -> Result<Value, Fault> {
  let thing = call.any(0)?;
  let object = thing.as_noun::<FutureObject>().ok_or_else(|| Fault::handle(thing.id()))?;
  Ok(call.js.boolean(object.settle(Settled::Cancelled)))
}

/// `futureState(future | task): FutureState`
fn state(call: &JsCall) -> Result<Value, Fault> {
  Ok(call.js.integer(match future(call)?.settled() {
    None => FutureState::Pending,
    Some(Settled::Value(settlement)) if settlement.is_error() => FutureState::Error,
    Some(Settled::Value(_)) => FutureState::Value,
    Some(Settled::Cancelled) => FutureState::Cancelled,
    Some(Settled::Ended(_)) => FutureState::Ended,
  } as u32))
}

/// `futureWaiters(future | task): number`
fn waiters(call: &JsCall) -> Result<Value, Fault> {
  Ok(call.js.count(future(call)?.waiters()))
}

/// The wait for a result, which is a failure where it is an error.
pub fn result_of(future: &FutureCell<Settlement>) -> Wait {
  Wait::Future(FutureResult::judged(future, Settlement::is_error))
}

/// `futureResult(future | task, door, timeout)`
fn result(call: &JsCall) -> Result<Value, Fault> {
  let thing = call.any(0)?;
  if let Some(object) = thing.as_noun::<FutureObject>() {
    return call.enter(Entrance::to(result_of(&object.future), object.runner.as_ref()), 1);
  }
  let task = thing.to_noun::<Task>().ok_or_else(|| Fault::handle(thing.id()))?;
  let wait = result_of(&task.future);
  let (runner, needs) = (Some(&task.runner), Needs::LoopOf(&task));
  let kind = if task.kind == Kind::Private { SubjectKind::Apart } else { SubjectKind::Task };
  call.enter(Entrance { wait, task: Some(Arc::clone(&task)), runner, needs, kind, until: None, each: None }, 1)
}

/// The future that is the answer to a call.
fn answer(call: &JsCall) -> Result<Arc<FutureObject>, Fault> {
  call.thing::<FutureObject>(0)
}

/// `futureAsker(future): number` — the number of the task to whose call it is the answer; 0 for none.
fn asker(call: &JsCall) -> Result<Value, Fault> {
  Ok(call.js.id(answer(call)?.asked.as_ref().map_or(0, |asked| asked.task)))
}

/// `requestCancelled(future): boolean` — whether nobody waits for the answer any more, or did when it was given.
fn cancelled(call: &JsCall) -> Result<Value, Fault> {
  let object = answer(call)?;
  let asked = object.asked.as_ref().ok_or_else(|| Fault::argument(0))?;
  // Asked first: a future that is settled in between has no waiters, either.
  let is_given_up = object.future.waiters() == 0;
  Ok(call.js.boolean(match object.future.settled() {
    None => is_given_up,
    Some(Settled::Ended(_)) => true,
    Some(_) => asked.is_dropped.load(Ordering::Relaxed),
  }))
}

/// `requestClient(future): string | number` — the name or the number of the client whose call it answers.
fn client(call: &JsCall) -> Result<Value, Fault> {
  let object = answer(call)?;
  let asked = object.asked.as_ref().ok_or_else(|| Fault::argument(0))?;
  Ok(asked.name.as_ref().map_or_else(|| call.js.id(asked.client), |name| call.js.string(name)))
}

/// `requestTask(future): string | undefined` — the name of the task whose call it answers.
fn task_name(call: &JsCall) -> Result<Value, Fault> {
  let object = answer(call)?;
  let name = object.asked.as_ref().and_then(|asked| asked.task_name.as_ref());
  Ok(name.map_or_else(|| call.undefined(), |name| call.js.string(&name.text())))
}
