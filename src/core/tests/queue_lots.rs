//! Matrix: lots of several items × get, batch get, room for some of them, parked getters and putters, a putter that gives
//! up, items that come back, clear, shutdown, races of two. What holds of every queue: `queue`.

use super::{POLL, Polled, await_here, model, once, port::TestPort};
use crate::core::{
  error::{End, PutManyError, TryGetError, WaitError},
  operation::Operation,
  queue::{Lots, Put, Queue, QueueOutcome as Outcome},
  sync::thread,
};

type Lot = Vec<u32>;

fn lots(maxsize: usize) -> Queue<Lot> {
  Queue::of_lots(maxsize, Lots { count: Vec::len, cut: |lot, count| lot.drain(..count).collect() })
}

fn put(queue: &Queue<Lot>, lots: impl IntoIterator<Item = Lot>) -> Result<usize, PutManyError<Lot>> {
  queue.put_many_wait(lots, POLL)
}

/// What has been taken, and how much is left by the queue's own count.
fn flat(lots: Vec<Lot>) -> Lot {
  lots.into_iter().flatten().collect()
}

#[test]
fn the_items_of_a_lot_are_taken_in_whatever_number() {
  once(|| {
    let queue = lots(0);
    assert_eq!(put(&queue, [vec![1, 2, 3], vec![4], vec![5, 6, 7, 8]]), Ok(8));
    assert_eq!((queue.len(), queue.peek(|next| next.map(|lot| lot[0]))), (8, Some(1)));
    assert_eq!((queue.try_get(), queue.len()), (Ok(vec![1]), 7));
    assert_eq!(queue.try_get_many(1), Ok(vec![vec![2]]));
    assert_eq!(queue.try_get_many(4).map(flat), Ok(vec![3, 4, 5, 6]));
    assert_eq!((queue.try_get(), queue.try_get()), (Ok(vec![7]), Ok(vec![8])));
    assert_eq!((queue.try_get(), queue.statistics().unfinished), (Err(TryGetError::Empty), 8));
  });
}

#[test]
fn a_lot_enters_as_far_as_there_is_room() {
  once(|| {
    let queue = lots(3);
    let failed = put(&queue, [vec![1, 2], vec![3, 4, 5]]).expect_err("there is room for three");
    assert_eq!((failed.reason, failed.put, flat(failed.rest)), (WaitError::TimedOut, 3, vec![4, 5]));
    assert_eq!((queue.len(), queue.is_full(), queue.statistics().unfinished), (3, true, 3));
    let mut putter = Polled::parked(queue.put_many([vec![6, 7, 8]]));
    assert_eq!(queue.try_get_many(2).map(flat), Ok(vec![1, 2]));
    assert_eq!((queue.len(), queue.statistics().putters), (3, 1));
    assert_eq!((queue.try_get(), putter.woken(), flat(queue.clear())), (Ok(vec![3]), Ok(3), vec![6, 7, 8]));
  });
}

#[test]
fn those_who_wait_get_an_item_each() {
  once(|| {
    let queue = lots(2);
    let (mut one, mut batch) = (Polled::parked(queue.get()), Polled::parked(queue.get_many(9)));
    assert_eq!(put(&queue, [vec![1, 2, 3, 4]]), Ok(4));
    assert_eq!((one.woken(), batch.woken()), (Ok(vec![1]), Ok(vec![vec![2]])));
    assert_eq!((queue.len(), queue.try_get_many(9).map(flat)), (2, Ok(vec![3, 4])));
  });
}

#[test]
fn a_putter_that_gives_up_says_how_many_items_went_in() {
  once(|| {
    let (queue, port) = (lots(2), TestPort::new());
    let mut parked = port.park(1, Put::new(&queue, [vec![1, 2, 3, 4, 5]]));
    assert_eq!((queue.try_get(), queue.len()), (Ok(vec![1]), 2));
    assert!(parked.withdraw());
    assert_eq!((parked.inserted(), flat(parked.rest().into())), (3, vec![4, 5]));
    let ended = port.park(2, Put::new(&queue, [vec![6]]));
    queue.shutdown(false);
    drop(ended);
    assert_eq!(port.take(), [(2, Outcome::Ended { end: End::ShutDown, put: 0, rest: [vec![6]].into() })]);
    assert_eq!(flat(queue.clear()), [2, 3]);
  });
}

#[test]
fn a_putter_whose_thread_has_died_inserts_nothing_of_its_last_lot() {
  once(|| {
    let (queue, port) = (lots(2), TestPort::new());
    let dying = port.park(1, Put::new(&queue, [vec![1, 2], vec![3, 4]]));
    let mut next = Polled::parked(queue.put_many([vec![5]]));
    port.die([] as [(u32, Put<Lot>); 0]);
    assert_eq!(queue.try_get_many(2).map(flat), Ok(vec![1, 2]));
    assert_eq!((next.woken(), flat(queue.clear())), (Ok(1), vec![5]));
    drop(dying);
  });
}

#[test]
fn lots_that_come_back_are_the_next_again() {
  once(|| {
    let queue = lots(3);
    assert_eq!(put(&queue, [vec![1, 2, 3]]), Ok(3));
    let taken = queue.try_get_many(2).expect("there are three");
    assert_eq!(put(&queue, [vec![4, 5]]), Ok(2));
    queue.give_back(taken);
    assert_eq!((queue.len(), queue.statistics().unfinished), (5, 5));
    assert_eq!(queue.try_get_many(3).map(flat), Ok(vec![1, 2, 3]));
    let cleared = queue.clear();
    assert_eq!((queue.len(), queue.statistics().unfinished), (0, 3));
    let mut getter = Polled::parked(queue.get());
    queue.unclear(cleared.into_iter());
    assert_eq!((getter.woken(), queue.len(), queue.statistics().unfinished), (Ok(vec![4]), 1, 5));
    queue.give_back([vec![6, 7]]);
    assert_eq!(flat(queue.clear()), [6, 7, 5]);
  });
}

#[test]
fn what_comes_back_to_a_queue_that_was_emptied_for_good_is_done() {
  once(|| {
    let queue = lots(0);
    assert_eq!(put(&queue, [vec![1, 2, 3], vec![4, 5]]), Ok(5));
    let taken = queue.try_get_many(2).expect("there are five");
    queue.shutdown(true);
    assert_eq!((queue.len(), queue.statistics().unfinished), (0, 2));
    queue.give_back(taken);
    assert_eq!((queue.len(), queue.statistics().unfinished), (0, 0));
  });
}

/// Whoever takes how many: all arrive once, in order.
fn passes_through(maxsize: usize, next: impl Fn(&Queue<Lot>) -> Vec<Lot>) {
  let queue = lots(maxsize);
  let putting = queue.clone();
  let putter = thread::spawn(move || putting.put_many_wait([vec![1, 2, 3]], None));
  let mut taken = Vec::new();
  while taken.len() < 3 {
    taken.extend(flat(next(&queue)));
  }
  assert_eq!(putter.join().expect("no panic").map_err(|error| error.put), Ok(3));
  assert_eq!((taken, queue.len(), queue.statistics().putters), (vec![1, 2, 3], 0, 0));
}

#[test]
fn a_lot_passes_through_a_short_queue_item_by_item() {
  model(|| passes_through(1, |queue| vec![await_here(queue.get()).expect("it is open")]));
}

#[test]
fn a_lot_passes_through_a_short_queue_in_batches() {
  model(|| passes_through(2, |queue| await_here(queue.get_many(2)).expect("it is open")));
}

#[test]
fn two_getters_share_a_lot() {
  model(|| {
    let queue = lots(0);
    let getting = queue.clone();
    let getter = thread::spawn(move || getting.try_get_many(2).map_or_else(|_| Vec::new(), flat));
    assert_eq!(put(&queue, [vec![1, 2, 3]]), Ok(3));
    let mut taken = queue.try_get().expect("at most two are gone");
    taken.extend(getter.join().expect("no panic"));
    taken.extend(flat(queue.clear()));
    taken.sort_unstable();
    assert_eq!(taken, [1, 2, 3]);
  });
}
