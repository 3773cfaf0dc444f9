//! The state of a queue under its lock, and how items and room are handed to waiters.
//!
//! 1. While getters wait there are no items; so an item that comes belongs to the longest waiting getter.
//! 2. While putters wait there is no room for the next item of the longest waiting one; so room that comes belongs to
//!    it. Where items have weights, a lighter item behind a heavier one waits until that one is in.
//! 3. A putter is served before its last item is inserted: a putter that is gone inserts nothing.
//! 4. `unfinished` counts what was inserted and not yet reported done, wherever it is now.
//! 5. A putter that refuses, because another branch of its wait has won or its thread is gone, leaves its items in
//!    `refused` until its wait is withdrawn, which every wait is that was not served.

use super::{Outcome, QueueStatistics, stock::Stock};
use crate::core::{
  error::End,
  wait_list::{Key, WaitList},
  waiter::{Waiter, Wakes},
};
use std::collections::VecDeque;

pub(super) struct Getter<T> {
  pub(super) waiter: Waiter<Outcome<T>>,
  pub(super) batch: bool,
}

pub(super) struct Putter<T> {
  pub(super) waiter: Waiter<Outcome<T>>,
  pub(super) items: VecDeque<T>,
  pub(super) put: usize,
}

/// What a putter that refused room has not put, and how many of its items had gone in.
struct Refused<T> {
  of: Key,
  items: VecDeque<T>,
  put: usize,
}

/// What a hand-over and the next wait change is one cache line with the lock: the first two words and the first getter.
#[repr(C)]
pub(super) struct State<T> {
  pub(super) unfinished: usize,
  pub(super) getters: WaitList<Getter<T>>,
  pub(super) end: Option<End>,
  pub(super) items: Stock<T>,
  pub(super) putters: WaitList<Putter<T>>,
  refused: Vec<Refused<T>>,
  pub(super) joiners: WaitList<Waiter<Outcome<T>>>,
  /// How the runner it belongs to has ended; where the queue was shut down before, `end` stays what it was.
  pub(super) bereft: Option<End>,
  drained: bool,
}

impl<T> State<T> {
  /// With the bounds of an empty stock.
  pub(super) fn new(items: Stock<T>) -> Self {
    Self {
      items,
      getters: WaitList::default(),
      putters: WaitList::default(),
      refused: Vec::new(),
      joiners: WaitList::default(),
      unfinished: 0,
      end: None,
      bereft: None,
      drained: false,
    }
  }

  /// Gives an item to the longest waiting getter that is still there.
  fn hand_over(&mut self, mut item: T, wakes: &mut Wakes<Outcome<T>>) -> Result<(), T> {
    while let Some(getter) = self.getters.take_front() {
      let outcome = if getter.batch { Outcome::Items(vec![item]) } else { Outcome::Item(item) };
      match getter.waiter.serve(outcome, wakes) {
        Ok(()) => return Ok(()), // WAKE: one item, one getter.
        // The getter's thread has died, or it was served elsewhere: the next getter is asked.
        Err(Outcome::Item(back)) => item = back,
        Err(Outcome::Items(mut back)) => item = back.pop().expect("the item that was handed over"),
        Err(_) => unreachable!("an outcome is handed back as it was"),
      }
    }
    Err(item)
  }

  #[expect(clippy::inline_always, reason = "see `Queue::try_put`")]
  #[inline(always)]
  pub(super) fn enter(&mut self, item: T, wakes: &mut Wakes<Outcome<T>>) {
    self.unfinished += 1;
    // Each move of an item takes some nanoseconds: none without need.
    if self.getters.is_empty() {
      return self.items.enter(item);
    }
    if let Err(item) = self.hand_over(item, wakes) {
      self.items.enter(item);
    }
  }

  /// An element of so many items enters.
  #[inline]
  fn enter_element(&mut self, element: T, count: usize, wakes: &mut Wakes<Outcome<T>>) {
    if count == 1 { self.enter(element, wakes) } else { self.enter_lot(element, wakes) }
  }

  /// The items of a lot enter, those first for which getters wait.
  fn enter_lot(&mut self, mut lot: T, wakes: &mut Wakes<Outcome<T>>) {
    while !self.getters.is_empty()
      && let Some(item) = self.items.cut_one(&mut lot)
    {
      self.enter(item, wakes);
    }
    match self.items.count(&lot) {
      1 => self.enter(lot, wakes),
      count => {
        self.unfinished += count;
        self.items.enter_lot(lot, count);
      }
    }
  }

  /// Whether an item that comes now may enter: there is room for it that no putter waits for. By invariant 2 only
  /// items with weights need a look at the putters.
  pub(super) fn may_enter(&self, item: &T) -> bool {
    self.items.has_room_for(item) && (!self.items.is_weighted() || self.putters.is_empty())
  }

  /// Inserts as many items as may enter.
  pub(super) fn enter_all(&mut self, items: &mut VecDeque<T>, wakes: &mut Wakes<Outcome<T>>) -> usize {
    let mut put = 0;
    if self.items.is_weighted() && !self.putters.is_empty() {
      return put;
    }
    while let Some((element, count)) = self.items.admit(items) {
      put += count;
      self.enter_element(element, count, wakes);
    }
    put
  }

  /// Gives room that has come to the longest waiting putters.
  pub(super) fn admit_putters(&mut self, wakes: &mut Wakes<Outcome<T>>) {
    while let Some(front) = self.putters.front_mut() {
      let Some((element, count)) = self.items.admit(&mut front.items) else { return };
      front.put += count;
      if !front.items.is_empty() {
        self.enter_element(element, count, wakes);
        continue;
      }
      let (key, Putter { waiter, put, .. }) = self.take_putter().expect("the front putter");
      // WAKE: the putter whose last item goes in. Where it refuses, what comes last stays out (invariant 3).
      match waiter.serve(Outcome::Put(put), wakes) {
        Ok(()) => self.enter_element(element, count, wakes),
        Err(_) => self.refused.push(Refused { of: key, items: [element].into(), put: put - count }), // Invariant 5.
      }
    }
  }

  fn take_putter(&mut self) -> Option<(Key, Putter<T>)> {
    let key = self.putters.front_key()?;
    self.putters.leave(key).map(|putter| (key, putter))
  }

  /// What the putter that stood here did not put, if it has refused to, and how many of its items had gone in.
  pub(super) fn refused_by(&mut self, key: Key) -> Option<(VecDeque<T>, usize)> {
    let index = self.refused.iter().position(|refused| refused.of == key)?;
    let Refused { items, put, .. } = self.refused.swap_remove(index);
    Some((items, put))
  }

  #[inline]
  pub(super) fn take_one(&mut self, wakes: &mut Wakes<Outcome<T>>) -> Option<T> {
    let item = self.items.take_one()?;
    if !self.putters.is_empty() {
      self.admit_putters(wakes);
    }
    Some(item)
  }

  pub(super) fn take_many(&mut self, max: usize, wakes: &mut Wakes<Outcome<T>>) -> Option<Vec<T>> {
    if self.items.is_empty() {
      return None;
    }
    let items = self.items.take(max);
    self.admit_putters(wakes);
    Some(items)
  }

  pub(super) fn take(&mut self, max: Option<usize>, wakes: &mut Wakes<Outcome<T>>) -> Option<Outcome<T>> {
    match max {
      None => self.take_one(wakes).map(Outcome::Item),
      Some(max) => self.take_many(max, wakes).map(Outcome::Items),
    }
  }

  pub(super) fn finish(&mut self, count: usize, wakes: &mut Wakes<Outcome<T>>) {
    // More may have been reported done than was taken.
    self.unfinished = self.unfinished.saturating_sub(count);
    if self.unfinished == 0 {
      while let Some(joiner) = self.joiners.take_front() {
        let _ = joiner.serve(Outcome::Joined, wakes); // WAKE: all; a joiner whose thread is gone needs nothing.
      }
    }
  }

  pub(super) fn give_back(&mut self, items: impl IntoIterator<Item = T>, wakes: &mut Wakes<Outcome<T>>) {
    let mut homeless = Vec::new();
    for mut element in items {
      while !self.getters.is_empty()
        && let Some(item) = self.items.cut_one(&mut element)
      {
        homeless.extend(self.give_back_one(item, wakes));
      }
      homeless.extend(self.give_back_one(element, wakes));
    }
    for element in homeless.into_iter().rev() {
      self.items.come_back(element);
    }
  }

  /// Gives an item to a getter, if there is one; a lot comes here where there is none. Returns what has to come back.
  fn give_back_one(&mut self, element: T, wakes: &mut Wakes<Outcome<T>>) -> Option<T> {
    let element = self.hand_over(element, wakes).err()?;
    if !self.drained {
      return Some(element);
    }
    // The queue was emptied for good while it was away.
    let count = self.items.count(&element);
    wakes.discard(Outcome::Item(element));
    self.finish(count, wakes);
    None
  }

  /// Takes all items; they count as done.
  pub(super) fn clear(&mut self, wakes: &mut Wakes<Outcome<T>>) -> Vec<T> {
    let items = Vec::from(self.items.take_all());
    // Counts the items that were in, not those that come in now.
    let done = self.items.count_all(items.iter()).min(self.unfinished);
    self.admit_putters(wakes);
    self.finish(done, wakes);
    items
  }

  /// Accepts no more items. Returns those that are to be dropped, by the caller, after the lock is released.
  pub(super) fn end(&mut self, end: End, immediate: bool, wakes: &mut Wakes<Outcome<T>>) -> VecDeque<T> {
    let first = *self.end.get_or_insert(end);
    self.end_waits(first, wakes);
    let mut dropped = VecDeque::new();
    if immediate {
      self.drained = true;
      dropped = self.items.take_all();
      self.finish(self.items.count_all(dropped.iter()), wakes);
    }
    if end != End::ShutDown {
      self.bereft.get_or_insert(end);
      while let Some(joiner) = self.joiners.take_front() {
        let _ = joiner.serve(Outcome::ended(end), wakes); // WAKE: all; a joiner whose thread is gone needs nothing.
      }
    }
    dropped
  }

  fn end_waits(&mut self, end: End, wakes: &mut Wakes<Outcome<T>>) {
    while let Some((of, Putter { waiter, items, put })) = self.take_putter() {
      if let Err(Outcome::Ended { rest: items, put, .. }) =
        waiter.serve(Outcome::Ended { end, put, rest: items }, wakes)
      {
        self.refused.push(Refused { of, items, put }); // Invariant 5.
      }
    }
    // By invariant 1 there are no items left where getters wait.
    while let Some(getter) = self.getters.take_front() {
      let _ = getter.waiter.serve(Outcome::ended(end), wakes);
    }
  }

  pub(super) fn statistics(&self) -> QueueStatistics {
    QueueStatistics {
      size: self.items.len(),
      maxsize: self.items.maxsize(),
      weight: self.items.weight(),
      max_weight: self.items.max_weight(),
      getters: self.getters.len(),
      putters: self.putters.len(),
      joiners: self.joiners.len(),
      unfinished: self.unfinished,
      end: self.end,
    }
  }
}
