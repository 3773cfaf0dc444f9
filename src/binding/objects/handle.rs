//! Handles for JavaScript: `lib/native/handle.ts` on this side, `values/handles.rs` below.

use crate::binding::{
  node::js::Value,
  values::thing::{next_id, skip_ids},
  waits::call::{Fault, JsCall, functions},
};

functions! {
  c"nextId" => fresh_id,
  c"idSkip" => skip,
  c"handleObject" => object,
  c"handleAttach" => attach,
  c"handleRunner" => runner,
  c"handleName" => name,
  c"handleSetName" => set_name,
  c"handleCount" => count,
}

/// `nextId(): number` — a number nothing else in the process has.
fn fresh_id(call: &JsCall) -> Result<Value, Fault> {
  Ok(call.js.id(next_id()))
}

/// `idSkip(count)` — as if so many things had been made. For the specs of what comes then.
fn skip(call: &JsCall) -> Result<Value, Fault> {
  skip_ids(call.id(0)?);
  Ok(call.undefined())
}

/// `handleObject(id): object | undefined`
fn object(call: &JsCall) -> Result<Value, Fault> {
  let id = call.id(0)?;
  Ok(call.border.handles.borrow().object(call.js, id).unwrap_or_else(|| call.undefined()))
}

/// `handleAttach(id, object)`
fn attach(call: &JsCall) -> Result<Value, Fault> {
  let id = call.id(0)?;
  call.border.handles.borrow_mut().attach(call.js, id, call.arg(1));
  Ok(call.undefined())
}

/// `handleRunner(id): handle | 0` — the runner whose end ends it.
fn runner(call: &JsCall) -> Result<Value, Fault> {
  let runner = call.any(0)?.runner();
  Ok(call.js.id(runner.map_or(0, |runner| call.border.hold(runner))))
}

/// `handleName(id): string | undefined` — the name its user has given it.
fn name(call: &JsCall) -> Result<Value, Fault> {
  let thing = call.any(0)?;
  Ok(thing.name().and_then(|name| name.get()).map_or_else(|| call.undefined(), |name| call.js.string(name)))
}

/// `handleSetName(id, name)` — right after it was made; a name that was given before stays.
fn set_name(call: &JsCall) -> Result<Value, Fault> {
  let name = call.string(1)?.into();
  if let Some(place) = call.any(0)?.name() {
    place.set(name).ok();
  }
  Ok(call.undefined())
}

/// `handleCount(): number` — of this thread.
fn count(call: &JsCall) -> Result<Value, Fault> {
  Ok(call.js.count(call.border.handles.borrow().len()))
}
