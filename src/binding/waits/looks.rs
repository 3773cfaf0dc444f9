//! How long a thread looks for what is about to come, before it sleeps.
//!
//! Promises that each place remembers by itself whether looking pays there, and that a loop which is always served gets
//! round to its timers and sockets all the same.

use crate::core::{
  pace::Pace,
  spin::{Spin, SpinPolicy, Surroundings},
};
use std::{
  cell::Cell,
  time::{Duration, Instant},
};

/// One thread's places.
#[derive(Default)]
pub struct Looks {
  /// In the wake function, for the next entry.
  pub poll: Poll,
  /// In a blocking door, for the outcome.
  pub door: Look,
  /// In front of a server's loop, for its rest.
  pub rest: Look,
  /// How long what it blocks for takes.
  pub paces: Paces,
  /// How late it is when the clock wakes it.
  late: Cell<Pace>,
}

impl Looks {
  /// How late it was, mostly, when the clock woke it.
  pub fn late(&self) -> Duration {
    let late = self.late.get().most();
    if late.is_zero() { FIRST_LATE } else { late }
  }

  /// The clock has woken it so late.
  pub fn was_late(&self, by: Duration) {
    let mut late = self.late.get();
    late.learn(by);
    self.late.set(late);
  }
}

/// How late a thread is thought to be that the clock has not woken yet.
const FIRST_LATE: Duration = Duration::from_micros(100);

/// How long waits take, by what they are for. Of two that fall together the last is known.
#[derive(Default)]
pub struct Paces([Cell<(u64, Pace)>; 32]);

impl Paces {
  fn cell(&self, place: u64) -> &Cell<(u64, Pace)> {
    // The upper bits of the product depend on all of the number's.
    let index = place.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 59;
    &self.0[usize::try_from(index).unwrap_or(0)]
  }

  /// What is known of a place.
  pub fn of(&self, place: u64) -> Pace {
    let (of, known) = self.cell(place).get();
    if of == place { known } else { Pace::default() }
  }

  /// A wait there took so long. Short ones alone need not be remembered.
  pub fn learn(&self, place: u64, took: Duration) {
    let mut known = self.of(place);
    if place == 0 || (took < Pace::SHORT && known.mean() < Pace::SHORT) {
      return;
    }
    known.learn(took);
    self.cell(place).set((place, known));
  }
}

/// A place to look from.
#[derive(Default)]
pub struct Look(Cell<Spin>);

impl Look {
  /// Looks for as long as the policy has it.
  pub fn until<R>(
    &self,
    policy: SpinPolicy,
    start: impl FnOnce() -> Instant,
    around: &impl Surroundings,
    find: impl FnMut() -> Option<R>,
  ) -> Option<R> {
    self.with(|spin| spin.until_by(policy, start, around, find))
  }

  /// Looks until so long after `start`.
  pub fn within<R>(
    &self,
    start: Instant,
    span: Duration,
    around: &impl Surroundings,
    find: impl FnMut() -> Option<R>,
  ) -> Option<R> {
    self.with(|spin| spin.within(start, span, around, find))
  }

  /// How long the last look took; zero where it took next to nothing.
  pub fn looked(&self) -> Duration {
    self.0.get().looked()
  }

  fn with<R>(&self, look: impl FnOnce(&mut Spin) -> R) -> R {
    let mut spin = self.0.get();
    let found = look(&mut spin);
    self.0.set(spin);
    found
  }
}

/// A loop that is always served polls no longer than this before it looks at timers and sockets again.
const LONGEST_POLLING: Duration = Duration::from_millis(1);

/// A loop that has looked no more often than this in that time does work of 30 µs or more each time.
const FEW_LOOKS: u32 = 32;

/// The place from which a loop polls, time and again until it goes idle.
#[derive(Default)]
pub struct Poll {
  look: Look,
  since: Cell<Option<Instant>>,
  /// How often it has looked since then.
  looks: Cell<u32>,
  /// It was served until its time was over, by work that takes a while.
  is_cut: Cell<bool>,
}

impl Poll {
  /// Looks on, unless that has taken too long by now.
  pub fn goes_on(&self) -> bool {
    let since = self.since.get();
    if since.is_none() {
      self.since.set(Some(Instant::now()));
    }
    let goes_on = since.is_none_or(|since| since.elapsed() < LONGEST_POLLING);
    self.looks.set(self.looks.get() + 1);
    self.is_cut.set(!goes_on && self.looks.get() <= FEW_LOOKS);
    goes_on
  }

  pub fn until(&self, policy: SpinPolicy, around: &impl Surroundings, mut is_there: impl FnMut() -> bool) -> bool {
    self.look.until(policy, Instant::now, around, || is_there().then_some(())).is_some()
  }

  /// The loop has gone idle: the next look is the first again. Whether it was served until its time was over, by work
  /// that takes a while.
  pub fn end(&self) -> bool {
    self.since.set(None);
    self.looks.set(0);
    self.is_cut.take()
  }
}
