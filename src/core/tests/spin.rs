//! Matrix: a look × found at once, found later, in vain; a place × where looking pays, where it has not, where it pays
//! again; an offer of the core × taken by the thread that answers, by none, by one that computes; the thread that answers
//! × on a core of its own, on this one, behind others.

use crate::core::spin::{Spin, SpinPolicy, Surroundings};
use std::time::{Duration, Instant};

/// Looks in vain once; how often it looked.
fn miss(spin: &mut Spin) -> u32 {
  let mut looks = 0;
  assert!(
    spin
      .until(|| -> Option<()> {
        looks += 1;
        None
      })
      .is_none()
  );
  looks
}

#[test]
fn what_is_there_is_found_at_the_first_look() {
  assert_eq!(Spin::default().until(|| Some(7)), Some(7));
}

#[test]
fn what_comes_soon_is_found() {
  let mut looks = 0;
  let found = Spin::default().until(|| {
    looks += 1;
    (looks == 3).then_some(looks)
  });
  let has_two_cores = std::thread::available_parallelism().is_ok_and(|cores| cores.get() > 1);
  assert_eq!(
    found,
    has_two_cores.then_some(3),
    "on one core a second look takes time from the thread that should be seen"
  );
}

#[test]
fn where_looking_does_not_pay_it_looks_once_and_only_now_and_then_longer() {
  let mut spin = Spin::default();
  (0..100).for_each(|_| {
    miss(&mut spin);
  });
  let longer = (0..1_000).filter(|_| miss(&mut spin) > 1).count();
  assert!(longer <= 1_000 / 5, "{longer} of 1000 looks in vain were long");
}

#[test]
fn where_it_pays_again_it_looks_as_long_as_at_first() {
  let mut spin = Spin::default();
  (0..100).for_each(|_| {
    miss(&mut spin);
  });
  let found = (0..1_000).any(|_| {
    let mut looks = 0;
    let found = spin.until(|| {
      looks += 1;
      (looks == 2).then_some(())
    });
    found.is_some()
  });
  let has_two_cores = std::thread::available_parallelism().is_ok_and(|cores| cores.get() > 1);
  assert_eq!(found, has_two_cores);
  assert_eq!(miss(&mut spin) > 1, has_two_cores);
}

#[test]
fn a_fixed_span_is_looked_for_every_time() {
  let mut spin = Spin::default();
  let longest = Duration::from_micros(300);
  let policy = SpinPolicy::Fixed(longest);
  let has_two_cores = std::thread::available_parallelism().is_ok_and(|cores| cores.get() > 1);
  for _ in 0..100 {
    let start = Instant::now();
    assert!(spin.until_by(policy, Instant::now, &(), || -> Option<()> { None }).is_none());
    assert!(start.elapsed() >= longest || !has_two_cores);
  }
}

#[test]
fn no_span_is_one_look() {
  let mut looks = 0;
  let found = Spin::default().until_by(SpinPolicy::Fixed(Duration::ZERO), Instant::now, &(), || -> Option<()> {
    looks += 1;
    None
  });
  assert_eq!((found, looks), (None, 1));
}

#[test]
fn where_the_answer_comes_from_behind_on_the_same_core_it_is_let_in_at_once() {
  let mut spin = Spin::default();
  let patient = spin.patience();
  (0..20).for_each(|_| spin.learn(true, Duration::from_micros(3)));
  assert_eq!(spin.patience(), 1);
  assert_eq!(spin.keeps(), 0);
  (0..20).for_each(|_| spin.learn(false, Duration::from_nanos(300)));
  assert_eq!(spin.patience(), patient, "nobody came: it looks as long as at first");
  spin.learn(true, Duration::from_nanos(300));
  assert_eq!(spin.patience(), patient, "it has not been away: the answer came from another core");
}

#[test]
fn a_core_that_somebody_took_for_a_slice_is_not_offered_for_a_while_and_longer_each_time() {
  let mut spin = Spin::default();
  let slice = Duration::from_millis(4);
  spin.learn(true, slice);
  let first = spin.keeps();
  assert!(first > 0);
  spin.learn(false, slice);
  assert_eq!(spin.keeps(), 2 * first);
  (0..100).for_each(|_| spin.learn(false, slice));
  assert!(spin.keeps() < 10_000, "it asks again some time");
  spin.learn(true, Duration::from_micros(3));
  spin.learn(false, slice);
  assert_eq!(spin.keeps(), first, "an offer that has paid is as good as none before");
}

#[test]
fn while_it_keeps_its_core_every_look_is_one_less() {
  let mut spin = Spin::default();
  spin.learn(false, Duration::from_millis(4));
  let before = spin.keeps();
  for _ in 0..before {
    assert_eq!(spin.until_by(SpinPolicy::Fixed(Duration::from_micros(50)), Instant::now, &(), || Some(())), Some(()));
  }
  let has_two_cores = std::thread::available_parallelism().is_ok_and(|cores| cores.get() > 1);
  assert_eq!(spin.keeps() == 0, has_two_cores);
}

/// A machine as a thread finds it.
struct Machine {
  is_shared: bool,
  is_short: bool,
}

impl Surroundings for Machine {
  fn is_shared(&self) -> bool {
    self.is_shared
  }

  fn is_short(&self) -> bool {
    self.is_short
  }
}

/// Looks in vain for a second, if it may; how long that took.
fn look_long(spin: &mut Spin, around: &Machine) -> Duration {
  let start = Instant::now();
  assert!(spin.within(start, Duration::from_secs(1), around, || None::<()>).is_none());
  start.elapsed()
}

#[test]
fn where_there_are_fewer_cores_than_threads_that_want_to_run_a_long_look_ends() {
  let mut spin = Spin::default();
  assert!(look_long(&mut spin, &Machine { is_shared: false, is_short: true }) < Duration::from_millis(500));
}

#[test]
fn on_a_shared_core_it_looks_on_only_while_an_offer_of_the_core_may_pay() {
  let mut spin = Spin::default();
  spin.learn(false, Duration::from_millis(4));
  assert!(spin.keeps() > 1);
  assert!(look_long(&mut spin, &Machine { is_shared: true, is_short: false }) < Duration::from_millis(500));
}

#[test]
fn on_a_shared_core_it_offers_the_core_after_each_look() {
  let mut spin = Spin::default();
  let mut looks = 0;
  let around = Machine { is_shared: true, is_short: false };
  let found = spin.within(Instant::now(), Duration::from_secs(10), &around, || {
    looks += 1;
    (looks == 4).then_some(())
  });
  let has_two_cores = std::thread::available_parallelism().is_ok_and(|cores| cores.get() > 1);
  assert_eq!(found.is_some(), has_two_cores);
}
