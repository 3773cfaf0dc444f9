//! How long a thread looks before it sleeps.
//!
//! A wake through the kernel costs 5 to 60 µs on a virtual machine, a look at a cache line under 1 µs. So a thread that
//! is about to sleep looks for a while first, unless looking has lately not paid, or there is no second core to wait for.
//!
//! 1. A spin ends by itself within [`Spin::LONGEST`]; a thread that spins holds no lock.
//! 2. The thread that is to answer may be queued behind the looking one, on the same core, where the scheduler leaves
//!    them for many milliseconds. So a looking thread offers its core to others. Where that brought the answer, it offers
//!    the core sooner the next time; where another thread then took the core for a whole slice, not again for a while.

use super::cores::two_cores;
use std::{
  ops::RangeInclusive,
  time::{Duration, Instant},
};

/// How a thread decides how long to look.
#[cfg(any(feature = "node", test))]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SpinPolicy {
  /// As long as it has lately paid.
  #[default]
  Adaptive,
  /// Always so long; zero for one look.
  Fixed(Duration),
}

/// What a thread that looks can tell of the machine. Where it can tell nothing, `()`: each thread has a core of its own.
pub trait Surroundings {
  /// Whether the thread that is to answer was last seen on the core of this one.
  fn is_shared(&self) -> bool {
    false
  }

  /// Whether more threads want to run than there are cores: to look takes a core away from one that works.
  fn is_short(&self) -> bool {
    false
  }
}

impl Surroundings for () {}

/// One place's memory of whether looking pays.
#[derive(Clone, Copy, Debug)]
pub struct Spin {
  span: Duration,
  misses: u32,
  /// How often it looks before it offers its core.
  patience: u32,
  /// For so many looks to come it does not offer it at all; and for so many the next time.
  keeps: u32,
  next_keeps: u32,
  /// How long the last look took; zero where it took no more than a few.
  looked: Duration,
}

impl Default for Spin {
  fn default() -> Self {
    Self {
      span: Self::LONGEST,
      misses: 0,
      patience: Self::MOST_PATIENT,
      keeps: 0,
      next_keeps: Self::LEAST_KEEPS,
      looked: Duration::ZERO,
    }
  }
}

impl Spin {
  /// The longest look: what a wake through the kernel costs at worst, so that two threads that wake each other come to
  /// look at the same time. With 40 µs they could go on missing each other for thousands of waits.
  pub const LONGEST: Duration = Duration::from_micros(100);
  /// After so many looks in vain the next is half as long.
  const PATIENCE: u32 = 8;
  /// Below this span it looks only now and then.
  const SHORTEST: Duration = Duration::from_micros(2);
  /// How many waits go by between two looks of a place where looking does not pay.
  const REST: u32 = 16;
  /// How many looks it takes until it sees to the clock.
  const BATCH: u32 = 32;
  /// On a core of its own it offers that every 5 µs or so: to do so costs some tenths of a microsecond.
  const MOST_PATIENT: u32 = 256;
  /// A thread that was away for so long was kept away by another that computes.
  const SLICE: Duration = Duration::from_millis(2);
  /// Where that happens it keeps its core to itself for so many looks, twice as many each time it happens again.
  const LEAST_KEEPS: u32 = 64;
  const MOST_KEEPS: u32 = 8192;
  /// How long it takes until the thread that answers has run on this core and given it back. A thread that comes back
  /// sooner has not been away; one that comes back later has lost the core to a thread that will take it again.
  const SWITCH: RangeInclusive<Duration> = Duration::from_micros(1)..=Duration::from_micros(50);

  /// Looks until there is an answer or the policy's span has passed. `start` tells when it begins, where that matters;
  /// `around`: what this thread can tell of the machine.
  #[cfg(any(feature = "node", test))]
  pub fn until_by<T>(
    &mut self,
    policy: SpinPolicy,
    start: impl FnOnce() -> Instant,
    around: &impl Surroundings,
    mut look: impl FnMut() -> Option<T>,
  ) -> Option<T> {
    self.looked = Duration::ZERO;
    match policy {
      SpinPolicy::Adaptive => self.until_from(start, around, look),
      SpinPolicy::Fixed(span) if !span.is_zero() && two_cores() => self.look_for(start(), span, around, look),
      SpinPolicy::Fixed(_) => look(),
    }
  }

  /// Looks until there is an answer or so long has passed since the start, whether or not that has lately paid.
  #[cfg(any(feature = "node", test))]
  pub fn within<T>(
    &mut self,
    start: Instant,
    span: Duration,
    around: &impl Surroundings,
    mut look: impl FnMut() -> Option<T>,
  ) -> Option<T> {
    self.looked = Duration::ZERO;
    if two_cores() { self.look_for(start, span, around, look) } else { look() }
  }

  /// How long the last look took; zero where it took no more than a few.
  #[cfg(feature = "node")]
  pub fn looked(&self) -> Duration {
    self.looked
  }

  /// Looks until there is an answer or the span has passed that has lately paid.
  pub fn until<T>(&mut self, look: impl FnMut() -> Option<T>) -> Option<T> {
    self.until_from(Instant::now, &(), look)
  }

  fn until_from<T>(
    &mut self,
    start: impl FnOnce() -> Instant,
    around: &impl Surroundings,
    mut look: impl FnMut() -> Option<T>,
  ) -> Option<T> {
    if !two_cores() {
      return look();
    }
    self.misses += 1;
    let is_resting = self.span < Self::SHORTEST;
    if is_resting && self.misses < Self::REST {
      return look();
    }
    let found = self.look_for(start(), if is_resting { Self::LONGEST } else { self.span }, around, look);
    if found.is_some() {
      (self.span, self.misses) = (Self::LONGEST, 0);
    } else if is_resting || self.misses >= Self::PATIENCE {
      self.misses = 0;
      self.span /= 2;
    }
    found
  }

  fn look_for<T>(
    &mut self,
    start: Instant,
    span: Duration,
    around: &impl Surroundings,
    mut look: impl FnMut() -> Option<T>,
  ) -> Option<T> {
    let mut looks = 0;
    let mut is_shared = around.is_shared();
    self.keeps = self.keeps.saturating_sub(1);
    loop {
      // The thread that is to answer cannot, unless it is let in.
      let patience = if is_shared { 1 } else { self.patience };
      let batch = Self::BATCH.min(patience);
      for _ in 0..batch {
        if let Some(found) = look() {
          return Some(found);
        }
        std::hint::spin_loop();
      }
      let now = Instant::now();
      self.looked = now - start;
      if self.looked >= span {
        return None;
      }
      looks += batch;
      if looks >= patience {
        looks = 0;
        is_shared = around.is_shared();
        if self.is_in_the_way(is_shared, around) {
          return None;
        }
        if self.keeps == 0
          && let Some(found) = self.offer_core(now, &mut look)
        {
          return Some(found);
        }
      }
    }
  }

  /// Whether looking on keeps the thread that is to answer from its core.
  fn is_in_the_way(&self, is_shared: bool, around: &impl Surroundings) -> bool {
    // On a shared core an offer is all it takes, unless a third thread would take it for a whole slice. A short look takes
    // no longer than to go to sleep and to be woken.
    if is_shared { self.keeps > 0 } else { self.looked > Self::LONGEST && around.is_short() }
  }

  fn offer_core<T>(&mut self, now: Instant, look: &mut impl FnMut() -> Option<T>) -> Option<T> {
    std::thread::yield_now();
    let away = now.elapsed();
    let found = look();
    self.learn(found.is_some(), away);
    found
  }

  /// The core was offered, and given back after so long.
  pub(super) fn learn(&mut self, was_found: bool, away: Duration) {
    if away >= Self::SLICE {
      self.keeps = self.next_keeps;
      self.next_keeps = (self.next_keeps * 2).min(Self::MOST_KEEPS);
    }
    let has_paid = was_found && Self::SWITCH.contains(&away);
    if has_paid {
      self.next_keeps = Self::LEAST_KEEPS;
    }
    self.patience = if has_paid { self.patience / 2 } else { self.patience * 2 };
    self.patience = self.patience.clamp(1, Self::MOST_PATIENT);
  }
}

#[cfg(test)]
impl Spin {
  pub(super) fn patience(&self) -> u32 {
    self.patience
  }

  pub(super) fn keeps(&self) -> u32 {
    self.keeps
  }
}

/// The look of a Rust thread that is about to block; its memory is the thread's own.
pub(crate) fn spin_until<T>(look: impl FnMut() -> Option<T>) -> Option<T> {
  use std::cell::Cell;
  thread_local!(static SPIN: Cell<Spin> = Cell::new(Spin::default()));
  let mut spin = SPIN.get();
  let found = spin.until(look);
  SPIN.set(spin);
  found
}
