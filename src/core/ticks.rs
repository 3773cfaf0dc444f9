//! Time that goes in steps, which the program begins one by one.
//!
//! Promises that a tick releases exactly the waiters that wait for it, in the order in which they came, that the end
//! releases all waiters, and that a wait which is given up leaves nothing behind, however far away its tick was.
//!
//! 1. Every waiter stands in a list of `due`, whose key is a future tick; no list is empty.

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

#[derive(Default)]
struct State {
  now: u64,
  due: BTreeMap<u64, WaitList<Waiter<EventOutcome>>>,
  end: Option<End>,
}

/// A clock; clones are the same clock.
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
  /// A clock before its first tick.
  pub fn new() -> Self {
    Self(Arc::new(Mutex::new(State::default())))
  }

  /// Begins the next tick and releases the waiters for it. Returns its number; the first is 1.
  pub fn tick(&self) -> u64 {
    let mut wakes = Wakes::new();
    // LOCK: dropped before `wakes`.
    let mut state = self.0.lock();
    state.now += 1;
    let now = state.now;
    if let Some(waiters) = state.due.remove(&now) {
      release(waiters, Ok(()), &mut wakes);
    }
    now
  }

  /// The number of the current tick; 0 before the first.
  pub fn now(&self) -> u64 {
    self.0.lock().now
  }

  /// The wait until so many more ticks have begun; it is over at once for 0.
  pub(crate) fn wait(&self, ticks: u64) -> TickWait {
    TickWait { ticks: self.clone(), at: self.now().saturating_add(ticks), key: None }
  }

  /// Blocks until so many more ticks have begun.
  pub fn delay_wait(&self, ticks: u64, deadline: impl Into<Deadline>) -> Result<(), WaitError> {
    block_on(self.wait(ticks), deadline.into())?.map_err(WaitError::Ended)
  }

  /// Resolves when so many more ticks have begun, counted from the first poll.
  pub async fn delay(&self, ticks: u64) -> Result<(), WaitError> {
    Awaiting::new(self.wait(ticks)).await.map_err(WaitError::Ended)
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

  /// How many ticks have waiters.
  #[cfg(test)]
  pub(super) fn due(&self) -> usize {
    self.0.lock().due.len()
  }
}

/// The wait until a tick has begun.
pub struct TickWait {
  ticks: Ticks,
  at: u64,
  key: Option<Key>,
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
