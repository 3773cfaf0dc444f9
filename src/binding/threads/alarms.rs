//! Alarms: what rings when the deadline of a JavaScript wait has passed.
//!
//! Promises that an alarm never rings early, that it rings with no lock held, and that setting and clearing one wakes
//! no thread unless it is the next to ring. An alarm does not keep its owner alive: once that is gone, it is silent.
//!
//! 1. `sleeping_until` is the moment the keeper will look again, or earlier; an alarm that is earlier wakes it.

use crate::{core::sync::Mutex, runner::AsyncRunner};
use std::{
  collections::BTreeMap,
  io,
  panic::{AssertUnwindSafe, catch_unwind},
  sync::{Arc, OnceLock, Weak},
  time::Instant,
};
use tokio::{sync::Notify, time::timeout_at};

/// What is told that a deadline has passed.
pub trait Alarm: Send + Sync {
  /// The deadline of the wait `ticket` has passed. `round` is what it was set with: it tells one use of a ticket from
  /// the next.
  fn ring(&self, ticket: u32, round: u64);
}

/// Names an alarm that was set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AlarmKey {
  at: Instant,
  number: u64,
}

struct Entry {
  alarm: Weak<dyn Alarm>,
  ticket: u32,
  round: u64,
}

impl Entry {
  fn ring(&self) {
    if let Some(alarm) = self.alarm.upgrade() {
      // One alarm that panics must not silence all others.
      let _ = catch_unwind(AssertUnwindSafe(|| alarm.ring(self.ticket, self.round)));
    }
  }
}

#[derive(Default)]
struct Pending {
  entries: BTreeMap<AlarmKey, Entry>,
  numbers: u64,
  sleeping_until: Option<Instant>,
  looks: u64,
}

#[derive(Default)]
struct Book {
  pending: Mutex<Pending>,
  earlier: Notify,
}

impl Book {
  /// Takes what is due; if there is nothing, notes and returns when to look again.
  fn take_due(&self) -> Result<Vec<Entry>, Option<Instant>> {
    let mut pending = self.pending.lock();
    pending.looks += 1;
    let now = Instant::now();
    let mut due = Vec::new();
    while let Some(first) = pending.entries.first_entry()
      && first.key().at <= now
    {
      due.push(first.remove());
    }
    if due.is_empty() {
      pending.sleeping_until = pending.entries.keys().next().map(|key| key.at);
      return Err(pending.sleeping_until);
    }
    Ok(due)
  }

  async fn keep(&self) {
    loop {
      match self.take_due() {
        // LOCK: none is held; an alarm takes its own.
        Ok(due) => due.iter().for_each(Entry::ring),
        Err(None) => self.earlier.notified().await,
        // Whichever comes first, the next look tells.
        Err(Some(at)) => drop(timeout_at(at.into(), self.earlier.notified()).await),
      }
    }
  }
}

/// A look at the alarms at one moment.
#[cfg(test)]
pub struct TimerStatistics {
  /// How many are set.
  pub pending: usize,
  /// How often their keeper has been awake to look for what is due.
  pub looks: u64,
}

/// The alarms of all JavaScript loops of this process.
pub struct Timers(Arc<Book>);

static SHARED: OnceLock<(AsyncRunner, Timers)> = OnceLock::new();

impl Timers {
  /// Returns the process-wide ones, whose thread starts when they are first needed and stays. Fails where the system has
  /// no thread for it; the next call tries again.
  pub fn shared() -> io::Result<&'static Self> {
    static STARTS: Mutex<()> = Mutex::new(());
    if let Some((_, timers)) = SHARED.get() {
      return Ok(timers);
    }
    let _starts = STARTS.lock();
    if SHARED.get().is_none() {
      let runner = AsyncRunner::options().name("ta:timers").start()?;
      let timers = Self::on(&runner);
      let _ = SHARED.set((runner, timers)); // Nobody else sets it: the lock is held.
    }
    Ok(&SHARED.get().expect("set above").1)
  }

  /// Forgets an alarm of the process-wide ones.
  pub fn forget(key: AlarmKey) {
    if let Some((_, timers)) = SHARED.get() {
      timers.clear(key);
    }
  }

  /// Alarms that ring from this runner's loop, until it ends.
  pub fn on(runner: &AsyncRunner) -> Self {
    let book = Arc::<Book>::default();
    let kept = Arc::clone(&book);
    runner.create_named_task("timers", async move { kept.keep().await });
    Self(book)
  }

  /// Rings `alarm` with `ticket` and `round` when `at` has passed, unless it is cleared before. Returns at once.
  pub fn set(&self, at: Instant, alarm: Weak<dyn Alarm>, ticket: u32, round: u64) -> AlarmKey {
    let mut pending = self.0.pending.lock();
    pending.numbers += 1;
    let key = AlarmKey { at, number: pending.numbers };
    pending.entries.insert(key, Entry { alarm, ticket, round });
    let is_next = pending.sleeping_until.is_none_or(|until| at < until);
    if is_next {
      pending.sleeping_until = Some(at); // Others that are not earlier still need not tell it again.
    }
    drop(pending);
    if is_next {
      self.0.earlier.notify_one(); // WAKE: the keeper sleeps past this alarm.
    }
    key
  }

  /// Forgets an alarm; false when it has rung, or is about to.
  pub fn clear(&self, key: AlarmKey) -> bool {
    let entry = self.0.pending.lock().entries.remove(&key);
    entry.is_some()
  }

  /// A look at the alarms.
  #[cfg(test)]
  pub fn statistics(&self) -> TimerStatistics {
    let pending = self.0.pending.lock();
    TimerStatistics { pending: pending.entries.len(), looks: pending.looks }
  }
}
