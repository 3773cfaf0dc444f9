//! Waits that would never end, since what they wait for waits for them: a circle is looked for where a wait begins, and where it
//! goes on after a service.
//!
//! Promises that such a wait is refused with the names on its way, and that it has had no effect; `threads/deadlock.rs` looks.

use super::{
  doors::{Entrance, Needs},
  environment::Environment,
  tickets::Ticketed,
};
use crate::{
  binding::{
    node::js::Value,
    threads::{
      deadlock::{Edge, Look, Need, Until},
      task::Task,
    },
    values::protocol::Status,
  },
  core::deadline::Deadline,
};
use std::sync::Arc;

impl Environment {
  /// What this thread waits for from now on, unless that closes a circle.
  pub(super) fn edge_of(&self, entrance: &mut Entrance<'_>, timeout: f64) -> Result<Option<Edge>, String> {
    let loop_of = |task: &Arc<Task>| Need::Loop(task.runner.id, Until::Settled(task.future.clone()));
    let is_apart = |task: &&Arc<Task>| task.apart().is_some();
    let (needs, serves) = match std::mem::replace(&mut entrance.needs, Needs::Any) {
      Needs::Any => return Ok(None),
      // No loop is needed for what runs on none.
      Needs::LoopOf(task) | Needs::LoopWhileServing(task) if is_apart(&task) => return Ok(None),
      Needs::OneLoopOf(tasks) if tasks.iter().any(|task| is_apart(&task)) => return Ok(None),
      Needs::LoopOf(task) => (vec![loop_of(task)], false),
      Needs::LoopWhileServing(task) => (vec![loop_of(task)], true),
      Needs::OneLoopOf(tasks) if tasks.is_empty() => return Ok(None),
      Needs::OneLoopOf(tasks) => (tasks.iter().map(loop_of).collect(), false),
      Needs::Answer(need) => (vec![need], false),
    };
    let has_timeout = entrance.deadline(timeout) != Deadline::NEVER;
    self.look_for_circles(|look| look.enter(needs, serves, has_timeout).map(Some))
  }

  fn look_for_circles<R>(&self, by: impl FnOnce(&Look<'_>) -> R) -> R {
    by(&Look { here: &self.thread, holds: &|reply| self.border.transit.requests.borrow().has(reply) })
  }

  /// Refuses a wait that was left for a service if it would never end now.
  pub fn refuse_if_circle(&self, ticket: u32) -> Option<Value> {
    let mut tickets = self.tickets.borrow_mut();
    let edge = tickets.get_mut(ticket)?.edge.as_ref()?;
    let names = self.look_for_circles(|look| look.again(edge)).err()?;
    let ticketed = tickets.remove(ticket)?;
    drop(tickets);
    Some(self.refuse_circle(ticket, ticketed, &names))
  }

  pub(super) fn circle(&self, names: &str) -> Value {
    self.border.status(Status::Deadlock);
    self.border.js.string(names)
  }

  /// Leaves a wait that would never end, unless it has been served meanwhile.
  pub(super) fn refuse_circle(&self, ticket: u32, mut ticketed: Ticketed, names: &str) -> Value {
    match self.leave_at_once(&mut ticketed, Status::Deadlock) {
      Some(_) => self.border.js.string(names),
      None => self.hand_over(ticket, Some(ticketed), self.thread.doorbell.take(ticket)),
    }
  }
}
