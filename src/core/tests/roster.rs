//! Matrix: tasks, failures and members × open, closing, ended; close and end, once, twice and after each other; members
//! that are gone, at the end and before it.

use crate::core::{
  bond::{Bond, Ends},
  error::End,
  event::Event,
  queue::Queue,
  roster::{Phase, Roster},
};
use std::cell::Cell;

type TestRoster = Roster<&'static str, &'static str, dyn Ends>;

#[test]
fn the_phase_only_goes_forward() {
  let mut roster = TestRoster::new();
  assert_eq!(roster.phase(), Phase::Open);
  assert!(roster.close() && !roster.close());
  assert_eq!(roster.phase(), Phase::Closing);
  assert!(roster.end(End::Closed).is_some());
  assert!(!roster.close() && roster.end(End::Died).is_none());
  assert_eq!(roster.phase(), Phase::Ended(End::Closed));
}

#[test]
fn nothing_starts_on_a_loop_that_is_to_close() {
  let mut roster = TestRoster::new();
  assert_eq!(roster.start(1, "in time"), Ok(()));
  roster.close();
  assert_eq!(roster.start(2, "too late"), Err(End::Closed));
  drop(roster.end(End::Died));
  assert_eq!(roster.start(3, "much too late"), Err(End::Died));
  assert!(roster.tasks().is_empty());
}

#[test]
fn what_has_finished_is_not_told() {
  let mut roster = TestRoster::new();
  for (number, task) in [(1, "finished"), (2, "running")] {
    roster.start(number, task).expect("it is open");
  }
  assert_eq!((roster.finish(1), roster.finish(1)), (Some("finished"), None));
  let mut told = Vec::new();
  roster.end(End::Died).expect("the first end").tell(|task| told.push(*task));
  assert_eq!(told, ["running"]);
}

#[test]
fn failures_are_reported_once_the_oldest_first() {
  let mut roster = TestRoster::new();
  for (number, failure) in [(3, "c"), (1, "a"), (2, "b")] {
    roster.keep_failure(number, failure);
  }
  roster.forget_failure(2);
  drop(roster.end(End::Closed));
  assert_eq!(roster.failures().len(), 2, "an end leaves them to be reported");
  assert_eq!(roster.take_failures(), ["a", "c"]);
  assert!(roster.take_failures().is_empty());
}

#[test]
fn members_end_before_tasks() {
  let (mut roster, event, queue) = (TestRoster::new(), Event::new(), Queue::<u8>::new(0));
  roster.start(1, "a task").expect("it is open");
  for member in [event.bond(), queue.bond()] {
    roster.adopt(member).expect("it has not ended");
  }
  roster.close();
  let leavers = roster.end(End::Died).expect("the first end");
  assert_eq!(queue.statistics().end, None, "nothing ends under the lock");
  let seen = Cell::new(None);
  leavers.tell(|_| seen.set(queue.statistics().end));
  assert_eq!(seen.get(), Some(End::Died));
}

#[test]
fn a_member_that_comes_while_it_closes_is_adopted_and_one_that_comes_too_late_is_refused() {
  let (mut roster, event) = (TestRoster::new(), Event::new());
  roster.close();
  assert_eq!(roster.adopt(event.bond()), Ok(()));
  drop(roster.end(End::Closed));
  assert_eq!(roster.adopt(event.bond()), Err(End::Closed));
  assert!(roster.members().is_empty());
}

#[test]
fn members_that_are_gone_are_swept_out_and_not_told() {
  let (mut roster, kept) = (TestRoster::new(), Event::new());
  roster.adopt(kept.bond()).expect("it has not ended");
  let short_lived = || -> Bond { Event::new().bond() };
  for _ in 0..10_000 {
    roster.adopt(short_lived()).expect("it has not ended");
    assert!(roster.members().len() <= 16);
  }
  roster.end(End::Closed).expect("the first end").tell(|_| {});
  assert!(kept.wait(None).is_err());
}
