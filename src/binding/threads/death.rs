//! A runner whose thread ends by itself: of what, and who is told.

use super::{
  js_thread::Service,
  memory,
  runner::{NO_EXIT_CODE, Runner},
};
use std::sync::{Arc, atomic::Ordering};

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

  /// Tells `onTaskError` that its thread has ended by itself, once for each task that it has ended.
  pub(super) fn tell_death(self: &Arc<Self>) {
    let started = self.started();
    if started.is_empty() {
      return self.tell_maker(Service::Died(Arc::clone(self), None));
    }
    for task in started {
      self.tell_maker(Service::Died(Arc::clone(self), Some(task)));
    }
  }
}
