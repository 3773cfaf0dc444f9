//! The wait of a thread that serves: for a request, or until a task is over, whichever comes first.
//!
//! Promises that the task's end is heard only where no request has come as well: a request that was taken counts.

use crate::{
  binding::{
    threads::doorbell::Doorbell,
    values::outcome::{Completion, Question, ServerOf, Settlement},
  },
  core::{
    future::{FutureCell, FutureResult},
    operation::Operation,
    server::Take,
  },
};

/// The wait for a request, or for a task that is over.
pub struct Serve {
  server: ServerOf,
  take: Take<Question, Settlement>,
  until: Option<(FutureCell<Settlement>, FutureResult<Settlement>)>,
}

impl Serve {
  pub fn new(server: &ServerOf, until: Option<FutureCell<Settlement>>) -> Self {
    let until = until.map(|future| {
      let result = FutureResult::new(&future);
      (future, result)
    });
    Self { server: server.clone(), take: Take::new(server), until }
  }

  /// `take` and `result` begin the two waits, each at the taker this one was given.
  pub fn begin(
    &mut self,
    take: impl FnOnce(&mut Take<Question, Settlement>) -> Option<Completion>,
    result: impl FnOnce(&mut FutureResult<Settlement>) -> Option<Completion>,
  ) -> Option<Completion> {
    if self.until.as_ref().is_some_and(|(future, _)| future.done()) {
      return Some(Completion::TaskOver);
    }
    if let Some(completion) = take(&mut self.take) {
      return Some(completion);
    }
    let (_, until) = self.until.as_mut()?;
    // The task has ended just now. A request that came in the same moment is with the sleeper already.
    (result(until).is_some() && self.take.withdraw()).then_some(Completion::TaskOver)
  }

  pub fn withdraw(&mut self) -> bool {
    let took_nothing = self.take.withdraw();
    let saw_nothing = self.until.as_mut().is_none_or(|(_, until)| until.withdraw());
    took_nothing && saw_nothing
  }

  /// One of the two has come: the other wait ends. A request that has come as well is what counts.
  pub fn finish(&mut self, first: Completion, doorbell: &Doorbell, ticket: u32) -> Completion {
    self.withdraw();
    let second = doorbell.take(ticket);
    match (first, second) {
      (request @ Completion::Request(_), _) | (_, Some(request @ Completion::Request(_))) => request,
      _ => Completion::TaskOver,
    }
  }

  pub fn server(&self) -> &ServerOf {
    &self.server
  }

  pub fn give_back(&mut self, completion: Completion) {
    if let Completion::Request(taken) = completion {
      self.take.give_back(taken);
    }
  }
}
