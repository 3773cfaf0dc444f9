//! Matrix: result, cancel, end, each twice and after each other × nobody, parked, abandoned, timed-out, late and repeated
//! waiters, blocking, awaiting and at a port; the race of a set with a set, a timeout and a drop.

use super::{POLL, Polled, await_here, crowded_model, model, once, port::TestPort};
use crate::core::{
  error::{End, WaitError},
  future::{AlreadySettled, FutureCell, FutureResult, Settled},
  operation::Operation,
  sync::thread,
};

#[test]
fn the_first_outcome_stays() {
  once(|| {
    let future = FutureCell::new();
    assert!(!future.done() && future.settled().is_none());
    assert_eq!(future.set_result("first"), Ok(()));
    assert_eq!(future.set_result("second"), Err(AlreadySettled("second")), "the refused value is handed back");
    assert!(!future.cancel());
    future.end(End::Died);
    assert_eq!((future.done(), future.settled()), (true, Some(Settled::Value("first"))));
    assert_eq!(future.result_wait(None), Ok("first"));
  });
}

#[test]
fn cancelled_or_ended_it_stays_so() {
  once(|| {
    let (cancelled, ended) = (FutureCell::<u8>::default(), FutureCell::<u8>::default());
    assert!(cancelled.cancel() && !cancelled.cancel());
    ended.end(End::Closed);
    assert_eq!([&cancelled, &ended].map(|future| future.set_result(1)), [Err(AlreadySettled(1)); 2]);
    assert_eq!(cancelled.result_wait(None), Err(WaitError::Cancelled));
    assert_eq!(await_here(ended.result()), Err(WaitError::Ended(End::Closed)));
  });
}

#[test]
fn every_waiter_sees_the_same_once() {
  once(|| {
    let (future, port) = (FutureCell::new(), TestPort::new());
    let mut waits: Vec<_> = (0..3).map(|_| Polled::parked(future.result())).collect();
    let _at_port = port.park(5, FutureResult::new(&future));
    future.set_result(7).expect("the first");
    assert!(waits.iter_mut().all(|wait| wait.woken() == Ok(7)));
    assert_eq!((port.take(), port.wakes()), (vec![(5, Settled::Value(7))], 1));
    assert_eq!((future.result_wait(None), future.result_wait(POLL)), (Ok(7), Ok(7)), "late, and again");
  });
}

#[test]
fn an_abandoned_wait_leaves_no_waiter() {
  once(|| {
    let (future, port) = (FutureCell::new(), TestPort::new());
    drop(Polled::parked(future.result()));
    assert_eq!(future.result_wait(POLL), Err(WaitError::TimedOut));
    assert!(port.park(1, FutureResult::new(&future)).withdraw());
    assert_eq!(future.waiters(), 0);
    future.set_result(1).expect("the first");
    assert_eq!((future.result_wait(None), port.wakes()), (Ok(1), 0));
  });
}

#[test]
fn an_outcome_nobody_looked_at_is_not_lost() {
  once(|| {
    let (future, port) = (FutureCell::new(), TestPort::new());
    let served = Polled::parked(future.result());
    let wait = port.park(1, FutureResult::new(&future));
    future.set_result(1).expect("the first");
    drop(served);
    port.die([(1, wait)]);
    assert_eq!(future.result_wait(None), Ok(1));
  });
}

#[test]
fn a_result_reaches_both_doors() {
  crowded_model(|| {
    let future = FutureCell::new();
    let waiting = future.clone();
    let blocked = thread::spawn(move || waiting.result_wait(None));
    let setting = future.clone();
    let setter = thread::spawn(move || setting.set_result(7));
    assert_eq!(await_here(future.result()), Ok(7));
    assert_eq!(blocked.join().expect("no panic"), Ok(7));
    setter.join().expect("no panic").expect("the first");
  });
}

#[test]
fn of_two_results_one_wins() {
  model(|| {
    let future = FutureCell::new();
    let mut wait = Polled::parked(future.result());
    let setters = [1, 2].map(|value| {
      let setting = future.clone();
      thread::spawn(move || setting.set_result(value))
    });
    let set = setters.map(|setter| setter.join().expect("no panic"));
    let winner = if set[0].is_ok() { 1 } else { 2 };
    assert_eq!(set.iter().filter(|set| set.is_ok()).count(), 1);
    assert_eq!((wait.woken(), future.result_wait(None)), (Ok(winner), Ok(winner)));
  });
}

#[test]
fn a_result_racing_with_a_timeout_is_there_for_the_next_wait() {
  model(|| {
    let future = FutureCell::new();
    let setting = future.clone();
    let setter = thread::spawn(move || setting.set_result(7));
    assert!(matches!(future.result_wait(POLL), Ok(7) | Err(WaitError::TimedOut)));
    assert_eq!(future.result_wait(None), Ok(7));
    setter.join().expect("no panic").expect("the first");
    assert_eq!(future.waiters(), 0);
  });
}

#[test]
fn a_cancel_amid_a_result_settles_one_way() {
  model(|| {
    let future = FutureCell::new();
    let cancelling = future.clone();
    let canceller = thread::spawn(move || cancelling.cancel());
    let set = future.set_result(7);
    let has_won = canceller.join().expect("no panic");
    assert!(has_won != set.is_ok());
    assert_eq!(future.result_wait(None), if has_won { Err(WaitError::Cancelled) } else { Ok(7) });
  });
}

#[test]
fn a_wait_dropped_amid_a_result_leaves_nothing() {
  model(|| {
    let future = FutureCell::new();
    let wait = Polled::parked(future.result());
    let setting = future.clone();
    let setter = thread::spawn(move || setting.set_result(7));
    drop(wait);
    setter.join().expect("no panic").expect("the first");
    assert_eq!((future.waiters(), future.result_wait(None)), (0, Ok(7)));
  });
}
