//! Futures for JavaScript: `lib/future.ts` on this side, `core/future.rs` below. Tasks are waited for here, too.

use crate::{
  binding::{
    node::js::Value,
    threads::{
      runner::{Member, Runner},
      task::Task,
    },
    values::{
      outcome::Settlement,
      protocol::FutureState,
      thing::{Id, Name, Thing, next_id},
    },
    waits::{
      call::{Fault, JsCall, functions},
      doors::{Entrance, Needs},
      wait::Wait,
    },
  },
  core::{
    bond::Ends,
    error::End,
    future::{Future, FutureResult, Settled},
  },
};
use std::sync::{
  Arc,
  atomic::{AtomicBool, Ordering},
};

functions! {
  c"futureCreate" => create,
  c"futureSettle" => settle,
  c"futureCancel" => cancel,
  c"futureState" => state,
  c"futureWaiters" => waiters,
  c"futureResult" => result,
}

/// A future with its number and its runner.
pub struct FutureObject {
  pub id: Id,
  pub name: Name,
  pub future: Future<Settlement>,
  pub runner: Option<Arc<Runner>>,
  /// Where it is the answer to a call: to be set once other threads than that of the server may give it.
  pub is_shared: Option<Arc<AtomicBool>>,
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
    if let Some(is_shared) = &self.is_shared {
      is_shared.store(true, Ordering::SeqCst);
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
fn future(call: &JsCall) -> Result<Future<Settlement>, Fault> {
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
    future: Future::new(),
    runner: runner.clone(),
    is_shared: None,
  });
  if let Some(runner) = runner {
    runner.adopt(&object);
  }
  Ok(call.hold(object))
}

/// `futureSettle(future, value, isError): boolean` — false where it was settled before.
fn settle(call: &JsCall) -> Result<Value, Fault> {
  let payload = call.payload(1)?;
  let settlement = Settlement { is_error: call.flag(2)?, payload: Arc::new(payload) };
  Ok(call.js.boolean(future(call)?.set_result(settlement).is_ok()))
}

/// `futureCancel(future): boolean`
fn cancel(call: &JsCall) -> Result<Value, Fault> {
  Ok(call.js.boolean(future(call)?.cancel()))
}

/// `futureState(future | task): FutureState`
fn state(call: &JsCall) -> Result<Value, Fault> {
  Ok(call.js.integer(match future(call)?.settled() {
    None => FutureState::Pending,
    Some(Settled::Value(settlement)) if settlement.is_error => FutureState::Error,
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
pub fn result_of(future: &Future<Settlement>) -> Wait {
  Wait::Future(FutureResult::judged(future, |settlement| settlement.is_error))
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
  call.enter(Entrance { wait, task: Some(Arc::clone(&task)), runner, needs }, 1)
}
