//! Matrix: tick, end × nobody, parked, abandoned, timed-out and late waiters, for the next tick, for one far away, for
//! none; blocking, awaiting, at a port and at a dead one; a tick between the making of a wait and its begin; the races
//! of a tick with a begin, a drop, an end and a timeout.

use super::{POLL, Polled, crowded_model, model, once, port::TestPort};
use crate::core::{
  error::{End, WaitError},
  operation::Operation,
  sync::thread,
  ticks::{TickWait, Ticks},
};
use std::iter;

#[test]
fn ticks_are_counted_from_one() {
  once(|| {
    let ticks = Ticks::default();
    assert_eq!(ticks.now(), 0);
    assert_eq!([ticks.tick(), ticks.tick(), ticks.now()], [1, 2, 2]);
  });
}

#[test]
fn a_tick_releases_those_who_wait_for_it_and_nobody_else() {
  once(|| {
    let ticks = Ticks::new();
    let (mut first, mut second) = (Polled::parked(ticks.delay(1)), Polled::parked(ticks.delay(2)));
    ticks.tick();
    assert_eq!((first.woken(), second.wakes()), (Ok(()), 0));
    let mut also_second = Polled::parked(ticks.delay(1));
    assert_eq!(ticks.waiters(), 2);
    ticks.tick();
    assert_eq!((second.woken(), also_second.woken(), ticks.waiters()), (Ok(()), Ok(()), 0));
  });
}

#[test]
fn those_who_wait_for_a_tick_are_released_in_the_order_in_which_they_came() {
  once(|| {
    let (ticks, port) = (Ticks::new(), TestPort::new());
    let _far = port.park(1, ticks.wait(2));
    ticks.tick();
    let _near = [port.park(3, ticks.wait(1)), port.park(2, ticks.wait(1))];
    ticks.tick();
    assert_eq!((port.take(), port.wakes()), (vec![(1, Ok(())), (3, Ok(())), (2, Ok(()))], 3));
  });
}

#[test]
fn no_ticks_are_over_at_once() {
  once(|| {
    let ticks = Ticks::new();
    assert_eq!(ticks.delay_wait(0, POLL), Ok(()));
    ticks.end(End::Closed);
    assert_eq!(ticks.delay_wait(0, None), Ok(()), "there is nothing to wait for");
  });
}

#[test]
fn a_tick_before_a_wait_begins_counts() {
  once(|| {
    let (ticks, port) = (Ticks::new(), TestPort::new());
    let mut wait = ticks.wait(1);
    ticks.tick();
    assert_eq!(wait.begin(|| port.waiter(1)), Some(Ok(())));
    assert!(!wait.withdraw());
  });
}

#[test]
fn a_wait_that_was_given_up_leaves_nothing() {
  once(|| {
    let (ticks, port) = (Ticks::new(), TestPort::new());
    for far in 1..20 {
      drop(Polled::parked(ticks.delay(far * 1000)));
      drop(ticks.wait(far));
      assert_eq!(ticks.delay_wait(far, POLL), Err(WaitError::TimedOut));
    }
    drop(Polled::parked(ticks.delay(u64::MAX)));
    assert_eq!((ticks.waiters(), ticks.due()), (0, 0));
    let mut gone = port.park(1, ticks.wait(1));
    assert!(gone.withdraw());
    let mut next = Polled::parked(ticks.delay(1));
    assert!(!gone.withdraw(), "it has left already");
    ticks.tick();
    assert_eq!((next.woken(), port.wakes()), (Ok(()), 0));
  });
}

#[test]
fn one_wait_given_up_leaves_the_others() {
  once(|| {
    let ticks = Ticks::new();
    let (first, mut second) = (Polled::parked(ticks.delay(3)), Polled::parked(ticks.delay(3)));
    drop(first);
    assert_eq!((ticks.waiters(), ticks.due()), (1, 1));
    assert_eq!([ticks.tick(), ticks.tick(), ticks.tick()], [1, 2, 3]);
    assert_eq!((second.woken(), ticks.due()), (Ok(()), 0));
  });
}

#[test]
fn a_waiter_whose_thread_is_gone_takes_nobodys_place() {
  once(|| {
    let (ticks, gone) = (Ticks::new(), TestPort::new());
    let _wait = gone.park(1, ticks.wait(1));
    let mut next = Polled::parked(ticks.delay(1));
    gone.die(iter::empty::<(u32, TickWait)>());
    ticks.tick();
    assert_eq!((next.woken(), gone.wakes(), ticks.due()), (Ok(()), 0, 0));
  });
}

#[test]
fn the_end_releases_everybody_and_stays() {
  once(|| {
    let ticks = Ticks::new();
    let mut waits = [1, 1, 2, 9].map(|count| Polled::parked(ticks.delay(count)));
    ticks.end(End::Died);
    ticks.end(End::Closed);
    assert!(waits.iter_mut().all(|wait| wait.woken() == Err(WaitError::Ended(End::Died))));
    assert_eq!((ticks.waiters(), ticks.due()), (0, 0));
    assert_eq!(ticks.delay_wait(1, None), Err(WaitError::Ended(End::Died)), "the first end");
    assert_eq!(ticks.tick(), 1, "ticks may go on");
  });
}

#[test]
fn a_tick_amid_a_wait_is_not_missed() {
  model(|| {
    let ticks = Ticks::new();
    let wait = ticks.wait(1);
    let ticking = ticks.clone();
    let ticker = thread::spawn(move || ticking.tick());
    let port = TestPort::new();
    let mut wait = wait;
    let at_once = wait.begin(|| port.waiter(1));
    ticker.join().expect("no panic");
    match at_once {
      Some(outcome) => assert_eq!((outcome, port.wakes()), (Ok(()), 0)),
      None => assert_eq!((port.take(), port.wakes()), (vec![(1, Ok(()))], 1)),
    }
    assert_eq!(ticks.due(), 0);
  });
}

#[test]
fn a_wait_dropped_amid_a_tick_leaves_nothing() {
  model(|| {
    let ticks = Ticks::new();
    let (dropped, mut stays) = (Polled::parked(ticks.delay(1)), Polled::parked(ticks.delay(1)));
    let ticking = ticks.clone();
    let ticker = thread::spawn(move || ticking.tick());
    drop(dropped);
    ticker.join().expect("no panic");
    assert_eq!((stays.woken(), ticks.due()), (Ok(()), 0));
  });
}

#[test]
fn a_timeout_amid_a_tick_ends_one_way() {
  model(|| {
    let ticks = Ticks::new();
    let ticking = ticks.clone();
    let ticker = thread::spawn(move || ticking.tick());
    let waited = ticks.delay_wait(1, POLL);
    ticker.join().expect("no panic");
    assert!(matches!(waited, Ok(()) | Err(WaitError::TimedOut)));
    assert_eq!((ticks.waiters(), ticks.due()), (0, 0));
  });
}

#[test]
fn an_end_amid_a_tick_and_a_wait_releases_it() {
  crowded_model(|| {
    let ticks = Ticks::new();
    let (ticking, waiting) = (ticks.clone(), ticks.clone());
    let ticker = thread::spawn(move || ticking.tick());
    let waiter = thread::spawn(move || waiting.delay_wait(1, None));
    ticks.end(End::Closed);
    ticker.join().expect("no panic");
    assert!(matches!(waiter.join().expect("no panic"), Ok(()) | Err(WaitError::Ended(End::Closed))));
    assert_eq!(ticks.due(), 0);
  });
}
