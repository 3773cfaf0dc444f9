//! What a handle can stand for, and the numbers of such things.
//!
//! Promises that a number is never given twice in the life of the process. Knows no noun: each implements
//! [`Thing`] for itself, and a caller asks for the one it expects.

use std::{
  any::Any,
  sync::{
    Arc, OnceLock,
    atomic::{AtomicU64, Ordering},
  },
};

/// The number of a thing. JavaScript has it as a `number`, which 2^53 of them fit.
pub type Id = u64;

static NEXT: AtomicU64 = AtomicU64::new(1);

/// A number that no other thing of this process has or will have.
pub fn next_id() -> Id {
  skip_ids(1)
}

/// Counts as if so many things had been made; returns the first of their numbers.
pub fn skip_ids(count: u64) -> Id {
  // ORDERING: Relaxed; only uniqueness matters.
  NEXT.fetch_add(count, Ordering::Relaxed)
}

/// A queue, an event, a future, a task, a runner, a server or a client.
pub trait Thing: Any + Send + Sync {
  fn id(&self) -> Id;

  /// The runner whose end ends it.
  fn runner(self: Arc<Self>) -> Option<Arc<dyn Thing>>;

  /// It is in a value that is sent: from now on other threads may have it, too.
  fn is_sent(&self) {}

  /// The thread that alone had it has ended.
  fn is_abandoned(&self) {}

  /// Where the name is kept that a user has given it, if it can have one.
  fn name(&self) -> Option<&Name> {
    None
  }

  /// Whether it holds that runner by itself, with one `Arc`, and not through another thing.
  fn holds_its_runner(&self) -> bool {
    true
  }
}

/// A name for messages, given once, right after the thing was made; most have none.
pub type Name = OnceLock<Box<str>>;

impl dyn Thing {
  /// The thing as the noun it is.
  pub fn as_noun<T: Thing>(&self) -> Option<&T> {
    let any: &dyn Any = self;
    any.downcast_ref()
  }

  /// The same, held.
  pub fn to_noun<T: Thing>(self: &Arc<Self>) -> Option<Arc<T>> {
    self.as_noun::<T>()?; // Only the right noun is held, for a hold is an atomic write.
    let any: Arc<dyn Any + Send + Sync> = Arc::<Self>::clone(self);
    any.downcast().ok()
  }
}
