//! Control inversion: clients call, and whoever serves decides when each call is answered.
//!
//! Promises that calls are taken client by client, in the order in which the clients were made, never by arrival; that
//! a call which is given up before it is taken is never seen; and that every call taken has one reply.
//!
//! 1. While takers wait there are no calls; so a call that comes belongs to the longest waiting taker.
//! 2. A client is in `ready` while its line has calls.
//! 3. A call waits at its reply before anybody can take it, and leaves that before it leaves its line: one that nobody
//!    waits for is not handed out.
//! 4. Lock order: the server's lock, then that of a reply.

use super::{
  error::End,
  future::{Future, FutureResult, Settled},
  operation::Operation,
  sync::{Arc, Mutex},
  wait_list::{Key, WaitList},
  waiter::{Waiter, Wakes},
};
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// A call that was taken.
#[derive(Clone)]
pub struct Request<Q, A> {
  /// What is asked.
  pub question: Q,
  /// Where the answer goes.
  pub reply: Future<A>,
  client: u64,
}

/// What a wait for a call ends with.
pub enum Taken<Q, A> {
  /// A call to be answered.
  Request(Request<Q, A>),
  /// There will be no more.
  Ended(End),
}

struct State<Q, A> {
  lines: BTreeMap<u64, VecDeque<Request<Q, A>>>,
  /// Invariant 2.
  ready: BTreeSet<u64>,
  clients: u64,
  /// The first client whose turn it may be.
  turn: u64,
  /// Who is still to be served in the round that was begun last.
  round: VecDeque<u64>,
  takers: WaitList<Waiter<Taken<Q, A>>>,
  /// Replies of calls that were taken, swept now and then.
  owed: Vec<Owed<A>>,
  sweep_at: usize,
  end: Option<End>,
}

/// A reply that somebody may wait for.
#[cfg(not(loom))]
struct Owed<A>(super::bond::Bond, std::marker::PhantomData<A>);

/// The models have no weak ties.
#[cfg(loom)]
struct Owed<A>(Future<A>);

#[cfg(not(loom))]
impl<A: Clone + Send + 'static> Owed<A> {
  fn to(reply: &Future<A>) -> Self {
    Self(reply.bond(), std::marker::PhantomData)
  }

  fn is_waited_for(&self) -> bool {
    self.0.strong_count() > 0
  }

  fn end(&self, end: End) {
    if let Some(reply) = self.0.upgrade() {
      reply.end(end);
    }
  }
}

#[cfg(loom)]
impl<A: Clone + Send + 'static> Owed<A> {
  fn to(reply: &Future<A>) -> Self {
    Self(reply.clone())
  }

  fn is_waited_for(&self) -> bool {
    self.0.waiters() > 0
  }

  fn end(&self, end: End) {
    self.0.end(end);
  }
}

/// A server; clones are the same server.
pub struct Server<Q, A>(Arc<Mutex<State<Q, A>>>);

impl<Q, A> Clone for Server<Q, A> {
  fn clone(&self) -> Self {
    Self(Arc::clone(&self.0))
  }
}

impl<Q, A: Clone + Send + 'static> State<Q, A> {
  /// Gives a call to the longest waiting taker that is still there.
  fn hand_over(&mut self, mut request: Request<Q, A>, wakes: &mut Wakes<Taken<Q, A>>) -> Result<(), Request<Q, A>> {
    while let Some(taker) = self.takers.take_front() {
      let owed = Owed::to(&request.reply);
      match taker.serve(Taken::Request(request), wakes) {
        // WAKE: one call, one taker.
        Ok(()) => {
          self.owe(owed);
          return Ok(());
        }
        // The taker's thread has died: the next one is asked.
        Err(Taken::Request(back)) => request = back,
        Err(Taken::Ended(_)) => unreachable!("an outcome is handed back as it was"),
      }
    }
    Err(request)
  }

  /// Takes the next call of the next client in turn that has one.
  fn take(&mut self, wakes: &mut Wakes<Taken<Q, A>>) -> Option<Request<Q, A>> {
    loop {
      let client = self.ready.range(self.turn..).next().or_else(|| self.ready.first()).copied()?;
      if let Some(request) = self.take_from(client, wakes) {
        return Some(request);
      }
    }
  }

  /// Takes the next call of a client that somebody still waits for.
  fn take_from(&mut self, client: u64, wakes: &mut Wakes<Taken<Q, A>>) -> Option<Request<Q, A>> {
    while let Some(request) = self.line_mut(client).and_then(VecDeque::pop_front) {
      self.close_if_empty(client);
      if request.reply.waiters() > 0 {
        self.turn = client + 1;
        self.owe(Owed::to(&request.reply));
        return Some(request);
      }
      // Its client has given it up and has not left the line yet (invariant 3).
      wakes.discard(Taken::Request(request));
    }
    None
  }

  fn line_mut(&mut self, client: u64) -> Option<&mut VecDeque<Request<Q, A>>> {
    self.lines.get_mut(&client)
  }

  fn close_if_empty(&mut self, client: u64) {
    if self.lines.get(&client).is_some_and(VecDeque::is_empty) {
      self.lines.remove(&client);
      self.ready.remove(&client);
    }
  }

  fn line_for(&mut self, client: u64) -> &mut VecDeque<Request<Q, A>> {
    self.ready.insert(client);
    self.lines.entry(client).or_default()
  }

  fn owe(&mut self, owed: Owed<A>) {
    if self.owed.len() >= self.sweep_at {
      self.owed.retain(Owed::is_waited_for);
      self.sweep_at = 64.max(self.owed.len() * 2);
    }
    self.owed.push(owed);
  }
}

impl<Q, A: Clone + Send + 'static> Default for Server<Q, A> {
  fn default() -> Self {
    Self::new()
  }
}

impl<Q, A: Clone + Send + 'static> Server<Q, A> {
  /// A server without clients.
  pub fn new() -> Self {
    Self(Arc::new(Mutex::new(State {
      lines: BTreeMap::new(),
      ready: BTreeSet::new(),
      clients: 0,
      turn: 0,
      round: VecDeque::new(),
      takers: WaitList::default(),
      owed: Vec::new(),
      sweep_at: 64,
      end: None,
    })))
  }

  /// Runs `change` under the lock; whoever it serves wakes after the lock is released.
  fn change<R>(&self, change: impl FnOnce(&mut State<Q, A>, &mut Wakes<Taken<Q, A>>) -> R) -> R {
    let mut wakes = Wakes::new();
    // LOCK: dropped before `wakes`, which was declared first.
    let mut state = self.0.lock();
    change(&mut state, &mut wakes)
  }

  /// The number of a new client, which stands behind all others.
  pub fn admit(&self) -> u64 {
    self.change(|state, _| {
      state.clients += 1;
      state.clients
    })
  }

  /// Takes the next call, never waiting: that of the next client in turn that has one.
  pub fn try_take(&self) -> Option<Request<Q, A>> {
    self.change(State::take)
  }

  /// Begins a round: one call of each client that has one now, in the order of their turns.
  pub fn begin_round(&self) {
    self.change(|state, _| {
      let (turn, ready) = (state.turn, &state.ready);
      state.round = ready.range(turn..).chain(ready.range(..turn)).copied().collect();
    });
  }

  /// Takes the next call of the round, whatever has come since it began.
  pub fn try_take_in_round(&self) -> Option<Request<Q, A>> {
    self.change(|state, wakes| {
      while let Some(client) = state.round.pop_front() {
        if let Some(request) = state.take_from(client, wakes) {
          return Some(request);
        }
      }
      None
    })
  }

  /// How many calls wait to be taken, counting no more than `most` of each client.
  pub fn pending(&self, most: usize) -> usize {
    self.change(|state, _| state.lines.values().map(|line| line.len().min(most)).sum())
  }

  /// Whether somebody waits for a call.
  pub fn has_takers(&self) -> bool {
    self.change(|state, _| !state.takers.is_empty())
  }

  /// Takes a call back that was handed to a taker which will never look at it.
  pub fn give_back(&self, request: Request<Q, A>) {
    let homeless = self.change(|state, wakes| match state.end {
      Some(end) => Some((end, request)),
      None => {
        if let Err(request) = state.hand_over(request, wakes) {
          state.line_for(request.client).push_front(request);
        }
        None
      }
    });
    if let Some((end, request)) = homeless {
      request.reply.end(end);
    }
  }

  /// Takes no more calls, and ends those that have no answer.
  pub fn end(&self, end: End) {
    let (lines, owed) = self.change(|state, wakes| {
      state.end.get_or_insert(end);
      state.ready.clear();
      while let Some(taker) = state.takers.take_front() {
        let _ = taker.serve(Taken::Ended(end), wakes); // WAKE: all; one that is gone takes nothing with it.
      }
      (std::mem::take(&mut state.lines), std::mem::take(&mut state.owed))
    });
    // LOCK: questions may run code of their own when dropped, so not under it.
    lines.values().flatten().for_each(|request| request.reply.end(end));
    owed.iter().for_each(|owed| owed.end(end));
  }
}

/// The wait for the answer to one call, which it makes.
pub struct Call<Q, A> {
  server: Server<Q, A>,
  client: u64,
  question: Option<Q>,
  reply: Future<A>,
  result: FutureResult<A>,
}

impl<Q, A: Clone + Send + 'static> Call<Q, A> {
  /// A call of this client.
  pub fn new(server: &Server<Q, A>, client: u64, question: Q) -> Self {
    let reply = Future::new();
    let result = FutureResult::new(&reply);
    Self { server: server.clone(), client, question: Some(question), reply, result }
  }
}

impl<Q, A: Clone + Send + 'static> Operation for Call<Q, A> {
  type Outcome = Settled<A>;

  fn begin(&mut self, sleeper: impl FnOnce() -> Waiter<Settled<A>>) -> Option<Settled<A>> {
    let Self { server, client, question, reply, result } = self;
    server.change(|state, wakes| {
      if let Some(end) = state.end {
        return Some(Settled::Ended(end));
      }
      let at_once = result.begin(sleeper); // Invariant 3.
      let question = question.take().expect("a call begins once");
      let request = Request { question, reply: reply.clone(), client: *client };
      if let Err(request) = state.hand_over(request, wakes) {
        state.line_for(*client).push_back(request);
      }
      at_once
    })
  }

  fn withdraw(&mut self) -> bool {
    if !self.result.withdraw() {
      return false;
    }
    let left = self.server.change(|state, _| {
      let line = state.line_mut(self.client)?;
      let place = line.iter().position(|request| request.reply.is(&self.reply))?;
      let left = line.remove(place);
      state.close_if_empty(self.client);
      left
    });
    drop(left); // LOCK: not under it.
    true
  }

  fn give_back(&mut self, _outcome: Settled<A>) {} // The question was answered.
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
    server.change(|state, wakes| {
      if let Some(request) = state.take(wakes) {
        return Some(Taken::Request(request));
      }
      if let Some(end) = state.end {
        return Some(Taken::Ended(end));
      }
      *key = Some(state.takers.join(sleeper()));
      None
    })
  }

  fn withdraw(&mut self) -> bool {
    self.key.is_some_and(|key| self.server.0.lock().takers.leave(key).is_some())
  }

  fn give_back(&mut self, outcome: Taken<Q, A>) {
    if let Taken::Request(request) = outcome {
      self.server.give_back(request);
    }
  }
}
