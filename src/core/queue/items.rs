//! The items of a queue one after the other: as an iterator that blocks, and as one that never waits.
//!
//! Promises that an iterator which is dropped has taken only what it returned.

use super::Queue;
use crate::core::error::WaitError;

/// The items of a queue, each waited for; see [`Queue::iter_wait`].
#[derive(Clone, Debug)]
#[must_use = "it takes nothing until it is asked"]
pub struct IterWait<T>(Queue<T>);

impl<T> Iterator for IterWait<T> {
  type Item = T;

  fn next(&mut self) -> Option<T> {
    match self.0.get_wait(None) {
      Ok(item) => Some(item),
      // An end in silence would look like that of the queue.
      Err(error @ WaitError::WouldDeadlock) => panic!("{error}"),
      Err(_) => None,
    }
  }
}

/// The items that are in a queue now; see [`Queue::try_iter`].
#[derive(Clone, Debug)]
#[must_use = "it takes nothing until it is asked"]
pub struct TryIter<T>(Queue<T>);

impl<T> Iterator for TryIter<T> {
  type Item = T;

  fn next(&mut self) -> Option<T> {
    self.0.try_get().ok()
  }
}

impl<T> Queue<T> {
  /// An iterator over the items, which blocks until there is one. It ends when the queue has ended and is empty.
  ///
  /// Several iterators share the items. It panics where it would block the queue's own loop: a task uses
  /// [`get`](Self::get).
  ///
  /// ```
  /// use threaded_async::{AsyncRunner, Queue};
  ///
  /// let runner = AsyncRunner::new();
  /// let squares = runner.queue(2);
  /// let putting = squares.clone();
  /// runner.create_task(async move {
  ///   for number in 1..=4 {
  ///     putting.put(number * number).await.expect("it is open");
  ///   }
  ///   putting.shutdown(false);
  /// });
  /// assert_eq!(squares.iter_wait().sum::<u32>(), 30);
  /// ```
  pub fn iter_wait(&self) -> IterWait<T> {
    IterWait(self.clone())
  }

  /// An iterator over the items that are there, which never waits. It ends when there is no item, and goes on when there
  /// is one again.
  ///
  /// ```
  /// use threaded_async::Queue;
  ///
  /// let orders = Queue::new(0);
  /// ["tea", "coffee"].map(|order| orders.try_put(order).expect("there is room"));
  /// assert_eq!(orders.try_iter().collect::<Vec<_>>(), ["tea", "coffee"]);
  /// assert_eq!(orders.try_iter().next(), None);
  /// ```
  pub fn try_iter(&self) -> TryIter<T> {
    TryIter(self.clone())
  }
}

/// See [`Queue::iter_wait`].
impl<T> IntoIterator for Queue<T> {
  type Item = T;
  type IntoIter = IterWait<T>;

  fn into_iter(self) -> IterWait<T> {
    IterWait(self)
  }
}

/// See [`Queue::iter_wait`].
#[expect(clippy::into_iter_without_iter, reason = "what blocks is called by a name that says so: `iter_wait`")]
impl<T> IntoIterator for &Queue<T> {
  type Item = T;
  type IntoIter = IterWait<T>;

  fn into_iter(self) -> IterWait<T> {
    self.iter_wait()
  }
}
