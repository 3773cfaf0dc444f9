//! Time that the program moves: from instant to instant, or in steps.
//!
//! Promises that an instant releases exactly the waiters that wait for it, in the order in which they came, that time
//! never goes back, that the end releases all waiters, and that a wait which is given up leaves nothing behind, however
//! far away its instant was.
//!
//! 1. Every waiter stands in a list of `due`, whose key is an instant to come; no list is empty.
//! 2. Instants are finite and not negative. Their order is that of their bits.
//! 3. The clock stops at the last whole number that a next one can be told from. A wait for a later time never ends.

use super::{
  deadline::Deadline,
  error::{End, WaitError},
  event::EventOutcome,
  operation::{Awaiting, Operation, block_on},
  sync::{Arc, Mutex},
  wait_list::{Key, WaitList},
  waiter::{Waiter, Wakes},
};
use std::collections::BTreeMap;

/// A point in time, as a key (invariant 2).
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
struct Instant(u64);

/// The time at which the clock stops: with the next one, ticks would no longer differ.
pub(crate) const LAST: f64 = 9_007_199_254_740_991.0;

/// The latest time that JavaScript may wait for. Half of all time is left to ticks, which no script can use up.
#[cfg(feature = "node")]
pub(crate) const LATEST: f64 = 4_503_599_627_370_496.0;

impl Instant {
  /// What is no time counts as 0; what is beyond all numbers comes after everything else.
  fn at(time: f64) -> Self {
    Self(if time > 0.0 { time.min(f64::MAX).to_bits() } else { 0 })
  }

  fn time(self) -> f64 {
    f64::from_bits(self.0)
  }
}

#[derive(Default)]
struct State {
  now: Instant,
  due: BTreeMap<Instant, WaitList<Waiter<EventOutcome>>>,
  end: Option<End>,
}

/// A clock, whose time begins at 0; clones are the same clock.
#[derive(Clone)]
pub struct Ticks(Arc<Mutex<State>>);

impl Default for Ticks {
  fn default() -> Self {
    Self::new()
  }
}

fn release(mut waiters: WaitList<Waiter<EventOutcome>>, outcome: EventOutcome, wakes: &mut Wakes<EventOutcome>) {
  while let Some(waiter) = waiters.take_front() {
    let _ = waiter.serve(outcome, wakes); // WAKE: all; a waiter whose thread is gone needs nothing.
  }
}

impl Ticks {
  /// A clock that has not moved.
  pub fn new() -> Self {
    Self(Arc::new(Mutex::new(State::default())))
  }

  /// Moves to the earliest time that somebody waits for, releases those who do, and returns it. Where nobody waits for
  /// a time up to `until`, that is the time from now on, unless it is past or infinite, and `None` is returned. The clock
  /// stops at 2^53 - 1.
  pub fn advance(&self, until: f64) -> Option<f64> {
    let mut wakes = Wakes::new();
    // LOCK: dropped before `wakes`.
    let mut state = self.0.lock();
    let last = Instant::at(until).min(Instant::at(LAST));
    match state.due.first_entry() {
      Some(first) if *first.key() <= last => {
        let (now, waiters) = first.remove_entry();
        state.now = now;
        release(waiters, Ok(()), &mut wakes);
        Some(now.time())
      }
      _ => {
        if until.is_finite() {
          state.now = state.now.max(last);
        }
        None
      }
    }
  }

  /// Moves through all instants up to the next whole number, which it returns; the first is 1. Who was released does not
  /// get the time to wait for another instant before that. Where the clock has stopped, it returns the time.
  pub fn tick(&self) -> f64 {
    let next = (self.now().floor() + 1.0).min(LAST);
    while self.advance(next).is_some_and(|now| now < next) {}
    next
  }

  /// The time; 0 before it was first moved.
  pub fn now(&self) -> f64 {
    self.0.lock().now.time()
  }

  /// The wait for so much more time; it is over at once for 0.
  pub(crate) fn wait(&self, time: f64) -> TickWait {
    TickWait { ticks: self.clone(), at: Instant::at(self.now() + time), key: None }
  }

  /// The wait for the next whole number.
  #[cfg(feature = "node")]
  pub(crate) fn wait_for_tick(&self) -> TickWait {
    TickWait { ticks: self.clone(), at: Instant::at(self.now().floor() + 1.0), key: None }
  }

  /// The earliest time that somebody waits for, and that will come.
  #[cfg(feature = "node")]
  pub(crate) fn earliest(&self) -> Option<f64> {
    self.0.lock().due.keys().next().map(|instant| instant.time()).filter(|time| *time <= LAST)
  }

  /// Blocks until the clock has moved on by so much; for ever, where that is beyond its end.
  pub fn delay_wait(&self, time: f64, deadline: impl Into<Deadline>) -> Result<(), WaitError> {
    block_on(self.wait(time), deadline.into())?.map_err(WaitError::Ended)
  }

  /// Resolves when the clock has moved on by so much, counted from the first poll; never, where that is beyond its end.
  pub async fn delay(&self, time: f64) -> Result<(), WaitError> {
    Awaiting::new(self.wait(time)).await.map_err(WaitError::Ended)
  }

  /// How many waiters there are.
  pub fn waiters(&self) -> usize {
    self.0.lock().due.values().map(WaitList::len).sum()
  }

  /// Ends every wait, those that exist and those that begin later.
  pub fn end(&self, end: End) {
    let mut wakes = Wakes::new();
    // LOCK: dropped before `wakes`.
    let mut state = self.0.lock();
    let end = *state.end.get_or_insert(end);
    for waiters in std::mem::take(&mut state.due).into_values() {
      release(waiters, Err(end), &mut wakes);
    }
  }

  /// For how many instants there are waiters.
  #[cfg(test)]
  pub(super) fn due(&self) -> usize {
    self.0.lock().due.len()
  }
}

/// The wait for an instant.
pub struct TickWait {
  ticks: Ticks,
  at: Instant,
  key: Option<Key>,
}

impl TickWait {
  /// When it will be over.
  #[cfg(feature = "node")]
  pub(crate) fn at(&self) -> f64 {
    self.at.time()
  }

  /// Whether it would be over later than JavaScript may wait.
  #[cfg(feature = "node")]
  pub(crate) fn is_too_late(&self) -> bool {
    self.at() > LATEST
  }
}

impl Operation for TickWait {
  type Outcome = EventOutcome;

  fn begin(&mut self, sleeper: impl FnOnce() -> Waiter<EventOutcome>) -> Option<EventOutcome> {
    let mut state = self.ticks.0.lock();
    match state.end {
      _ if self.at <= state.now => Some(Ok(())),
      Some(end) => Some(Err(end)),
      None => {
        self.key = Some(state.due.entry(self.at).or_default().join(sleeper()));
        None
      }
    }
  }

  fn withdraw(&mut self) -> bool {
    let Some(key) = self.key.take() else { return false }; // Lists come again, and with them keys.
    let mut state = self.ticks.0.lock();
    let Some(waiters) = state.due.get_mut(&self.at) else { return false };
    let has_left = waiters.leave(key).is_some();
    if waiters.is_empty() {
      state.due.remove(&self.at); // Invariant 1.
    }
    has_left
  }

  fn give_back(&mut self, _outcome: EventOutcome) {}
}
