//! Matrix: wait, repeated wait, timed-out wait, awaited result × done, pending, cancelled, panicked, loop gone;
//! cancel × before start, parked, done, never awaiting; handle dropped.

use super::{Flag, Held, RaisedByDrop, SHORT, pending_until_dropped, until};
use crate::{
  core::error::End,
  runner::{AsyncRunner, TaskError, TaskFailure},
};
use std::sync::Arc;

#[test]
fn a_result_may_be_asked_for_again_and_again() {
  let runner = AsyncRunner::new();
  let task = runner.create_named_task("adder", async { 40 + 2 });
  assert_eq!(task.wait(None), Ok(42));
  assert_eq!(task.wait(None), Ok(42));
  assert!(task.done() && !task.cancelled());
  assert_eq!(task.name(), "adder");
}

#[test]
fn a_result_reaches_another_loop() {
  let (one, other) = (AsyncRunner::new(), AsyncRunner::new());
  let gate = one.event();
  let waited = gate.clone();
  let task = Arc::new(one.create_task(async move {
    waited.wait_async().await.expect("the gate opens");
    "through"
  }));
  let asked = Arc::clone(&task);
  let answer = other.create_task(async move { asked.result().await });
  assert!(!task.done());
  gate.set();
  assert_eq!(answer.wait(None), Ok(Ok("through")));
}

#[test]
fn a_wait_that_times_out_consumes_nothing() {
  let runner = AsyncRunner::new();
  let gate = runner.event();
  let waited = gate.clone();
  let task = runner.create_task(async move { waited.wait_async().await });
  assert_eq!(task.wait(SHORT), Err(TaskError::TimedOut));
  gate.set();
  assert_eq!(task.wait(None), Ok(Ok(())));
}

#[test]
fn a_cancelled_task_has_cleaned_up_before_anybody_is_told() {
  for _ in 0..200 {
    let runner = AsyncRunner::new();
    let dropped = Flag::default();
    let task = runner.create_task(pending_until_dropped(dropped.clone()));
    assert!(task.cancel());
    assert_eq!(task.wait(None), Err(TaskError::Cancelled));
    assert!(dropped.is_up() || !task.cancelled(), "it was told before it had cleaned up");
    assert!(task.cancelled() && task.done());
  }
}

#[test]
fn a_task_cancelled_before_it_starts_never_starts() {
  let runner = AsyncRunner::new();
  let held = Held::by(&runner);
  let (started, dropped) = (Flag::default(), Flag::default());
  let (starts, drops) = (started.clone(), RaisedByDrop(dropped.clone()));
  let task = runner.create_task(async move {
    starts.raise();
    drop(drops);
  });
  assert!(task.cancel());
  held.release();
  assert_eq!(task.wait(None), Err(TaskError::Cancelled));
  assert!(dropped.is_up() && !started.is_up());
}

#[test]
fn a_cancel_after_the_end_changes_nothing() {
  let runner = AsyncRunner::new();
  let task = runner.create_task(async { 1 });
  task.wait(None).expect("it ends");
  assert!(!task.cancel());
  assert_eq!(task.wait(None), Ok(1));
}

#[test]
fn a_task_that_never_awaits_goes_on_after_a_cancel() {
  let runner = AsyncRunner::new();
  let held = Held::by(&runner);
  held.task.cancel();
  assert_eq!(held.task.wait(SHORT), Err(TaskError::TimedOut));
  assert_eq!(held.release().wait(None), Ok(()), "it had no await at which to end");
}

#[test]
fn a_task_whose_handle_is_dropped_goes_on() {
  let runner = AsyncRunner::new();
  let done = runner.event();
  let sets = done.clone();
  drop(runner.create_task(async move { sets.set() }));
  done.wait(None).expect("it is set");
}

#[test]
fn a_panic_reaches_all_waiters_with_the_name_of_its_task() {
  let runner = AsyncRunner::new();
  let task = runner.create_named_task("clumsy", async { panic!("dropped the {}", "cup") });
  let failure = TaskFailure { task: "clumsy".into(), message: "dropped the cup".into() };
  assert_eq!(task.wait(None), Err::<(), _>(TaskError::Panicked(failure)));
  assert_eq!(runner.run(async { 7 }, None), Ok(7), "the loop goes on");
}

#[test]
fn a_destructor_that_panics_is_a_failure_of_its_task() {
  struct Clumsy;
  impl Drop for Clumsy {
    fn drop(&mut self) {
      panic!("in a destructor");
    }
  }
  struct Instant(Clumsy);
  impl std::future::Future for Instant {
    type Output = ();
    fn poll(self: std::pin::Pin<&mut Self>, _: &mut std::task::Context<'_>) -> std::task::Poll<()> {
      std::task::Poll::Ready(())
    }
  }
  let runner = AsyncRunner::new();
  let task = runner.create_task(Instant(Clumsy));
  assert!(matches!(task.wait(None), Err(TaskError::Panicked(_))));
  assert_eq!(runner.run(async { 7 }, None), Ok(7), "the loop goes on");
}

#[test]
fn a_loop_refuses_to_wait_for_itself_even_for_what_is_done() {
  let runner = AsyncRunner::new();
  let task = Arc::new(runner.create_task(async { 1 }));
  task.wait(None).expect("it ends");
  let asked = Arc::clone(&task);
  assert_eq!(runner.run(async move { asked.wait(None) }, None), Ok(Err(TaskError::WouldDeadlock)));
}

#[test]
fn finished_tasks_are_not_kept() {
  let runner = AsyncRunner::new();
  let shared = Arc::new(());
  for _ in 0..10_000 {
    let held = Arc::clone(&shared);
    drop(runner.create_task(async move { held }));
  }
  until(|| runner.statistics().tasks == 0 && Arc::strong_count(&shared) == 1);
}

#[test]
fn the_death_of_the_loop_ends_every_wait() {
  let runner = AsyncRunner::new();
  let dropped = Flag::default();
  let task = runner.create_task(pending_until_dropped(dropped.clone()));
  until(|| runner.wait_for_next_eventloop_iteration().is_ok());
  runner.kill();
  assert_eq!(task.wait(None), Err(TaskError::Ended(End::Died)));
  assert!(dropped.is_up(), "it was told before it had cleaned up");
  assert!(!task.cancelled());
}
