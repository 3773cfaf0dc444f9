//! One wait for several things, exactly one of which happens.
//!
//! Promises that the others take nothing, insert nothing and leave no waiter, that a wait which is given up does the
//! same for all of them, and that of several branches that are ready none is preferred: they are tried in an order
//! drawn by lot. A [`Select`] is an operation like any other, whose outcome is the number of a branch. So its sleeper is
//! a thread, a task or a port, and is woken once.
//!
//! 1. The meeting holds the sleeper until a branch has won. A branch wins by taking it from there, under the lock of its
//!    primitive and before anything is taken or inserted. All others find it gone and have no effect.
//! 2. The outcome of the branch is in the meeting before the sleeper is served.
//! 3. Lock order: the primitive's lock, the meeting, the sleeper's slot or port.
//! 4. A branch that has failed already wins only where no branch is ready with what it waits for: those are asked first.
//!    The same holds for one that fails until all have been asked: while they are, the meeting refuses what is there for
//!    ever, and the branch is begun anew.

use super::{
  deadline::Deadline,
  error::WaitError,
  event::{Event, EventWait},
  future::{FutureCell, FutureResult, value_of},
  operation::{Awaiting, Branch, Lasting, Operation, Ready, block_on},
  queue::{Get, Put, Queue, QueueOutcome, item_of, items_of, put_of},
  sync::{Arc, Mutex},
  waiter::{Port, Waiter, Wakes, port_of},
};
use std::any::Any;

/// The outcome of a branch, of whatever type.
type Anything = Box<dyn Any + Send>;

fn typed<O: 'static>(outcome: Anything) -> O {
  *outcome.downcast().expect("the outcome of this branch")
}

/// Where the branches of one wait meet.
struct Meeting(Mutex<State>);

struct State {
  sleeper: Option<Waiter<u32>>,
  /// Whether some branches have not been asked yet.
  is_asking: bool,
  /// Branches whose outcomes were refused in the meantime.
  refused: Vec<u32>,
  outcome: Option<Anything>,
  wakes: Option<Wakes<u32>>,
}

impl Meeting {
  fn new(sleeper: Waiter<u32>) -> Arc<Self> {
    let sleeper = Some(sleeper);
    Arc::new(Self(Mutex::new(State { sleeper, is_asking: true, refused: Vec::new(), outcome: None, wakes: None })))
  }

  /// True for the first caller only.
  fn win(&self) -> bool {
    self.0.lock().sleeper.take().is_some()
  }

  /// All branches have been asked, unless the outcome of one was refused meanwhile: that is returned.
  fn refused(&self) -> Option<u32> {
    let mut state = self.0.lock();
    let refused = state.refused.pop();
    state.is_asking = refused.is_some();
    refused
  }

  fn keep(&self, outcome: Anything) {
    self.0.lock().outcome = Some(outcome);
  }

  fn take(&self) -> Anything {
    self.0.lock().outcome.take().expect("a branch has won")
  }
}

impl<O: Lasting + Send + 'static> Port<O> for Meeting {
  fn deliver(&self, branch: u32, outcome: O) -> Result<(), O> {
    let mut state = self.0.lock();
    if state.is_asking && outcome.is_lasting() {
      state.refused.push(branch); // Invariant 4.
      return Err(outcome);
    }
    let Some(sleeper) = state.sleeper.take() else { return Err(outcome) }; // Another branch has won.
    state.outcome = Some(Box::new(outcome)); // Invariant 2.
    let mut wakes = Wakes::new();
    let served = sleeper.serve(branch, &mut wakes);
    state.wakes = Some(wakes); // WAKE: the sleeper, when the primitive's lock is released.
    served.map_err(|_| typed(state.outcome.take().expect("kept above")))
  }

  fn wake(&self) {
    let wakes = self.0.lock().wakes.take();
    drop(wakes); // LOCK: not under it.
  }
}

/// A branch of any primitive.
trait Candidate<R> {
  /// Begins it. One that has failed already completes only where `may_fail`.
  fn begin(&mut self, meeting: &Arc<Meeting>, number: u32, may_fail: bool) -> Begun;

  fn may_block_here(&self) -> bool;

  fn withdraw(&mut self);

  fn give_back(&mut self, outcome: Anything);

  fn map(self: Box<Self>, outcome: Anything) -> R;
}

/// How a branch has begun.
#[derive(PartialEq, Eq)]
enum Begun {
  /// It has won, and its outcome is at the meeting.
  Completed,
  /// It would have failed at once, and has done nothing.
  Failed,
  /// It has parked, unless another branch has won.
  Waits,
}

struct Mapped<P, F> {
  operation: P,
  map: F,
}

impl<R, P, F> Candidate<R> for Mapped<P, F>
where
  P: Branch<Outcome: Send + 'static>,
  F: FnOnce(P, P::Outcome) -> R,
{
  fn begin(&mut self, meeting: &Arc<Meeting>, number: u32, may_fail: bool) -> Begun {
    let mut has_failed = false;
    let may_complete = |ready| {
      has_failed = ready == Ready::Failure;
      (may_fail || !has_failed) && meeting.win()
    };
    let at_once = self.operation.begin_if(may_complete, || Waiter::at_port(port_of(meeting), number));
    match at_once {
      Some(outcome) => {
        meeting.keep(Box::new(outcome));
        Begun::Completed
      }
      None if has_failed => Begun::Failed,
      None => Begun::Waits,
    }
  }

  fn may_block_here(&self) -> bool {
    self.operation.may_block_here()
  }

  fn withdraw(&mut self) {
    self.operation.withdraw();
  }

  fn give_back(&mut self, outcome: Anything) {
    self.operation.give_back(typed(outcome));
  }

  fn map(self: Box<Self>, outcome: Anything) -> R {
    let Self { operation, map } = *self;
    map(operation, typed(outcome))
  }
}

/// A put of the item in a slot, which is there again where it was not put.
struct PutFrom<'a, T> {
  put: Put<T>,
  slot: &'a mut Option<T>,
}

impl<T> Operation for PutFrom<'_, T> {
  type Outcome = QueueOutcome<T>;

  fn begin(&mut self, sleeper: impl FnOnce() -> Waiter<Self::Outcome>) -> Option<Self::Outcome> {
    self.put.begin(sleeper)
  }

  fn may_block_here(&self) -> bool {
    self.put.may_block_here()
  }

  fn withdraw(&mut self) -> bool {
    self.put.withdraw()
  }

  fn give_back(&mut self, outcome: Self::Outcome) {
    if let QueueOutcome::Ended { rest, .. } = outcome {
      self.put.take_back(rest);
    }
  }
}

impl<T> Branch for PutFrom<'_, T> {
  fn begin_if(
    &mut self,
    may_complete: impl FnOnce(Ready) -> bool,
    sleeper: impl FnOnce() -> Waiter<Self::Outcome>,
  ) -> Option<Self::Outcome> {
    self.put.begin_if(may_complete, sleeper)
  }
}

impl<T> Drop for PutFrom<'_, T> {
  fn drop(&mut self) {
    if let Some(item) = self.put.rest().pop_front() {
      *self.slot = Some(item);
    }
  }
}

/// A wait for several things, exactly one of which happens.
///
/// Every branch is a wait with a function that turns the outcome of that wait into the result. A branch ends as the
/// wait by itself would: the branch of a queue that is shut down, for instance, ends with an error. All other branches
/// have no effect: they take nothing, insert nothing and leave no waiter. Where several are ready, one is drawn by lot;
/// one that has what it waits for goes before one that has failed.
///
/// ```
/// use threaded_async::{Event, Queue, Select};
///
/// let (orders, stop) = (Queue::new(0), Event::new());
/// orders.try_put("tea").expect("there is room");
/// let order = Select::new()
///   .get(&orders, |order| order.ok())
///   .event(&stop, |_| None)
///   .select_wait(None)?; // Blocks until there is an order, or it is to stop.
/// assert_eq!(order, Some("tea"));
/// # Ok::<(), threaded_async::WaitError>(())
/// ```
#[must_use = "a select does nothing unless it is waited for"]
pub struct Select<'a, R> {
  branches: Vec<Box<dyn Candidate<R> + Send + 'a>>,
  meeting: Option<Arc<Meeting>>,
}

impl<R> Default for Select<'_, R> {
  fn default() -> Self {
    Self::new()
  }
}

impl<'a, R> Select<'a, R> {
  /// Without branches.
  pub fn new() -> Self {
    Self { branches: Vec::new(), meeting: None }
  }

  /// Adds the wait for an item.
  pub fn get<T, F>(self, queue: &Queue<T>, map: F) -> Self
  where
    T: Send + 'static,
    F: FnOnce(Result<T, WaitError>) -> R + Send + 'a,
  {
    self.or(Get::one(queue), |_, outcome| map(item_of(outcome)))
  }

  /// Adds the wait for one to `max` items. `max` must not be 0.
  pub fn get_many<T, F>(self, queue: &Queue<T>, max: usize, map: F) -> Self
  where
    T: Send + 'static,
    F: FnOnce(Result<Vec<T>, WaitError>) -> R + Send + 'a,
  {
    self.or(Get::many(queue, max), |_, outcome| map(items_of(outcome)))
  }

  /// Adds the wait for room for the item in `slot`, which is taken out of there. It is there again where it was not put:
  /// because another branch has happened, the wait was given up, or the queue has ended. Panics where there is none.
  ///
  /// ```
  /// use threaded_async::{Event, Queue, Select};
  ///
  /// let (orders, stop) = (Queue::new(1), Event::new());
  /// let mut order = Some("tea");
  /// stop.set();
  /// orders.try_put("coffee").expect("there is room");
  /// Select::new().put(&orders, &mut order, |_| ()).event(&stop, |_| ()).select_wait(None)?;
  /// assert_eq!(order, Some("tea")); // It was to stop, and the queue was full.
  /// # Ok::<(), threaded_async::WaitError>(())
  /// ```
  pub fn put<T, F>(self, queue: &Queue<T>, slot: &'a mut Option<T>, map: F) -> Self
  where
    T: Send + 'static,
    F: FnOnce(Result<(), WaitError>) -> R + Send + 'a,
  {
    let put = Put::new(queue, [slot.take().expect("the slot has an item to put")]);
    self.or(PutFrom { put, slot }, |mut operation, outcome| {
      let result = put_of(&outcome).map(drop).map_err(|(error, _)| error);
      operation.give_back(outcome);
      drop(operation); // The item is in its slot before anybody is told that it was not put.
      map(result)
    })
  }

  /// Adds the wait until an event is set.
  pub fn event<F>(self, event: &Event, map: F) -> Self
  where
    F: FnOnce(Result<(), WaitError>) -> R + Send + 'a,
  {
    self.or(EventWait::new(event), |_, outcome| map(outcome.map_err(WaitError::Ended)))
  }

  /// Adds the wait until a future is settled.
  pub fn future<T, F>(self, future: &FutureCell<T>, map: F) -> Self
  where
    T: Clone + Send + 'static,
    F: FnOnce(Result<T, WaitError>) -> R + Send + 'a,
  {
    self.or(FutureResult::new(future), |_, outcome| map(value_of(outcome)))
  }

  /// Adds any wait. `map` is given the operation with its outcome.
  pub(crate) fn or<P, F>(mut self, operation: P, map: F) -> Self
  where
    P: Branch<Outcome: Send + 'static> + Send + 'a,
    F: FnOnce(P, P::Outcome) -> R + Send + 'a,
  {
    self.branches.push(Box::new(Mapped { operation, map }));
    self
  }

  /// Blocks until one branch has happened. Panics where there is no branch.
  ///
  /// Fails where the deadline passes first, and in a task of the loop that one of its branches belongs to; then none has
  /// happened.
  pub fn select_wait(mut self, deadline: impl Into<Deadline>) -> Result<R, WaitError> {
    let branch = block_on(&mut self, deadline.into())?;
    Ok(self.finish(branch))
  }

  /// Resolves when one branch has happened. If it is dropped before, none happens. Panics where there is no branch.
  pub async fn select(mut self) -> R {
    let branch = Awaiting::new(&mut self).await;
    self.finish(branch)
  }

  /// The result of the branch that has won.
  pub(crate) fn finish(mut self, branch: u32) -> R {
    self.withdraw_all();
    let outcome = self.outcome();
    self.branches.swap_remove(branch as usize).map(outcome)
  }

  fn outcome(&self) -> Anything {
    self.meeting.as_ref().expect("it has begun").take()
  }

  /// Leaves every list. A branch that is being served has been served when this returns: it was under the lock.
  fn withdraw_all(&mut self) {
    self.branches.iter_mut().for_each(|branch| branch.withdraw());
  }
}

impl<R> Operation for Select<'_, R> {
  type Outcome = u32;

  fn begin(&mut self, sleeper: impl FnOnce() -> Waiter<u32>) -> Option<u32> {
    assert!(!self.branches.is_empty(), "a wait for nothing would be for ever");
    shuffle(&mut self.branches);
    let meeting = self.meeting.insert(Meeting::new(sleeper()));
    let mut failed = None;
    let mut is_chosen = |branch: &mut dyn Candidate<R>, number| match branch.begin(meeting, number, false) {
      Begun::Completed => true,
      Begun::Waits => false,
      Begun::Failed => {
        failed = failed.or(Some(number));
        false
      }
    };
    for (number, branch) in (0..).zip(&mut self.branches) {
      if is_chosen(&mut **branch, number) {
        return Some(number);
      }
    }
    while let Some(number) = meeting.refused() {
      let branch = &mut self.branches[number as usize];
      branch.withdraw(); // A put gets its item back.
      if is_chosen(&mut **branch, number) {
        return Some(number);
      }
    }
    failed.filter(|number| self.branches[*number as usize].begin(meeting, *number, true) == Begun::Completed)
  }

  fn may_block_here(&self) -> bool {
    self.branches.iter().all(|branch| branch.may_block_here())
  }

  fn withdraw(&mut self) -> bool {
    let is_in_time = self.meeting.as_ref().is_some_and(|meeting| meeting.win());
    self.withdraw_all();
    is_in_time
  }

  fn give_back(&mut self, branch: u32) {
    self.withdraw_all();
    let outcome = self.outcome();
    self.branches[branch as usize].give_back(outcome);
  }
}

/// Puts the branches into an order drawn by lot.
#[cfg(not(loom))]
fn shuffle<T>(branches: &mut [T]) {
  use std::hash::{BuildHasher, RandomState};
  let lots = RandomState::new();
  for last in (1..branches.len()).rev() {
    let drawn = lots.hash_one(last) % (last as u64 + 1);
    branches.swap(last, usize::try_from(drawn).expect("an index"));
  }
}

/// loom wants the same order every time; the models try each by themselves.
#[cfg(loom)]
fn shuffle<T>(_branches: &mut [T]) {}
