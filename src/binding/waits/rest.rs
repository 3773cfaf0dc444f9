//! When a server's loop has come to rest: nothing runs there, and nothing is due but timers and I/O.
//!
//! Promises that a loop which was told something before the question was asked is at rest only when all of that has run
//! its course: microtasks, ticks, immediates, in any mixture.
//!
//! 1. A loop rests from a call of its wake function that finds nothing to do (the callback scope before it has closed,
//!    so microtasks and ticks are through) until it is told something; both happen under its inbox's lock.
//! 2. A loop whose thread sleeps in a blocking door rests until that door is served.
//! 3. Whoever waits stands in `rested` before it looks, and looks again when it is woken.

use super::environment::Environment;
use crate::{
  binding::{
    threads::{
      js_thread::{Entry, JsThread},
      runner::Runner,
    },
    values::protocol::Word,
  },
  core::{
    event::{EventOutcome, EventWait},
    operation::Operation,
  },
};
use std::sync::Arc;

/// The wait until a loop rests.
pub struct RestWait {
  runner: Arc<Runner>,
  wait: EventWait,
}

impl RestWait {
  pub fn new(runner: &Arc<Runner>) -> Self {
    Self { runner: Arc::clone(runner), wait: EventWait::new(&runner.rested) }
  }

  /// `park` begins the wait for the next rest.
  pub fn begin<C: From<EventOutcome>>(&mut self, park: impl FnOnce(&mut EventWait) -> Option<C>) -> Option<C> {
    if let Some(ended) = park(&mut self.wait) {
      return Some(ended);
    }
    // Invariant 3. Where the wait cannot be withdrawn, its outcome has come.
    if self.runner.is_at_rest() && self.wait.withdraw() {
      return Some(Ok(()).into());
    }
    self.runner.wake_loop();
    None
  }

  pub fn withdraw(&mut self) -> bool {
    self.wait.withdraw()
  }
}

impl Runner {
  /// Whether its loop rests now.
  pub fn is_at_rest(&self) -> bool {
    self.thread().is_some_and(|thread| thread.is_at_rest())
  }

  /// Has the loop look whether it is at rest.
  fn wake_loop(&self) -> Option<Arc<JsThread>> {
    let thread = self.thread()?;
    thread.hub.wake();
    Some(thread)
  }

  /// Makes the loop come round before it counts as resting.
  pub fn ask_for_turn(&self) {
    self.post(Entry::Nothing);
  }

  /// Tells those who wait that the loop rests.
  fn tell_rest(&self) {
    // Not set and cleared: one that is woken in between would find it set, and look again and again until the loop's
    // thread, which it may have pushed off its core, gets to clear it.
    self.rested.pulse();
  }
}

/// For so many turns of the loop, at most, an answer waits until the immediates that the last one set off have run.
const LONGEST_HOLD: u32 = 1000;

impl Environment {
  /// Whether this thread runs the loop of a server.
  pub fn serves(&self) -> bool {
    self.runner.borrow().as_ref().is_some_and(|runner| runner.serves())
  }

  /// Whether the loop has come to rest after a moment's look. Most do, and nobody need stand in a list and be woken.
  pub fn sees_rest(&self, runner: &Runner) -> bool {
    let Some(thread) = runner.wake_loop() else { return false };
    let mut spin = self.rest_spin.get();
    let found = spin.until_by(runner.spin(), || thread.is_at_rest().then_some(()));
    self.rest_spin.set(spin);
    found.is_some()
  }

  /// The wake function has found nothing to do.
  pub fn come_to_rest(&self) {
    if self.control.read(Word::Immediates) > 0
      || self.control.read(Word::Entering) > 0
      || !self.thread.hub.come_to_rest()
    {
      return;
    }
    if let Some(runner) = &*self.runner.borrow() {
      runner.tell_rest();
    }
  }

  /// Whether what has come must wait for immediates, so that one answer runs its whole course before the next is seen,
  /// whenever that came. A loop that closes, or whose immediates never end, waits no longer.
  pub fn holds_back(&self) -> bool {
    let is_busy = self.control.read(Word::Immediates) > 0;
    let held = if is_busy { self.held.get() + 1 } else { 0 };
    let holds =
      is_busy && held <= LONGEST_HOLD && !self.runner.borrow().as_ref().is_some_and(|runner| runner.is_closing());
    self.held.set(if holds { held } else { 0 });
    holds
  }

  /// This thread, which runs a server's loop, sleeps from now on until its wait is served (invariant 2).
  pub fn fall_asleep(&self, ticket: u32) {
    self.thread.hub.end_rest();
    if self.doorbell.park(ticket)
      && let Some(runner) = &*self.runner.borrow()
    {
      runner.tell_rest();
    }
  }

  /// It is awake again, and rests no sooner than the wake function says so.
  pub fn wake_up(&self) {
    self.doorbell.unpark();
    self.thread.hub.wake();
  }
}
