//! A stand-in for the hub of a JavaScript loop: it takes outcomes by ticket, and may die at any moment.
//!
//! Promises what the hub promises: a dead port refuses; its cleanup gets what was not looked at. It counts what is
//! pushed under its lock, which is how a loop is known to be idle, and how often it was woken.

use crate::core::{
  operation::Operation,
  sync::Mutex,
  waiter::{Port, Waiter},
};
use std::sync::{
  Arc,
  atomic::{AtomicUsize, Ordering},
};

struct Inbox<O> {
  delivered: Vec<(u32, O)>,
  is_dead: bool,
  pushes: usize,
}

pub(super) struct TestPort<O> {
  inbox: Mutex<Inbox<O>>,
  wakes: AtomicUsize,
}

/// What stands in a list: loom's `Arc` of a trait object wants an owner of its own.
struct Door<O>(Arc<TestPort<O>>);

impl<O: Send> Port<O> for Door<O> {
  fn deliver(&self, ticket: u32, outcome: O) -> Result<(), O> {
    let mut inbox = self.0.inbox.lock();
    if inbox.is_dead {
      return Err(outcome);
    }
    inbox.pushes += 1;
    inbox.delivered.push((ticket, outcome));
    Ok(())
  }

  fn wake(&self) {
    self.0.wakes.fetch_add(1, Ordering::SeqCst);
  }
}

impl<O: Send + 'static> TestPort<O> {
  pub(super) fn new() -> Arc<Self> {
    let inbox = Inbox { delivered: Vec::new(), is_dead: false, pushes: 0 };
    Arc::new(Self { inbox: Mutex::new(inbox), wakes: AtomicUsize::new(0) })
  }

  pub(super) fn waiter(self: &Arc<Self>, ticket: u32) -> Waiter<O> {
    let door: Arc<dyn Port<O>> = Arc::new(Door(Arc::clone(self)));
    #[cfg(loom)]
    let door = crate::core::sync::Arc::from_std(door);
    Waiter::at_port(door, ticket)
  }

  /// Parks an operation here.
  pub(super) fn park<P: Operation<Outcome = O>>(self: &Arc<Self>, ticket: u32, mut operation: P) -> P {
    assert!(operation.begin(|| self.waiter(ticket)).is_none(), "it did not park");
    operation
  }

  /// Takes what was delivered.
  pub(super) fn take(&self) -> Vec<(u32, O)> {
    std::mem::take(&mut self.inbox.lock().delivered)
  }

  /// Takes what was delivered, and tells how much has ever been: one look.
  pub(super) fn drain(&self) -> (Vec<(u32, O)>, usize) {
    let mut inbox = self.inbox.lock();
    (std::mem::take(&mut inbox.delivered), inbox.pushes)
  }

  pub(super) fn pushes(&self) -> usize {
    self.inbox.lock().pushes
  }

  pub(super) fn wakes(&self) -> usize {
    self.wakes.load(Ordering::SeqCst)
  }

  /// The end of the thread: nothing is accepted any more, its waits are withdrawn, and what was delivered but not
  /// looked at goes back, the last first, so that the order holds.
  pub(super) fn die<P: Operation<Outcome = O>>(&self, waits: impl IntoIterator<Item = (u32, P)>) {
    let mut unseen = {
      let mut inbox = self.inbox.lock();
      inbox.is_dead = true;
      std::mem::take(&mut inbox.delivered)
    };
    let mut waits: Vec<_> =
      waits.into_iter().filter_map(|(ticket, mut wait)| (!wait.withdraw()).then_some((ticket, wait))).collect();
    while let Some((ticket, outcome)) = unseen.pop() {
      if let Some((_, wait)) = waits.iter_mut().find(|(known, _)| *known == ticket) {
        wait.give_back(outcome);
      }
    }
  }
}
