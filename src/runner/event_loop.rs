//! The loop behind a runner: its thread, what runs there, and what ends with it.
//!
//! Promises that everything on the loop's [`roster`](crate::core::roster) learns of its end, however it comes, and that of
//! tasks which have finished only the unseen failures are kept.
//!
//! 1. A task is on the roster before it is spawned and leaves it when its future is gone.
//! 2. `bury` comes after the last task's destructors, except where a task holds the thread for ever.
//! 3. No lock is held while a primitive ends, a task is told or a future is dropped: all may have locks of their own.

use super::{
  error::{ShutdownType, TaskErrors, TaskFailure},
  task::{BackgroundTask, Unfinished},
};
use crate::core::{
  bond::{Bond, Ends},
  deadline::Deadline,
  error::End,
  event::Event,
  future,
  home::Home,
  roster::{Phase, Roster},
  sync::Mutex,
};
use std::{
  future::Future,
  sync::{
    Arc, OnceLock,
    atomic::{AtomicBool, AtomicU64, Ordering},
  },
  thread::{self, ThreadId},
};
use tokio::runtime::{Handle, Runtime};

/// A look at a runner at one moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RunnerStatistics {
  /// Tasks that have not ended.
  pub tasks: usize,
  /// Tasks that panicked and whose result was not asked for yet.
  pub unretrieved: usize,
  /// Primitives that end with it, some of which may have been dropped.
  pub primitives: usize,
}

struct State {
  roster: Roster<Arc<dyn Unfinished>, TaskFailure, dyn Ends>,
  shutdown_type: ShutdownType,
}

/// One loop; the runner, its tasks' handles and its thread share it.
pub(super) struct EventLoop {
  handle: Handle,
  thread: OnceLock<ThreadId>,
  home: u64,
  state: Mutex<State>,
  numbers: AtomicU64,
  stop: future::FutureCell<()>,
  is_dying: AtomicBool,
  buried: Event,
}

/// Ends what is tied to the loop when its thread ends.
struct Gone(Arc<EventLoop>);

impl Drop for Gone {
  fn drop(&mut self) {
    if self.0.is_dying() {
      self.0.bury(End::Died, ShutdownType::Unknown);
    } else {
      self.0.bury(End::Closed, ShutdownType::Stopped);
    }
  }
}

/// Notes that the thread unwinds, before the tasks go.
struct Herald<'a>(&'a EventLoop);

impl Drop for Herald<'_> {
  fn drop(&mut self) {
    // ORDERING: Relaxed; read on this thread.
    self.0.is_dying.store(thread::panicking(), Ordering::Relaxed);
  }
}

impl EventLoop {
  pub(super) fn new(handle: Handle) -> Arc<Self> {
    let (home, buried) = (Home::number(), Event::new());
    buried.live_in(home);
    Arc::new(Self {
      handle,
      thread: OnceLock::new(),
      home,
      state: Mutex::new(State { roster: Roster::new(), shutdown_type: ShutdownType::NotShutDown }),
      numbers: AtomicU64::new(1),
      stop: future::FutureCell::new(),
      is_dying: AtomicBool::new(false),
      buried,
    })
  }

  /// The life of the loop's thread.
  pub(super) fn serve(self: Arc<Self>, runtime: Runtime) {
    let _ = self.thread.set(thread::current().id());
    Home::settle_here(self.home);
    let gone = Gone(self);
    let runtime = runtime; // Dropped before `gone`: first the tasks go, then the loop.
    let herald = Herald(&gone.0);
    runtime.block_on(gone.0.stop.result()).expect("the loop is stopped in order");
    drop(herald);
    runtime.shutdown_background();
  }

  #[cfg(test)]
  pub(super) fn kill(&self) {
    self.stop.cancel();
  }

  /// Whether the thread unwinds: its tasks end because the loop does.
  pub(super) fn is_dying(&self) -> bool {
    self.is_dying.load(Ordering::Relaxed)
  }

  /// Whether this is the loop's thread.
  pub(super) fn is_here(&self) -> bool {
    self.thread.get() == Some(&thread::current().id())
  }

  /// The number that its primitives know it by.
  pub(super) fn home(&self) -> u64 {
    self.home
  }

  pub(super) fn is_open(&self) -> bool {
    self.state.lock().roster.phase() == Phase::Open
  }

  pub(super) fn shutdown_type(&self) -> ShutdownType {
    self.state.lock().shutdown_type
  }

  pub(super) fn statistics(&self) -> RunnerStatistics {
    let roster = &self.state.lock().roster;
    RunnerStatistics {
      tasks: roster.tasks().len(),
      unretrieved: roster.failures().len(),
      primitives: roster.members().len(),
    }
  }

  /// Starts a task. On a loop that has been asked to close, the task has ended already.
  pub(super) fn spawn<F>(self: &Arc<Self>, name: Option<String>, future: F) -> BackgroundTask<F::Output>
  where
    F: Future<Output: Send + 'static> + Send + 'static,
  {
    // ORDERING: Relaxed; only the number matters.
    let number = self.numbers.fetch_add(1, Ordering::Relaxed);
    let (running, mut task) = BackgroundTask::prepare(self, name, number, future);
    let started = self.state.lock().roster.start(number, task.unfinished());
    match started {
      Ok(()) => task.started(self.handle.spawn(running.run()).abort_handle()),
      // LOCK: none is held while the refused future is dropped.
      Err(end) => task.unfinished().abandon(Some(end)),
    }
    task
  }

  pub(super) fn forget(&self, number: u64) {
    let task = self.state.lock().roster.finish(number);
    drop(task); // LOCK: its value may run code of its own when dropped.
  }

  pub(super) fn keep_failure(&self, number: u64, failure: TaskFailure) {
    self.state.lock().roster.keep_failure(number, failure);
  }

  pub(super) fn forget_failure(&self, number: u64) {
    self.state.lock().roster.forget_failure(number);
  }

  /// Ties a primitive to the loop; on a loop that has ended it ends at once.
  pub(super) fn adopt(&self, member: &Bond) {
    let adopted = self.state.lock().roster.adopt(member.clone());
    if let (Err(end), Some(member)) = (adopted, member.upgrade()) {
      member.end(end);
    }
  }

  /// Refuses new work. True for the first caller, which is to see the close through.
  pub(super) fn begin_close(&self) -> bool {
    self.state.lock().roster.close()
  }

  /// Asks the thread to end; tasks that have not finished are dropped.
  pub(super) fn ask_to_stop(&self) {
    let _ = self.stop.set_result(());
  }

  /// Blocks until what was posted has had its turn, then ends the thread, or leaves it behind.
  pub(super) fn see_close_through(self: &Arc<Self>, deadline: Deadline) {
    let turn = self.turn();
    let _ = turn.result_wait(deadline);
    self.ask_to_stop();
    if self.buried.wait(deadline).is_err() {
      self.bury(End::Closed, ShutdownType::FailedForceStopped);
    }
    self.wait_buried(); // The thread may have been about to do it.
  }

  /// Blocks until the loop has ended, or been given up.
  pub(super) fn wait_buried(&self) {
    let _ = self.buried.wait(Deadline::NEVER);
  }

  /// The unseen failures; they are reported once.
  pub(super) fn take_failures(&self) -> Option<TaskErrors> {
    let failures = self.state.lock().roster.take_failures();
    (!failures.is_empty()).then_some(TaskErrors { failures })
  }

  /// Settled when what was ready to run has run once, or the loop is gone.
  fn turn(self: &Arc<Self>) -> future::FutureCell<()> {
    struct Passed(future::FutureCell<()>);
    impl Drop for Passed {
      fn drop(&mut self) {
        let _ = self.0.set_result(());
      }
    }
    let turn = future::FutureCell::new();
    turn.live_in(self.home);
    let passed = Passed(turn.clone());
    self.handle.spawn(async move {
      let _passed = passed;
      tokio::task::yield_now().await;
    });
    turn
  }

  /// Tells everything that is tied to the loop that the loop is gone.
  fn bury(&self, end: End, shutdown_type: ShutdownType) {
    let mut state = self.state.lock();
    let Some(leavers) = state.roster.end(end) else { return };
    state.shutdown_type = shutdown_type;
    drop(state);
    // Cancelled by the close, or ended by the loop's death.
    let fate = (end == End::Died).then_some(end);
    leavers.tell(|task| task.abandon(fate));
    self.buried.set();
  }
}
