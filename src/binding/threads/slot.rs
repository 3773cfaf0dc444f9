//! A place for one value on its way from thread to thread, on one cache line.
//!
//! Promises that a value which was put in is taken out once, or dropped with its place. Those who put in do so one after
//! the other, and so do those who take out: each side shows a lock that it holds. The two sides need no lock between
//! them: a thread that takes out only reads the line that it has looked at, and the processor hands it over once.
//!
//! 1. `state` is EMPTY, or FILLING while a value is put in, or FULL. Only who puts in leaves EMPTY, and only who takes out
//!    leaves FULL.

use crate::core::sync::{AtomicU8, MutexGuard, Ordering, UnsafeCell};
use std::mem::MaybeUninit;

const EMPTY: u8 = 0;
const FILLING: u8 = 1;
const FULL: u8 = 2;

#[repr(C)]
pub struct Slot<T> {
  state: AtomicU8,
  value: UnsafeCell<MaybeUninit<T>>,
}

// SAFETY: by invariant 1 one thread at a time is at the value, and it moves from one to the other.
unsafe impl<T: Send> Sync for Slot<T> {}

/// What those who put in hold, each in turn.
pub trait Puts {}

/// What those who take out hold, each in turn.
pub struct Takes;

impl<T> Slot<T> {
  pub fn new() -> Self {
    Self { state: AtomicU8::new(EMPTY), value: UnsafeCell::new(MaybeUninit::uninit()) }
  }

  /// Puts a value in; hands it back where there is one. `before` is called before the value can be seen.
  pub fn put<G: Puts>(&self, value: T, before: impl FnOnce(), _turn: &mut MutexGuard<'_, G>) -> Result<(), T> {
    // The first access is one that writes: after a mere look the line would have to be fetched once more.
    // ORDERING: Acquire pairs with the Release in `take`.
    if self.state.compare_exchange(EMPTY, FILLING, Ordering::Acquire, Ordering::Relaxed).is_err() {
      return Err(value);
    }
    // SAFETY: the state is FILLING, by this thread, whose turn it is.
    self.value.with_mut(|place| unsafe { (*place).write(value) });
    before();
    // ORDERING: Release for the value; SeqCst since who puts in looks next whether the other is awake (`hub.rs`).
    self.state.store(FULL, Ordering::SeqCst);
    Ok(())
  }

  /// Whether there is a value. Cheap enough to ask all the time.
  pub fn is_full(&self) -> bool {
    // ORDERING: SeqCst for `go_idle` of `hub.rs`.
    self.state.load(Ordering::SeqCst) == FULL
  }

  /// Takes the value out where it is the one that is meant.
  pub fn take_if(&self, is_meant: impl FnOnce(&T) -> bool, _turn: &mut MutexGuard<'_, Takes>) -> Option<T> {
    // ORDERING: Acquire pairs with the store of FULL.
    if self.state.load(Ordering::Acquire) != FULL {
      return None;
    }
    // SAFETY: the state is FULL, and only this thread, whose turn it is, may change that.
    let is_meant = self.value.with(|place| is_meant(unsafe { (*place).assume_init_ref() }));
    if !is_meant {
      return None;
    }
    // SAFETY: as above; EMPTY says that the value has left.
    let value = self.value.with(|place| unsafe { (*place).assume_init_read() });
    self.state.store(EMPTY, Ordering::Release);
    Some(value)
  }
}

impl<T> Drop for Slot<T> {
  fn drop(&mut self) {
    if self.state.load(Ordering::Relaxed) == FULL {
      // SAFETY: the state is FULL, and nobody else can look any more.
      self.value.with_mut(|place| unsafe { (*place).assume_init_drop() });
    }
  }
}
