//! Control inversion: clients call, and the server decides when each call is answered.
//!
//! Promises that calls are taken client by client, in the order in which the clients were made, never by arrival; that
//! a call which is given up before it is taken is never seen; and that every call taken has one reply, which ends with
//! the server at the latest. The calling end is in [`client`](super::client).
//!
//! 1. While takers wait there are no calls; so a call that comes belongs to the longest waiting taker.
//! 2. A client waits at the reply before its call can be taken, and a client that gives up leaves the reply before it
//!    removes the call from its line. Every taker, and every return to a line, looks at the reply first. So a call that
//!    is not waited for is neither handed out nor kept.
//! 3. A round has left the lines as a whole: it is served call by call without holding them. What is left of it goes
//!    back before anything else is taken.
//! 4. Lock order: the server's state, its desk, a reply. Questions and replies are dropped under none of them: they may
//!    run code of their own.

use super::{
  client::Client,
  deadline::Deadline,
  error::{End, WaitError},
  future::{AlreadySettled, FutureCell},
  home::Home,
  lines::Lines,
  operation::{Awaiting, Operation, block_on},
  owed::Owed,
  relay::Relay,
  sync::{Arc, Mutex},
  wait_list::{Key, WaitList},
  waiter::{Waiter, Wakes},
};
use std::collections::{HashSet, VecDeque};

/// A call that was taken. Dropped unanswered, it keeps its client waiting until the server ends.
#[derive(Clone)]
pub struct Request<Q, A> {
  /// What is asked.
  pub question: Q,
  /// Where the answer goes: now or later, from any thread.
  pub reply: FutureCell<A>,
  pub(super) client: u64,
}

impl<Q, A: Clone> Request<Q, A> {
  /// Answers the call. Fails where it has its answer, or has ended with its server.
  pub fn answer(&self, answer: A) -> Result<(), AlreadySettled<A>> {
    self.reply.set_result(answer)
  }

  /// The number of the client that asks; those of a server count from 1.
  pub fn client(&self) -> u64 {
    self.client
  }

  /// Whether the client waits for the answer; once it does not, it never will again.
  pub fn is_waited_for(&self) -> bool {
    self.reply.waiters() > 0
  }
}

/// What a wait for a call ends with.
pub enum Taken<Q, A> {
  /// A call to be answered.
  Request(Request<Q, A>),
  /// There will be no more.
  Ended(End),
}

/// The calls and the takers.
pub(super) struct State<Q, A> {
  lines: Lines<Request<Q, A>>,
  takers: WaitList<Waiter<Taken<Q, A>>>,
  relay: Option<Relay>,
  end: Option<End>,
}

/// The calls that were taken from the lines.
struct Desk<Q, A> {
  /// The calls of the round that was begun last which are still to be served.
  round: VecDeque<Request<Q, A>>,
  /// The client whose call was served last.
  served: u64,
  /// How many calls were taken.
  taken: u64,
  owed: Owed<A>,
}

pub(super) struct Inner<Q, A> {
  home: Home,
  state: Mutex<State<Q, A>>,
  desk: Mutex<Desk<Q, A>>,
}

/// A server; clones are the same server.
pub struct Server<Q, A>(Arc<Inner<Q, A>>);

impl<Q, A> Clone for Server<Q, A> {
  fn clone(&self) -> Self {
    Self(Arc::clone(&self.0))
  }
}

impl<Q, A: Clone + Send + 'static> Default for Server<Q, A> {
  fn default() -> Self {
    Self::new()
  }
}

impl<Q, A> Server<Q, A> {
  /// Whether this thread may block for an answer, or for a call.
  pub(super) fn may_block(&self) -> bool {
    self.0.home.may_block()
  }

  /// The client's last handle is gone.
  pub(super) fn dismiss(&self, client: u64) {
    let mut state = self.0.state.lock();
    state.lines.leave(client);
    let event = state.relay.as_mut().map(|relay| relay.left(client));
    drop(state); // LOCK: not under it.
    if let Some(event) = event {
      event.set();
    }
  }

  /// Has it passed on: the relay is told what becomes of the calls that were taken, and of the clients.
  #[cfg(any(feature = "node", test))]
  pub(crate) fn pass_on(&self, relay: Relay) {
    self.0.state.lock().relay = Some(relay);
  }

  /// The clients that have left since this was asked last, where it is passed on.
  #[cfg(any(feature = "node", test))]
  pub(crate) fn take_left(&self) -> Vec<u64> {
    self.0.state.lock().relay.as_mut().map(Relay::take_left).unwrap_or_default()
  }
}

impl<Q, A: Clone + Send + 'static> Inner<Q, A> {
  /// Gives a call to the longest waiting taker that is still there.
  fn hand_over(
    &self,
    state: &mut State<Q, A>,
    mut request: Request<Q, A>,
    wakes: &mut Wakes<Taken<Q, A>>,
  ) -> Result<(), Request<Q, A>> {
    while let Some(taker) = state.takers.take_front() {
      let (client, reply) = (request.client, request.reply.clone());
      match taker.serve(Taken::Request(request), wakes) {
        // WAKE: one call, one taker.
        Ok(()) => {
          state.lines.pass(client);
          self.desk.lock().keep(&reply);
          return Ok(());
        }
        // The taker's thread has died: the next taker is asked.
        Err(Taken::Request(back)) => request = back,
        Err(Taken::Ended(_)) => unreachable!("an outcome is handed back as it was"),
      }
    }
    Err(request)
  }

  /// Takes the next call of the next client in turn that has one.
  fn take(&self, state: &mut State<Q, A>, wakes: &mut Wakes<Taken<Q, A>>) -> Option<Request<Q, A>> {
    let mut desk = self.desk.lock();
    desk.end_round(state, wakes);
    while let Some(index) = state.lines.next() {
      let request = state.lines.pop(index)?;
      if request.is_waited_for() {
        state.lines.pass(request.client);
        desk.keep(&request.reply);
        return Some(request);
      }
      // Its client has given it up and has not removed it yet (invariant 2).
      wakes.discard(Taken::Request(request));
    }
    None
  }
}

impl<Q, A: Clone + Send + 'static> Desk<Q, A> {
  /// A call was taken, whose reply is owed.
  fn keep(&mut self, reply: &FutureCell<A>) {
    self.taken += 1;
    self.owed.add(reply);
  }

  /// Returns what is left of the round, as if it had not been begun (invariant 3).
  fn end_round(&mut self, state: &mut State<Q, A>, wakes: &mut Wakes<Taken<Q, A>>) {
    if self.round.is_empty() {
      return;
    }
    while let Some(request) = self.round.pop_back() {
      if request.is_waited_for() {
        state.lines.push_front(request.client, request);
      } else {
        wakes.discard(Taken::Request(request));
      }
    }
    state.lines.pass(self.served);
  }
}

impl<Q, A: Clone + Send + 'static> Server<Q, A> {
  /// A server without clients.
  pub fn new() -> Self {
    let state = State { lines: Lines::default(), takers: WaitList::default(), relay: None, end: None };
    let desk = Desk { round: VecDeque::new(), served: 0, taken: 0, owed: Owed::default() };
    Self(Arc::new(Inner { home: Home::default(), state: Mutex::new(state), desk: Mutex::new(desk) }))
  }

  /// Runs `change` under the lock; the takers it serves wake after the lock is released.
  fn change<R>(&self, change: impl FnOnce(&Inner<Q, A>, &mut State<Q, A>, &mut Wakes<Taken<Q, A>>) -> R) -> R {
    let mut wakes = Wakes::new();
    // LOCK: dropped before `wakes`, which was declared first.
    let mut state = self.0.state.lock();
    change(&self.0, &mut state, &mut wakes)
  }

  /// A new client, whose turn comes after that of all others.
  pub fn client(&self) -> Client<Q, A> {
    let number = self.0.state.lock().lines.admit();
    Client::numbered(self, number)
  }

  /// Takes the next call, never waiting: that of the next client in turn that has one.
  pub fn try_take(&self) -> Option<Request<Q, A>> {
    self.change(Inner::take)
  }

  /// Blocks until there is a call, and takes it.
  ///
  /// Fails where the deadline passes, where the server has ended, and in a task of its own loop; then no call was taken.
  pub fn take_wait(&self, deadline: impl Into<Deadline>) -> Result<Request<Q, A>, WaitError> {
    request_of(block_on(Take::new(self), deadline.into())?)
  }

  /// Resolves with the next call. Dropped after a call has come for it, the call goes back to the head of its line.
  pub async fn take(&self) -> Result<Request<Q, A>, WaitError> {
    request_of(Awaiting::new(Take::new(self)).await)
  }

  /// Begins a round: one call of each client that has one now, in turn. What is left of the last one takes part.
  pub fn begin_round(&self) {
    self.change(|inner, state, wakes| {
      let mut desk = inner.desk.lock();
      desk.end_round(state, wakes);
      desk.served = state.lines.served();
      desk.round = state.lines.round().into_iter().filter_map(|index| state.lines.pop(index)).collect();
      if let Some(last) = desk.round.back() {
        state.lines.pass(last.client);
      }
    });
  }

  /// Takes the next call of the round; calls that came since it began are not part of it.
  pub fn try_take_in_round(&self) -> Option<Request<Q, A>> {
    let mut given_up = Vec::new();
    // LOCK: dropped before `given_up`.
    let mut desk = self.0.desk.lock();
    loop {
      let request = desk.round.pop_front()?;
      desk.served = request.client;
      if request.is_waited_for() {
        desk.keep(&request.reply);
        return Some(request);
      }
      given_up.push(request);
    }
  }

  /// How many calls wait to be taken, counting no more than `most` of each client.
  pub fn pending(&self, most: usize) -> usize {
    self.change(|inner, state, _| {
      let desk = inner.desk.lock();
      let mut in_round: HashSet<u64> =
        desk.round.iter().filter(|request| request.is_waited_for()).map(|request| request.client).collect();
      let lengths = state.lines.lengths();
      let in_lines: usize = lengths.map(|(client, len)| (len + usize::from(in_round.remove(&client))).min(most)).sum();
      in_lines + in_round.len() * most.min(1)
    })
  }

  /// How many calls were taken so far.
  pub fn taken(&self) -> u64 {
    self.0.desk.lock().taken
  }

  /// Whether there are takers waiting for a call.
  pub fn has_takers(&self) -> bool {
    !self.0.state.lock().takers.is_empty()
  }

  /// Takes a call back that was handed to a taker which will never look at it.
  pub fn give_back(&self, request: Request<Q, A>) {
    let homeless = self.change(|inner, state, wakes| {
      let mut desk = inner.desk.lock();
      desk.taken -= 1;
      desk.owed.forget(&request.reply);
      drop(desk);
      if let Some(end) = state.end {
        return Some((end, request));
      }
      if !request.is_waited_for() {
        wakes.discard(Taken::Request(request)); // Its client has looked for it in vain (invariant 2).
      } else if let Err(request) = inner.hand_over(state, request, wakes) {
        state.lines.push_front(request.client, request);
      }
      None
    });
    if let Some((end, request)) = homeless {
      request.reply.end(end);
    }
  }

  /// Takes no more calls, and ends the calls that have no answer.
  pub fn end(&self, end: End) {
    let (end, calls, round, owed) = self.change(|inner, state, wakes| {
      let end = *state.end.get_or_insert(end);
      while let Some(taker) = state.takers.take_front() {
        let _ = taker.serve(Taken::Ended(end), wakes); // WAKE: all; a taker whose thread is gone needs nothing.
      }
      let mut desk = inner.desk.lock();
      (end, state.lines.drain(), std::mem::take(&mut desk.round), std::mem::take(&mut desk.owed))
    });
    round.iter().chain(&calls).for_each(|request| request.reply.end(end));
    owed.end(end);
  }

  /// How many lines and how many replies are kept.
  #[cfg(test)]
  pub(super) fn kept(&self) -> (usize, usize) {
    (self.0.state.lock().lines.len(), self.0.desk.lock().owed.len())
  }

  /// Adds a call to its line, or hands it to a taker, once `wait` has begun the wait for its reply.
  pub(super) fn submit<R>(&self, request: Request<Q, A>, wait: impl FnOnce() -> R) -> Result<R, End> {
    let submitted = self.change(|inner, state, wakes| {
      if let Some(end) = state.end {
        return Err((end, request));
      }
      let waiting = wait(); // Invariant 2.
      if let Err(request) = inner.hand_over(state, request, wakes) {
        state.lines.push_back(request.client, request);
      }
      Ok(waiting)
    });
    submitted.map_err(|(end, _homeless)| end)
  }

  /// Removes a call that is not waited for any more from its line. A call of a round is removed when its turn comes.
  pub(super) fn retract(&self, client: u64, reply: &FutureCell<A>) {
    let (left, relay) = self.change(|_, state, _| {
      let left = state.lines.remove(client, |request| request.reply.is(reply));
      let relay = if left.is_none() { state.relay.as_ref().map(Relay::event) } else { None };
      (left, relay)
    });
    drop(left); // LOCK: not under it.
    if let Some(event) = relay {
      event.set();
    }
  }
}

#[cfg(not(loom))]
impl<Q: Send + 'static, A: Clone + Send + 'static> super::bond::Ends for Inner<Q, A> {
  fn end(self: std::sync::Arc<Self>, end: End) {
    Server(self).end(end);
  }
}

#[cfg(all(feature = "node", not(loom)))]
impl<Q: Send + 'static, A: Clone + Send + 'static> Server<Q, A> {
  /// Has a look at what each call asks that is meant and waits to be taken, client by client. Returns how many others were taken and wait
  /// for their answers.
  pub(crate) fn unanswered(&self, is_meant: impl Fn(&Q) -> bool, look: impl FnMut(&Q)) -> usize {
    let taken = self.change(|inner, state, _| {
      let desk = inner.desk.lock();
      let calls = desk.round.iter().chain(state.lines.all());
      calls
        .filter(|request| is_meant(&request.question) && request.is_waited_for())
        .map(|request| &request.question)
        .for_each(look);
      desk.owed.all()
    });
    taken.iter().filter(|reply| reply.is_awaited()).count()
  }
}

#[cfg(not(loom))]
impl<Q: Send + 'static, A: Clone + Send + 'static> Server<Q, A> {
  /// Ties it to the loop that its owner runs.
  pub(crate) fn live_in(&self, home: u64) {
    self.0.home.set(home);
  }

  /// What the server's owner holds of it.
  pub(crate) fn bond(&self) -> super::bond::Bond {
    Arc::downgrade(&self.0) as super::bond::Bond
  }
}

fn request_of<Q, A>(taken: Taken<Q, A>) -> Result<Request<Q, A>, WaitError> {
  match taken {
    Taken::Request(request) => Ok(request),
    Taken::Ended(end) => Err(WaitError::Ended(end)),
  }
}

/// The wait for a call to answer.
pub struct Take<Q, A> {
  server: Server<Q, A>,
  key: Option<Key>,
}

impl<Q, A> Take<Q, A> {
  /// From this server.
  pub fn new(server: &Server<Q, A>) -> Self {
    Self { server: server.clone(), key: None }
  }
}

impl<Q, A: Clone + Send + 'static> Operation for Take<Q, A> {
  type Outcome = Taken<Q, A>;

  fn begin(&mut self, sleeper: impl FnOnce() -> Waiter<Taken<Q, A>>) -> Option<Taken<Q, A>> {
    let Self { server, key } = self;
    server.change(|inner, state, wakes| {
      if let Some(request) = inner.take(state, wakes) {
        return Some(Taken::Request(request));
      }
      if let Some(end) = state.end {
        return Some(Taken::Ended(end));
      }
      *key = Some(state.takers.join(sleeper()));
      None
    })
  }

  fn may_block_here(&self) -> bool {
    self.server.may_block()
  }

  fn withdraw(&mut self) -> bool {
    self.key.is_some_and(|key| self.server.0.state.lock().takers.leave(key).is_some())
  }

  fn give_back(&mut self, outcome: Taken<Q, A>) {
    if let Taken::Request(request) = outcome {
      self.server.give_back(request);
    }
  }
}
