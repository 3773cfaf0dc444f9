//! Matrix: an error that is kept while those who wait for the task do not have it yet × reported, taken, given up, end of
//! the runner; runners of a thread × one, several, none.

use crate::{
  binding::{
    threads::{
      js_thread::{JsThread, Service},
      runner::{Manner, Runner},
      task::{Description, Task},
    },
    values::{outcome::Settlement, payload::Payload, protocol::Kind, thing::next_id},
  },
  core::error::End,
};
use std::sync::Arc;

fn runner(maker: &Arc<JsThread>, listens: bool) -> Arc<Runner> {
  let runner = Runner::new(next_id(), Arc::clone(maker), "mine".to_owned());
  runner.employ(Manner { listens, ..Manner::default() });
  runner
}

fn task(runner: &Arc<Runner>) -> Arc<Task> {
  let description = Description {
    kind: Kind::Ordinary,
    name: Some("fails".into()),
    source: None,
    lifetime: f64::INFINITY,
    note: String::new(),
  };
  Task::new(Arc::clone(runner), description, Some(Payload::Undefined))
}

fn error() -> Settlement {
  Settlement::new(true, Payload::Number(7.0))
}

fn number_of(task: &Task) -> Option<f64> {
  match &*task.failure()? {
    Payload::Number(number) => Some(*number),
    _ => None,
  }
}

#[test]
fn a_failure_is_kept_with_its_error_before_the_task_is_done() {
  let thread = JsThread::new();
  let task = task(&runner(&thread, false));
  assert_eq!(number_of(&task), None);
  task.keep_with(&error());
  assert!(!task.future.done());
  let (_, taken) = Runner::take_unseen_of(&thread).expect("it is kept");
  assert_eq!(taken.iter().map(|task| number_of(task)).collect::<Vec<_>>(), [Some(7.0)]);
  task.publish(error());
  assert_eq!(number_of(&task), Some(7.0));
  assert!(Runner::take_unseen_of(&thread).is_none(), "it is told once");
}

#[test]
fn a_failure_is_reported_once_though_the_task_is_not_done_yet() {
  let thread = JsThread::new();
  let listening = runner(&thread, true);
  let (own, other) = (task(&listening), task(&runner(&JsThread::new(), true)));
  own.keep_with(&error());
  other.keep_with(&error());
  Runner::report_unseen_of(&thread);
  let Some(Service::Failure(_, told)) = thread.take_service() else { panic!("it is reported") };
  assert_eq!((told.id, number_of(&told)), (own.id, Some(7.0)));
  own.publish(error());
  own.report(); // As its loop does.
  Runner::report_unseen_of(&thread);
  assert!(thread.take_service().is_none(), "once, and none of another thread's runners");
  own.retrieved();
  other.retrieved();
}

#[test]
fn the_end_of_a_runner_that_comes_first_hides_no_failure_of_another_one() {
  let thread = JsThread::new();
  let (ended, open) = (runner(&thread, false), runner(&thread, false));
  let tasks = [task(&ended), task(&open)];
  for task in &tasks {
    task.keep_with(&error());
  }
  tasks[0].end(End::Died);
  let mut taken = Vec::new();
  while let Some((_, tasks)) = Runner::take_unseen_of(&thread) {
    taken.extend(tasks.iter().map(|task| number_of(task)));
  }
  assert_eq!(taken, [None, Some(7.0)]);
}

#[test]
fn an_error_that_a_runners_end_came_before_is_not_kept() {
  let thread = JsThread::new();
  let runner = runner(&thread, false);
  let task = task(&runner);
  task.keep_with(&error());
  task.end(End::Died);
  task.publish(error());
  assert!(runner.failures().is_empty() && number_of(&task).is_none());
}

#[test]
fn a_task_that_is_given_up_while_it_fails_is_told_of_and_not_kept() {
  let thread = JsThread::new();
  let runner = runner(&thread, false);
  let task = task(&runner);
  task.keep_with(&error());
  task.give_up();
  task.publish(error());
  assert!(matches!(thread.take_service(), Some(Service::GivenUp(told)) if told.id == task.id));
  assert!(runner.failures().is_empty());
}
