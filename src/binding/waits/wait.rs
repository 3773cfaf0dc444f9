//! Every wait JavaScript can make, as one type.
//!
//! Promises that both doors, and whichever thread serves, run the same operation of the core; and that a wait for several
//! things becomes, once its outcome has come, that for the one which has happened: what is taken is handed over, or goes
//! back, as if that alone had been waited for.

use super::{rest::RestWait, serve::Serve};
use crate::{
  binding::{
    threads::{doorbell::Doorbell, holds::Holds, js_thread::JsThread, task::Task},
    values::{
      outcome::{Chosen, Completion, Question, RequestOf, ServerOf, Settlement},
      payload::Payload,
    },
  },
  core::{
    client::Call,
    event::EventWait,
    future::FutureResult,
    operation::Operation,
    queue::{Get, Join, Put, Queue},
    select::Select,
    server::Taken,
    ticks::TickWait,
    waiter::{Port, Waiter},
  },
};
use std::sync::Arc;

/// One operation that may have to wait.
pub enum Wait {
  Get(Get<Payload>),
  Put(Put<Payload>),
  Join(Join<Payload>),
  Event(EventWait),
  /// A future's result, or a task's.
  Future(FutureResult<Settlement>),
  /// A client's call.
  Call(Call<Question, Settlement>),
  /// A server's wait for a call.
  Serve(Serve),
  /// Until a loop rests.
  Rest(RestWait),
  /// Until a tick.
  Tick(TickWait),
  /// Until one of several things happens.
  Select(Box<Select<'static, Winner>>),
  /// Nothing but a deadline.
  Sleep,
}

/// The one that has happened, with the wait for it.
pub struct Winner {
  pub wait: Wait,
  pub chosen: Chosen,
  pub task: Option<Arc<Task>>,
}

/// Where the outcome of a wait is taken.
pub enum Taker {
  Loop(Holds<JsThread>),
  Thread(Holds<Doorbell>),
}

fn begin<P: Operation>(operation: &mut P, taker: &Taker, ticket: u32) -> Option<Completion>
where
  Completion: From<P::Outcome>,
  P::Outcome: TryFrom<Completion>,
{
  let at = || match taker {
    Taker::Loop(thread) => Waiter::at_port(thread.one() as Arc<dyn Port<_>>, ticket),
    Taker::Thread(doorbell) => Waiter::at_port(doorbell.one() as Arc<dyn Port<_>>, ticket),
  };
  operation.begin(at).map(Into::into)
}

impl Wait {
  /// Completes at once, or parks under the ticket.
  pub fn begin(&mut self, taker: &Taker, ticket: u32) -> Option<Completion> {
    match self {
      Self::Get(get) => begin(get, taker, ticket),
      Self::Put(put) => begin(put, taker, ticket),
      Self::Join(join) => begin(join, taker, ticket),
      Self::Event(event) => begin(event, taker, ticket),
      Self::Tick(tick) => begin(tick, taker, ticket),
      Self::Select(select) => begin(&mut **select, taker, ticket),
      Self::Future(future) => begin(future, taker, ticket),
      Self::Call(call) => begin(call, taker, ticket),
      Self::Serve(serve) => serve.begin(|take| begin(take, taker, ticket), |result| begin(result, taker, ticket)),
      Self::Rest(rest) => rest.begin(|event| begin(event, taker, ticket)),
      Self::Sleep => None,
    }
  }

  /// What it has in common with waits that take about as long; 0 where nothing is known of it.
  pub fn place(&self, task: Option<&Arc<Task>>) -> u64 {
    match self {
      Self::Get(get) => get.queue().address() as u64,
      Self::Future(_) => task.map_or(0, |task| task.place()),
      _ => 0,
    }
  }

  /// Leaves the list; false when it had been served already.
  pub fn withdraw(&mut self) -> bool {
    match self {
      Self::Get(get) => get.withdraw(),
      Self::Put(put) => put.withdraw(),
      Self::Join(join) => join.withdraw(),
      Self::Event(event) => event.withdraw(),
      Self::Tick(tick) => tick.withdraw(),
      Self::Select(select) => select.withdraw(),
      Self::Future(future) => future.withdraw(),
      Self::Call(call) => call.withdraw(),
      Self::Serve(serve) => serve.withdraw(),
      Self::Rest(rest) => rest.withdraw(),
      Self::Sleep => true,
    }
  }

  /// Returns what a completion carries, which JavaScript will never see, to where it came from.
  pub fn give_back(&mut self, completion: Completion) {
    match (self, completion) {
      (Self::Get(get), Completion::Queue(outcome)) => get.give_back(outcome),
      (Self::Serve(serve), completion) => serve.give_back(completion),
      (Self::Select(select), Completion::Branch(branch)) => select.give_back(branch),
      _ => {}
    }
  }

  /// The outcome that counts, where a blocked thread waits for one of two things.
  pub fn finish(&mut self, first: Completion, doorbell: &Doorbell, ticket: u32) -> Completion {
    match self {
      Self::Serve(serve) => serve.finish(first, doorbell, ticket),
      _ => first,
    }
  }

  /// Makes of an outcome what is handed over. The wait for several things becomes that for the one that has happened; the
  /// task whose error is seen with it, if it is one, goes to `task`.
  pub fn settle(&mut self, completion: Completion, task: &mut Option<Arc<Task>>) -> Completion {
    let Completion::Branch(branch) = completion else { return completion };
    match std::mem::replace(self, Self::Sleep) {
      Self::Select(select) => {
        let winner = select.finish(branch);
        *self = winner.wait;
        *task = winner.task;
        Completion::Chosen(Box::new(winner.chosen))
      }
      other => {
        *self = other;
        Completion::Branch(branch)
      }
    }
  }

  /// After a withdrawal: how many items of a batch had been inserted.
  pub fn inserted(&self) -> usize {
    if let Self::Put(put) = self { put.inserted() } else { 0 }
  }
}

/// Items that were handed to a thread which will never look at them, queue by queue, in the order in which they came.
#[derive(Default)]
pub struct Unseen {
  items: Vec<(Queue<Payload>, Vec<Payload>)>,
  requests: Vec<(ServerOf, RequestOf)>,
}

impl Unseen {
  pub fn add(&mut self, wait: &Wait, completion: Completion) {
    let (get, outcome) = match (wait, completion.of_one()) {
      (Wait::Get(get), Completion::Queue(outcome)) => (get, outcome),
      (Wait::Serve(serve), Completion::Request(Taken::Request(request))) => {
        return self.requests.push((serve.server().clone(), request));
      }
      _ => return,
    };
    let items = outcome.into_items();
    match self.items.iter_mut().find(|(queue, _)| queue.is(get.queue())) {
      Some((_, all)) => all.extend(items),
      None => self.items.push((get.queue().clone(), items)),
    }
  }

  pub fn give_back(self) {
    for (queue, items) in self.items {
      queue.give_back(items);
    }
    // The last taken goes back first, so that they stand in their order again.
    for (server, request) in self.requests.into_iter().rev() {
      server.give_back(request);
    }
  }
}
