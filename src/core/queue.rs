//! A queue with any number of producers and consumers, each blocked or awaiting, served first come first served.
//!
//! Promises that an item is handed straight to who has waited longest, that a wait which ends without success has had
//! no effect, and that nothing is lost or doubled, whoever gives up or dies when.
//!
//! 1. While getters wait there are no items; so an item that comes belongs to the longest waiting getter.
//! 2. While putters wait there is no room; so room that comes belongs to the longest waiting putter.
//! 3. A putter is served before its last item is inserted: a putter that is gone inserts nothing.
//! 4. `unfinished` counts what was inserted and not yet reported done, whoever holds it now.

use super::{
  deadline::Deadline,
  error::{End, TryGetError, TryPutError, WaitError},
  operation::{Awaiting, Operation, block_on},
  sync::{Arc, Mutex},
  wait_list::{Key, WaitList},
  waiter::{Waiter, Wakes},
};
use std::{collections::VecDeque, fmt};

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

impl<T> QueueOutcome<T> {
  fn ended(end: End) -> Self {
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

type Outcome<T> = QueueOutcome<T>;

struct Getter<T> {
  waiter: Waiter<Outcome<T>>,
  batch: bool,
}

struct Putter<T> {
  waiter: Waiter<Outcome<T>>,
  items: VecDeque<T>,
  put: usize,
}

struct State<T> {
  items: VecDeque<T>,
  maxsize: usize,
  getters: WaitList<Getter<T>>,
  putters: WaitList<Putter<T>>,
  joiners: WaitList<Waiter<Outcome<T>>>,
  unfinished: usize,
  end: Option<End>,
  /// How the runner it belongs to has ended; where the queue was shut down before, `end` stays what it was.
  bereft: Option<End>,
  drained: bool,
}

/// A queue; clones are the same queue.
pub struct Queue<T>(Arc<Mutex<State<T>>>);

impl<T> Clone for Queue<T> {
  fn clone(&self) -> Self {
    Self(Arc::clone(&self.0))
  }
}

impl<T> fmt::Debug for Queue<T> {
  fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    f.debug_struct("Queue").field("statistics", &self.statistics()).finish()
  }
}

/// A look at a queue at one moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QueueStatistics {
  /// Items in the queue.
  pub size: usize,
  /// How many it holds at most; `usize::MAX` for any number.
  pub maxsize: usize,
  /// Waits for an item.
  pub getters: usize,
  /// Waits for room.
  pub putters: usize,
  /// Waits for everything to be done.
  pub joiners: usize,
  /// Items inserted and not yet reported done.
  pub unfinished: usize,
  /// Why it has ended, if it has.
  pub end: Option<End>,
}

/// The queue has had no item that is still unfinished.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SurplusTaskDone;

impl<T> State<T> {
  /// Gives an item to the longest waiting getter that is still there.
  fn hand_over(&mut self, mut item: T, wakes: &mut Wakes<Outcome<T>>) -> Result<(), T> {
    while let Some(getter) = self.getters.take_front() {
      let outcome = if getter.batch { Outcome::Items(vec![item]) } else { Outcome::Item(item) };
      match getter.waiter.serve(outcome, wakes) {
        Ok(()) => return Ok(()), // WAKE: one item, one getter.
        // The getter's thread has died, or it was served elsewhere: the next one is asked.
        Err(Outcome::Item(back)) => item = back,
        Err(Outcome::Items(mut back)) => item = back.pop().expect("the item that was handed over"),
        Err(_) => unreachable!("an outcome is handed back as it was"),
      }
    }
    Err(item)
  }

  fn enter(&mut self, item: T, wakes: &mut Wakes<Outcome<T>>) {
    self.unfinished += 1;
    if let Err(item) = self.hand_over(item, wakes) {
      self.items.push_back(item);
    }
  }

  fn has_room(&self) -> bool {
    self.items.len() < self.maxsize
  }

  /// Inserts as many items as there is room for; nobody may be waiting for room already.
  fn enter_all(&mut self, items: &mut VecDeque<T>, wakes: &mut Wakes<Outcome<T>>) -> usize {
    let mut put = 0;
    while self.has_room()
      && let Some(item) = items.pop_front()
    {
      self.enter(item, wakes);
      put += 1;
    }
    put
  }

  /// Gives room that has come to the longest waiting putters.
  fn admit_putters(&mut self, wakes: &mut Wakes<Outcome<T>>) {
    while self.has_room() {
      let Some(front) = self.putters.front_mut() else { return };
      let item = front.items.pop_front().expect("a parked putter has items");
      front.put += 1;
      if !front.items.is_empty() {
        self.enter(item, wakes);
        continue;
      }
      let putter = self.putters.take_front().expect("the front putter");
      // WAKE: the putter whose last item goes in; where it is gone, its item stays out (invariant 3).
      match putter.waiter.serve(Outcome::Put(putter.put), wakes) {
        Ok(()) => self.enter(item, wakes),
        Err(_) => wakes.discard(Outcome::Item(item)),
      }
    }
  }

  fn take(&mut self, max: Option<usize>, wakes: &mut Wakes<Outcome<T>>) -> Option<Outcome<T>> {
    let outcome = match max {
      None => Outcome::Item(self.items.pop_front()?),
      Some(_) if self.items.is_empty() => return None,
      Some(max) => Outcome::Items(self.items.drain(..max.min(self.items.len())).collect()),
    };
    self.admit_putters(wakes);
    Some(outcome)
  }

  fn finish(&mut self, count: usize, wakes: &mut Wakes<Outcome<T>>) {
    // Others may have reported more as done than they had taken.
    self.unfinished = self.unfinished.saturating_sub(count);
    if self.unfinished == 0 {
      while let Some(joiner) = self.joiners.take_front() {
        let _ = joiner.serve(Outcome::Joined, wakes); // WAKE: all; a joiner that is gone takes nothing with it.
      }
    }
  }

  fn give_back(&mut self, items: impl IntoIterator<Item = T>, wakes: &mut Wakes<Outcome<T>>) {
    let mut homeless = Vec::new();
    for item in items {
      match self.hand_over(item, wakes) {
        Ok(()) => {}
        // The queue was emptied for good while the item was away.
        Err(item) if self.drained => {
          wakes.discard(Outcome::Item(item));
          self.finish(1, wakes);
        }
        Err(item) => homeless.push(item),
      }
    }
    for item in homeless.into_iter().rev() {
      self.items.push_front(item);
    }
  }

  fn end_waits(&mut self, end: End, wakes: &mut Wakes<Outcome<T>>) {
    while let Some(putter) = self.putters.take_front() {
      if let Err(refused) = putter.waiter.serve(Outcome::Ended { end, put: putter.put, rest: putter.items }, wakes) {
        wakes.discard(refused);
      }
    }
    // By invariant 1 there is nothing left to drain where getters wait.
    while let Some(getter) = self.getters.take_front() {
      let _ = getter.waiter.serve(Outcome::ended(end), wakes);
    }
  }

  fn statistics(&self) -> QueueStatistics {
    QueueStatistics {
      size: self.items.len(),
      maxsize: self.maxsize,
      getters: self.getters.len(),
      putters: self.putters.len(),
      joiners: self.joiners.len(),
      unfinished: self.unfinished,
      end: self.end,
    }
  }
}

impl<T> Queue<T> {
  /// A queue that holds up to `maxsize` items; 0 for any number.
  pub fn new(maxsize: usize) -> Self {
    Self(Arc::new(Mutex::new(State {
      items: VecDeque::new(),
      maxsize: if maxsize == 0 { usize::MAX } else { maxsize },
      getters: WaitList::default(),
      putters: WaitList::default(),
      joiners: WaitList::default(),
      unfinished: 0,
      end: None,
      bereft: None,
      drained: false,
    })))
  }

  /// Runs `change` under the lock; whoever it serves wakes after the lock is released.
  fn change<R>(&self, change: impl FnOnce(&mut State<T>, &mut Wakes<Outcome<T>>) -> R) -> R {
    let mut wakes = Wakes::new();
    // LOCK: dropped before `wakes`, which was declared first.
    let mut state = self.0.lock();
    change(&mut state, &mut wakes)
  }

  /// Takes the first item, never waiting. Nothing changes on failure.
  pub fn try_get(&self) -> Result<T, TryGetError> {
    self.change(|state, wakes| match state.take(None, wakes) {
      Some(Outcome::Item(item)) => Ok(item),
      _ => Err(state.end.map_or(TryGetError::Empty, TryGetError::Ended)),
    })
  }

  /// Takes one to `max` items, never waiting. Nothing changes on failure.
  pub fn try_get_many(&self, max: usize) -> Result<Vec<T>, TryGetError> {
    self.change(|state, wakes| match state.take(Some(max), wakes) {
      Some(Outcome::Items(items)) => Ok(items),
      _ => Err(state.end.map_or(TryGetError::Empty, TryGetError::Ended)),
    })
  }

  /// Puts an item, never waiting; it is handed back on failure.
  pub fn try_put(&self, item: T) -> Result<(), TryPutError<T>> {
    self.change(|state, wakes| match state.end {
      Some(end) => Err(TryPutError::Ended(end, item)),
      None if state.has_room() => {
        state.enter(item, wakes);
        Ok(())
      }
      None => Err(TryPutError::Full(item)),
    })
  }

  /// Blocks until there is an item, and takes it.
  pub fn get_wait(&self, deadline: impl Into<Deadline>) -> Result<T, WaitError> {
    item_of(block_on(Get::one(self), deadline.into())?)
  }

  /// Resolves with the next item. Dropped before it is ready, it takes nothing.
  pub async fn get(&self) -> Result<T, WaitError> {
    item_of(Awaiting::new(Get::one(self)).await)
  }

  /// Blocks until there is an item, and takes up to `max`, which must not be 0.
  pub fn get_many_wait(&self, max: usize, deadline: impl Into<Deadline>) -> Result<Vec<T>, WaitError> {
    items_of(block_on(Get::many(self, max), deadline.into())?)
  }

  /// Resolves with one to `max` items. Dropped before it is ready, it takes nothing.
  pub async fn get_many(&self, max: usize) -> Result<Vec<T>, WaitError> {
    items_of(Awaiting::new(Get::many(self, max)).await)
  }

  /// Blocks until there is room for the item. On failure the item was not inserted, and is dropped.
  pub fn put_wait(&self, item: T, deadline: impl Into<Deadline>) -> Result<(), WaitError> {
    self.put_many_wait([item], deadline).map(drop).map_err(|(error, _)| error)
  }

  /// Resolves when the item is in. Dropped before it is ready, it inserts nothing.
  pub async fn put(&self, item: T) -> Result<(), WaitError> {
    put_of(&Awaiting::new(Put::new(self, [item])).await).map(drop).map_err(|(error, _)| error)
  }

  /// Blocks until all items are in; an error says how many were inserted before it.
  pub fn put_many_wait(
    &self,
    items: impl IntoIterator<Item = T>,
    deadline: impl Into<Deadline>,
  ) -> Result<usize, (WaitError, usize)> {
    let mut operation = Put::new(self, items);
    match block_on(&mut operation, deadline.into()) {
      Ok(outcome) => put_of(&outcome),
      Err(error) => Err((error, operation.inserted)),
    }
  }

  /// Resolves when all items are in. Dropped before it is ready, it inserts no further item.
  pub async fn put_many(&self, items: impl IntoIterator<Item = T>) -> Result<usize, (WaitError, usize)> {
    put_of(&Awaiting::new(Put::new(self, items)).await)
  }

  /// Blocks until every item that was put has been reported done.
  pub fn join_wait(&self, deadline: impl Into<Deadline>) -> Result<(), WaitError> {
    joined_of(&block_on(Join::new(self), deadline.into())?)
  }

  /// Resolves when every item that was put has been reported done.
  pub async fn join(&self) -> Result<(), WaitError> {
    joined_of(&Awaiting::new(Join::new(self)).await)
  }

  /// Reports one item as done.
  pub fn task_done(&self) -> Result<(), SurplusTaskDone> {
    self.change(|state, wakes| {
      if state.unfinished == 0 {
        return Err(SurplusTaskDone);
      }
      state.finish(1, wakes);
      Ok(())
    })
  }

  /// Takes all items at once; they count as done, and waiting putters move up.
  pub fn clear(&self) -> Vec<T> {
    self.change(|state, wakes| {
      let items: Vec<T> = state.items.drain(..).collect();
      // Of those that are in, not of those that come in now.
      let done = items.len().min(state.unfinished);
      state.admit_putters(wakes);
      state.finish(done, wakes);
      items
    })
  }

  /// Looks at the first item.
  pub fn peek<R>(&self, look: impl FnOnce(Option<&T>) -> R) -> R {
    look(self.0.lock().items.front())
  }

  /// Takes items back that were handed to a receiver which will never look at them: in their order, to those who wait
  /// longest, else to the head. The queue may then hold more than it may.
  pub fn give_back(&self, items: impl IntoIterator<Item = T>) {
    self.change(|state, wakes| state.give_back(items, wakes));
  }

  /// Whether both are the same queue.
  pub fn is(&self, other: &Self) -> bool {
    Arc::ptr_eq(&self.0, &other.0)
  }

  /// Adds up a number of every item.
  pub fn sum(&self, of: impl Fn(&T) -> usize) -> usize {
    self.0.lock().items.iter().map(of).sum()
  }

  /// Accepts no more items; what is there may be taken, or is dropped if `immediate`.
  ///
  /// Waiting putters and getters end; `join` goes on counting. A second call may only go from soft to immediate.
  pub fn shutdown(&self, immediate: bool) {
    self.end_with(End::ShutDown, immediate);
  }

  /// Shuts down because its runner has ended; this ends joiners, too.
  pub fn end(&self, end: End) {
    self.end_with(end, false);
  }

  fn end_with(&self, end: End, immediate: bool) {
    let dropped = self.change(|state, wakes| {
      let first = *state.end.get_or_insert(end);
      state.end_waits(first, wakes);
      let mut dropped = VecDeque::new();
      if immediate {
        state.drained = true;
        dropped = std::mem::take(&mut state.items);
        state.finish(dropped.len(), wakes);
      }
      if end != End::ShutDown {
        state.bereft.get_or_insert(end);
        while let Some(joiner) = state.joiners.take_front() {
          let _ = joiner.serve(Outcome::ended(end), wakes);
        }
      }
      dropped
    });
    drop(dropped); // LOCK: items may run code of their own when dropped, so not under it.
  }

  /// A look at sizes and waiters, all of one moment.
  pub fn statistics(&self) -> QueueStatistics {
    self.0.lock().statistics()
  }
}

#[cfg(not(loom))]
impl<T: Send + 'static> super::bond::Ends for Mutex<State<T>> {
  fn end(self: Arc<Self>, end: End) {
    Queue(self).end(end);
  }
}

#[cfg(not(loom))]
impl<T: Send + 'static> Queue<T> {
  /// What the queue's owner holds of it.
  pub(crate) fn bond(&self) -> super::bond::Bond {
    Arc::downgrade(&self.0) as super::bond::Bond
  }
}

fn item_of<T>(outcome: Outcome<T>) -> Result<T, WaitError> {
  match outcome {
    Outcome::Item(item) => Ok(item),
    Outcome::Ended { end, .. } => Err(WaitError::Ended(end)),
    _ => unreachable!("a getter is served an item"),
  }
}

fn items_of<T>(outcome: Outcome<T>) -> Result<Vec<T>, WaitError> {
  match outcome {
    Outcome::Items(items) => Ok(items),
    Outcome::Ended { end, .. } => Err(WaitError::Ended(end)),
    _ => unreachable!("a batch getter is served items"),
  }
}

fn put_of<T>(outcome: &Outcome<T>) -> Result<usize, (WaitError, usize)> {
  match outcome {
    Outcome::Put(count) => Ok(*count),
    Outcome::Ended { end, put, .. } => Err((WaitError::Ended(*end), *put)),
    _ => unreachable!("a putter is served room"),
  }
}

fn joined_of<T>(outcome: &Outcome<T>) -> Result<(), WaitError> {
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

impl<T> Operation for Get<T> {
  type Outcome = Outcome<T>;

  fn begin(&mut self, sleeper: impl FnOnce() -> Waiter<Outcome<T>>) -> Option<Outcome<T>> {
    let Self { queue, max, key } = self;
    queue.change(|state, wakes| {
      if let Some(outcome) = state.take(*max, wakes) {
        return Some(outcome);
      }
      if let Some(end) = state.end {
        return Some(Outcome::ended(end));
      }
      *key = Some(state.getters.join(Getter { waiter: sleeper(), batch: max.is_some() }));
      None
    })
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

  /// Whether the queue is more than half full: those who take from it have enough to do.
  pub fn is_crowded(&self) -> bool {
    let state = self.queue.0.lock();
    state.items.len() > state.maxsize / 2
  }
}

impl<T> Operation for Put<T> {
  type Outcome = Outcome<T>;

  fn begin(&mut self, sleeper: impl FnOnce() -> Waiter<Outcome<T>>) -> Option<Outcome<T>> {
    let Self { queue, items, key, .. } = self;
    queue.change(|state, wakes| {
      let mut items = std::mem::take(items);
      if let Some(end) = state.end {
        return Some(Outcome::Ended { end, put: 0, rest: items });
      }
      // By invariant 2 there is room only where nobody waits for it.
      let put = state.enter_all(&mut items, wakes);
      if items.is_empty() {
        return Some(Outcome::Put(put));
      }
      *key = Some(state.putters.join(Putter { waiter: sleeper(), items, put }));
      None
    })
  }

  fn withdraw(&mut self) -> bool {
    let Some(putter) = self.key.and_then(|key| self.queue.0.lock().putters.leave(key)) else { return false };
    self.items = putter.items;
    self.inserted = putter.put;
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

  fn withdraw(&mut self) -> bool {
    self.key.is_some_and(|key| self.queue.0.lock().joiners.leave(key).is_some())
  }

  fn give_back(&mut self, _outcome: Outcome<T>) {}
}

impl<P: Operation> Operation for &mut P {
  type Outcome = P::Outcome;

  fn begin(&mut self, sleeper: impl FnOnce() -> Waiter<P::Outcome>) -> Option<P::Outcome> {
    (**self).begin(sleeper)
  }

  fn withdraw(&mut self) -> bool {
    (**self).withdraw()
  }

  fn give_back(&mut self, outcome: P::Outcome) {
    (**self).give_back(outcome);
  }
}
