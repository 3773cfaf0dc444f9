//! The doors to a wait: try once, await, or block.
//!
//! Promises that all of them run the same operation, that a wait which ends without success has had no effect, and that
//! a blocked thread notices within 25 to 100 ms when its environment is going (Node would otherwise hang in `terminate`
//! and at exit).
//!
//! 1. A blocked thread's wait stays in its list while JavaScript serves what the thread was asked for: it does not lose
//!    its place.

use super::{
  call::{Fault, JsCall},
  environment::Environment,
  tickets::Ticketed,
  wait::{Taker, Wait},
};
use crate::{
  binding::{
    node::js::Value,
    threads::{
      alarms::Timers,
      deadlock::{self, Edge},
      js_thread::JsThread,
      runner::Runner,
      task::Task,
    },
    values::{
      outcome::Completion,
      payload::Payload,
      protocol::{Door, Status, Word},
    },
  },
  core::{
    deadline::Deadline,
    queue::Put,
    spin::{Spin, SpinPolicy},
  },
};
use std::{
  ops::RangeInclusive,
  sync::{Arc, Weak},
  time::{Duration, Instant},
};

impl JsCall<'_> {
  /// Goes through the door that an argument names, with the timeout that the next one gives.
  pub fn enter(&self, entrance: Entrance<'_>, door: usize) -> Result<Value, Fault> {
    self.enter_for(entrance, door, self.number(door + 1)?)
  }

  /// The same with this timeout.
  pub fn enter_for(&self, entrance: Entrance<'_>, door: usize, timeout: f64) -> Result<Value, Fault> {
    match Door::from_number(self.integer(door)?) {
      None | Some(Door::Try) => Err(Fault::argument(door)), // `Try` leads past the wait lists.
      Some(door) => Ok(self.environment.enter(entrance, door, timeout)),
    }
  }
}

/// How often a parked thread asks whether its environment is still there: the longer it has waited, the more rarely, for
/// each look takes some 75 µs.
const LIVENESS: RangeInclusive<Duration> = Duration::from_millis(25)..=Duration::from_millis(100);

/// For how long a putter that was served waits for more room.
const LONGEST_LINGERING: Duration = Duration::from_micros(10);
const LINGERING_PAUSES: u32 = 16;

/// A wait that is about to begin.
pub struct Entrance<'a> {
  pub wait: Wait,
  pub task: Option<Arc<Task>>,
  /// Whose default a left-out timeout is, and whose loop the wait needs.
  pub runner: Option<&'a Arc<Runner>>,
  /// Whether that loop is the only one that can end the wait.
  pub needs_loop: bool,
}

impl<'a> Entrance<'a> {
  /// A wait that others than the runner's loop can end, too.
  pub fn to(wait: Wait, runner: Option<&'a Arc<Runner>>) -> Self {
    Self { wait, task: None, runner, needs_loop: false }
  }

  /// A wait that only the runner's loop can end.
  pub fn to_loop(wait: Wait, runner: &'a Arc<Runner>) -> Self {
    Self { wait, task: None, runner: Some(runner), needs_loop: true }
  }
}

/// Milliseconds as JavaScript gives them; infinity, and what is too long for the clock, is for ever.
pub fn deadline_after(milliseconds: f64) -> Deadline {
  Duration::try_from_secs_f64(milliseconds / 1000.0).map_or(Deadline::NEVER, Deadline::after)
}

impl Environment {
  /// Goes through a door. `timeout` is in milliseconds, negative where it was left out.
  pub fn enter(&self, entrance: Entrance<'_>, door: Door, timeout: f64) -> Value {
    let Entrance { mut wait, task, runner, needs_loop } = entrance;
    // A Ctrl-C that no listener has heard yet ends the next wait before it has an effect.
    if door == Door::Block && self.doorbell.was_interrupted() {
      return self.control.status(self.js, Status::Interrupted);
    }
    let ticket = self.tickets.borrow().next();
    let taker = match door {
      Door::Try | Door::Await => Taker::Loop(Arc::clone(&self.thread)),
      Door::Block => Taker::Thread(Arc::clone(&self.doorbell)),
    };
    if let Some(mut completion) = wait.begin(&taker, ticket) {
      if door == Door::Await && self.owes_turn() {
        return self.hand_over_next_turn(ticket, Ticketed::served(wait, task), completion);
      }
      self.was_ready(&completion);
      return self.complete(&mut completion, task.as_ref());
    }
    let timeout = match runner {
      Some(runner) if timeout < 0.0 && door == Door::Block => runner.call_in_loop_timeout(),
      _ if timeout < 0.0 => f64::INFINITY,
      _ => timeout,
    };
    let round = self.tickets.borrow_mut().next_round();
    let deadline = deadline_after(timeout);
    let spin = runner.map_or(SpinPolicy::Adaptive, |runner| runner.spin());
    let is_blocking = door == Door::Block;
    let mut ticketed = Ticketed { wait, task, round, alarm: None, deadline, edge: None, is_blocking, spin };
    match door {
      // A poll leaves no waiter behind. One that was served meanwhile finds its outcome in the hub.
      Door::Await if timeout == 0.0 => {
        let left = self.leave_at_once(&mut ticketed, Status::TimedOut);
        left.unwrap_or_else(|| self.park_at_hub(ticket, ticketed))
      }
      Door::Try | Door::Await => self.park_at_hub(ticket, ticketed),
      Door::Block => match self.edge_to(runner.filter(|_| needs_loop), deadline) {
        Ok(edge) => {
          ticketed.edge = edge;
          self.tickets.borrow_mut().issue(ticketed);
          self.block(ticket, deadline, spin)
        }
        Err(names) => {
          let left = self.leave_at_once(&mut ticketed, Status::Deadlock);
          let late = || self.hand_over(ticket, Some(ticketed), self.doorbell.take(ticket));
          left.map_or_else(late, |_| self.js.string(&names))
        }
      },
    }
  }

  /// Withdraws a wait that has only just begun; `None` where it has been served already.
  fn leave_at_once(&self, ticketed: &mut Ticketed, status: Status) -> Option<Value> {
    if !ticketed.wait.withdraw() {
      return None;
    }
    self.control.write_count(Word::Count, ticketed.wait.inserted());
    Some(self.control.status(self.js, status))
  }

  /// Hands over the outcome of a blocking wait.
  fn hand_over(&self, ticket: u32, ticketed: Option<Ticketed>, completion: Option<Completion>) -> Value {
    let (Some(mut ticketed), Some(first)) = (ticketed, completion) else { return self.js.undefined() };
    let mut completion = ticketed.wait.finish(first, &self.doorbell, ticket);
    self.complete(&mut completion, ticketed.task.as_ref())
  }

  fn park_at_hub(&self, ticket: u32, mut ticketed: Ticketed) -> Value {
    ticketed.alarm = ticketed.deadline.instant().map(|at| {
      let hub: Weak<JsThread> = Arc::downgrade(&self.thread);
      Timers::shared().set(at, hub, ticket, ticketed.round)
    });
    self.tickets.borrow_mut().issue(ticketed);
    self.keep_alive_while_needed();
    self.control.write(Word::Extra, ticket.cast_signed());
    self.control.status(self.js, Status::Parked)
  }

  /// What this thread's loop waits for from now on, unless that closes a circle. With a timeout a circle ends by itself,
  /// but one's own loop is waited for in vain in any case.
  fn edge_to(&self, there: Option<&Arc<Runner>>, deadline: Deadline) -> Result<Option<Edge>, String> {
    match (&*self.runner.borrow(), there) {
      (Some(here), Some(there)) if deadline == Deadline::NEVER || here.id == there.id => {
        deadlock::enter(here, there).map(Some)
      }
      _ => Ok(None),
    }
  }

  /// Goes on with a blocking wait that was left for a service.
  pub fn resume(&self, ticket: u32) -> Value {
    let ticketed = self.tickets.borrow_mut().get_mut(ticket).map(|ticketed| (ticketed.deadline, ticketed.spin));
    match ticketed {
      Some((deadline, spin)) => self.block(ticket, deadline, spin),
      None => self.control.status(self.js, Status::Gone),
    }
  }

  fn block(&self, ticket: u32, deadline: Deadline, spin: SpinPolicy) -> Value {
    if !self.serves() {
      return self.sleep(ticket, deadline, spin);
    }
    self.fall_asleep(ticket);
    let value = self.sleep(ticket, deadline, spin);
    self.wake_up();
    value
  }

  fn sleep(&self, ticket: u32, deadline: Deadline, policy: SpinPolicy) -> Value {
    let mut completion = if self.doorbell.is_asked() { None } else { self.look(ticket, policy) };
    let was_seen = completion.is_some();
    if !was_seen {
      match self.park(ticket, deadline) {
        Ok(outcome) => completion = Some(outcome),
        Err(value) => return value,
      }
    }
    let ticketed = self.tickets.borrow_mut().remove(ticket);
    if was_seen && let Some(Ticketed { wait: Wait::Put(put), .. }) = &ticketed {
      linger(put, policy);
    }
    self.hand_over(ticket, ticketed, completion)
  }

  /// Looks for the outcome for a while.
  fn look(&self, ticket: u32, policy: SpinPolicy) -> Option<Completion> {
    let mut spin = self.spin.get();
    let completion = spin.until_by(policy, || self.doorbell.take(ticket));
    self.spin.set(spin);
    completion
  }

  /// Sleeps until there is an outcome, or something else to return with.
  fn park(&self, ticket: u32, deadline: Deadline) -> Result<Completion, Value> {
    let since = Instant::now();
    loop {
      // A thread that always finds its outcome looks after what it is asked for, too.
      if !self.doorbell.is_asked()
        && let Some(completion) = self.doorbell.take(ticket)
      {
        return Ok(completion);
      }
      match self.reason_to_stop(deadline) {
        Some(Status::Service) => {
          self.control.write(Word::Extra, ticket.cast_signed());
          return Err(self.control.status(self.js, Status::Service));
        }
        // Where it cannot be given up it was served at the last moment: the outcome is there.
        Some(status) => {
          if let Some(value) = self.give_up(ticket, status) {
            return Err(value);
          }
        }
        None => {
          let slice = (since.elapsed() / 8).clamp(*LIVENESS.start(), *LIVENESS.end());
          std::thread::park_timeout(Deadline::after(slice).min(deadline).remaining().unwrap_or(slice));
        }
      }
    }
  }

  fn reason_to_stop(&self, deadline: Deadline) -> Option<Status> {
    if !self.control.is_alive(self.js) {
      return Some(Status::Gone);
    }
    // First, for the outcome may be there: then a Ctrl-C is for the next wait.
    if self.doorbell.was_asked() || self.has_boots_to_watch() {
      return Some(Status::Service);
    }
    if self.doorbell.was_interrupted() {
      return Some(Status::Interrupted);
    }
    deadline.has_passed().then_some(Status::TimedOut)
  }

  /// Withdraws a blocking wait; `None` when it has been served after all.
  fn give_up(&self, ticket: u32, status: Status) -> Option<Value> {
    let mut tickets = self.tickets.borrow_mut();
    let ticketed = tickets.get_mut(ticket)?;
    if !ticketed.wait.withdraw() {
      if status == Status::Gone
        && let Some(completion) = self.doorbell.take(ticket)
      {
        ticketed.wait.give_back(completion); // Nobody will look at it: the next waiter gets it.
        tickets.remove(ticket);
        return Some(self.control.status(self.js, status));
      }
      return None;
    }
    let inserted = ticketed.wait.inserted();
    tickets.remove(ticket);
    self.control.write_count(Word::Count, inserted);
    Some(self.control.status(self.js, status))
  }

  /// Ends a wait that JavaScript no longer wants; false when its outcome is on the way.
  pub fn abandon(&self, ticket: u32) -> bool {
    let mut tickets = self.tickets.borrow_mut();
    let Some(ticketed) = tickets.get_mut(ticket) else { return false };
    if !ticketed.wait.withdraw() {
      return false;
    }
    self.control.write_count(Word::Count, ticketed.wait.inserted());
    if let Some(ticketed) = tickets.remove(ticket) {
      ticketed.clear_alarm();
    }
    drop(tickets);
    self.keep_alive_while_needed();
    true
  }
}

/// Room has come for a putter that looked for it. Its next item would wait as well, and the one after that, each for one
/// step of who takes them: with half of the queue free, both go on for many items without a look at each other.
fn linger(put: &Put<Payload>, policy: SpinPolicy) {
  let policy = match policy {
    SpinPolicy::Adaptive => SpinPolicy::Fixed(LONGEST_LINGERING),
    SpinPolicy::Fixed(span) => SpinPolicy::Fixed(span.min(LONGEST_LINGERING)),
  };
  Spin::default().until_by(policy, || {
    // Who looks takes the queue's lock, which those who take from it need.
    (0..LINGERING_PAUSES).for_each(|_| std::hint::spin_loop());
    (!put.is_crowded()).then_some(())
  });
}
