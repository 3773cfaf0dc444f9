//! A thread that blocks for a task of its own server, whose call that very thread would have to handle, or whose clock it
//! would have to move.
//!
//! Promises to tell of it once, after a second in which the task has waited so and the server's loop has done nothing, and only
//! where no other thread could do it. It is no error: a timer may end the task, or a hook that is called meanwhile.

use super::environment::Environment;
use crate::{
  binding::threads::{js_thread::Service, runner::Runner, silence::PATIENCE, task::Task},
  core::deadline::Deadline,
};
use std::{
  sync::Arc,
  time::{Duration, Instant},
};

/// A loop that computes no more than this in all that time does nothing.
const NOTHING: Duration = Duration::from_millis(10);

/// Since when it is so, and how much the loop's thread had computed by then, where that can be told.
#[derive(Clone, Copy)]
pub(super) struct Standstill {
  since: Instant,
  computed: Option<Duration>,
}

impl Standstill {
  fn begin(runner: &Runner) -> Self {
    Self { since: Instant::now(), computed: runner.thread().and_then(|thread| thread.computed()) }
  }

  /// What has run since then without the core's knowledge, a timer for instance, has computed.
  fn goes_on(&self, runner: &Runner) -> bool {
    runner.thread().and_then(|thread| thread.computed_since(self.computed)).is_none_or(|time| time < NOTHING)
  }
}

impl Environment {
  /// Looks whether it is so, and was so before.
  pub(super) fn look_for_own_call(&self, ticket: u32, before: Option<Standstill>) -> Option<Standstill> {
    let task = self.own_task(ticket)?;
    let found = task.runner.unanswered(task.id)?;
    // Who waits for the clock is not known, where there are several tasks.
    let is_alone = || task.runner.tasks() == (0, 1);
    let is_its_own = found.waiting.count > 0 || found.times > 0 && is_alone();
    if !is_its_own || found.is_shared || !task.runner.is_at_rest() {
      return None;
    }
    let standstill = before.filter(|it| it.goes_on(&task.runner)).unwrap_or_else(|| Standstill::begin(&task.runner));
    if standstill.since.elapsed() >= PATIENCE && task.notice() {
      self.thread.ask(Service::Unanswered(task));
    }
    Some(standstill)
  }

  /// The task that this thread blocks for without a timeout, if it is one of a runner that this thread has made.
  fn own_task(&self, ticket: u32) -> Option<Arc<Task>> {
    let mut tickets = self.tickets.borrow_mut();
    let ticketed = tickets.get_mut(ticket)?;
    let is_endless = ticketed.is_blocking && ticketed.deadline == Deadline::NEVER;
    let task = ticketed.task.as_ref().filter(|task| is_endless && task.runner.was_made_by(&self.thread))?;
    Some(Arc::clone(task))
  }
}
