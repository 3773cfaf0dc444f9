//! Many threads at once, in real time: what comes out is what went in, in an order that some single thread could have
//! made, whichever waiter gives up, dies or shuts down meanwhile.
//!
//! Matrix: producers and consumers, blocking and awaiting × all alone, giving up at random, dying, shut down under load.

use super::{await_here, port::TestPort, random::Lots, until};
use crate::core::{
  error::{End, WaitError},
  operation::Operation,
  queue::{Get, Queue, QueueOutcome},
};
use std::{
  pin::pin,
  sync::{
    Mutex,
    atomic::{AtomicU64, AtomicUsize, Ordering},
  },
  task::{Context, Poll, Waker},
  thread,
  time::Duration,
};

#[test]
fn one_producer_and_one_consumer_keep_the_order() {
  for maxsize in [0, 1, 64] {
    let queue = Queue::new(maxsize);
    thread::scope(|scope| {
      scope.spawn(|| (0..20_000).for_each(|item| queue.put_wait(item, None).expect("the queue is open")));
      (0..20_000).for_each(|item| assert_eq!(await_here(queue.get()), Ok(item)));
    });
  }
}

/// One action as it was seen from outside: its item, and what the clock said before and after.
#[derive(Clone, Copy)]
struct Seen {
  item: u64,
  before: u64,
  after: u64,
}

/// Whether some order of single steps, each within its span, explains a queue: no item overtakes another that was in
/// before it was put.
fn is_linear(puts: &mut [Seen], gets: &[Seen]) -> bool {
  let mut got = vec![None; puts.len()];
  for get in gets {
    got[usize::try_from(get.item).expect("small")] = Some(*get);
  }
  let get_of = |put: &Seen| got[usize::try_from(put.item).expect("small")].expect("every item arrives");
  let mut by_end = puts.to_vec();
  by_end.sort_unstable_by_key(|put| put.after);
  puts.sort_unstable_by_key(|put| put.before);
  let mut earlier = by_end.iter().peekable();
  let mut latest_get = 0;
  puts.iter().all(|put| {
    while let Some(done) = earlier.next_if(|done| done.after < put.before) {
      latest_get = latest_get.max(get_of(done).before);
    }
    let get = get_of(put);
    get.after > latest_get && get.after > put.before
  })
}

#[test]
fn the_check_of_orders_finds_a_reversal() {
  let seen = |item, before, after| Seen { item, before, after };
  let puts = [seen(0, 1, 2), seen(1, 3, 4)];
  assert!(is_linear(&mut puts.clone(), &[seen(0, 5, 6), seen(1, 7, 8)]));
  assert!(is_linear(&mut puts.clone(), &[seen(0, 5, 8), seen(1, 6, 7)]));
  assert!(!is_linear(&mut puts.clone(), &[seen(0, 7, 8), seen(1, 5, 6)]));
}

#[test]
fn many_at_both_ends_look_like_one_at_a_time() {
  const EACH: u64 = 5_000;
  for maxsize in [0, 3] {
    let (queue, clock) = (Queue::new(maxsize), AtomicU64::new(1));
    let tick = || clock.fetch_add(1, Ordering::SeqCst);
    let (puts, gets) = (Mutex::new(Vec::new()), Mutex::new(Vec::new()));
    thread::scope(|scope| {
      for producer in 0..4 {
        let (queue, tick, puts) = (&queue, &tick, &puts);
        scope.spawn(move || {
          let mut seen = Vec::new();
          for item in producer * EACH..(producer + 1) * EACH {
            let before = tick();
            match producer % 2 {
              0 => queue.put_wait(item, None).expect("the queue is open"),
              _ => await_here(queue.put(item)).expect("the queue is open"),
            }
            seen.push(Seen { item, before, after: tick() });
          }
          puts.lock().expect("no panic").extend(seen);
        });
      }
      for consumer in 0..4 {
        let (queue, tick, gets) = (&queue, &tick, &gets);
        scope.spawn(move || {
          let mut seen = Vec::new();
          for _ in 0..EACH {
            let before = tick();
            let item = match consumer % 2 {
              0 => queue.get_wait(None),
              _ => await_here(queue.get()),
            };
            seen.push(Seen { item: item.expect("the queue is open"), before, after: tick() });
            let statistics = queue.statistics();
            assert!(statistics.size <= statistics.maxsize);
          }
          gets.lock().expect("no panic").extend(seen);
        });
      }
    });
    let (mut puts, gets) = (puts.into_inner().expect("no panic"), gets.into_inner().expect("no panic"));
    assert_eq!((puts.len(), gets.len()), (20_000, 20_000));
    assert!(is_linear(&mut puts, &gets));
    let left = queue.statistics();
    assert_eq!((left.size, left.getters, left.putters), (0, 0, 0));
  }
}

/// Gets or gives up, one way or another.
fn get_or_give_up(queue: &Queue<u64>, lots: &mut Lots) -> Option<u64> {
  match lots.below(3) {
    0 => queue.get_wait(Some(Duration::from_micros(lots.below(60)))).ok(),
    1 => {
      let mut get = pin!(queue.get());
      let mut context = Context::from_waker(Waker::noop());
      for _ in 0..2 {
        if let Poll::Ready(item) = get.as_mut().poll(&mut context) {
          return item.ok();
        }
      }
      None
    }
    _ => {
      let port = TestPort::new();
      let mut get = Get::one(queue);
      if let Some(outcome) = get.begin(|| port.waiter(1)) {
        return item_of(&outcome);
      }
      (0..lots.below(50)).for_each(|_| std::hint::spin_loop());
      let taken = port.take().pop();
      port.die(taken.is_none().then_some((1, get)));
      taken.and_then(|(_, outcome)| item_of(&outcome))
    }
  }
}

fn item_of(outcome: &QueueOutcome<u64>) -> Option<u64> {
  match outcome {
    QueueOutcome::Item(item) => Some(*item),
    _ => None,
  }
}

/// Puts or gives up; whether the item went in.
fn put_or_give_up(queue: &Queue<u64>, item: u64, lots: &mut Lots) -> bool {
  match lots.below(3) {
    0 => queue.try_put(item).is_ok(),
    1 => queue.put_wait(item, Some(Duration::from_micros(lots.below(60)))).is_ok(),
    _ => {
      let before = queue.statistics().unfinished;
      let mut put = pin!(queue.put(item));
      let is_in = put.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_ready();
      assert!(!is_in || queue.statistics().unfinished > before);
      is_in || put.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_ready()
    }
  }
}

#[test]
fn every_item_is_there_once_whenever_waiters_give_up() {
  let queue = Queue::new(4);
  let (next, received) = (AtomicU64::new(0), Mutex::new(Vec::new()));
  let sent: Mutex<Vec<u64>> = Mutex::default();
  let (queue, next, received, sent) = (&queue, &next, &received, &sent);
  thread::scope(|scope| {
    let producers: Vec<_> = (0..3)
      .map(|seed| {
        scope.spawn(move || {
          let (mut lots, mut mine) = (Lots::new(seed), Vec::new());
          for _ in 0..8_000 {
            let item = next.fetch_add(1, Ordering::Relaxed);
            if put_or_give_up(queue, item, &mut lots) {
              mine.push(item);
            }
          }
          sent.lock().expect("no panic").extend(mine);
        })
      })
      .collect();
    for seed in 10..13 {
      scope.spawn(move || {
        let (mut lots, mut mine) = (Lots::new(seed), Vec::new());
        while queue.statistics().end.is_none() {
          mine.extend(get_or_give_up(queue, &mut lots));
        }
        received.lock().expect("no panic").extend(mine);
      });
    }
    for producer in producers {
      producer.join().expect("no panic");
    }
    queue.shutdown(false);
  });
  let mut received = std::mem::take(&mut *received.lock().expect("no panic"));
  received.extend(queue.clear());
  let mut sent = std::mem::take(&mut *sent.lock().expect("no panic"));
  sent.sort_unstable();
  received.sort_unstable();
  let all = received.len();
  received.dedup();
  assert_eq!(received.len(), all, "an item came twice");
  // More may have come: a put that is dropped after it was served is in, though its putter never knew.
  assert!(sent.iter().all(|item| received.binary_search(item).is_ok()), "an item was lost");
  let left = queue.statistics();
  assert_eq!((left.getters, left.putters), (0, 0));
}

#[test]
fn a_shutdown_amid_a_crowd_releases_everybody() {
  for round in 0..40 {
    let (queue, immediate) = (Queue::new(8), round % 2 == 0);
    let (put, got) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let count = |counter: &AtomicUsize| counter.fetch_add(1, Ordering::SeqCst);
    thread::scope(|scope| {
      for producer in 0..4 {
        let (queue, put) = (&queue, &put);
        scope.spawn(move || {
          let mut is_open = true;
          while is_open {
            is_open = match producer % 2 {
              0 => queue.put_wait((), None).is_ok(),
              _ => await_here(queue.put(())).is_ok(),
            };
            count(put);
          }
        });
      }
      for consumer in 0..6 {
        let (queue, got) = (&queue, &got);
        scope.spawn(move || {
          while match consumer % 2 {
            0 => queue.get_wait(None),
            _ => await_here(queue.get()),
          }
          .is_ok()
          {
            count(got);
            queue.task_done().expect("it was put");
          }
        });
      }
      let joiners = [0, 1].map(|joiner| {
        let queue = &queue;
        scope.spawn(move || if joiner == 0 { queue.join_wait(None) } else { await_here(queue.join()) })
      });
      until(|| got.load(Ordering::SeqCst) >= 400);
      queue.shutdown(immediate);
      assert!(joiners.into_iter().all(|joiner| joiner.join().expect("no panic").is_ok()));
    });
    let left = queue.statistics();
    assert_eq!((left.size, left.getters, left.putters, left.joiners, left.unfinished), (0, 0, 0, 0, 0));
    let inserted = put.load(Ordering::SeqCst) - 4; // The last attempt of each producer failed.
    let got = got.load(Ordering::SeqCst);
    assert!(if immediate { got <= inserted } else { got == inserted }, "{got} of {inserted}");
  }
}

#[test]
fn short_timeouts_against_puts_of_the_same_pace_lose_nothing() {
  let queue = Queue::new(0);
  thread::scope(|scope| {
    scope.spawn(|| {
      for item in 0..200 {
        // The pace of the getter's timeout: a wait that times out is a clock.
        let _ = Queue::<()>::new(0).get_wait(Some(Duration::from_millis(1)));
        queue.try_put(item).expect("there is room");
      }
      queue.end(End::Closed);
    });
    let mut expected = 0;
    loop {
      match queue.get_wait(Some(Duration::from_millis(1))) {
        Ok(item) => assert_eq!((item, expected += 1).0, expected - 1),
        Err(WaitError::TimedOut) => {}
        Err(_) => break,
      }
    }
    assert_eq!(expected, 200);
  });
  assert_eq!(queue.statistics().getters, 0);
}
