//! Matrix: set, clear, set-and-clear, end × nobody, parked, abandoned, timed-out and late waiters, blocking, awaiting
//! and at a port; the race of a set with a look, a wait, a clear and a drop.

use super::{POLL, Polled, await_here, crowded_model, model, once, port::TestPort};
use crate::core::{
  error::{End, WaitError},
  event::{Event, EventWait},
  operation::Operation,
  sync::thread,
};

#[test]
fn a_wait_for_what_is_set_returns_at_once() {
  once(|| {
    let event = Event::new();
    assert!(!event.is_set());
    event.set();
    assert!(event.is_set());
    assert_eq!((event.wait(None), await_here(event.wait_async())), (Ok(()), Ok(())));
    event.clear();
    assert_eq!(event.wait(POLL), Err(WaitError::TimedOut));
  });
}

#[test]
fn a_set_wakes_all_who_wait_once() {
  once(|| {
    let (event, port) = (Event::default(), TestPort::new());
    let mut waits: Vec<_> = (0..3).map(|_| Polled::parked(event.wait_async())).collect();
    let _at_port = port.park(5, EventWait::new(&event));
    event.set();
    event.set();
    assert!(waits.iter_mut().all(|wait| wait.woken() == Ok(())));
    assert_eq!((port.take(), port.wakes()), (vec![(5, Ok(()))], 1));
  });
}

#[test]
fn set_and_clear_release_exactly_those_who_waited() {
  once(|| {
    let event = Event::new();
    let mut before = Polled::parked(event.wait_async());
    event.set();
    event.clear();
    let mut after = Polled::parked(event.wait_async());
    assert_eq!(before.woken(), Ok(()));
    assert!(after.poll().is_pending());
  });
}

#[test]
fn a_pulse_releases_exactly_those_who_waited_and_sets_nothing() {
  once(|| {
    let event = Event::new();
    let mut before = Polled::parked(event.wait_async());
    event.pulse();
    let mut after = Polled::parked(event.wait_async());
    assert_eq!((before.woken(), event.is_set()), (Ok(()), false));
    assert!(after.poll().is_pending());
  });
}

#[test]
fn an_abandoned_wait_leaves_no_waiter_and_later_sets_are_sound() {
  once(|| {
    let (event, port) = (Event::new(), TestPort::new());
    drop(Polled::parked(event.wait_async()));
    assert_eq!(event.wait(POLL), Err(WaitError::TimedOut));
    assert!(port.park(1, EventWait::new(&event)).withdraw());
    assert_eq!(event.waiters(), 0);
    let mut last = Polled::parked(event.wait_async());
    event.set();
    assert_eq!((last.woken(), port.wakes()), (Ok(()), 0));
  });
}

#[test]
fn its_end_releases_all_and_what_is_set_stays_set() {
  once(|| {
    let (event, set) = (Event::new(), Event::new());
    set.set();
    let mut wait = Polled::parked(event.wait_async());
    for event in [&event, &set] {
      event.end(End::Died);
    }
    event.end(End::Closed);
    let died = Err(WaitError::Ended(End::Died));
    assert_eq!((wait.woken(), event.wait(None), set.wait(None)), (died, died, Ok(())));
  });
}

#[test]
fn a_port_that_is_gone_takes_nothing_with_it() {
  once(|| {
    let (event, port) = (Event::new(), TestPort::new());
    let wait = port.park(1, EventWait::new(&event));
    let mut next = Polled::parked(event.wait_async());
    port.die([(2, wait)].into_iter().take(0));
    event.set();
    assert_eq!((next.woken(), port.wakes()), (Ok(()), 0));
  });
}

#[test]
fn a_set_between_a_look_and_a_wait_is_never_missed() {
  model(|| {
    let event = Event::new();
    let setting = event.clone();
    let setter = thread::spawn(move || setting.set());
    if !event.is_set() {
      event.wait(None).expect("it is set");
    }
    setter.join().expect("no panic");
  });
}

#[test]
fn a_set_reaches_both_doors() {
  crowded_model(|| {
    let event = Event::new();
    let waiting = event.clone();
    let blocked = thread::spawn(move || waiting.wait(None));
    let setting = event.clone();
    let setter = thread::spawn(move || setting.set());
    assert_eq!(await_here(event.wait_async()), Ok(()));
    assert_eq!(blocked.join().expect("no panic"), Ok(()));
    setter.join().expect("no panic");
  });
}

#[test]
fn a_clear_right_after_keeps_no_parked_waiter() {
  model(|| {
    let event = Event::new();
    let mut parked = Polled::parked(event.wait_async());
    let setting = event.clone();
    let setter = thread::spawn(move || {
      setting.set();
      setting.clear();
    });
    let late = event.wait(POLL);
    setter.join().expect("no panic");
    assert_eq!(parked.woken(), Ok(()));
    assert!(matches!(late, Ok(()) | Err(WaitError::TimedOut)));
    assert_eq!((event.waiters(), event.is_set()), (0, false));
  });
}

#[test]
fn a_clear_by_another_amid_a_set_keeps_no_parked_waiter() {
  model(|| {
    let event = Event::new();
    let mut parked = Polled::parked(event.wait_async());
    let setting = event.clone();
    let setter = thread::spawn(move || setting.set());
    event.clear();
    setter.join().expect("no panic");
    assert_eq!(parked.woken(), Ok(()));
  });
}

#[test]
fn a_wait_dropped_amid_a_set_leaves_nothing() {
  model(|| {
    let event = Event::new();
    let wait = Polled::parked(event.wait_async());
    let setting = event.clone();
    let setter = thread::spawn(move || setting.set());
    drop(wait);
    setter.join().expect("no panic");
    assert_eq!(event.waiters(), 0);
  });
}

#[test]
fn an_end_amid_a_set_releases_the_waiter_one_way() {
  model(|| {
    let event = Event::new();
    let setting = event.clone();
    let setter = thread::spawn(move || setting.set());
    let ending = event.clone();
    let ender = thread::spawn(move || ending.end(End::Closed));
    assert!(matches!(event.wait(None), Ok(()) | Err(WaitError::Ended(End::Closed))));
    setter.join().expect("no panic");
    ender.join().expect("no panic");
    assert_eq!(event.wait(None), Ok(()), "set is set");
  });
}

#[cfg(not(loom))]
#[test]
fn a_wait_really_blocks() {
  let event = Event::new();
  let waiting = event.clone();
  let waiter = thread::spawn(move || waiting.wait(None));
  super::until(|| event.waiters() == 1);
  assert!(!waiter.is_finished());
  event.set();
  assert_eq!(waiter.join().expect("no panic"), Ok(()));
}
