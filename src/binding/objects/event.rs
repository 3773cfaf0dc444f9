//! Events for JavaScript: `lib/event.ts` on this side, `core/event.rs` below.

use crate::{
  binding::{
    node::js::Value,
    threads::runner::{Member, Runner},
    values::thing::{Id, Name, Thing, next_id},
    waits::{
      call::{Fault, JsCall, functions},
      doors::Entrance,
      wait::Wait,
    },
  },
  core::{
    bond::Ends,
    error::End,
    event::{Event, EventWait},
  },
};
use std::sync::Arc;

functions! {
  c"eventCreate" => create,
  c"eventSet" => set,
  c"eventClear" => clear,
  c"eventIsSet" => is_set,
  c"eventWaiters" => waiters,
  c"eventWait" => wait,
}

/// An event with its number and its runner.
pub struct EventObject {
  pub id: Id,
  pub name: Name,
  pub event: Event,
  pub runner: Option<Arc<Runner>>,
}

impl Thing for EventObject {
  fn id(&self) -> Id {
    self.id
  }

  fn name(&self) -> Option<&Name> {
    Some(&self.name)
  }

  fn runner(self: Arc<Self>) -> Option<Arc<dyn Thing>> {
    self.runner.clone().map(|runner| runner as _)
  }
}

impl Ends for EventObject {
  fn end(self: Arc<Self>, end: End) {
    self.event.end(end);
  }
}

impl Member for EventObject {
  fn waiters(&self) -> usize {
    self.event.waiters()
  }
}

fn event(call: &JsCall) -> Result<Arc<EventObject>, Fault> {
  call.thing(0)
}

/// `eventCreate(runner | 0): handle`
fn create(call: &JsCall) -> Result<Value, Fault> {
  let runner = call.optional(0)?;
  let object = Arc::new(EventObject { id: next_id(), name: Name::new(), event: Event::new(), runner: runner.clone() });
  if let Some(runner) = runner {
    runner.adopt(&object);
  }
  Ok(call.hold(object))
}

/// `eventSet(event)`
fn set(call: &JsCall) -> Result<Value, Fault> {
  event(call)?.event.set();
  Ok(call.undefined())
}

/// `eventClear(event)`
fn clear(call: &JsCall) -> Result<Value, Fault> {
  event(call)?.event.clear();
  Ok(call.undefined())
}

/// `eventIsSet(event): boolean`
fn is_set(call: &JsCall) -> Result<Value, Fault> {
  Ok(call.js.boolean(event(call)?.event.is_set()))
}

/// `eventWaiters(event): number`
fn waiters(call: &JsCall) -> Result<Value, Fault> {
  Ok(call.js.count(event(call)?.event.waiters()))
}

/// `eventWait(event, door, timeout)`
fn wait(call: &JsCall) -> Result<Value, Fault> {
  let object = event(call)?;
  call.enter(Entrance::to(Wait::Event(EventWait::new(&object.event)), object.runner.as_ref()), 1)
}
