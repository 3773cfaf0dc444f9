//! A task that is awaited by its handle: `task.await`.
//!
//! Promises that a future which is dropped leaves the task running, and that a panic counts as seen only where its
//! error was returned.

use super::{
  error::{TaskError, TaskFailure},
  task::BackgroundTask,
};
use crate::core::{
  future::{FutureResult, value_of},
  operation::Awaiting,
};
use std::{
  fmt,
  future::{Future, IntoFuture},
  pin::Pin,
  task::{Context, Poll, ready},
};

/// The wait for the result of a task whose handle it holds, or borrows; `H` is the handle.
#[must_use = "futures do nothing unless they are awaited"]
pub struct TaskResult<H> {
  task: H,
  wait: Awaiting<FutureResult<Result<(), TaskFailure>>>,
}

impl<H: fmt::Debug> fmt::Debug for TaskResult<H> {
  fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    f.debug_struct("TaskResult").field("task", &self.task).finish_non_exhaustive()
  }
}

impl<H> TaskResult<H> {
  fn poll_settled<R>(
    &mut self,
    cx: &mut Context<'_>,
    task: impl FnOnce(&H) -> &BackgroundTask<R>,
  ) -> Poll<Result<(), TaskError>> {
    let settled = ready!(Pin::new(&mut self.wait).poll(cx));
    Poll::Ready(task(&self.task).judge(value_of(settled)))
  }
}

impl<R> Future for TaskResult<&BackgroundTask<R>>
where
  R: Clone,
{
  type Output = Result<R, TaskError>;

  fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
    let this = self.get_mut();
    let settled = ready!(this.poll_settled(cx, |task| *task));
    Poll::Ready(settled.map(|()| this.task.value()))
  }
}

impl<R> Future for TaskResult<BackgroundTask<R>> {
  type Output = Result<R, TaskError>;

  fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
    let this = self.get_mut();
    let settled = ready!(this.poll_settled(cx, |task| task));
    Poll::Ready(settled.map(|()| this.task.take_value()))
  }
}

/// The same as [`result`](BackgroundTask::result): the handle is still there afterwards.
///
/// ```
/// use threaded_async::AsyncRunner;
///
/// let runner = AsyncRunner::new();
/// let task = runner.create_task(async { 6 * 7 });
/// let twice = runner.create_task(async move { ((&task).await, (&task).await) });
/// assert_eq!(twice.wait(None), Ok((Ok(42), Ok(42))));
/// ```
impl<'a, R: Clone> IntoFuture for &'a BackgroundTask<R> {
  type Output = Result<R, TaskError>;
  type IntoFuture = TaskResult<&'a BackgroundTask<R>>;

  fn into_future(self) -> Self::IntoFuture {
    TaskResult { wait: self.awaiting(), task: self }
  }
}

/// Resolves with the result itself, which need not be one that can be cloned. If the future is dropped before, the task
/// goes on.
///
/// ```
/// use threaded_async::AsyncRunner;
///
/// struct Report(&'static str); // Not `Clone`.
///
/// let (runner, other) = (AsyncRunner::new(), AsyncRunner::new());
/// let task = runner.create_task(async { Report("all is well") });
/// let Report(text) = other.run(async { task.await }, None)??;
/// assert_eq!(text, "all is well");
/// # Ok::<(), threaded_async::TaskError>(())
/// ```
impl<R> IntoFuture for BackgroundTask<R> {
  type Output = Result<R, TaskError>;
  type IntoFuture = TaskResult<Self>;

  fn into_future(self) -> Self::IntoFuture {
    TaskResult { wait: self.awaiting(), task: self }
  }
}
