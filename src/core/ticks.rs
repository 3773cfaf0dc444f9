//! Time that goes in steps: whoever drives it says when the next one begins.
//!
//! Promises that a tick releases exactly those who wait for it, in the order in which they came, and that the end
//! releases everybody.

use super::{
  error::End,
  event::{Event, EventWait},
  sync::{Arc, Mutex},
};
use std::collections::BTreeMap;

#[derive(Default)]
struct State {
  now: u64,
  due: BTreeMap<u64, Event>,
  end: Option<End>,
}

/// A clock; clones are the same clock.
#[derive(Clone)]
pub struct Ticks(Arc<Mutex<State>>);

impl Default for Ticks {
  fn default() -> Self {
    Self(Arc::new(Mutex::new(State::default())))
  }
}

impl Ticks {
  /// Begins the next tick and releases who waits for it. Returns its number; the first is 1.
  pub fn tick(&self) -> u64 {
    let (now, event) = {
      let mut state = self.0.lock();
      state.now += 1;
      let now = state.now;
      (now, state.due.remove(&now))
    };
    // LOCK: waiters are served under the event's own.
    if let Some(event) = event {
      event.set();
    }
    now
  }

  /// The number of the present tick; 0 before the first.
  pub fn now(&self) -> u64 {
    self.0.lock().now
  }

  /// The wait until so many more ticks have begun; it is over at once for 0.
  pub fn wait(&self, ticks: u64) -> EventWait {
    let mut state = self.0.lock();
    if ticks == 0 || state.end.is_some() {
      let event = Event::new();
      match state.end {
        Some(end) if ticks > 0 => event.end(end),
        _ => event.set(),
      }
      return EventWait::new(&event);
    }
    let at = state.now.saturating_add(ticks);
    EventWait::new(state.due.entry(at).or_default())
  }

  /// How many wait for a tick.
  pub fn waiters(&self) -> usize {
    self.0.lock().due.values().map(Event::waiters).sum()
  }

  /// Ends every wait, present and to come.
  pub fn end(&self, end: End) {
    let due = {
      let mut state = self.0.lock();
      state.end.get_or_insert(end);
      std::mem::take(&mut state.due)
    };
    for event in due.values() {
      event.end(end);
    }
  }
}
