//! The wait of JavaScript for several things, exactly one of which happens.
//!
//! Promises that it is one wait for the core, which leaves a list or is served as a whole, and that it knows whose default
//! its timeout is, which loops it needs, and which failures of tasks concern it.

use super::{
  subject::{Subject, SubjectKind},
  wait::{Wait, Winner},
};
use crate::{
  binding::{
    threads::{runner::Runner, task::Task},
    values::{
      outcome::{Chosen, Completion},
      payload::Payload,
      thing::Id,
    },
  },
  core::{queue::Get, select::Select},
};
use std::sync::Arc;

/// A wait for several things that is being put together.
#[derive(Default)]
pub struct Choices {
  select: Select<'static, Winner>,
  count: u32,
  /// Of the runners of its things, the one whose default is the least.
  runner: Option<Arc<Runner>>,
  tasks: Vec<Arc<Task>>,
  subjects: Vec<Subject>,
}

/// What such a wait begins with.
pub struct Begun {
  pub wait: Wait,
  pub runner: Option<Arc<Runner>>,
  /// The tasks that are waited for, if it is for nothing else.
  pub tasks: Vec<Arc<Task>>,
  /// Which failures of tasks concern it.
  pub subjects: Vec<Subject>,
}

impl Choices {
  /// Adds the wait for an item of this queue, whose number is `from`.
  pub fn add_get(&mut self, get: Get<Payload>, from: Id, runner: Option<&Arc<Runner>>) {
    self.add_from(Wait::Get(get), from, runner, None);
  }

  /// Adds the wait for room, for an event, a future or a task; others are none.
  pub fn add(&mut self, wait: Wait, runner: Option<&Arc<Runner>>, task: Option<Arc<Task>>) {
    self.add_from(wait, 0, runner, task);
  }

  fn add_from(&mut self, wait: Wait, from: Id, runner: Option<&Arc<Runner>>, task: Option<Arc<Task>>) {
    let index = self.count;
    self.count += 1;
    self.subjects.push(subject_of(runner, task.as_deref()));
    self.tasks.extend(task.clone());
    if let Some(runner) = runner
      && self.runner.as_ref().is_none_or(|least| runner.call_in_loop_timeout() < least.call_in_loop_timeout())
    {
      self.runner = Some(Arc::clone(runner));
    }
    let select = std::mem::take(&mut self.select);
    let winner = move |wait, completion| Winner { wait, chosen: Chosen { index, from, completion }, task };
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
    let Self { select, count, runner, tasks, subjects } = self;
    let is_for_tasks_only = tasks.len() == count as usize;
    let tasks = if is_for_tasks_only { tasks } else { Vec::new() };
    (count > 0).then(|| Begun { wait: Wait::Select(Box::new(select)), runner, tasks, subjects })
  }
}

fn subject_of(runner: Option<&Arc<Runner>>, task: Option<&Task>) -> Subject {
  let kind = if task.is_some() { SubjectKind::Task } else { SubjectKind::Thing };
  let (task, created) = task.map_or((0, 0), |task| (task.id, task.epoch));
  Subject { kind, runner: runner.map_or(0, |runner| runner.id), task, created }
}
