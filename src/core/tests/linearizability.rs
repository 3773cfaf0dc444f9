//! Random programs of queue operations on two to four threads, and a search for an order of their steps that a queue
//! without threads could have had (Wing and Gong). Every operation must seem to happen at one moment between its call
//! and its return: also one that timed out, which must have had no effect, at a moment at which it had to wait.
//!
//! Matrix: try-get, try-put, get, put, batch get, batch put, clear, report, join, soft and immediate shutdown, the
//! owner's end, statistics; with and without bounds, by number and by weight; the first, the last and the lowest item
//! first.
//!
//! `HISTORIES_SECONDS=60` goes on for so long; `HISTORIES_SEED=17` runs the program of that seed again and again, since
//! the threads do not meet in the same way each time. Both print how many histories they have judged.

use super::random::Lots;
use crate::core::{
  error::{End, PutManyError, TryGetError, TryPutError, WaitError},
  queue::{Order, Queue},
};
use std::{
  collections::{HashSet, VecDeque},
  ops::Range,
  sync::{
    Barrier,
    atomic::{AtomicU64, Ordering},
  },
  thread,
  time::{Duration, Instant},
};

#[derive(Clone, Debug)]
enum Call {
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
enum Return {
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
struct Event {
  call: Call,
  result: Return,
  begun: u64,
  over: u64,
}

type History = Vec<Vec<Event>>;

/// The bounds of a queue: by number, and by weight. 0 is for none.
type Bounds = (usize, usize);

/// Which item is the next.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
enum Kind {
  #[default]
  First,
  Last,
  Lowest,
}

impl Kind {
  fn order(self) -> Order<u32> {
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

fn weight(item: u32) -> usize {
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
fn is_possible(history: &History, bounds: Bounds, kind: Kind) -> bool {
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

/// A program: what each thread calls, and how long it dallies before each call.
fn program(lots: &mut Lots) -> (Bounds, Vec<Vec<(Call, u64)>>) {
  let mut item = 0;
  let index = |lots: &mut Lots, bound| usize::try_from(lots.below(bound)).expect("small");
  let bounds = ([0, 1, 1, 2, 3][index(lots, 5)], [0, 0, 0, 1, 4][index(lots, 5)]);
  let mut call = |lots: &mut Lots| {
    let mut fresh = |count| -> Vec<u32> {
      item += count;
      (item - count..item).collect()
    };
    match lots.below(32) {
      0..=3 => Call::TryGet,
      4..=7 => Call::TryPut(fresh(1)[0]),
      8..=12 => Call::Get,
      13..=17 => Call::Put(fresh(1)),
      18 | 19 => Call::GetMany(1 + index(lots, 3)),
      20..=22 => Call::Put(fresh(2 + u32::from(lots.below(2) == 0))),
      23 => Call::Clear,
      24..=26 => Call::TaskDone,
      27 => Call::Join,
      28 => Call::ShutDown(lots.below(2) == 0),
      29 if lots.below(3) == 0 => Call::End,
      _ => Call::Statistics,
    }
  };
  let threads = 2 + lots.below(3);
  let calls = 12 / threads;
  let dally = |lots: &mut Lots| if lots.below(2) == 0 { 0 } else { lots.below(300) };
  let threads = (0..threads).map(|_| (0..=lots.below(calls)).map(|_| (call(lots), dally(lots))).collect()).collect();
  (bounds, threads)
}

fn made(queue: &Queue<u32>, call: &Call, patience: Duration) -> Return {
  let got = |got: Result<Vec<u32>, WaitError>| got.map_or_else(Return::Failed, Return::Items);
  let tried = |error| match error {
    TryGetError::Empty => Return::Refused,
    TryGetError::Ended(end) => Return::Failed(WaitError::Ended(end)),
  };
  match call {
    Call::TryGet => queue.try_get().map_or_else(tried, |item| Return::Items(vec![item])),
    Call::TryPut(item) => match queue.try_put(*item) {
      Ok(()) => Return::Done,
      Err(TryPutError::Full(_)) => Return::Refused,
      Err(TryPutError::Ended(end, _)) => Return::Failed(WaitError::Ended(end)),
    },
    Call::Get => got(queue.get_wait(Some(patience)).map(|item| vec![item])),
    Call::GetMany(max) => got(queue.get_many_wait(*max, Some(patience))),
    Call::Put(items) => match queue.put_many_wait(items.iter().copied(), Some(patience)) {
      Ok(put) => Return::Put(put, None),
      Err(PutManyError { put, reason, .. }) => Return::Put(put, Some(reason)),
    },
    Call::Clear => Return::Items(queue.clear()),
    Call::TaskDone => queue.task_done().map_or(Return::Refused, |()| Return::Done),
    Call::Join => queue.join_wait(Some(patience)).map_or_else(Return::Failed, |()| Return::Done),
    Call::ShutDown(is_immediate) => {
      queue.shutdown(*is_immediate);
      Return::Done
    }
    Call::End => {
      queue.end(End::Closed);
      Return::Done
    }
    Call::Statistics => {
      let seen = queue.statistics();
      Return::Statistics(seen.size, seen.unfinished, seen.end.is_some())
    }
  }
}

/// Runs a program, each of its threads on a thread.
fn run((maxsize, max_weight): Bounds, kind: Kind, threads: &[Vec<(Call, u64)>], lots: &mut Lots) -> History {
  let queue = Queue::ordered(kind.order(), maxsize, max_weight, |item| weight(*item));
  let (clock, start) = (AtomicU64::new(0), Barrier::new(threads.len()));
  let now = || clock.fetch_add(1, Ordering::SeqCst);
  let patience = Duration::from_micros(lots.below(200));
  let perform = |calls: &[(Call, u64)]| -> Vec<Event> {
    start.wait();
    let perform_one = |(call, dally): &(Call, u64)| {
      (0..*dally).for_each(|_| std::hint::spin_loop());
      let begun = now();
      let result = made(&queue, call, patience);
      Event { call: call.clone(), result, begun, over: now() }
    };
    calls.iter().map(perform_one).collect()
  };
  thread::scope(|scope| {
    let running: Vec<_> = threads.iter().map(|calls| scope.spawn(|| perform(calls))).collect();
    running.into_iter().map(|thread| thread.join().expect("no panic")).collect()
  })
}

/// Runs the program of a seed once and judges it; returns how many calls were made.
fn judge(seed: u64) -> usize {
  let mut lots = Lots::new(seed);
  let (bounds, threads) = program(&mut lots);
  let kind = [Kind::First, Kind::Last, Kind::Lowest][usize::try_from(seed % 3).expect("small")];
  let history = run(bounds, kind, &threads, &mut lots);
  assert!(
    is_possible(&history, bounds, kind),
    "HISTORIES_SEED={seed}: no order explains it, {kind:?} first, bounds {bounds:?}: {history:#?}"
  );
  history.iter().map(Vec::len).sum()
}

fn number_of(variable: &str) -> Option<u64> {
  std::env::var(variable).ok().map(|text| text.parse().expect("a number"))
}

/// The seeds to run: of the environment, else a few thousand from a moment's.
fn seeds() -> (Range<u64>, Duration) {
  let start = number_of("HISTORIES_SEED").unwrap_or_else(|| {
    let since = std::time::UNIX_EPOCH.elapsed().expect("it is later than 1970");
    u64::from(since.subsec_micros())
  });
  match number_of("HISTORIES_SECONDS") {
    Some(seconds) => (start..u64::MAX, Duration::from_secs(seconds)),
    None => (start..start + 2_000, Duration::MAX),
  }
}

#[test]
fn every_history_can_be_explained() {
  let (range, time) = seeds();
  let (start, first, is_one) = (Instant::now(), range.start, number_of("HISTORIES_SEED").is_some());
  let (mut histories, mut calls) = (0_u64, 0);
  for seed in range {
    if start.elapsed() >= time {
      break;
    }
    calls += judge(if is_one { first } else { seed });
    histories += 1;
  }
  println!("{histories} histories of {calls} calls, from seed {first} on");
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
