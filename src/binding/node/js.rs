//! The Node-API calls this crate makes, each wrapped once, so that the rest of the border reads as Rust.
//!
//! Promises one operation per `unsafe` block. Refuses to hide failures that matter: what can fail because the
//! environment is going returns an `Option`, and a caller that gets `None` stops touching it.

use super::memory::{NoCopy, room_for};
use napi::sys;
use std::{
  ffi::{CStr, c_void},
  ptr,
  sync::atomic::{AtomicUsize, Ordering},
};

pub type Value = sys::napi_value;

/// References in the process that keep their values.
static KEPT: AtomicUsize = AtomicUsize::new(0);

/// How many values are kept in the process: some for each environment, and none that stays.
pub fn kept() -> usize {
  KEPT.load(Ordering::Relaxed)
}

/// A JavaScript environment: one thread's engine and this addon in it.
#[derive(Clone, Copy)]
pub struct Js(pub sys::napi_env);

fn ok(status: sys::napi_status) -> Option<()> {
  (status == sys::Status::napi_ok).then_some(())
}

impl Js {
  fn make(self, make: impl FnOnce(sys::napi_env, *mut Value) -> sys::napi_status) -> Value {
    let mut value = ptr::null_mut();
    make(self.0, &raw mut value);
    value
  }

  pub fn undefined(self) -> Value {
    // SAFETY: the out pointer is valid for the call; so in all of `make`.
    self.make(|env, out| unsafe { sys::napi_get_undefined(env, out) })
  }

  pub fn null(self) -> Value {
    // SAFETY: as above.
    self.make(|env, out| unsafe { sys::napi_get_null(env, out) })
  }

  pub fn boolean(self, value: bool) -> Value {
    // SAFETY: as above.
    self.make(|env, out| unsafe { sys::napi_get_boolean(env, value, out) })
  }

  pub fn number(self, value: f64) -> Value {
    // SAFETY: as above.
    self.make(|env, out| unsafe { sys::napi_create_double(env, value, out) })
  }

  pub fn object(self) -> Value {
    // SAFETY: as above.
    self.make(|env, out| unsafe { sys::napi_create_object(env, out) })
  }

  /// The number of a thing.
  #[expect(clippy::cast_precision_loss, reason = "2^53 things are never made")]
  pub fn id(self, id: u64) -> Value {
    self.number(id as f64)
  }

  /// An integer of at most 53 bits.
  #[expect(clippy::cast_precision_loss, reason = "2^53 sources are never made")]
  pub fn signed(self, value: i64) -> Value {
    self.number(value as f64)
  }

  pub fn integer(self, value: u32) -> Value {
    // SAFETY: as above.
    self.make(|env, out| unsafe { sys::napi_create_uint32(env, value, out) })
  }

  /// How many there are of something; 2^32 and more count as 2^32 - 1.
  pub fn count(self, number: usize) -> Value {
    self.integer(u32::try_from(number).unwrap_or(u32::MAX))
  }

  pub fn latin1(self, value: &[u8]) -> Value {
    let length = value.len().cast_signed();
    // SAFETY: the slice is valid for the call, which copies it.
    self.make(|env, out| unsafe { sys::napi_create_string_latin1(env, value.as_ptr().cast(), length, out) })
  }

  pub fn utf16(self, value: &[u16]) -> Value {
    let length = value.len().cast_signed();
    // SAFETY: the slice is valid for the call, which copies it.
    self.make(|env, out| unsafe { sys::napi_create_string_utf16(env, value.as_ptr(), length, out) })
  }

  pub fn string(self, value: &str) -> Value {
    let length = value.len().cast_signed();
    // SAFETY: the string is valid for the call, which copies it.
    self.make(|env, out| unsafe { sys::napi_create_string_utf8(env, value.as_ptr().cast(), length, out) })
  }

  pub fn bigint(self, negative: bool, words: &[u64]) -> Value {
    // SAFETY: the slice is valid for the call, which copies it.
    self
      .make(|env, out| unsafe { sys::napi_create_bigint_words(env, negative.into(), words.len(), words.as_ptr(), out) })
  }

  pub fn kind(self, value: Value) -> sys::napi_valuetype {
    let mut kind = sys::ValueType::napi_undefined;
    // SAFETY: the out pointer is valid for the call.
    unsafe { sys::napi_typeof(self.0, value, &raw mut kind) };
    kind
  }

  pub fn as_number(self, value: Value) -> Option<f64> {
    let mut number = 0.0;
    // SAFETY: the out pointer is valid for the call.
    ok(unsafe { sys::napi_get_value_double(self.0, value, &raw mut number) })?;
    Some(number)
  }

  pub fn as_boolean(self, value: Value) -> Option<bool> {
    let mut boolean = false;
    // SAFETY: the out pointer is valid for the call.
    ok(unsafe { sys::napi_get_value_bool(self.0, value, &raw mut boolean) })?;
    Some(boolean)
  }

  /// How many units of UTF-16 a string has.
  pub fn length(self, string: Value) -> Option<usize> {
    let mut length = 0;
    // SAFETY: a null buffer asks for the length only.
    ok(unsafe { sys::napi_get_value_string_utf16(self.0, string, ptr::null_mut(), 0, &raw mut length) })?;
    Some(length)
  }

  /// Reads a string into a buffer with room for one unit more than it has.
  pub fn read_utf16(self, string: Value, buffer: &mut [u16]) -> Option<&[u16]> {
    let mut length = 0;
    // SAFETY: the buffer is as long as it says.
    ok(unsafe {
      sys::napi_get_value_string_utf16(self.0, string, buffer.as_mut_ptr(), buffer.len(), &raw mut length)
    })?;
    Some(&buffer[..length])
  }

  /// A string as UTF-8, lone surrogates replaced. Most are names, and short.
  pub fn as_string(self, value: Value) -> Option<String> {
    let mut short = [0; 64];
    let length = self.read_utf8(value, &mut short)?;
    if length + 4 < short.len() {
      return String::from_utf8(short[..length].into()).ok();
    }
    // It may have been cut at the end of a character.
    let mut text = vec![0; self.length(value)? * 3 + 1];
    let length = self.read_utf8(value, &mut text)?;
    text.truncate(length);
    String::from_utf8(text).ok()
  }

  fn read_utf8(self, string: Value, buffer: &mut [u8]) -> Option<usize> {
    let mut length = 0;
    // SAFETY: the buffer is as long as it says.
    ok(unsafe {
      sys::napi_get_value_string_utf8(self.0, string, buffer.as_mut_ptr().cast(), buffer.len(), &raw mut length)
    })?;
    Some(length)
  }

  pub fn as_bigint(self, value: Value) -> Result<(bool, Box<[u64]>), NoCopy> {
    let (mut sign, mut count) = (0, 0);
    // SAFETY: null words ask for the count only.
    ok(unsafe { sys::napi_get_value_bigint_words(self.0, value, ptr::null_mut(), &raw mut count, ptr::null_mut()) })
      .ok_or(NoCopy::Argument)?;
    let mut words = room_for(count)?;
    words.resize(count, 0u64);
    // SAFETY: the buffer has room for `count` words.
    ok(unsafe { sys::napi_get_value_bigint_words(self.0, value, &raw mut sign, &raw mut count, words.as_mut_ptr()) })
      .ok_or(NoCopy::Argument)?;
    Ok((sign != 0, words.into_boxed_slice()))
  }

  /// A fresh `Uint8Array` over memory of the engine, and where that memory is.
  pub fn bytes(self, length: usize) -> Option<(Value, *mut u8)> {
    let (mut data, mut buffer, mut array) = (ptr::null_mut::<c_void>(), ptr::null_mut(), ptr::null_mut());
    // SAFETY: the out pointers are valid for the call.
    ok(unsafe { sys::napi_create_arraybuffer(self.0, length, &raw mut data, &raw mut buffer) })?;
    // SAFETY: the view lies within the buffer just made.
    ok(unsafe {
      sys::napi_create_typedarray(self.0, sys::TypedarrayType::uint8_array, length, buffer, 0, &raw mut array)
    })?;
    Some((array, data.cast()))
  }

  /// A property of the global object; `None` where there is none.
  pub fn global(self, name: &CStr) -> Option<Value> {
    let (mut global, mut value) = (ptr::null_mut(), ptr::null_mut());
    // SAFETY: the out pointer is valid for the call.
    ok(unsafe { sys::napi_get_global(self.0, &raw mut global) })?;
    // SAFETY: the name is terminated, the out pointer is valid for the call.
    ok(unsafe { sys::napi_get_named_property(self.0, global, name.as_ptr(), &raw mut value) })?;
    Some(value)
  }

  /// What `new` makes of a constructor of the engine's own; `None` where it throws.
  pub fn instance(self, constructor: Value, argument: Value) -> Option<Value> {
    let mut made = ptr::null_mut();
    // SAFETY: the values belong to the open scope, the out pointer is valid for the call.
    let status = unsafe { sys::napi_new_instance(self.0, constructor, 1, &raw const argument, &raw mut made) };
    if status == sys::Status::napi_pending_exception {
      self.forget_exception();
    }
    ok(status)?;
    Some(made)
  }

  /// Where the memory of a `Uint8Array` is, and how long it is.
  pub fn memory(self, array: Value) -> Option<(*mut u8, usize)> {
    let (mut data, mut length) = (ptr::null_mut(), 0);
    // SAFETY: unwanted outs may be null; the others are valid for the call.
    ok(unsafe {
      sys::napi_get_typedarray_info(
        self.0,
        array,
        ptr::null_mut(),
        &raw mut length,
        &raw mut data,
        ptr::null_mut(),
        ptr::null_mut(),
      )
    })?;
    Some((data.cast(), length))
  }

  pub fn array(self, values: impl ExactSizeIterator<Item = Value>) -> Value {
    // SAFETY: the out pointer is valid for the call.
    let array = self.make(|env, out| unsafe { sys::napi_create_array_with_length(env, values.len(), out) });
    for (index, value) in (0..).zip(values) {
      // SAFETY: both values belong to the open scope.
      unsafe { sys::napi_set_element(self.0, array, index, value) };
    }
    array
  }

  pub fn set(self, object: Value, name: &CStr, value: Value) {
    // SAFETY: the name is terminated, the values belong to the open scope.
    unsafe { sys::napi_set_named_property(self.0, object, name.as_ptr(), value) };
  }

  /// A reference that keeps its value. Node frees none of either kind by itself, not even at the end of an environment:
  /// what made it must forget it.
  pub fn reference(self, value: Value) -> sys::napi_ref {
    KEPT.fetch_add(1, Ordering::Relaxed);
    self.reference_counting(value, 1)
  }

  /// A reference that does not keep its value.
  pub fn weak_reference(self, value: Value) -> sys::napi_ref {
    self.reference_counting(value, 0)
  }

  fn reference_counting(self, value: Value, count: u32) -> sys::napi_ref {
    let mut reference = ptr::null_mut();
    // SAFETY: the out pointer is valid for the call.
    unsafe { sys::napi_create_reference(self.0, value, count, &raw mut reference) };
    reference
  }

  /// What a reference refers to; `None` when it is gone.
  pub fn referent(self, reference: sys::napi_ref) -> Option<Value> {
    let mut value = ptr::null_mut();
    // SAFETY: the reference was made here and not yet deleted.
    ok(unsafe { sys::napi_get_reference_value(self.0, reference, &raw mut value) })?;
    (!value.is_null()).then_some(value)
  }

  /// Forgets a reference that keeps its value.
  pub fn release(self, reference: sys::napi_ref) {
    KEPT.fetch_sub(1, Ordering::Relaxed);
    self.forget(reference);
  }

  /// Forgets one that does not.
  pub fn forget(self, reference: sys::napi_ref) {
    // SAFETY: the reference was made here and is deleted once.
    unsafe { sys::napi_delete_reference(self.0, reference) };
  }

  /// Calls a function of ours; `None` when the environment is going.
  pub fn call(self, function: Value, args: &[Value]) -> Option<()> {
    // SAFETY: the receiver and arguments belong to the open scope.
    let status = unsafe {
      sys::napi_call_function(self.0, self.undefined(), function, args.len(), args.as_ptr(), ptr::null_mut())
    };
    // An environment that is being torn down may say that an exception is pending where none is: nothing was called.
    if status == sys::Status::napi_pending_exception && self.has_thrown() {
      return self.raise_pending();
    }
    ok(status)
  }

  /// Whether the stack has room for a call of a function with so many arguments. Where it has not, the engine's error waits
  /// to be thrown.
  pub fn has_room(self, function: Value, count: usize) -> bool {
    let args = vec![self.undefined(); count];
    // SAFETY: the receiver and arguments belong to the open scope.
    let status = unsafe {
      sys::napi_call_function(self.0, self.undefined(), function, args.len(), args.as_ptr(), ptr::null_mut())
    };
    status != sys::Status::napi_pending_exception || !self.has_thrown()
  }

  fn has_thrown(self) -> bool {
    let mut has = false;
    // SAFETY: the out pointer is valid for the call, which has no preamble.
    ok(unsafe { sys::napi_is_exception_pending(self.0, &raw mut has) }).is_some() && has
  }

  /// An exception that leaves one of our own functions is a fault of the package: the process must not go on in
  /// silence. `None` when it is the end of the thread, which Deno shows as an exception that is null.
  fn raise_pending(self) -> Option<()> {
    let mut exception = ptr::null_mut();
    // SAFETY: the out pointer is valid for the call.
    if ok(unsafe { sys::napi_get_and_clear_last_exception(self.0, &raw mut exception) }).is_some() {
      if self.kind(exception) == sys::ValueType::napi_null {
        return None;
      }
      // SAFETY: the exception belongs to the open scope.
      unsafe { sys::napi_fatal_exception(self.0, exception) };
    }
    Some(())
  }

  /// Runs `body` in a handle scope of its own, so that a long batch does not pile up handles.
  pub fn scope<R>(self, body: impl FnOnce() -> R) -> R {
    let mut scope = ptr::null_mut();
    // SAFETY: the out pointer is valid for the call.
    let opened = ok(unsafe { sys::napi_open_handle_scope(self.0, &raw mut scope) });
    let result = body();
    if opened.is_some() {
      // SAFETY: the scope was opened above and closes in order.
      unsafe { sys::napi_close_handle_scope(self.0, scope) };
    }
    result
  }

  /// Drops an exception that waits to be thrown.
  pub fn forget_exception(self) {
    let mut exception = ptr::null_mut();
    // SAFETY: the out pointer is valid for the call.
    unsafe { sys::napi_get_and_clear_last_exception(self.0, &raw mut exception) };
  }

  /// False once the environment has begun to end. `array` is any typed array.
  pub fn is_alive(self, array: Value) -> bool {
    let mut has = false;
    // SAFETY: the out pointer is valid for the call. It has a preamble, which is what fails in an environment that is
    // going; and of the calls that have one it is the cheapest, for it makes no string.
    ok(unsafe { sys::napi_has_element(self.0, array, 0, &raw mut has) }).is_some()
  }

  /// Throws an error of the class that Node gives those with this code.
  pub fn throw(self, code: &str, message: &str) {
    let create = match code {
      "ERR_INVALID_ARG_TYPE" | "ERR_INVALID_ARG_VALUE" | "ERR_INVALID_THIS" => sys::napi_create_type_error,
      "ERR_OUT_OF_RANGE" => sys::napi_create_range_error,
      _ => sys::napi_create_error,
    };
    let mut error = ptr::null_mut();
    let (code, message) = (self.string(code), self.string(message));
    // SAFETY: the values belong to the open scope, the out pointer is valid for the call.
    unsafe { create(self.0, code, message, &raw mut error) };
    // SAFETY: the error belongs to the open scope.
    unsafe { sys::napi_throw(self.0, error) };
  }
}
