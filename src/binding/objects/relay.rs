//! Servers whose calls are answered in another process: `lib/nats/serving/` on this side, `core/relay.rs` below.
//!
//! Promises that such a server has no clock of its own: who waits for one is refused, and asks where the calls go.

use super::{event::EventObject, server::ServerObject};
use crate::{
  binding::{
    node::js::Value,
    waits::call::{Fault, JsCall, functions},
  },
  core::relay::Relay,
};

functions! {
  c"serverPassOn" => pass_on,
  c"serverLeft" => left,
}

/// `serverPassOn(server, event)` — its calls are passed on. The event is set when one that was taken is given up, and when
/// a client has left.
fn pass_on(call: &JsCall) -> Result<Value, Fault> {
  let event = call.thing::<EventObject>(1)?;
  call.thing::<ServerObject>(0)?.pass_on(Relay::new(event.event.clone()));
  Ok(call.undefined())
}

/// `serverLeft(server): number[]` — the numbers of the clients that have left since this was asked last.
fn left(call: &JsCall) -> Result<Value, Fault> {
  let left = call.thing::<ServerObject>(0)?.take_left();
  Ok(call.js.array(left.into_iter().map(|client| call.js.id(client))))
}
