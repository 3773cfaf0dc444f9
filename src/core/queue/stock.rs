//! The items in a queue, in their order, and its bounds: how many there may be, and how much they may weigh together.
//!
//! Promises that a queue without a bound by weight never weighs an item. An item that is heavier than the bound still
//! enters an empty queue: otherwise its putter would wait for ever. What is handed back enters in any case.
//!
//! 1. `load` is the sum of the weights of the items that are in.

use super::order::{Items, Order};
use std::collections::VecDeque;

/// The bound by weight.
struct Scale<T> {
  most: usize,
  load: usize,
  weigh: fn(&T) -> usize,
}

impl<T> Scale<T> {
  fn fits(&self, item: &T) -> bool {
    self.load.saturating_add((self.weigh)(item)) <= self.most
  }

  fn add(&mut self, item: &T) {
    self.load = self.load.saturating_add((self.weigh)(item));
  }

  fn remove(&mut self, item: &T) {
    self.load = self.load.saturating_sub((self.weigh)(item));
  }
}

pub(super) struct Stock<T> {
  items: Items<T>,
  maxsize: usize,
  scale: Option<Scale<T>>,
}

/// 0 is for any number.
fn bound(number: usize) -> usize {
  if number == 0 { usize::MAX } else { number }
}

impl<T> Stock<T> {
  pub(super) fn new(order: Order<T>, maxsize: usize) -> Self {
    Self { items: Items::new(order), maxsize: bound(maxsize), scale: None }
  }

  pub(super) fn weighted(order: Order<T>, maxsize: usize, max_weight: usize, weigh: fn(&T) -> usize) -> Self {
    let scale = Scale { most: bound(max_weight), load: 0, weigh };
    Self { scale: (max_weight != 0).then_some(scale), ..Self::new(order, maxsize) }
  }

  pub(super) fn len(&self) -> usize {
    self.items.len()
  }

  pub(super) fn maxsize(&self) -> usize {
    self.maxsize
  }

  pub(super) fn weight(&self) -> usize {
    self.scale.as_ref().map_or(0, |scale| scale.load)
  }

  pub(super) fn max_weight(&self) -> usize {
    self.scale.as_ref().map_or(usize::MAX, |scale| scale.most)
  }

  pub(super) fn is_empty(&self) -> bool {
    self.items.is_empty()
  }

  /// Whether the size of an item makes a difference to whether there is room for it.
  pub(super) fn is_weighted(&self) -> bool {
    self.scale.is_some()
  }

  pub(super) fn has_room_for(&self, item: &T) -> bool {
    let has_place = self.items.len() < self.maxsize;
    has_place && self.scale.as_ref().is_none_or(|scale| self.items.is_empty() || scale.fits(item))
  }

  pub(super) fn is_full(&self) -> bool {
    self.items.len() >= self.maxsize || self.scale.as_ref().is_some_and(|scale| scale.load >= scale.most)
  }

  #[cfg(feature = "node")]
  pub(super) fn is_more_than_half_full(&self) -> bool {
    self.items.len() > self.maxsize / 2 || self.scale.as_ref().is_some_and(|scale| scale.load > scale.most / 2)
  }

  /// The next item.
  pub(super) fn front(&self) -> Option<&T> {
    self.items.next()
  }

  pub(super) fn iter(&self) -> impl Iterator<Item = &T> {
    self.items.iter()
  }

  /// An item has come.
  #[expect(clippy::inline_always, reason = "see `Queue::try_put`")]
  #[inline(always)]
  pub(super) fn enter(&mut self, item: T) {
    if let Some(scale) = &mut self.scale {
      scale.add(&item);
    }
    self.items.enter(item);
  }

  /// An item that was taken has come back, and is the next of its rank.
  pub(super) fn come_back(&mut self, item: T) {
    if let Some(scale) = &mut self.scale {
      scale.add(&item);
    }
    self.items.come_back(item);
  }

  /// Takes the next item.
  pub(super) fn take_one(&mut self) -> Option<T> {
    let item = self.items.take()?;
    if let Some(scale) = &mut self.scale {
      scale.remove(&item);
    }
    Some(item)
  }

  /// Takes up to so many, in order.
  pub(super) fn take(&mut self, max: usize) -> Vec<T> {
    let taken = self.items.take_many(max);
    if let Some(scale) = &mut self.scale {
      for item in &taken {
        scale.remove(item);
      }
    }
    taken
  }

  pub(super) fn take_all(&mut self) -> VecDeque<T> {
    if let Some(scale) = &mut self.scale {
      scale.load = 0;
    }
    self.items.take_all()
  }
}
