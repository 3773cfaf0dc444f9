//! A wait that can be begun, given up and undone, and the two doors to it for Rust.
//!
//! Every waiting operation of a primitive is written once, as an [`Operation`]; blocking a thread, awaiting in a task
//! and waiting from JavaScript are three ways to sleep until its outcome comes.
//!
//! 1. Between `begin` that parked and the outcome, exactly one of two things happens: `withdraw` returns true and the
//!    operation has had no effect, or the outcome is with the sleeper.
//! 2. An outcome that will never be looked at goes to `give_back`.

use super::{
  deadline::Deadline,
  error::WaitError,
  home::may_block_for_strangers,
  sync::Arc,
  waiter::{Slot, Waiter},
};
use std::{
  future::Future,
  pin::Pin,
  task::{Context, Poll},
};

/// One waiting operation on one primitive.
pub trait Operation {
  /// What the wait ends with.
  type Outcome;

  /// Completes at once, or parks the waiter that `sleeper` makes. Called once, and again where its outcome was refused and
  /// it was withdrawn. What completes at once may have made its
  /// waiter, too.
  fn begin(&mut self, sleeper: impl FnOnce() -> Waiter<Self::Outcome>) -> Option<Self::Outcome>;

  /// Whether this thread may block for it: it must not where it serves the loop that is waited for.
  fn may_block_here(&self) -> bool {
    may_block_for_strangers()
  }

  /// Leaves the list; false when it had been served already.
  fn withdraw(&mut self) -> bool;

  /// Returns what an outcome carries to where it came from.
  fn give_back(&mut self, outcome: Self::Outcome);
}

/// What an operation that could complete at once would complete with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ready {
  /// With what was waited for.
  Success,
  /// With the reason why that will not come.
  Failure,
}

/// An outcome of an operation that a [`Select`](super::select::Select) may try.
pub(crate) trait Lasting {
  /// Whether it is there for ever: refused, it can be had by beginning anew. Every failure is.
  fn is_lasting(&self) -> bool;
}

/// An operation that has no effect until it completes: one of several that a [`Select`](super::select::Select) may try.
pub(crate) trait Branch: Operation<Outcome: Lasting> {
  /// Like [`begin`](Operation::begin), but where it could complete at once it asks first, under the lock and before
  /// anything changes. Where `may_complete` says no, nothing happens, and nothing has parked.
  fn begin_if(
    &mut self,
    may_complete: impl FnOnce(Ready) -> bool,
    sleeper: impl FnOnce() -> Waiter<Self::Outcome>,
  ) -> Option<Self::Outcome>;
}

impl<P: Operation> Operation for &mut P {
  type Outcome = P::Outcome;

  fn begin(&mut self, sleeper: impl FnOnce() -> Waiter<P::Outcome>) -> Option<P::Outcome> {
    (**self).begin(sleeper)
  }

  fn may_block_here(&self) -> bool {
    (**self).may_block_here()
  }

  fn withdraw(&mut self) -> bool {
    (**self).withdraw()
  }

  fn give_back(&mut self, outcome: P::Outcome) {
    (**self).give_back(outcome);
  }
}

/// Blocks this thread until the operation has its outcome. Refused where the thread serves the loop that is waited for.
pub(crate) fn block_on<P: Operation>(mut operation: P, deadline: Deadline) -> Result<P::Outcome, WaitError> {
  if !operation.may_block_here() {
    return Err(WaitError::WouldDeadlock); // Before any effect.
  }
  let mut slot = None;
  let at_once = operation.begin(|| Waiter::at_slot(Arc::clone(slot.insert(Slot::for_this_thread()))));
  if let Some(outcome) = at_once {
    return Ok(outcome);
  }
  let slot = slot.expect("an operation completes or parks");
  if let Some(outcome) = slot.block(deadline) {
    return Ok(outcome);
  }
  // The deadline has passed. If the wait was served in the meantime, that stands.
  if operation.withdraw() { Err(WaitError::TimedOut) } else { Ok(slot.take().expect("a served slot is full")) }
}

/// A future of an operation. Dropped before it is ready, it leaves no trace.
pub(crate) struct Awaiting<P: Operation> {
  operation: P,
  stage: Stage<P::Outcome>,
}

enum Stage<O> {
  New,
  Parked(Arc<Slot<O>>),
  Done,
}

impl<P: Operation> Awaiting<P> {
  pub(crate) fn new(operation: P) -> Self {
    Self { operation, stage: Stage::New }
  }
}

// Nothing in it is ever pinned: the operation and the slot are plain values.
impl<P: Operation> Unpin for Awaiting<P> {}

impl<P: Operation> Future for Awaiting<P> {
  type Output = P::Outcome;

  fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<P::Outcome> {
    let this = self.get_mut();
    match &this.stage {
      Stage::New => {
        let mut slot = None;
        let at_once = this.operation.begin(|| Waiter::at_slot(Arc::clone(slot.insert(Slot::for_task(cx.waker())))));
        let slot = slot.filter(|_| at_once.is_none());
        this.stage = slot.map_or(Stage::Done, Stage::Parked);
        at_once.map_or(Poll::Pending, Poll::Ready)
      }
      Stage::Parked(slot) => {
        let polled = slot.poll(cx.waker());
        if polled.is_ready() {
          this.stage = Stage::Done;
        }
        polled
      }
      Stage::Done => panic!("polled after it was ready"),
    }
  }
}

impl<P: Operation> Drop for Awaiting<P> {
  fn drop(&mut self) {
    let Stage::Parked(slot) = &self.stage else { return };
    if !self.operation.withdraw()
      && let Some(outcome) = slot.take()
    {
      self.operation.give_back(outcome);
    }
  }
}
