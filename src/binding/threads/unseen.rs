//! Errors of tasks that nobody has seen yet, of all runners of the process.
//!
//! Promises that to ask whether there are any costs one read, that each is told once by a thread that blocks, and that
//! nothing is kept alive by standing here: a runner keeps its failures. Knows nothing of tasks `T` and runners `R`.
//!
//! 1. What stands here stands on the roster of one runner, its holder, too. A runner that was made in a task leaves its
//!    failures to the runner of that task when its maker's thread ends.

use crate::{binding::values::thing::Id, core::sync::Mutex};
use std::{
  collections::BTreeMap,
  sync::{
    Arc, OnceLock, Weak,
    atomic::{AtomicUsize, Ordering},
  },
  time::Instant,
};

struct Unseen<T, R> {
  task: Weak<T>,
  holder: Weak<R>,
  since: Instant,
  /// A thread that blocks has told of it.
  is_told: bool,
}

/// The error that the end of a thread is, by number, and when that came.
#[derive(Clone, Copy)]
pub struct Death {
  pub failure: Id,
  pub at: Instant,
}

/// All there are.
pub struct List<T, R> {
  all: Mutex<BTreeMap<Id, Unseen<T, R>>>,
  count: AtomicUsize,
  /// When the process began to end: what fails since then, fails because of that.
  ending: OnceLock<Instant>,
}

impl<T, R> List<T, R> {
  pub const fn new() -> Self {
    Self { all: Mutex::new(BTreeMap::new()), count: AtomicUsize::new(0), ending: OnceLock::new() }
  }

  /// Whether there are any. Cheap enough to ask all the time.
  pub fn any(&self) -> bool {
    self.count.load(Ordering::Relaxed) > 0
  }

  /// The process begins to end.
  pub fn process_ends(&self) {
    let _ = self.ending.set(Instant::now());
  }

  /// The failure of a task, which came then, stands on the roster of this runner from now on.
  pub fn add(&self, id: Id, task: &Arc<T>, holder: &Arc<R>, since: Instant) {
    let (task, holder) = (Arc::downgrade(task), Arc::downgrade(holder));
    let mut all = self.all.lock();
    all.insert(id, Unseen { task, holder, since, is_told: false });
    self.count.store(all.len(), Ordering::Relaxed);
  }

  /// The failure of this task has been seen. Returns the runner on whose roster it stood.
  pub fn remove(&self, id: Id) -> Option<Arc<R>> {
    if !self.any() {
      return None;
    }
    let mut all = self.all.lock();
    let removed = all.remove(&id);
    self.count.store(all.len(), Ordering::Relaxed);
    removed?.holder.upgrade()
  }

  /// Whether the process has begun to end.
  pub fn has_ended(&self) -> bool {
    self.ending.get().is_some()
  }

  /// Whether what has failed then has failed because the process ends.
  pub fn is_of_end(&self, since: Instant) -> bool {
    self.ending.get().is_some_and(|ending| since >= *ending)
  }

  /// The runners that are meant and that hold failures from before the process began to end.
  pub fn holders(&self, is_meant: impl Fn(&R) -> bool) -> Vec<Arc<R>> {
    let all = self.all.lock();
    let unseen = all.values().filter(|unseen| !self.is_of_end(unseen.since));
    let mut holders: Vec<_> = unseen.filter_map(|it| it.holder.upgrade().filter(|holder| is_meant(holder))).collect();
    holders.dedup_by(|one, other| Arc::ptr_eq(one, other));
    holders
  }

  /// The tasks of all failures that stand on the rosters of runners that are meant.
  pub fn tasks(&self, is_meant: impl Fn(&R) -> bool) -> Vec<Arc<T>> {
    let is_meant = |unseen: &&Unseen<T, R>| unseen.holder.upgrade().is_some_and(|it| is_meant(&it));
    let all = self.all.lock();
    all.values().filter(is_meant).filter_map(|unseen| unseen.task.upgrade()).collect()
  }

  /// The failures of runners that are meant, as far as no thread has told of them, with the moment of each.
  pub fn untold(&self, is_meant: impl Fn(&R) -> bool) -> Vec<(Id, Instant)> {
    let is_meant = |unseen: &Unseen<T, R>| !unseen.is_told && unseen.holder.upgrade().is_some_and(|it| is_meant(&it));
    let all = self.all.lock();
    all.iter().filter(|(_, unseen)| is_meant(unseen)).map(|(id, unseen)| (*id, unseen.since)).collect()
  }

  /// Whether any thread may still have to tell of one.
  pub fn any_untold(&self) -> bool {
    self.any() && self.all.lock().values().any(|unseen| !unseen.is_told && !self.is_of_end(unseen.since))
  }

  /// Takes the telling of a failure over; `None` where another thread has.
  pub fn tell(&self, id: Id) -> Option<Arc<T>> {
    let mut all = self.all.lock();
    let unseen = all.get_mut(&id)?;
    if std::mem::replace(&mut unseen.is_told, true) { None } else { unseen.task.upgrade() }
  }
}
