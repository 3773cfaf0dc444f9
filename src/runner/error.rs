//! How a task, and a runner, come to an end that is not a result.
//!
//! Promises that every error says which task it is about, and that unretrieved errors come as one group. A panic is
//! carried as its message, which is all that can be cloned of it.

use crate::core::error::{End, PutError, PutManyError, WaitError};
use std::fmt;

/// Why there is no result of a task, or not yet.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TaskError {
  /// It was cancelled, by `cancel`, by a `run` that expired, or because the runner closed under it.
  Cancelled,
  /// It panicked.
  Panicked(TaskFailure),
  /// Its runner has ended, so it never started or never will finish.
  Ended(End),
  /// The deadline of this wait passed first; the wait consumed nothing.
  TimedOut,
  /// The wait would block the very loop it waits for. Nothing was started.
  WouldDeadlock,
}

/// A task that panicked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TaskFailure {
  /// The name of the task.
  pub task: String,
  /// What the panic said.
  pub message: String,
}

/// The failures of all tasks whose result was not asked for, in the order in which the tasks were made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TaskErrors {
  /// At least one.
  pub failures: Vec<TaskFailure>,
}

/// Why `close` did not end well.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CloseError {
  /// The runner is closed, and these tasks had failed unseen.
  Tasks(TaskErrors),
  /// `close` would block the loop that it waits for. The runner goes on.
  WouldDeadlock,
}

/// How a runner ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ShutdownType {
  /// It has not ended.
  NotShutDown,
  /// In order: its thread is gone.
  Stopped,
  /// A task holds the thread, and Rust cannot end a thread: it was left behind, and all waiters were released.
  FailedForceStopped,
  /// The thread ended by itself.
  Unknown,
}

impl From<WaitError> for TaskError {
  fn from(error: WaitError) -> Self {
    match error {
      WaitError::TimedOut => Self::TimedOut,
      WaitError::Ended(end) => Self::Ended(end),
      WaitError::Cancelled => Self::Cancelled,
      WaitError::WouldDeadlock => Self::WouldDeadlock,
    }
  }
}

impl<T> From<PutError<T>> for TaskError {
  fn from(error: PutError<T>) -> Self {
    error.reason.into()
  }
}

impl<T> From<PutManyError<T>> for TaskError {
  fn from(error: PutManyError<T>) -> Self {
    error.reason.into()
  }
}

impl fmt::Display for TaskError {
  fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    match self {
      Self::Cancelled => f.write_str("the task was cancelled"),
      Self::Panicked(failure) => failure.fmt(f),
      Self::Ended(end) => end.fmt(f),
      Self::TimedOut => f.write_str("the wait for the task timed out"),
      Self::WouldDeadlock => f.write_str("a runner's own thread would wait for its own loop"),
    }
  }
}

impl fmt::Display for TaskFailure {
  fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    write!(f, "task {:?} panicked: {}", self.task, self.message)
  }
}

impl fmt::Display for TaskErrors {
  fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    write!(f, "{} unretrieved task error(s)", self.failures.len())?;
    self.failures.iter().try_for_each(|failure| write!(f, "; {failure}"))
  }
}

impl fmt::Display for CloseError {
  fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    match self {
      Self::Tasks(errors) => errors.fmt(f),
      Self::WouldDeadlock => TaskError::WouldDeadlock.fmt(f),
    }
  }
}

impl std::error::Error for TaskError {}
impl std::error::Error for TaskFailure {}
impl std::error::Error for TaskErrors {}
impl std::error::Error for CloseError {}
