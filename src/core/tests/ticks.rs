//! Matrix: tick, advance, end × nobody, parked, abandoned, timed-out and late waiters, for the next tick, for one far away, for
//! none; blocking, awaiting, at a port and at a dead one; a tick between the making of a wait and its begin; the races
//! of a tick with a begin, a drop, an end and a timeout.

#![expect(clippy::float_cmp, reason = "a clock shows the very times that were waited for")]

use super::{POLL, Polled, crowded_model, model, once, port::TestPort};
use crate::core::{
  error::{End, WaitError},
  operation::Operation,
  sync::thread,
  ticks::{LAST, TickWait, Ticks},
};
use std::iter;

#[test]
fn ticks_are_counted_from_one() {
  once(|| {
    let ticks = Ticks::default();
    assert_eq!(ticks.now(), 0.0);
    assert_eq!([ticks.tick(), ticks.tick(), ticks.now()], [1.0, 2.0, 2.0]);
  });
}

#[test]
fn a_tick_releases_those_who_wait_for_it_and_nobody_else() {
  once(|| {
    let ticks = Ticks::new();
    let (mut first, mut second) = (Polled::parked(ticks.delay(1.0)), Polled::parked(ticks.delay(2.0)));
    ticks.tick();
    assert_eq!((first.woken(), second.wakes()), (Ok(()), 0));
    let mut also_second = Polled::parked(ticks.delay(1.0));
    assert_eq!(ticks.waiters(), 2);
    ticks.tick();
    assert_eq!((second.woken(), also_second.woken(), ticks.waiters()), (Ok(()), Ok(()), 0));
  });
}

#[test]
fn those_who_wait_for_a_tick_are_released_in_the_order_in_which_they_came() {
  once(|| {
    let (ticks, port) = (Ticks::new(), TestPort::new());
    let _far = port.park(1, ticks.wait(2.0));
    ticks.tick();
    let _near = [port.park(3, ticks.wait(1.0)), port.park(2, ticks.wait(1.0))];
    ticks.tick();
    assert_eq!((port.take(), port.wakes()), (vec![(1, Ok(())), (3, Ok(())), (2, Ok(()))], 3));
  });
}

#[test]
fn time_moves_to_the_earliest_instant_that_is_waited_for() {
  once(|| {
    let (ticks, port) = (Ticks::new(), TestPort::new());
    let _waits = [port.park(1, ticks.wait(2.5)), port.park(2, ticks.wait(0.25)), port.park(3, ticks.wait(2.5))];
    assert_eq!((ticks.advance(f64::INFINITY), ticks.now()), (Some(0.25), 0.25));
    assert_eq!(port.take(), vec![(2, Ok(()))]);
    assert_eq!((ticks.advance(2.0), ticks.now()), (None, 2.0));
    assert_eq!((ticks.advance(2.5), ticks.now()), (Some(2.5), 2.5), "up to a time and with it");
    assert_eq!(port.take(), vec![(1, Ok(())), (3, Ok(()))]);
    assert_eq!((ticks.advance(f64::INFINITY), ticks.now(), ticks.due()), (None, 2.5, 0));
  });
}

#[test]
fn time_never_goes_back_and_has_an_end() {
  once(|| {
    let ticks = Ticks::new();
    assert_eq!((ticks.advance(3.0), ticks.advance(1.0), ticks.advance(f64::NAN), ticks.now()), (None, None, None, 3.0));
    for odd in [0.0, -0.0, -1.0, f64::NAN, f64::MIN_POSITIVE] {
      assert_eq!(ticks.delay_wait(odd, POLL), Ok(()), "it is no later than now");
    }
  });
}

#[test]
fn the_clock_stops_where_the_next_tick_could_not_be_told_from_it() {
  once(|| {
    let ticks = Ticks::new();
    let mut never: Vec<_> =
      [LAST + 1.0, 1e300, f64::MAX, f64::INFINITY].map(|time| Polled::parked(ticks.delay(time))).into();
    let mut last = Polled::parked(ticks.delay(LAST));
    assert_eq!(ticks.advance(f64::INFINITY), Some(LAST));
    assert_eq!((last.woken(), ticks.now()), (Ok(()), LAST));
    assert_eq!((ticks.advance(f64::INFINITY), ticks.advance(1e300), ticks.now()), (None, None, LAST));
    assert_eq!((ticks.tick(), ticks.tick(), ticks.now()), (LAST, LAST, LAST));
    assert_eq!(ticks.delay_wait(1.0, POLL), Err(WaitError::TimedOut), "there is no later time");
    assert_eq!(never.iter().map(Polled::wakes).sum::<usize>(), 0);
    ticks.end(End::Closed);
    for wait in &mut never {
      assert_eq!(wait.woken(), Err(WaitError::Ended(End::Closed)));
    }
  });
}

#[test]
fn the_last_tick_is_a_whole_number_less_than_its_successor() {
  once(|| {
    let ticks = Ticks::new();
    ticks.advance(LAST - 2.0);
    assert_eq!([ticks.tick(), ticks.tick(), ticks.tick()], [LAST - 1.0, LAST, LAST]);
  });
}

#[test]
fn a_tick_passes_through_the_instants_before_it() {
  once(|| {
    let (ticks, port) = (Ticks::new(), TestPort::new());
    let _waits = [port.park(1, ticks.wait(1.0)), port.park(2, ticks.wait(0.5)), port.park(3, ticks.wait(1.5))];
    assert_eq!((ticks.tick(), port.take()), (1.0, vec![(2, Ok(())), (1, Ok(()))]));
    assert_eq!((ticks.advance(1.25), ticks.tick(), port.take()), (None, 2.0, vec![(3, Ok(()))]));
  });
}

#[test]
fn no_ticks_are_over_at_once() {
  once(|| {
    let ticks = Ticks::new();
    assert_eq!(ticks.delay_wait(0.0, POLL), Ok(()));
    ticks.end(End::Closed);
    assert_eq!(ticks.delay_wait(0.0, None), Ok(()), "there is nothing to wait for");
  });
}

#[test]
fn a_tick_before_a_wait_begins_counts() {
  once(|| {
    let (ticks, port) = (Ticks::new(), TestPort::new());
    let mut wait = ticks.wait(1.0);
    ticks.tick();
    assert_eq!(wait.begin(|| port.waiter(1)), Some(Ok(())));
    assert!(!wait.withdraw());
  });
}

#[test]
fn a_wait_that_was_given_up_leaves_nothing() {
  once(|| {
    let (ticks, port) = (Ticks::new(), TestPort::new());
    for far in (1..20).map(f64::from) {
      drop(Polled::parked(ticks.delay(far * 1000.0)));
      drop(ticks.wait(far));
      assert_eq!(ticks.delay_wait(far, POLL), Err(WaitError::TimedOut));
    }
    drop(Polled::parked(ticks.delay(f64::MAX)));
    assert_eq!((ticks.waiters(), ticks.due()), (0, 0));
    let mut gone = port.park(1, ticks.wait(1.0));
    assert!(gone.withdraw());
    let mut next = Polled::parked(ticks.delay(1.0));
    assert!(!gone.withdraw(), "it has left already");
    ticks.tick();
    assert_eq!((next.woken(), port.wakes()), (Ok(()), 0));
  });
}

#[test]
fn one_wait_given_up_leaves_the_others() {
  once(|| {
    let ticks = Ticks::new();
    let (first, mut second) = (Polled::parked(ticks.delay(3.0)), Polled::parked(ticks.delay(3.0)));
    drop(first);
    assert_eq!((ticks.waiters(), ticks.due()), (1, 1));
    assert_eq!([ticks.tick(), ticks.tick(), ticks.tick()], [1.0, 2.0, 3.0]);
    assert_eq!((second.woken(), ticks.due()), (Ok(()), 0));
  });
}

#[test]
fn a_waiter_whose_thread_is_gone_takes_nobodys_place() {
  once(|| {
    let (ticks, gone) = (Ticks::new(), TestPort::new());
    let _wait = gone.park(1, ticks.wait(1.0));
    let mut next = Polled::parked(ticks.delay(1.0));
    gone.die(iter::empty::<(u32, TickWait)>());
    ticks.tick();
    assert_eq!((next.woken(), gone.wakes(), ticks.due()), (Ok(()), 0, 0));
  });
}

#[test]
fn the_end_releases_everybody_and_stays() {
  once(|| {
    let ticks = Ticks::new();
    let mut waits = [1.0, 1.0, 2.0, 9.0].map(|count| Polled::parked(ticks.delay(count)));
    ticks.end(End::Died);
    ticks.end(End::Closed);
    assert!(waits.iter_mut().all(|wait| wait.woken() == Err(WaitError::Ended(End::Died))));
    assert_eq!((ticks.waiters(), ticks.due()), (0, 0));
    assert_eq!(ticks.delay_wait(1.0, None), Err(WaitError::Ended(End::Died)), "the first end");
    assert_eq!(ticks.tick(), 1.0, "ticks may go on");
  });
}

#[test]
fn a_tick_amid_a_wait_is_not_missed() {
  model(|| {
    let ticks = Ticks::new();
    let wait = ticks.wait(1.0);
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
    let (dropped, mut stays) = (Polled::parked(ticks.delay(1.0)), Polled::parked(ticks.delay(1.0)));
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
    let waited = ticks.delay_wait(1.0, POLL);
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
    let waiter = thread::spawn(move || waiting.delay_wait(1.0, None));
    ticks.end(End::Closed);
    ticker.join().expect("no panic");
    assert!(matches!(waiter.join().expect("no panic"), Ok(()) | Err(WaitError::Ended(End::Closed))));
    assert_eq!(ticks.due(), 0);
  });
}
