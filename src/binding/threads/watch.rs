//! What is known of a loop that is watched: by what it is watched, and when it was last seen to come round. The looks
//! themselves are in `watchdog.rs`.
//!
//! Promises that a look which finds the watch off costs the caller one read.

use crate::core::sync::Mutex;
use std::{
  ops::RangeInclusive,
  sync::{OnceLock, atomic::AtomicBool},
  time::{Duration, Instant},
};

/// How long there is between two looks: a fifth of the time after which a loop counts as stuck, within these limits. A look
/// wakes two threads, which takes about 0.1 ms.
const PERIOD: RangeInclusive<Duration> = Duration::from_millis(5)..=Duration::from_secs(1);

/// What a loop is watched by.
#[derive(Clone, Copy)]
pub(super) struct Settings {
  pub stuck_after: Duration,
  /// Whether the maker wants to be told.
  pub is_heard: bool,
}

impl Settings {
  pub fn period(self) -> Duration {
    (self.stuck_after / 5).clamp(*PERIOD.start(), *PERIOD.end())
  }
}

/// The last look that saw the loop come round.
pub(super) struct Seen {
  pub turns: u32,
  pub at: Instant,
  /// What the thread had computed by then.
  pub computed: Option<Duration>,
  pub is_told: bool,
  /// When the next look is due.
  pub next: Instant,
}

/// One loop's watch.
#[derive(Default)]
pub struct Watch {
  pub(super) settings: OnceLock<Settings>,
  pub(super) is_on: AtomicBool,
  pub(super) seen: Mutex<Option<Seen>>,
}
