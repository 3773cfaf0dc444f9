//! How long a thread looks for what is about to come, before it sleeps.
//!
//! Promises that each place remembers by itself whether looking pays there, and that a loop which is always served gets
//! round to its timers and sockets all the same.

use crate::core::spin::{Spin, SpinPolicy};
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
}

/// A place to look from.
#[derive(Default)]
pub struct Look(Cell<Spin>);

impl Look {
  pub fn until<R>(&self, policy: SpinPolicy, find: impl FnMut() -> Option<R>) -> Option<R> {
    self.until_from(policy, Instant::now, find)
  }

  /// The same, where the caller has looked at the clock already.
  pub fn until_from<R>(
    &self,
    policy: SpinPolicy,
    start: impl FnOnce() -> Instant,
    find: impl FnMut() -> Option<R>,
  ) -> Option<R> {
    let mut spin = self.0.get();
    let found = spin.until_by_from(policy, start, find);
    self.0.set(spin);
    found
  }
}

/// A loop that is always served polls no longer than this before it looks at timers and sockets again.
const LONGEST_POLLING: Duration = Duration::from_millis(1);

/// The place from which a loop polls, time and again until it goes idle.
#[derive(Default)]
pub struct Poll {
  look: Look,
  since: Cell<Option<Instant>>,
}

impl Poll {
  /// Looks on, unless that has taken too long by now.
  pub fn goes_on(&self) -> bool {
    let since = self.since.get();
    if since.is_none() {
      self.since.set(Some(Instant::now()));
    }
    since.is_none_or(|since| since.elapsed() < LONGEST_POLLING)
  }

  pub fn until(&self, policy: SpinPolicy, mut is_there: impl FnMut() -> bool) -> bool {
    self.look.until(policy, || is_there().then_some(())).is_some()
  }

  /// The loop has gone idle: the next look is the first again.
  pub fn end(&self) {
    self.since.set(None);
  }
}
