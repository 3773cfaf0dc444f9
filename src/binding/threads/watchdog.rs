//! Loops that do not come round: seen from outside, by the thread that keeps the alarms.
//!
//! Promises to tell of a loop once each time it gets stuck, never of one that is idle, that sleeps in a blocking door, or
//! that is still starting; and to look only at loops that have something to do. Costs the loop a count a turn.
//!
//! 1. Each look that finds that the loop has come round since the last one wakes it once more. If it has not come round by
//!    the next look, it has been held at least since then. The turns are read before the wake, so that whatever turn answers
//!    is counted after that (`hub.rs`, invariant 2).
//! 2. A loop is watched from the first task on. A look that finds nothing to do ends the watch, and the next task begins
//!    it again.

use super::{
  alarms::{Alarm, Timers},
  js_thread::{JsThread, Service, Stuck},
  overdue::OVERDUE,
  runner::Runner,
  watch::{Seen, Settings},
};
use crate::binding::values::protocol::Condition;
use std::{
  sync::{Arc, Weak, atomic::Ordering},
  time::{Duration, Instant},
};

impl Runner {
  /// Says, once, when its loop counts as stuck, and whether its maker wants to be told. Without a time it never does.
  pub fn watch(&self, stuck_after: Option<Duration>, is_heard: bool) {
    if let Some(stuck_after) = stuck_after {
      let _ = self.watch.settings.set(Settings { stuck_after, is_heard });
    }
  }

  /// Has the loop, which has something to do, watched from now on. Returns at once where it is already.
  pub fn be_watched(self: &Arc<Self>) {
    if self.watch.is_on.load(Ordering::Relaxed) {
      return;
    }
    let Some(settings) = self.watch.settings.get() else { return };
    // A loop that is not up yet is starting; it is watched when it is. Without a thread for it nobody watches.
    let (Some(_), Ok(timers)) = (self.thread(), Timers::shared()) else { return };
    if !self.watch.is_on.swap(true, Ordering::SeqCst) {
      *self.watch.seen.lock() = None;
      self.look_at(timers, Instant::now() + settings.period());
    }
  }

  fn look_at(self: &Arc<Self>, timers: &Timers, at: Instant) {
    let runner: Weak<Self> = Arc::downgrade(self);
    timers.set(at, runner, 0, 0);
  }

  /// One look; returns when the next is due.
  fn look(self: &Arc<Self>, settings: Settings) -> Option<Instant> {
    let (thread, now) = (self.thread()?, Instant::now());
    if !self.has_work(&thread) {
      return None;
    }
    let mut seen = self.watch.seen.lock();
    let last = seen.as_mut().filter(|seen| !thread.is_free_since(seen.turns));
    let next = now + settings.period();
    let Some(last) = last else {
      let (turns, computed) = (thread.hub.turns(), thread.computed());
      *seen = Some(Seen { turns, at: now, computed, is_told: false, next });
      drop(seen); // LOCK: none is held while a loop is woken.
      thread.hub.wake();
      return Some(next);
    };
    let late = now.saturating_duration_since(last.next);
    if late > settings.period() {
      last.at += late; // This very thread was held up: the whole process stood still, or the machine is overloaded.
    }
    let lasting = now.saturating_duration_since(last.at);
    let is_news =
      lasting >= settings.stuck_after && !std::mem::replace(&mut last.is_told, lasting >= settings.stuck_after);
    last.next = if last.is_told { next } else { next.min(last.at + settings.stuck_after) };
    let (next, computed) = (last.next, thread.computed_since(last.computed));
    drop(seen); // LOCK: telling the maker takes others.
    if is_news && settings.is_heard {
      // On a busy machine one that spins may have had no turn for as long.
      let floor = if thread.is_runnable() { 1.0 } else { 0.0 };
      let computed = computed.map(|computed| (computed.as_secs_f64() / lasting.as_secs_f64()).clamp(floor, 1.0));
      let stuck = Stuck { runner: Arc::clone(self), tasks: self.holding(), lasting, computed };
      self.tell_maker(Service::Stuck(Box::new(stuck)));
    }
    Some(next)
  }

  fn has_work(&self, thread: &JsThread) -> bool {
    thread.hub.has_entries() || !self.state().roster.tasks().is_empty()
  }

  /// For how long, at least, the loop has not come round although it was woken; zero where that is not known.
  pub fn held(&self) -> Duration {
    let Some(thread) = self.thread().filter(|thread| !thread.doorbell.sleeps()) else { return Duration::ZERO };
    let seen = self.watch.seen.lock();
    let unanswered =
      seen.as_ref().filter(|seen| self.watch.is_on.load(Ordering::Relaxed) && !thread.is_free_since(seen.turns));
    let since = [unanswered.map(|seen| seen.at), thread.hub.oldest()].into_iter().flatten().min();
    since.map_or(Duration::ZERO, |since| since.elapsed())
  }

  /// The same where it counts as stuck by now, else zero.
  pub fn stuck(&self) -> Duration {
    let Some(settings) = self.watch.settings.get() else { return Duration::ZERO };
    Some(self.held()).filter(|held| *held >= settings.stuck_after).unwrap_or_default()
  }

  /// Whether it counts as stuck, or sleeps in a blocking door and has let what it was given wait for as long.
  pub fn neglects(&self) -> bool {
    let (Some(thread), Some(settings)) = (self.thread(), self.watch.settings.get()) else { return false };
    let keeps_waiting = || thread.hub.oldest().is_some_and(|since| since.elapsed() >= settings.stuck_after);
    self.stuck() > Duration::ZERO || (thread.doorbell.sleeps() && keeps_waiting())
  }

  /// What its loop does, as far as can be seen.
  pub fn condition(&self) -> Condition {
    if self.shutdown_type() != 0 {
      return Condition::Ended;
    }
    match self.thread() {
      None => Condition::Starting,
      Some(thread) if thread.doorbell.sleeps() => Condition::Blocked,
      Some(_) if self.stuck() > Duration::ZERO => Condition::Stuck,
      Some(_) => Condition::Running,
    }
  }
}

impl Alarm for Runner {
  /// It is time for a look; or, by its ticket, a part of the time for its close has passed.
  fn ring(&self, ticket: u32, round: u64) {
    let Some(runner) = Self::find(self.id) else { return };
    if ticket == OVERDUE {
      return runner.time_passes(round);
    }
    let Some(settings) = self.watch.settings.get() else { return };
    let next = runner.look(*settings);
    let Ok(timers) = Timers::shared() else { return };
    if let Some(next) = next {
      return runner.look_at(timers, next);
    }
    self.watch.is_on.store(false, Ordering::SeqCst);
    // A task that has come meanwhile may still have seen it on.
    if self.thread().is_some_and(|thread| self.has_work(&thread)) {
      runner.be_watched();
    }
  }
}
