//! What lives with a loop and ends with it: its tasks, their unseen failures, and its members.
//!
//! Promises that nothing starts on a loop that has begun to close, that everything on the roster is told of the end, and
//! that members which were dropped are forgotten: they are swept out whenever the number of members has doubled. It is
//! data behind the lock of its owner, who tells members and tasks of the end after that lock is released.
//!
//! 1. The phase only goes forward, and the loop ends once.
//! 2. Members end before tasks: a wait that learns of the end from a task finds every queue of the loop shut down.

use super::{bond::Ends, error::End};
use rustc_hash::FxHashMap;
use std::{collections::BTreeMap, sync::Weak};

/// How far the life of a loop has gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Phase {
  /// It takes work; its thread may not be up yet.
  Open,
  /// It takes no more work.
  Closing,
  /// Its thread is gone, or was given up.
  Ended(End),
}

/// The roster of one loop: tasks `T` and their failures `F` by number, and members `M`.
pub(crate) struct Roster<T, F, M: ?Sized> {
  phase: Phase,
  tasks: FxHashMap<u64, T>,
  /// By number, which is by age.
  failures: BTreeMap<u64, F>,
  members: Vec<Weak<M>>,
  /// How many members there may be before dropped ones are swept out.
  sweep_at: usize,
}

/// The fewest members that are swept.
const FEW: usize = 16;

impl<T, F, M: Ends + ?Sized> Roster<T, F, M> {
  pub(crate) fn new() -> Self {
    let (tasks, failures) = (FxHashMap::default(), BTreeMap::new());
    Self { phase: Phase::Open, tasks, failures, members: Vec::new(), sweep_at: FEW }
  }

  pub(crate) fn phase(&self) -> Phase {
    self.phase
  }

  /// The tasks that have not ended.
  pub(crate) fn tasks(&self) -> &FxHashMap<u64, T> {
    &self.tasks
  }

  /// The unseen failures, the oldest first.
  pub(crate) fn failures(&self) -> &BTreeMap<u64, F> {
    &self.failures
  }

  /// What ends with the loop; some may have been dropped.
  pub(crate) fn members(&self) -> &[Weak<M>] {
    &self.members
  }

  /// Lists a task; refused where no more work is taken.
  pub(crate) fn start(&mut self, number: u64, task: T) -> Result<(), End> {
    match self.phase {
      Phase::Open => drop(self.tasks.insert(number, task)),
      Phase::Closing => return Err(End::Closed),
      Phase::Ended(end) => return Err(end),
    }
    Ok(())
  }

  /// Lets go of a task that has ended. The caller drops it after the lock is released.
  pub(crate) fn finish(&mut self, number: u64) -> Option<T> {
    self.tasks.remove(&number)
  }

  /// Keeps the failure of a task until it has been seen.
  pub(crate) fn keep_failure(&mut self, number: u64, failure: F) {
    self.failures.insert(number, failure);
  }

  /// The failure of this task has been seen; false where there was none.
  pub(crate) fn forget_failure(&mut self, number: u64) -> bool {
    self.failures.remove(&number).is_some()
  }

  /// The unseen failures, the oldest first; they count as seen now.
  pub(crate) fn take_failures(&mut self) -> Vec<F> {
    std::mem::take(&mut self.failures).into_values().collect()
  }

  /// Lists a member; refused where the loop has ended. The caller ends that member after the lock is released.
  pub(crate) fn adopt(&mut self, member: Weak<M>) -> Result<(), End> {
    if let Phase::Ended(end) = self.phase {
      return Err(end);
    }
    if self.members.len() >= self.sweep_at {
      self.members.retain(|member| member.strong_count() > 0);
      self.sweep_at = FEW.max(2 * self.members.len());
    }
    self.members.push(member);
    Ok(())
  }

  /// Takes no more work; false where it had begun to close or had ended before.
  pub(crate) fn close(&mut self) -> bool {
    let is_first = self.phase == Phase::Open;
    if is_first {
      self.phase = Phase::Closing;
    }
    is_first
  }

  /// Ends; `None` where it had ended before. The caller tells the leavers after the lock is released.
  pub(crate) fn end(&mut self, end: End) -> Option<Leavers<T, M>> {
    if let Phase::Ended(_) = self.phase {
      return None;
    }
    self.phase = Phase::Ended(end);
    Some(Leavers { end, members: std::mem::take(&mut self.members), tasks: std::mem::take(&mut self.tasks) })
  }
}

/// The members and tasks that were on a roster when its loop ended.
#[must_use = "they wait to be told"]
pub(crate) struct Leavers<T, M: ?Sized> {
  end: End,
  members: Vec<Weak<M>>,
  tasks: FxHashMap<u64, T>,
}

impl<T, M: Ends + ?Sized> Leavers<T, M> {
  /// Ends every member, then has `tell` tell every task.
  pub(crate) fn tell(self, tell: impl FnMut(&T)) {
    for member in self.members.iter().filter_map(Weak::upgrade) {
      member.end(self.end);
    }
    self.tasks.values().for_each(tell); // Invariant 2.
  }
}
