//! Threads that wait for each other: each blocks, without a timeout, for something that only another one can give.
//!
//! Promises to find every circle of such waits before its last one sleeps, and to name its threads; and to find none
//! where a thread outside of the circle could end one of the waits. Queues, events and plain futures, which any thread
//! can serve, are not entered here.
//!
//! 1. A wait with a timeout ends by itself, so it is in nobody's way. It is looked at all the same when it begins: what
//!    it waits for would not come before its time is over.
//! 2. A wait that has been served counts no more, though its thread may not have woken yet.
//! 3. A thread that serves requests may do anything in a handler. So it does not keep an answer from anybody, but for a
//!    call whose handler it is in, or has left with a promise: that one is answered when its loop goes on.
//! 4. A thread that was told of a cancellation or a close may leave its wait. Until it goes on with it, it is in nobody's
//!    way; then it looks itself whether there is a circle.
//! 5. A wait for one of several things is in a circle only where each of them is.
//! 6. A way that comes to a wait it has passed is no way out: that wait ends by another of its things, or never.

use super::{doorbell::Doorbell, js_thread::JsThread, runner::Runner};
use crate::{
  binding::values::{
    outcome::{Answers, Settlement},
    thing::Id,
  },
  core::{future::FutureCell, sync::Mutex, ticks::Ticks},
};
use std::sync::{
  Arc,
  atomic::{AtomicU64, Ordering},
};

/// When a wait is over.
pub enum Until {
  Settled(FutureCell<Settlement>),
  Tick(Ticks, f64),
}

impl Until {
  fn is_over(&self) -> bool {
    match self {
      Self::Settled(future) => future.done(),
      Self::Tick(ticks, due) => ticks.now() >= *due,
    }
  }
}

/// What a wait needs to end.
pub enum Need {
  /// That the loop of a runner is free.
  Loop(Id, Until),
  /// That the thread which made a server answers. Others can as well once the server, or the future of an answer, is
  /// shared with them.
  Answer { maker: Arc<JsThread>, answers: Arc<Answers>, until: Until },
}

impl Need {
  /// The thread that is needed.
  fn thread(&self) -> Id {
    match self {
      Self::Loop(runner, _) => *runner,
      Self::Answer { maker, .. } => maker.number(),
    }
  }

  /// What is waited for, by name.
  fn name(&self) -> String {
    match self {
      Self::Loop(runner, _) => Runner::find(*runner).map(|found| found.name.clone()).unwrap_or_default(),
      Self::Answer { maker, .. } => format!("an answer of {}", maker.name()),
    }
  }

  /// Whether that thread alone can meet it, and has not.
  fn is_sure(&self) -> bool {
    match self {
      Self::Loop(_, until) => !until.is_over(),
      Self::Answer { answers, until, .. } => !answers.is_shared.load(Ordering::SeqCst) && !until.is_over(),
    }
  }

  fn is_answer(&self) -> bool {
    matches!(self, Self::Answer { .. })
  }
}

struct Blocked {
  edge: u64,
  here: Id,
  doorbell: Arc<Doorbell>,
  /// One of these is enough.
  needs: Vec<Need>,
  serves: bool,
  has_timeout: bool,
}

impl Blocked {
  /// Whether it goes on until its need is met.
  fn is_sure(&self) -> bool {
    !self.has_timeout && !self.doorbell.is_being_cut()
  }
}

/// Few threads block at a time: a list is enough. The waits of one thread are in the order in which it began them, each
/// inside the one before.
static BLOCKED: Mutex<Vec<Blocked>> = Mutex::new(Vec::new());

/// One thread's wait; it is over when this is dropped.
pub struct Edge(u64);

/// A thread that looks whether its wait would close a circle.
pub struct Look<'a> {
  pub here: &'a JsThread,
  /// Whether this thread has taken the call of a reply, and only its own loop will answer it.
  pub holds: &'a dyn Fn(&FutureCell<Settlement>) -> bool,
}

impl Look<'_> {
  /// Enters a wait, or names the threads of the circle it would close. One of the `needs` is enough to end it. `serves`:
  /// this thread serves requests meanwhile.
  pub fn enter(&self, needs: Vec<Need>, serves: bool, has_timeout: bool) -> Result<Edge, String> {
    static LAST: AtomicU64 = AtomicU64::new(0);
    self.here.doorbell.cut_over();
    let edge = LAST.fetch_add(1, Ordering::Relaxed);
    let doorbell = Arc::clone(&self.here.doorbell);
    let wait = Blocked { edge, here: self.here.number(), doorbell, needs, serves, has_timeout };
    let mut blocked = BLOCKED.lock();
    self.check(&blocked, &wait)?;
    blocked.push(wait);
    Ok(Edge(edge))
  }

  /// Looks again, after this thread has left the wait for a service (invariant 4).
  pub fn again(&self, edge: &Edge) -> Result<(), String> {
    self.here.doorbell.cut_over();
    let blocked = BLOCKED.lock();
    blocked.iter().find(|wait| wait.edge == edge.0).map_or(Ok(()), |wait| self.check(&blocked, wait))
  }

  fn check(&self, blocked: &[Blocked], wait: &Blocked) -> Result<(), String> {
    if self.here.doorbell.is_being_cut() {
      return Ok(()); // It leaves the wait for that at once, and looks again.
    }
    let names = self.ways(blocked, &wait.needs, wait.serves, &mut Vec::new());
    names.map_or(Ok(()), |names| Err(format!("{} waits for {names}", self.here.name())))
  }

  /// The names on the ways from all that is needed, of which one is enough, back to this thread, if each leads there.
  fn ways(&self, blocked: &[Blocked], needs: &[Need], serves: bool, seen: &mut Vec<u64>) -> Option<String> {
    let ways = needs.iter().map(|need| self.way(blocked, need, serves, seen));
    ways.collect::<Option<Vec<_>>>().map(|names| names.join(", and for "))
  }

  /// The names on the way from what is needed back to this thread, if there is one.
  fn way(&self, blocked: &[Blocked], need: &Need, serves: bool, seen: &mut Vec<u64>) -> Option<String> {
    let there = need.thread();
    if there == self.here.number() {
      return (need.is_sure() && (!serves || self.keeps(need))).then(|| need.name());
    }
    let mut waits = blocked.iter().rev().filter(|wait| wait.here == there).peekable();
    if waits.peek().is_none() || !need.is_sure() {
      return None;
    }
    for wait in waits {
      if wait.serves && need.is_answer() {
        break; // Invariant 3.
      }
      if !wait.is_sure() {
        continue;
      }
      if seen.contains(&wait.edge) {
        return Some(need.name()); // Invariant 6.
      }
      seen.push(wait.edge);
      let rest = self.ways(blocked, &wait.needs, serves, seen);
      seen.pop(); // Another of several things may lead there, too.
      if let Some(rest) = rest {
        return Some(format!("{}, which waits for {rest}", need.name()));
      }
    }
    None
  }

  /// Whether what is needed does not come from this thread, although it serves.
  fn keeps(&self, need: &Need) -> bool {
    match need {
      Need::Loop(..) => true,
      Need::Answer { until: Until::Settled(reply), .. } => (self.holds)(reply),
      Need::Answer { .. } => false,
    }
  }
}

/// How many waits are entered.
pub fn count() -> usize {
  BLOCKED.lock().len()
}

impl Drop for Edge {
  fn drop(&mut self) {
    let mut blocked = BLOCKED.lock();
    let index = blocked.iter().position(|wait| wait.edge == self.0);
    let over = index.map(|index| blocked.remove(index));
    drop(blocked); // LOCK: what was needed may be gone with it.
    drop(over);
  }
}
