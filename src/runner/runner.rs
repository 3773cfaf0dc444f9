//! A tokio loop on a background thread, for code that blocks.
//!
//! Promises that all its tasks run on that one thread, that an expired `run` leaves nothing running, and that a close
//! is orderly, prompt, and reports unseen failures. Refuses to block its own thread. A task that never awaits cannot be
//! ended: it is left behind, with its thread.

use super::{
  error::{CloseError, ShutdownType, TaskError},
  event_loop::{EventLoop, RunnerStatistics},
  task::BackgroundTask,
};
use crate::core::{deadline::Deadline, event::Event, future, queue::Queue, server::Server};
use std::{
  fmt,
  future::Future,
  io,
  sync::{
    Arc,
    atomic::{AtomicU32, Ordering},
  },
  thread,
  time::Duration,
};

/// How a runner is made.
#[derive(Clone, Debug)]
pub struct RunnerOptions {
  name: Option<String>,
  exit_timeout: Duration,
  call_in_loop_timeout: Option<Duration>,
}

impl Default for RunnerOptions {
  fn default() -> Self {
    Self { name: None, exit_timeout: Duration::from_secs(1), call_in_loop_timeout: None }
  }
}

impl RunnerOptions {
  /// Names the runner and its thread.
  #[must_use]
  pub fn name(mut self, name: impl Into<String>) -> Self {
    self.name = Some(name.into());
    self
  }

  /// How long a close may take; one second unless set. Then a thread that is still held by a task is left behind.
  #[must_use]
  pub fn exit_timeout(mut self, timeout: Duration) -> Self {
    self.exit_timeout = timeout;
    self
  }

  /// How long `call_in_loop` and `wait_for_next_eventloop_iteration` block at most; for ever unless set.
  #[must_use]
  pub fn call_in_loop_timeout(mut self, timeout: Duration) -> Self {
    self.call_in_loop_timeout = Some(timeout);
    self
  }

  /// Starts the thread. Fails where the system has no thread or no timer for it.
  pub fn start(self) -> io::Result<AsyncRunner> {
    static MADE: AtomicU32 = AtomicU32::new(1);
    let name = self.name.unwrap_or_else(|| format!("async-runner-{}", MADE.fetch_add(1, Ordering::Relaxed)));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let event_loop = EventLoop::new(runtime.handle().clone());
    let served = Arc::clone(&event_loop);
    thread::Builder::new().name(name.clone()).spawn(move || served.serve(runtime))?;
    let (exit_timeout, call_in_loop_timeout) = (self.exit_timeout, self.call_in_loop_timeout);
    Ok(AsyncRunner { name, exit_timeout, call_in_loop_timeout, event_loop })
  }
}

/// An event loop on a background thread. Dropped, it closes.
pub struct AsyncRunner {
  name: String,
  exit_timeout: Duration,
  call_in_loop_timeout: Option<Duration>,
  event_loop: Arc<EventLoop>,
}

impl Default for AsyncRunner {
  fn default() -> Self {
    Self::new()
  }
}

impl fmt::Debug for AsyncRunner {
  fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    f.debug_struct("AsyncRunner")
      .field("name", &self.name)
      .field("is_running", &self.is_running())
      .finish_non_exhaustive()
  }
}

impl AsyncRunner {
  /// Starts a runner. Panics where the system has no thread for it; [`RunnerOptions::start`] returns that error.
  pub fn new() -> Self {
    Self::options().start().expect("a thread for the runner")
  }

  /// Begins with the defaults; [`RunnerOptions::start`] makes the runner.
  pub fn options() -> RunnerOptions {
    RunnerOptions::default()
  }

  /// Starts a task. Returns at once.
  ///
  /// A runner that is closed drops the future, and the waits of the task say so.
  ///
  /// ```
  /// use threaded_async::AsyncRunner;
  ///
  /// let runner = AsyncRunner::new();
  /// let task = runner.create_task(async { 6 * 7 });
  /// assert_eq!(task.wait(None), Ok(42)); // Blocks; `task.await` does not.
  /// ```
  pub fn create_task<F>(&self, future: F) -> BackgroundTask<F::Output>
  where
    F: Future<Output: Send + 'static> + Send + 'static,
  {
    self.event_loop.spawn(None, future)
  }

  /// Starts a task with a name, which errors then tell. Returns at once.
  pub fn create_named_task<F>(&self, name: impl Into<String>, future: F) -> BackgroundTask<F::Output>
  where
    F: Future<Output: Send + 'static> + Send + 'static,
  {
    self.event_loop.spawn(Some(name.into()), future)
  }

  /// Blocks until the future has run in the loop, and returns its result, which need not be one that can be cloned.
  ///
  /// Fails with [`TaskError::TimedOut`] where the deadline passes; then the future is cancelled, and dropped at its next
  /// `await`. With [`TaskError::Panicked`] where it panics, with [`TaskError::Ended`] where the runner has ended, and with
  /// [`TaskError::WouldDeadlock`] in a task of this runner, where it never starts.
  ///
  /// ```
  /// use std::time::Duration;
  /// use threaded_async::{AsyncRunner, TaskError};
  ///
  /// let runner = AsyncRunner::new();
  /// assert_eq!(runner.run(async { 6 * 7 }, None), Ok(42));
  /// let never = std::future::pending::<()>();
  /// assert_eq!(runner.run(never, Duration::from_millis(1)), Err(TaskError::TimedOut));
  /// ```
  pub fn run<F>(&self, future: F, deadline: impl Into<Deadline>) -> Result<F::Output, TaskError>
  where
    F: Future<Output: Send + 'static> + Send + 'static,
  {
    if self.in_runner_loop() {
      return Err(TaskError::WouldDeadlock); // Before any side effect: the future never starts.
    }
    let task = self.create_task(future);
    let result = task.take_wait(deadline.into());
    if matches!(result, Err(TaskError::TimedOut)) {
      task.cancel();
    }
    result
  }

  /// Blocks until the loop has called `call`; runs it right here where this is the loop.
  pub fn call_in_loop<R: Send + 'static>(&self, call: impl FnOnce() -> R + Send + 'static) -> Result<R, TaskError> {
    if self.in_runner_loop() {
      return Ok(call());
    }
    self.run(async move { call() }, self.call_in_loop_timeout)
  }

  /// Blocks until everything that is ready to run has had its turn.
  pub fn wait_for_next_eventloop_iteration(&self) -> Result<(), TaskError> {
    self.run(tokio::task::yield_now(), self.call_in_loop_timeout)
  }

  /// Whether it takes work: from its start until it is closed or dies.
  pub fn is_running(&self) -> bool {
    self.event_loop.is_open()
  }

  /// Whether this code runs in its loop.
  pub fn in_runner_loop(&self) -> bool {
    self.event_loop.is_here()
  }

  /// How it ended, if it has.
  pub fn shutdown_type(&self) -> ShutdownType {
    self.event_loop.shutdown_type()
  }

  /// Its name, and its thread's.
  pub fn name(&self) -> &str {
    &self.name
  }

  /// How long a close may take.
  pub fn exit_timeout(&self) -> Duration {
    self.exit_timeout
  }

  /// A look at its tasks.
  pub fn statistics(&self) -> RunnerStatistics {
    self.event_loop.statistics()
  }

  /// A queue that ends with the runner; `maxsize` 0 is for any number.
  pub fn queue<T: Send + 'static>(&self, maxsize: usize) -> Queue<T> {
    let queue = Queue::new(maxsize);
    queue.live_in(self.event_loop.home());
    self.event_loop.adopt(&queue.bond());
    queue
  }

  /// An event that ends with the runner.
  pub fn event(&self) -> Event {
    let event = Event::new();
    event.live_in(self.event_loop.home());
    self.event_loop.adopt(&event.bond());
    event
  }

  /// A future that ends with the runner.
  pub fn future<T: Clone + Send + 'static>(&self) -> future::FutureCell<T> {
    let future = future::FutureCell::new();
    future.live_in(self.event_loop.home());
    self.event_loop.adopt(&future.bond());
    future
  }

  /// A server that ends with the runner: then its clients' calls end, and no more calls are taken.
  pub fn server<Q: Send + 'static, A: Clone + Send + 'static>(&self) -> Server<Q, A> {
    let server = Server::new();
    server.live_in(self.event_loop.home());
    self.event_loop.adopt(&server.bond());
    server
  }

  /// Blocks until the runner is closed: lets the loop catch up, cancels what is left, and waits for the thread's end.
  ///
  /// Panics of tasks whose result was not asked for are returned as one group, once. A second close does nothing, and
  /// closing from several threads is one close, for which all wait. Takes at most `exit_timeout`.
  pub fn close(&self) -> Result<(), CloseError> {
    if self.in_runner_loop() {
      return Err(CloseError::WouldDeadlock);
    }
    if self.event_loop.begin_close() {
      self.event_loop.see_close_through(Deadline::after(self.exit_timeout));
    } else {
      self.event_loop.wait_buried();
    }
    self.event_loop.take_failures().map_or(Ok(()), |errors| Err(CloseError::Tasks(errors)))
  }

  /// Makes the loop's thread panic.
  #[cfg(test)]
  pub(super) fn kill(&self) {
    self.event_loop.kill();
  }
}

impl Drop for AsyncRunner {
  /// Closes it. Unseen failures have been told by the panic hook.
  fn drop(&mut self) {
    if self.in_runner_loop() {
      // A task holds the last handle of its own runner: the loop ends as soon as that task awaits.
      self.event_loop.begin_close();
      self.event_loop.ask_to_stop();
    } else {
      let _ = self.close();
    }
  }
}
