//! How long a thread looks before it sleeps.
//!
//! A wake through the kernel costs 5 to 60 µs on a virtual machine, a look at a cache line under 1 µs. So a thread that
//! is about to sleep looks for a while first, unless looking has lately not paid, or there is no second core to wait for.
//!
//! 1. A spin ends by itself within [`Spin::LONGEST`]; whoever spins holds no lock.

use std::{
  sync::OnceLock,
  thread::available_parallelism,
  time::{Duration, Instant},
};

/// How a thread decides how long to look.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SpinPolicy {
  /// As long as it has lately paid.
  #[default]
  Adaptive,
  /// Always so long; zero for one look.
  Fixed(Duration),
}

/// One place's memory of whether looking pays.
#[derive(Clone, Copy, Debug)]
pub struct Spin {
  span: Duration,
  misses: u32,
}

impl Default for Spin {
  fn default() -> Self {
    Self { span: Self::LONGEST, misses: 0 }
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

  /// Looks until there is an answer or the policy's span has passed.
  pub fn until_by<T>(&mut self, policy: SpinPolicy, mut look: impl FnMut() -> Option<T>) -> Option<T> {
    match policy {
      SpinPolicy::Adaptive => self.until(look),
      SpinPolicy::Fixed(span) if !span.is_zero() && two_cores() => spin(span, &mut look),
      SpinPolicy::Fixed(_) => look(),
    }
  }

  /// Looks until there is an answer or the span has passed that has lately paid.
  pub fn until<T>(&mut self, mut look: impl FnMut() -> Option<T>) -> Option<T> {
    if !two_cores() {
      return look();
    }
    self.misses += 1;
    let is_resting = self.span < Self::SHORTEST;
    if is_resting && self.misses < Self::REST {
      return look();
    }
    let found = spin(if is_resting { Self::LONGEST } else { self.span }, &mut look);
    if found.is_some() {
      *self = Self::default();
    } else if is_resting || self.misses >= Self::PATIENCE {
      self.misses = 0;
      self.span /= 2;
    }
    found
  }
}

/// How long it looks before it offers its core to others.
const YIELD: Duration = Duration::from_micros(5);

fn spin<T>(span: Duration, look: &mut impl FnMut() -> Option<T>) -> Option<T> {
  let start = Instant::now();
  let mut yield_at = YIELD;
  loop {
    for _ in 0..32 {
      if let Some(found) = look() {
        return Some(found);
      }
      std::hint::spin_loop();
    }
    let elapsed = start.elapsed();
    if elapsed >= span {
      return None;
    }
    // The thread that is to answer may stand behind this very one, on the same core.
    if elapsed >= yield_at {
      std::thread::yield_now();
      yield_at = start.elapsed() + YIELD;
    }
  }
}

fn two_cores() -> bool {
  static CORES: OnceLock<usize> = OnceLock::new();
  *CORES.get_or_init(|| available_parallelism().map_or(1, usize::from)) > 1
}

/// The look of a Rust thread that is about to block; its memory is the thread's own.
#[cfg(not(loom))]
pub(crate) fn spin_until<T>(look: impl FnMut() -> Option<T>) -> Option<T> {
  use std::cell::Cell;
  thread_local!(static SPIN: Cell<Spin> = Cell::new(Spin::default()));
  let mut spin = SPIN.get();
  let found = spin.until(look);
  SPIN.set(spin);
  found
}

/// loom explores every order by itself.
#[cfg(loom)]
pub(crate) fn spin_until<T>(mut look: impl FnMut() -> Option<T>) -> Option<T> {
  look()
}
