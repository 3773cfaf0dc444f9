//! The wait for several things, put together call by call: `lib/wait/select.ts` on this side, `core/select.rs` below.

use super::{
  event::EventObject,
  future::{FutureObject, result_of},
  queue::QueueObject,
};
use crate::{
  binding::{
    node::js::Value,
    threads::task::Task,
    waits::{
      call::{Fault, JsCall, functions},
      doors::{Entrance, Needs},
      select::{Begun, Choices},
      wait::Wait,
    },
  },
  core::{
    event::EventWait,
    queue::{Get, Put},
  },
};
use std::sync::Arc;

functions! {
  c"selectBegin" => begin,
  c"selectGet" => get,
  c"selectPut" => put,
  c"selectWait" => wait,
  c"selectResult" => result,
  c"selectDrop" => drop_choices,
  c"selectEnter" => enter [takes],
}

/// The number of other waits within whose gathering this one is put together.
fn outer(call: &JsCall) -> Result<usize, Fault> {
  Ok(call.integer(0)? as usize)
}

/// `selectBegin(outer)` — begins to put a wait together, within `outer` others.
fn begin(call: &JsCall) -> Result<Value, Fault> {
  call.border.transit.choices.begin(outer(call)?);
  Ok(call.undefined())
}

/// `selectGet(outer, queue)` — adds the wait for an item.
fn get(call: &JsCall) -> Result<Value, Fault> {
  let object = call.thing::<QueueObject>(1)?;
  add(call, |choices| choices.add_get(Get::one(&object.queue), object.id, object.runner.as_ref()))
}

/// `selectPut(outer, queue, value, priority?)` — adds the wait for room for an item.
fn put(call: &JsCall) -> Result<Value, Fault> {
  let payload = call.payload(2)?;
  let payload = if call.has(3) { payload.ranked(call.number(3)?) } else { payload };
  let object = call.thing::<QueueObject>(1)?;
  add(call, |choices| choices.add(Wait::Put(Put::new(&object.queue, [payload])), object.runner.as_ref(), None))
}

/// `selectWait(outer, event)` — adds the wait for an event.
fn wait(call: &JsCall) -> Result<Value, Fault> {
  let object = call.thing::<EventObject>(1)?;
  add(call, |choices| choices.add(Wait::Event(EventWait::new(&object.event)), object.runner.as_ref(), None))
}

/// `selectResult(outer, future | task)` — adds the wait for a result.
fn result(call: &JsCall) -> Result<Value, Fault> {
  let thing = call.any(1)?;
  if let Some(object) = thing.as_noun::<FutureObject>() {
    return add(call, |choices| choices.add(result_of(&object.future), object.runner.as_ref(), None));
  }
  let task = thing.to_noun::<Task>().ok_or_else(|| Fault::handle(thing.id()))?;
  add(call, |choices| choices.add(result_of(&task.future), Some(&task.runner), Some(Arc::clone(&task))))
}

fn add(call: &JsCall, add: impl FnOnce(&mut Choices)) -> Result<Value, Fault> {
  call.border.transit.choices.within(outer(call)?, add).ok_or_else(|| Fault::argument(0))?;
  Ok(call.undefined())
}

/// `selectDrop(outer)` — forgets what was put together.
fn drop_choices(call: &JsCall) -> Result<Value, Fault> {
  call.border.transit.choices.forget(outer(call)?);
  Ok(call.undefined())
}

/// `selectEnter(outer, door, timeout)` — of what was put together. Which of them has happened, from 0, is in `Count`.
fn enter(call: &JsCall) -> Result<Value, Fault> {
  let choices = call.border.transit.choices.end(outer(call)?);
  let Begun { wait, runner, tasks, subjects } = choices.begin().ok_or_else(|| Fault::argument(0))?;
  let needs = Needs::OneLoopOf(tasks);
  call.enter(Entrance { needs, each: Some(subjects.into()), ..Entrance::to(wait, runner.as_ref()) }, 1)
}
