//! What a runner promises, one file per noun. Nothing sleeps to let things happen: tests poll statistics, or hold the
//! loop with a task that they release.

mod awaited;
mod bound;
mod refused;
mod runner;
mod task;

use super::{AsyncRunner, BackgroundTask};
use std::{
  sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
    mpsc,
  },
  thread,
  time::{Duration, Instant},
};

/// Long enough for any machine; a test that waits so long has failed.
const PATIENCE: Duration = Duration::from_secs(20);
/// A timeout that is meant to pass.
const SHORT: Option<Duration> = Some(Duration::from_millis(5));

/// Blocks until the condition holds.
pub(crate) fn until(mut condition: impl FnMut() -> bool) {
  let start = Instant::now();
  while !condition() {
    assert!(start.elapsed() < PATIENCE, "it never came true");
    thread::yield_now();
  }
}

/// A task that holds the loop, without an `await`, until it is released.
pub(crate) struct Held {
  release: mpsc::Sender<()>,
  task: BackgroundTask<()>,
}

impl Held {
  pub(crate) fn by(runner: &AsyncRunner) -> Self {
    let (release, released) = mpsc::channel();
    let (entered, has_entered) = mpsc::channel();
    let task = runner.create_named_task("holder", async move {
      entered.send(()).expect("the test waits");
      let _ = released.recv();
    });
    has_entered.recv_timeout(PATIENCE).expect("the loop runs");
    Self { release, task }
  }

  pub(crate) fn release(self) -> BackgroundTask<()> {
    drop(self.release);
    self.task
  }
}

/// Notes that it was dropped.
#[derive(Clone, Default)]
struct Flag(Arc<AtomicBool>);

impl Flag {
  fn raise(&self) {
    self.0.store(true, Ordering::SeqCst);
  }

  fn is_up(&self) -> bool {
    self.0.load(Ordering::SeqCst)
  }
}

struct RaisedByDrop(Flag);

impl Drop for RaisedByDrop {
  fn drop(&mut self) {
    self.0.raise();
  }
}

/// Pends for ever; raises the flag when it is dropped, started or not.
fn pending_until_dropped(dropped: Flag) -> impl Future<Output = ()> + Send {
  let raise = RaisedByDrop(dropped);
  async move {
    let _raise = raise;
    std::future::pending::<()>().await;
  }
}
