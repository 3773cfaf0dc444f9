//! Tasks for JavaScript: `lib/task.ts` and `lib/loop/worker.ts` on this side, `threads/task.rs` below.

use crate::binding::{
  node::js::Value,
  threads::{
    alarms::Timers,
    runner::Runner,
    sources::Source,
    task::{Description, Task},
  },
  values::{
    outcome::Settlement,
    payload::Payload,
    protocol::{Kind, Status},
  },
  waits::{
    call::{Fault, JsCall, functions},
    doors::deadline_after,
  },
};
use std::{cell::Ref, sync::Arc};

functions! {
  c"taskCreate" => create [takes],
  c"taskCancel" => cancel,
  c"taskSetReason" => set_reason,
  c"taskReason" => reason,
  c"taskGiveUp" => give_up,
  c"taskExpiredAfter" => expired_after,
  c"taskName" => name,
  c"taskIsStarted" => is_started,
  c"loopTaskExpiredAfter" => own_expired_after,
  c"loopTaskName" => own_name,
  c"loopTaskNote" => own_note,
  c"loopTaskReason" => own_reason,
  c"loopTaskTakeCut" => own_take_cut,
  c"loopTaskIsCancelled" => own_is_cancelled,
  c"loopTaskSettle" => settle,
  c"loopTaskCancelled" => settle_cancelled,
  c"loopTaskLeft" => left,
  c"loopReport" => report,
}

/// `taskCreate(runner, source, name, arguments, note, timeout, how): handle | 0` — 0 where the runner takes no more work.
/// How: 1 where it is cancelled already, or 2 where only the caller will know it; and 4 where this thread is told of its
/// end. The name is undefined where it is that of
/// the source. The timeout, in milliseconds, is that of the task's life, and begins here.
fn create(call: &JsCall) -> Result<Value, Fault> {
  let arguments = call.payload(3)?;
  let lifetime = call.number(5)?;
  let name = call.has(2).then(|| call.string(2)).transpose()?.map(Into::into);
  let how = call.integer(6)?;
  let is_cancelled = how & CANCELLED != 0;
  let kind = if how & PRIVATE != 0 && !is_cancelled { Kind::Private } else { Kind::Ordinary };
  let description = Description { kind, source: source(call)?, name, note: call.string(4)?, lifetime };
  // Everything that can fail comes before there is a task.
  let end =
    deadline_after(lifetime).instant().map(|at| Ok((at, Timers::shared().map_err(Fault::no_thread)?))).transpose()?;
  let task = Task::new(call.thing(0)?, description, Some(arguments));
  if how & OBSERVED != 0 {
    task.observed_by(&call.environment.thread);
  }
  if is_cancelled {
    task.cancel();
  } else if !task.runner.start(&task) {
    return Ok(call.js.id(0));
  }
  if let Some((at, timers)) = end {
    task.expire_at(at, timers);
  }
  Ok(call.hold(task))
}

/// What `taskCreate` is told of how a task begins, as bits; `lib/create-task.ts` knows the same.
const CANCELLED: u32 = 1;
const PRIVATE: u32 = 2;
const OBSERVED: u32 = 4;

/// The source whose number this thread has been given; number 0 is that of a loop's own errand.
fn source(call: &JsCall) -> Result<Option<Arc<Source>>, Fault> {
  let number = call.id(1)?;
  if number == 0 {
    return Ok(None);
  }
  call.environment.sources.borrow().get(number).cloned().map(Some).ok_or_else(|| Fault::handle(number))
}

/// `taskCancel(task)`
fn cancel(call: &JsCall) -> Result<Value, Fault> {
  call.thing::<Task>(0)?.cancel();
  Ok(call.undefined())
}

/// `taskSetReason(task, value)` — why it is about to be cancelled.
fn set_reason(call: &JsCall) -> Result<Value, Fault> {
  let reason = call.payload(1)?;
  call.thing::<Task>(0)?.set_reason(reason);
  Ok(call.undefined())
}

/// `taskReason(task)` — what the signal was aborted with that has cancelled it; refused where none has.
fn reason(call: &JsCall) -> Result<Value, Fault> {
  let reason = call.thing::<Task>(0)?.reason();
  Ok(emit(call, reason.as_deref()))
}

/// `loopTaskReason(id)` — the same, of a task of this thread's own loop.
fn own_reason(call: &JsCall) -> Result<Value, Fault> {
  let reason = own_runner(call)?.task(call.id(0)?).and_then(|task| task.reason());
  Ok(emit(call, reason.as_deref()))
}

fn emit(call: &JsCall, reason: Option<&Payload>) -> Value {
  reason.map_or_else(|| call.border.status(Status::Refused), |reason| call.border.emit(reason))
}

/// `taskGiveUp(task)` — nobody can ask for its outcome any more.
fn give_up(call: &JsCall) -> Result<Value, Fault> {
  call.thing::<Task>(0)?.give_up();
  Ok(call.undefined())
}

/// `taskExpiredAfter(task): number` — the milliseconds after which it was cancelled because its time was over, else -1.
fn expired_after(call: &JsCall) -> Result<Value, Fault> {
  Ok(call.js.number(call.thing::<Task>(0)?.expired_after()))
}

/// `loopTaskExpiredAfter(id): number` — of a task of this thread's own loop.
fn own_expired_after(call: &JsCall) -> Result<Value, Fault> {
  let task = own_runner(call)?.task(call.id(0)?);
  Ok(call.js.number(task.map_or(-1.0, |task| task.expired_after())))
}

/// `taskName(task): string`
fn name(call: &JsCall) -> Result<Value, Fault> {
  Ok(call.js.string(&call.thing::<Task>(0)?.name()))
}

/// `taskIsStarted(task): boolean`
fn is_started(call: &JsCall) -> Result<Value, Fault> {
  Ok(call.js.boolean(call.thing::<Task>(0)?.is_started()))
}

fn own_runner<'a>(call: &'a JsCall) -> Result<Ref<'a, Arc<Runner>>, Fault> {
  let runner = call.environment.own_runner();
  runner.ok_or_else(|| Fault { code: "ERR_INVALID_STATE", message: "This thread runs no runner's loop.".to_owned() })
}

/// `loopTaskName(id): string` — of a task of this thread's own loop.
fn own_name(call: &JsCall) -> Result<Value, Fault> {
  let id = call.id(0)?;
  Ok(own_runner(call)?.task(id).map_or_else(|| call.undefined(), |task| call.js.string(&task.name())))
}

/// `loopTaskLeft(id, name | undefined)` — a task of this thread's own loop has ended and has left work that waits under
/// its name; without a name, that waits no more.
fn left(call: &JsCall) -> Result<Value, Fault> {
  let name = call.has(1).then(|| call.string(1)).transpose()?;
  own_runner(call)?.task_has_left(call.id(0)?, name.map(Into::into));
  Ok(call.undefined())
}

/// `loopTaskNote(id): string` — of a task of this thread's own loop.
fn own_note(call: &JsCall) -> Result<Value, Fault> {
  let task = own_runner(call)?.task(call.id(0)?);
  Ok(call.js.string(task.as_ref().map_or("", |task| &task.note)))
}

/// `loopTaskTakeCut(id, wasCut): boolean` — takes up the cancellation of a task of this thread's own loop; true where
/// one was due. The close of the loop cancels a task that was not cut before.
fn own_take_cut(call: &JsCall) -> Result<Value, Fault> {
  let runner = own_runner(call)?;
  let was_due = runner.task(call.id(0)?).is_some_and(|task| task.take_cancel());
  Ok(call.js.boolean(was_due || (!call.flag(1)? && runner.is_closing())))
}

/// `loopTaskIsCancelled(id): boolean` — whether a task of this thread's own loop was ever asked to end, or the loop has
/// cancelled all.
fn own_is_cancelled(call: &JsCall) -> Result<Value, Fault> {
  let runner = own_runner(call)?;
  let is_cancelled = runner.task(call.id(0)?).is_some_and(|task| task.is_cancelled());
  Ok(call.js.boolean(is_cancelled || runner.has_cancelled()))
}

/// `loopTaskSettle(id, value, isError)` — from the loop that ran it.
fn settle(call: &JsCall) -> Result<Value, Fault> {
  let payload = call.payload(1)?;
  let is_error = call.flag(2)?;
  if let Some(task) = own_runner(call)?.take_task(call.id(0)?) {
    task.settle(Settlement::new(is_error, payload));
    if is_error {
      task.report();
    }
  }
  Ok(call.undefined())
}

/// `loopTaskCancelled(id)` — its function has ended by the cancellation.
fn settle_cancelled(call: &JsCall) -> Result<Value, Fault> {
  if let Some(task) = own_runner(call)?.take_task(call.id(0)?) {
    task.cancelled();
  }
  Ok(call.undefined())
}

/// `loopReport(error, name, isOfTask)` — an error that no task of this loop caught. The name is that of the task that has
/// set off what has failed, or that of the runner where it is not known.
fn report(call: &JsCall) -> Result<Value, Fault> {
  let payload = call.payload(0)?;
  let name = Some(call.string(1)?.into());
  let kind = if call.flag(2)? { Kind::LeftBehind } else { Kind::LeftByLoop };
  let description = Description { kind, name, source: None, lifetime: f64::INFINITY, note: String::new() };
  let task = Task::new(Arc::clone(&*own_runner(call)?), description, None);
  task.settle(Settlement::new(true, payload));
  task.report();
  Ok(call.undefined())
}
