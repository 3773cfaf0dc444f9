//! Waits that failures of tasks end, and waits that go on while nobody has seen one.
//!
//! Promises that a thread which has blocked or awaited for a second, in one wait or in many, for something of a runner with failures
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
    fail_fast::{self, Failure},
    js_thread::{Entry, Service},
    runner::{Runner, UNSEEN},
    silence::PATIENCE,
    sleep::Sleep,
  },
  values::{
    protocol::{Status, Word},
    thing::Id,
  },
};
use std::{collections::BTreeMap, sync::Arc, time::Instant};

impl Environment {
  /// This thread has blocked since then in a wait for all of these. Returns since when the next time counts.
  pub fn has_blocked(&self, subjects: &[Subject], sleep: Option<Sleep>, since: Instant) -> Instant {
    if !UNSEEN.any() {
      self.silences.forget();
      return since; // A failure counts from its own time on.
    }
    let things = || subjects.iter().filter(|subject| subject.kind == SubjectKind::Thing);
    if things().next().is_some() {
      let is_meant = |runner: &Runner| things().any(|subject| self.may_need(subject.runner, runner));
      let due = self.silences.count(since, &UNSEEN.untold(is_meant));
      for task in due.into_iter().filter_map(|task| UNSEEN.tell(task)) {
        self.thread.ask(Service::Unseen { task, for_what: sleep.map_or("", Sleep::words), ticket: None });
      }
    }
    Instant::now()
  }

  /// Has this thread tell of failures that nobody has seen for a while, as far as waits of its loop go on meanwhile for
  /// something that may depend on them.
  pub(super) fn look_at_silence(&self) {
    let waits = self.waits_by_runner();
    let of =
      |runner: &Runner| waits.iter().rev().find(|(owner, _)| self.may_need(**owner, runner)).map(|(_, wait)| *wait);
    let is_due = |(_, since): &(Id, Instant)| since.elapsed() >= PATIENCE;
    for (id, _) in UNSEEN.untold(|runner| of(runner).is_some()).into_iter().filter(is_due) {
      let Some(task) = UNSEEN.tell(id) else { continue };
      let Some((ticket, sleep)) = of(&task.runner).or_else(|| waits.values().next().copied()) else { continue };
      self.thread.ask(Service::Unseen { task, for_what: sleep.map_or("", Sleep::words), ticket: Some(ticket) });
    }
  }

  /// One wait of the loop for something of each runner, by its ticket; of 0, one for what has no runner.
  fn waits_by_runner(&self) -> BTreeMap<Id, (u32, Option<Sleep>)> {
    let mut tickets = self.tickets.borrow_mut();
    let mut waits = BTreeMap::new();
    for (ticket, ticketed) in tickets.all().filter(|(_, ticketed)| !ticketed.is_blocking) {
      let subjects = ticketed.subjects.all().iter();
      for subject in subjects.filter(|subject| subject.kind == SubjectKind::Thing) {
        waits.entry(subject.runner).or_insert((ticket, ticketed.sleep()));
      }
    }
    waits
  }

  /// Whether a wait for something of a runner may need a task of that one: of the same, or of one that was made in its
  /// tasks. What has no runner, 0, may need any task of the program, as far as it comes from the same thread.
  fn may_need(&self, owner: Id, runner: &Runner) -> bool {
    if owner != 0 {
      return runner.id == owner || runner.comes_from(owner);
    }
    let origin = self.own_runner().map_or_else(|| Arc::clone(&self.thread), |own| own.origin());
    Arc::ptr_eq(&runner.origin(), &origin)
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
