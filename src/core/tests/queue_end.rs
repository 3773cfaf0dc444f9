//! Matrix: soft and immediate shutdown, the owner's end, each twice and after each other × items, parked getters,
//! putters and joiners, later calls, what comes back late; the race of an end with a put and with a get.

use super::{Polled, crowded_model, model, once, port::TestPort};
use crate::core::{
  error::{End, PutError, PutManyError, TryGetError, TryPutError, WaitError},
  operation::Operation,
  queue::{Get, Put, Queue, QueueOutcome},
  sync::thread,
};
use std::{collections::VecDeque, sync::Arc};

const SHUT_DOWN: WaitError = WaitError::Ended(End::ShutDown);

#[test]
fn a_shutdown_wakes_all_once_and_drains() {
  once(|| {
    let (full, empty) = (Queue::new(1), Queue::<u8>::new(0));
    full.try_put(1).expect("there is room");
    let mut putters = [Polled::parked(full.put_many([2, 3])), Polled::parked(full.put_many([4, 5]))];
    let mut getters = [Polled::parked(empty.get()), Polled::parked(empty.get())];
    full.shutdown(false);
    empty.shutdown(false);
    for (putter, rest) in putters.iter_mut().zip([vec![2, 3], vec![4, 5]]) {
      assert_eq!(putter.woken(), Err(PutManyError { reason: SHUT_DOWN, put: 0, rest }));
    }
    assert!(getters.iter_mut().all(|getter| getter.woken() == Err(SHUT_DOWN)));
    assert_eq!((full.try_get(), full.try_get()), (Ok(1), Err(TryGetError::Ended(End::ShutDown))));
    assert_eq!(full.try_put(6), Err(TryPutError::Ended(End::ShutDown, 6)));
    assert_eq!(
      (full.get_wait(None), full.put_wait(7, None)),
      (Err(SHUT_DOWN), Err(PutError { reason: SHUT_DOWN, item: 7 }))
    );
  });
}

#[test]
fn a_putter_cut_short_says_how_many_went_in_and_gets_the_rest() {
  once(|| {
    let (queue, port) = (Queue::new(1), TestPort::new());
    let _put = port.park(1, Put::new(&queue, [1, 2, 3]));
    queue.shutdown(false);
    let rest = VecDeque::from([2, 3]);
    assert_eq!(port.take(), [(1, QueueOutcome::Ended { end: End::ShutDown, put: 1, rest })]);
  });
}

#[test]
fn an_immediate_shutdown_empties_and_settles_join() {
  once(|| {
    let queue = Queue::new(0);
    (1..4).for_each(|item| queue.try_put(item).expect("there is room"));
    queue.try_get().expect("an item");
    let mut joiner = Polled::parked(queue.join());
    queue.shutdown(true);
    assert!(joiner.poll().is_pending(), "one item is out and unfinished");
    queue.task_done().expect("it was taken");
    assert_eq!(joiner.woken(), Ok(()));
    assert_eq!(queue.try_get(), Err(TryGetError::Ended(End::ShutDown)));
  });
}

#[test]
fn soft_may_become_immediate_and_never_back() {
  once(|| {
    let queue = Queue::new(0);
    queue.try_put(1).expect("there is room");
    queue.shutdown(false);
    assert_eq!(queue.statistics().size, 1);
    queue.shutdown(true);
    queue.shutdown(false);
    assert_eq!((queue.statistics().size, queue.try_get()), (0, Err(TryGetError::Ended(End::ShutDown))));
  });
}

#[test]
fn the_first_end_is_told() {
  once(|| {
    let queue = Queue::<u8>::new(0);
    queue.shutdown(false);
    queue.end(End::Died);
    assert_eq!(queue.get_wait(None), Err(SHUT_DOWN));
    let queue = Queue::<u8>::new(0);
    queue.end(End::Died);
    queue.shutdown(true);
    assert_eq!(queue.get_wait(None), Err(WaitError::Ended(End::Died)));
  });
}

#[test]
fn the_owners_end_releases_joiners_also_after_a_shutdown() {
  once(|| {
    let queue = Queue::new(0);
    queue.try_put(1).expect("there is room");
    queue.shutdown(false);
    let mut joiner = Polled::parked(queue.join());
    queue.end(End::Closed);
    assert_eq!(joiner.woken(), Err(WaitError::Ended(End::Closed)));
    assert_eq!(queue.join_wait(None), Err(WaitError::Ended(End::Closed)), "a later one does not wait for ever");
  });
}

#[test]
fn what_comes_back_after_a_soft_end_may_still_be_taken() {
  once(|| {
    let queue = Queue::new(0);
    let served = Polled::parked(queue.get());
    queue.try_put(1).expect("there is room");
    queue.shutdown(false);
    drop(served);
    assert_eq!((queue.try_get(), queue.try_get()), (Ok(1), Err(TryGetError::Ended(End::ShutDown))));
  });
}

#[test]
fn what_comes_back_after_an_immediate_end_is_dropped_and_done() {
  once(|| {
    let (queue, item) = (Queue::new(0), Arc::new(()));
    let served = Polled::parked(queue.get());
    queue.try_put(Arc::clone(&item)).expect("there is room");
    let mut joiner = Polled::parked(queue.join());
    queue.shutdown(true);
    drop(served);
    assert_eq!(joiner.woken(), Ok(()));
    assert_eq!((queue.statistics().size, Arc::strong_count(&item)), (0, 1));
  });
}

/// An item that looks at its queue when it is dropped, which a lock held meanwhile would make a deadlock.
struct Curious(Option<Queue<Curious>>);

impl Drop for Curious {
  fn drop(&mut self) {
    let _ = self.0.take().map(|queue| queue.statistics());
  }
}

#[test]
fn no_item_is_dropped_under_the_lock() {
  once(|| {
    let queue = Queue::new(1);
    let curious = || Curious(Some(queue.clone()));
    // Refused by a port that is gone: room for the one, the end for the other.
    let port = TestPort::new();
    queue.try_put(curious()).unwrap_or_else(|_| panic!("there is room"));
    let puts = [port.park(1, Put::new(&queue, [curious()])), port.park(2, Put::new(&queue, [curious()]))];
    port.die(std::iter::empty::<(u32, Put<Curious>)>());
    drop(queue.try_get());
    queue.try_put(curious()).unwrap_or_else(|_| panic!("there is room"));
    let put = port.park(3, Put::new(&queue, [curious()]));
    // Taken along by the end, and coming back after it.
    drop(queue.try_get());
    let port = TestPort::new();
    let mut get = port.park(4, Get::one(&queue));
    queue.try_put(curious()).unwrap_or_else(|_| panic!("there is room"));
    queue.shutdown(true);
    port.take().into_iter().for_each(|(_, outcome)| get.give_back(outcome));
    // What was refused is with the queue until its wait is withdrawn, as every wait is that was not served.
    puts.into_iter().chain([put]).for_each(|mut put| assert!(put.withdraw()));
  });
}

#[test]
fn a_put_before_the_close_is_received_first() {
  model(|| {
    let queue = Queue::new(0);
    let closing = queue.clone();
    let closer = thread::spawn(move || {
      closing.try_put(1).expect("it is open");
      closing.end(End::Closed);
    });
    assert_eq!(queue.get_wait(None), Ok(1));
    assert_eq!(queue.get_wait(None), Err(WaitError::Ended(End::Closed)));
    closer.join().expect("no panic");
  });
}

#[test]
fn a_close_amid_a_put_loses_nothing() {
  crowded_model(|| {
    let queue = Queue::new(1);
    let closing = queue.clone();
    let closer = thread::spawn(move || closing.shutdown(false));
    let putting = queue.clone();
    let putter = thread::spawn(move || putting.put_many_wait([1, 2], None));
    let mut received = 0;
    while queue.get_wait(None).is_ok() {
      received += 1;
    }
    closer.join().expect("no panic");
    let inserted = putter.join().expect("no panic").unwrap_or_else(|error| error.put);
    assert_eq!((received + queue.clear().len(), queue.statistics().putters), (inserted, 0));
  });
}

#[test]
fn a_close_releases_getters_wherever_they_are() {
  crowded_model(|| {
    let queue = Queue::<u8>::new(0);
    let getting = queue.clone();
    let getter = thread::spawn(move || getting.get_wait(None));
    let closing = queue.clone();
    let closer = thread::spawn(move || closing.end(End::Died));
    assert_eq!(super::await_here(queue.get()), Err(WaitError::Ended(End::Died)));
    assert_eq!(getter.join().expect("no panic"), Err(WaitError::Ended(End::Died)));
    closer.join().expect("no panic");
  });
}
