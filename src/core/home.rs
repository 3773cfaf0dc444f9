//! Which loop a primitive belongs to, so that no task blocks the loop that it waits for.
//!
//! Promises that a thread which serves a loop is refused a blocking wait for what belongs to that loop, and for what
//! belongs to no loop: either may need the very tasks that would not run meanwhile. It may block for another loop. Any
//! other thread may block for everything. loom has no loops, and its models may block everywhere.

use super::sync::{Mutex, MutexGuard};
#[cfg(not(loom))]
use std::{
  cell::Cell,
  sync::atomic::{AtomicU64, Ordering},
};

/// The number of a loop; 0 for none.
#[derive(Debug, Default)]
pub(crate) struct Home(#[cfg(not(loom))] AtomicU64);

#[cfg(not(loom))]
thread_local! {
  static HERE: Cell<u64> = const { Cell::new(0) };
}

#[cfg(not(loom))]
impl Home {
  /// Makes the number of a new loop.
  pub(crate) fn number() -> u64 {
    static MADE: AtomicU64 = AtomicU64::new(1);
    // ORDERING: Relaxed; only the number matters.
    MADE.fetch_add(1, Ordering::Relaxed)
  }

  /// This thread serves the loop of that number from now on.
  pub(crate) fn settle_here(number: u64) {
    HERE.set(number);
  }

  /// Ties it to a loop.
  pub(crate) fn set(&self, number: u64) {
    // ORDERING: Relaxed; it is set before the primitive is handed out.
    self.0.store(number, Ordering::Relaxed);
  }

  /// Whether this thread may block for what belongs here.
  #[inline]
  pub(crate) fn may_block(&self) -> bool {
    let here = HERE.get();
    here == 0 || {
      // ORDERING: Relaxed; see `set`.
      let home = self.0.load(Ordering::Relaxed);
      home != 0 && home != here
    }
  }
}

#[cfg(loom)]
impl Home {
  pub(crate) fn may_block(&self) -> bool {
    true
  }
}

/// Whether this thread may block for what belongs to no loop.
#[inline]
pub(crate) fn may_block_for_strangers() -> bool {
  Home::default().may_block()
}

/// The state of a primitive, and its home.
#[repr(C)] // The lock stands in front of the state.
pub(crate) struct Housed<S> {
  state: Mutex<S>,
  pub(crate) home: Home,
}

impl<S> Housed<S> {
  pub(crate) fn new(state: S) -> Self {
    Self { state: Mutex::new(state), home: Home::default() }
  }

  #[inline]
  pub(crate) fn lock(&self) -> MutexGuard<'_, S> {
    self.state.lock()
  }
}
