//! Matrix: run, call, next iteration × running, own loop, expired, closed, dead; close × idle, tasks pending, tasks
//! failed, held by a task, from inside, twice, from two threads, after death; drop × the same from inside.

use super::{Flag, Held, SHORT, pending_until_dropped, until};
use crate::{
  core::error::End,
  runner::{AsyncRunner, CloseError, ShutdownType, TaskError},
};
use std::{
  sync::{Arc, OnceLock},
  thread,
  time::{Duration, Instant},
};

#[test]
fn every_task_runs_on_the_one_other_thread() {
  let runner = AsyncRunner::options().name("the loop").start().expect("a thread");
  let threads: Vec<_> = (0..10)
    .map(|_| runner.create_task(async { (thread::current().id(), thread::current().name().map(str::to_owned)) }))
    .map(|task| task.wait(None).expect("it ends"))
    .collect();
  assert!(threads.iter().all(|thread| *thread == threads[0]));
  assert_ne!(threads[0].0, thread::current().id());
  assert_eq!(threads[0].1.as_deref(), Some("the loop"));
  assert_eq!(runner.name(), "the loop");
}

#[test]
fn only_its_own_tasks_are_in_its_loop() {
  let (one, other) = (Arc::new(AsyncRunner::new()), AsyncRunner::new());
  let asked = Arc::clone(&one);
  assert_eq!(other.call_in_loop(move || asked.in_runner_loop()), Ok(false));
  let asked = Arc::downgrade(&one);
  assert_eq!(one.call_in_loop(move || asked.upgrade().is_some_and(|one| one.in_runner_loop())), Ok(true));
  assert!(!one.in_runner_loop());
}

#[test]
fn a_call_from_inside_runs_inline() {
  static RUNNER: OnceLock<AsyncRunner> = OnceLock::new();
  let runner = RUNNER.get_or_init(AsyncRunner::new);
  assert_eq!(runner.call_in_loop(|| runner.call_in_loop(|| thread::current().id())), {
    Ok(runner.call_in_loop(|| thread::current().id()))
  });
}

#[test]
fn a_call_takes_the_runners_timeout() {
  let runner = AsyncRunner::options().call_in_loop_timeout(Duration::from_millis(5)).start().expect("a thread");
  let held = Held::by(&runner);
  let called = Flag::default();
  let calls = called.clone();
  assert_eq!(runner.call_in_loop(move || calls.raise()), Err(TaskError::TimedOut));
  assert_eq!(runner.wait_for_next_eventloop_iteration(), Err(TaskError::TimedOut));
  held.release();
  until(|| runner.statistics().tasks == 0);
  assert!(!called.is_up(), "it ran after it had timed out");
}

#[test]
fn a_run_that_expires_leaves_nothing_running() {
  let runner = AsyncRunner::new();
  let dropped = Flag::default();
  assert_eq!(runner.run(pending_until_dropped(dropped.clone()), SHORT), Err(TaskError::TimedOut));
  until(|| dropped.is_up());
}

#[test]
fn a_run_returns_what_cannot_be_cloned() {
  struct Unique(u8);
  let runner = AsyncRunner::new();
  assert_eq!(runner.run(async { Unique(7) }, None).map(|unique| unique.0), Ok(7));
}

#[test]
fn everything_ready_has_had_its_turn_after_one_iteration() {
  let runner = AsyncRunner::new();
  for _ in 0..100 {
    let flag = Flag::default();
    let raised = flag.clone();
    runner.create_task(async move { raised.raise() });
    runner.wait_for_next_eventloop_iteration().expect("the loop turns");
    assert!(flag.is_up());
  }
}

#[test]
fn a_loop_refuses_to_block_on_itself_before_any_side_effect() {
  let runner = Arc::new(AsyncRunner::new());
  let inside = Arc::clone(&runner);
  let started = Flag::default();
  let starts = started.clone();
  let (ran, closed) = runner
    .call_in_loop(move || (inside.run(async move { starts.raise() }, None), inside.close()))
    .expect("the call goes through");
  assert_eq!((ran, closed), (Err(TaskError::WouldDeadlock), Err(CloseError::WouldDeadlock)));
  assert!(runner.is_running() && !started.is_up());
}

#[test]
fn a_close_is_orderly() {
  let runner = AsyncRunner::new();
  assert!(runner.is_running());
  assert_eq!(runner.shutdown_type(), ShutdownType::NotShutDown);
  let posted = runner.create_task(async { "had its turn" });
  let dropped = Flag::default();
  let pending = runner.create_task(pending_until_dropped(dropped.clone()));
  assert_eq!(runner.close(), Ok(()), "a cancelled task is no error");
  assert_eq!(runner.shutdown_type(), ShutdownType::Stopped);
  assert_eq!(posted.wait(None), Ok("had its turn"));
  assert_eq!(pending.wait(None), Err(TaskError::Cancelled));
  assert!(dropped.is_up() && !runner.is_running());
}

#[test]
fn after_a_close_nothing_starts() {
  let runner = AsyncRunner::new();
  runner.close().expect("in order");
  let dropped = Flag::default();
  let task = runner.create_task(pending_until_dropped(dropped.clone()));
  assert_eq!(task.wait(None), Err(TaskError::Ended(End::Closed)));
  assert!(task.done() && !task.cancelled());
  assert_eq!(runner.run(async { 1 }, None), Err(TaskError::Ended(End::Closed)));
  assert_eq!(runner.call_in_loop(|| 1), Err(TaskError::Ended(End::Closed)));
  assert_eq!(runner.close(), Ok(()), "a second close does nothing");
}

#[test]
fn a_create_amid_a_close_either_runs_or_ends() {
  for _ in 0..200 {
    let runner = AsyncRunner::new();
    thread::scope(|scope| {
      let creator = scope.spawn(|| (0..20).map(|i| runner.create_task(async move { i })).collect::<Vec<_>>());
      runner.close().expect("in order");
      for (i, task) in creator.join().expect("no panic").into_iter().enumerate() {
        match task.wait(None) {
          Ok(value) => assert_eq!(value, i),
          Err(TaskError::Cancelled | TaskError::Ended(End::Closed)) => {}
          Err(other) => panic!("{other}"),
        }
      }
    });
  }
}

#[test]
fn failures_that_nobody_saw_come_as_one_group_once() {
  let runner = AsyncRunner::new();
  let seen = runner.create_named_task("seen", async { panic!("one") });
  for (name, message) in [("first", "two"), ("second", "three")] {
    runner.create_named_task(name, async move { panic!("{message}") });
  }
  seen.wait(None).expect_err("it panicked");
  until(|| runner.statistics().tasks == 0);
  assert_eq!(runner.statistics().unretrieved, 2);
  let Err(CloseError::Tasks(errors)) = runner.close() else { panic!("two failures were unseen") };
  let told: Vec<_> = errors.failures.iter().map(|failure| (failure.task.as_str(), failure.message.as_str())).collect();
  assert_eq!(told, [("first", "two"), ("second", "three")]);
  assert_eq!(runner.close(), Ok(()));
}

#[test]
fn a_held_thread_is_left_behind_and_every_waiter_is_released() {
  let runner = AsyncRunner::options().exit_timeout(Duration::from_millis(30)).start().expect("a thread");
  let queue = runner.queue::<u32>(0);
  let held = Held::by(&runner);
  let never_started = runner.create_task(async { 1 });
  thread::scope(|scope| {
    let parked = scope.spawn(|| queue.get_wait(None));
    let waiting = scope.spawn(|| held.task.wait(None));
    until(|| queue.statistics().getters == 1);
    assert_eq!(runner.close(), Ok(()));
    assert_eq!(runner.shutdown_type(), ShutdownType::FailedForceStopped);
    assert!(parked.join().expect("no panic").is_err());
    assert_eq!(waiting.join().expect("no panic"), Err(TaskError::Cancelled));
  });
  assert_eq!(never_started.wait(None), Err(TaskError::Cancelled));
  assert_eq!(runner.create_task(async { 1 }).wait(None), Err(TaskError::Ended(End::Closed)));
  assert_eq!(held.release().wait(None), Err(TaskError::Cancelled), "what was told stands");
}

#[test]
fn a_close_takes_no_longer_than_it_may() {
  let runner = AsyncRunner::options().exit_timeout(Duration::from_millis(60)).start().expect("a thread");
  let held = Held::by(&runner);
  let start = Instant::now();
  drop(runner.close());
  assert!(start.elapsed() >= Duration::from_millis(60), "it gave up early");
  held.release();
}

#[test]
fn closes_from_several_threads_are_one() {
  for _ in 0..100 {
    let runner = AsyncRunner::new();
    thread::scope(|scope| {
      for _ in 0..3 {
        scope.spawn(|| {
          assert_eq!(runner.close(), Ok(()));
          assert_eq!(runner.shutdown_type(), ShutdownType::Stopped);
        });
      }
    });
  }
}

#[test]
fn a_runner_that_died_says_so_and_closes() {
  let runner = AsyncRunner::new();
  runner.kill();
  until(|| !runner.is_running());
  assert_eq!(runner.shutdown_type(), ShutdownType::Unknown);
  assert_eq!(runner.create_task(async { 1 }).wait(None), Err(TaskError::Ended(End::Died)));
  assert_eq!(runner.close(), Ok(()));
  assert_eq!(runner.shutdown_type(), ShutdownType::Unknown);
}

#[test]
fn a_runner_dropped_by_its_own_task_ends() {
  let runner = AsyncRunner::new();
  let (queue, dropped) = (runner.queue::<()>(0), Flag::default());
  runner.create_task(pending_until_dropped(dropped.clone()));
  let (give, take) = std::sync::mpsc::channel();
  runner.create_task(async move { drop(take.recv()) });
  give.send(runner).expect("the task waits for it");
  assert_eq!(queue.get_wait(None), Err(crate::core::error::WaitError::Ended(End::Closed)));
  assert!(dropped.is_up());
}

#[test]
fn a_thousand_runners_come_and_go() {
  for i in 0..1_000 {
    let runner = AsyncRunner::new();
    assert_eq!(runner.run(async move { i }, None), Ok(i));
  }
}

#[test]
fn a_put_that_fails_becomes_the_error_of_a_function_that_runs_tasks() {
  fn put(runner: &AsyncRunner) -> Result<(), TaskError> {
    let queue = runner.queue(1);
    queue.put_many_wait([1], None)?;
    queue.put_wait(2, Duration::ZERO)?;
    Ok(())
  }
  assert_eq!(put(&AsyncRunner::new()), Err(TaskError::TimedOut));
}

#[test]
fn a_deadline_is_a_duration_an_instant_or_none_in_every_wait() {
  let (runner, soon) = (AsyncRunner::new(), Duration::from_millis(2));
  let (queue, event, future) = (runner.queue::<u8>(1), runner.event(), runner.future::<u8>());
  assert!(queue.get_wait(soon).is_err() && queue.get_wait(Instant::now() + soon).is_err());
  assert!(event.wait(soon).is_err() && event.wait(Instant::now()).is_err());
  assert!(future.result_wait(soon).is_err() && future.result_wait(Instant::now()).is_err());
  assert_eq!(runner.run(std::future::pending::<()>(), Instant::now() + soon), Err(TaskError::TimedOut));
  queue.put_wait(1, Duration::MAX).expect("there is room");
  assert_eq!((queue.get_wait(Duration::MAX), runner.run(async { 2 }, Duration::MAX)), (Ok(1), Ok(2)));
}
