//! Random programs of queue operations on two to four threads, whose histories a queue without threads must be able to
//! explain (`histories.rs`).
//!
//! Matrix: try-get, try-put, get, put, batch get, batch put, clear, report, join, soft and immediate shutdown, the
//! owner's end, statistics; with and without bounds, by number and by weight; the first, the last and the lowest item
//! first.
//!
//! `HISTORIES_SECONDS=60` goes on for so long; `HISTORIES_SEED=17` runs the program of that seed again and again, since
//! the threads do not meet in the same way each time. Both print how many histories they have judged.

use super::{
  histories::{Bounds, Call, Event, History, Kind, Return, is_possible, weight},
  random::Lots,
};
use crate::core::{
  error::{End, PutManyError, TryGetError, TryPutError, WaitError},
  queue::Queue,
};
use std::{
  ops::Range,
  sync::{
    Barrier,
    atomic::{AtomicU64, Ordering},
  },
  thread,
  time::{Duration, Instant},
};

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
