//! One task of a runner: what runs in the loop, and the handle that others hold.
//!
//! Promises that a wait may be repeated and that a wait which times out consumes nothing, that a cancelled task has been
//! dropped, destructors and all, before its waiters are told, and that a task always ends: with its result, cancelled,
//! or with its runner. Refuses to block the loop that it waits for.
//!
//! 1. The value is stored before the outcome is settled.

use super::{
  error::{TaskError, TaskFailure},
  event_loop::EventLoop,
};
use crate::core::{
  deadline::Deadline,
  error::{End, WaitError},
  future::{self, FutureResult, value_of},
  operation::Awaiting,
  select::Select,
  sync::Mutex,
};
use std::{
  any::Any,
  fmt,
  future::{Future, poll_fn},
  panic::{AssertUnwindSafe, catch_unwind},
  pin::pin,
  sync::Arc,
  task::Poll,
};
use tokio::task::AbortHandle;

/// What a task's future and its handle share.
pub(super) struct Cell<R> {
  name: String,
  number: u64,
  value: Mutex<Option<R>>,
  outcome: future::FutureCell<Result<(), TaskFailure>>,
}

/// A task of which only the end matters.
pub(super) trait Unfinished: Send + Sync {
  /// Tells all waiters that there will be no result.
  fn abandon(&self, end: Option<End>);
}

impl<R: Send> Unfinished for Cell<R> {
  fn abandon(&self, end: Option<End>) {
    match end {
      Some(end) => self.outcome.end(end),
      None => drop(self.outcome.cancel()),
    }
  }
}

/// A future on its way through the loop. Dropped before it is through, it counts as cancelled.
pub(super) struct Running<F, R: Send> {
  future: F, // Dropped before `finish`, also where it never started.
  finish: Finish<R>,
}

struct Finish<R: Send> {
  cell: Arc<Cell<R>>,
  home: Arc<EventLoop>,
}

impl<R: Send> Drop for Finish<R> {
  fn drop(&mut self) {
    // Of no effect where the task has come to its own end.
    self.cell.abandon(self.home.is_dying().then_some(End::Died));
    self.home.forget(self.cell.number);
  }
}

impl<F: Future<Output = R>, R: Send> Running<F, R> {
  pub(super) async fn run(self) {
    let Self { future, finish } = self;
    let mut future = pin!(Some(future));
    let outcome = poll_fn(|cx| {
      let future = future.as_mut().as_pin_mut().expect("polled until it is ready");
      caught(|| future.poll(cx)).map_or_else(|message| Poll::Ready(Err(message)), |polled| polled.map(Ok))
    });
    let outcome = outcome.await;
    // Destructors first, then the news; a destructor that panics is a failure of the task.
    finish.settle(caught(|| future.set(None)).and(outcome));
  }
}

impl<R: Send> Finish<R> {
  fn settle(&self, outcome: Result<R, String>) {
    let outcome = match outcome {
      Ok(value) => {
        *self.cell.value.lock() = Some(value);
        Ok(())
      }
      Err(message) => {
        let failure = TaskFailure { task: self.cell.name.clone(), message };
        self.home.keep_failure(self.cell.number, failure.clone());
        Err(failure)
      }
    };
    let _ = self.cell.outcome.set_result(outcome); // A task that was given up at a forced end was settled before.
  }
}

fn caught<T>(run: impl FnOnce() -> T) -> Result<T, String> {
  catch_unwind(AssertUnwindSafe(run)).map_err(|panic| message_of(panic.as_ref()))
}

fn message_of(panic: &(dyn Any + Send)) -> String {
  let text = panic.downcast_ref::<&str>().copied().or_else(|| panic.downcast_ref::<String>().map(String::as_str));
  text.unwrap_or("a panic without a message").to_owned()
}

/// A task on a runner's loop. Dropping the handle leaves the task running.
pub struct BackgroundTask<R> {
  cell: Arc<Cell<R>>,
  home: Arc<EventLoop>,
  abort: Option<AbortHandle>,
}

impl<R> fmt::Debug for BackgroundTask<R> {
  fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    f.debug_struct("BackgroundTask").field("name", &self.name()).field("done", &self.done()).finish_non_exhaustive()
  }
}

impl<R: Send + 'static> BackgroundTask<R> {
  pub(super) fn prepare<F>(home: &Arc<EventLoop>, name: Option<String>, number: u64, future: F) -> (Running<F, R>, Self)
  where
    F: Future<Output = R>,
  {
    let name = name.unwrap_or_else(|| format!("task-{number}"));
    let outcome = future::FutureCell::new();
    outcome.live_in(home.home());
    let cell = Arc::new(Cell { name, number, value: Mutex::new(None), outcome });
    let task = Self { cell: Arc::clone(&cell), home: Arc::clone(home), abort: None };
    (Running { future, finish: Finish { cell, home: Arc::clone(home) } }, task)
  }

  pub(super) fn unfinished(&self) -> Arc<dyn Unfinished> {
    Arc::clone(&self.cell) as Arc<dyn Unfinished>
  }

  pub(super) fn started(&mut self, abort: AbortHandle) {
    self.abort = Some(abort);
  }

  /// Blocks until it is done, then takes the result. Called once, where no other handle exists.
  pub(super) fn take_wait(&self, deadline: Deadline) -> Result<R, TaskError> {
    self.settled_wait(deadline)?;
    Ok(self.take_value())
  }
}

impl<R> BackgroundTask<R> {
  /// Blocks until it is done. May be repeated; a wait that times out consumes nothing. `None` waits for ever.
  ///
  /// A result that cannot be cloned goes into an [`Arc`], or through [`AsyncRunner::run`](super::AsyncRunner::run).
  /// Refused with [`TaskError::WouldDeadlock`] on the task's own loop, even when it is done.
  pub fn wait(&self, deadline: impl Into<Deadline>) -> Result<R, TaskError>
  where
    R: Clone,
  {
    self.settled_wait(deadline.into())?;
    Ok(self.value())
  }

  /// Resolves when it is done. May be repeated, on any loop and in any executor.
  pub async fn result(&self) -> Result<R, TaskError>
  where
    R: Clone,
  {
    self.judge(self.cell.outcome.result().await)?;
    Ok(self.value())
  }

  /// Whether it has ended: with a result, by a panic, cancelled, or with its runner.
  pub fn done(&self) -> bool {
    self.cell.outcome.done()
  }

  /// Drops the task at its next `await`, or before it starts; false when it had ended already. Returns at once.
  ///
  /// Its waits end with [`TaskError::Cancelled`] once everything it held has been dropped. A task that never awaits
  /// cannot be cancelled.
  pub fn cancel(&self) -> bool {
    let is_in_time = !self.done();
    if let Some(abort) = self.abort.as_ref().filter(|_| is_in_time) {
      abort.abort();
    }
    is_in_time
  }

  /// Whether it ended by being cancelled.
  pub fn cancelled(&self) -> bool {
    self.cell.outcome.settled() == Some(future::Settled::Cancelled)
  }

  /// The name it was given, or a number.
  pub fn name(&self) -> &str {
    &self.cell.name
  }

  fn settled_wait(&self, deadline: Deadline) -> Result<(), TaskError> {
    if self.home.is_here() {
      return Err(TaskError::WouldDeadlock);
    }
    self.judge(self.cell.outcome.result_wait(deadline))
  }

  /// The wait for its end.
  pub(super) fn awaiting(&self) -> Awaiting<FutureResult<Result<(), TaskFailure>>> {
    Awaiting::new(FutureResult::new(&self.cell.outcome))
  }

  /// Takes the result of a task that has ended with one, where no other handle exists.
  pub(super) fn take_value(&self) -> R {
    let value = self.cell.value.lock().take();
    value.expect("nobody else has a handle")
  }

  pub(super) fn judge(&self, outcome: Result<Result<(), TaskFailure>, WaitError>) -> Result<(), TaskError> {
    outcome?.map_err(|failure| {
      self.home.forget_failure(self.cell.number); // It has been seen: `close` need not tell it.
      TaskError::Panicked(failure)
    })
  }

  pub(super) fn value(&self) -> R
  where
    R: Clone,
  {
    let value = self.cell.value.lock();
    value.clone().expect("stored before it was settled") // Invariant 1.
  }
}

impl<'a, R> Select<'a, R> {
  /// Adds the wait for the end of a task. Its error counts as seen only where this branch happens.
  ///
  /// ```
  /// use threaded_async::{AsyncRunner, Event, Select};
  ///
  /// let (runner, stop) = (AsyncRunner::new(), Event::new());
  /// let task = runner.create_task(async { 6 * 7 });
  /// let answer = Select::new().task(&task, |answer| answer.ok()).event(&stop, |_| None).select_wait(None)?;
  /// assert_eq!(answer, Some(42));
  /// # Ok::<(), threaded_async::WaitError>(())
  /// ```
  pub fn task<T, F>(self, task: &'a BackgroundTask<T>, map: F) -> Self
  where
    T: Clone + Send,
    F: FnOnce(Result<T, TaskError>) -> R + Send + 'a,
  {
    let wait = FutureResult::judged(&task.cell.outcome, Result::is_err);
    self.or(wait, |_, settled| map(task.judge(value_of(settled)).map(|()| task.value())))
  }
}
