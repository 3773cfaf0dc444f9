//! A task that would block the loop it waits for: R4 of docs/behaviours.md, for Rust.

use super::PATIENCE;
use crate::{
  core::{error::WaitError, event::Event, future::FutureCell, queue::Queue, select::Select, server::Server},
  runner::{AsyncRunner, TaskError},
};

const REFUSED: WaitError = WaitError::WouldDeadlock;

#[test]
fn every_blocking_wait_for_what_belongs_to_the_loop_is_refused_in_its_tasks() {
  let runner = AsyncRunner::new();
  let (queue, event, future) = (runner.queue::<u8>(1), runner.event(), runner.future::<u8>());
  let server = runner.server::<u8, u8>();
  let client = server.client();
  let kept = queue.clone();
  let task = runner.create_task(async move {
    assert_eq!(queue.get_wait(None), Err(REFUSED));
    assert_eq!(queue.get_many_wait(2, None), Err(REFUSED));
    assert!(queue.put_wait(1, None).is_err());
    assert!(queue.put_many_wait([1, 2], None).is_err());
    queue.try_put(7).expect("there is room");
    assert_eq!(queue.join_wait(None), Err(REFUSED));
    assert_eq!(queue.get_wait(None), Err(REFUSED), "an item that is there makes no difference");
    assert_eq!((event.wait(None), future.result_wait(None)), (Err(REFUSED), Err(REFUSED)));
    assert_eq!((client.call_wait(1, None), server.take_wait(None).err()), (Err(REFUSED), Some(REFUSED)));
    assert_eq!(server.pending(1), 0, "the call was not made");
    let select = Select::new().event(&event, |_| 0).get(&queue, |_| 1);
    assert_eq!(select.select_wait(Some(PATIENCE)), Err(REFUSED));
  });
  assert_eq!(task.wait(Some(PATIENCE)), Ok(()));
  assert_eq!(kept.try_get(), Ok(7), "nothing was taken or put");
  assert_eq!((kept.statistics().getters, kept.statistics().putters), (0, 0));
}

#[test]
fn a_wait_for_what_belongs_to_no_loop_is_refused_in_a_task_too() {
  let runner = AsyncRunner::new();
  let (queue, event, future) = (Queue::<u8>::new(0), Event::new(), FutureCell::<u8>::new());
  let server = Server::<u8, u8>::new();
  let waits = async move {
    let select = Select::new().event(&event, drop).select_wait(None);
    let waits =
      (queue.get_wait(None), event.wait(None), future.result_wait(None), server.take_wait(None).err(), select);
    assert_eq!(waits, (Err(REFUSED), Err(REFUSED), Err(REFUSED), Some(REFUSED), Err(REFUSED)));
  };
  assert_eq!(runner.run(waits, Some(PATIENCE)), Ok(()));
}

#[test]
fn a_task_may_block_for_another_loop_and_close_it() {
  let (here, there) = (AsyncRunner::new(), AsyncRunner::new());
  let queue = there.queue::<u8>(0);
  let putting = queue.clone();
  let crossing = async move {
    let task = there.create_task(async move { putting.put(5).await.is_ok() });
    let got = (queue.get_wait(Some(PATIENCE)), task.wait(Some(PATIENCE)), there.run(async { 6 }, Some(PATIENCE)));
    (got, there.close())
  };
  assert_eq!(here.run(crossing, Some(PATIENCE)), Ok(((Ok(5), Ok(true), Ok(6)), Ok(()))));
}

#[test]
fn a_call_in_the_loop_is_refused_like_a_task_and_a_thread_of_its_own_is_not() {
  let runner = AsyncRunner::new();
  let queue = runner.queue::<u8>(0);
  let (here, elsewhere) = (queue.clone(), queue.clone());
  assert_eq!(runner.call_in_loop(move || here.get_wait(None)), Ok(Err(REFUSED)));
  let waiting = runner.create_task(async move {
    tokio::task::spawn_blocking(move || elsewhere.get_wait(Some(PATIENCE))).await.expect("no panic")
  });
  queue.try_put(9).expect("it is open");
  assert_eq!(waiting.wait(Some(PATIENCE)), Ok(Ok(9)));
}

#[test]
fn an_iterator_that_would_block_its_own_loop_panics_instead_of_ending_in_silence() {
  let runner = AsyncRunner::new();
  let queue = runner.queue::<u8>(0);
  let task = runner.create_named_task("iterates", async move { queue.iter_wait().count() });
  let Err(TaskError::Panicked(failure)) = task.wait(Some(PATIENCE)) else { panic!("it has no result") };
  assert_eq!(failure.message, WaitError::WouldDeadlock.to_string());
}

#[test]
fn a_task_of_the_loop_as_a_branch_is_refused() {
  let runner = std::sync::Arc::new(AsyncRunner::new());
  let pending = runner.create_task(std::future::pending::<()>());
  let select = async move { Select::new().task(&pending, |end| end).select_wait(None) };
  assert_eq!(runner.run(select, Some(PATIENCE)), Ok(Err(REFUSED)));
  assert_eq!(TaskError::from(REFUSED), TaskError::WouldDeadlock);
}
