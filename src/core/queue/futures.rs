//! A queue as a `Stream` of its items and as a `Sink` for them, for code that is written for the `futures` crates.
//!
//! Promises that a stream which is dropped takes nothing that it has not returned, and that a sink holds at most one
//! item, for which there was no room.

use super::{
  Get, Put, Queue, QueueOutcome,
  waits::{alone, inserted_of, item_of},
};
use crate::core::{
  error::{PutError, TryPutError, WaitError},
  operation::Awaiting,
};
use futures_core::{Stream, stream::FusedStream};
use futures_sink::Sink;
use std::{
  fmt,
  future::Future,
  pin::Pin,
  task::{Context, Poll, ready},
};

/// The items of a queue, one after the other; see [`Queue::stream`].
#[must_use = "it takes nothing until it is polled"]
pub struct QueueStream<T> {
  queue: Queue<T>,
  wait: Option<Awaiting<Get<T>>>,
  has_ended: bool,
}

impl<T> fmt::Debug for QueueStream<T> {
  fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    f.debug_struct("QueueStream").field("queue", &self.queue).finish_non_exhaustive()
  }
}

impl<T> Stream for QueueStream<T> {
  type Item = T;

  fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<T>> {
    let Self { queue, wait, has_ended } = self.get_mut();
    if *has_ended {
      return Poll::Ready(None);
    }
    let waiting = wait.get_or_insert_with(|| Awaiting::new(Get::one(queue)));
    let outcome = ready!(Pin::new(waiting).poll(cx));
    *wait = None;
    let item = item_of(outcome).ok();
    *has_ended = item.is_none();
    Poll::Ready(item)
  }
}

impl<T> FusedStream for QueueStream<T> {
  fn is_terminated(&self) -> bool {
    self.has_ended
  }
}

/// The putting end of a queue; see [`Queue::sink`].
#[must_use = "it puts nothing until it is given an item"]
pub struct QueueSink<T> {
  queue: Queue<T>,
  wait: Option<Awaiting<Put<T>>>,
}

impl<T> fmt::Debug for QueueSink<T> {
  fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    f.debug_struct("QueueSink").field("queue", &self.queue).field("is_flushed", &self.wait.is_none()).finish()
  }
}

impl<T> Sink<T> for QueueSink<T> {
  type Error = PutError<T>;

  fn poll_ready(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), PutError<T>>> {
    self.poll_flush(cx)
  }

  /// Puts the item where there is room. Else it is kept until [`poll_ready`](Sink::poll_ready) or a flush puts it.
  fn start_send(self: Pin<&mut Self>, item: T) -> Result<(), PutError<T>> {
    let this = self.get_mut();
    assert!(this.wait.is_none(), "a sink must be ready before it is given an item");
    match this.queue.try_put(item) {
      Ok(()) => Ok(()),
      Err(TryPutError::Full(item)) => {
        this.wait = Some(Awaiting::new(Put::new(&this.queue, [item])));
        Ok(())
      }
      Err(TryPutError::Ended(end, item)) => Err(PutError { reason: WaitError::Ended(end), item }),
    }
  }

  fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), PutError<T>>> {
    let this = self.get_mut();
    let Some(wait) = &mut this.wait else { return Poll::Ready(Ok(())) };
    let outcome: QueueOutcome<T> = ready!(Pin::new(wait).poll(cx));
    this.wait = None;
    Poll::Ready(alone(inserted_of(outcome)))
  }

  /// Flushes. The queue stays open: others may put into it.
  fn poll_close(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), PutError<T>>> {
    self.poll_flush(cx)
  }
}

impl<T> Queue<T> {
  /// A stream of the items; it ends when the queue has ended and is empty. Several streams share the items.
  ///
  /// With the feature `futures`. Dropped, it takes nothing that it has not returned.
  ///
  /// ```
  /// use futures_util::StreamExt;
  /// use threaded_async::{AsyncRunner, Queue};
  ///
  /// let runner = AsyncRunner::new();
  /// let numbers = runner.queue::<u32>(0);
  /// numbers.put_many_wait(1..=4, None)?;
  /// numbers.shutdown(false);
  /// let even = numbers.stream().filter(|number| std::future::ready(number % 2 == 0)).collect::<Vec<_>>();
  /// assert_eq!(runner.run(even, None), Ok(vec![2, 4]));
  /// # Ok::<(), threaded_async::WaitError>(())
  /// ```
  pub fn stream(&self) -> QueueStream<T> {
    QueueStream { queue: self.clone(), wait: None, has_ended: false }
  }

  /// A sink that puts its items into the queue.
  ///
  /// With the feature `futures`. It waits for room where the queue is full, and keeps at most one item meanwhile, which
  /// is dropped with it: flush it before. After the queue has ended each item is handed back, in a [`PutError`]. Closing
  /// it flushes it; the queue stays open, for others may put into it.
  ///
  /// ```
  /// use futures_util::SinkExt;
  /// use threaded_async::AsyncRunner;
  ///
  /// let runner = AsyncRunner::new();
  /// let numbers = runner.queue::<u32>(1);
  /// let mut sink = numbers.sink();
  /// let sending = runner.create_task(async move {
  ///   sink.send(1).await?;
  ///   sink.send(2).await
  /// });
  /// assert_eq!((numbers.get_wait(None), numbers.get_wait(None)), (Ok(1), Ok(2)));
  /// assert_eq!(sending.wait(None), Ok(Ok(())));
  /// ```
  pub fn sink(&self) -> QueueSink<T> {
    QueueSink { queue: self.clone(), wait: None }
  }
}
