//! The thread-safe function as the reference that keeps a process alive.
//!
//! Promises to touch Node only when the answer changes.

use crate::binding::node::js::Js;
use napi::sys;
use std::{cell::Cell, ptr};

/// Whether one thread keeps its process alive.
pub struct KeepAlive {
  wake_function: Cell<sys::napi_threadsafe_function>,
  is_on: Cell<bool>,
}

impl Default for KeepAlive {
  fn default() -> Self {
    Self { wake_function: Cell::new(ptr::null_mut()), is_on: Cell::new(false) }
  }
}

impl KeepAlive {
  /// The function, which lives as long as the environment.
  pub fn set_wake_function(&self, wake_function: sys::napi_threadsafe_function) {
    self.wake_function.set(wake_function);
  }

  pub fn set(&self, js: Js, is_on: bool) {
    let function = self.wake_function.get();
    if self.is_on.replace(is_on) == is_on || function.is_null() {
      return;
    }
    if is_on {
      // SAFETY: the function lives as long as the environment, whose thread this is.
      unsafe { sys::napi_ref_threadsafe_function(js.0, function) };
    } else {
      // SAFETY: as above.
      unsafe { sys::napi_unref_threadsafe_function(js.0, function) };
    }
  }
}
