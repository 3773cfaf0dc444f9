//! Why a wait, or an attempt that does not wait, failed. What fails has had no effect.

use std::fmt;

/// Why a primitive will never serve a wait again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum End {
  /// The queue was shut down by `shutdown`.
  ShutDown,
  /// The runner it belongs to was closed.
  Closed,
  /// The thread of the runner it belongs to ended by itself.
  Died,
}

/// Why a wait ended without its result.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum WaitError {
  /// The deadline passed first; nothing was taken or inserted.
  TimedOut,
  /// What was waited for has ended.
  Ended(End),
  /// The future or the task was cancelled.
  Cancelled,
  /// The wait would block the loop whose tasks it waits for, so it was not begun. Await there, or block on a thread of
  /// its own.
  WouldDeadlock,
}

/// Why an item could not be taken at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TryGetError {
  /// There is no item, or the next items belong to getters that wait already.
  Empty,
  /// There is no item and none will come.
  Ended(End),
}

/// Why items could not be put; they are handed back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TryPutError<T> {
  /// There is no room, or the next room belongs to putters that wait already.
  Full(T),
  /// No item is accepted any more.
  Ended(End, T),
}

/// A put that ended without its result; the item was not inserted, and is handed back.
///
/// It becomes a [`WaitError`], without the item, where `?` wants one.
///
/// ```
/// use std::time::Duration;
/// use threaded_async::{Queue, WaitError};
///
/// let orders = Queue::new(1);
/// orders.put_wait("coffee", None)?;
/// let failed = orders.put_wait("tea", Duration::from_millis(1)).expect_err("the queue is full");
/// assert_eq!((failed.reason, failed.item), (WaitError::TimedOut, "tea"));
/// # Ok::<(), WaitError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct PutError<T> {
  /// Why it was not inserted.
  pub reason: WaitError,
  /// The item.
  pub item: T,
}

/// A put of several items that ended before all were in; those that were not inserted are handed back.
///
/// It becomes a [`WaitError`], without the items, where `?` wants one.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct PutManyError<T> {
  /// Why not all were inserted.
  pub reason: WaitError,
  /// How many were inserted, from the first on.
  pub put: usize,
  /// The items that were not inserted, in their order.
  pub rest: Vec<T>,
}

impl<T> TryPutError<T> {
  /// The item that was not inserted.
  pub fn into_item(self) -> T {
    match self {
      Self::Full(item) | Self::Ended(_, item) => item,
    }
  }
}

// `expect` and `?` are for items of any type: the item is not shown.
impl<T> fmt::Debug for PutError<T> {
  fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    f.debug_struct("PutError").field("reason", &self.reason).finish_non_exhaustive()
  }
}

impl<T> fmt::Debug for PutManyError<T> {
  fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    f.debug_struct("PutManyError").field("reason", &self.reason).field("put", &self.put).finish_non_exhaustive()
  }
}

impl<T> fmt::Display for PutError<T> {
  fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    write!(f, "the item was not put: {}", self.reason)
  }
}

impl<T> fmt::Display for PutManyError<T> {
  fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    write!(f, "{} items were put and {} were not: {}", self.put, self.rest.len(), self.reason)
  }
}

impl<T> From<PutError<T>> for WaitError {
  fn from(error: PutError<T>) -> Self {
    error.reason
  }
}

impl<T> From<PutManyError<T>> for WaitError {
  fn from(error: PutManyError<T>) -> Self {
    error.reason
  }
}

impl fmt::Display for End {
  fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    f.write_str(match self {
      Self::ShutDown => "the queue was shut down",
      Self::Closed => "the runner was closed",
      Self::Died => "the runner's thread ended by itself",
    })
  }
}

impl fmt::Display for WaitError {
  fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    match self {
      Self::TimedOut => f.write_str("the wait timed out"),
      Self::Ended(end) => end.fmt(f),
      Self::Cancelled => f.write_str("what was waited for was cancelled"),
      Self::WouldDeadlock => f.write_str("a task would block the loop that it waits for"),
    }
  }
}

impl fmt::Display for TryGetError {
  fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    match self {
      Self::Empty => f.write_str("the queue is empty"),
      Self::Ended(end) => end.fmt(f),
    }
  }
}

impl<T> fmt::Display for TryPutError<T> {
  fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    match self {
      Self::Full(_) => f.write_str("the queue is full"),
      Self::Ended(end, _) => end.fmt(f),
    }
  }
}

impl std::error::Error for WaitError {}
impl std::error::Error for TryGetError {}
impl<T> std::error::Error for PutError<T> {}
impl<T> std::error::Error for PutManyError<T> {}
impl<T: fmt::Debug> std::error::Error for TryPutError<T> {}
