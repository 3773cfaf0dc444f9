//! The building blocks of threads: the standard library's, or loom's when its model checker runs.
//!
//! The only file of the core that may name either. A lock whose holder panicked is taken as it is: no code of the core
//! leaves its state half changed at a point that can panic.

#[cfg(not(loom))]
pub(crate) use std::{
  sync::{
    Arc, Mutex as RawMutex, MutexGuard,
    atomic::{AtomicBool, Ordering},
  },
  thread::{self, Thread},
};

#[cfg(loom)]
pub(crate) use loom::{
  sync::{
    Arc, Mutex as RawMutex, MutexGuard,
    atomic::{AtomicBool, Ordering},
  },
  thread::{self, Thread},
};

#[cfg(loom)]
pub(crate) use loom::{
  cell::UnsafeCell,
  sync::atomic::{AtomicU8, AtomicU64},
};
#[cfg(all(feature = "node", not(loom)))]
pub(crate) use std::sync::atomic::{AtomicU8, AtomicU64};

/// Like loom's, which sees who is at the value.
#[cfg(all(feature = "node", not(loom)))]
pub(crate) struct UnsafeCell<T>(std::cell::UnsafeCell<T>);

#[cfg(all(feature = "node", not(loom)))]
impl<T> UnsafeCell<T> {
  pub(crate) fn new(value: T) -> Self {
    Self(std::cell::UnsafeCell::new(value))
  }

  pub(crate) fn with<R>(&self, look: impl FnOnce(*const T) -> R) -> R {
    look(self.0.get())
  }

  pub(crate) fn with_mut<R>(&self, change: impl FnOnce(*mut T) -> R) -> R {
    change(self.0.get())
  }
}

use super::deadline::Deadline;
#[cfg(not(loom))]
pub(crate) use super::spin::spin_until;

/// What shares no cache line with anything else: two threads that change different things on one line slow each other
/// down. 128 bytes, since some processors fetch two lines of 64 at once.
#[derive(Debug, Default)]
#[repr(align(128))]
pub(crate) struct Apart<T>(pub(crate) T);

impl<T> std::ops::Deref for Apart<T> {
  type Target = T;

  fn deref(&self) -> &T {
    &self.0
  }
}

/// A mutex that does not poison.
#[derive(Debug, Default)]
pub(crate) struct Mutex<T>(RawMutex<T>);

impl<T> Mutex<T> {
  /// `const`, for statics.
  #[cfg(not(loom))]
  pub(crate) const fn new(value: T) -> Self {
    Self(RawMutex::new(value))
  }

  #[cfg(loom)]
  pub(crate) fn new(value: T) -> Self {
    Self(RawMutex::new(value))
  }

  pub(crate) fn lock(&self) -> MutexGuard<'_, T> {
    self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
  }
}

/// Parks this thread until it is unparked, the deadline passes, or for no reason at all.
#[cfg(not(loom))]
pub(crate) fn park_until(deadline: Deadline) {
  match deadline.remaining() {
    None => thread::park(),
    Some(remaining) => thread::park_timeout(remaining),
  }
}

/// loom has no clock: a deadline that can pass is modelled by a waiter that gives up, so parks are for ever.
#[cfg(loom)]
pub(crate) fn park_until(_deadline: Deadline) {
  thread::park();
}

/// loom explores every order by itself.
#[cfg(loom)]
pub(crate) fn spin_until<T>(mut look: impl FnMut() -> Option<T>) -> Option<T> {
  look()
}
