//! What a wait ends with, and where such outcomes are taken.
//!
//! Promises that an outcome of any kind reaches either mailbox of a thread, and that a refused one comes back as it
//! was. Each kind is named here, once.

use super::{payload::Payload, thing::Id};
use crate::core::{
  error::End,
  event::EventOutcome,
  future::Settled,
  queue::QueueOutcome,
  server::{Request, Server, Taken},
  waiter::Port,
};
use std::sync::{
  Arc,
  atomic::{AtomicBool, AtomicU64},
};

/// What a client asks.
pub struct Question {
  pub payload: Payload,
  /// The number of the task that has made the call; 0 for none.
  pub task: Id,
  /// Whether that is a sandboxed script: its answer is written as the same bytes by every thread.
  pub is_of_script: bool,
}

/// The answers of one server.
#[derive(Default)]
pub struct Answers {
  /// Whether other threads than the one that made the server may give them: they may have it, or the future of an answer.
  pub is_shared: AtomicBool,
  /// How many were given.
  pub given: AtomicU64,
}

/// What a future was settled with.
#[derive(Clone)]
pub struct Settlement {
  value: Shared,
  /// Where it is an answer of a round: the number of the server's runner, whose loop takes such answers together; else 0.
  pub round: Id,
}

/// A value, or an error, for any number of waiters. The simplest values need no memory of their own, which one thread would
/// take and another give back.
#[derive(Clone)]
enum Shared {
  Undefined,
  Null,
  Boolean(bool),
  Number(f64),
  Held { payload: Arc<Payload>, is_error: bool },
}

impl Settlement {
  /// One that stands by itself.
  pub fn new(is_error: bool, payload: Payload) -> Self {
    Self::in_round(is_error, payload, 0)
  }

  /// An answer of a round, or of none.
  pub fn in_round(is_error: bool, payload: Payload, round: Id) -> Self {
    let value = match payload {
      Payload::Undefined if !is_error => Shared::Undefined,
      Payload::Null if !is_error => Shared::Null,
      Payload::Boolean(value) if !is_error => Shared::Boolean(value),
      Payload::Number(value) if !is_error => Shared::Number(value),
      payload => Shared::Held { payload: Arc::new(payload), is_error },
    };
    Self { value, round }
  }

  pub fn is_error(&self) -> bool {
    matches!(self.value, Shared::Held { is_error: true, .. })
  }

  /// Looks at the value, or the error.
  pub fn look<R>(&self, look: impl FnOnce(&Payload) -> R) -> R {
    match &self.value {
      Shared::Undefined => look(&Payload::Undefined),
      Shared::Null => look(&Payload::Null),
      Shared::Boolean(value) => look(&Payload::Boolean(*value)),
      Shared::Number(value) => look(&Payload::Number(*value)),
      Shared::Held { payload, .. } => look(payload),
    }
  }

  /// The error.
  pub fn error(&self) -> Option<Arc<Payload>> {
    match &self.value {
      Shared::Held { payload, is_error: true } => Some(Arc::clone(payload)),
      _ => None,
    }
  }
}

pub type ServerOf = Server<Question, Settlement>;
pub type RequestOf = Request<Question, Settlement>;
pub type TakenOf = Taken<Question, Settlement>;

/// What a wait ended with.
pub enum Completion {
  Queue(QueueOutcome<Payload>),
  Event(EventOutcome),
  Future(Settled<Settlement>),
  Request(TakenOf),
  /// The task until whose end requests are served has ended.
  TaskOver,
  /// One of several things has happened; the wait knows which, by this number, and what came of it.
  Branch(u32),
  /// The same, once the wait was asked.
  Chosen(Box<Chosen>),
}

/// A completion of a few words: what waits end with most often.
pub enum Short {
  Item(Payload),
  Put(usize),
  Event(EventOutcome),
  Future(Settled<Settlement>),
}

impl Completion {
  /// What is short, or the completion as it was.
  pub fn shorten(self) -> Result<Short, Self> {
    match self {
      Self::Queue(QueueOutcome::Item(item)) => Ok(Short::Item(item)),
      Self::Queue(QueueOutcome::Put(count)) => Ok(Short::Put(count)),
      Self::Event(outcome) => Ok(Short::Event(outcome)),
      Self::Future(settled) => Ok(Short::Future(settled)),
      other => Err(other),
    }
  }
}

impl From<Short> for Completion {
  fn from(short: Short) -> Self {
    match short {
      Short::Item(item) => Self::Queue(QueueOutcome::Item(item)),
      Short::Put(count) => Self::Queue(QueueOutcome::Put(count)),
      Short::Event(outcome) => Self::Event(outcome),
      Short::Future(settled) => Self::Future(settled),
    }
  }
}

/// Which of several things has happened, as JavaScript counts them, and what came of it.
pub struct Chosen {
  pub index: u32,
  /// The queue from which it was taken; 0 where nothing was.
  pub from: Id,
  pub completion: Completion,
}

impl Completion {
  /// Where it is an answer of a round: the number of the server's runner.
  pub fn round(&self) -> Option<Id> {
    match self {
      Self::Future(Settled::Value(settlement)) if settlement.round != 0 => Some(settlement.round),
      _ => None,
    }
  }

  /// What came of the one thing that was waited for, or of that one of several.
  pub fn of_one(self) -> Self {
    if let Self::Chosen(chosen) = self { chosen.completion } else { self }
  }
}

/// Each kind of outcome goes into a completion, and comes out of it again.
macro_rules! completes {
  ($($kind:ident($outcome:ty)),*) => {$(
    impl From<$outcome> for Completion {
      fn from(outcome: $outcome) -> Self {
        Self::$kind(outcome)
      }
    }
    impl TryFrom<Completion> for $outcome {
      type Error = Completion;
      fn try_from(completion: Completion) -> Result<Self, Completion> {
        if let Completion::$kind(outcome) = completion { Ok(outcome) } else { Err(completion) }
      }
    }
  )*};
}

completes!(
  Queue(QueueOutcome<Payload>),
  Event(Result<(), End>),
  Future(Settled<Settlement>),
  Request(TakenOf),
  Branch(u32)
);

/// Takes completions of all kinds. A thread has two: its loop's, and the one before which it blocks.
pub trait Mailbox: Send + Sync {
  fn deliver(&self, ticket: u32, completion: Completion) -> Result<(), Completion>;
  fn wake(&self);
}

impl<O, M: Mailbox> Port<O> for M
where
  Completion: From<O>,
  O: TryFrom<Completion>,
{
  fn deliver(&self, ticket: u32, outcome: O) -> Result<(), O> {
    Mailbox::deliver(self, ticket, outcome.into()).map_err(|refused| {
      O::try_from(refused).unwrap_or_else(|_| unreachable!("a refused outcome comes back as it was"))
    })
  }

  fn wake(&self) {
    Mailbox::wake(self);
  }
}
