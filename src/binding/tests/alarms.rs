//! Matrix: set × first, earlier, later, past, far future; clear × pending, rung; alarm × gone, panics, many at once.

use crate::{
  binding::threads::alarms::{Alarm, Timers},
  core::queue::Queue,
  runner::{
    AsyncRunner,
    tests::{Held, until},
  },
};
use std::{
  sync::{Arc, Weak},
  time::{Duration, Instant},
};

/// Puts what rings, and when, into a queue.
struct Bell(Queue<(u32, u64, Instant)>);

impl Alarm for Bell {
  fn ring(&self, ticket: u32, round: u64) {
    self.0.try_put((ticket, round, Instant::now())).expect("it has no bound");
  }
}

fn bell() -> Arc<Bell> {
  Arc::new(Bell(Queue::new(0)))
}

fn weak(bell: &Arc<Bell>) -> Weak<dyn Alarm> {
  Arc::downgrade(bell) as Weak<dyn Alarm>
}

fn after(milliseconds: u64) -> Instant {
  Instant::now() + Duration::from_millis(milliseconds)
}

/// Timers that are asleep already.
fn timers() -> (AsyncRunner, Timers) {
  let runner = AsyncRunner::new();
  let timers = Timers::on(&runner);
  until(|| timers.statistics().looks == 1);
  (runner, timers)
}

#[test]
fn an_alarm_rings_with_what_it_was_set_with_and_never_early() {
  let (bell, timers) = (bell(), Timers::shared().expect("a thread for the timers"));
  for i in 0..20 {
    let at = Instant::now() + Duration::from_micros(300 * u64::from(i));
    timers.set(at, weak(&bell), i, u64::from(i) << 40);
    let (ticket, round, rung) = bell.0.get_wait(None).expect("it rings");
    assert_eq!((ticket, round), (i, u64::from(i) << 40));
    assert!(rung >= at, "{:?} early", at - rung);
  }
}

#[test]
fn alarms_ring_in_the_order_of_their_deadlines() {
  let (bell, (runner, timers)) = (bell(), timers());
  let held = Held::by(&runner); // None rings before all are set.
  let now = Instant::now();
  for ticket in [3, 1, 4, 2, 0] {
    timers.set(now + Duration::from_millis(4 * u64::from(ticket)), weak(&bell), ticket, 0);
  }
  held.release();
  let rung: Vec<_> = (0..5).map(|_| bell.0.get_wait(None).expect("it rings").0).collect();
  assert_eq!(rung, [0, 1, 2, 3, 4]);
}

#[test]
fn a_cleared_alarm_does_not_ring() {
  let (bell, (runner, timers)) = (bell(), timers());
  let held = Held::by(&runner); // It is cleared before it can ring.
  let cleared = timers.set(after(5), weak(&bell), 1, 0);
  timers.set(after(10), weak(&bell), 2, 0);
  assert!(timers.clear(cleared));
  assert!(!timers.clear(cleared));
  held.release();
  assert_eq!(bell.0.get_wait(None).expect("it rings").0, 2);
  assert_eq!(bell.0.statistics().size, 0);
  assert_eq!(timers.statistics().pending, 0);
}

#[test]
fn only_an_earlier_alarm_wakes_the_keeper() {
  let (bell, (_runner, timers)) = (bell(), timers());
  timers.set(after(3_600_000), weak(&bell), 1, 0);
  until(|| timers.statistics().looks == 2);
  for _ in 0..1_000 {
    let key = timers.set(after(3_700_000), weak(&bell), 2, 0);
    timers.clear(key);
  }
  timers.set(after(0), weak(&bell), 3, 0);
  bell.0.get_wait(None).expect("it rings");
  // One look that found the last, one that found nothing more to do.
  until(|| timers.statistics().looks >= 4);
  assert_eq!(timers.statistics().looks, 4);
}

#[test]
fn many_alarms_of_one_moment_all_ring() {
  let (bell, (_runner, timers)) = (bell(), timers());
  let at = after(3);
  for ticket in 0..1_000 {
    timers.set(at, weak(&bell), ticket, 0);
  }
  let rung: Vec<_> = (0..1_000).map(|_| bell.0.get_wait(None).expect("it rings").0).collect();
  assert!(rung.iter().copied().eq(0..1_000), "ties ring in the order in which they were set");
}

#[test]
fn an_alarm_whose_owner_is_gone_is_silent() {
  let (gone, (runner, timers)) = (bell(), timers());
  let held = Held::by(&runner); // Its owner goes before it can ring.
  let rung = gone.0.clone();
  timers.set(after(1), weak(&gone), 1, 0);
  drop(gone);
  held.release();
  until(|| timers.statistics().pending == 0);
  let bell = bell();
  timers.set(after(0), weak(&bell), 2, 0);
  bell.0.get_wait(None).expect("it rings");
  assert_eq!(rung.statistics().size, 0);
}

#[test]
fn an_alarm_that_panics_silences_no_other() {
  struct Clumsy;
  impl Alarm for Clumsy {
    fn ring(&self, _ticket: u32, _round: u64) {
      panic!("while it rang");
    }
  }
  let (bell, (_runner, timers)) = (bell(), timers());
  let clumsy: Arc<dyn Alarm> = Arc::new(Clumsy);
  let at = after(1);
  timers.set(at, Arc::downgrade(&clumsy), 1, 0);
  timers.set(at, weak(&bell), 2, 0);
  assert_eq!(bell.0.get_wait(None).expect("it rings").0, 2);
}
