//! How long the waits of one place take, and when the outcome of the next one is due.
//!
//! A thread that waits for work of 200 µs looks in vain at first, and pays for a wake through the kernel in the end. One
//! that knows how long the work takes sleeps at first, and looks when its outcome is due.
//!
//! 1. A forecast is made only where the last waits took about as long as one another. What is looked for then is less
//!    than half a millisecond, however long the wait.
//! 2. A wait that took much longer than all others, because another thread had its core, counts as somewhat longer only.

use std::time::Duration;

/// What is known of the waits of one place, in nanoseconds; a mean of 0: nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pace {
  mean: u32,
  /// How far they were from it.
  spread: u32,
}

/// When to look for an outcome, from when its wait began.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Forecast {
  /// Until then the thread sleeps; zero where that does not pay.
  pub from: Duration,
  pub until: Duration,
}

impl Pace {
  /// Shorter waits are looked for anyway.
  pub const SHORT: Duration = Duration::from_micros(20);
  /// Beside longer ones a wake through the kernel does not matter.
  const LONG: Duration = Duration::from_micros(2_500);
  /// Waits that differ by more than this part of what they take are not foreseen.
  const IRREGULAR: u32 = 3;
  /// A thread that wakes in time looks no longer than this before the outcome is due, and no longer than twice as long
  /// after that.
  const MARGIN: Duration = Duration::from_micros(100);
  /// A shorter sleep takes as much as it saves.
  const LEAST_SLEEP: Duration = Duration::from_micros(20);
  /// For how long it looks on when the outcome is late.
  const GRACE: Duration = Duration::from_micros(30);
  /// A wait that took longer than so many times the mean counts as one of so many.
  const OUTLIER: u32 = 4;

  /// A wait took so long.
  pub fn learn(&mut self, took: Duration) {
    let took = u32::try_from(took.as_nanos()).unwrap_or(u32::MAX);
    if self.mean == 0 {
      *self = Self { mean: took.max(1), spread: took / 2 };
      return;
    }
    let took = took.min(self.mean.max(10_000).saturating_mul(Self::OUTLIER));
    let off = took.abs_diff(self.mean);
    self.mean = if took > self.mean { self.mean.saturating_add(off / 4) } else { (self.mean - off / 4).max(1) };
    self.spread = (self.spread - self.spread / 4).saturating_add(off / 4);
  }

  /// How long they take.
  pub fn mean(self) -> Duration {
    Duration::from_nanos(self.mean.into())
  }

  /// Most take no longer than that.
  #[cfg(feature = "node")]
  pub fn most(self) -> Duration {
    self.mean() + 2 * self.spread()
  }

  fn spread(self) -> Duration {
    Duration::from_nanos(self.spread.into())
  }

  /// When the next outcome is due, for a thread that is late by so much when it wakes by the clock; `None` where that
  /// cannot be told, or does not matter.
  pub fn forecast(self, late: Duration) -> Option<Forecast> {
    let (mean, spread) = (self.mean(), self.spread());
    if mean < Self::SHORT || mean > Self::LONG || spread > mean / Self::IRREGULAR {
      return None;
    }
    let margin = spread.min(Self::MARGIN);
    let from = mean.saturating_sub(margin + late);
    let from = if from < Self::LEAST_SLEEP { Duration::ZERO } else { from };
    Some(Forecast { from, until: mean + 2 * margin + Self::GRACE })
  }
}
