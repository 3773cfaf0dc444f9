//! The beginning and the end of the addon in one JavaScript environment.
//!
//! Promises one environment of ours per load, and its end in the cleanup hook that Node runs whatever ends the thread.

use super::{
  node::js::{Js, Value},
  objects::{event, future, output, queue, runner as runner_calls, server},
  threads::{doorbell, signal, sources as source, task},
  values::{
    control::Control,
    thing::{next_id, skip_ids},
  },
  waits::{
    call::{Call, Fault, define_all},
    environment::Environment,
    turns,
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
  create_wake_function(js, environment);
  // After the wake function, so that it runs before Node frees that: hooks run last in, first out.
  // SAFETY: the environment is freed by the hook alone.
  unsafe { sys::napi_add_env_cleanup_hook(js.0, Some(end), environment.cast::<c_void>()) };
  define_functions(js, exports, environment);
  Ok(())
}

fn create_wake_function(js: Js, environment: *mut Environment) {
  let mut function = ptr::null_mut();
  let name = js.string("threaded-async");
  // SAFETY: the context outlives the function's calls; without a JavaScript function `on_wake` is all it runs.
  unsafe {
    sys::napi_create_threadsafe_function(
      js.0,
      ptr::null_mut(),
      ptr::null_mut(),
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
  environment.wake_function.set(function);
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

/// `listen(settle, message)` — the functions the hub tells what has happened.
fn listen(call: &Call) -> Result<Value, Fault> {
  let callbacks = (call.js.reference(call.arg(0), 1), call.js.reference(call.arg(1), 1));
  call.environment.callbacks.set(Some(callbacks));
  Ok(call.undefined())
}

/// `setScratch(bytes)` — where the codec writes from now on.
fn set_scratch(call: &Call) -> Result<Value, Fault> {
  call.environment.control.set_scratch(call.js, call.arg(0)).ok_or_else(|| Fault::argument(0))?;
  Ok(call.undefined())
}

/// `nextId(): number` — a number nothing else in the process has.
fn fresh_id(call: &Call) -> Result<Value, Fault> {
  Ok(call.js.id(next_id()))
}

/// `idSkip(count)` — as if so many things had been made. For the specs of what comes then.
fn skip(call: &Call) -> Result<Value, Fault> {
  skip_ids(call.id(0)?);
  Ok(call.undefined())
}

/// `handleObject(id): object | undefined`
fn handle_object(call: &Call) -> Result<Value, Fault> {
  let id = call.id(0)?;
  Ok(call.environment.handles.borrow().object(call.js, id).unwrap_or_else(|| call.undefined()))
}

/// `handleAttach(id, object)`
fn handle_attach(call: &Call) -> Result<Value, Fault> {
  let id = call.id(0)?;
  call.environment.handles.borrow_mut().attach(call.js, id, call.arg(1));
  Ok(call.undefined())
}

/// `handleRunner(id): handle | 0` — the runner whose end ends it.
fn handle_runner(call: &Call) -> Result<Value, Fault> {
  let runner = call.any(0)?.runner();
  Ok(call.js.id(runner.map_or(0, |runner| call.environment.hold(runner))))
}

/// `handleCount(): number` — of this thread.
fn handle_count(call: &Call) -> Result<Value, Fault> {
  let count = call.environment.handles.borrow().len();
  Ok(call.js.integer(u32::try_from(count).unwrap_or(u32::MAX)))
}

/// `waitSleep(timeout)` — a ticket that expires after so many milliseconds.
fn wait_sleep(call: &Call) -> Result<Value, Fault> {
  let entrance = super::waits::doors::Entrance {
    wait: super::waits::wait::Wait::Sleep,
    task: None,
    runner: None,
    needs_loop: false,
  };
  Ok(call.environment.enter(entrance, super::values::protocol::Door::Await, call.number(0)?))
}

/// `waitAbandon(ticket): boolean` — false where its outcome is on the way.
fn wait_abandon(call: &Call) -> Result<Value, Fault> {
  Ok(call.js.boolean(call.environment.abandon(call.integer(0)?)))
}

/// `waitResume(ticket)` — goes on with a blocking wait.
fn wait_resume(call: &Call) -> Result<Value, Fault> {
  Ok(call.environment.resume(call.integer(0)?))
}

/// `loopStir()` — has the loop look at what it was told, once it comes round.
fn loop_stir(call: &Call) -> Result<Value, Fault> {
  call.environment.thread.hub.wake();
  Ok(call.undefined())
}

/// `interruptAll()` — the process is about to end.
fn interrupt_all(call: &Call) -> Result<Value, Fault> {
  doorbell::interrupt_all();
  Ok(call.undefined())
}

/// `interruptListen()` — JavaScript listens for Ctrl-C on this thread.
fn interrupt_listen(call: &Call) -> Result<Value, Fault> {
  signal::listen(&call.environment.doorbell);
  Ok(call.undefined())
}

/// `interruptHeard()` — a listener runs: the signal need not end a wait any more.
fn interrupt_heard(call: &Call) -> Result<Value, Fault> {
  call.environment.doorbell.was_interrupted();
  Ok(call.undefined())
}

fn define_functions(js: Js, exports: Value, environment: *const Environment) {
  define_all!(js, exports, environment, {
    c"listen" => listen,
    c"setScratch" => set_scratch,
    c"nextId" => fresh_id,
    c"idSkip" => skip,
    c"handleObject" => handle_object,
    c"handleAttach" => handle_attach,
    c"handleRunner" => handle_runner,
    c"handleCount" => handle_count,
    c"waitSleep" => wait_sleep,
    c"waitAbandon" => wait_abandon,
    c"waitResume" => wait_resume,
    c"interruptListen" => interrupt_listen,
    c"interruptHeard" => interrupt_heard,
    c"interruptAll" => interrupt_all,
    c"outputEnter" => output::enter,
    c"outputLeave" => output::leave,
    c"queueCreate" => queue::create,
    c"queueGet" => queue::get,
    c"queueGetMany" => queue::get_many,
    c"queuePut" => queue::put,
    c"queuePutMany" => queue::put_many,
    c"queueJoin" => queue::join,
    c"queuePeek" => queue::peek,
    c"queueClear" => queue::clear,
    c"queueTaskDone" => queue::task_done,
    c"queueShutdown" => queue::shutdown,
    c"queueSize" => queue::size,
    c"queueStatistics" => queue::statistics,
    c"batchAdd" => queue::batch_add,
    c"batchDrop" => queue::batch_drop,
    c"batchTake" => queue::batch_take,
    c"eventCreate" => event::create,
    c"eventSet" => event::set,
    c"eventClear" => event::clear,
    c"eventIsSet" => event::is_set,
    c"eventWaiters" => event::waiters,
    c"eventWait" => event::wait,
    c"futureCreate" => future::create,
    c"futureSettle" => future::settle,
    c"futureCancel" => future::cancel,
    c"futureState" => future::state,
    c"futureWaiters" => future::waiters,
    c"futureResult" => future::result,
    c"taskCreate" => task::create,
    c"taskCancel" => task::cancel,
    c"taskExpiredAfter" => task::expired_after,
    c"loopTaskExpiredAfter" => task::own_expired_after,
    c"taskName" => task::name,
    c"loopTaskName" => task::own_name,
    c"loopTaskNote" => task::own_note,
    c"loopTaskIsCut" => task::own_is_cut,
    c"loopTaskHold" => task::own_hold,
    c"loopTaskSettle" => task::settle,
    c"loopTaskCancelled" => task::settle_cancelled,
    c"loopReport" => task::report,
    c"loopAttach" => runner_calls::loop_attach,
    c"loopCancelled" => runner_calls::loop_cancelled,
    c"loopCut" => runner_calls::loop_cut,
    c"loopClosed" => runner_calls::loop_closed,
    c"loopExit" => runner_calls::loop_exit,
    c"loopStir" => loop_stir,
    c"loopTurn" => turns::turn,
    c"serverCreate" => server::create,
    c"serverTake" => server::take,
    c"serverNext" => server::next,
    c"serverPending" => server::pending,
    c"clientIsAlone" => server::is_alone,
    c"serverTick" => server::tick,
    c"serverDelay" => server::delay,
    c"serverTimeout" => server::timeout,
    c"serverSettle" => server::settle,
    c"clientCreate" => server::create_client,
    c"clientCall" => server::call,
    c"requestAnswer" => server::answer,
    c"requestFuture" => server::future,
    c"runnerCreate" => runner_calls::create,
    c"runnerEmploy" => runner_calls::employ,
    c"runnerClose" => runner_calls::close,
    c"runnerForce" => runner_calls::force,
    c"runnerGiveUp" => runner_calls::give_up,
    c"runnerDied" => runner_calls::died,
    c"runnerForget" => runner_calls::forget,
    c"runnerCause" => runner_calls::cause,
    c"runnerUp" => runner_calls::up,
    c"runnerIsDebug" => runner_calls::is_debug,
    c"runnerEnded" => runner_calls::ended,
    c"runnerState" => runner_calls::state,
    c"runnerSetTimeouts" => runner_calls::set_timeouts,
    c"runnerName" => runner_calls::name,
    c"runnerAllowsBlocking" => runner_calls::allows_blocking,
    c"runnerHolders" => runner_calls::holders,
    c"runnerLoad" => runner_calls::load,
    c"runnerFailures" => runner_calls::failures,
    c"failureTake" => runner_calls::failure_take,
    c"serviceTake" => runner_calls::service_take,
    c"sourceNumber" => source::number,
    c"sourceText" => source::text,
    c"sourceName" => source::name,
  });
}
