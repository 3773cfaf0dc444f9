//! The beginning and the end of the addon in one JavaScript environment.
//!
//! Promises one environment of ours per load, and its end in the cleanup hook that Node runs whatever ends the thread.

use super::{
  node::js::{Js, Value},
  objects::{
    event, failure, future, handle, memory, output, overview, queue, relay, runner, script, select, server, source,
    task, thread, unanswered,
  },
  values::control::Control,
  waits::{
    call::{Fault, JsCall, define, functions},
    environment::Environment,
  },
};
use napi::{bindgen_prelude::Object, sys};
use napi_derive::napi;
use std::{ffi::c_void, ptr};

/// The version of the native core, which must be that of the package.
#[napi]
pub fn core_version() -> &'static str {
  env!("CARGO_PKG_VERSION")
}

/// Fills the exports of one load of the addon.
#[napi(module_exports)]
pub fn begin(exports: Object, env: napi::Env) -> napi::Result<()> {
  let js = Js(env.raw());
  let exports = napi::JsValue::raw(&exports);
  let control = Control::create(js, exports)
    .ok_or_else(|| napi::Error::from_reason("threaded-async could not allocate its shared words"))?;
  let environment = Box::into_raw(Box::new(Environment::new(js, control)));
  create_wake_function(js, exports, environment);
  // After the wake function, so that it runs before Node frees that: hooks run last in, first out.
  // SAFETY: the environment is freed by the hook alone.
  unsafe { sys::napi_add_env_cleanup_hook(js.0, Some(end), environment.cast::<c_void>()) };
  define_functions(js, exports, environment);
  Ok(())
}

fn create_wake_function(js: Js, exports: Value, environment: *mut Environment) {
  let mut function = ptr::null_mut();
  let name = js.string("threaded-async");
  // What hooks of `async_hooks` see of the function. Some look at once whether there is a `hasRef`; JavaScript sets it.
  let resource = js.object();
  js.set(resource, c"hasRef", js.undefined());
  js.set(exports, c"wakeResource", resource);
  // SAFETY: the context outlives the function's calls; without a JavaScript function `on_wake` is all it runs.
  unsafe {
    sys::napi_create_threadsafe_function(
      js.0,
      ptr::null_mut(),
      resource,
      name,
      0,
      1,
      ptr::null_mut(),
      None,
      environment.cast::<c_void>(),
      Some(on_wake),
      &raw mut function,
    )
  };
  // SAFETY: the function was just made on this thread.
  unsafe { sys::napi_unref_threadsafe_function(js.0, function) };
  // SAFETY: the environment was just made and is used by this thread alone.
  let environment = unsafe { &*environment };
  environment.keep_alive.set_wake_function(function);
  environment.thread.hub.set_wake_function(function);
}

unsafe extern "C" fn on_wake(env: sys::napi_env, _function: Value, context: *mut c_void, _data: *mut c_void) {
  if env.is_null() {
    return; // The environment is going.
  }
  // SAFETY: with an environment, its record is there.
  unsafe { &*context.cast::<Environment>() }.on_wake();
}

unsafe extern "C" fn end(environment: *mut c_void) {
  // SAFETY: made by `begin`, freed here once; no JavaScript runs any more.
  let environment = unsafe { Box::from_raw(environment.cast::<Environment>()) };
  environment.end();
}

/// `listen(deliver, deliverAll, tell, lookUp, nothing, name)` — the functions that are told what has happened, one that is called while
/// this thread blocks, one that does nothing, and the name of this thread, which is its runner's once it runs a loop.
fn listen(call: &JsCall) -> Result<Value, Fault> {
  call.environment.thread.call(call.string(5)?);
  call.border.listen([call.arg(0), call.arg(1), call.arg(2), call.arg(3), call.arg(4)]);
  Ok(call.undefined())
}

/// `setScratch(bytes)` — where the codec writes from now on.
fn set_scratch(call: &JsCall) -> Result<Value, Fault> {
  call.border.control.set_scratch(call.js, call.arg(0)).ok_or_else(|| Fault::argument(0))?;
  Ok(call.undefined())
}

functions! {
  c"listen" => listen,
  c"setScratch" => set_scratch [in_round],
}

fn define_functions(js: Js, exports: Value, environment: *const Environment) {
  let nouns = [
    FUNCTIONS,
    event::FUNCTIONS,
    failure::FUNCTIONS,
    future::FUNCTIONS,
    handle::FUNCTIONS,
    output::FUNCTIONS,
    overview::FUNCTIONS,
    queue::FUNCTIONS,
    relay::FUNCTIONS,
    memory::FUNCTIONS,
    runner::FUNCTIONS,
    script::FUNCTIONS,
    select::FUNCTIONS,
    server::FUNCTIONS,
    source::FUNCTIONS,
    task::FUNCTIONS,
    thread::FUNCTIONS,
    unanswered::FUNCTIONS,
  ];
  for functions in nouns {
    define(js, exports, functions, environment);
  }
}
