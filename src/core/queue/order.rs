//! Which item of a queue is the next: the one that came first, the one that came last, or the lowest.
//!
//! Promises that entering and taking are a few steps each, or as many as the logarithm of the number of items where they
//! have ranks; that items of the same rank leave in the order in which they came; and that what is handed back becomes the
//! next again, among items of its rank.
//!
//! 1. Of two items of one rank the one with the lower `turn` is next: items that enter get ever higher turns, items that
//!    are handed back ever lower ones.

use std::{
  cmp::{Ordering, Reverse},
  collections::{BinaryHeap, VecDeque},
};

/// How two items compare: the lower one leaves first.
pub(crate) type Compare<T> = fn(&T, &T) -> Ordering;

/// In which order the items of a queue leave it.
#[derive(Debug)]
pub(crate) enum Order<T> {
  /// As they came.
  First,
  /// The last one first.
  Last,
  /// The lowest one first.
  Lowest(Compare<T>),
}

impl<T> Clone for Order<T> {
  fn clone(&self) -> Self {
    *self
  }
}

impl<T> Copy for Order<T> {}

/// An item with what its place depends on.
struct Ranked<T> {
  item: T,
  turn: i64,
  compare: Compare<T>,
}

impl<T> Ord for Ranked<T> {
  fn cmp(&self, other: &Self) -> Ordering {
    (self.compare)(&self.item, &other.item).then(self.turn.cmp(&other.turn))
  }
}

impl<T> PartialOrd for Ranked<T> {
  fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
    Some(self.cmp(other))
  }
}

impl<T> PartialEq for Ranked<T> {
  fn eq(&self, other: &Self) -> bool {
    self.cmp(other).is_eq()
  }
}

impl<T> Eq for Ranked<T> {}

/// Items with ranks.
pub(super) struct Heap<T> {
  items: BinaryHeap<Reverse<Ranked<T>>>,
  compare: Compare<T>,
  first: i64,
  last: i64,
}

/// The items of a queue, in their order.
pub(super) enum Items<T> {
  Line(VecDeque<T>),
  /// The next one is the last.
  Pile(Vec<T>),
  Heap(Heap<T>),
}

impl<T> Items<T> {
  pub(super) fn new(order: Order<T>) -> Self {
    match order {
      Order::First => Self::Line(VecDeque::new()),
      Order::Last => Self::Pile(Vec::new()),
      Order::Lowest(compare) => Self::Heap(Heap { items: BinaryHeap::new(), compare, first: 0, last: 0 }),
    }
  }

  pub(super) fn len(&self) -> usize {
    match self {
      Self::Line(items) => items.len(),
      Self::Pile(items) => items.len(),
      Self::Heap(heap) => heap.items.len(),
    }
  }

  pub(super) fn is_empty(&self) -> bool {
    self.len() == 0
  }

  /// The next item.
  pub(super) fn next(&self) -> Option<&T> {
    match self {
      Self::Line(items) => items.front(),
      Self::Pile(items) => items.last(),
      Self::Heap(heap) => heap.items.peek().map(|Reverse(ranked)| &ranked.item),
    }
  }

  /// The next one of a line, to take something off it.
  pub(super) fn next_mut(&mut self) -> Option<&mut T> {
    if let Self::Line(items) = self { items.front_mut() } else { None }
  }

  /// All items, in no particular order.
  pub(super) fn iter(&self) -> Box<dyn Iterator<Item = &T> + '_> {
    match self {
      Self::Line(items) => Box::new(items.iter()),
      Self::Pile(items) => Box::new(items.iter()),
      Self::Heap(heap) => Box::new(heap.items.iter().map(|Reverse(ranked)| &ranked.item)),
    }
  }

  /// An item has come.
  #[expect(clippy::inline_always, reason = "see `Queue::try_put`")]
  #[inline(always)]
  pub(super) fn enter(&mut self, item: T) {
    match self {
      Self::Line(items) => items.push_back(item),
      Self::Pile(items) => items.push(item),
      Self::Heap(heap) => {
        heap.last += 1;
        heap.add(item, heap.last);
      }
    }
  }

  /// An item that was taken has come back.
  pub(super) fn come_back(&mut self, item: T) {
    match self {
      Self::Line(items) => items.push_front(item),
      Self::Pile(items) => items.push(item),
      Self::Heap(heap) => {
        heap.first -= 1;
        heap.add(item, heap.first);
      }
    }
  }

  /// Takes the next item.
  pub(super) fn take(&mut self) -> Option<T> {
    match self {
      Self::Line(items) => items.pop_front(),
      Self::Pile(items) => items.pop(),
      Self::Heap(heap) => heap.items.pop().map(|Reverse(ranked)| ranked.item),
    }
  }

  /// Takes the next items, up to so many.
  pub(super) fn take_many(&mut self, max: usize) -> Vec<T> {
    match self {
      Self::Line(items) => items.drain(..max.min(items.len())).collect(),
      Self::Pile(items) => items.drain(items.len().saturating_sub(max)..).rev().collect(),
      Self::Heap(heap) => (0..max).map_while(|_| heap.items.pop()).map(|Reverse(ranked)| ranked.item).collect(),
    }
  }

  /// Takes all items.
  pub(super) fn take_all(&mut self) -> VecDeque<T> {
    match self {
      Self::Line(items) => std::mem::take(items),
      _ => self.take_many(usize::MAX).into(),
    }
  }
}

impl<T> Heap<T> {
  fn add(&mut self, item: T, turn: i64) {
    self.items.push(Reverse(Ranked { item, turn, compare: self.compare }));
  }
}
