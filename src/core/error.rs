//! Why a wait, or an attempt that does not wait, failed. What fails has had no effect.

use std::fmt;

/// Why a primitive will never serve a wait again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
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
pub enum TryGetError {
  /// There is no item, or the next items belong to getters that wait already.
  Empty,
  /// There is no item and none will come.
  Ended(End),
}

/// Why items could not be put; they are handed back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TryPutError<T> {
  /// There is no room, or the next room belongs to putters that wait already.
  Full(T),
  /// No item is accepted any more.
  Ended(End, T),
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
impl<T: fmt::Debug> std::error::Error for TryPutError<T> {}
