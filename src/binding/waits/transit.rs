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
    protocol::OfScript,
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

/// Batches that JavaScript fetches, one item or some at a time, each under a number until it has been read whole.
///
/// What was fetched last stays in its batch until it has been read: until more is fetched, or JavaScript says so.
pub struct Batches<T>(Slab<Batch<T>>);

struct Batch<T> {
  items: VecDeque<T>,
  /// How many items of them have been fetched.
  fetched: usize,
}

/// What stands in a batch: an item, or several.
pub trait Element {
  fn count(&self) -> usize {
    1
  }

  /// Drops so many from the front of several; fewer than there are.
  fn skip(&mut self, _count: usize) {}
}

impl Element for Arc<Payload> {}

impl Element for Payload {
  fn count(&self) -> usize {
    self.count()
  }

  fn skip(&mut self, count: usize) {
    self.cut(count);
  }
}

/// Drops the first items.
fn skip<T: Element>(elements: &mut VecDeque<T>, count: usize) {
  let mut left = count;
  while left > 0
    && let Some(first) = elements.front_mut()
  {
    let of_first = first.count();
    if of_first > left {
      return first.skip(left);
    }
    left -= of_first;
    elements.pop_front();
  }
}

impl<T> Default for Batches<T> {
  fn default() -> Self {
    Self(Slab::new())
  }
}

impl<T: Element> Batches<T> {
  /// Has these fetched, and returns the number of their batch.
  pub fn open(&mut self, items: impl Into<VecDeque<T>>) -> usize {
    let items = items.into();
    // An empty one is never asked for.
    if items.is_empty() { 0 } else { self.0.insert(Batch { items, fetched: 0 }) }
  }

  /// The next of a batch; the one before has been read.
  pub fn next(&mut self, number: usize) -> Option<&T> {
    let batch = self.rest(number)?;
    batch.fetched = 1;
    batch.items.front()
  }

  /// As many of a batch as `fetch` fetches of all that are left; those before have been read.
  pub fn fetch<R>(&mut self, number: usize, fetch: impl FnOnce(&[T]) -> (R, usize)) -> Option<R> {
    let batch = self.rest(number)?;
    let (value, count) = fetch(batch.items.make_contiguous());
    batch.fetched = count;
    Some(value)
  }

  /// A batch without what has been read of it.
  fn rest(&mut self, number: usize) -> Option<&mut Batch<T>> {
    self.has_read(number);
    self.0.get_mut(number)
  }

  /// What was fetched last has been read.
  pub fn has_read(&mut self, number: usize) {
    let Some(batch) = self.0.get_mut(number) else { return };
    skip(&mut batch.items, batch.fetched);
    batch.fetched = 0;
    if batch.items.is_empty() {
      self.0.remove(number);
    }
  }

  /// All that was not read, where so many were of what was fetched last.
  pub fn close(&mut self, number: usize, read: usize) -> VecDeque<T> {
    let Some(Batch { mut items, fetched }) = self.0.try_remove(number) else { return VecDeque::new() };
    skip(&mut items, read.min(fetched));
    items
  }
}

/// What the number of a request has where a sandboxed script has made it.
const OF_SCRIPT: u32 = 1 << OfScript::Request as u32;

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
      self.last = (self.last + 1) & (OF_SCRIPT - 1); // `Word::Count` has a sign.
      let number = if request.question.is_of_script { self.last | OF_SCRIPT } else { self.last };
      if let Entry::Vacant(vacant) = self.open.entry(number) {
        vacant.insert(request);
        return number;
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
