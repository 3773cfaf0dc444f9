//! Handles for JavaScript: `lib/native/handle.ts` on this side, `values/handles.rs` below.

use crate::binding::{
  node::js::Value,
  threads::shared,
  values::thing::{next_id, skip_ids},
  waits::call::{Fault, JsCall, functions},
};

functions! {
  c"nextId" => fresh_id,
  c"idSkip" => skip,
  c"handleObject" => object,
  c"handleAttach" => attach [in_round],
  c"handleRunner" => runner,
  c"handleName" => name,
  c"handleSetName" => set_name,
  c"handleCount" => count,
  c"handleShare" => share,
  c"handleAdopt" => adopt,
  c"sharedSecret" => shared_secret,
  c"sharedCount" => shared_count,
  c"sharedLetGo" => shared_let_go,
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

/// `handleShare(id, kind)` — any thread of the process may adopt it from now on.
fn share(call: &JsCall) -> Result<Value, Fault> {
  shared::share(call.any(0)?, call.integer(1)?).map_err(Fault::no_thread)?;
  Ok(call.undefined())
}

/// `handleAdopt(id): kind | 0` — this thread has it from now on; 0 where nothing holds it any more.
fn adopt(call: &JsCall) -> Result<Value, Fault> {
  let Some((thing, kind)) = shared::adopt(call.id(0)?) else { return Ok(call.js.integer(0)) };
  call.border.hold(thing);
  Ok(call.js.integer(kind))
}

/// `sharedSecret(): string` — what all tokens of this process have in common.
fn shared_secret(call: &JsCall) -> Result<Value, Fault> {
  Ok(call.js.string(shared::secret()))
}

/// `sharedCount(): [good, held]` — how many things there are of which a token is good, and how many of them tokens hold.
fn shared_count(call: &JsCall) -> Result<Value, Fault> {
  let (good, held) = shared::count();
  Ok(call.js.array([call.js.count(good), call.js.count(held)].into_iter()))
}

/// `sharedLetGo()` — as if the time of all tokens were over. For the specs.
fn shared_let_go(call: &JsCall) -> Result<Value, Fault> {
  shared::let_go();
  Ok(call.undefined())
}
