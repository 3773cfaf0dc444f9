//! The moment a wait gives up; for ever where there is none.

use std::time::{Duration, Instant};

/// A point in time, or never: when a wait that blocks gives up.
///
/// A [`Duration`] is a time from now, an [`Instant`] a moment, and `None` is for ever. One that has passed already makes
/// a wait a look: what is ready is taken, and nothing is waited for.
///
/// ```
/// use std::time::{Duration, Instant};
/// use threaded_async::{Deadline, Event, WaitError};
///
/// let event = Event::new();
/// assert_eq!(event.wait(Duration::from_millis(1)), Err(WaitError::TimedOut));
/// assert_eq!(event.wait(Instant::now()), Err(WaitError::TimedOut));
/// event.set();
/// assert_eq!(event.wait(None), Ok(()));
/// assert_eq!(event.wait(Deadline::NEVER), Ok(()));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deadline(Option<Instant>);

impl Deadline {
  /// The deadline that never passes.
  pub const NEVER: Self = Self(None);

  /// The deadline `timeout` from now; a timeout too long for the clock never passes.
  pub fn after(timeout: Duration) -> Self {
    Self(Instant::now().checked_add(timeout))
  }

  /// The moment it passes, if it ever does.
  pub fn instant(self) -> Option<Instant> {
    self.0
  }

  /// The time left, zero when it has passed; `None` for ever.
  pub fn remaining(self) -> Option<Duration> {
    self.0.map(|at| at.saturating_duration_since(Instant::now()))
  }

  /// Whether it has passed.
  pub fn has_passed(self) -> bool {
    self.0.is_some_and(|at| Instant::now() >= at)
  }

  /// The earlier of the two.
  #[must_use]
  pub fn min(self, other: Self) -> Self {
    match (self.0, other.0) {
      (Some(a), Some(b)) => Self(Some(a.min(b))),
      (a, b) => Self(a.or(b)),
    }
  }
}

/// That long from now.
impl From<Duration> for Deadline {
  fn from(timeout: Duration) -> Self {
    Self::after(timeout)
  }
}

/// At that moment.
impl From<Instant> for Deadline {
  fn from(at: Instant) -> Self {
    Self(Some(at))
  }
}

/// That long from now; for ever where there is none.
impl From<Option<Duration>> for Deadline {
  fn from(timeout: Option<Duration>) -> Self {
    timeout.map_or(Self::NEVER, Self::after)
  }
}
