//! A thread that blocks: how it looks, sleeps, serves and gives up.
//!
//! Promises that a blocked thread notices within 25 to 100 ms when its environment is going (Node would otherwise hang
//! in `terminate` and at exit), and lets V8 do within that time what it was asked for: a debugger's orders above all.
//!
//! 1. A blocked thread's wait stays in its list while JavaScript serves what the thread was asked for: it does not lose
//!    its place.
//! 2. JavaScript may run while V8 does what it was asked for, and may come through any door of this thread; nothing is
//!    borrowed meanwhile, and no outcome has been taken.

use super::{
  due::{Blocked, Plan},
  environment::Environment,
  made::WATCH,
  tickets::Ticketed,
  wait::Wait,
};
use crate::{
  binding::{
    node::js::Value,
    values::{
      outcome::Completion,
      payload::Payload,
      protocol::{Status, Word},
    },
  },
  core::{cores::two_cores, deadline::Deadline, queue::Put, spin::SpinPolicy},
};
use std::{
  ops::RangeInclusive,
  time::{Duration, Instant},
};

/// How often a parked thread asks whether its environment is still there: the longer it has waited, the more rarely,
/// for each look takes some 75 µs.
const LIVENESS: RangeInclusive<Duration> = Duration::from_millis(25)..=Duration::from_millis(100);

/// The same where the inspector is open: a debugger's orders to another thread pass through the main thread.
const INSPECTED: Duration = Duration::from_millis(5);

/// For how long a putter that was served waits for more room, and for how long where nobody takes anything.
const LONGEST_LINGERING: Duration = Duration::from_micros(30);
const STANDSTILL: Duration = Duration::from_micros(10);

/// How often it looks: the longer before there can be so much room, the more rarely. A look takes the lock of the queue, and
/// the cache line of that away from those who take.
const LINGERING_STEP: RangeInclusive<Duration> = Duration::from_nanos(250)..=Duration::from_nanos(2_500);

/// To take an item takes at least this long.
const LEAST_TAKE: Duration = Duration::from_nanos(100);

impl Environment {
  /// Blocks in a wait that has begun.
  pub fn block(&self, blocked: &Blocked<'_>) -> Value {
    if !self.serves() {
      return self.sleep(blocked);
    }
    self.fall_asleep(blocked.ticket);
    let value = self.sleep(blocked);
    self.wake_up();
    value
  }

  /// Goes on with a blocking wait that was left for a service.
  pub fn resume(&self, ticket: u32) -> Value {
    if let Some(refused) = self.refuse_if_circle(ticket) {
      return refused;
    }
    let ticketed = self.tickets.borrow_mut().get_mut(ticket).map(|ticketed| (ticketed.deadline, ticketed.spin));
    match ticketed {
      // How long it takes in all is not learnt from the part that is left.
      Some((deadline, spin)) => self.block(&Blocked { ticket, deadline, spin, place: 0, core: None }),
      None => self.border.status(Status::Gone),
    }
  }

  /// This thread, which runs a server's loop, sleeps from now on until its wait is served: see `rest.rs`.
  fn fall_asleep(&self, ticket: u32) {
    self.thread.hub.end_rest();
    if self.thread.doorbell.park(ticket)
      && let Some(runner) = self.own_runner()
    {
      runner.tell_rest();
    }
  }

  /// It is awake again, and rests no sooner than the wake function says so.
  fn wake_up(&self) {
    self.thread.doorbell.unpark();
    self.thread.hub.wake();
  }

  fn sleep(&self, blocked: &Blocked<'_>) -> Value {
    let ticket = blocked.ticket;
    self.thread.core.note();
    let begun = Instant::now();
    let plan = self.plan(blocked);
    let mut completion = if self.thread.doorbell.is_asked() { None } else { self.look(blocked, begun, plan) };
    let was_seen = completion.is_some();
    let mut took = self.looks.door.looked();
    if !was_seen {
      let parked = self.park(blocked, begun, plan);
      self.is_awake();
      match parked {
        Ok(outcome) => completion = Some(outcome),
        Err(value) => return value,
      }
      took = begun.elapsed();
    }
    self.looks.paces.learn(blocked.place, took);
    let ticketed = self.tickets.borrow_mut().remove(ticket);
    if was_seen && let Some(Ticketed { wait: Wait::Put(put), .. }) = &ticketed {
      linger(put, blocked.spin);
    }
    self.hand_over(ticket, ticketed, completion)
  }

  /// Hands over the outcome of a blocking wait.
  pub fn hand_over(&self, ticket: u32, ticketed: Option<Ticketed>, completion: Option<Completion>) -> Value {
    let (Some(mut ticketed), Some(first)) = (ticketed, completion) else { return self.border.js.undefined() };
    let first = ticketed.wait.finish(first, &self.thread.doorbell, ticket);
    let mut completion = ticketed.settle(first);
    self.border.complete(&mut completion, ticketed.task.as_ref())
  }

  /// Sleeps until there is an outcome, or something else to return with.
  fn park(&self, blocked: &Blocked<'_>, since: Instant, plan: Plan) -> Result<Completion, Value> {
    let Blocked { ticket, deadline, .. } = *blocked;
    let mut counted = since;
    let mut is_alive = true;
    let mut unanswered = None;
    self.sleeps(ticket);
    if let Plan::LookWhenDue(due) = plan
      && let Some(completion) = self.look_when_due(blocked, since, due)
    {
      return Ok(completion);
    }
    loop {
      // A thread that always finds its outcome looks after what it is asked for, too.
      if is_alive && let Some(completion) = self.thread.doorbell.take_unasked(ticket) {
        return Ok(completion);
      }
      if let Some(value) = self.fail_ticket_if_owed(ticket) {
        return Err(value);
      }
      match self.reason_to_stop(deadline, is_alive) {
        Some(Status::Service) => return Err(self.border.parked(Status::Service, ticket)),
        // Where it cannot be given up it was served at the last moment: the outcome is there. A Ctrl-C is then for the
        // next wait.
        Some(status) => {
          if let Some(value) = self.give_up(ticket, status, is_alive) {
            if status == Status::Interrupted && is_alive {
              self.thread.doorbell.was_interrupted();
            }
            return Err(value);
          }
        }
        None => {
          let slice = self.slice(since.elapsed());
          std::thread::park_timeout(Deadline::after(slice).min(deadline).remaining().unwrap_or(slice));
          // A short wait is spared it: what V8 is asked for in so short a time waits until the door is left.
          if since.elapsed() >= self.slice(Duration::ZERO) {
            is_alive = self.look_up(ticket);
            self.sleeps(ticket);
          }
          counted = self.count_blocked(ticket, counted);
          unanswered = self.look_for_own_call(ticket, unanswered);
        }
      }
    }
  }

  /// Counts what this thread has blocked in a wait since then.
  fn count_blocked(&self, ticket: u32, since: Instant) -> Instant {
    let about = self.tickets.borrow_mut().get_mut(ticket).map(|ticketed| (ticketed.subjects.clone(), ticketed.sleep()));
    about.map_or(since, |(subjects, sleep)| self.has_blocked(subjects.all(), sleep, since))
  }

  /// Says what this thread, whose loop stands still meanwhile, sleeps for.
  fn sleeps(&self, ticket: u32) {
    let what = self.tickets.borrow_mut().get_mut(ticket).and_then(|ticketed| ticketed.sleep());
    self.thread.doorbell.sleep(what);
  }

  /// A thread that comes out of a door has got on, as one whose loop comes round.
  fn is_awake(&self) {
    self.thread.hub.count_turn(); // First: a look sees that it sleeps, or that it has got on.
    self.thread.doorbell.sleep(None);
  }

  /// How long a thread that has waited for so long sleeps at once.
  fn slice(&self, waited: Duration) -> Duration {
    if self.border.control.read(Word::Inspected) > 0 {
      return INSPECTED;
    }
    if self.border.control.read(Word::Watching) > 0 {
      return WATCH;
    }
    (waited / 8).clamp(*LIVENESS.start(), *LIVENESS.end())
  }

  /// Lets V8 do what it was asked for, which it does wherever a function is entered; false where that ends what runs. A debugger may have had this thread block in another wait meanwhile (invariant 2).
  fn look_up(&self, ticket: u32) -> bool {
    let is_alive = self.border.look_up().is_some();
    if is_alive && self.serves() && !self.thread.doorbell.is_for(ticket) {
      self.fall_asleep(ticket);
    }
    is_alive
  }

  /// `has_looked`: no look of this wait has failed. One fails where the environment is going, and where V8 was asked to end
  /// what runs: by a Ctrl-C in the REPL, by the timeout of `vm`, by a debugger. Of that, new versions of Node know nothing
  /// any more once the look has returned.
  fn reason_to_stop(&self, deadline: Deadline, has_looked: bool) -> Option<Status> {
    if !self.border.is_alive() {
      return Some(Status::Gone);
    }
    if !has_looked {
      return Some(Status::Interrupted);
    }
    // Services come first: the outcome may be there by then, and a Ctrl-C is for the next wait.
    if self.thread.doorbell.was_asked() || self.has_runners_to_watch() {
      return Some(Status::Service);
    }
    if self.thread.doorbell.is_interrupted() {
      return Some(Status::Interrupted);
    }
    deadline.has_passed().then_some(Status::TimedOut)
  }

  fn has_runners_to_watch(&self) -> bool {
    self.border.control.read(Word::Watching) > 0 && self.made.is_time_to_watch()
  }

  /// Withdraws a blocking wait; `None` when it has been served after all. A thread that is going, and one that is ended from
  /// outside, will not look at what has come: then that is given back.
  fn give_up(&self, ticket: u32, status: Status, has_looked: bool) -> Option<Value> {
    let mut tickets = self.tickets.borrow_mut();
    let ticketed = tickets.get_mut(ticket)?;
    if !ticketed.wait.withdraw() {
      if (status == Status::Gone || !has_looked)
        && let Some(completion) = self.thread.doorbell.take(ticket)
      {
        ticketed.wait.give_back(completion); // This thread will not look at it: the next waiter gets it.
        tickets.remove(ticket);
        return Some(self.border.status(status));
      }
      return None;
    }
    let inserted = ticketed.wait.inserted();
    tickets.remove(ticket);
    Some(self.border.withdrawn(status, inserted))
  }
}

/// Room has come for a putter that looked for it. Its next item would wait as well, and the one after that, each for
/// one step of the taker: with half of the queue free, both go on for many items without a look at each other.
fn linger(put: &Put<Payload>, policy: SpinPolicy) {
  let longest = match policy {
    SpinPolicy::Adaptive => LONGEST_LINGERING,
    SpinPolicy::Fixed(span) => span.min(LONGEST_LINGERING),
  };
  let begun = Instant::now();
  let (mut now, mut moved, mut fewest) = (begun, begun, usize::MAX);
  while two_cores() && now - begun < longest && now - moved < STANDSTILL {
    let Some(excess) = put.excess() else { return };
    if excess < fewest {
      (fewest, moved) = (excess, now);
    }
    let step = LEAST_TAKE.saturating_mul(u32::try_from(excess).unwrap_or(u32::MAX));
    now = spin_until(now + step.clamp(*LINGERING_STEP.start(), *LINGERING_STEP.end()));
  }
}

/// Returns when it is that late.
fn spin_until(due: Instant) -> Instant {
  loop {
    (0..8).for_each(|_| std::hint::spin_loop());
    let now = Instant::now();
    if now >= due {
      return now;
    }
  }
}
