//! What crosses in more than one call: batches, errors, and requests until they are answered.
//!
//! Promises that a request is known by one number from the moment it is taken until it is answered or becomes a future
//! of its own.

use crate::{
  binding::values::{outcome::RequestOf, payload::Payload},
  core::error::End,
};
use rustc_hash::FxHashMap;
use std::{
  cell::RefCell,
  collections::{VecDeque, hash_map::Entry},
  sync::Arc,
};

/// One thread's values in transit.
#[derive(Default)]
pub struct Transit {
  /// The items of a batch that JavaScript fetches.
  pub incoming: RefCell<VecDeque<Payload>>,
  /// The items of a batch that JavaScript gathers.
  pub outgoing: RefCell<Vec<Payload>>,
  /// Errors that JavaScript fetches.
  pub failures: RefCell<VecDeque<Arc<Payload>>>,
  pub requests: RefCell<Requests>,
}

impl Transit {
  /// Has these errors fetched, in place of any that were left.
  pub fn set_failures(&self, errors: impl Iterator<Item = Arc<Payload>>) {
    *self.failures.borrow_mut() = errors.collect();
  }
}

/// Requests that JavaScript of this thread has taken and not answered.
#[derive(Default)]
pub struct Requests {
  open: FxHashMap<u32, RequestOf>,
  last: u32,
}

impl Requests {
  /// Keeps a request, and returns its number.
  pub fn keep(&mut self, request: RequestOf) -> u32 {
    loop {
      self.last = (self.last + 1) & 0x7fff_ffff; // `Word::Count` has a sign.
      if let Entry::Vacant(vacant) = self.open.entry(self.last) {
        vacant.insert(request);
        return self.last;
      }
    }
  }

  /// Takes a request, to be answered or to become a future.
  pub fn take(&mut self, number: u32) -> Option<RequestOf> {
    self.open.remove(&number)
  }

  /// The thread has ended, and nobody else can answer them.
  pub fn end(&mut self) {
    for request in std::mem::take(&mut self.open).into_values() {
      request.reply.end(End::Died);
    }
  }
}
