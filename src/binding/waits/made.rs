//! The runners a thread has made.
//!
//! Promises to know each until its worker is known to have ended, and to end those that can tell nobody any more when
//! the thread does.

use crate::binding::{
  threads::{births::Number, js_thread::Entry, runner::Runner},
  values::thing::Id,
};
use std::{
  cell::{Cell, RefCell},
  sync::Arc,
  time::{Duration, Instant},
};

/// How often a blocked thread looks whether the runners it starts are still alive.
pub const WATCH: Duration = Duration::from_millis(20);

/// One thread's runners.
#[derive(Default)]
pub struct Made {
  runners: RefCell<Vec<Arc<Runner>>>,
  watched: Cell<Option<Instant>>,
  /// Marked before the thread that is being started.
  pub before: Cell<Option<Number>>,
}

impl Made {
  pub fn add(&self, runner: Arc<Runner>) {
    self.runners.borrow_mut().push(runner);
  }

  pub fn find(&self, id: Id) -> Option<Arc<Runner>> {
    self.runners.borrow().iter().find(|runner| runner.id == id).cloned()
  }

  pub fn forget(&self, id: Id) {
    self.runners.borrow_mut().retain(|runner| runner.id != id);
  }

  /// The numbers of some of them. Nothing is held for it: how often a runner is held says who may reach it.
  pub fn filter(&self, is_meant: impl Fn(&Runner) -> bool) -> Vec<Id> {
    self.runners.borrow().iter().filter(|runner| is_meant(runner)).map(|runner| runner.id).collect()
  }

  /// Tells the loop of one of them something.
  pub fn post(&self, id: Id, entry: Entry) {
    if let Some(runner) = self.runners.borrow().iter().find(|runner| runner.id == id) {
      runner.post(entry);
    }
  }

  /// Whether it is time to see if the runners that start are still alive: one that dies before it has loaded this addon
  /// can tell nobody.
  pub fn is_time_to_watch(&self) -> bool {
    let is_time = self.watched.get().is_none_or(|last| last.elapsed() >= WATCH);
    if is_time {
      self.watched.set(Some(Instant::now()));
    }
    is_time
  }

  /// The thread ends. Node has ended first the threads that it has started.
  pub fn begin_to_end(&self) {
    for runner in &*self.runners.borrow() {
      runner.maker_ends();
    }
  }

  /// A loop that is not up yet has no environment that could tell; it ends with its maker's.
  pub fn end(&self) {
    for runner in self.runners.borrow_mut().drain(..).filter(|runner| runner.thread().is_none()) {
      runner.thread_ended();
    }
  }
}
