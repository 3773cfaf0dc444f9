//! Futures for JavaScript: `lib/future.ts` on this side, `core/future.rs` below. Tasks are waited for here, too.

use crate::{
  binding::{
    node::js::Value,
    threads::runner::{Runner, optional_runner},
    values::{
      handles::{Id, Object, next_id},
      payload::Payload,
      protocol::FutureState,
    },
    waits::{
      call::{Call, Fault},
      doors::Entrance,
      wait::Wait,
    },
  },
  core::{
    error::End,
    future::{Future, FutureResult, Settled},
  },
};
use std::sync::Arc;

/// What a future was settled with.
#[derive(Clone)]
pub struct Settlement {
  pub is_error: bool,
  pub payload: Arc<Payload>,
}

/// A future with its number and its runner.
pub struct FutureObject {
  pub id: Id,
  pub future: Future<Settlement>,
  pub runner: Option<Arc<Runner>>,
}

impl crate::binding::threads::runner::Member for FutureObject {
  fn end(&self, end: End) {
    self.future.end(end);
  }

  fn waiters(&self) -> usize {
    self.future.waiters()
  }
}

fn future(call: &Call) -> Result<Future<Settlement>, Fault> {
  match call.object(0)? {
    Object::Future(object) => Ok(object.future.clone()),
    Object::Task(task) => Ok(task.future.clone()),
    other => Err(Fault::handle(other.id())),
  }
}

/// `futureCreate(runner | 0): handle`
pub fn create(call: &Call) -> Result<Value, Fault> {
  let runner = optional_runner(call, 0)?;
  let object = Arc::new(FutureObject { id: next_id(), future: Future::new(), runner: runner.clone() });
  if let Some(runner) = runner {
    runner.adopt(&object);
  }
  Ok(call.js.id(call.environment.hold(Object::Future(object))))
}

/// `futureSettle(future, value, isError): boolean` — false where it was settled before.
pub fn settle(call: &Call) -> Result<Value, Fault> {
  let payload = call.environment.payload(call.arg(1)).ok_or_else(|| Fault::argument(1))?;
  let settlement = Settlement { is_error: call.flag(2)?, payload: Arc::new(payload) };
  Ok(call.js.boolean(future(call)?.set_result(settlement).is_ok()))
}

/// `futureCancel(future): boolean`
pub fn cancel(call: &Call) -> Result<Value, Fault> {
  Ok(call.js.boolean(future(call)?.cancel()))
}

/// `futureState(future | task): FutureState`
pub fn state(call: &Call) -> Result<Value, Fault> {
  Ok(call.js.integer(match future(call)?.settled() {
    None => FutureState::Pending,
    Some(Settled::Value(settlement)) if settlement.is_error => FutureState::Error,
    Some(Settled::Value(_)) => FutureState::Value,
    Some(Settled::Cancelled) => FutureState::Cancelled,
    Some(Settled::Ended(_)) => FutureState::Ended,
  } as u32))
}

/// `futureWaiters(future | task): number`
pub fn waiters(call: &Call) -> Result<Value, Fault> {
  Ok(call.js.integer(u32::try_from(future(call)?.waiters()).unwrap_or(u32::MAX)))
}

/// `futureResult(future | task, door, timeout)`
pub fn result(call: &Call) -> Result<Value, Fault> {
  let object = call.object(0)?;
  let door = call.door(1)?;
  let (wait, task) = match &object {
    Object::Future(future) => (Wait::Future(FutureResult::new(&future.future)), None),
    Object::Task(task) => (Wait::Future(FutureResult::new(&task.future)), Some(Arc::clone(task))),
    other => return Err(Fault::handle(other.id())),
  };
  let entrance = Entrance { wait, needs_loop: task.is_some(), task, runner: object.runner() };
  Ok(call.environment.enter(entrance, door, call.number(2)?))
}
