//! One sleeper: a blocked thread, a Rust task, or a wait of a JavaScript thread.
//!
//! Promises that whoever serves it hands the outcome over under the primitive's lock, that the wake waits until that
//! lock is released, and that a refused outcome comes back whole.
//!
//! 1. A waiter is served at most once: serving consumes it, and it stands in one list only, or in several with one
//!    [`Claim`] that is won before anything is taken for it.
//! 2. Lock order: the primitive's lock, then the slot's or the port's. Neither of those is held while taking the first.

use super::{
  deadline::Deadline,
  sync::{Arc, AtomicBool, Mutex, Ordering, Thread, park_until, thread},
};
use std::task::{Poll, Waker};

/// Where a JavaScript thread takes outcomes: the hub of its loop, or its doorbell while it blocks.
pub trait Port<O>: Send + Sync {
  /// Takes the outcome of the wait `ticket`; a port whose thread is gone hands it back.
  ///
  /// Called with the primitive's lock held: it must neither wake anybody nor call back.
  fn deliver(&self, ticket: u32, outcome: O) -> Result<(), O>;

  /// Wakes the thread, after the lock is released.
  fn wake(&self);
}

/// One wait that stands in several lists: the first to win it serves it.
#[derive(Debug)]
pub struct Claim(AtomicBool);

impl Default for Claim {
  fn default() -> Self {
    Self(AtomicBool::new(false))
  }
}

impl Claim {
  /// True for the first caller only.
  pub fn win(&self) -> bool {
    // ORDERING: AcqRel pairs with itself; the loser sees what the winner did before it won.
    !self.0.swap(true, Ordering::AcqRel)
  }
}

/// A sleeper standing in a wait list.
pub struct Waiter<O> {
  sleeper: Sleeper<O>,
  claim: Option<Arc<Claim>>,
}

enum Sleeper<O> {
  Slot(Arc<Slot<O>>),
  Loop { port: Arc<dyn Port<O>>, ticket: u32 },
}

impl<O> Waiter<O> {
  /// A blocked Rust thread or a Rust task, asleep at its slot.
  pub(crate) fn at_slot(slot: Arc<Slot<O>>) -> Self {
    Self { sleeper: Sleeper::Slot(slot), claim: None }
  }

  /// A wait of a JavaScript thread, known to its port by a ticket.
  pub fn at_port(port: Arc<dyn Port<O>>, ticket: u32, claim: Option<Arc<Claim>>) -> Self {
    Self { sleeper: Sleeper::Loop { port, ticket }, claim }
  }

  /// Hands the outcome over, or back where nobody is left to take it. The sleeper wakes when `wakes` is dropped.
  pub(crate) fn serve(self, outcome: O, wakes: &mut Wakes<O>) -> Result<(), O> {
    if self.claim.is_some_and(|claim| !claim.win()) {
      return Err(outcome); // Another list has served it.
    }
    match self.sleeper {
      // A slot's owner leaves the list under the primitive's lock before it goes: it is still there.
      Sleeper::Slot(slot) => {
        *slot.outcome.lock() = Some(outcome);
        // ORDERING: Release pairs with the Acquire in `take`.
        slot.served.store(true, Ordering::Release);
        wakes.add(Wake::Slot(slot));
      }
      // A JavaScript thread may have died with its waits still listed: its port refuses.
      Sleeper::Loop { port, ticket } => {
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

/// Wakes that are owed. Declared before the lock is taken, dropped and thereby paid after it is released.
pub(crate) struct Wakes<O> {
  first: Option<Wake<O>>,
  rest: Vec<Wake<O>>,
  discarded: Vec<O>,
}

impl<O> Wakes<O> {
  pub(crate) fn new() -> Self {
    Self { first: None, rest: Vec::new(), discarded: Vec::new() }
  }

  /// Keeps what nobody takes until the lock is released: values may run code of their own when dropped.
  pub(crate) fn discard(&mut self, outcome: O) {
    self.discarded.push(outcome);
  }

  fn add(&mut self, wake: Wake<O>) {
    match self.first {
      None => self.first = Some(wake),
      Some(_) => self.rest.push(wake),
    }
  }
}

impl<O> Drop for Wakes<O> {
  fn drop(&mut self) {
    for wake in self.first.take().into_iter().chain(self.rest.drain(..)) {
      match wake {
        Wake::Slot(slot) => slot.wake(),
        Wake::Port(port) => port.wake(),
      }
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
      && let Some(outcome) = super::spin::spin_until(|| self.take())
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
