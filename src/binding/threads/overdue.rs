//! The times that pass while a runner closes. What comes when they are over is in `closing.rs`.
//!
//! Promises that they pass whatever has become of who began the close. A process that has stood still, by Ctrl-Z or with its
//! machine, has not given its loops that time: each passes in parts, of which it costs one.
//!
//! 1. An alarm that rings counts only if it is of the last round.

use super::alarms::{Alarm, AlarmKey, Timers};
use crate::core::deadline::Deadline;
use std::{sync::Weak, time::Duration};

/// The ticket of its alarms.
pub(super) const OVERDUE: u32 = 1;

/// In so many parts each time passes; none is shorter than this, and what is left of less than that is nothing.
const PARTS: u32 = 8;
const LEAST_PART: Duration = Duration::from_millis(25);
const NOTHING: Duration = Duration::from_millis(1);

/// What a close waits for.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Stage {
  /// Nothing; or for as long as it takes.
  #[default]
  None,
  /// That the loop is up.
  Boot,
  /// That it ends in order.
  Cleanup,
  /// That the maker comes to the service it was asked for.
  Maker,
  /// That the thread ends by force.
  Force,
  /// It has ended.
  Ended,
}

/// How far the close of a runner has come.
#[derive(Default)]
pub(super) struct Overdue {
  pub stage: Stage,
  /// What is left of the time behind the part that passes now.
  left: Duration,
  part: Duration,
  round: u64,
  alarm: Option<AlarmKey>,
}

impl Overdue {
  /// Without a time it lasts as long as it takes.
  pub fn begin(&mut self, stage: Stage, time: Option<Duration>, runner: Weak<dyn Alarm>) {
    self.end(stage);
    if let Some(time) = time {
      (self.left, self.part) = (time, LEAST_PART.max(time / PARTS));
      self.pass(runner);
    }
  }

  /// No alarm that was set before counts any more.
  pub fn end(&mut self, stage: Stage) {
    self.stage = stage;
    self.round += 1;
    if let Some(alarm) = self.alarm.take() {
      Timers::forget(alarm);
    }
  }

  /// An alarm has rung: returns whether the time is over.
  pub fn has_passed(&mut self, round: u64, runner: Weak<dyn Alarm>) -> bool {
    let (is_meant, is_over) = (round == self.round, self.left < NOTHING);
    if is_meant && !is_over {
      self.pass(runner);
    }
    is_meant && is_over
  }

  fn pass(&mut self, runner: Weak<dyn Alarm>) {
    let part = self.left.min(self.part);
    self.left -= part;
    // The timers are there: without them no thread is started for a runner.
    if let (Some(at), Ok(timers)) = (Deadline::after(part).instant(), Timers::shared()) {
      self.alarm = Some(timers.set(at, runner, OVERDUE, self.round));
    }
  }
}
