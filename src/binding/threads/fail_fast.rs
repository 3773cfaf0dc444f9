//! What the runners that were made with `failFast` note of failed tasks, for the waits that those end.
//!
//! Promises that each wait that goes on when a task fails finds that failure, on whatever thread, also if the error is seen
//! a moment later; and that a program without such a runner pays two reads a wait. What is done with it is in `failing.rs`.
//!
//! 1. `EPOCH` counts failures. A wait notes it when it has parked, and a failure is noted before it is counted: so a wait
//!    with an older number finds the failure, and one with the same number began after it.

use crate::{
  binding::values::{payload::Payload, thing::Id},
  core::sync::Mutex,
};
use std::sync::{
  Arc,
  atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering},
};

/// How many failures there were.
static EPOCH: AtomicU64 = AtomicU64::new(0);

/// How many runners hold a failure that has not been seen.
static LATCHED: AtomicUsize = AtomicUsize::new(0);

/// One failure at a time is noted.
static NOTING: Mutex<()> = Mutex::new(());

/// A failure that ends waits. It does not hold the task, which would hold its runner.
#[derive(Clone)]
pub struct Failure {
  pub task: Id,
  pub name: String,
  pub error: Arc<Payload>,
}

/// What a runner notes of its failures.
#[derive(Default)]
pub struct FailFast {
  /// The last one, whether or not it has been seen, and its number.
  last: Mutex<Option<(u64, Failure)>>,
  /// Whether one has not been seen. Written under the lock of the runner's state.
  is_latched: AtomicBool,
}

/// What a wait notes when it has parked, and a task when it is created.
pub fn epoch() -> u64 {
  EPOCH.load(Ordering::SeqCst)
}

/// Whether a wait that has noted this number may have to end. Cheap enough to ask all the time.
pub fn may_end(noted: u64) -> bool {
  epoch() != noted || LATCHED.load(Ordering::SeqCst) > 0
}

impl FailFast {
  /// Says whether there is a failure that has not been seen. LOCK: that of the runner's state is held.
  pub fn latch(&self, is_latched: bool) {
    match (self.is_latched.swap(is_latched, Ordering::SeqCst), is_latched) {
      (false, true) => drop(LATCHED.fetch_add(1, Ordering::SeqCst)),
      (true, false) => drop(LATCHED.fetch_sub(1, Ordering::SeqCst)),
      _ => {}
    }
  }

  pub fn is_latched(&self) -> bool {
    self.is_latched.load(Ordering::SeqCst)
  }

  /// Notes a failure.
  pub fn note(&self, failure: Failure) {
    let _noting = NOTING.lock();
    let number = epoch() + 1;
    let before = self.last.lock().replace((number, failure));
    EPOCH.store(number, Ordering::SeqCst);
    drop(before);
  }

  /// The last failure, if a wait that has noted this number was there before it.
  pub fn last_since(&self, noted: u64) -> Option<Failure> {
    self.last.lock().as_ref().filter(|(number, _)| *number > noted).map(|(_, failure)| failure.clone())
  }

  /// Whether the last failure is older than a task that was created when this number was the last.
  pub fn is_older_than(&self, created: u64) -> bool {
    self.last.lock().as_ref().is_some_and(|(number, _)| *number <= created)
  }

  /// Its runner has ended: that ends all waits.
  pub fn forget(&self) {
    drop(self.last.lock().take());
  }
}
