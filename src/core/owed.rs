//! Replies that are owed: those of calls that were taken and may not have been answered yet.
//!
//! Promises that a client which still waits for a reply is told when no answer will come, also where the call was dropped
//! unanswered, and that replies which cannot be waited for any more are forgotten: the list is swept whenever it has
//! doubled.

use super::{error::End, future::FutureCell};

/// A reply that a client may wait for.
#[cfg(not(loom))]
struct Reply<A>(super::bond::Bond, std::marker::PhantomData<fn() -> A>);

#[cfg(not(loom))]
impl<A: Clone + Send + 'static> Reply<A> {
  fn of(reply: &FutureCell<A>) -> Self {
    Self(reply.bond(), std::marker::PhantomData)
  }

  fn may_be_waited_for(&self) -> bool {
    self.0.strong_count() > 0
  }

  fn is(&self, reply: &FutureCell<A>) -> bool {
    std::ptr::addr_eq(self.0.as_ptr(), reply.bond().as_ptr())
  }

  fn end(&self, end: End) {
    if let Some(reply) = self.0.upgrade() {
      reply.end(end);
    }
  }
}

/// loom has no weak references.
#[cfg(loom)]
struct Reply<A>(FutureCell<A>);

#[cfg(loom)]
impl<A: Clone + Send + 'static> Reply<A> {
  fn of(reply: &FutureCell<A>) -> Self {
    Self(reply.clone())
  }

  fn may_be_waited_for(&self) -> bool {
    !self.0.done()
  }

  fn is(&self, reply: &FutureCell<A>) -> bool {
    self.0.is(reply)
  }

  fn end(&self, end: End) {
    self.0.end(end);
  }
}

/// All replies that are owed.
pub(crate) struct Owed<A> {
  replies: Vec<Reply<A>>,
  sweep_at: usize,
}

impl<A> Default for Owed<A> {
  fn default() -> Self {
    Self { replies: Vec::new(), sweep_at: 64 }
  }
}

impl<A: Clone + Send + 'static> Owed<A> {
  pub(crate) fn add(&mut self, reply: &FutureCell<A>) {
    if self.replies.len() >= self.sweep_at {
      self.replies.retain(Reply::may_be_waited_for);
      self.sweep_at = 64.max(self.replies.len() * 2);
    }
    self.replies.push(Reply::of(reply));
  }

  /// Its call goes back to its line: it is owed once it was taken anew.
  pub(crate) fn forget(&mut self, reply: &FutureCell<A>) {
    if let Some(at) = self.replies.iter().rposition(|owed| owed.is(reply)) {
      self.replies.remove(at);
    }
  }

  /// Tells all waiters that no answer will come.
  pub(crate) fn end(self, end: End) {
    self.replies.iter().for_each(|reply| reply.end(end));
  }

  /// All of them, to be looked at and dropped when no lock is held.
  #[cfg(all(feature = "node", not(loom)))]
  pub(crate) fn all(&self) -> Vec<std::sync::Arc<dyn super::bond::Ends>> {
    self.replies.iter().filter_map(|reply| reply.0.upgrade()).collect()
  }

  /// How many are kept.
  #[cfg(test)]
  pub(super) fn len(&self) -> usize {
    self.replies.len()
  }
}
