//! Matrix: waits of a place × none yet, regular, irregular, too short, too long, one that takes far too long; a thread
//! that the clock wakes × in time, late, too late for a sleep.

use crate::core::pace::{Forecast, Pace};
use std::time::Duration;

const IN_TIME: Duration = Duration::ZERO;

fn micros(count: u64) -> Duration {
  Duration::from_micros(count)
}

/// The pace of a place whose waits took so many microseconds.
fn pace_of(waits: impl IntoIterator<Item = u64>) -> Pace {
  let mut pace = Pace::default();
  waits.into_iter().for_each(|took| pace.learn(micros(took)));
  pace
}

fn regular(took: u64) -> Pace {
  pace_of([took; 40])
}

#[test]
fn of_a_place_that_is_not_known_nothing_is_foreseen() {
  assert_eq!(Pace::default().forecast(IN_TIME), None);
}

#[test]
fn a_regular_wait_is_slept_through_until_it_is_nearly_due() {
  let Forecast { from, until } = regular(500).forecast(micros(100)).expect("it is foreseen");
  assert!(from <= micros(400) && from >= micros(390), "{from:?}: as much sooner as the clock is late");
  assert!(until > micros(500) && until < micros(600), "{until:?}");
}

#[test]
fn where_the_clock_would_wake_it_too_late_it_looks_from_the_start() {
  let forecast = regular(110).forecast(micros(100)).expect("it is foreseen");
  assert_eq!(forecast.from, Duration::ZERO);
}

#[test]
fn waits_that_are_looked_for_anyway_are_not_foreseen() {
  assert_eq!(regular(10).forecast(IN_TIME), None);
}

#[test]
fn waits_beside_which_a_wake_does_not_matter_are_not_foreseen() {
  assert_eq!(regular(10_000).forecast(IN_TIME), None);
}

#[test]
fn waits_that_differ_too_much_are_not_foreseen() {
  assert_eq!(pace_of([200, 1_800].repeat(20)).forecast(IN_TIME), None);
}

#[test]
fn waits_that_differ_a_little_are_looked_for_as_much_longer() {
  let narrow = regular(500).forecast(IN_TIME).expect("it is foreseen");
  let wide = pace_of([450, 550].repeat(20)).forecast(IN_TIME).expect("it is foreseen");
  assert!(wide.from < narrow.from && wide.until > narrow.until, "{wide:?} beside {narrow:?}");
}

#[test]
fn one_wait_that_took_far_too_long_is_forgotten_soon() {
  let mut pace = regular(200);
  pace.learn(Duration::from_secs(1));
  assert!(pace.mean() < micros(400), "{:?}", pace.mean());
  (0..20).for_each(|_| pace.learn(micros(200)));
  assert!(pace.forecast(IN_TIME).is_some());
}

#[test]
fn a_place_whose_waits_have_become_longer_or_shorter_is_learnt_anew() {
  for (before, after) in [(50, 1_000), (1_000, 50)] {
    let mut pace = regular(before);
    (0..40).for_each(|_| pace.learn(micros(after)));
    let Forecast { from, until } = pace.forecast(IN_TIME).expect("it is foreseen");
    assert!(from <= micros(after) && until >= micros(after), "{from:?} to {until:?} after {before}");
  }
}

#[test]
fn the_longest_and_the_shortest_wait_there_can_be_are_learnt_without_harm() {
  let mut pace = Pace::default();
  for took in [Duration::MAX, Duration::ZERO, Duration::MAX, Duration::ZERO] {
    (0..100).for_each(|_| pace.learn(took));
  }
  assert_eq!(pace.forecast(Duration::MAX), None);
}
