//! The threads of a server's scripts, each of them a tokio loop.
//!
//! Promises that a script stays on one thread, that the scripts are spread over the threads by number, and that the threads
//! end with the server: what is left on them is dropped there.

use crate::{
  core::{future::FutureCell, spin::spin_until},
  script::STACK,
};
use std::{
  future::Future,
  io,
  sync::{
    Arc,
    atomic::{AtomicBool, AtomicUsize, Ordering},
  },
  thread,
};
use tokio::runtime::{Builder, Handle, Runtime};

/// What the engine needs, and what runs it.
const THREAD_STACK: usize = STACK + (1 << 20);

struct Thread {
  handle: Handle,
  /// Whether one of its scripts was woken.
  woken: Arc<AtomicBool>,
  stop: FutureCell<()>,
}

/// The threads of one server.
pub struct Pool {
  threads: Vec<Thread>,
  next: AtomicUsize,
}

impl Pool {
  /// Starts so many threads. Where the system has not as many, those that were started end again.
  pub fn start(server: &str, count: usize) -> io::Result<Self> {
    let mut pool = Self { threads: Vec::new(), next: AtomicUsize::new(0) };
    for number in 1..=count {
      pool.threads.push(Thread::start(format!("ta:{server} {number}"))?);
    }
    Ok(pool)
  }

  /// The place of the next script.
  pub fn place(&self) -> Place<'_> {
    // ORDERING: Relaxed; only the number matters.
    Place(&self.threads[self.next.fetch_add(1, Ordering::Relaxed) % self.threads.len()])
  }
}

impl Drop for Pool {
  fn drop(&mut self) {
    for thread in &self.threads {
      let _ = thread.stop.set_result(());
    }
  }
}

/// One of the threads.
pub struct Place<'a>(&'a Thread);

impl Place<'_> {
  /// What is set where one of its scripts is woken.
  pub fn woken(&self) -> &Arc<AtomicBool> {
    &self.0.woken
  }

  /// Runs a script there. On a thread that has been told to end, it is dropped.
  pub fn spawn(&self, script: impl Future<Output = ()> + Send + 'static) {
    self.0.woken.store(true, Ordering::Relaxed);
    drop(self.0.handle.spawn(script));
  }
}

impl Thread {
  fn start(name: String) -> io::Result<Self> {
    let woken = Arc::new(AtomicBool::new(false));
    let looked = Arc::clone(&woken);
    // A wake from sleep takes longer than a script's turn does: the thread looks for one before it sleeps.
    let look = move || {
      let _ = spin_until(|| looked.load(Ordering::Relaxed).then_some(()));
    };
    let runtime = Builder::new_current_thread().on_thread_park(look).build()?;
    let (handle, stop) = (runtime.handle().clone(), FutureCell::new());
    let stopped = stop.clone();
    thread::Builder::new().name(name).stack_size(THREAD_STACK).spawn(move || serve(runtime, &stopped))?;
    Ok(Self { handle, woken, stop })
  }
}

/// The life of a thread.
fn serve(runtime: Runtime, stop: &FutureCell<()>) {
  let _ = runtime.block_on(stop.result());
  drop(runtime); // Here, on the thread of its scripts.
}
