//! The sources of inline functions for JavaScript: `lib/functions/errand.ts` on this side, `threads/sources.rs` below.

use crate::binding::{
  node::js::Value,
  threads::sources,
  waits::call::{Fault, JsCall, functions},
};

functions! {
  c"sourceNumber" => number,
  c"sourceText" => text,
  c"sourceName" => name,
}

/// `sourceNumber(text, name): number` — never 0, which means no source.
fn number(call: &JsCall) -> Result<Value, Fault> {
  Ok(call.js.integer(sources::number_of(call.string(0)?.into(), call.string(1)?.into())))
}

/// `sourceText(number): string`
fn text(call: &JsCall) -> Result<Value, Fault> {
  let number = call.integer(0)?;
  sources::text_of(number).map(|text| call.js.string(&text)).ok_or_else(|| Fault::handle(number.into()))
}

/// `sourceName(number): string`
fn name(call: &JsCall) -> Result<Value, Fault> {
  Ok(call.js.string(&sources::name_of(call.integer(0)?)))
}
