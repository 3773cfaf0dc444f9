//! One call from JavaScript: its arguments, its environment, and how it fails.
//!
//! Promises that a fault becomes an `Error` with a code, that a panic of ours does not cross the border, and that a wait
//! which JavaScript could not take, because it had no stack left for instance, is given up before anything else. What takes
//! something is called only where there is room to give it back ([`super::room`]), and what is no part of a round lets
//! its answers go first ([`super::round`]). Functions are registered as raw callbacks, each file's in one table: 40 ns a
//! call, against 70 to 90 through generated glue.

use super::{border::Border, environment::Environment};
use crate::binding::{
  node::{
    js::{Js, Value},
    memory::NoCopy,
  },
  values::{
    payload::Payload,
    thing::{Id, Thing},
  },
};
use napi::sys;
use std::{
  cell::Ref,
  ffi::{CStr, c_void},
  io,
  panic::{AssertUnwindSafe, catch_unwind},
  ptr,
  sync::Arc,
};

/// The most arguments a function takes.
const MOST: usize = 8;

/// What JavaScript is told when a call cannot be made.
pub struct Fault {
  pub code: &'static str,
  pub message: String,
}

impl Fault {
  /// An argument is not what the facade should have passed.
  #[cold]
  pub fn argument(index: usize) -> Self {
    Self { code: "ERR_INVALID_ARG_TYPE", message: format!("Argument {index} of a native call is not of its type.") }
  }

  /// The system has no thread for the timers.
  #[expect(clippy::needless_pass_by_value, reason = "it is what `map_err` has")]
  pub fn no_thread(error: io::Error) -> Self {
    Self {
      code: "ERR_WORKER_INIT_FAILED",
      message: format!("threaded-async could not start its thread for timeouts: {error}."),
    }
  }

  /// There is no value to send.
  #[cold]
  pub fn payload(why: &NoCopy, index: usize) -> Self {
    match why {
      NoCopy::Argument => Self::argument(index),
      NoCopy::Memory => Self {
        code: "ERR_UNCLONEABLE",
        message: "The value cannot cross threads: there is no memory for a copy of it.".to_owned(),
      },
    }
  }

  /// The number stands for nothing on this thread, or for something else.
  #[cold]
  pub fn handle(id: Id) -> Self {
    let message = format!("A method was called on an object of another class: handle {id} is no such object here.");
    Self { code: "ERR_INVALID_THIS", message }
  }
}

/// One call.
pub struct JsCall<'a> {
  pub js: Js,
  pub border: &'a Border,
  pub environment: &'a Environment,
  /// Where Node-API has written them: to copy what was written just now takes some nanoseconds.
  args: &'a [Value; MOST],
}

pub type Function = fn(&JsCall) -> Result<Value, Fault>;

impl JsCall<'_> {
  pub fn arg(&self, index: usize) -> Value {
    self.args[index]
  }

  /// Whether an argument is there, and not undefined.
  pub fn has(&self, index: usize) -> bool {
    self.js.kind(self.args[index]) != napi::sys::ValueType::napi_undefined
  }

  pub fn number(&self, index: usize) -> Result<f64, Fault> {
    self.js.as_number(self.args[index]).ok_or_else(|| Fault::argument(index))
  }

  #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "numbers out of range saturate")]
  pub fn integer(&self, index: usize) -> Result<u32, Fault> {
    self.number(index).map(|number| number as u32)
  }

  /// The number of a thing.
  #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "numbers out of range saturate")]
  pub fn id(&self, index: usize) -> Result<Id, Fault> {
    self.number(index).map(|number| number as Id)
  }

  pub fn flag(&self, index: usize) -> Result<bool, Fault> {
    self.js.as_boolean(self.args[index]).ok_or_else(|| Fault::argument(index))
  }

  pub fn string(&self, index: usize) -> Result<String, Fault> {
    self.js.as_string(self.args[index]).ok_or_else(|| Fault::argument(index))
  }

  /// What a handle stands for, whichever noun that is.
  pub fn any(&self, index: usize) -> Result<Arc<dyn Thing>, Fault> {
    let id = self.id(index)?;
    self.border.thing(id).ok_or_else(|| Fault::handle(id))
  }

  /// What a handle of this noun stands for.
  pub fn thing<T: Thing>(&self, index: usize) -> Result<Arc<T>, Fault> {
    let id = self.id(index)?;
    let handles = self.border.handles.borrow();
    handles.get(id).and_then(<dyn Thing>::to_noun).ok_or_else(|| Fault::handle(id))
  }

  /// The same, `None` for the number 0.
  pub fn optional<T: Thing>(&self, index: usize) -> Result<Option<Arc<T>>, Fault> {
    if self.id(index)? == 0 { Ok(None) } else { self.thing(index).map(Some) }
  }

  /// The same, borrowed, to be let go of before anything else of this thread is held: two threads that both count their
  /// holds on one thing slow each other down.
  pub fn borrowed<T: Thing>(&self, index: usize) -> Result<Ref<'_, T>, Fault> {
    let id = self.id(index)?;
    let handles = self.border.handles.borrow();
    Ref::filter_map(handles, |handles| handles.get(id)?.as_noun()).map_err(|_| Fault::handle(id))
  }

  /// The value an argument carries.
  #[expect(clippy::inline_always, reason = "one more move of a payload is 5 ns of a put's 85")]
  #[inline(always)]
  pub fn payload(&self, index: usize) -> Result<Payload, Fault> {
    self.border.payload(self.args[index]).map_err(|why| Fault::payload(&why, index))
  }

  pub fn undefined(&self) -> Value {
    self.js.undefined()
  }

  /// The handle of a thing, held for JavaScript.
  pub fn hold(&self, thing: Arc<dyn Thing>) -> Value {
    self.js.id(self.border.hold(thing))
  }
}

/// Of a function: it takes what would have to be given back, or ends what JavaScript has to tell of.
pub const TAKES: u8 = 1;
/// Of a function: a round is made of its calls, and nobody learns from it what has become of an answer.
pub const IN_ROUND: u8 = 2;

/// Runs `function` for one raw callback. `MARKS`: what is said of it.
///
/// # Safety
/// To be called by Node-API, for a function registered by [`define`].
pub unsafe fn enter<const MARKS: u8>(env: sys::napi_env, info: sys::napi_callback_info, function: Function) -> Value {
  let js = Js(env);
  let (mut args, mut count, mut data) = ([ptr::null_mut(); MOST], MOST, ptr::null_mut());
  // SAFETY: the out pointers are valid for the call, and `args` has room for `count`. Missing ones become undefined.
  unsafe {
    sys::napi_get_cb_info(env, info, &raw mut count, args.as_mut_ptr(), ptr::null_mut(), &raw mut data);
  }
  // SAFETY: `define` passed the environment, which lives as long as its JavaScript can call.
  let environment = unsafe { &*data.cast::<Environment>() };
  environment.drop_unclaimed();
  if MARKS & IN_ROUND == 0 {
    environment.round.release();
  }
  if MARKS & TAKES != 0 && !environment.room.is_there(&environment.border) {
    return ptr::null_mut();
  }
  let call = JsCall { js, border: &environment.border, environment, args: &args };
  match catch_unwind(AssertUnwindSafe(|| function(&call))) {
    Ok(Ok(value)) => return value,
    Ok(Err(fault)) => js.throw(fault.code, &fault.message),
    Err(_) => js.throw("ERR_INTERNAL_ASSERTION", "threaded-async: the native core has panicked; please report this."),
  }
  ptr::null_mut()
}

/// A function of ours, and its name in JavaScript.
pub type Definition = (&'static CStr, sys::napi_callback);

/// Makes functions properties of `exports`.
pub fn define(js: Js, exports: Value, functions: &[Definition], environment: *const Environment) {
  let data = environment.cast_mut().cast::<c_void>();
  for (name, raw) in functions {
    let (length, mut function) = (name.count_bytes().cast_signed(), ptr::null_mut());
    // SAFETY: the name is terminated; the environment outlives every call.
    unsafe { sys::napi_create_function(js.0, name.as_ptr(), length, *raw, data, &raw mut function) };
    js.set(exports, name, function);
  }
}

/// The table of a file's functions under their JavaScript names. Behind those that take something stands `[takes]`, behind
/// those that a round is made of `[in_round]`.
macro_rules! functions {
  (@mark takes) => { crate::binding::waits::call::TAKES };
  (@mark in_round) => { crate::binding::waits::call::IN_ROUND };
  ($($name:literal => $function:path $([$($mark:ident)*])?),* $(,)?) => {
    pub const FUNCTIONS: &[crate::binding::waits::call::Definition] = &[$({
      unsafe extern "C" fn raw(env: napi::sys::napi_env, info: napi::sys::napi_callback_info) -> napi::sys::napi_value {
        const MARKS: u8 = 0 $($(| functions!(@mark $mark))*)?;
        // SAFETY: Node-API calls this for the function defined under this name.
        unsafe { crate::binding::waits::call::enter::<MARKS>(env, info, $function) }
      }
      ($name, Some(raw))
    }),*];
  };
}
pub(crate) use functions;
