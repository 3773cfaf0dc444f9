//! The doors of Rust to one item: to block, or to await.
//!
//! Promises that a wait which need not wait goes as [`try_get`](Queue::try_get) and [`try_put`](Queue::try_put) do: it
//! makes no operation, no waiter and no memory. A door that refuses to block does so before it tries.

use super::{
  Get, Outcome, Put, Queue,
  waits::{alone, inserted_of, item_of},
};
use crate::core::{
  deadline::Deadline,
  error::{PutError, TryGetError, TryPutError, WaitError},
  operation::{Awaiting, block_on},
};

impl<T> Queue<T> {
  /// Blocks until there is an item, and takes it.
  ///
  /// Fails where the deadline passes, where the queue has ended and is empty, and in a task of the queue's own loop;
  /// then nothing was taken.
  ///
  /// ```
  /// use std::time::Duration;
  /// use threaded_async::{Queue, WaitError};
  ///
  /// let orders = Queue::new(0);
  /// orders.put_wait("tea", None)?;
  /// assert_eq!(orders.get_wait(Duration::from_secs(1)), Ok("tea"));
  /// assert_eq!(orders.get_wait(Duration::from_millis(1)), Err(WaitError::TimedOut));
  /// # Ok::<(), WaitError>(())
  /// ```
  #[inline]
  pub fn get_wait(&self, deadline: impl Into<Deadline>) -> Result<T, WaitError> {
    if !self.0.home.may_block() {
      return Err(WaitError::WouldDeadlock);
    }
    match self.try_get() {
      Ok(item) => Ok(item),
      Err(TryGetError::Empty) => self.block_for_item(deadline.into()),
      Err(TryGetError::Ended(end)) => Err(WaitError::Ended(end)),
    }
  }

  #[inline(never)]
  fn block_for_item(&self, deadline: Deadline) -> Result<T, WaitError> {
    item_of(block_on(Get::one(self), deadline)?)
  }

  /// Resolves with the next item, or fails where the queue has ended and is empty. Dropped before it is ready, it takes nothing.
  #[inline]
  pub async fn get(&self) -> Result<T, WaitError> {
    match self.try_get() {
      Ok(item) => Ok(item),
      Err(TryGetError::Empty) => item_of(Awaiting::new(Get::one(self)).await),
      Err(TryGetError::Ended(end)) => Err(WaitError::Ended(end)),
    }
  }

  /// Blocks until there is room for the item, and puts it. On failure it was not inserted, and is handed back.
  ///
  /// Fails where the deadline passes, the queue ends, or this would block the queue's own loop; see [`PutError`].
  #[inline]
  pub fn put_wait(&self, item: T, deadline: impl Into<Deadline>) -> Result<(), PutError<T>> {
    if !self.0.home.may_block() {
      return Err(PutError { reason: WaitError::WouldDeadlock, item });
    }
    match self.try_put(item) {
      Ok(()) => Ok(()),
      Err(TryPutError::Full(item)) => self.block_for_room(item, deadline.into()),
      Err(TryPutError::Ended(end, item)) => Err(PutError { reason: WaitError::Ended(end), item }),
    }
  }

  #[inline(never)]
  fn block_for_room(&self, item: T, deadline: Deadline) -> Result<(), PutError<T>> {
    let mut operation = Put::new(self, [item]);
    match block_on(&mut operation, deadline) {
      Ok(Outcome::Put(_)) => Ok(()),
      Ok(outcome) => alone(inserted_of(outcome)),
      Err(reason) => Err(PutError { reason, item: operation.rest().pop_front().expect("it was not put") }),
    }
  }

  /// Resolves when the item is in. On failure, which is that the queue has ended, it is handed back. Dropped before it is
  /// ready, it inserts nothing, and the item is dropped.
  #[inline]
  pub async fn put(&self, item: T) -> Result<(), PutError<T>> {
    let item = match self.try_put(item) {
      Ok(()) => return Ok(()),
      Err(TryPutError::Full(item)) => item,
      Err(TryPutError::Ended(end, item)) => return Err(PutError { reason: WaitError::Ended(end), item }),
    };
    match Awaiting::new(Put::new(self, [item])).await {
      Outcome::Put(_) => Ok(()),
      outcome => alone(inserted_of(outcome)),
    }
  }
}
