//! The waits on a queue: for an item or a batch, for room, and until everything is done.

use super::{
  Outcome, Queue,
  state::{Getter, Putter},
};
use crate::core::{
  error::{End, PutError, PutManyError, WaitError},
  operation::{Branch, Lasting, Operation, Ready},
  wait_list::Key,
  waiter::Waiter,
};
use std::collections::VecDeque;

/// What a wait on a queue ends with.
#[derive(Debug, PartialEq, Eq)]
pub enum QueueOutcome<T> {
  /// A getter's item.
  Item(T),
  /// A batch getter's items, at least one.
  Items(Vec<T>),
  /// All items of a putter are in; how many there were.
  Put(usize),
  /// Nothing is unfinished.
  Joined,
  /// The queue will not serve this wait any more.
  Ended {
    /// Why.
    end: End,
    /// How many of a putter's items were inserted before.
    put: usize,
    /// A putter's other items.
    rest: VecDeque<T>,
  },
}

/// A queue that has ended has ended for good.
impl<T> Lasting for QueueOutcome<T> {
  fn is_lasting(&self) -> bool {
    matches!(self, Self::Ended { .. })
  }
}

impl<T> QueueOutcome<T> {
  pub(super) fn ended(end: End) -> Self {
    Self::Ended { end, put: 0, rest: VecDeque::new() }
  }
}

impl<T> QueueOutcome<T> {
  /// The items a getter was served.
  pub fn into_items(self) -> Vec<T> {
    match self {
      Self::Item(item) => vec![item],
      Self::Items(items) => items,
      _ => Vec::new(),
    }
  }
}

pub(crate) fn item_of<T>(outcome: Outcome<T>) -> Result<T, WaitError> {
  match outcome {
    Outcome::Item(item) => Ok(item),
    Outcome::Ended { end, .. } => Err(WaitError::Ended(end)),
    _ => unreachable!("a getter is served an item"),
  }
}

pub(crate) fn items_of<T>(outcome: Outcome<T>) -> Result<Vec<T>, WaitError> {
  match outcome {
    Outcome::Items(items) => Ok(items),
    Outcome::Ended { end, .. } => Err(WaitError::Ended(end)),
    _ => unreachable!("a batch getter is served items"),
  }
}

pub(crate) fn put_of<T>(outcome: &Outcome<T>) -> Result<usize, (WaitError, usize)> {
  match outcome {
    Outcome::Put(count) => Ok(*count),
    Outcome::Ended { end, put, .. } => Err((WaitError::Ended(*end), *put)),
    _ => unreachable!("a putter is served room"),
  }
}

/// Like [`put_of`], with the items that were not put.
pub(super) fn inserted_of<T>(outcome: Outcome<T>) -> Result<usize, PutManyError<T>> {
  match outcome {
    Outcome::Put(count) => Ok(count),
    Outcome::Ended { end, put, rest } => Err(PutManyError { reason: WaitError::Ended(end), put, rest: rest.into() }),
    _ => unreachable!("a putter is served room"),
  }
}

/// Of a put of one item.
#[cold]
pub(super) fn alone<T>(result: Result<usize, PutManyError<T>>) -> Result<(), PutError<T>> {
  let Err(PutManyError { reason, mut rest, .. }) = result else { return Ok(()) };
  Err(PutError { reason, item: rest.pop().expect("the item that was not put") })
}

pub(super) fn joined_of<T>(outcome: &Outcome<T>) -> Result<(), WaitError> {
  match outcome {
    Outcome::Ended { end, .. } => Err(WaitError::Ended(*end)),
    _ => Ok(()),
  }
}

/// The wait for one item, or for a batch.
pub struct Get<T> {
  queue: Queue<T>,
  max: Option<usize>,
  key: Option<Key>,
}

impl<T> Get<T> {
  /// The queue it waits for.
  #[cfg(feature = "node")]
  pub fn queue(&self) -> &Queue<T> {
    &self.queue
  }

  /// For one item.
  pub fn one(queue: &Queue<T>) -> Self {
    Self { queue: queue.clone(), max: None, key: None }
  }

  /// For one to `max` items.
  pub fn many(queue: &Queue<T>, max: usize) -> Self {
    Self { queue: queue.clone(), max: Some(max.max(1)), key: None }
  }
}

impl<T> Branch for Get<T> {
  fn begin_if(
    &mut self,
    may_complete: impl FnOnce(Ready) -> bool,
    sleeper: impl FnOnce() -> Waiter<Outcome<T>>,
  ) -> Option<Outcome<T>> {
    let Self { queue, max, key } = self;
    queue.change(|state, wakes| {
      if !state.items.is_empty() {
        return if may_complete(Ready::Success) { state.take(*max, wakes) } else { None };
      }
      if let Some(end) = state.end {
        return may_complete(Ready::Failure).then(|| Outcome::ended(end));
      }
      *key = Some(state.getters.join(Getter { waiter: sleeper(), batch: max.is_some() }));
      None
    })
  }
}

impl<T> Operation for Get<T> {
  type Outcome = Outcome<T>;

  fn begin(&mut self, sleeper: impl FnOnce() -> Waiter<Outcome<T>>) -> Option<Outcome<T>> {
    self.begin_if(|_| true, sleeper)
  }

  fn may_block_here(&self) -> bool {
    self.queue.0.home.may_block()
  }

  fn withdraw(&mut self) -> bool {
    self.key.is_some_and(|key| self.queue.0.lock().getters.leave(key).is_some())
  }

  fn give_back(&mut self, outcome: Outcome<T>) {
    self.queue.give_back(outcome.into_items());
  }
}

/// The wait until items are in.
pub struct Put<T> {
  queue: Queue<T>,
  items: VecDeque<T>,
  inserted: usize,
  key: Option<Key>,
}

impl<T> Put<T> {
  /// Puts these, in their order.
  pub fn new(queue: &Queue<T>, items: impl IntoIterator<Item = T>) -> Self {
    Self { queue: queue.clone(), items: items.into_iter().collect(), inserted: 0, key: None }
  }

  /// After a withdrawal: how many items went in.
  pub fn inserted(&self) -> usize {
    self.inserted
  }

  /// Takes items back that did not go in, where the wait has ended otherwise.
  pub(crate) fn take_back(&mut self, rest: VecDeque<T>) {
    self.items = rest;
  }

  /// The items that are not in, unless the wait for room goes on or has ended with them.
  pub(crate) fn rest(&mut self) -> VecDeque<T> {
    std::mem::take(&mut self.items)
  }

  #[cold]
  fn leave(&self, key: Key) -> Option<(VecDeque<T>, usize)> {
    self.queue.change(|state, wakes| {
      let left = state.putters.leave(key).map(|Putter { items, put, .. }| (items, put));
      // The putter behind this one may have a lighter item, for which there has been room all the time (invariant 2).
      if left.is_some() && state.items.is_weighted() {
        state.admit_putters(wakes);
      }
      left.or_else(|| state.refused_by(key))
    })
  }

  /// How many items must go until the queue is no more than half full; `None` where it is: its consumers have enough to do.
  #[cfg(feature = "node")]
  pub fn excess(&self) -> Option<usize> {
    self.queue.0.lock().items.excess()
  }
}

/// A branch has one item: of several, some would be in before it is known which branch has won.
impl<T> Branch for Put<T> {
  fn begin_if(
    &mut self,
    may_complete: impl FnOnce(Ready) -> bool,
    sleeper: impl FnOnce() -> Waiter<Outcome<T>>,
  ) -> Option<Outcome<T>> {
    let Self { queue, items, key, .. } = self;
    queue.change(|state, wakes| {
      if let Some(end) = state.end {
        return may_complete(Ready::Failure).then(|| Outcome::Ended { end, put: 0, rest: std::mem::take(items) });
      }
      if items.front().is_none_or(|item| state.may_enter(item)) && !may_complete(Ready::Success) {
        return None;
      }
      let mut items = std::mem::take(items);
      let put = state.enter_all(&mut items, wakes);
      if items.is_empty() {
        return Some(Outcome::Put(put));
      }
      *key = Some(state.putters.join(Putter { waiter: sleeper(), items, put }));
      None
    })
  }
}

impl<T> Operation for Put<T> {
  type Outcome = Outcome<T>;

  fn begin(&mut self, sleeper: impl FnOnce() -> Waiter<Outcome<T>>) -> Option<Outcome<T>> {
    self.begin_if(|_| true, sleeper)
  }

  fn may_block_here(&self) -> bool {
    self.queue.0.home.may_block()
  }

  fn withdraw(&mut self) -> bool {
    let Some((items, put)) = self.key.and_then(|key| self.leave(key)) else { return false };
    self.items = items;
    self.inserted = put;
    true
  }

  fn give_back(&mut self, _outcome: Outcome<T>) {} // What is in is in.
}

/// The wait until nothing is unfinished.
pub struct Join<T> {
  queue: Queue<T>,
  key: Option<Key>,
}

impl<T> Join<T> {
  /// For this queue.
  pub fn new(queue: &Queue<T>) -> Self {
    Self { queue: queue.clone(), key: None }
  }
}

impl<T> Operation for Join<T> {
  type Outcome = Outcome<T>;

  fn begin(&mut self, sleeper: impl FnOnce() -> Waiter<Outcome<T>>) -> Option<Outcome<T>> {
    let Self { queue, key } = self;
    queue.change(|state, _| match state.bereft {
      _ if state.unfinished == 0 => Some(Outcome::Joined),
      Some(end) => Some(Outcome::ended(end)),
      None => {
        *key = Some(state.joiners.join(sleeper()));
        None
      }
    })
  }

  fn may_block_here(&self) -> bool {
    self.queue.0.home.may_block()
  }

  fn withdraw(&mut self) -> bool {
    self.key.is_some_and(|key| self.queue.0.lock().joiners.leave(key).is_some())
  }

  fn give_back(&mut self, _outcome: Outcome<T>) {}
}
