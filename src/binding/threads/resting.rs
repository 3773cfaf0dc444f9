//! A mailbox whose owner can be at rest: from when it says so until something is put in.
//!
//! Promises that a thread which has put something in sees no rest from before that, and that one which sees the rest sees
//! what led to it. `binding/tests/rest.rs` has a model of it, together with the scripts beside a loop.
//!
//! 1. The rest begins and ends under the lock of those who put in; it begins only while nothing is there.

use super::mailbox::{Entry, Mailbox};
use crate::core::sync::{Apart, AtomicBool, Ordering};
use std::{collections::VecDeque, time::Instant};

pub struct RestingMailbox<E: Entry> {
  entries: Mailbox<E>,
  is_at_rest: Apart<AtomicBool>,
}

impl<E: Entry> RestingMailbox<E> {
  pub fn new() -> Self {
    Self { entries: Mailbox::new(), is_at_rest: Apart(AtomicBool::new(false)) }
  }

  /// Puts an entry in; a closed mailbox hands it back.
  pub fn put(&self, entry: E) -> Result<(), E> {
    self.entries.put(entry, || self.rest_is_over())
  }

  /// As `Mailbox::keep_back`.
  pub fn keep_back(&self, entry: E, enough: usize, header: fn(usize) -> E) -> Result<bool, E> {
    self.entries.keep_back(entry, enough, header, || self.rest_is_over())
  }

  /// Puts in what is kept back.
  pub fn release(&self, header: fn(usize) -> E) {
    self.entries.release(header, || self.rest_is_over());
  }

  /// Its owner, which has taken everything and has nothing left to run, is at rest; false where something has come.
  pub fn come_to_rest(&self) -> bool {
    self.entries.look(|is_empty| {
      // ORDERING: Release pairs with the Acquire in `is_at_rest`: a thread that sees the rest sees what led to it.
      self.is_at_rest.store(is_empty, Ordering::Release);
      is_empty
    })
  }

  /// Its owner has something to do that came from no entry.
  pub fn end_rest(&self) {
    self.entries.look(|_| self.rest_is_over());
  }

  /// LOCK: that of those who put in is held. Only loops of servers ever rest; the others are spared the write.
  fn rest_is_over(&self) {
    if self.is_at_rest.load(Ordering::Relaxed) {
      self.is_at_rest.store(false, Ordering::Relaxed);
    }
  }

  /// Whether its owner is at rest. Cheap enough to ask all the time.
  pub fn is_at_rest(&self) -> bool {
    self.is_at_rest.load(Ordering::Acquire)
  }

  /// Whether there is an entry. Cheap enough to ask all the time.
  pub fn has_any(&self) -> bool {
    self.entries.has_any()
  }

  /// Moves everything to `taken`.
  pub fn take_all(&self, taken: &mut VecDeque<E>) {
    self.entries.take_all(taken);
  }

  /// As `Mailbox::replace_one`.
  pub fn replace_one(&self, is_short: impl Fn(&E::Short) -> bool, is_long: impl Fn(&E) -> bool, other: E) -> Option<E> {
    self.entries.replace_one(is_short, is_long, other)
  }

  /// Refuses from now on, and hands over what was not taken.
  pub fn close(&self) -> VecDeque<E> {
    self.entries.close()
  }

  pub fn is_closed(&self) -> bool {
    self.entries.is_closed()
  }

  /// How many entries there are.
  pub fn len(&self) -> usize {
    self.entries.len()
  }

  /// When the first entry came that was not taken.
  pub fn oldest(&self) -> Option<Instant> {
    self.entries.oldest()
  }
}
