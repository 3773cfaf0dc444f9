//! Waits that failures of tasks end, and waits that go on while nobody has seen one.
//!
//! Promises that a thread which has blocked for a second, in one wait or in many, for something of a runner with failures
//! that nobody has seen, is asked to tell of them, of each once; and that a wait which `failFast` ends has had no effect.

use super::{
  border::Border,
  environment::Environment,
  subject::{Subject, SubjectKind},
  tickets::Ticketed,
};
use crate::binding::{
  node::js::Value,
  threads::{
    doorbell::Sleep,
    fail_fast::{self, Failure},
    js_thread::{Entry, Service},
    runner::{Runner, UNSEEN},
  },
  values::{
    protocol::{Status, Word},
    thing::Id,
  },
};
use std::time::Instant;

impl Environment {
  /// This thread has blocked since then in a wait for all of these. Returns since when the next time counts.
  pub fn has_blocked(&self, subjects: &[Subject], sleep: Option<Sleep>, since: Instant) -> Instant {
    if !UNSEEN.any() {
      self.silences.forget();
      return since; // A failure counts from its own time on.
    }
    let things = || subjects.iter().filter(|subject| subject.kind == SubjectKind::Thing);
    if things().next().is_some() {
      // What has no runner may wait for any task that this thread could know.
      let is_of = |runner: &Runner, subject: &Subject| {
        if subject.runner == 0 { runner.was_made_by(&self.thread) } else { runner.id == subject.runner }
      };
      let is_meant = |runner: &Runner| things().any(|subject| is_of(runner, subject));
      let due = self.silences.count(since, &UNSEEN.untold(is_meant));
      for task in due.into_iter().filter_map(|task| UNSEEN.tell(task)) {
        self.thread.ask(Service::Unseen { task, for_what: sleep.map_or("", Sleep::words) });
      }
    }
    Instant::now()
  }

  /// Ends a wait that has parked, if a failure is to end it.
  pub fn fail_if_owed(&self, ticketed: &mut Ticketed) -> Option<Value> {
    let (failure, runner) = owed(ticketed)?;
    ticketed.wait.withdraw().then(|| self.border.failed(&failure, runner, ticketed.wait.inserted()))
  }

  /// The same for the wait of a ticket, which is over then.
  pub fn fail_ticket_if_owed(&self, ticket: u32) -> Option<Value> {
    let mut tickets = self.tickets.borrow_mut();
    let value = self.fail_if_owed(tickets.get_mut(ticket)?)?;
    if let Some(ticketed) = tickets.remove(ticket) {
      ticketed.clear_alarm();
    }
    Some(value)
  }

  /// A task of this runner has failed: ends the first of the loop's waits that this ends, and comes back for the next.
  pub(super) fn end_failed(&self, runner: Id) -> Option<()> {
    let mut tickets = self.tickets.borrow_mut();
    let is_of = |ticketed: &Ticketed| ticketed.subjects.all().iter().any(|subject| subject.runner == runner);
    let is_meant = |ticketed: &Ticketed| !ticketed.is_blocking && is_of(ticketed);
    let meant: Vec<_> = tickets.all().filter(|(_, ticketed)| is_meant(ticketed)).map(|(ticket, _)| ticket).collect();
    drop(tickets);
    for ticket in meant {
      if let Some(value) = self.fail_ticket_if_owed(ticket) {
        self.taken.borrow_mut().push_front(Entry::Failed(runner));
        return self.border.deliver(ticket, value);
      }
    }
    Some(())
  }
}

/// The failure that is to end a wait, with its runner.
fn owed(ticketed: &Ticketed) -> Option<(Failure, Id)> {
  if !fail_fast::may_end(ticketed.epoch) {
    return None;
  }
  let all = ticketed.subjects.all();
  let is_awaited = |task: Id| all.iter().any(|subject| subject.task == task);
  all.iter().find_map(|Subject { kind, runner, created, .. }| {
    if *kind == SubjectKind::Apart || *runner == 0 {
      return None;
    }
    Some((Runner::find(*runner)?.failure_for(ticketed.epoch, is_awaited, *created)?, *runner))
  })
}

impl Border {
  /// Says that a failure has ended a wait: its error is fetched by `failureTake`, and counts as seen. The value is the name
  /// of the task.
  pub fn failed(&self, failure: &Failure, runner: Id, inserted: usize) -> Value {
    if let Some(runner) = Runner::find(runner) {
      runner.forget_failure(failure.task);
    }
    let number = self.transit.failures.borrow_mut().open([failure.error.clone()]);
    self.withdrawn(Status::TaskFailed, inserted);
    self.control.write_count(Word::Extra, number);
    self.js.string(&failure.name)
  }
}
