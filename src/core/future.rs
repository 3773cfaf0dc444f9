//! A value that comes later, once, for any number of waiters.
//!
//! Promises that the first outcome stays, and that every waiter, however late, sees the same.
//!
//! 1. There are no waiters once it is settled: settling takes the whole list under the lock.

use super::{
  deadline::Deadline,
  error::{End, WaitError},
  home::Housed,
  operation::{Awaiting, Branch, Lasting, Operation, Ready, block_on},
  sync::Arc,
  wait_list::{Key, WaitList},
  waiter::{Waiter, Wakes},
};

/// How a future was settled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Settled<T> {
  /// With a value.
  Value(T),
  /// By being cancelled.
  Cancelled,
  /// By the end of what it belongs to.
  Ended(End),
}

/// The first outcome stays.
impl<T> Lasting for Settled<T> {
  fn is_lasting(&self) -> bool {
    true
  }
}

/// A future was settled before: the first outcome stays. The refused value is handed back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AlreadySettled<T>(pub T);

struct State<T> {
  settled: Option<Settled<T>>,
  waiters: WaitList<Waiter<Settled<T>>>,
}

/// A value that comes later, once, for any number of waiters; clones are the same cell.
///
/// Its name leaves that of [`std::future::Future`] free.
///
/// ```
/// use threaded_async::FutureCell;
///
/// let answer = FutureCell::new();
/// answer.set_result(42).expect("it is the first");
/// assert_eq!(answer.result_wait(None), Ok(42));
/// assert!(answer.set_result(7).is_err()); // The first outcome stays.
/// ```
pub struct FutureCell<T>(Arc<Housed<State<T>>>);

impl<T> Clone for FutureCell<T> {
  fn clone(&self) -> Self {
    Self(Arc::clone(&self.0))
  }
}

impl<T: Clone> Default for FutureCell<T> {
  fn default() -> Self {
    Self::new()
  }
}

impl<T: Clone> FutureCell<T> {
  /// A future that is not settled.
  pub fn new() -> Self {
    Self(Arc::new(Housed::new(State { settled: None, waiters: WaitList::default() })))
  }

  /// Settles it with a value; returns how many waiters have got it.
  #[cfg(feature = "node")]
  pub(crate) fn set_result_for(&self, value: T) -> Result<usize, AlreadySettled<T>> {
    match self.settle_for(Settled::Value(value)) {
      Ok(served) => Ok(served),
      Err(AlreadySettled(Settled::Value(value))) => Err(AlreadySettled(value)),
      Err(_) => unreachable!("a refused value comes back as it was"),
    }
  }

  /// Settles it with a value.
  pub fn set_result(&self, value: T) -> Result<(), AlreadySettled<T>> {
    match self.settle(Settled::Value(value)) {
      Err(AlreadySettled(Settled::Value(value))) => Err(AlreadySettled(value)),
      _ => Ok(()),
    }
  }

  /// Cancels it; false where it was settled before.
  pub fn cancel(&self) -> bool {
    self.settle(Settled::Cancelled).is_ok()
  }

  /// Ends it because its runner has ended; a settled one stays as it is.
  pub fn end(&self, end: End) {
    let _ = self.settle(Settled::Ended(end));
  }

  /// Settles it, once.
  pub fn settle(&self, outcome: Settled<T>) -> Result<(), AlreadySettled<Settled<T>>> {
    self.settle_for(outcome).map(drop)
  }

  /// Settles it, once; returns how many waiters have got it.
  pub(crate) fn settle_for(&self, outcome: Settled<T>) -> Result<usize, AlreadySettled<Settled<T>>> {
    let mut served = 0;
    let mut wakes = Wakes::new();
    // LOCK: dropped before `wakes`.
    let mut state = self.0.lock();
    if state.settled.is_some() {
      return Err(AlreadySettled(outcome));
    }
    while let Some(waiter) = state.waiters.take_front() {
      // WAKE: all; a waiter whose thread is gone needs nothing.
      served += usize::from(waiter.serve(outcome.clone(), &mut wakes).is_ok());
    }
    state.settled = Some(outcome);
    Ok(served)
  }

  /// Whether it is settled.
  pub fn done(&self) -> bool {
    self.0.lock().settled.is_some()
  }

  /// How it was settled, if it was.
  pub fn settled(&self) -> Option<Settled<T>> {
    self.0.lock().settled.clone()
  }

  /// Whether both are the same future.
  pub fn is(&self, other: &Self) -> bool {
    Arc::ptr_eq(&self.0, &other.0)
  }

  /// How many waiters there are.
  pub fn waiters(&self) -> usize {
    self.0.lock().waiters.len()
  }

  /// Blocks until it is settled.
  ///
  /// Fails where it was cancelled, where the deadline passes, where its runner ends before, and in a task of its own
  /// loop, even when it is settled. It stays as it is.
  pub fn result_wait(&self, deadline: impl Into<Deadline>) -> Result<T, WaitError> {
    if !self.0.home.may_block() {
      return Err(WaitError::WouldDeadlock);
    }
    match self.settled() {
      Some(settled) => value_of(settled), // It needs no operation.
      None => value_of(block_on(FutureResult::new(self), deadline.into())?),
    }
  }

  /// Resolves when it is settled, or fails where it was cancelled or has ended with its runner.
  pub async fn result(&self) -> Result<T, WaitError> {
    match self.settled() {
      Some(settled) => value_of(settled),
      None => value_of(Awaiting::new(FutureResult::new(self)).await),
    }
  }
}

#[cfg(not(loom))]
impl<T: Clone + Send + 'static> super::bond::Ends for Housed<State<T>> {
  fn end(self: Arc<Self>, end: End) {
    FutureCell(self).end(end);
  }

  #[cfg(feature = "node")]
  fn is_awaited(&self) -> bool {
    !self.lock().waiters.is_empty()
  }
}

#[cfg(not(loom))]
impl<T: Clone + Send + 'static> FutureCell<T> {
  /// Ties it to the loop that its owner runs.
  pub(crate) fn live_in(&self, home: u64) {
    self.0.home.set(home);
  }

  /// What the future's owner holds of it.
  pub(crate) fn bond(&self) -> super::bond::Bond {
    Arc::downgrade(&self.0) as super::bond::Bond
  }
}

pub(crate) fn value_of<T>(settled: Settled<T>) -> Result<T, WaitError> {
  match settled {
    Settled::Value(value) => Ok(value),
    Settled::Cancelled => Err(WaitError::Cancelled),
    Settled::Ended(end) => Err(WaitError::Ended(end)),
  }
}

/// The wait until a future is settled.
pub struct FutureResult<T> {
  future: FutureCell<T>,
  key: Option<Key>,
  is_error: fn(&T) -> bool,
}

impl<T> FutureResult<T> {
  /// For this future.
  pub fn new(future: &FutureCell<T>) -> Self {
    Self::judged(future, |_| false)
  }

  /// The same, where some values stand for errors: as a branch, they are failures.
  pub fn judged(future: &FutureCell<T>, is_error: fn(&T) -> bool) -> Self {
    Self { future: future.clone(), key: None, is_error }
  }

  /// The future that is waited for.
  pub(super) fn future(&self) -> &FutureCell<T> {
    &self.future
  }

  fn readiness(&self, settled: &Settled<T>) -> Ready {
    match settled {
      Settled::Value(value) if !(self.is_error)(value) => Ready::Success,
      _ => Ready::Failure,
    }
  }
}

impl<T: Clone> Branch for FutureResult<T> {
  fn begin_if(
    &mut self,
    may_complete: impl FnOnce(Ready) -> bool,
    sleeper: impl FnOnce() -> Waiter<Settled<T>>,
  ) -> Option<Settled<T>> {
    let mut state = self.future.0.lock();
    let Some(settled) = &state.settled else {
      self.key = Some(state.waiters.join(sleeper()));
      return None;
    };
    may_complete(self.readiness(settled)).then(|| settled.clone())
  }
}

impl<T: Clone> Operation for FutureResult<T> {
  type Outcome = Settled<T>;

  fn begin(&mut self, sleeper: impl FnOnce() -> Waiter<Settled<T>>) -> Option<Settled<T>> {
    self.begin_if(|_| true, sleeper)
  }

  fn may_block_here(&self) -> bool {
    self.future.0.home.may_block()
  }

  fn withdraw(&mut self) -> bool {
    self.key.is_some_and(|key| self.future.0.lock().waiters.leave(key).is_some())
  }

  fn give_back(&mut self, _outcome: Settled<T>) {} // The future keeps its own.
}
