//! One file per primitive; the same bodies run plainly and under loom (`cargo loom`): Z8 of docs/behaviours.md.
//!
//! Promises that loom explores every order of what two threads do, and of what more do every order within a bound of
//! preemptions, and that nothing sleeps to let things happen. loom has no clock: a timeout is a deadline that has passed
//! already, or a waiter that withdraws. Tests that poll for a state, draw lots or need real time run plainly only.

mod endings;
mod event;
mod future;
mod port;
mod queue;
mod queue_doors;
mod queue_end;
mod queue_join;
mod queue_lots;
mod queue_order;
mod queue_weight;
mod races;
mod select;
mod server;
mod server_end;
mod server_races;
mod server_rounds;
mod ticks;
mod wait_list;

/// The border's own: what replaces a lock, and what tells that nothing runs any more.
#[cfg(loom)]
#[path = "../../binding/tests/bounded.rs"]
mod bounded;
#[cfg(loom)]
#[path = "../../binding/tests/mailbox.rs"]
mod mailbox;
#[cfg(loom)]
#[path = "../../binding/tests/rest.rs"]
mod rest;

#[cfg(not(loom))]
mod cores;
#[cfg(not(loom))]
mod histories;
#[cfg(not(loom))]
mod linearizability;
#[cfg(not(loom))]
mod lines;
#[cfg(not(loom))]
mod pace;
#[cfg(not(loom))]
mod queue_items;
#[cfg(not(loom))]
mod random;
#[cfg(not(loom))]
mod roster;
#[cfg(not(loom))]
mod spin;
#[cfg(not(loom))]
mod stress;

use super::{queue::Queue, sync::thread};
use std::{
  future::Future,
  pin::Pin,
  sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
  },
  task::{Context, Poll, Wake, Waker},
  time::Duration,
};

/// A timeout that has passed before the wait begins: it parks, looks, and gives up.
const POLL: Option<Duration> = Some(Duration::ZERO);

/// Runs a body of two threads, or few steps, in every order there is.
#[cfg(loom)]
fn model(body: impl Fn() + Send + Sync + 'static) {
  loom::model::Builder::new().check(body);
}

/// Runs a body of more threads or steps in every order there is with up to four preemptions.
#[cfg(loom)]
fn crowded_model(body: impl Fn() + Send + Sync + 'static) {
  let mut builder = loom::model::Builder::new();
  builder.preemption_bound = Some(4);
  builder.check(body);
}

/// Runs a body of several threads often.
#[cfg(not(loom))]
fn model(body: impl Fn() + Send + Sync + 'static) {
  (0..300).for_each(|_| body());
}

#[cfg(not(loom))]
use model as crowded_model;

/// Runs a body of one thread.
fn once(body: impl Fn() + Send + Sync + 'static) {
  #[cfg(loom)]
  loom::model(body);
  #[cfg(not(loom))]
  body();
}

/// Drives a future on this thread.
#[cfg(loom)]
fn await_here<F: Future>(future: F) -> F::Output {
  loom::future::block_on(future)
}

/// Drives a future on this thread.
#[cfg(not(loom))]
fn await_here<F: Future>(future: F) -> F::Output {
  struct Unpark(thread::Thread);
  impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
      self.0.unpark();
    }
  }
  let waker = Waker::from(Arc::new(Unpark(thread::current())));
  let mut future = std::pin::pin!(future);
  loop {
    match future.as_mut().poll(&mut Context::from_waker(&waker)) {
      Poll::Ready(output) => return output,
      Poll::Pending => thread::park(),
    }
  }
}

/// Blocks until the condition holds.
#[cfg(not(loom))]
fn until(mut condition: impl FnMut() -> bool) {
  let start = std::time::Instant::now();
  while !condition() {
    assert!(start.elapsed() < Duration::from_secs(20), "it never came true");
    thread::yield_now();
  }
}

/// Puts an item from another thread.
fn put_elsewhere(queue: &Queue<u8>, item: u8) -> thread::JoinHandle<()> {
  let putting = queue.clone();
  thread::spawn(move || putting.try_put(item).expect("there is room"))
}

/// Counts how often a task is woken.
#[derive(Default)]
struct Wakes(AtomicUsize);

impl Wake for Wakes {
  fn wake(self: Arc<Self>) {
    self.0.fetch_add(1, Ordering::SeqCst);
  }
}

/// A task that a test polls by hand: its future, and how often it was woken.
struct Polled<F: Future> {
  future: Pin<Box<F>>,
  wakes: Arc<Wakes>,
}

impl<F: Future> Polled<F> {
  /// Not polled yet, so it waits nowhere.
  fn new(future: F) -> Self {
    Self { future: Box::pin(future), wakes: Arc::default() }
  }

  /// Polled once, and parked.
  fn parked(future: F) -> Self {
    let mut polled = Self::new(future);
    assert!(polled.poll().is_pending(), "it did not park");
    polled
  }

  fn poll(&mut self) -> Poll<F::Output> {
    let waker = Waker::from(Arc::clone(&self.wakes));
    self.future.as_mut().poll(&mut Context::from_waker(&waker))
  }

  fn wakes(&self) -> usize {
    self.wakes.0.load(Ordering::SeqCst)
  }

  /// Woken exactly once, and ready.
  fn woken(&mut self) -> F::Output {
    assert_eq!(self.wakes(), 1, "wakes");
    match self.poll() {
      Poll::Ready(output) => output,
      Poll::Pending => panic!("it was woken for nothing"),
    }
  }
}
