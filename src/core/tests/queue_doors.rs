//! Matrix: blocking and awaiting getter × blocking and awaiting putter × bounded and not; what blocks really blocks.

use super::{await_here, crowded_model, model};
use crate::core::{queue::Queue, sync::thread};

/// How an end of the queue waits.
#[derive(Clone, Copy)]
enum Door {
  Blocks,
  Awaits,
}
use Door::{Awaits, Blocks};

fn put(queue: &Queue<u32>, door: Door, item: u32) {
  let put = match door {
    Blocks => queue.put_wait(item, None),
    Awaits => await_here(queue.put(item)),
  };
  put.expect("the queue is open");
}

fn get(queue: &Queue<u32>, door: Door) -> u32 {
  let got = match door {
    Blocks => queue.get_wait(None),
    Awaits => await_here(queue.get()),
  };
  got.expect("the queue is open")
}

fn items_arrive_in_order(maxsize: usize, items: u32, putter: Door, getter: Door) {
  let queue = Queue::new(maxsize);
  let putting = queue.clone();
  let putter = thread::spawn(move || (0..items).for_each(|item| put(&putting, putter, item)));
  (0..items).for_each(|item| assert_eq!(get(&queue, getter), item));
  putter.join().expect("no panic");
  assert_eq!((queue.statistics().size, queue.statistics().unfinished), (0, items as usize));
}

#[test]
fn blocking_put_reaches_awaiting_get() {
  model(|| items_arrive_in_order(0, 2, Blocks, Awaits));
}

#[test]
fn awaiting_put_reaches_blocking_get() {
  model(|| items_arrive_in_order(0, 2, Awaits, Blocks));
}

#[test]
fn blocking_put_through_one_place_reaches_awaiting_get() {
  crowded_model(|| items_arrive_in_order(1, 3, Blocks, Awaits));
}

#[test]
fn awaiting_put_through_one_place_reaches_blocking_get() {
  crowded_model(|| items_arrive_in_order(1, 3, Awaits, Blocks));
}

#[test]
fn both_ends_may_block() {
  model(|| items_arrive_in_order(1, 2, Blocks, Blocks));
}

#[test]
fn both_ends_may_await() {
  crowded_model(|| items_arrive_in_order(1, 2, Awaits, Awaits));
}

#[test]
fn two_getters_share_two_items() {
  crowded_model(|| {
    let queue = Queue::new(0);
    let getting = queue.clone();
    let other = thread::spawn(move || get(&getting, Awaits));
    let putting = queue.clone();
    let putter = thread::spawn(move || (1..3).for_each(|item| putting.try_put(item).expect("there is room")));
    let sum = get(&queue, Blocks) + other.join().expect("no panic");
    putter.join().expect("no panic");
    assert_eq!((sum, queue.statistics().size), (3, 0));
  });
}

#[cfg(not(loom))]
mod plain {
  use super::{
    super::{POLL, until},
    *,
  };
  use crate::core::error::WaitError;
  use std::time::{Duration, Instant};

  #[test]
  fn a_get_blocks_until_there_is_an_item() {
    for getter in [Blocks, Awaits] {
      let queue = Queue::new(0);
      let getting = queue.clone();
      let getter = thread::spawn(move || get(&getting, getter));
      until(|| queue.statistics().getters == 1);
      assert!(!getter.is_finished());
      queue.try_put(1).expect("there is room");
      assert_eq!(getter.join().expect("no panic"), 1);
    }
  }

  #[test]
  fn a_put_blocks_until_there_is_room() {
    for putter in [Blocks, Awaits] {
      let queue = Queue::new(1);
      queue.try_put(1).expect("there is room");
      let putting = queue.clone();
      let putter = thread::spawn(move || put(&putting, putter, 2));
      until(|| queue.statistics().putters == 1);
      assert!(!putter.is_finished());
      assert_eq!((queue.try_get(), queue.get_wait(None)), (Ok(1), Ok(2)));
      putter.join().expect("no panic");
    }
  }

  #[test]
  fn blocked_and_awaiting_getters_are_served_in_turn() {
    let queue = Queue::new(0);
    let getters: Vec<_> = (0..6)
      .map(|i| {
        let getting = queue.clone();
        let getter = thread::spawn(move || get(&getting, if i % 2 == 0 { Blocks } else { Awaits }));
        until(|| queue.statistics().getters == i + 1);
        getter
      })
      .collect();
    (0..6).for_each(|item| queue.try_put(item).expect("there is room"));
    assert!(getters.into_iter().map(|getter| getter.join().expect("no panic")).eq(0..6));
  }

  #[test]
  fn a_hot_loop_of_attempts_starves_nobody() {
    let queue = Queue::new(1);
    let putting = queue.clone();
    thread::spawn(move || while putting.put_wait((), None).is_ok() {});
    let trying = queue.clone();
    thread::spawn(move || {
      while trying.statistics().end.is_none() {
        let _ = trying.try_get();
      }
    });
    for _ in 0..1_000 {
      queue.get_wait(None).expect("the queue is open");
    }
    queue.shutdown(true);
  }

  #[test]
  fn a_timeout_is_never_early() {
    let queue = Queue::<()>::new(0);
    for timeout in [1, 3, 7].map(Duration::from_millis) {
      let start = Instant::now();
      assert_eq!(queue.get_wait(Some(timeout)), Err(WaitError::TimedOut));
      assert!(start.elapsed() >= timeout);
    }
    assert_eq!(queue.get_wait(POLL), Err(WaitError::TimedOut));
  }
}
