//! What several threads did with a queue, and a search for an order of their steps that a queue without threads could have
//! had (Wing and Gong). Every operation must seem to happen at one moment between its call and its return: also one that
//! timed out, which must have had no effect, at a moment at which it had to wait.

use crate::core::{
  error::{End, WaitError},
  queue::Order,
};
use std::collections::{HashSet, VecDeque};

#[derive(Clone, Debug)]
pub(super) enum Call {
  TryGet,
  TryPut(u32),
  Get,
  GetMany(usize),
  Put(Vec<u32>),
  Clear,
  TaskDone,
  Join,
  ShutDown(bool),
  End,
  Statistics,
}

/// How a call returned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Return {
  Items(Vec<u32>),
  /// So many items went in; then the wait was over, for this reason if not all of them did.
  Put(usize, Option<WaitError>),
  Done,
  /// There was no item, no room, nothing to report.
  Refused,
  Failed(WaitError),
  Statistics(usize, usize, bool),
}

/// A call, how it returned, and when both were.
#[derive(Clone, Debug)]
pub(super) struct Event {
  pub(super) call: Call,
  pub(super) result: Return,
  pub(super) begun: u64,
  pub(super) over: u64,
}

pub(super) type History = Vec<Vec<Event>>;

/// The bounds of a queue: by number, and by weight. 0 is for none.
pub(super) type Bounds = (usize, usize);

/// Which item is the next.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(super) enum Kind {
  #[default]
  First,
  Last,
  Lowest,
}

impl Kind {
  pub(super) fn order(self) -> Order<u32> {
    match self {
      Self::First => Order::First,
      Self::Last => Order::Last,
      Self::Lowest => Order::Lowest(|one, other| rank(*one).cmp(&rank(*other))),
    }
  }

  /// The place of the next of the items, which are in the order in which they came.
  fn next(self, items: &VecDeque<u32>) -> Option<usize> {
    match self {
      Self::First => (!items.is_empty()).then_some(0),
      Self::Last => items.len().checked_sub(1),
      Self::Lowest => (0..items.len()).min_by_key(|at| (rank(items[*at]), *at)),
    }
  }
}

/// Several items have the same.
fn rank(item: u32) -> u32 {
  item % 3
}

pub(super) fn weight(item: u32) -> usize {
  item as usize % 4
}

/// A queue without threads.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
struct Model {
  kind: Kind,
  items: VecDeque<u32>,
  unfinished: usize,
  ended: Option<u8>,
  is_bereft: bool,
}

const SHUT_DOWN: u8 = 1;
const CLOSED: u8 = 2;

impl Model {
  fn end(&self) -> Option<End> {
    self.ended.map(|end| if end == SHUT_DOWN { End::ShutDown } else { End::Closed })
  }

  fn has_room_for(&self, item: u32, (maxsize, max_weight): Bounds) -> bool {
    let load: usize = self.items.iter().copied().map(weight).sum();
    let fits = max_weight == 0 || self.items.is_empty() || load + weight(item) <= max_weight;
    fits && (maxsize == 0 || self.items.len() < maxsize)
  }

  fn take_items(&mut self, max: usize) -> Vec<u32> {
    (0..max).map_while(|_| self.items.remove(self.kind.next(&self.items)?)).collect()
  }

  fn take(&mut self, max: usize) -> Return {
    match self.end() {
      _ if !self.items.is_empty() => Return::Items(self.take_items(max)),
      Some(end) => Return::Failed(WaitError::Ended(end)),
      None => Return::Refused,
    }
  }

  fn enter(&mut self, item: u32) {
    self.items.push_back(item);
    self.unfinished += 1;
  }

  fn empty(&mut self) -> Vec<u32> {
    let items = self.take_items(usize::MAX);
    self.unfinished = self.unfinished.saturating_sub(items.len());
    items
  }

  /// Whether a putter has to wait with this item. Where items have weights, that there is room for it is not enough:
  /// another putter may be waiting before it.
  fn may_be_full(&self, item: u32, bounds: Bounds) -> bool {
    self.ended.is_none() && (bounds.1 != 0 || !self.has_room_for(item, bounds))
  }

  fn ends(&self, end: WaitError) -> bool {
    self.end().map(WaitError::Ended) == Some(end)
  }

  /// One step of an event whose first `step` items are in. Returns whether it can be now, and whether it was the last.
  fn step(&mut self, event: &Event, step: usize, bounds: Bounds) -> Option<bool> {
    let is_so = match (&event.call, &event.result) {
      (Call::Put(items), Return::Put(put, _)) if step < *put => {
        let can_be = self.ended.is_none() && self.has_room_for(items[step], bounds);
        self.enter(items[step]);
        return can_be.then_some(step + 1 == items.len());
      }
      (Call::Put(items), Return::Put(_, Some(WaitError::TimedOut))) => self.may_be_full(items[step], bounds),
      (Call::Put(_), Return::Put(_, Some(end))) | (Call::TryPut(_), Return::Failed(end)) => self.ends(*end),
      (Call::TryPut(item), Return::Done) => {
        let can_be = self.ended.is_none() && self.has_room_for(*item, bounds);
        self.enter(*item);
        can_be
      }
      (Call::TryPut(item), Return::Refused) => self.may_be_full(*item, bounds),
      (Call::TryGet | Call::Get, result) => self.take(1) == timed_out_as_refused(result),
      (Call::GetMany(max), result) => self.take(*max) == timed_out_as_refused(result),
      (Call::Clear, Return::Items(items)) => self.empty() == *items,
      (Call::TaskDone, Return::Refused) | (Call::Join, Return::Done) => self.unfinished == 0,
      (Call::TaskDone, _) => {
        let can_be = self.unfinished > 0;
        self.unfinished = self.unfinished.saturating_sub(1);
        can_be
      }
      (Call::Join, Return::Failed(WaitError::TimedOut)) => self.unfinished > 0 && !self.is_bereft,
      (Call::Join, _) => self.unfinished > 0 && self.is_bereft,
      (Call::ShutDown(is_immediate), _) => {
        self.ended.get_or_insert(SHUT_DOWN);
        if *is_immediate {
          self.empty();
        }
        true
      }
      (Call::End, _) => {
        self.ended.get_or_insert(CLOSED);
        self.is_bereft = true;
        true
      }
      (Call::Statistics, Return::Statistics(size, unfinished, has_ended)) => {
        (*size, *unfinished, *has_ended) == (self.items.len(), self.unfinished, self.ended.is_some())
      }
      _ => false,
    };
    is_so.then_some(true)
  }
}

/// A wait for an item that was in vain has found what an attempt would have.
fn timed_out_as_refused(result: &Return) -> Return {
  if *result == Return::Failed(WaitError::TimedOut) { Return::Refused } else { result.clone() }
}

/// Where a search has come: how many events of each thread are over, how many items of the next one are in, the queue.
type Place = (Vec<(usize, usize)>, Model);

/// Whether the steps of a history can be put into an order that a queue of this kind without threads could have had.
pub(super) fn is_possible(history: &History, bounds: Bounds, kind: Kind) -> bool {
  let mut seen: HashSet<Place> = HashSet::new();
  let mut open = vec![(vec![(0, 0); history.len()], Model { kind, ..Model::default() })];
  while let Some((at, model)) = open.pop() {
    if history.iter().zip(&at).all(|(events, (next, _))| *next == events.len()) {
      return true;
    }
    if !seen.insert((at.clone(), model.clone())) {
      continue;
    }
    // What returned before another call was made comes before it.
    let first_over =
      history.iter().zip(&at).filter_map(|(events, (next, _))| events.get(*next)).map(|event| event.over);
    let first_over = first_over.min().expect("one is not over");
    for (thread, events) in history.iter().enumerate() {
      let (next, step) = at[thread];
      let Some(event) = events.get(next).filter(|event| event.begun < first_over) else { continue };
      let mut model = model.clone();
      if let Some(is_last) = model.step(event, step, bounds) {
        let mut at = at.clone();
        at[thread] = if is_last { (next + 1, 0) } else { (next, step + 1) };
        open.push((at, model));
      }
    }
  }
  false
}

/// The same for a queue whose first item is the next.
fn is_linearizable(history: &History, bounds: Bounds) -> bool {
  is_possible(history, bounds, Kind::First)
}

fn event(call: Call, result: Return, begun: u64, over: u64) -> Event {
  Event { call, result, begun, over }
}

/// The judge must see what is wrong, or it would find every queue right.
#[test]
fn what_no_queue_can_do_is_found() {
  let got = |item, begun, over| event(Call::Get, Return::Items(vec![item]), begun, over);
  let put = |item, begun, over| event(Call::TryPut(item), Return::Done, begun, over);
  let late = |call, begun, over| event(call, Return::Failed(WaitError::TimedOut), begun, over);
  let wrong: [(&str, Bounds, History); 8] = [
    ("got twice", (0, 0), vec![vec![put(1, 0, 1)], vec![got(1, 2, 5)], vec![got(1, 3, 4)]]),
    ("got before it was put", (0, 0), vec![vec![put(1, 2, 3)], vec![got(1, 0, 1)]]),
    ("out of order", (0, 0), vec![vec![put(1, 0, 1), put(2, 2, 3)], vec![got(2, 4, 5), got(1, 6, 7)]]),
    ("timed out though it was there", (0, 0), vec![vec![put(1, 0, 1)], vec![late(Call::Get, 2, 3)]]),
    ("in though it was full", (1, 0), vec![vec![put(1, 0, 1), put(2, 2, 3)]]),
    ("too heavy", (0, 4), vec![vec![put(3, 0, 1), put(2, 2, 3)]]),
    ("joined though one is unfinished", (0, 0), vec![vec![put(1, 0, 1), event(Call::Join, Return::Done, 2, 3)]]),
    ("put though it was shut down", (0, 0), vec![vec![event(Call::ShutDown(false), Return::Done, 0, 1), put(1, 2, 3)]]),
  ];
  for (what, bounds, history) in wrong {
    assert!(!is_linearizable(&history, bounds), "{what}");
  }
}

#[test]
fn what_a_queue_of_another_order_does_is_found() {
  let got = |item, at| event(Call::Get, Return::Items(vec![item]), at, at + 1);
  let put = |item, at| event(Call::TryPut(item), Return::Done, at, at + 1);
  let after =
    |gets: [u32; 3]| vec![vec![put(2, 0), put(1, 2), put(4, 4), got(gets[0], 6), got(gets[1], 8), got(gets[2], 10)]];
  for (kind, right) in [(Kind::First, [2, 1, 4]), (Kind::Last, [4, 1, 2]), (Kind::Lowest, [1, 4, 2])] {
    for gets in [[2, 1, 4], [4, 1, 2], [1, 4, 2], [4, 2, 1]] {
      assert_eq!(is_possible(&after(gets), (0, 0), kind), gets == right, "{kind:?}: {gets:?}");
    }
  }
}

#[test]
fn what_overlaps_may_have_been_in_any_order() {
  let batch = event(Call::Put(vec![1, 2, 3]), Return::Put(3, None), 0, 9);
  let got = |items: &[u32], begun, over| event(Call::GetMany(3), Return::Items(items.to_vec()), begun, over);
  let late = event(Call::Get, Return::Failed(WaitError::TimedOut), 1, 8);
  let history = vec![vec![batch], vec![got(&[1], 2, 3), got(&[2], 4, 5), got(&[3], 6, 10)], vec![late]];
  assert!(is_linearizable(&history, (1, 0)));
  assert!(is_linearizable(&history, (0, 0)));
}
