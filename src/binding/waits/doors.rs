//! The doors to a wait: await, or block. The third, to try once, leads past the wait lists and is not here.
//!
//! Promises that both run the same operation, and that a wait which ends without success has had no effect.

use super::{
  call::{Fault, JsCall},
  due::Blocked,
  environment::Environment,
  subject::{Subject, SubjectKind, Subjects},
  tickets::Ticketed,
  wait::Wait,
};
use crate::{
  binding::{
    node::js::Value,
    threads::{
      alarms::Timers,
      deadlock::Need,
      fail_fast,
      js_thread::{Entry, JsThread},
      runner::Runner,
      task::Task,
    },
    values::{
      outcome::Completion,
      protocol::{Door, Status, Word},
    },
  },
  core::{deadline::Deadline, spin::SpinPolicy},
};
use std::{
  rc::Rc,
  sync::{Arc, Weak},
  time::Duration,
};

/// A wait that is about to begin.
pub struct Entrance<'a> {
  pub wait: Wait,
  /// The task whose error counts as seen once the wait has handed it over.
  pub task: Option<Arc<Task>>,
  /// The runner whose default a left-out timeout is.
  pub runner: Option<&'a Arc<Runner>>,
  pub needs: Needs<'a>,
  pub kind: SubjectKind,
  /// The task whose end it waits for, if that is not `task`.
  pub until: Option<&'a Arc<Task>>,
  /// Of a wait for several things, what they are.
  pub each: Option<Rc<[Subject]>>,
}

/// Which thread a wait needs to end.
pub enum Needs<'a> {
  /// None in particular.
  Any,
  /// That of the task's loop.
  LoopOf(&'a Arc<Task>),
  /// The same, while this thread serves requests.
  LoopWhileServing(&'a Arc<Task>),
  /// One of those of these tasks' loops; none in particular where there is no task.
  OneLoopOf(Vec<Arc<Task>>),
  /// That which made a server. A wait that would close a circle is refused before it begins: a call that was made
  /// could not be taken back.
  Answer(Need),
}

impl<'a> Entrance<'a> {
  /// A wait that any thread may end.
  pub fn to(wait: Wait, runner: Option<&'a Arc<Runner>>) -> Self {
    Self { wait, task: None, runner, needs: Needs::Any, kind: SubjectKind::Thing, until: None, each: None }
  }

  /// Which failures concern it.
  fn subjects(&self) -> Subjects {
    if let Some(each) = &self.each {
      return Subjects::Each(Rc::clone(each));
    }
    let task = self.task.as_ref().or(self.until).map_or(0, |task| task.id);
    let created = self.task.as_ref().map_or(0, |task| task.epoch);
    // A thread that only sleeps waits for nothing that could fail.
    let kind = if matches!(self.wait, Wait::Sleep) { SubjectKind::Apart } else { self.kind };
    Subjects::One(Subject { kind, runner: self.runner.map_or(0, |runner| runner.id), task, created })
  }

  pub(super) fn deadline(&self, timeout: f64) -> Deadline {
    let default = || self.runner.map_or(f64::INFINITY, |runner| runner.call_in_loop_timeout());
    deadline_after(if timeout < 0.0 { default() } else { timeout })
  }
}

/// The timers that a wait of the loop needs for its deadline. A poll needs none.
fn timers_for(deadline: Deadline, timeout: f64) -> Result<Option<&'static Timers>, Fault> {
  if deadline == Deadline::NEVER || timeout == 0.0 {
    return Ok(None);
  }
  Timers::shared().map(Some).map_err(Fault::no_thread)
}

/// Milliseconds as JavaScript gives them; infinity, and what is too long for the clock, is for ever.
pub fn deadline_after(milliseconds: f64) -> Deadline {
  Duration::try_from_secs_f64(milliseconds / 1000.0).map_or(Deadline::NEVER, Deadline::after)
}

impl JsCall<'_> {
  /// Whether the caller goes through the blocking door.
  pub fn blocks(&self, door: usize) -> Result<bool, Fault> {
    Ok(Door::from_number(self.integer(door)?) == Some(Door::Block))
  }

  /// Goes through the door that an argument names, with the timeout that the next one gives.
  pub fn enter(&self, entrance: Entrance<'_>, door: usize) -> Result<Value, Fault> {
    self.enter_for(entrance, door, self.number(door + 1)?)
  }

  /// The same with this timeout, in milliseconds, negative where it was left out.
  pub fn enter_for(&self, entrance: Entrance<'_>, door: usize, timeout: f64) -> Result<Value, Fault> {
    match Door::from_number(self.integer(door)?) {
      Some(Door::Await) => self.environment.await_outcome(entrance, timeout),
      Some(Door::Block) => Ok(self.environment.block_for_outcome(entrance, timeout)),
      None | Some(Door::Try) => Err(Fault::argument(door)),
    }
  }
}

impl Environment {
  /// The awaiting door. `timeout` is in milliseconds, negative where it was left out.
  pub fn await_outcome(&self, mut entrance: Entrance<'_>, timeout: f64) -> Result<Value, Fault> {
    let deadline = deadline_after(if timeout < 0.0 { f64::INFINITY } else { timeout });
    let timers = timers_for(deadline, timeout);
    // Of several items some would go in, and the others would have to wait.
    if timers.is_err() && matches!(entrance.wait, Wait::Put(_)) {
      return timers.map(|_| self.border.js.undefined());
    }
    let ticket = self.tickets.borrow().next();
    if let Some(completion) = entrance.wait.begin(&self.at_loop, ticket) {
      if self.turns.is_owed() {
        let served = self.ticketed(entrance, Deadline::NEVER, false);
        return Ok(self.hand_over_next_turn(ticket, served, completion));
      }
      return Ok(self.hand_over_at_once(entrance, completion));
    }
    let mut ticketed = self.ticketed(entrance, deadline, false);
    // A poll leaves no waiter behind. A wait that was served meanwhile finds its outcome in the hub.
    if timeout == 0.0
      && let Some(value) = self.leave_at_once(&mut ticketed, Status::TimedOut)
    {
      return Ok(value);
    }
    if let Some(value) = self.fail_if_owed(&mut ticketed) {
      return Ok(value);
    }
    match timers {
      Err(fault) if ticketed.wait.withdraw() => Err(fault),
      timers => Ok(self.park_at_hub(ticket, ticketed, timers.ok().flatten())),
    }
  }

  /// The blocking door.
  pub fn block_for_outcome(&self, mut entrance: Entrance<'_>, timeout: f64) -> Value {
    // A Ctrl-C that no listener has heard yet ends the next wait before it has an effect.
    if self.thread.doorbell.was_interrupted() {
      return self.border.status(Status::Interrupted);
    }
    let mut edge = None;
    if let Needs::Answer(_) = entrance.needs {
      match self.edge_of(&mut entrance, timeout) {
        Ok(entered) => edge = entered,
        Err(names) => return self.circle(&names),
      }
    }
    let ticket = self.tickets.borrow().next();
    if let Some(completion) = entrance.wait.begin(&self.at_door, ticket) {
      return self.hand_over_at_once(entrance, completion);
    }
    let deadline = entrance.deadline(timeout);
    let entered = self.edge_of(&mut entrance, timeout);
    let runner = entrance.runner;
    let mut ticketed = self.ticketed(entrance, deadline, true);
    match entered {
      Ok(entered) => {
        ticketed.edge = entered.or(edge);
        let core = runner.map(|runner| &runner.core);
        let blocked = Blocked { ticket, deadline, spin: ticketed.spin, place: ticketed.place, core };
        self.tickets.borrow_mut().issue(ticketed);
        self.block(&blocked)
      }
      Err(names) => self.refuse_circle(ticket, ticketed, &names),
    }
  }

  fn ticketed(&self, entrance: Entrance<'_>, deadline: Deadline, is_blocking: bool) -> Ticketed {
    let (subjects, epoch) = (entrance.subjects(), fail_fast::epoch());
    let Entrance { wait, task, runner, .. } = entrance;
    let round = self.tickets.borrow_mut().next_round();
    let spin = runner.map_or(SpinPolicy::Adaptive, |runner| runner.spin());
    let place = if is_blocking { wait.place(task.as_ref()) } else { 0 };
    Ticketed { wait, task, round, alarm: None, deadline, edge: None, is_blocking, subjects, epoch, spin, place }
  }

  /// Hands over an outcome that was there already.
  fn hand_over_at_once(&self, entrance: Entrance<'_>, completion: Completion) -> Value {
    let Entrance { mut wait, mut task, .. } = entrance;
    let mut completion = wait.settle(completion, &mut task);
    self.turns.count_completion(&completion);
    self.border.complete(&mut completion, task.as_ref())
  }

  /// Has the loop find an outcome that was there already in its next turn, and behind it, in order, whatever comes in
  /// the meantime. If the thread ends before, it goes back like any other that was not seen.
  fn hand_over_next_turn(&self, ticket: u32, ticketed: Ticketed, completion: Completion) -> Value {
    self.tickets.borrow_mut().issue(ticketed);
    // The hub of a running thread takes it; a dead one hands it back.
    if let Err(Entry::Completed(_, refused)) = self.thread.hub.push(Entry::Completed(ticket, completion)) {
      let ticketed = self.tickets.borrow_mut().remove(ticket);
      return self.hand_over(ticket, ticketed, Some(refused));
    }
    self.keep_alive_while_needed();
    self.border.parked(if self.turns.pause() { Status::ParkedForTurn } else { Status::Parked }, ticket)
  }

  /// Withdraws a wait that has only just begun; `None` where it has been served already.
  pub(super) fn leave_at_once(&self, ticketed: &mut Ticketed, status: Status) -> Option<Value> {
    ticketed.wait.withdraw().then(|| self.border.withdrawn(status, ticketed.wait.inserted()))
  }

  fn park_at_hub(&self, ticket: u32, mut ticketed: Ticketed, timers: Option<&Timers>) -> Value {
    ticketed.alarm = ticketed.deadline.instant().zip(timers).map(|(at, timers)| {
      let thread: Weak<JsThread> = Arc::downgrade(&self.thread);
      timers.set(at, thread, ticket, ticketed.round)
    });
    self.tickets.borrow_mut().issue(ticketed);
    self.keep_alive_while_needed();
    self.border.parked(Status::Parked, ticket)
  }

  /// Gives up the wait that JavaScript was told of and could not claim.
  pub fn drop_unclaimed(&self) {
    let unclaimed = self.border.control.read(Word::Unclaimed);
    if unclaimed != 0 {
      self.border.control.write(Word::Unclaimed, 0);
      self.disown(unclaimed.unsigned_abs() - 1);
      if unclaimed < 0 {
        self.turns.begin(); // Nobody will say that the loop has come round.
        self.thread.hub.wake();
      }
    }
  }

  /// Ends a wait that nobody will look at: it leaves its list, or what it was served goes back.
  fn disown(&self, ticket: u32) {
    let Some(mut ticketed) = self.tickets.borrow_mut().remove(ticket) else { return };
    ticketed.clear_alarm();
    if !ticketed.wait.withdraw() {
      // A wait for one of two things may have both.
      let take = || if ticketed.is_blocking { self.thread.doorbell.take(ticket) } else { self.take_completed(ticket) };
      let completions: Vec<_> = std::iter::from_fn(take).collect();
      for completion in completions {
        ticketed.wait.give_back(completion);
      }
    }
    self.keep_alive_while_needed();
  }

  /// Ends a wait that JavaScript no longer wants; false when its outcome is on the way.
  pub fn abandon(&self, ticket: u32) -> bool {
    let mut tickets = self.tickets.borrow_mut();
    let Some(ticketed) = tickets.get_mut(ticket) else { return false };
    if !ticketed.wait.withdraw() {
      return false;
    }
    self.border.control.write_count(Word::Count, ticketed.wait.inserted());
    if let Some(ticketed) = tickets.remove(ticket) {
      ticketed.clear_alarm();
    }
    drop(tickets);
    self.keep_alive_while_needed();
    true
  }
}
