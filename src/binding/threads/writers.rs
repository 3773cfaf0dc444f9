//! Which loop of the process writes to standard output, and which to standard error.
//!
//! A write of more than a pipe takes at once is made in pieces. Promises that no other loop's piece comes between, and
//! that a loop which ends in the middle does not keep the others waiting. Refuses to wait: a loop that does not get the
//! right to write tries again, in JavaScript, where it can be ended.

use crate::binding::values::thing::Id;
use std::sync::atomic::{AtomicU64, Ordering};

/// The runner whose loop is writing, per descriptor; 0 for none.
static WRITERS: [AtomicU64; 3] = [AtomicU64::new(0), AtomicU64::new(0), AtomicU64::new(0)];

/// Takes the right to write; `None` where there is no such descriptor.
pub fn enter(descriptor: usize, runner: Id) -> Option<bool> {
  // ORDERING: the descriptor is the kernel's; only which loop comes first matters.
  Some(WRITERS.get(descriptor)?.compare_exchange(0, runner, Ordering::AcqRel, Ordering::Relaxed).is_ok())
}

/// Gives the right to write back, if this loop has it.
pub fn leave(descriptor: usize, runner: Id) -> Option<()> {
  let _ = WRITERS.get(descriptor)?.compare_exchange(runner, 0, Ordering::AcqRel, Ordering::Relaxed);
  Some(())
}

/// Gives back whatever a loop that ends has not left.
pub fn release(runner: Id) {
  for descriptor in 0..WRITERS.len() {
    leave(descriptor, runner);
  }
}
