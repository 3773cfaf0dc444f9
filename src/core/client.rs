//! The calling end of control inversion: a client asks, and waits until its server answers.
//!
//! Promises that a client's calls are taken in the order in which they were made, and that a call whose wait is given
//! up before it was taken is never seen. A client is a place among the clients of its [`Server`]; the place is given up
//! with the last handle and the last call.

use super::{
  deadline::Deadline,
  error::WaitError,
  future::{FutureCell, FutureResult, Settled, value_of},
  operation::{Awaiting, Operation, block_on},
  server::{Request, Server},
  sync::Arc,
  waiter::Waiter,
};

/// A client's place among the others.
struct Place<Q, A> {
  server: Server<Q, A>,
  number: u64,
}

impl<Q, A> Drop for Place<Q, A> {
  fn drop(&mut self) {
    self.server.dismiss(self.number);
  }
}

/// A client; clones are the same client.
pub struct Client<Q, A>(Arc<Place<Q, A>>);

impl<Q, A> Clone for Client<Q, A> {
  fn clone(&self) -> Self {
    Self(Arc::clone(&self.0))
  }
}

impl<Q, A: Clone + Send + 'static> Client<Q, A> {
  pub(super) fn numbered(server: &Server<Q, A>, number: u64) -> Self {
    Self(Arc::new(Place { server: server.clone(), number }))
  }

  /// Its number among the clients of its server, which count from 1.
  pub fn id(&self) -> u64 {
    self.0.number
  }

  /// Its server.
  pub fn server(&self) -> &Server<Q, A> {
    &self.0.server
  }

  /// Blocks until the call is answered. A call that times out before it was taken is never seen.
  ///
  /// Fails where the deadline passes, where the server ends before the answer, where the reply is cancelled, and, before
  /// the call is made, in a task of the server's own loop.
  pub fn call_wait(&self, question: Q, deadline: impl Into<Deadline>) -> Result<A, WaitError> {
    value_of(block_on(Call::new(self, question), deadline.into())?)
  }

  /// Resolves with the answer. The call is made when this is first polled; dropped before the call was taken, it is
  /// never seen.
  pub async fn call(&self, question: Q) -> Result<A, WaitError> {
    value_of(Awaiting::new(Call::new(self, question)).await)
  }
}

/// The wait for the answer to one call, which it makes.
pub struct Call<Q, A> {
  client: Client<Q, A>,
  question: Option<Q>,
  result: FutureResult<A>,
}

impl<Q, A: Clone + Send + 'static> Call<Q, A> {
  /// A call of this client.
  pub fn new(client: &Client<Q, A>, question: Q) -> Self {
    let result = FutureResult::new(&FutureCell::new());
    Self { client: client.clone(), question: Some(question), result }
  }

  /// Where the answer will be.
  pub fn reply(&self) -> &FutureCell<A> {
    self.result.future()
  }
}

impl<Q, A: Clone + Send + 'static> Operation for Call<Q, A> {
  type Outcome = Settled<A>;

  fn begin(&mut self, sleeper: impl FnOnce() -> Waiter<Settled<A>>) -> Option<Settled<A>> {
    let Self { client: Client(place), question, result } = self;
    let question = question.take().expect("a call begins once");
    let request = Request { question, reply: result.future().clone(), client: place.number };
    place.server.submit(request, || result.begin(sleeper)).unwrap_or_else(|end| Some(Settled::Ended(end)))
  }

  fn may_block_here(&self) -> bool {
    self.client.0.server.may_block()
  }

  fn withdraw(&mut self) -> bool {
    if !self.result.withdraw() {
      return false;
    }
    self.client.0.server.retract(self.client.0.number, self.reply());
    true
  }

  fn give_back(&mut self, _outcome: Settled<A>) {} // The question was answered.
}
