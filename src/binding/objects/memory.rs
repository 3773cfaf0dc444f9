//! Memory that threads share, as far as one of them finds it again: `lib/wire/shared-memory.ts` on this side.

use crate::binding::{
  node::js::Value,
  waits::call::{Fault, JsCall, functions},
};

functions! {
  c"memoryKeepWeakly" => keep_weakly,
  c"memoryFind" => find,
  c"memoryForget" => forget,
  c"memorySweep" => sweep,
}

/// `memoryKeepWeakly(id, memory)` — finds it under this number from now on, as long as something else holds it.
fn keep_weakly(call: &JsCall) -> Result<Value, Fault> {
  call.border.weak.borrow_mut().insert(call.js, call.id(0)?, call.arg(1));
  Ok(call.undefined())
}

/// `memoryFind(id): memory | undefined`
fn find(call: &JsCall) -> Result<Value, Fault> {
  let found = call.border.weak.borrow().get(call.js, call.id(0)?);
  Ok(found.unwrap_or_else(|| call.undefined()))
}

/// `memoryForget(id)`
fn forget(call: &JsCall) -> Result<Value, Fault> {
  call.border.weak.borrow_mut().remove(call.js, call.id(0)?);
  Ok(call.undefined())
}

/// `memorySweep(): number[]` — the numbers behind which there is something; the others are forgotten.
fn sweep(call: &JsCall) -> Result<Value, Fault> {
  let ids = call.border.weak.borrow_mut().sweep(call.js);
  Ok(call.js.array(ids.into_iter().map(|id| call.js.id(id))))
}
