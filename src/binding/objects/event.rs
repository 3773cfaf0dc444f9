//! Events for JavaScript: `lib/event.ts` on this side, `core/event.rs` below.

use crate::{
  binding::{
    node::js::Value,
    threads::runner::{Member, Runner},
    values::thing::{Id, Thing, next_id},
    waits::{
      call::{Call, Fault},
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

/// An event with its number and its runner.
pub struct EventObject {
  pub id: Id,
  pub event: Event,
  pub runner: Option<Arc<Runner>>,
}

impl Thing for EventObject {
  fn id(&self) -> Id {
    self.id
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

fn event(call: &Call) -> Result<Arc<EventObject>, Fault> {
  call.thing(0)
}

/// `eventCreate(runner | 0): handle`
pub fn create(call: &Call) -> Result<Value, Fault> {
  let runner = call.optional(0)?;
  let object = Arc::new(EventObject { id: next_id(), event: Event::new(), runner: runner.clone() });
  if let Some(runner) = runner {
    runner.adopt(&object);
  }
  Ok(call.js.id(call.environment.hold(object)))
}

/// `eventSet(event)`
pub fn set(call: &Call) -> Result<Value, Fault> {
  event(call)?.event.set();
  Ok(call.undefined())
}

/// `eventClear(event)`
pub fn clear(call: &Call) -> Result<Value, Fault> {
  event(call)?.event.clear();
  Ok(call.undefined())
}

/// `eventIsSet(event): boolean`
pub fn is_set(call: &Call) -> Result<Value, Fault> {
  Ok(call.js.boolean(event(call)?.event.is_set()))
}

/// `eventWaiters(event): number`
pub fn waiters(call: &Call) -> Result<Value, Fault> {
  Ok(call.js.integer(u32::try_from(event(call)?.event.waiters()).unwrap_or(u32::MAX)))
}

/// `eventWait(event, door, timeout)`
pub fn wait(call: &Call) -> Result<Value, Fault> {
  let object = event(call)?;
  let door = call.door(1)?;
  let entrance = Entrance {
    wait: Wait::Event(EventWait::new(&object.event)),
    task: None,
    runner: object.runner.as_ref(),
    needs_loop: false,
  };
  Ok(call.environment.enter(entrance, door, call.number(2)?))
}
