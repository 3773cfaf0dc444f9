//! What two threads do to one server, in every order: nothing is lost, nothing is taken twice, nobody is left waiting.
//!
//! Matrix: call × take, parked taker, end; withdrawn call × take, a relay, round, a return, end, answer; withdrawn and
//! dying taker × call, end; two takers × one call; a round × end, call; an answer × end, a timeout; a client that leaves
//! × a take.

use super::{
  POLL, Polled, await_here, model,
  port::TestPort,
  server::{parked, server_client},
};
use crate::core::{
  error::{End, WaitError},
  event::Event,
  relay::Relay,
  server::{Take, Taken},
  sync::thread,
};
use std::iter;

const CLOSED: Result<u32, WaitError> = Err(WaitError::Ended(End::Closed));

#[test]
fn a_blocking_call_is_taken_by_an_awaiting_taker() {
  model(|| {
    let (server, client) = server_client();
    let caller = thread::spawn(move || client.call_wait("a", None));
    await_here(server.take()).expect("a call").answer(1).expect("no answer yet");
    assert_eq!(caller.join().expect("no panic"), Ok(1));
  });
}

#[test]
fn an_awaiting_call_is_taken_by_a_blocking_taker() {
  model(|| {
    let (server, client) = server_client();
    let taker = thread::spawn(move || server.take_wait(None).expect("a call").answer(1));
    assert_eq!(await_here(client.call("a")), Ok(1));
    assert_eq!(taker.join().expect("no panic"), Ok(()));
  });
}

#[test]
fn of_two_takers_one_gets_the_call() {
  model(|| {
    let (server, client) = server_client();
    let _call = parked(&client, "a");
    let taking = server.clone();
    let taker = thread::spawn(move || taking.try_take().is_some());
    let has_taken = server.try_take().is_some();
    assert!(taker.join().expect("no panic") != has_taken);
  });
}

#[test]
fn a_take_and_a_round_take_each_call_once() {
  model(|| {
    let (server, client) = server_client();
    let _calls = [parked(&client, "a"), parked(&server.client(), "b")];
    let taking = server.clone();
    let other = thread::spawn(move || taking.try_take().map(|request| request.question));
    server.begin_round();
    let mut taken: Vec<_> = iter::from_fn(|| server.try_take_in_round()).map(|request| request.question).collect();
    taken.extend(other.join().expect("no panic"));
    taken.extend(server.try_take().map(|request| request.question));
    taken.sort_unstable();
    assert_eq!(taken, ["a", "b"]);
  });
}

#[test]
fn a_call_amid_a_round_is_in_it_or_in_the_next() {
  model(|| {
    let (server, client) = server_client();
    let _call = parked(&server.client(), "b");
    let caller = thread::spawn(move || parked(&client, "a"));
    server.begin_round();
    let mut taken: Vec<_> = iter::from_fn(|| server.try_take_in_round()).map(|request| request.question).collect();
    let _late = caller.join().expect("no panic");
    server.begin_round();
    taken.extend(iter::from_fn(|| server.try_take_in_round()).map(|request| request.question));
    taken.sort_unstable();
    assert_eq!(taken, ["a", "b"]);
  });
}

#[test]
fn a_call_amid_the_end_is_not_left_waiting() {
  model(|| {
    let (server, client) = server_client();
    let caller = thread::spawn(move || client.call_wait("a", None));
    server.end(End::Closed);
    assert_eq!(caller.join().expect("no panic"), CLOSED);
    assert_eq!(server.pending(9), 0);
  });
}

#[test]
fn a_call_taken_amid_the_end_is_not_left_waiting() {
  model(|| {
    let (server, client) = server_client();
    let mut call = parked(&client, "a");
    let taking = server.clone();
    let taker = thread::spawn(move || drop(taking.try_take())); // Unanswered.
    server.end(End::Closed);
    taker.join().expect("no panic");
    assert_eq!(call.woken(), CLOSED);
  });
}

#[test]
fn a_round_amid_the_end_leaves_no_call_waiting() {
  model(|| {
    let (server, client) = server_client();
    let mut calls = [parked(&client, "a"), parked(&server.client(), "b")];
    let taking = server.clone();
    let taker = thread::spawn(move || {
      taking.begin_round();
      drop(taking.try_take_in_round());
    });
    server.end(End::Closed);
    taker.join().expect("no panic");
    assert!(calls.iter_mut().all(|call| call.woken() == CLOSED));
    assert_eq!(server.pending(9), 0);
  });
}

#[test]
fn a_call_handed_over_amid_the_end_is_not_left_waiting() {
  model(|| {
    let ((server, client), port) = (server_client(), TestPort::new());
    let _take = port.park(1, Take::new(&server));
    let caller = thread::spawn(move || client.call_wait("a", None));
    server.end(End::Closed);
    assert_eq!(caller.join().expect("no panic"), CLOSED);
    match &port.take()[..] {
      [(1, Taken::Request(request))] => assert!(request.reply.done()),
      outcome => assert!(matches!(outcome, [(1, Taken::Ended(End::Closed))])),
    }
    assert_eq!(port.wakes(), 1);
  });
}

#[test]
fn an_answer_amid_the_end_settles_one_way() {
  model(|| {
    let (server, client) = server_client();
    let mut call = parked(&client, "a");
    let request = server.try_take().expect("a call");
    let answerer = thread::spawn(move || request.answer(1).is_ok());
    server.end(End::Closed);
    let expected = if answerer.join().expect("no panic") { Ok(1) } else { CLOSED };
    assert_eq!(call.woken(), expected);
  });
}

#[test]
fn an_answer_amid_a_timeout_comes_or_not() {
  model(|| {
    let (server, client) = server_client();
    let caller = thread::spawn(move || client.call_wait("a", POLL));
    let answered = server.try_take().map(|request| request.answer(1));
    let outcome = caller.join().expect("no panic");
    assert!(outcome == Err(WaitError::TimedOut) || (outcome, answered) == (Ok(1), Some(Ok(()))));
    assert!(server.try_take().is_none() && server.pending(9) == 0);
  });
}

#[test]
fn a_call_withdrawn_amid_a_take_is_seen_once_at_most() {
  model(|| {
    let (server, client) = server_client();
    let (call, _next) = (parked(&client, "given up"), parked(&client, "next"));
    let withdrawer = thread::spawn(move || drop(call));
    let taken = server.try_take().expect("one or the other").question;
    withdrawer.join().expect("no panic");
    let rest = server.try_take().map(|request| request.question);
    assert!((taken, rest) == ("given up", Some("next")) || (taken, rest) == ("next", None));
  });
}

#[test]
fn a_call_withdrawn_amid_a_take_is_told_of_where_it_was_seen() {
  model(|| {
    let (server, client) = server_client();
    let told = Event::new();
    server.pass_on(Relay::new(told.clone()));
    let call = parked(&client, "given up");
    let withdrawer = thread::spawn(move || drop(call));
    let is_seen = server.try_take().is_some();
    withdrawer.join().expect("no panic");
    assert!(told.is_set() || !is_seen);
  });
}

#[test]
fn a_call_withdrawn_amid_a_round_leaves_nothing() {
  model(|| {
    let (server, client) = server_client();
    let call = parked(&client, "a");
    let withdrawer = thread::spawn(move || drop(call));
    server.begin_round();
    let is_pending = server.pending(9) == 1;
    let taken = server.try_take_in_round();
    withdrawer.join().expect("no panic");
    assert!(is_pending || taken.is_none(), "what was gone does not come again");
    assert_eq!((server.pending(9), server.try_take().is_none()), (0, true));
  });
}

#[test]
fn a_call_withdrawn_while_its_round_is_given_up_leaves_nothing() {
  model(|| {
    let (server, client) = server_client();
    let call = parked(&client, "a");
    server.begin_round();
    let withdrawer = thread::spawn(move || drop(call));
    server.begin_round(); // Back to its line, and out again.
    let _ = server.try_take();
    withdrawer.join().expect("no panic");
    assert_eq!((server.pending(9), server.try_take().is_none()), (0, true));
  });
}

#[test]
fn a_call_withdrawn_while_it_comes_back_leaves_nothing() {
  model(|| {
    let (server, client) = server_client();
    let taker = Polled::parked(server.take());
    let call = parked(&client, "a");
    let withdrawer = thread::spawn(move || drop(call));
    drop(taker);
    withdrawer.join().expect("no panic");
    assert_eq!((server.pending(9), server.try_take().is_none()), (0, true));
  });
}

#[test]
fn a_call_withdrawn_amid_the_end_leaves_nothing() {
  model(|| {
    let (server, client) = server_client();
    let call = parked(&client, "a");
    let withdrawer = thread::spawn(move || drop(call));
    server.end(End::Closed);
    withdrawer.join().expect("no panic");
    assert_eq!((server.pending(9), server.kept().1), (0, 0));
  });
}

#[test]
fn a_taker_withdrawn_amid_a_call_loses_nothing() {
  model(|| {
    let (server, client) = server_client();
    let taker = Polled::parked(server.take());
    let caller = thread::spawn(move || client.call_wait("a", None));
    drop(taker);
    let request = server.take_wait(None).expect("a call");
    request.answer(1).expect("no answer yet");
    assert_eq!(caller.join().expect("no panic"), Ok(1));
    assert!(server.try_take().is_none() && !server.has_takers());
  });
}

#[test]
fn a_timed_out_taker_amid_a_call_has_it_or_leaves_it() {
  model(|| {
    let (server, client) = server_client();
    let taking = server.clone();
    let taker = thread::spawn(move || taking.take_wait(POLL).is_ok());
    let _call = parked(&client, "a");
    assert!(taker.join().expect("no panic") != server.try_take().is_some());
    assert!(!server.has_takers());
  });
}

#[test]
fn a_taker_that_dies_amid_a_call_passes_the_baton() {
  model(|| {
    let ((server, client), dying) = (server_client(), TestPort::new());
    let take = dying.park(1, Take::new(&server));
    let mut next = Polled::parked(server.take());
    let caller = thread::spawn(move || parked(&client, "a"));
    dying.die([(1, take)]);
    let mut call = caller.join().expect("no panic");
    next.woken().expect("a call").answer(1).expect("no answer yet");
    assert_eq!(call.woken(), Ok(1));
  });
}

#[test]
fn a_taker_withdrawn_amid_the_end_leaves_nothing() {
  model(|| {
    let (server, client) = server_client();
    let taking = server.clone();
    let taker = Polled::parked(async move { taking.take().await });
    let mut call = parked(&client, "handed over");
    let withdrawer = thread::spawn(move || drop(taker));
    server.end(End::Closed);
    withdrawer.join().expect("no panic");
    assert_eq!((call.woken(), server.pending(9), server.has_takers()), (CLOSED, 0, false));
  });
}

#[test]
fn a_client_that_leaves_amid_a_take_is_served() {
  model(|| {
    let (server, client) = server_client();
    let mut call = parked(&client, "a");
    let leaver = thread::spawn(move || drop(client));
    server.try_take().expect("a call").answer(1).expect("no answer yet");
    leaver.join().expect("no panic");
    assert_eq!(call.woken(), Ok(1));
  });
}
