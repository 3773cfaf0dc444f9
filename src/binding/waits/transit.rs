//! What crosses in more than one call: batches, errors, and requests until they are answered.
//!
//! Promises that a request is known by one number from the moment it is taken until it is answered or becomes a future
//! of its own; and that batches, while they are gathered or fetched, are apart from each other: what is done with an
//! item may run user code, which may gather or fetch another batch.

use super::select::Choices;
use crate::{
  binding::values::{
    outcome::{RequestOf, Settlement},
    payload::Payload,
  },
  core::{error::End, future::FutureCell},
};
use rustc_hash::FxHashMap;
use slab::Slab;
use std::{
  cell::RefCell,
  collections::{VecDeque, hash_map::Entry},
  sync::Arc,
};

/// One thread's values in transit.
#[derive(Default)]
pub struct Transit {
  /// Items that JavaScript fetches.
  pub incoming: RefCell<Batches<Payload>>,
  /// Items that JavaScript gathers.
  pub outgoing: Gathered<Vec<Payload>>,
  /// Waits for several things that JavaScript puts together.
  pub choices: Gathered<Choices>,
  /// Errors that JavaScript fetches.
  pub failures: RefCell<Batches<Arc<Payload>>>,
  pub requests: RefCell<Requests>,
}

/// What JavaScript gathers in several calls; each gathering within the one before.
#[derive(Default)]
pub struct Gathered<T>(RefCell<Vec<T>>);

impl<T: Default> Gathered<T> {
  /// Begins to gather, within `outer` others. What is left of any other is forgotten.
  pub fn begin(&self, outer: usize) {
    let mut all = self.0.borrow_mut();
    all.truncate(outer);
    all.resize_with(outer + 1, T::default);
  }

  /// Changes what is gathered within `outer` others; `None` where nothing is.
  pub fn within<R>(&self, outer: usize, change: impl FnOnce(&mut T) -> R) -> Option<R> {
    let mut all = self.0.borrow_mut();
    all.truncate(outer + 1); // What one within this may have left.
    all.get_mut(outer).map(change)
  }

  /// Forgets what is gathered within `outer` others.
  pub fn forget(&self, outer: usize) {
    self.0.borrow_mut().truncate(outer);
  }

  /// Ends the gathering within `outer` others, and returns what was gathered.
  pub fn end(&self, outer: usize) -> T {
    let mut all = self.0.borrow_mut();
    all.truncate(outer + 1);
    if all.len() > outer { all.pop().unwrap_or_default() } else { T::default() }
  }
}

/// Batches that JavaScript fetches one by one, each under a number until it has been read whole.
///
/// What was fetched last stays in its batch until it has been read: until the next is fetched, or JavaScript says so.
pub struct Batches<T>(Slab<Batch<T>>);

struct Batch<T> {
  items: VecDeque<T>,
  /// Whether the first has been fetched.
  is_fetched: bool,
}

impl<T> Default for Batches<T> {
  fn default() -> Self {
    Self(Slab::new())
  }
}

impl<T> Batches<T> {
  /// Has these fetched, and returns the number of their batch.
  pub fn open(&mut self, items: impl IntoIterator<Item = T>) -> usize {
    let items: VecDeque<_> = items.into_iter().collect();
    // An empty one is never asked for.
    if items.is_empty() { 0 } else { self.0.insert(Batch { items, is_fetched: false }) }
  }

  /// The next of a batch; the one before has been read.
  pub fn next(&mut self, number: usize) -> Option<&T> {
    if self.0.get(number)?.is_fetched {
      self.has_read(number);
    }
    let batch = self.0.get_mut(number)?;
    batch.is_fetched = true;
    batch.items.front()
  }

  /// What was fetched last has been read.
  pub fn has_read(&mut self, number: usize) {
    let Some(batch) = self.0.get_mut(number) else { return };
    batch.items.pop_front();
    batch.is_fetched = false;
    if batch.items.is_empty() {
      self.0.remove(number);
    }
  }

  /// All that was not read, with what was fetched last or without it.
  pub fn close(&mut self, number: usize, with_last: bool) -> VecDeque<T> {
    let Some(Batch { mut items, is_fetched }) = self.0.try_remove(number) else { return VecDeque::new() };
    if is_fetched && !with_last {
      items.pop_front();
    }
    items
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

  /// A request that goes on.
  pub fn get(&self, number: u32) -> Option<&RequestOf> {
    self.open.get(&number)
  }

  /// Whether the call of this reply is among them.
  pub fn has(&self, reply: &FutureCell<Settlement>) -> bool {
    self.open.values().any(|request| request.reply.is(reply))
  }

  /// The thread has ended, and nobody else can answer them.
  pub fn end(&mut self) {
    for request in std::mem::take(&mut self.open).into_values() {
      request.reply.end(End::Died);
    }
  }
}
