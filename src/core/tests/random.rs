//! Random sequences of actions on one queue, step by step beside a model that is too simple to be wrong: plain lists,
//! no threads. Every step compares what was delivered, to whom, and all sizes.
//!
//! Some of the queues are bounded by weight, too.
//!
//! Matrix: put, batch put, get, batch get, attempts, withdrawal, clear, report, shutdown, a receiver's death.

use super::port::TestPort;
use crate::core::{
  operation::Operation,
  queue::{Get, Put, Queue, QueueOutcome as Outcome},
};
use std::{
  collections::{BTreeMap, VecDeque},
  sync::Arc,
};

pub(super) struct Lots(u64);

impl Lots {
  pub(super) fn new(seed: u64) -> Self {
    Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
  }

  pub(super) fn below(&mut self, bound: u64) -> u64 {
    self.0 ^= self.0 << 13;
    self.0 ^= self.0 >> 7;
    self.0 ^= self.0 << 17;
    (self.0 >> 11) % bound
  }
}

/// What an item weighs where weights count: 0 to 4.
fn weight(item: u32) -> usize {
  item as usize % 5
}

/// The bounds of a walk's queue: by number, and by weight; 0 is for none.
fn bounds(seed: u64) -> (usize, usize) {
  let index = |many: u64| usize::try_from(seed / many).expect("small");
  ([0, 1, 2, 5][index(1) % 4], [0, 0, 1, 3, 8][index(4) % 5])
}

/// The same queue in the simplest words.
#[derive(Default)]
struct Model {
  items: VecDeque<u32>,
  maxsize: usize,
  max_weight: usize,
  getters: VecDeque<(u32, usize)>,
  putters: VecDeque<(u32, VecDeque<u32>, usize)>,
  unfinished: usize,
  delivered: BTreeMap<u32, Outcome<u32>>,
}

impl Model {
  fn has_room_for(&self, item: u32) -> bool {
    let load: usize = self.items.iter().copied().map(weight).sum();
    self.items.len() < self.maxsize && (self.items.is_empty() || load + weight(item) <= self.max_weight)
  }

  /// Whether the longest waiting putter could go on.
  fn has_room(&self) -> bool {
    self.putters.front().is_some_and(|(_, rest, _)| self.has_room_for(rest[0]))
  }

  /// Moves items for as long as somebody can be served.
  fn settle(&mut self) {
    loop {
      if let (false, Some((ticket, max))) = (self.items.is_empty(), self.getters.front().copied()) {
        self.getters.pop_front();
        // A parked batch getter is served by the first item that comes.
        let item = self.items.pop_front().expect("not empty");
        self.delivered.insert(ticket, if max == 0 { Outcome::Item(item) } else { Outcome::Items(vec![item]) });
      } else if let (true, Some((_, rest, put))) = (self.has_room(), self.putters.front_mut()) {
        self.items.extend(rest.pop_front());
        self.unfinished += 1;
        *put += 1;
        if rest.is_empty() {
          let (ticket, _, put) = self.putters.pop_front().expect("the front one");
          self.delivered.insert(ticket, Outcome::Put(put));
        }
      } else {
        return;
      }
    }
  }

  fn get(&mut self, ticket: u32, max: usize) {
    if self.items.is_empty() {
      self.getters.push_back((ticket, max));
    } else if max == 0 {
      self.delivered.insert(ticket, Outcome::Item(self.items.pop_front().expect("not empty")));
    } else {
      let taken = self.items.drain(..max.min(self.items.len())).collect();
      self.delivered.insert(ticket, Outcome::Items(taken));
    }
    self.settle();
  }

  fn put(&mut self, ticket: u32, items: VecDeque<u32>) {
    self.putters.push_back((ticket, items, 0));
    self.settle();
  }

  fn withdraw(&mut self, ticket: u32) -> bool {
    let before = self.getters.len() + self.putters.len();
    self.getters.retain(|(known, _)| *known != ticket);
    self.putters.retain(|(known, _, _)| *known != ticket);
    self.settle();
    before > self.getters.len() + self.putters.len()
  }
}

enum Wait {
  Get(Get<u32>),
  Put(Put<u32>),
}

/// The queue and its model, walking together.
struct Walk {
  queue: Queue<u32>,
  model: Model,
  port: Arc<TestPort<Outcome<u32>>>,
  waits: Vec<(u32, Wait)>,
  delivered: BTreeMap<u32, Outcome<u32>>,
  next: u32,
}

impl Walk {
  fn new((maxsize, max_weight): (usize, usize)) -> Self {
    let bound = |number| if number == 0 { usize::MAX } else { number };
    let model = Model { maxsize: bound(maxsize), max_weight: bound(max_weight), ..Model::default() };
    let (queue, port) = (Queue::weighted(maxsize, max_weight, |item| weight(*item)), TestPort::new());
    Self { queue, model, port, waits: Vec::new(), delivered: BTreeMap::new(), next: 0 }
  }

  fn ticket(&mut self) -> u32 {
    self.next += 1;
    self.next
  }

  fn get(&mut self, max: usize) {
    let ticket = self.ticket();
    let mut get = if max == 0 { Get::one(&self.queue) } else { Get::many(&self.queue, max) };
    let at_once = get.begin(|| self.port.waiter(ticket));
    self.delivered.extend(at_once.map(|outcome| (ticket, outcome)));
    self.waits.push((ticket, Wait::Get(get)));
    self.model.get(ticket, max);
  }

  fn put(&mut self, count: u64) {
    let ticket = self.ticket();
    let items: VecDeque<u32> = (0..count).map(|_| self.ticket()).collect();
    let mut put = Put::new(&self.queue, items.clone());
    let at_once = put.begin(|| self.port.waiter(ticket));
    self.delivered.extend(at_once.map(|outcome| (ticket, outcome)));
    self.waits.push((ticket, Wait::Put(put)));
    self.model.put(ticket, items);
  }

  fn withdraw(&mut self, lots: &mut Lots) {
    if self.waits.is_empty() {
      return;
    }
    let (ticket, wait) = self.waits.swap_remove(usize::try_from(lots.below(self.waits.len() as u64)).expect("small"));
    let withdrawn = match wait {
      Wait::Get(mut get) => get.withdraw(),
      Wait::Put(mut put) => put.withdraw(),
    };
    assert_eq!(withdrawn, self.model.withdraw(ticket));
  }

  fn attempt(&mut self, lots: &mut Lots) {
    let item = self.ticket();
    if lots.below(2) == 0 {
      assert_eq!(self.queue.try_get().ok(), self.model.items.pop_front());
    } else if self.queue.try_put(item).is_ok() {
      self.model.put(0, VecDeque::from([item]));
      assert_eq!(self.model.delivered.remove(&0), Some(Outcome::Put(1)), "it found room in the model, too");
    } else {
      assert!(!self.model.putters.is_empty() || !self.model.has_room_for(item));
    }
    self.model.settle();
  }

  fn clear(&mut self) {
    let cleared: Vec<u32> = self.model.items.drain(..).collect();
    self.model.unfinished = self.model.unfinished.saturating_sub(cleared.len());
    self.model.settle();
    assert_eq!(self.queue.clear(), cleared);
  }

  fn report(&mut self) {
    let is_surplus = self.model.unfinished == 0;
    self.model.unfinished -= usize::from(!is_surplus);
    assert_eq!(self.queue.task_done().is_err(), is_surplus);
  }

  fn step(&mut self, lots: &mut Lots) {
    match lots.below(16) {
      0..=2 => self.get(0),
      3 => self.get(1 + usize::from(lots.below(3) == 0)),
      4..=6 => self.put(1),
      7 => self.put(1 + lots.below(4)),
      8..=10 => self.attempt(lots),
      11..=13 => self.withdraw(lots),
      14 if lots.below(4) == 0 => self.clear(),
      _ => self.report(),
    }
  }

  fn compare(&mut self) {
    self.delivered.extend(self.port.take());
    assert_eq!(self.delivered, self.model.delivered);
    let seen = self.queue.statistics();
    assert_eq!((seen.size, seen.unfinished), (self.model.items.len(), self.model.unfinished));
    assert_eq!((seen.getters, seen.putters), (self.model.getters.len(), self.model.putters.len()));
    assert!(seen.size <= seen.maxsize && (seen.getters == 0 || seen.size == 0), "invariant 1");
    assert!(!self.model.has_room(), "invariant 2");
    let load = self.model.items.iter().copied().map(weight).sum();
    assert_eq!(seen.weight, if seen.max_weight == usize::MAX { 0 } else { load });
  }
}

#[test]
fn random_walks_agree_with_the_model() {
  for seed in 0..400 {
    let mut lots = Lots::new(seed);
    let mut walk = Walk::new(bounds(seed));
    for _ in 0..150 {
      walk.step(&mut lots);
      walk.compare();
    }
  }
}

#[test]
fn random_walks_end_well() {
  for seed in 0..400 {
    let mut lots = Lots::new(seed);
    let mut walk = Walk::new(bounds(seed));
    (0..60).for_each(|_| walk.step(&mut lots));
    walk.compare();
    walk.queue.shutdown(lots.below(2) == 0);
    let mut ended: Vec<_> = walk.port.take().into_iter().map(|(ticket, _)| ticket).collect();
    let mut waiting: Vec<_> = walk.model.getters.iter().map(|(ticket, _)| *ticket).collect();
    waiting.extend(walk.model.putters.iter().map(|(ticket, ..)| *ticket));
    ended.sort_unstable();
    waiting.sort_unstable();
    assert_eq!(ended, waiting, "all waiters, and no others");
  }
}
