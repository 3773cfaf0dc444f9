//! When a server's loop has come to rest: nothing runs there, and nothing is due but timers and I/O.
//!
//! Promises that a loop which was told something before the question was asked is at rest only when all of that has run
//! its course: microtasks, ticks, immediates, in any mixture.
//!
//! 1. A loop rests from a call of its wake function that finds nothing to do (the callback scope before it has closed,
//!    so microtasks and ticks are through) until it is told something; both happen under its inbox's lock.
//! 2. A loop whose thread sleeps in a blocking door rests until that door is served.
//! 3. Sandboxed scripts are looked at before the loop, and again after it: see `threads/scripts/rest.rs`.
//! 4. A thread that waits stands in `rested` before it looks, and looks again when it is woken.

use super::looks::Look;
use crate::{
  binding::threads::{
    cores::Around,
    js_thread::{Entry, JsThread},
    runner::Runner,
    scripts::rest::{Rests, ScriptRest},
  },
  core::{
    event::{EventOutcome, EventWait},
    operation::Operation,
  },
};
use std::{
  sync::{Arc, atomic::Ordering},
  time::Instant,
};

/// The wait until a loop rests.
pub struct RestWait {
  runner: Arc<Runner>,
  wait: EventWait,
  since: Instant,
}

/// However it ends, it has taken its time.
impl Drop for RestWait {
  fn drop(&mut self) {
    self.runner.count_rest_wait(self.since);
  }
}

impl RestWait {
  /// The caller waits since then.
  pub fn new(runner: &Arc<Runner>, since: Instant) -> Self {
    Self { runner: Arc::clone(runner), wait: EventWait::new(&runner.rested), since }
  }

  /// `park` begins the wait for the next rest.
  pub fn begin<C: From<EventOutcome>>(&mut self, park: impl FnOnce(&mut EventWait) -> Option<C>) -> Option<C> {
    if let Some(ended) = park(&mut self.wait) {
      return Some(ended);
    }
    // Invariant 4. Where the wait cannot be withdrawn, its outcome has come.
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

impl Rests for Runner {
  fn scripts(&self) -> &ScriptRest {
    &self.scripts
  }

  fn tell_rest(&self) {
    Self::tell_rest(self);
  }
}

impl Runner {
  /// Whether its loop rests now, and with it the scripts that run apart from it.
  pub fn is_at_rest(&self) -> bool {
    self.thread().is_some_and(|thread| self.rests_with(&thread))
  }

  fn rests_with(&self, thread: &JsThread) -> bool {
    self.scripts.while_idle(|| thread.is_at_rest())
  }

  /// Has the loop look whether it is at rest.
  fn wake_loop(&self) -> Option<Arc<JsThread>> {
    let thread = self.thread()?;
    thread.hub.wake();
    Some(thread)
  }

  /// Whether its loop comes to rest within a moment's look. Most do, and no thread need stand in a list and be woken.
  pub fn is_soon_at_rest(&self, look: &Look, since: Instant) -> bool {
    let Some(thread) = self.wake_loop() else { return false };
    let around = Around(Some(&self.core));
    look.until(self.spin(), || since, &around, || self.rests_with(&thread).then_some(())).is_some()
  }

  /// Makes the loop come round before it counts as resting.
  pub fn ask_for_turn(&self) {
    self.post(Entry::Nothing);
  }

  /// A thread has waited for the loop's rest since then.
  pub fn count_rest_wait(&self, since: Instant) {
    let nanoseconds = u64::try_from(since.elapsed().as_nanos()).unwrap_or(u64::MAX);
    self.waited_for_rest.fetch_add(nanoseconds, Ordering::Relaxed);
  }

  /// Tells those who wait that the loop is at rest.
  pub fn tell_rest(&self) {
    // Not set and cleared: a thread that is woken in between would find it set, and look again and again until the
    // loop's thread, which it may have pushed off its core, gets to clear it.
    self.rested.pulse();
  }
}
