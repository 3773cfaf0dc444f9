//! A runner whose thread ends by itself: of what, and who is told.
//!
//! Promises that such an end is an error of the runner like one of its tasks, kept until somebody has seen it; but for that
//! of a thread which the end of its maker's has taken along.

use super::{
  js_thread::Service,
  memory,
  runner::{NO_EXIT_CODE, Runner, UNSEEN},
  task::{Description, Task},
  unseen::Death,
};
use crate::binding::values::{outcome::Settlement, payload::Payload, protocol::Kind};
use std::sync::{Arc, atomic::Ordering};

/// How many tasks are named that have ended with their loop.
const NAMED: usize = 4;

impl Runner {
  /// To be called on its thread: notes the limit of its heap, which Node raises when the heap is full.
  pub(super) fn note_limit(&self) {
    self.heap_limit.store(memory::heap_limit().unwrap_or(0), Ordering::Relaxed);
  }

  /// To be called on its thread at the end of that: notes whether its heap was full. Node then reports exit code 1.
  pub fn note_memory(&self) {
    let (before, now) = (self.heap_limit.load(Ordering::Relaxed), memory::heap_limit().unwrap_or(0));
    let has_told = self.exit_code.load(Ordering::SeqCst) != NO_EXIT_CODE;
    if before > 0 && now > before && !has_told {
      self.has_run_out_of_memory.store(true, Ordering::SeqCst);
      self.exit_code.store(1, Ordering::SeqCst);
    }
  }

  /// Says how many megabytes the old generation of its heap may have.
  pub fn limit_heap(&self, megabytes: f64) {
    self.old_generation.store(megabytes.to_bits(), Ordering::Relaxed);
  }

  /// Where its thread has run out of memory, how many megabytes the old generation of its heap might have.
  pub fn full_heap(&self) -> Option<f64> {
    let megabytes = f64::from_bits(self.old_generation.load(Ordering::Relaxed));
    self.has_run_out_of_memory.load(Ordering::SeqCst).then_some(megabytes)
  }

  /// Keeps the end of its thread, which came by itself, until it has been seen, and tells `onTaskError` of it, once for each
  /// task that it has ended.
  pub(super) fn tell_death(self: &Arc<Self>) {
    let mut started = self.started();
    started.sort_by_key(|task| task.id);
    if !self.maker().hub.is_dead() {
      self.keep_death(&started);
    }
    if started.is_empty() {
      return self.tell_maker(Service::Died(Arc::clone(self), None));
    }
    for task in started {
      self.tell_maker(Service::Died(Arc::clone(self), Some(task)));
    }
  }

  /// The thread that has made it ends, and was not told that this one had: it may have taken it along, which is no failure.
  pub fn maker_ends(&self) {
    let has_told = self.exit_code.load(Ordering::SeqCst) != NO_EXIT_CODE || self.cause.lock().is_some();
    if !has_told {
      self.death_seen();
    }
  }

  fn keep_death(self: &Arc<Self>, started: &[Arc<Task>]) {
    let name = Some(what_fails(started).into_boxed_str());
    let description =
      Description { kind: Kind::Death, name, source: None, lifetime: f64::INFINITY, note: String::new() };
    let failure = Task::new(Arc::clone(self), description, None);
    #[expect(clippy::cast_precision_loss, reason = "2^53 things are never made")]
    let payload = Payload::Number(self.id as f64);
    let _ = failure.future.set_result(Settlement::new(true, payload));
    if self.death.set(Death { failure: failure.id, at: failure.failed_at() }).is_ok() {
      self.keep_failure(&failure);
    }
  }

  /// Somebody has been told that its thread has ended by itself.
  pub fn death_seen(&self) {
    if let Some(Death { failure, .. }) = self.death.get().copied() {
      self.failure_seen(failure);
    }
  }

  /// Whether its thread has ended because the process does.
  pub fn has_died_of_end(&self) -> bool {
    self.death.get().map_or_else(|| UNSEEN.has_ended(), |death| UNSEEN.is_of_end(death.at))
  }
}

/// What has come to nothing with a loop, in words: these tasks.
fn what_fails(tasks: &[Arc<Task>]) -> String {
  let names: Vec<_> = tasks.iter().take(NAMED).map(|task| format!("'{}'", task.name())).collect();
  let more = if tasks.len() > NAMED { ", …" } else { "" };
  match tasks.len() {
    0 => "The loop".to_owned(),
    1 => format!("Task {}", names[0]),
    _ => format!("Tasks {}{more}", names.join(", ")),
  }
}
