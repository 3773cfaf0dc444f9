//! Matrix: queue, event, future, server of a runner × close, death, made too late, dropped early; waiters blocked and awaiting.

use super::until;
use crate::{
  core::error::{End, PutError, TryPutError, WaitError},
  runner::AsyncRunner,
};
use std::thread;

const CLOSED: WaitError = WaitError::Ended(End::Closed);
const DIED: WaitError = WaitError::Ended(End::Died);

#[test]
fn a_close_releases_all_waiters() {
  let runner = AsyncRunner::new();
  let (queue, event, future) = (runner.queue::<u8>(0), runner.event(), runner.future::<u8>());
  thread::scope(|scope| {
    let getter = scope.spawn(|| queue.get_wait(None));
    let waiter = scope.spawn(|| event.wait(None));
    let asker = scope.spawn(|| future.result_wait(None));
    until(|| queue.statistics().getters + event.waiters() + future.waiters() == 3);
    runner.close().expect("in order");
    assert_eq!(getter.join().expect("no panic"), Err(CLOSED));
    assert_eq!(waiter.join().expect("no panic"), Err(CLOSED));
    assert_eq!(asker.join().expect("no panic"), Err(CLOSED));
  });
}

#[test]
fn a_close_ends_calls_and_takes() {
  let (runner, scripts) = (AsyncRunner::new(), AsyncRunner::new());
  let (server, idle) = (runner.server::<u8, u8>(), runner.server::<u8, u8>());
  let client = server.client();
  let script = scripts.create_task(async move { (client.call(1).await, client.call(2).await) });
  let taking = idle.clone();
  let taker = scripts.create_task(async move { taking.take().await.err() });
  let kept = server.take_wait(None).expect("a call");
  until(|| idle.has_takers());
  runner.close().expect("in order");
  assert_eq!(script.wait(None), Ok((Err(CLOSED), Err(CLOSED))));
  assert_eq!(taker.wait(None), Ok(Some(CLOSED)));
  assert!(kept.answer(1).is_err());
}

#[test]
fn a_death_releases_all_waiters() {
  let (runner, other) = (AsyncRunner::new(), AsyncRunner::new());
  let queue = runner.queue::<u8>(1);
  queue.try_put(1).expect("there is room");
  let putting = queue.clone();
  let putter = other.create_task(async move { putting.put(2).await });
  until(|| queue.statistics().putters == 1);
  runner.kill();
  assert_eq!(putter.wait(None), Ok(Err(PutError { reason: DIED, item: 2 })));
  assert_eq!(queue.get_wait(None), Ok(1), "what was put may still be taken");
  assert_eq!(queue.get_wait(None), Err(DIED));
}

#[test]
fn what_was_put_before_the_close_is_received_first() {
  let (runner, other) = (AsyncRunner::new(), AsyncRunner::new());
  for _ in 0..100 {
    let receiving = other.queue::<u8>(0);
    let getting = receiving.clone();
    let receiver = other.create_task(async move { (getting.get().await, getting.get().await) });
    receiving.try_put(1).expect("there is room");
    receiving.end(End::Closed);
    assert_eq!(receiver.wait(None), Ok((Ok(1), Err(CLOSED))));
  }
  drop(runner);
}

#[test]
fn what_is_made_too_late_has_ended() {
  let runner = AsyncRunner::new();
  runner.close().expect("in order");
  assert_eq!(runner.queue(0).try_put(1), Err(TryPutError::Ended(End::Closed, 1)));
  assert_eq!(runner.event().wait(None), Err(CLOSED));
  assert_eq!(runner.future::<u8>().result_wait(None), Err(CLOSED));
}

#[test]
fn a_settled_future_and_a_set_event_survive_their_runner() {
  let runner = AsyncRunner::new();
  let (event, future) = (runner.event(), runner.future());
  event.set();
  future.set_result(1).expect("the first");
  runner.close().expect("in order");
  assert_eq!((event.wait(None), future.result_wait(None)), (Ok(()), Ok(1)));
}

#[test]
fn primitives_are_not_kept_by_their_runner() {
  let runner = AsyncRunner::new();
  let item = std::sync::Arc::new(());
  for _ in 0..10_000 {
    let queue = runner.queue(0);
    queue.try_put(std::sync::Arc::clone(&item)).expect("there is room");
  }
  assert_eq!(std::sync::Arc::strong_count(&item), 1);
  assert!(runner.statistics().primitives <= 32, "{:?}", runner.statistics());
}
