//! The wait of JavaScript for several things, exactly one of which happens.
//!
//! Promises that the wait becomes, once its outcome has come, that for the one thing which has happened: what is taken is
//! handed over, or goes back, as if that alone had been waited for.

use super::wait::Wait;
use crate::{
  binding::{
    threads::{runner::Runner, task::Task},
    values::outcome::{Chosen, Completion},
  },
  core::select::Select,
};
use std::sync::Arc;

/// The one that has happened, with the wait for it.
pub struct Winner {
  pub wait: Wait,
  pub chosen: Chosen,
  pub task: Option<Arc<Task>>,
}

/// A wait for several things that is being put together.
#[derive(Default)]
pub struct Choices {
  select: Select<'static, Winner>,
  count: u32,
  /// Of the runners of its things, the one whose default is the least.
  runner: Option<Arc<Runner>>,
  tasks: Vec<Arc<Task>>,
}

/// What such a wait begins with.
pub struct Begun {
  pub wait: Wait,
  pub runner: Option<Arc<Runner>>,
  /// The tasks that are waited for, if it is for nothing else.
  pub tasks: Vec<Arc<Task>>,
}

impl Choices {
  /// Adds a thing. Other waits than those for an item, for room, for an event, a future or a task are none.
  pub fn add(&mut self, wait: Wait, runner: Option<&Arc<Runner>>, task: Option<Arc<Task>>) {
    let index = self.count;
    self.count += 1;
    self.tasks.extend(task.clone());
    if let Some(runner) = runner
      && self.runner.as_ref().is_none_or(|least| runner.call_in_loop_timeout() < least.call_in_loop_timeout())
    {
      self.runner = Some(Arc::clone(runner));
    }
    let select = std::mem::take(&mut self.select);
    let winner = move |wait, completion| Winner { wait, chosen: Chosen { index, completion }, task };
    self.select = match wait {
      Wait::Get(get) => select.or(get, |get, outcome| winner(Wait::Get(get), Completion::Queue(outcome))),
      Wait::Put(put) => select.or(put, |put, outcome| winner(Wait::Put(put), Completion::Queue(outcome))),
      Wait::Event(event) => select.or(event, |event, outcome| winner(Wait::Event(event), Completion::Event(outcome))),
      Wait::Future(future) => {
        select.or(future, |future, outcome| winner(Wait::Future(future), Completion::Future(outcome)))
      }
      _ => select,
    };
  }

  /// The whole wait; `None` where there is nothing to wait for.
  pub fn begin(self) -> Option<Begun> {
    let Self { select, count, runner, tasks } = self;
    let is_for_tasks_only = tasks.len() == count as usize;
    let tasks = if is_for_tasks_only { tasks } else { Vec::new() };
    (count > 0).then(|| Begun { wait: Wait::Select(Box::new(select)), runner, tasks })
  }
}

impl Wait {
  /// Makes of an outcome what is handed over. The wait for several things becomes that for the one that has happened; the
  /// task whose error is seen with it, if it is one, goes to `task`.
  pub fn settle(&mut self, completion: Completion, task: &mut Option<Arc<Task>>) -> Completion {
    let Completion::Branch(branch) = completion else { return completion };
    match std::mem::replace(self, Self::Sleep) {
      Self::Select(select) => {
        let winner = select.finish(branch);
        *self = winner.wait;
        *task = winner.task;
        Completion::Chosen(Box::new(winner.chosen))
      }
      other => {
        *self = other;
        Completion::Branch(branch)
      }
    }
  }
}
