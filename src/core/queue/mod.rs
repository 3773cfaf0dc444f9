//! A queue with any number of producers and consumers, each blocked or awaiting, served first come first served. Its items
//! leave it as they came, the last one first, or the lowest one first.
//!
//! Promises that an item is handed straight to the longest waiting getter, that a wait which ends without success has
//! had no effect, and that nothing is lost or doubled, whenever a waiter gives up or its thread dies.

mod doors;
#[cfg(feature = "futures")]
mod futures;
mod items;
mod order;
mod state;
mod stock;
mod waits;

#[cfg(feature = "futures")]
pub use self::futures::{QueueSink, QueueStream};
pub use self::items::{IterWait, TryIter};
pub(crate) use self::order::Order;
#[cfg(any(test, feature = "node"))]
pub(crate) use self::stock::Lots;
pub use self::waits::{Get, Join, Put, QueueOutcome};
pub(super) use self::waits::{item_of, items_of, put_of};
use self::{
  state::State,
  stock::Stock,
  waits::{inserted_of, joined_of},
};
use super::{
  deadline::Deadline,
  error::{End, PutManyError, TryGetError, TryPutError, WaitError},
  home::Housed,
  operation::{Awaiting, block_on},
  sync::{Apart, Arc},
  waiter::Wakes,
};
use std::fmt;

type Outcome<T> = QueueOutcome<T>;

/// A queue; clones are the same queue.
pub struct Queue<T>(Arc<Apart<Housed<State<T>>>>);

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
  /// What the items weigh together; 0 where the queue has no bound by weight.
  pub weight: usize,
  /// How much they may weigh together; `usize::MAX` for any weight.
  pub max_weight: usize,
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

impl<T> Queue<T> {
  /// A queue that holds up to `maxsize` items; 0 for any number.
  pub fn new(maxsize: usize) -> Self {
    Self::of(Stock::new(Order::First, maxsize))
  }

  /// A queue that holds up to `maxsize` items which weigh up to `max_weight` together; 0 for any number, or any weight.
  ///
  /// An item enters when its weight fits, or when the queue is empty: one that is heavier than `max_weight` travels
  /// alone. A light item behind a heavy one waits for it. `weigh` is called with the queue locked: it must not use the
  /// queue, and must always find the same weight for the same item.
  ///
  /// ```
  /// use threaded_async::{Queue, TryPutError};
  ///
  /// let lines = Queue::weighted(0, 10, String::len);
  /// lines.try_put("sixteen letters.".to_owned()).expect("it is empty");
  /// assert_eq!(lines.try_put("a".to_owned()), Err(TryPutError::Full("a".to_owned())));
  /// ```
  pub fn weighted(maxsize: usize, max_weight: usize, weigh: fn(&T) -> usize) -> Self {
    Self::ordered(Order::First, maxsize, max_weight, weigh)
  }

  /// A queue whose last item is the next; it holds up to `maxsize` items, 0 for any number.
  ///
  /// ```
  /// use threaded_async::Queue;
  ///
  /// let pages = Queue::lifo(0);
  /// ["index", "news", "imprint"].map(|page| pages.try_put(page).expect("there is room"));
  /// assert_eq!((pages.try_get(), pages.try_get()), (Ok("imprint"), Ok("news")));
  /// ```
  pub fn lifo(maxsize: usize) -> Self {
    Self::of(Stock::new(Order::Last, maxsize))
  }

  /// A queue whose lowest item is the next, and of several equal ones that which came first; it holds up to `maxsize`
  /// items, 0 for any number. Waiting putters are let in in the order in which they came, whatever they put.
  ///
  /// Items are compared with the queue locked: their `cmp` must not use the queue. `Reverse` turns the order round.
  ///
  /// ```
  /// use threaded_async::Queue;
  ///
  /// let orders = Queue::priority(0);
  /// [(2, "tea"), (1, "water"), (2, "coffee")].map(|order| orders.try_put(order).expect("there is room"));
  /// assert_eq!(orders.try_get_many(3), Ok(vec![(1, "water"), (2, "coffee"), (2, "tea")]));
  /// ```
  pub fn priority(maxsize: usize) -> Self
  where
    T: Ord,
  {
    Self::of(Stock::new(Order::Lowest(T::cmp), maxsize))
  }

  /// A queue of any order, with bounds by number and by weight; see [`weighted`](Self::weighted).
  pub(crate) fn ordered(order: Order<T>, maxsize: usize, max_weight: usize, weigh: fn(&T) -> usize) -> Self {
    Self::of(Stock::weighted(order, maxsize, max_weight, weigh))
  }

  /// A queue whose elements may be lots of several items, which are put with [`Put`]. Getters of one take an item of them.
  #[cfg(any(test, feature = "node"))]
  pub(crate) fn of_lots(maxsize: usize, lots: Lots<T>) -> Self {
    Self::of(Stock::of_lots(maxsize, lots))
  }

  fn of(stock: Stock<T>) -> Self {
    Self(Arc::new(Apart(Housed::new(State::new(stock)))))
  }

  /// Runs `change` under the lock; the waiters it serves wake after the lock is released.
  #[expect(clippy::inline_always, reason = "see `try_put`")]
  #[inline(always)]
  fn change<R>(&self, change: impl FnOnce(&mut State<T>, &mut Wakes<Outcome<T>>) -> R) -> R {
    let mut wakes = Wakes::new();
    // LOCK: dropped before `wakes`, which was declared first.
    let mut state = self.0.lock();
    change(&mut state, &mut wakes)
  }

  /// Takes the next item, never waiting. Nothing changes on failure.
  #[inline]
  pub fn try_get(&self) -> Result<T, TryGetError> {
    self.change(|state, wakes| {
      state.take_one(wakes).ok_or_else(|| state.end.map_or(TryGetError::Empty, TryGetError::Ended))
    })
  }

  /// Takes one to `max` items, never waiting. Nothing changes on failure.
  pub fn try_get_many(&self, max: usize) -> Result<Vec<T>, TryGetError> {
    self.change(|state, wakes| {
      state.take_many(max, wakes).ok_or_else(|| state.end.map_or(TryGetError::Empty, TryGetError::Ended))
    })
  }

  /// Puts an item, never waiting; it is handed back on failure.
  #[expect(clippy::inline_always, reason = "an item that is still in registers goes from there into the queue")]
  #[inline(always)]
  pub fn try_put(&self, item: T) -> Result<(), TryPutError<T>> {
    self.change(|state, wakes| match state.end {
      Some(end) => Err(TryPutError::Ended(end, item)),
      None if state.may_enter(&item) => {
        state.enter(item, wakes);
        Ok(())
      }
      None => Err(TryPutError::Full(item)),
    })
  }

  /// Blocks until there is an item, and takes up to `max`, which must not be 0. Fails as [`get_wait`](Self::get_wait)
  /// does.
  pub fn get_many_wait(&self, max: usize, deadline: impl Into<Deadline>) -> Result<Vec<T>, WaitError> {
    items_of(block_on(Get::many(self, max), deadline.into())?)
  }

  /// Resolves with one to `max` items, or fails where the queue has ended and is empty. Dropped before it is ready, it takes nothing.
  pub async fn get_many(&self, max: usize) -> Result<Vec<T>, WaitError> {
    items_of(Awaiting::new(Get::many(self, max)).await)
  }

  /// Blocks until all items are in, and returns how many they were. An error says how many were inserted before it, and
  /// hands the others back.
  ///
  /// ```
  /// use threaded_async::{Queue, WaitError};
  ///
  /// let numbers = Queue::new(2);
  /// let failed = numbers.put_many_wait([1, 2, 3], std::time::Duration::ZERO).expect_err("there is room for two");
  /// assert_eq!((failed.reason, failed.put, failed.rest), (WaitError::TimedOut, 2, vec![3]));
  /// ```
  pub fn put_many_wait(
    &self,
    items: impl IntoIterator<Item = T>,
    deadline: impl Into<Deadline>,
  ) -> Result<usize, PutManyError<T>> {
    let mut operation = Put::new(self, items);
    match block_on(&mut operation, deadline.into()) {
      Ok(outcome) => inserted_of(outcome),
      Err(reason) => Err(PutManyError { reason, put: operation.inserted(), rest: operation.rest().into() }),
    }
  }

  /// Resolves when all items are in, with how many they were; an error hands back those that were not inserted. Dropped
  /// before it is ready, it inserts no further item, and drops those that are not in.
  pub async fn put_many(&self, items: impl IntoIterator<Item = T>) -> Result<usize, PutManyError<T>> {
    inserted_of(Awaiting::new(Put::new(self, items)).await)
  }

  /// Blocks until every item that was put has been reported done, by [`task_done`](Self::task_done).
  ///
  /// Fails where the deadline passes, where the queue's runner ends before, and in a task of the queue's own loop.
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
    self.change(State::clear)
  }

  /// Looks at the next item.
  pub fn peek<R>(&self, look: impl FnOnce(Option<&T>) -> R) -> R {
    look(self.0.lock().items.front())
  }

  /// Takes items back that were handed to a receiver which will never look at them: in their order, to the longest
  /// waiting getters, else into the queue, where they are the next again, among items that are as low. The queue may then hold more than its bounds allow.
  pub fn give_back(&self, items: impl IntoIterator<Item = T>) {
    self.change(|state, wakes| state.give_back(items, wakes));
  }

  /// Takes items back that [`clear`](Self::clear) has taken: they are unfinished again, and go where
  /// [`give_back`](Self::give_back) puts them.
  pub fn unclear(&self, items: impl ExactSizeIterator<Item = T>) {
    let items: Vec<_> = items.collect();
    self.change(|state, wakes| {
      state.unfinished += state.items.count_all(items.iter());
      state.give_back(items, wakes);
    });
  }

  /// How many items are in it.
  ///
  /// ```
  /// use threaded_async::Queue;
  ///
  /// let orders = Queue::new(2);
  /// orders.try_put("tea").expect("there is room");
  /// assert_eq!((orders.len(), orders.maxsize()), (1, Some(2)));
  /// assert!(!orders.is_empty() && !orders.is_full());
  /// ```
  pub fn len(&self) -> usize {
    self.0.lock().items.len()
  }

  /// Whether it has no items.
  pub fn is_empty(&self) -> bool {
    self.0.lock().items.is_empty()
  }

  /// Whether it has as many items as it holds, they weigh as much as they may, or others wait for room already. Never
  /// where it has no bounds.
  pub fn is_full(&self) -> bool {
    let state = self.0.lock();
    state.items.is_full() || !state.putters.is_empty()
  }

  /// How many items it holds at most; `None` for any number.
  pub fn maxsize(&self) -> Option<usize> {
    let maxsize = self.0.lock().items.maxsize();
    (maxsize != usize::MAX).then_some(maxsize)
  }

  /// Whether both are the same queue.
  pub fn is(&self, other: &Self) -> bool {
    Arc::ptr_eq(&self.0, &other.0)
  }

  /// What tells it from other queues while it lives.
  #[cfg(feature = "node")]
  pub(crate) fn address(&self) -> usize {
    Arc::as_ptr(&self.0).addr()
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
    let dropped = self.change(|state, wakes| state.end(end, immediate, wakes));
    drop(dropped); // LOCK: items may run code of their own when dropped, so not under it.
  }

  /// A look at sizes and waiters, all of one moment.
  pub fn statistics(&self) -> QueueStatistics {
    self.0.lock().statistics()
  }

  /// A look at sizes and waiters, with what the items weigh although there may be no bound, all of one moment.
  #[cfg(feature = "node")]
  pub(crate) fn measure(&self, weigh: impl Fn(&T) -> usize) -> QueueStatistics {
    let state = self.0.lock();
    QueueStatistics { weight: state.items.iter().map(weigh).sum(), ..state.statistics() }
  }
}

#[cfg(not(loom))]
impl<T: Send + 'static> super::bond::Ends for Apart<Housed<State<T>>> {
  fn end(self: Arc<Self>, end: End) {
    Queue(self).end(end);
  }
}

#[cfg(not(loom))]
impl<T: Send + 'static> Queue<T> {
  /// Ties it to the loop that its owner runs.
  pub(crate) fn live_in(&self, home: u64) {
    self.0.home.set(home);
  }

  /// What the queue's owner holds of it.
  pub(crate) fn bond(&self) -> super::bond::Bond {
    Arc::downgrade(&self.0) as super::bond::Bond
  }
}
