//! A task that is awaited by its handle.

use super::{Flag, PATIENCE, pending_until_dropped, until};
use crate::runner::{AsyncRunner, TaskError};
use std::time::Duration;

#[test]
fn a_handle_is_awaited_on_its_own_loop_and_on_another_and_by_reference_often() {
  let (here, there) = (AsyncRunner::new(), AsyncRunner::new());
  let task = here.create_task(async { 5 });
  let waits = async move { ((&task).await, (&task).await, task.await) };
  assert_eq!(here.run(waits, Some(PATIENCE)), Ok((Ok(5), Ok(5), Ok(5))));
  let task = here.create_task(async { Box::new(6) });
  assert_eq!(there.run(async move { task.await }, Some(PATIENCE)), Ok(Ok(Box::new(6))));
}

#[test]
fn an_awaited_panic_has_been_seen_and_one_that_is_not_waited_for_has_not() {
  let runner = AsyncRunner::new();
  let task = runner.create_task(async { panic!("awaited") });
  let seen: Result<Result<(), _>, _> = runner.run(async move { task.await }, Some(PATIENCE));
  assert!(matches!(seen, Ok(Err(TaskError::Panicked(_)))));
  assert_eq!(runner.close(), Ok(()));
}

#[test]
fn a_wait_that_is_dropped_leaves_the_task_running_and_its_panic_unseen() {
  let runner = AsyncRunner::new();
  let dropped = Flag::default();
  let task = runner.create_task(pending_until_dropped(dropped.clone()));
  let failing = runner.create_task(async { panic!("nobody waits") });
  let waiting = runner.run(async move { task.await }, Some(Duration::from_millis(5)));
  assert_eq!(waiting, Err(TaskError::TimedOut));
  until(|| failing.done());
  drop(IntoFuture::into_future(failing) as super::super::TaskResult<_>);
  assert!(!dropped.is_up());
  assert!(runner.close().is_err());
  assert!(dropped.is_up());
}

#[test]
fn a_cancelled_task_and_one_of_a_runner_that_is_closed_end_the_await() {
  let (runner, other) = (AsyncRunner::new(), AsyncRunner::new());
  let (cancelled, left) =
    (runner.create_task(std::future::pending::<()>()), runner.create_task(std::future::pending::<()>()));
  assert!(cancelled.cancel());
  assert_eq!(other.run(async move { cancelled.await }, Some(PATIENCE)), Ok(Err(TaskError::Cancelled)));
  let waiting = other.create_task(async move { left.await });
  runner.close().expect("no failures");
  assert_eq!(waiting.wait(Some(PATIENCE)), Ok(Err(TaskError::Cancelled)));
}
