//! Standard output and standard error for JavaScript: `lib/loop/console.ts` on this side, `threads/writers.rs` below.

use crate::binding::{
  node::js::Value,
  threads::writers,
  values::thing::Id,
  waits::call::{Fault, JsCall, functions},
};

functions! {
  c"outputEnter" => enter,
  c"outputLeave" => leave,
}

/// The runner of this thread's loop, as writers are told apart.
fn writer(call: &JsCall) -> Id {
  call.environment.own_runner().map_or(Id::MAX, |runner| runner.id)
}

/// `outputEnter(descriptor): boolean` — whether this loop may write now.
fn enter(call: &JsCall) -> Result<Value, Fault> {
  let may_write = writers::enter(call.integer(0)? as usize, writer(call)).ok_or_else(|| Fault::argument(0))?;
  Ok(call.js.boolean(may_write))
}

/// `outputLeave(descriptor)`
fn leave(call: &JsCall) -> Result<Value, Fault> {
  writers::leave(call.integer(0)? as usize, writer(call)).ok_or_else(|| Fault::argument(0))?;
  Ok(call.undefined())
}
