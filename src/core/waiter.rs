//! One sleeper: a blocked thread, a Rust task, or a wait of a JavaScript thread.
//!
//! Promises that an outcome is handed over under the primitive's lock, that the wake waits until that lock is released,
//! and that a refused outcome comes back whole.
//!
//! 1. A waiter stands in one list only, and serving consumes it: it is served at most once. A wait in several lists is a
//!    waiter in each, at a port that accepts one outcome; see [`select`](super::select).
//! 2. Lock order: the primitive's lock, then the slot's or the port's. Neither of those is held while taking the first.

use super::{
  deadline::Deadline,
  sync::{Arc, AtomicBool, Mutex, Ordering, Thread, park_until, spin_until, thread},
};
use std::task::{Poll, Waker};

/// Where outcomes are taken for others: the hub of a JavaScript loop, or its doorbell while its thread blocks; the
/// meeting of a wait for several things.
pub trait Port<O>: Send + Sync {
  /// Takes the outcome of the wait `ticket`. A port whose thread is gone, or whose wait is over, hands it back.
  ///
  /// Called with the primitive's lock held: it must neither wake a thread nor call back.
  fn deliver(&self, ticket: u32, outcome: O) -> Result<(), O>;

  /// Wakes the thread, after the lock is released.
  fn wake(&self);
}

/// A handle on a port, to be put into a list.
#[cfg(not(loom))]
pub(crate) fn port_of<O, P: Port<O> + 'static>(port: &Arc<P>) -> Arc<dyn Port<O>> {
  Arc::clone(port) as Arc<dyn Port<O>>
}

/// loom's `Arc` becomes an `Arc` of a trait object only while it is not shared.
#[cfg(loom)]
pub(crate) fn port_of<O, P: Port<O> + 'static>(port: &Arc<P>) -> Arc<dyn Port<O>> {
  struct Shared<P>(Arc<P>);
  impl<O, P: Port<O>> Port<O> for Shared<P> {
    fn deliver(&self, ticket: u32, outcome: O) -> Result<(), O> {
      self.0.deliver(ticket, outcome)
    }
    fn wake(&self) {
      self.0.wake();
    }
  }
  Arc::from_std(std::sync::Arc::new(Shared(Arc::clone(port))))
}

/// A sleeper standing in a wait list.
pub struct Waiter<O>(Sleeper<O>);

enum Sleeper<O> {
  Slot(Arc<Slot<O>>),
  Port { port: Arc<dyn Port<O>>, ticket: u32 },
}

impl<O> Waiter<O> {
  /// A blocked Rust thread or a Rust task, asleep at its slot.
  pub(crate) fn at_slot(slot: Arc<Slot<O>>) -> Self {
    Self(Sleeper::Slot(slot))
  }

  /// A wait that is known to its port by a ticket.
  pub fn at_port(port: Arc<dyn Port<O>>, ticket: u32) -> Self {
    Self(Sleeper::Port { port, ticket })
  }

  /// Hands the outcome over, or returns it where it is refused. The sleeper wakes when `wakes` is dropped.
  pub(crate) fn serve(self, outcome: O, wakes: &mut Wakes<O>) -> Result<(), O> {
    match self.0 {
      // A slot's owner leaves the list under the primitive's lock before it goes: it is still there.
      Sleeper::Slot(slot) => {
        *slot.outcome.lock() = Some(outcome);
        // ORDERING: Release pairs with the Acquire in `take`.
        slot.served.store(true, Ordering::Release);
        wakes.add(Wake::Slot(slot));
      }
      // A JavaScript thread may have died with its waits still listed, another branch may have won: the port refuses.
      Sleeper::Port { port, ticket } => {
        port.deliver(ticket, outcome)?;
        wakes.add(Wake::Port(port));
      }
    }
    Ok(())
  }
}

enum Wake<O> {
  Slot(Arc<Slot<O>>),
  Port(Arc<dyn Port<O>>),
}

impl<O> Wake<O> {
  fn pay(self) {
    match self {
      Self::Slot(slot) => slot.wake(),
      Self::Port(port) => port.wake(),
    }
  }
}

/// Wakes that are owed. Declared before the lock is taken, dropped and thereby paid after it is released.
///
/// Nearly all operations owe none, and hardly any more than one: so a look at two words tells that there are none.
pub(crate) struct Wakes<O> {
  first: Option<Wake<O>>,
  more: Option<Box<More<O>>>,
}

struct More<O> {
  rest: Vec<Wake<O>>,
  discarded: Vec<O>,
}

impl<O> Wakes<O> {
  pub(crate) fn new() -> Self {
    Self { first: None, more: None }
  }

  /// Keeps an outcome that is not taken until the lock is released: values may run code of their own when dropped.
  pub(crate) fn discard(&mut self, outcome: O) {
    self.more().discarded.push(outcome);
  }

  fn add(&mut self, wake: Wake<O>) {
    match self.first {
      None => self.first = Some(wake),
      Some(_) => self.more().rest.push(wake),
    }
  }

  fn more(&mut self) -> &mut More<O> {
    self.more.get_or_insert_with(|| Box::new(More { rest: Vec::new(), discarded: Vec::new() }))
  }
}

impl<O> Drop for Wakes<O> {
  #[inline]
  fn drop(&mut self) {
    if let Some(wake) = self.first.take() {
      wake.pay();
    }
    if let Some(mut more) = self.more.take() {
      more.rest.drain(..).for_each(Wake::pay);
    }
  }
}

/// Where a blocked Rust thread or a Rust task finds its outcome.
pub(crate) struct Slot<O> {
  served: AtomicBool,
  outcome: Mutex<Option<O>>,
  owner: Owner,
}

enum Owner {
  Thread(Thread),
  Task(Mutex<Option<Waker>>),
}

impl<O> Slot<O> {
  fn owned_by(owner: Owner) -> Arc<Self> {
    Arc::new(Self { served: AtomicBool::new(false), outcome: Mutex::new(None), owner })
  }

  /// The slot of this thread, which will block in [`Slot::block`].
  pub(crate) fn for_this_thread() -> Arc<Self> {
    Self::owned_by(Owner::Thread(thread::current()))
  }

  /// The slot of a task, which will ask by [`Slot::poll`].
  pub(crate) fn for_task(waker: &Waker) -> Arc<Self> {
    Self::owned_by(Owner::Task(Mutex::new(Some(waker.clone()))))
  }

  /// The outcome, if it has come.
  pub(crate) fn take(&self) -> Option<O> {
    // ORDERING: Acquire pairs with the Release in `serve`.
    if self.served.load(Ordering::Acquire) { self.outcome.lock().take() } else { None }
  }

  /// Blocks this thread until the outcome has come or the deadline has passed.
  pub(crate) fn block(&self, deadline: Deadline) -> Option<O> {
    // A deadline that has passed already is a poll, and gets no look.
    if !deadline.has_passed()
      && let Some(outcome) = spin_until(|| self.take())
    {
      return Some(outcome);
    }
    loop {
      if let Some(outcome) = self.take() {
        return Some(outcome);
      }
      if deadline.has_passed() {
        return None;
      }
      park_until(deadline);
    }
  }

  /// The outcome, or a promise to wake the task when it comes.
  pub(crate) fn poll(&self, waker: &Waker) -> Poll<O> {
    if let Owner::Task(current) = &self.owner {
      // LOCK: a wake that comes between this and the look below finds the new waker.
      let mut current = current.lock();
      if !current.as_ref().is_some_and(|known| known.will_wake(waker)) {
        let known = current.replace(waker.clone());
        drop(current); // LOCK: a waker may run code of its own when dropped.
        drop(known);
      }
    }
    self.take().map_or(Poll::Pending, Poll::Ready)
  }

  fn wake(&self) {
    match &self.owner {
      Owner::Thread(thread) => thread.unpark(),
      Owner::Task(waker) => {
        // LOCK: dropped before the wake, which may poll the task at once.
        let waker = waker.lock().take();
        if let Some(waker) = waker {
          waker.wake();
        }
      }
    }
  }
}
