//! The sources of inline functions for JavaScript: `lib/functions/errand.ts` on this side, `threads/sources.rs` below.

use crate::binding::{
  node::js::Value,
  threads::sources,
  waits::call::{Fault, JsCall, functions},
};

functions! {
  c"sourceNumber" => number,
  c"sourceRelease" => release,
  c"sourceText" => text,
  c"sourceName" => name,
  c"sourceCount" => count,
}

/// `sourceNumber(text, name): number` — never 0, which means no source. This thread holds the source until it says
/// `sourceRelease` as often as this.
fn number(call: &JsCall) -> Result<Value, Fault> {
  let source = sources::of_text(call.string(0)?.into(), &call.string(1)?);
  let number = source.number;
  call.environment.sources.borrow_mut().hold(source);
  Ok(call.js.id(number))
}

/// `sourceRelease(number)`
fn release(call: &JsCall) -> Result<Value, Fault> {
  call.environment.sources.borrow_mut().release(call.id(0)?);
  Ok(call.undefined())
}

/// `sourceText(number): string | undefined` — undefined where nothing holds the source; a task that runs does.
fn text(call: &JsCall) -> Result<Value, Fault> {
  let source = sources::of_number(call.id(0)?);
  Ok(source.map_or_else(|| call.undefined(), |source| call.js.string(&source.text)))
}

/// `sourceName(number): string | undefined` — as `sourceText`.
fn name(call: &JsCall) -> Result<Value, Fault> {
  let source = sources::of_number(call.id(0)?);
  Ok(source.map_or_else(|| call.undefined(), |source| call.js.string(&source.name)))
}

/// `sourceCount(): number` — of the process.
fn count(call: &JsCall) -> Result<Value, Fault> {
  Ok(call.js.count(sources::count()))
}
