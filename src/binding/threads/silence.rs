//! When the loops look whether a wait of theirs goes on while nobody has asked for the error of a task.
//!
//! Promises a look a second after a failure, and more and more rarely afterwards for as long as there are any; and that
//! one alarm is set, however many there are. A thread that blocks looks by itself (`waits/failing.rs`).

use super::{
  alarms::{Alarm, Timers},
  js_thread::{self, Entry},
  runner::UNSEEN,
};
use crate::core::sync::Mutex;
use std::{
  sync::{Arc, LazyLock, Weak},
  time::{Duration, Instant},
};

/// For how long a thread waits before it tells of a failure.
pub const PATIENCE: Duration = Duration::from_secs(1);

/// Between two looks at failures that still concern no wait.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

#[derive(Default)]
struct Keeper(Mutex<Next>);

#[derive(Default)]
struct Next {
  /// When the alarm rings that is set.
  at: Option<Instant>,
  pause: Duration,
  /// Tells that alarm from those before it.
  round: u64,
}

static KEEPER: LazyLock<Arc<Keeper>> = LazyLock::new(Arc::default);

/// A task has failed, and nobody has seen that.
pub fn begins() {
  let soon = Instant::now() + PATIENCE;
  let mut next = KEEPER.0.lock();
  if next.at.is_none_or(|at| at > soon) {
    next.set(soon, PATIENCE);
  }
}

impl Next {
  /// Where the system has no thread for the alarms, nothing is told.
  fn set(&mut self, at: Instant, pause: Duration) {
    self.round += 1;
    self.pause = pause;
    self.at = Timers::shared().ok().map(|timers| {
      let alarm: Weak<dyn Alarm> = Arc::downgrade(&*KEEPER) as _;
      timers.set(at, alarm, 0, self.round);
      at
    });
  }
}

impl Alarm for Keeper {
  fn ring(&self, _ticket: u32, round: u64) {
    let mut next = self.0.lock();
    if round != next.round {
      return;
    }
    next.at = None;
    if !UNSEEN.any_untold() {
      return;
    }
    let pause = (next.pause * 2).min(LONGEST_PAUSE);
    next.set(Instant::now() + pause, pause);
    drop(next); // LOCK: hubs have their own.
    for thread in js_thread::all() {
      if thread.hub.push(Entry::Silence).is_ok() {
        thread.hub.wake();
      }
    }
  }
}
