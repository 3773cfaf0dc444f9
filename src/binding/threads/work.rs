//! What a runner's loop is given: tasks, what else it is told, and the primitives that live with it; and what the loop asks
//! of the thread that made it.
//!
//! Promises that work is taken in order from the first moment, also before the loop is up.

use super::{
  js_thread::{Entry, Service},
  runner::{Member, Runner, State},
  task::{Task, TaskName},
};
use crate::{
  binding::values::thing::Id,
  core::{roster, sync::MutexGuard},
};
use std::sync::{Arc, Weak};

impl Runner {
  /// Tells the loop something, in order.
  pub fn post(&self, entry: Entry) {
    Self::post_in(self.state(), entry);
  }

  pub(super) fn post_in(mut state: MutexGuard<'_, State>, entry: Entry) {
    let Some(thread) = state.thread.clone() else {
      if !matches!(state.roster.phase(), roster::Phase::Ended(_)) {
        state.backlog.push(entry);
      }
      return;
    };
    let ends_waits = matches!(entry, Entry::Cancel(_) | Entry::Close);
    let _ = thread.hub.push(entry); // The runner of a dead hub ends, and that releases all who wait for an effect.
    drop(state); // LOCK: released before the wake.
    thread.hub.wake();
    if ends_waits {
      thread.doorbell.ask_to_cut(); // The thread may sleep in a blocking door.
    }
  }

  /// Takes a task; false when no more work is taken.
  pub fn start(self: &Arc<Self>, task: &Arc<Task>) -> bool {
    let mut state = self.state();
    if state.roster.start(task.id, Arc::clone(task)).is_err() {
      return false;
    }
    Self::post_in(state, Entry::Start(Arc::clone(task)));
    self.be_watched();
    true
  }

  /// Takes a task that does not run on the loop; false when no more work is taken.
  #[cfg_attr(not(feature = "scripts"), allow(dead_code, reason = "there are no scripts"))]
  pub fn start_apart(&self, task: &Arc<Task>) -> bool {
    let is_taken = self.state().roster.start(task.id, Arc::clone(task)).is_ok();
    if is_taken {
      self.scripts.be_used();
    }
    is_taken
  }

  pub fn task(&self, id: Id) -> Option<Arc<Task>> {
    self.state().roster.tasks().get(&id).cloned()
  }

  /// The name of a task of any loop, as far as it runs, or has left work that waits.
  pub fn name_of_task(&self, id: Id) -> Option<TaskName> {
    self.own_name_of_task(id).or_else(|| Self::all().iter().find_map(|runner| runner.own_name_of_task(id)))
  }

  fn own_name_of_task(&self, id: Id) -> Option<TaskName> {
    let left = || self.left.lock().get(&id).cloned();
    self.task(id).map(TaskName::Of).or_else(|| left().map(TaskName::Left))
  }

  /// A task has ended and has left work that waits; without a name, that waits no more.
  pub fn task_has_left(&self, id: Id, name: Option<Arc<str>>) {
    let mut left = self.left.lock();
    match name {
      Some(name) => left.insert(id, name),
      None => left.remove(&id),
    };
  }

  /// Lets go of a task, which has ended.
  pub fn take_task(&self, id: Id) -> Option<Arc<Task>> {
    self.state().roster.finish(id)
  }

  /// Ties a primitive's life to the runner's.
  pub fn adopt<M: Member + 'static>(&self, member: &Arc<M>) {
    let weak: Weak<M> = Arc::downgrade(member);
    let adopted = self.state().roster.adopt(weak);
    if let Err(end) = adopted {
      Arc::clone(member).end(end);
    }
  }

  /// Has the maker's thread, if it blocks, look now whether its runners are alive.
  pub fn have_maker_look(&self) {
    self.maker().doorbell.ask();
  }

  /// Asks the maker's thread for something.
  pub fn tell_maker(self: &Arc<Self>, service: Service) {
    let is_for_hook = matches!(service, Service::Failure(..) | Service::Died(..));
    if self.manner().listens || !is_for_hook {
      self.maker().ask(service);
    }
  }
}
