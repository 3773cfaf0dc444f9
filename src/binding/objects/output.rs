//! Standard output and standard error for JavaScript: `lib/loop/console.ts` on this side, `threads/writers.rs` and
//! `threads/window.rs` below.

use crate::binding::{
  node::js::Value,
  threads::{js_thread::Service, window, writers},
  values::thing::Id,
  waits::call::{Fault, JsCall, functions},
};
use std::sync::Arc;

functions! {
  c"outputEnter" => enter,
  c"outputLeave" => leave,
  c"outputTell" => tell,
  c"outputWindow" => window,
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

/// `outputTell()` — the thread that has made this loop's runner is to write what the loop has printed.
fn tell(call: &JsCall) -> Result<Value, Fault> {
  if let Some(runner) = call.environment.own_runner() {
    runner.tell_maker(Service::Output(Arc::clone(&runner)));
  }
  Ok(call.undefined())
}

/// `outputWindow(descriptor): undefined | [columns, rows]` — the size of the terminal, where it can be told.
fn window(call: &JsCall) -> Result<Value, Fault> {
  let size = window::size(call.integer(0)?);
  Ok(size.map_or_else(
    || call.undefined(),
    |(columns, rows)| call.js.array([columns, rows].map(|count| call.js.integer(u32::from(count))).into_iter()),
  ))
}
