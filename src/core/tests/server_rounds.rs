//! Matrix: a round that is begun, begun anew, served, left for a take × calls of clients in and out of turn, second calls,
//! newcomers, calls given up; what counts as pending meanwhile. Its races: `server_races`; its end: `server_end`.

use super::{
  Polled, once,
  server::{Asking, parked, take, take_all},
};
use std::iter;

fn take_in_round(server: &Asking) -> Option<&'static str> {
  server.try_take_in_round().map(|request| request.question)
}

fn take_round(server: &Asking) -> Vec<&'static str> {
  server.begin_round();
  iter::from_fn(|| take_in_round(server)).collect()
}

#[test]
fn a_round_has_one_call_of_each_client_and_no_newcomers() {
  once(|| {
    let server = Asking::new();
    let [a, b, c] = [server.client(), server.client(), server.client()];
    let _calls = [parked(&c, "c1"), parked(&a, "a1"), parked(&a, "a2")];
    server.begin_round();
    let _late = [parked(&b, "b1"), parked(&server.client(), "d1")];
    assert_eq!(take_in_round(&server), Some("a1"));
    let _later = parked(&a, "a3");
    assert_eq!([take_in_round(&server), take_in_round(&server)], [Some("c1"), None]);
    assert_eq!(take_round(&server), ["d1", "a2", "b1"], "in turn, from where the last one ended");
    assert_eq!([take_round(&server), take_round(&server)], [vec!["a3"], vec![]]);
  });
}

#[test]
fn what_is_left_of_a_round_is_taken_as_if_it_had_not_begun() {
  once(|| {
    let server = Asking::new();
    let [a, b, c] = [server.client(), server.client(), server.client()];
    let _calls = [parked(&a, "a1"), parked(&c, "c1"), parked(&a, "a2"), parked(&c, "c2")];
    server.begin_round();
    assert_eq!(take_in_round(&server), Some("a1"));
    let _late = parked(&b, "b1");
    assert_eq!(take(&server), Some("b1"), "its turn is before that of c");
    assert_eq!(take_in_round(&server), None, "the round is over");
    assert_eq!(take_round(&server), ["c1", "a2"]);
    let mut taker = Polled::new(server.take());
    assert!(taker.poll().is_ready(), "c2");
  });
}

#[test]
fn a_round_that_is_begun_anew_leaves_nobody_out() {
  once(|| {
    let server = Asking::new();
    let [a, b, c] = [server.client(), server.client(), server.client()];
    let _calls = [parked(&a, "a1"), parked(&b, "b1"), parked(&c, "c1"), parked(&b, "b2")];
    server.begin_round();
    server.begin_round();
    assert_eq!(take_in_round(&server), Some("a1"));
    let _late = parked(&a, "a2");
    assert_eq!(take_round(&server), ["b1", "c1", "a2"]);
    assert_eq!(take_all(&server), ["b2"]);
  });
}

#[test]
fn pending_counts_so_many_of_each_client_in_a_round_or_not() {
  once(|| {
    let server = Asking::new();
    let [a, b] = [server.client(), server.client()];
    let _calls = [parked(&a, "a"), parked(&a, "a"), parked(&a, "a"), parked(&b, "b")];
    let counts = || [1, 2, 9].map(|most| server.pending(most));
    assert_eq!(counts(), [2, 3, 4]);
    server.begin_round();
    assert_eq!(counts(), [2, 3, 4], "those of the round wait as well");
    assert_eq!(take_in_round(&server), Some("a"));
    assert_eq!(counts(), [2, 3, 3]);
    assert_eq!((take_in_round(&server), counts()), (Some("b"), [1, 2, 2]));
  });
}

#[test]
fn c7_a_call_given_up_in_a_round_is_never_seen() {
  once(|| {
    let server = Asking::new();
    let [a, b] = [server.client(), server.client()];
    let (given_up, others) = (parked(&a, "a1"), [parked(&a, "a2"), parked(&b, "b1")]);
    server.begin_round();
    drop(given_up);
    assert_eq!(server.pending(9), 2);
    assert_eq!([take_in_round(&server), take_in_round(&server)], [Some("b1"), None]);
    server.begin_round();
    drop(others);
    assert_eq!((server.pending(9), take(&server), server.pending(9)), (0, None, 0), "nor when it goes back");
    let (_call, given_up) = (parked(&a, "a3"), parked(&b, "b3"));
    server.begin_round();
    drop(given_up);
    assert_eq!((take(&server), server.pending(9)), (Some("a3"), 0), "nor behind another");
  });
}
