//! What a wait is for, as far as failures of tasks are concerned, and for how long a thread has blocked since each.

use crate::binding::{threads::silence::PATIENCE, values::thing::Id};
use std::{
  cell::RefCell,
  collections::BTreeMap,
  rc::Rc,
  slice,
  time::{Duration, Instant},
};

/// Which failures concern a wait.
#[derive(Clone, Copy)]
pub struct Subject {
  pub kind: SubjectKind,
  /// The runner whose tasks may end it; 0 for those of any.
  pub runner: Id,
  /// The task whose end it waits for, among others; 0 for none.
  pub task: Id,
  /// What that task has noted when it was created, where nothing but its end is waited for.
  pub created: u64,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum SubjectKind {
  /// A queue, an event, a future, a server or a client.
  Thing,
  /// A task: whoever waits for one has asked for its error.
  Task,
  /// What the library waits for itself; no failure concerns it.
  Apart,
}

/// What one wait is for: mostly one thing.
#[derive(Clone)]
pub enum Subjects {
  One(Subject),
  /// Of a wait for several things, exactly one of which happens.
  Each(Rc<[Subject]>),
}

impl Subjects {
  pub fn all(&self) -> &[Subject] {
    match self {
      Self::One(subject) => slice::from_ref(subject),
      Self::Each(subjects) => subjects,
    }
  }
}

/// For how long this thread has blocked since the failure of each task, as far as that is unseen.
#[derive(Default)]
pub struct Silences(RefCell<BTreeMap<Id, Duration>>);

impl Silences {
  /// Counts a time of blocking, which ends now; returns the failures whose time is over.
  pub fn count(&self, since: Instant, untold: &[(Id, Instant)]) -> Vec<Id> {
    let mut silences = self.0.borrow_mut();
    let now = Instant::now();
    let is_over = |(task, failed): &(Id, Instant)| {
      let blocked = silences.entry(*task).or_default();
      *blocked += now.saturating_duration_since(since.max(*failed));
      (*blocked >= PATIENCE).then_some(*task)
    };
    untold.iter().filter_map(is_over).collect()
  }

  /// There is no failure that nobody has seen.
  pub fn forget(&self) {
    self.0.borrow_mut().clear();
  }
}
