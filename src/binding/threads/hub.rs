//! How a JavaScript loop is woken: one list of what has happened, and one thread-safe function.
//!
//! Promises that the function is called only on the edge from idle to scheduled, that a hub whose environment is gone
//! refuses, and that nothing it accepted is lost: what was not taken is handed over when the environment ends. Knows
//! nothing of its entries.
//!
//! 1. `scheduled` is true from the call of the function until the loop has looked, found nothing, and said so; a push
//!    after that look sees false and calls again.
//! 2. A turn is counted when the function is called, and again after `scheduled` has become false: a wake with no entry
//!    that came too late to have the function called once more was answered all the same.
//! 3. Lock order: a primitive's lock, then those of `inbox`. No lock is held while the thread-safe function is called but its
//!    own.

use super::{mailbox::Entry, resting::RestingMailbox};
use crate::core::sync::{Apart, Mutex};
use napi::sys;
use std::{
  collections::VecDeque,
  ptr,
  sync::atomic::{AtomicBool, AtomicU32, Ordering},
  time::Instant,
};

/// The thread-safe function, until its environment ends.
struct WakeFunction(sys::napi_threadsafe_function);

// SAFETY: Node documents that it may be called from any thread; ours is forgotten under its lock before it is freed.
unsafe impl Send for WakeFunction {}

/// What has happened for one loop, as entries `E`.
pub struct Hub<E: Entry> {
  inbox: RestingMailbox<E>,
  /// Seldom written: a loop that is served all the time stays awake.
  scheduled: Apart<AtomicBool>,
  /// How often the loop has come round. Written by its own thread only.
  turns: Apart<AtomicU32>,
  wake_function: Mutex<Option<WakeFunction>>,
}

impl<E: Entry> Hub<E> {
  pub fn new() -> Self {
    Self {
      inbox: RestingMailbox::new(),
      scheduled: Apart::default(),
      turns: Apart::default(),
      wake_function: Mutex::new(None),
    }
  }

  pub fn set_wake_function(&self, function: sys::napi_threadsafe_function) {
    *self.wake_function.lock() = Some(WakeFunction(function));
  }

  /// Adds an entry; a dead hub hands it back. The caller wakes the loop when it has released its own locks.
  pub fn push(&self, entry: E) -> Result<(), E> {
    self.inbox.put(entry)
  }

  /// Adds an entry that is kept back until there are `enough`, or until they are released; a dead hub hands it back. Returns
  /// whether it is. Those that are released at one time are taken together, behind the `header` of so many.
  pub fn keep_back(&self, entry: E, enough: usize, header: fn(usize) -> E) -> Result<bool, E> {
    self.inbox.keep_back(entry, enough, header)
  }

  /// Adds what is kept back. The caller wakes the loop.
  pub fn release(&self, header: fn(usize) -> E) {
    self.inbox.release(header);
  }

  /// Wakes the loop unless it is awake or about to be. A loop that is awake is only looked at: a write would take the
  /// cache line away from it.
  pub fn wake(&self) {
    // ORDERING: SeqCst as in `push`: where this still sees what was scheduled before the loop went idle, the loop sees
    // what was pushed before this.
    if !self.scheduled.load(Ordering::SeqCst) && !self.scheduled.swap(true, Ordering::SeqCst) {
      self.call();
    }
  }

  /// Has the wake function called once more, after the present callback scope has closed.
  pub fn call(&self) {
    // LOCK: the environment forgets the function under it before Node frees it.
    if let Some(WakeFunction(function)) = &*self.wake_function.lock() {
      // SAFETY: the function is alive while it stands here.
      unsafe {
        sys::napi_call_threadsafe_function(*function, ptr::null_mut(), sys::ThreadsafeFunctionCallMode::nonblocking)
      };
    }
  }

  /// Whether anything waits to be taken. Cheap enough to ask all the time.
  pub fn has_entries(&self) -> bool {
    // ORDERING: SeqCst pairs with `wake`: either it sees what is scheduled no more, or we see the entry.
    self.inbox.has_any()
  }

  /// Moves everything to `taken`.
  pub fn take(&self, taken: &mut VecDeque<E>) {
    self.inbox.take_all(taken);
  }

  /// Takes the first entry that is this one; where others are counted with it, another stays in its place.
  pub fn take_one(&self, is_short: impl Fn(&E::Short) -> bool, is_long: impl Fn(&E) -> bool, other: E) -> Option<E> {
    self.inbox.replace_one(is_short, is_long, other)
  }

  /// The wake function has nothing to do; false when something has come and it must not stop looking.
  pub fn go_idle(&self) -> bool {
    self.scheduled.store(false, Ordering::SeqCst);
    self.count_turn();
    !self.has_entries() || self.scheduled.swap(true, Ordering::SeqCst)
  }

  /// As `go_idle`, where the loop waits for an immediate: that will wake it, and what has come is looked at then.
  pub fn pause(&self) {
    self.scheduled.store(false, Ordering::SeqCst);
    self.count_turn();
  }

  /// The loop, which has taken everything and has nothing left to run, is at rest; false where something has come. See
  /// `waits/rest.rs`.
  pub fn come_to_rest(&self) -> bool {
    self.inbox.come_to_rest()
  }

  /// The loop has something to do that came from no entry.
  pub fn end_rest(&self) {
    self.inbox.end_rest();
  }

  /// Whether the loop is at rest. Cheap enough to ask all the time; a thread that has pushed an entry sees no rest from
  /// before that.
  pub fn is_at_rest(&self) -> bool {
    self.inbox.is_at_rest()
  }

  /// Refuses from now on, and hands over what was not taken.
  pub fn die(&self) -> VecDeque<E> {
    *self.wake_function.lock() = None;
    self.inbox.close()
  }

  /// Whether it refuses.
  pub fn is_dead(&self) -> bool {
    self.inbox.is_closed()
  }

  /// The loop has come round. Only its own thread says so.
  pub fn count_turn(&self) {
    let turns = &self.turns;
    // ORDERING: Release pairs with the Acquire in `turns`: a thread that sees this turn counted sees the loop idle, and
    // its wake calls the function (invariant 2).
    turns.store(turns.load(Ordering::Relaxed).wrapping_add(1), Ordering::Release);
  }

  /// How often it has come round.
  pub fn turns(&self) -> u32 {
    self.turns.load(Ordering::Acquire)
  }

  /// When the first entry not yet taken came.
  pub fn oldest(&self) -> Option<Instant> {
    self.inbox.oldest()
  }

  /// Entries not yet taken.
  pub fn backlog(&self) -> usize {
    self.inbox.len()
  }
}
