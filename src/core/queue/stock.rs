//! The items in a queue, in their order, and its bounds: how many there may be, and how much they may weigh together.
//!
//! Promises that a queue without a bound by weight never weighs an item. An item that is heavier than the bound still
//! enters an empty queue: otherwise its putter would wait for ever. What is handed back enters in any case.
//!
//! 1. `load` is the sum of the weights of the items that are in.
//! 2. `more` is how many items are in beyond one for each element: an element may be a lot of several items, if the queue
//!    was made for that. In a queue with weights or ranks none is.

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

/// What is known of lots: elements that are several items, which came together and may be taken together.
pub(crate) struct Lots<T> {
  /// How many items an element is; 1 for an item.
  pub(crate) count: fn(&T) -> usize,
  /// Takes so many items off the front of a lot that has more.
  pub(crate) cut: fn(&mut T, usize) -> T,
}

pub(super) struct Stock<T> {
  items: Items<T>,
  maxsize: usize,
  scale: Option<Scale<T>>,
  lots: Option<Lots<T>>,
  more: usize,
}

/// 0 is for any number.
fn bound(number: usize) -> usize {
  if number == 0 { usize::MAX } else { number }
}

impl<T> Stock<T> {
  pub(super) fn new(order: Order<T>, maxsize: usize) -> Self {
    Self { items: Items::new(order), maxsize: bound(maxsize), scale: None, lots: None, more: 0 }
  }

  /// A line without weights, whose elements may be lots.
  #[cfg(any(test, feature = "node"))]
  pub(super) fn of_lots(maxsize: usize, lots: Lots<T>) -> Self {
    Self { lots: Some(lots), ..Self::new(Order::First, maxsize) }
  }

  pub(super) fn weighted(order: Order<T>, maxsize: usize, max_weight: usize, weigh: fn(&T) -> usize) -> Self {
    let scale = Scale { most: bound(max_weight), load: 0, weigh };
    Self { scale: (max_weight != 0).then_some(scale), ..Self::new(order, maxsize) }
  }

  pub(super) fn len(&self) -> usize {
    self.items.len() + self.more
  }

  /// How many items an element is.
  pub(super) fn count(&self, element: &T) -> usize {
    self.lots.as_ref().map_or(1, |lots| (lots.count)(element))
  }

  /// How many items these are.
  pub(super) fn count_all<'a>(&self, elements: impl ExactSizeIterator<Item = &'a T>) -> usize
  where
    T: 'a,
  {
    match &self.lots {
      None => elements.len(),
      Some(lots) => elements.map(lots.count).sum(),
    }
  }

  /// Takes the first item off a lot; `None` where the element is an item.
  pub(super) fn cut_one(&self, element: &mut T) -> Option<T> {
    self.lots.as_ref().filter(|lots| (lots.count)(element) > 1).map(|lots| (lots.cut)(element, 1))
  }

  /// Of what waits for room, the next items that have some, as one element, and how many they are.
  #[inline]
  pub(super) fn admit(&self, waiting: &mut VecDeque<T>) -> Option<(T, usize)> {
    let next = waiting.front_mut()?;
    if !self.has_room_for(next) {
      return None;
    }
    let room = self.maxsize - self.len();
    match &self.lots {
      Some(lots) => match (lots.count)(next) {
        count if count > room => Some(((lots.cut)(next, room), room)),
        count => Some((waiting.pop_front()?, count)),
      },
      None => Some((waiting.pop_front()?, 1)),
    }
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
    let has_place = self.len() < self.maxsize;
    has_place && self.scale.as_ref().is_none_or(|scale| self.items.is_empty() || scale.fits(item))
  }

  pub(super) fn is_full(&self) -> bool {
    self.len() >= self.maxsize || self.scale.as_ref().is_some_and(|scale| scale.load >= scale.most)
  }

  /// How many items must go until it is no more than half full; where that is by weight, 1 stands for any number.
  #[cfg(feature = "node")]
  pub(super) fn excess(&self) -> Option<usize> {
    let by_number = self.len().checked_sub(self.maxsize / 2).filter(|&excess| excess > 0);
    by_number.or_else(|| self.scale.as_ref().is_some_and(|scale| scale.load > scale.most / 2).then_some(1))
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

  /// A lot has come.
  pub(super) fn enter_lot(&mut self, lot: T, count: usize) {
    self.more += count - 1;
    self.items.enter(lot);
  }

  /// What was taken has come back, and is the next of its rank.
  pub(super) fn come_back(&mut self, item: T) {
    self.more += self.count(&item) - 1;
    if let Some(scale) = &mut self.scale {
      scale.add(&item);
    }
    self.items.come_back(item);
  }

  /// Takes the next item.
  pub(super) fn take_one(&mut self) -> Option<T> {
    if self.more > 0 {
      return self.take_one_of_lots();
    }
    let item = self.items.take()?;
    if let Some(scale) = &mut self.scale {
      scale.remove(&item);
    }
    Some(item)
  }

  /// Takes up to so many, in order.
  pub(super) fn take(&mut self, max: usize) -> Vec<T> {
    if self.more > 0 {
      return self.take_of_lots(max);
    }
    let taken = self.items.take_many(max);
    if let Some(scale) = &mut self.scale {
      for item in &taken {
        scale.remove(item);
      }
    }
    taken
  }

  /// The same where some elements are lots.
  fn take_one_of_lots(&mut self) -> Option<T> {
    let (lots, next) = (self.lots.as_ref()?, self.items.next_mut()?);
    if (lots.count)(next) == 1 {
      return self.items.take();
    }
    self.more -= 1;
    Some((lots.cut)(next, 1))
  }

  /// The same of several.
  fn take_of_lots(&mut self, max: usize) -> Vec<T> {
    let mut taken = Vec::new();
    let mut left = max;
    while left > 0
      && let (Some(lots), Some(next)) = (&self.lots, self.items.next_mut())
    {
      let count = (lots.count)(next);
      if count > left {
        taken.push((lots.cut)(next, left));
        self.more -= left;
        break;
      }
      self.more -= count - 1;
      left -= count;
      taken.extend(self.items.take());
    }
    taken
  }

  pub(super) fn take_all(&mut self) -> VecDeque<T> {
    self.more = 0;
    if let Some(scale) = &mut self.scale {
      scale.load = 0;
    }
    self.items.take_all()
  }
}
