//! Matrix: the end × calls in their lines, in a round, handed over, taken, kept, dropped unanswered, answered, given up;
//! parked, withdrawn and dead takers; calls, takes and returns after it, and a second end. What is kept meanwhile:
//! lines, replies; and what runs code of its own when dropped, which must meet no lock.

use super::{
  POLL, Polled, once,
  port::TestPort,
  server::{Asking, parked, server_client},
};
use crate::core::{
  client::Client,
  error::{End, WaitError},
  server::{Server, Take, Taken},
};

const CLOSED: Result<u32, WaitError> = Err(WaitError::Ended(End::Closed));

#[test]
fn c9_the_end_leaves_no_call_waiting_wherever_it_stands() {
  once(|| {
    let (server, port) = (Asking::new(), TestPort::new());
    let taken = parked(&server.client(), "taken");
    let request = server.try_take().expect("taken");
    let dropped = parked(&server.client(), "dropped");
    drop(server.try_take());
    let _take = port.park(1, Take::new(&server));
    let handed_over = parked(&server.client(), "handed over");
    let (of_round, pulled) = (parked(&server.client(), "of the round"), parked(&server.client(), "pulled"));
    server.begin_round();
    drop(server.try_take_in_round());
    let in_line = parked(&server.client(), "in line");
    server.end(End::Closed);
    let mut calls = [taken, dropped, handed_over, of_round, pulled, in_line];
    assert!(calls.iter_mut().all(|call| call.woken() == CLOSED));
    assert_eq!((server.pending(9), request.answer(1).is_err()), (0, true));
    assert!(server.try_take().is_none() && server.try_take_in_round().is_none());
  });
}

#[test]
fn the_end_releases_every_taker_once() {
  once(|| {
    let (server, port) = (Asking::new(), TestPort::new());
    let (mut first, second) = (Polled::parked(server.take()), Polled::parked(server.take()));
    let _take = port.park(7, Take::new(&server));
    let gone = TestPort::new();
    let at_gone = gone.park(8, Take::new(&server));
    gone.die([(8, at_gone)]);
    drop(second);
    server.end(End::Died);
    assert_eq!(first.woken().err(), Some(WaitError::Ended(End::Died)));
    assert!(matches!(port.take()[..], [(7, Taken::Ended(End::Died))]));
    assert_eq!((port.wakes(), gone.wakes(), server.has_takers()), (1, 0, false));
  });
}

#[test]
fn after_the_end_nothing_waits_and_nothing_is_asked() {
  once(|| {
    let (server, client) = server_client();
    server.end(End::Closed);
    assert_eq!(client.call_wait("late", None), CLOSED);
    assert_eq!(server.client().call_wait("of a late client", None), CLOSED);
    assert_eq!(server.take_wait(None).err(), Some(WaitError::Ended(End::Closed)));
    assert_eq!((server.pending(9), server.kept().1), (0, 0));
  });
}

#[test]
fn the_first_end_stays() {
  once(|| {
    let (server, client) = server_client();
    server.end(End::Died);
    server.end(End::Closed);
    assert_eq!(client.call_wait("late", None), Err(WaitError::Ended(End::Died)));
  });
}

#[test]
fn an_answer_before_the_end_stays() {
  once(|| {
    let (server, client) = server_client();
    let mut call = parked(&client, "a");
    server.try_take().expect("a call").answer(1).expect("no answer yet");
    server.end(End::Closed);
    assert_eq!(call.woken(), Ok(1));
  });
}

#[test]
fn a_call_returned_after_the_end_ends() {
  once(|| {
    let ((server, client), dying) = (server_client(), TestPort::new());
    let (take, kept) = (dying.park(1, Take::new(&server)), Polled::parked(server.take()));
    let mut calls = [parked(&client, "a"), parked(&client, "b")];
    server.end(End::Closed);
    dying.die([(1, take)]);
    drop(kept);
    assert!(calls.iter_mut().all(|call| call.woken() == CLOSED));
    assert_eq!(server.pending(9), 0);
  });
}

#[test]
fn a_reply_that_is_kept_ends_with_the_server() {
  once(|| {
    let (server, client) = server_client();
    let call = parked(&client, "a");
    let reply = server.try_take().expect("a call").reply;
    let mut watching = Polled::parked(reply.result());
    drop(call);
    server.end(End::Closed);
    assert_eq!(watching.woken(), CLOSED);
  });
}

#[test]
fn calls_given_up_before_the_end_hear_nothing_of_it() {
  once(|| {
    let (server, client) = server_client();
    let (in_line, in_round) = (parked(&server.client(), "in line"), parked(&client, "in the round"));
    assert_eq!(client.call_wait("timed out", POLL), Err(WaitError::TimedOut));
    server.begin_round();
    let wakes = [&in_line, &in_round].map(|call| std::sync::Arc::clone(&call.wakes));
    drop((in_line, in_round));
    server.end(End::Closed);
    assert!(wakes.iter().all(|wakes| wakes.0.load(std::sync::atomic::Ordering::SeqCst) == 0));
  });
}

/// A question that looks at its server when it is dropped, which hangs under any of the server's locks.
struct Nosy(Server<Nosy, u32>);

impl Drop for Nosy {
  fn drop(&mut self) {
    self.0.pending(9);
    drop(self.0.client());
  }
}

#[test]
fn no_question_is_dropped_under_a_lock() {
  once(|| {
    let (server, port) = (Server::new(), TestPort::new());
    let client = server.client();
    let call = |client: &Client<Nosy, u32>| {
      let client = client.clone();
      Polled::parked(async move { client.call(Nosy(client.server().clone())).await })
    };
    drop(call(&client)); // From its line.
    let given_up = call(&client);
    server.begin_round();
    drop(given_up);
    assert!(server.try_take_in_round().is_none(), "skipped in its round");
    let given_up = call(&client);
    server.begin_round();
    drop(given_up);
    assert!(server.try_take().is_none(), "dropped on the way back");
    let take = port.park(1, Take::new(&server));
    drop(call(&client)); // Handed over.
    port.die([(1, take)]);
    let _calls = [call(&client), call(&server.client())];
    server.begin_round();
    let _last = call(&client);
    server.end(End::Closed);
    assert_eq!(client.call_wait(Nosy(server.clone()), None), CLOSED);
  });
}

// What is kept meanwhile.

#[cfg(not(loom))]
#[test]
fn memory_stays_flat_over_100_000_calls() {
  let (server, client) = server_client();
  let mut open: std::collections::VecDeque<_> = (0..10).map(|_| parked(&client, "open")).collect();
  for number in 0..100_000_u32 {
    let request = server.try_take().expect("a call");
    open.push_back(parked(&client, "open"));
    match number % 3 {
      0 => request.answer(number).expect("no answer yet"),
      1 => assert!(request.reply.cancel()),
      _ => drop(request),
    }
    drop(open.pop_front());
    let (lines, replies) = server.kept();
    assert!(lines == 1 && replies <= 64, "{lines} lines, {replies} replies");
  }
}

#[cfg(not(loom))]
#[test]
fn memory_stays_flat_over_100_000_clients() {
  let (server, staying) = server_client();
  for _ in 0..100_000 {
    let client = server.client();
    let _call = parked(&client, "short");
    drop(client);
    assert_eq!(server.try_take().map(|request| request.question), Some("short"));
    assert!(server.kept().0 <= 130, "{} lines", server.kept().0);
  }
  drop(staying);
}

#[cfg(not(loom))]
#[test]
fn rounds_that_are_begun_in_vain_keep_nothing() {
  let server = Asking::new();
  let clients: Vec<_> = (0..100).map(|_| server.client()).collect();
  let mut calls: Vec<_> = clients.iter().map(|client| parked(client, "a")).collect();
  for turn in 0..10_000 {
    server.begin_round();
    assert!(server.try_take_in_round().is_some());
    calls[turn % 100] = parked(&clients[turn % 100], "a");
    assert_eq!((server.pending(9), server.kept().0), (100, 100));
    assert!(server.kept().1 <= 256, "{} replies", server.kept().1);
  }
}
