//! When a thread that blocks looks for its outcome: at once, or when it is due.
//!
//! Promises that a thread looks where that shortens its wait, and not while the work goes on: where waits of its kind take
//! about as long as one another, it sleeps for most of that time. It wakes at once for whatever else it is asked for.
//!
//! 1. It does not look while its core is needed: by the thread that is to answer, or because others want to run than
//!    there are cores for.

use super::environment::Environment;
use crate::{
  binding::{
    threads::cores::{Around, LastCore},
    values::outcome::Completion,
  },
  core::{
    cores::two_cores,
    deadline::Deadline,
    pace::Forecast,
    spin::{SpinPolicy, Surroundings},
  },
};
use std::time::Instant;

/// A wait in which a thread blocks.
pub struct Blocked<'a> {
  pub ticket: u32,
  pub deadline: Deadline,
  pub spin: SpinPolicy,
  /// What it has in common with waits that take about as long; 0 where nothing is known.
  pub place: u64,
  /// The core of the loop that it depends on.
  pub core: Option<&'a LastCore>,
}

/// How a thread waits before it sleeps for good.
#[derive(Clone, Copy)]
pub enum Plan {
  /// It looks for as long as that has lately paid.
  Look,
  /// It looks from the start, and for as long as the outcome can be expected.
  LookUntilDue(Forecast),
  /// It sleeps until the outcome is nearly due, and looks then.
  LookWhenDue(Forecast),
  /// Its core is needed elsewhere.
  Sleep,
}

impl Environment {
  pub(super) fn plan(&self, blocked: &Blocked<'_>) -> Plan {
    if blocked.spin != SpinPolicy::Adaptive || blocked.place == 0 || !two_cores() {
      return Plan::Look;
    }
    let Some(due) = self.looks.paces.of(blocked.place).forecast(self.looks.late()) else { return Plan::Look };
    let around = Around(blocked.core);
    if around.is_short() {
      Plan::Sleep
    } else if due.from.is_zero() || around.is_shared() {
      // The scheduler parts two threads that both want to run, and leaves those together of which one always sleeps.
      Plan::LookUntilDue(due)
    } else {
      Plan::LookWhenDue(due)
    }
  }

  /// Looks for the outcome for a while, as far as that is the plan.
  pub(super) fn look(&self, blocked: &Blocked<'_>, begun: Instant, plan: Plan) -> Option<Completion> {
    let take = || self.thread.doorbell.take_unasked(blocked.ticket);
    let around = Around(blocked.core);
    match plan {
      Plan::Look => self.looks.door.until(blocked.spin, || begun, &around, take),
      Plan::LookUntilDue(due) => self.looks.door.within(begun, due.until, &around, take),
      Plan::Sleep | Plan::LookWhenDue(_) => take(),
    }
  }

  /// Sleeps until the outcome is nearly due, and looks for it then; `None` where there is something else to see to first.
  pub(super) fn look_when_due(&self, blocked: &Blocked<'_>, begun: Instant, due: Forecast) -> Option<Completion> {
    let doorbell = &*self.thread.doorbell;
    loop {
      let asleep = due.from.saturating_sub(begun.elapsed());
      if asleep.is_zero() {
        break;
      }
      // The ring of a wait that was seen before it rang ends this sleep too soon.
      std::thread::park_timeout(asleep);
      if let Some(completion) = doorbell.take_unasked(blocked.ticket) {
        return Some(completion);
      }
      if doorbell.is_asked() || doorbell.is_interrupted() || blocked.deadline.has_passed() {
        return None;
      }
    }
    self.looks.was_late(begun.elapsed().saturating_sub(due.from));
    self.thread.core.note();
    let around = Around(blocked.core);
    if around.is_shared() || around.is_short() {
      return None;
    }
    self.look(blocked, begun, Plan::LookUntilDue(due))
  }
}
