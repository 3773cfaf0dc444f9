//! A flag that many may wait for.
//!
//! Promises that `set` releases exactly the waiters of that moment, even when `clear` follows at once, and that a `set`
//! between a look and a wait is never missed.
//!
//! 1. There are no waiters while the flag is set: `set` takes the whole list under the lock.

use super::{
  deadline::Deadline,
  error::{End, WaitError},
  home::Housed,
  operation::{Awaiting, Branch, Lasting, Operation, Ready, block_on},
  sync::Arc,
  wait_list::{Key, WaitList},
  waiter::{Waiter, Wakes},
};

/// What a wait for an event ends with: it was set, or it has ended.
pub type EventOutcome = Result<(), End>;

/// A `pulse` is over at once.
impl Lasting for EventOutcome {
  fn is_lasting(&self) -> bool {
    self.is_err()
  }
}

#[derive(Default)]
struct State {
  is_set: bool,
  end: Option<End>,
  waiters: WaitList<Waiter<EventOutcome>>,
}

impl State {
  fn release(&mut self, outcome: EventOutcome, wakes: &mut Wakes<EventOutcome>) {
    while let Some(waiter) = self.waiters.take_front() {
      let _ = waiter.serve(outcome, wakes); // WAKE: all; a waiter whose thread is gone needs nothing.
    }
  }
}

/// An event; clones are the same event.
#[derive(Clone)]
pub struct Event(Arc<Housed<State>>);

impl Default for Event {
  fn default() -> Self {
    Self::new()
  }
}

impl Event {
  /// An event that is not set.
  pub fn new() -> Self {
    Self(Arc::new(Housed::new(State::default())))
  }

  /// Sets it and releases all waiters.
  pub fn set(&self) {
    let mut wakes = Wakes::new();
    // LOCK: dropped before `wakes`.
    let mut state = self.0.lock();
    state.is_set = true;
    state.release(Ok(()), &mut wakes);
  }

  /// Releases all waiters; the flag stays as it is.
  pub fn pulse(&self) {
    let mut wakes = Wakes::new();
    // LOCK: dropped before `wakes`.
    let mut state = self.0.lock();
    state.release(Ok(()), &mut wakes);
  }

  /// Makes later waits wait.
  pub fn clear(&self) {
    self.0.lock().is_set = false;
  }

  /// Whether it is set.
  pub fn is_set(&self) -> bool {
    self.0.lock().is_set
  }

  /// How many waiters there are.
  pub fn waiters(&self) -> usize {
    self.0.lock().waiters.len()
  }

  /// Ends it because its runner has ended: all waits, and all later ones while it is not set, get this end.
  pub fn end(&self, end: End) {
    let mut wakes = Wakes::new();
    // LOCK: dropped before `wakes`.
    let mut state = self.0.lock();
    let end = *state.end.get_or_insert(end);
    state.release(Err(end), &mut wakes);
  }

  /// Blocks until it is set.
  ///
  /// Fails where the deadline passes, where its runner has ended, and in a task of its own loop. It stays as it is.
  ///
  /// ```
  /// use std::time::Duration;
  /// use threaded_async::{Event, WaitError};
  ///
  /// let ready = Event::new();
  /// assert_eq!(ready.wait(Duration::from_millis(1)), Err(WaitError::TimedOut));
  /// ready.set();
  /// assert_eq!(ready.wait(None), Ok(()));
  /// ```
  pub fn wait(&self, deadline: impl Into<Deadline>) -> Result<(), WaitError> {
    if !self.0.home.may_block() {
      return Err(WaitError::WouldDeadlock);
    }
    if self.is_set() {
      return Ok(()); // It needs no operation.
    }
    block_on(EventWait::new(self), deadline.into())?.map_err(WaitError::Ended)
  }

  /// Resolves when it is set, or fails where its runner has ended.
  pub async fn wait_async(&self) -> Result<(), WaitError> {
    if self.is_set() {
      return Ok(());
    }
    Awaiting::new(EventWait::new(self)).await.map_err(WaitError::Ended)
  }
}

#[cfg(not(loom))]
impl super::bond::Ends for Housed<State> {
  fn end(self: Arc<Self>, end: End) {
    Event(self).end(end);
  }
}

#[cfg(not(loom))]
impl Event {
  /// Ties it to the loop that its owner runs.
  pub(crate) fn live_in(&self, home: u64) {
    self.0.home.set(home);
  }

  /// What the event's owner holds of it.
  pub(crate) fn bond(&self) -> super::bond::Bond {
    Arc::downgrade(&self.0) as super::bond::Bond
  }
}

/// The wait until an event is set.
pub struct EventWait {
  event: Event,
  key: Option<Key>,
}

impl EventWait {
  /// For this event.
  pub fn new(event: &Event) -> Self {
    Self { event: event.clone(), key: None }
  }
}

impl Branch for EventWait {
  fn begin_if(
    &mut self,
    may_complete: impl FnOnce(Ready) -> bool,
    sleeper: impl FnOnce() -> Waiter<EventOutcome>,
  ) -> Option<EventOutcome> {
    let mut state = self.event.0.lock();
    match state.end {
      _ if state.is_set => may_complete(Ready::Success).then_some(Ok(())),
      Some(end) => may_complete(Ready::Failure).then_some(Err(end)),
      None => {
        self.key = Some(state.waiters.join(sleeper()));
        None
      }
    }
  }
}

impl Operation for EventWait {
  type Outcome = EventOutcome;

  fn begin(&mut self, sleeper: impl FnOnce() -> Waiter<EventOutcome>) -> Option<EventOutcome> {
    self.begin_if(|_| true, sleeper)
  }

  fn may_block_here(&self) -> bool {
    self.event.0.home.may_block()
  }

  fn withdraw(&mut self) -> bool {
    self.key.is_some_and(|key| self.event.0.lock().waiters.leave(key).is_some())
  }

  fn give_back(&mut self, _outcome: EventOutcome) {}
}
