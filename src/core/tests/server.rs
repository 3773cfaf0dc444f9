//! Matrix: call, parked, timed-out, withdrawn (in its line, handed over, taken) and answered calls × take, try-take,
//! parked, timed-out, withdrawn and dead takers, and those given up after they were served; one client and several, in
//! turn; clients that come and go; what a relay is told. Rounds: `server_rounds`. Ends and memory: `server_end`. Races: `server_races`.

use super::{POLL, Polled, await_here, once, port::TestPort};
use crate::core::{
  client::{Call, Client},
  error::WaitError,
  event::Event,
  future::{AlreadySettled, Settled},
  operation::Operation,
  relay::Relay,
  server::{Server, Take, Taken},
};
use std::{future::Future, iter, task::Poll};

pub(super) type Asking = Server<&'static str, u32>;

/// A call that waits for its answer.
pub(super) fn parked(
  client: &Client<&'static str, u32>,
  question: &'static str,
) -> Polled<impl Future<Output = Result<u32, WaitError>> + use<>> {
  let client = client.clone();
  Polled::parked(async move { client.call(question).await })
}

pub(super) fn take(server: &Asking) -> Option<&'static str> {
  server.try_take().map(|request| request.question)
}

pub(super) fn take_all(server: &Asking) -> Vec<&'static str> {
  iter::from_fn(|| take(server)).collect()
}

#[test]
fn a_call_waits_for_its_answer_wherever_it_stands() {
  once(|| {
    let server = Asking::default();
    let mut call = parked(&server.client(), "a");
    assert_eq!((server.pending(9), server.has_takers()), (1, false));
    let request = server.try_take().expect("a call");
    assert_eq!((request.question, server.pending(9), call.wakes()), ("a", 0, 0));
    assert!(server.try_take().is_none(), "taken once");
    request.answer(7).expect("no answer yet");
    assert_eq!(call.woken(), Ok(7));
  });
}

#[test]
fn a_call_is_answered_once() {
  once(|| {
    let server = Asking::new();
    let mut call = parked(&server.client(), "a");
    let request = server.try_take().expect("a call");
    assert!(request.is_waited_for());
    assert_eq!((request.answer(1), request.answer(2)), (Ok(()), Err(AlreadySettled(2))));
    assert!(!request.reply.cancel());
    assert_eq!(call.woken(), Ok(1));
  });
}

#[test]
fn a_cancelled_call_says_so() {
  once(|| {
    let server = Asking::new();
    let mut call = parked(&server.client(), "a");
    assert!(server.try_take().expect("a call").reply.cancel());
    assert_eq!(call.woken(), Err(WaitError::Cancelled));
  });
}

#[test]
fn a_call_belongs_to_the_longest_waiting_taker() {
  once(|| {
    let (server, port) = (Asking::new(), TestPort::new());
    let mut first = Polled::parked(server.take());
    let _second = port.park(2, Take::new(&server));
    let third = Polled::parked(server.take());
    assert!(server.has_takers());
    let client = server.client();
    let _calls = [parked(&client, "a"), parked(&client, "b")];
    assert_eq!((server.pending(9), take(&server)), (0, None), "they are somebody's already");
    assert_eq!(first.woken().map(|request| request.question), Ok("a"));
    let delivered = port.take();
    assert!(matches!(&delivered[..], [(2, Taken::Request(request))] if request.question == "b"));
    assert_eq!((port.wakes(), third.wakes()), (1, 0));
  });
}

#[test]
fn calls_are_taken_in_the_order_of_the_clients_never_of_arrival() {
  once(|| {
    let server = Asking::new();
    let [a, b, c] = [server.client(), server.client(), server.client()];
    let _calls = [(&c, "c1"), (&a, "a1"), (&b, "b1"), (&a, "a2"), (&c, "c2")].map(|(of, name)| parked(of, name));
    assert_eq!(take_all(&server), ["a1", "b1", "c1", "a2", "c2"]);
  });
}

#[test]
fn c10_a_flood_of_one_client_starves_nobody() {
  once(|| {
    let server = Asking::new();
    let [flooding, modest] = [server.client(), server.client()];
    let _flood: Vec<_> = (0..20).map(|_| parked(&flooding, "flood")).collect();
    let _first = parked(&modest, "first");
    assert_eq!([take(&server), take(&server)], [Some("flood"), Some("first")]);
    let _second = parked(&modest, "second");
    assert_eq!([take(&server), take(&server)], [Some("flood"), Some("second")]);
    assert_eq!(server.pending(usize::MAX), 18);
  });
}

#[test]
fn a_call_handed_to_a_taker_counts_as_its_clients_turn() {
  once(|| {
    let server = Asking::new();
    let [a, b] = [server.client(), server.client()];
    let mut taker = Polled::parked(server.take());
    let _calls = [parked(&a, "a1"), parked(&a, "a2"), parked(&b, "b1")];
    assert_eq!(taker.woken().map(|request| request.question), Ok("a1"));
    assert_eq!(take_all(&server), ["b1", "a2"]);
  });
}

#[test]
fn c7_a_call_given_up_in_its_line_is_never_seen() {
  once(|| {
    let (server, port) = (Asking::new(), TestPort::new());
    let client = server.client();
    let (first, _second) = (parked(&client, "first"), parked(&client, "second"));
    let mut third = port.park(3, Call::new(&client, "third"));
    drop(first);
    assert!(third.withdraw() && !third.withdraw());
    assert_eq!(client.call_wait("fourth", POLL), Err(WaitError::TimedOut));
    assert_eq!((server.pending(9), take_all(&server), port.wakes()), (1, vec!["second"], 0));
  });
}

#[test]
fn a_call_given_up_after_it_was_taken_is_answered_to_nobody() {
  once(|| {
    let server = Asking::new();
    let (call, mut taker) = (parked(&server.client(), "a"), Polled::new(server.take()));
    let Poll::Ready(Ok(request)) = taker.poll() else { panic!("there is a call") };
    drop(call);
    assert!(!request.is_waited_for() && take(&server).is_none());
    assert_eq!(request.answer(1), Ok(()));
  });
}

#[test]
fn a_call_given_up_after_it_was_handed_over_goes_to_nobody_else() {
  once(|| {
    let server = Asking::new();
    let (first, next) = (Polled::parked(server.take()), Polled::parked(server.take()));
    let call = parked(&server.client(), "a");
    assert_eq!(first.wakes(), 1);
    drop(call);
    drop(first);
    assert_eq!((next.wakes(), server.pending(9)), (0, 0));
    drop(next);
    assert_eq!((take(&server), server.kept().0), (None, 1));
  });
}

#[test]
fn a_call_that_was_not_polled_asks_nothing() {
  once(|| {
    let server = Asking::new();
    drop(Polled::new(server.client().call("a")));
    drop(Polled::new(server.take()));
    assert_eq!((server.pending(9), server.has_takers()), (0, false));
  });
}

#[test]
fn a_taker_that_gave_up_takes_nothing() {
  once(|| {
    let (server, port) = (Asking::new(), TestPort::new());
    assert_eq!(server.take_wait(POLL).err(), Some(WaitError::TimedOut));
    drop(Polled::parked(server.take()));
    let mut take_at_port = port.park(1, Take::new(&server));
    assert!(take_at_port.withdraw() && !take_at_port.withdraw());
    assert!(!server.has_takers());
    let _call = parked(&server.client(), "a");
    assert_eq!((take(&server), port.wakes()), (Some("a"), 0));
  });
}

#[test]
fn abandoned_taker_passes_the_baton() {
  once(|| {
    let server = Asking::new();
    let (abandoned, mut next) = (Polled::parked(server.take()), Polled::parked(server.take()));
    drop(abandoned);
    let _call = parked(&server.client(), "a");
    assert_eq!(next.woken().map(|request| request.question), Ok("a"));
  });
}

#[test]
fn a_taker_whose_thread_is_gone_passes_the_baton() {
  once(|| {
    let ((server, client), gone) = (server_client(), TestPort::new());
    let _takes = [gone.park(1, Take::new(&server)), gone.park(2, Take::new(&server))];
    let mut next = Polled::parked(server.take());
    gone.die(iter::empty::<(u32, Take<&'static str, u32>)>()); // Dead, and its waits still listed.
    let mut call = parked(&client, "a");
    next.woken().expect("the call").answer(1).expect("no answer yet");
    assert_eq!((call.woken(), gone.wakes()), (Ok(1), 0));
  });
}

/// A server and its first client.
pub(super) fn server_client() -> (Asking, Client<&'static str, u32>) {
  let server = Asking::new();
  let client = server.client();
  (server, client)
}

#[test]
fn a_call_whose_takers_are_all_gone_stands_in_its_line() {
  once(|| {
    let ((server, client), gone) = (server_client(), TestPort::new());
    let _take = gone.park(1, Take::new(&server));
    gone.die(iter::empty::<(u32, Take<&'static str, u32>)>());
    let mut call = parked(&client, "a");
    assert_eq!((server.pending(9), server.has_takers()), (1, false));
    server.try_take().expect("the call").answer(1).expect("no answer yet");
    assert_eq!(call.woken(), Ok(1));
  });
}

#[test]
fn a_call_its_taker_never_looked_at_goes_to_the_next() {
  once(|| {
    let ((server, client), dying) = (server_client(), TestPort::new());
    let taking = dying.park(1, Take::new(&server));
    let (first, mut last) = (Polled::parked(server.take()), Polled::parked(server.take()));
    let mut calls = [parked(&client, "a"), parked(&client, "b")];
    drop(first);
    assert_eq!(last.woken().map(|request| request.question), Ok("b"));
    let mut next = Polled::parked(server.take());
    dying.die([(1, taking)]);
    next.woken().expect("the call").answer(1).expect("no answer yet");
    assert_eq!((calls[0].woken(), calls[1].wakes()), (Ok(1), 0));
  });
}

#[test]
fn a_call_its_taker_never_looked_at_is_at_the_head_of_its_line_and_next() {
  once(|| {
    let ((server, a), dying) = (server_client(), TestPort::new());
    let b = server.client();
    let first = [1, 2].map(|ticket| (ticket, dying.park(ticket, Take::new(&server))));
    let _calls = [parked(&a, "a1"), parked(&a, "a2"), parked(&a, "a3"), parked(&b, "b1")];
    assert_eq!(server.pending(9), 2);
    dying.die(first);
    assert_eq!(take_all(&server), ["a1", "b1", "a2", "a3"]);
  });
}

#[test]
fn an_answer_nobody_looked_at_is_gone_with_its_call() {
  once(|| {
    let ((server, client), dying) = (server_client(), TestPort::new());
    let call = dying.park(1, Call::new(&client, "a"));
    let request = server.try_take().expect("the call");
    request.answer(1).expect("no answer yet");
    dying.die([(1, call)]);
    assert_eq!((request.reply.settled(), server.pending(9)), (Some(Settled::Value(1)), 0));
  });
}

#[test]
fn a_reply_may_be_kept_and_be_waited_for_by_others() {
  once(|| {
    let (server, client) = server_client();
    let mut call = parked(&client, "a");
    let reply = server.try_take().expect("the call").reply;
    let mut watching = Polled::parked(reply.result());
    assert_eq!(reply.set_result(3), Ok(()));
    assert_eq!((call.woken(), watching.woken(), await_here(reply.result())), (Ok(3), Ok(3), Ok(3)));
  });
}

#[cfg(not(loom))] // More steps than a model may have.
#[test]
fn clients_that_left_keep_no_line_and_their_calls_are_served() {
  once(|| {
    let (server, staying) = server_client();
    let _call = parked(&server.client(), "left");
    (0..200).for_each(|_| drop(server.client()));
    assert!(server.kept().0 <= 130, "{} lines for one client", server.kept().0);
    let _last = [parked(&server.client(), "last"), parked(&staying, "first")];
    assert_eq!(take_all(&server), ["first", "left", "last"]);
    assert!(staying.server().pending(9) == 0);
  });
}

#[test]
fn who_passes_calls_on_is_told_of_those_that_are_given_up_after_they_were_taken() {
  once(|| {
    let (server, client) = server_client();
    let told = Event::new();
    server.pass_on(Relay::new(told.clone()));
    drop(parked(&client, "never taken"));
    assert!(!told.is_set());
    let call = parked(&client, "taken");
    let request = server.try_take().expect("a call");
    assert!(!told.is_set());
    drop(call);
    assert_eq!((told.is_set(), request.is_waited_for()), (true, false));
  });
}

#[test]
fn who_passes_calls_on_is_told_of_clients_that_leave() {
  once(|| {
    let server = Asking::new();
    let told = Event::new();
    server.pass_on(Relay::new(told.clone()));
    let (first, second) = (server.client(), server.client());
    drop(first.clone());
    assert_eq!((told.is_set(), server.take_left()), (false, vec![]));
    drop(first);
    assert_eq!((told.is_set(), server.take_left(), server.take_left()), (true, vec![1], vec![]));
    drop(second);
    assert_eq!(server.take_left(), [2]);
  });
}

#[test]
#[cfg(all(feature = "node", not(loom)))]
fn calls_without_an_answer_are_those_that_are_waited_for() {
  once(|| {
    let server = Asking::new();
    let (one, other) = (server.client(), server.client());
    let unanswered = || {
      let mut waiting = Vec::new();
      let taken = server.unanswered(|_| true, |question| waiting.push(*question));
      (waiting, taken)
    };
    assert_eq!(unanswered(), (vec![], 0));
    let calls = [parked(&one, "first"), parked(&one, "second"), parked(&other, "third")];
    assert_eq!(unanswered(), (vec!["first", "second", "third"], 0));
    server.begin_round(); // What is left of a round waits as well.
    let request = server.try_take_in_round().expect("there is one");
    assert_eq!(unanswered(), (vec!["third", "second"], 1));
    assert!(request.answer(1).is_ok());
    assert_eq!(unanswered(), (vec!["third", "second"], 0));
    let taken = server.try_take_in_round().expect("there is another");
    assert_eq!(unanswered(), (vec!["second"], 1));
    server.give_back(taken);
    assert_eq!(unanswered(), (vec!["second", "third"], 0));
    let _dropped = server.try_take_in_round();
    assert_eq!(unanswered().1, 1);
    drop(calls); // Nobody waits any more.
    assert_eq!(unanswered(), (vec![], 0));
  });
}
