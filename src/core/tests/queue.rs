//! Matrix of actions on one queue, each against items, room, parked getters and parked putters:
//! put, try-put, batch put, abandoned put, timed-out put × get, try-get, batch get, abandoned get, timed-out get, clear,
//! peek; drop of the waiting future, before and after it was served. The two doors: `queue_doors`. Ends: `queue_end`.
//! `join`: `queue_join`. A receiver that dies, and one wait in two queues: `races`.

use super::{POLL, Polled, await_here, model, once, port::TestPort};
use crate::core::{
  deadline::Deadline,
  error::{End, PutError, PutManyError, TryGetError, TryPutError, WaitError},
  operation::Operation,
  queue::{Get, Put, Queue, QueueOutcome},
  sync::thread,
};
use std::{sync::Arc, task::Poll, time::Duration};

#[test]
fn attempts_never_wait_and_leave_all_as_it_was() {
  once(|| {
    let queue = Queue::new(1);
    assert_eq!(queue.try_get(), Err(TryGetError::Empty));
    assert_eq!(queue.try_get_many(5), Err(TryGetError::Empty));
    queue.try_put("a").expect("there is room");
    let before = queue.statistics();
    assert_eq!(queue.try_put("b"), Err(TryPutError::Full("b")), "the item is handed back");
    assert_eq!(queue.statistics(), before);
    assert_eq!(queue.try_get(), Ok("a"));
  });
}

#[test]
fn timeouts_of_all_sizes_are_sound() {
  once(|| {
    let queue = Queue::new(0);
    assert_eq!(queue.get_wait(POLL), Err(WaitError::TimedOut));
    assert_eq!(Deadline::after(Duration::MAX), Deadline::NEVER);
    queue.put_wait(1, POLL).expect("there is room");
    assert_eq!(queue.get_wait(Some(Duration::MAX)), Ok(1));
    assert_eq!(queue.statistics().maxsize, usize::MAX);
  });
}

#[test]
fn timed_out_getter_takes_nothing() {
  once(|| {
    let queue = Queue::new(0);
    assert_eq!(queue.get_wait(POLL), Err(WaitError::TimedOut));
    assert_eq!(queue.statistics().getters, 0);
    queue.try_put(1).expect("there is room");
    assert_eq!(queue.try_get(), Ok(1));
  });
}

#[test]
fn timed_out_putter_inserts_nothing() {
  once(|| {
    let queue = Queue::new(1);
    queue.try_put(1).expect("there is room");
    assert_eq!(queue.put_wait(2, POLL), Err(PutError { reason: WaitError::TimedOut, item: 2 }));
    assert_eq!(queue.statistics().putters, 0);
    assert_eq!((queue.try_get(), queue.try_get()), (Ok(1), Err(TryGetError::Empty)));
    assert_eq!(queue.statistics().unfinished, 1);
  });
}

#[test]
fn timed_out_batch_says_how_many_went_in() {
  once(|| {
    let queue = Queue::new(2);
    assert_eq!(
      queue.put_many_wait([1, 2, 3, 4], POLL),
      Err(PutManyError { reason: WaitError::TimedOut, put: 2, rest: vec![3, 4] })
    );
    assert_eq!(queue.try_get_many(9), Ok(vec![1, 2]));
    assert_eq!(queue.statistics().size + queue.statistics().putters, 0);
  });
}

#[test]
fn batches_keep_their_order() {
  once(|| {
    let queue = Queue::new(3);
    let mut putter = Polled::parked(queue.put_many([1, 2, 3, 4, 5, 6, 7]));
    assert_eq!(await_here(queue.get_many(2)), Ok(vec![1, 2]));
    assert_eq!(queue.get_many_wait(9, None), Ok(vec![3, 4, 5]));
    assert_eq!(putter.woken(), Ok(7), "its last item went in when room came for it");
    assert_eq!(queue.get_many_wait(9, None), Ok(vec![6, 7]));
  });
}

#[test]
fn items_of_two_batches_do_not_mix() {
  once(|| {
    let queue = Queue::new(1);
    let mut first = Polled::parked(queue.put_many([1, 2, 3]));
    let mut second = Polled::parked(queue.put_many([4, 5]));
    let taken: Vec<_> = (0..5).map(|_| queue.try_get()).collect();
    assert_eq!(taken, [Ok(1), Ok(2), Ok(3), Ok(4), Ok(5)]);
    assert_eq!((first.woken(), second.woken()), (Ok(3), Ok(2)));
  });
}

#[test]
fn one_item_wakes_one_getter() {
  once(|| {
    let queue = Queue::new(0);
    let mut getters: Vec<_> = (0..3).map(|_| Polled::parked(queue.get())).collect();
    queue.try_put(1).expect("there is room");
    assert_eq!(getters.iter().map(Polled::wakes).collect::<Vec<_>>(), [1, 0, 0]);
    assert_eq!(getters[0].woken(), Ok(1));
  });
}

#[test]
fn room_wakes_as_many_putters_as_fit() {
  once(|| {
    let queue = Queue::new(2);
    assert_eq!(await_here(queue.put_many([1, 2])), Ok(2));
    let mut putters: Vec<_> = (3..7).map(|item| Polled::parked(queue.put(item))).collect();
    assert_eq!(queue.try_get_many(9), Ok(vec![1, 2]));
    assert_eq!(putters.iter().map(Polled::wakes).collect::<Vec<_>>(), [1, 1, 0, 0]);
    assert_eq!(queue.clear(), [3, 4]);
    assert_eq!(putters.iter().map(Polled::wakes).collect::<Vec<_>>(), [1, 1, 1, 1]);
    assert!(putters.iter_mut().all(|putter| putter.woken().is_ok()));
    assert_eq!(queue.clear(), [5, 6]);
  });
}

#[test]
fn an_item_put_for_a_parked_getter_is_nobody_elses() {
  once(|| {
    let queue = Queue::new(0);
    let mut getter = Polled::parked(queue.get());
    queue.try_put(1).expect("there is room");
    assert_eq!(queue.try_get(), Err(TryGetError::Empty));
    assert_eq!(getter.woken(), Ok(1));
  });
}

#[test]
fn room_that_came_for_a_parked_putter_is_nobody_elses() {
  once(|| {
    let queue = Queue::new(1);
    queue.try_put(1).expect("there is room");
    let mut putter = Polled::parked(queue.put(2));
    assert_eq!(queue.try_get(), Ok(1));
    assert_eq!(queue.try_put(3), Err(TryPutError::Full(3)));
    assert_eq!((putter.woken(), queue.try_get()), (Ok(()), Ok(2)));
  });
}

#[test]
fn getters_of_every_kind_are_served_in_the_order_in_which_they_came() {
  once(|| {
    let (queue, port) = (Queue::new(0), TestPort::new());
    let mut first = Polled::parked(queue.get());
    let _second = port.park(2, Get::one(&queue));
    let mut third = Polled::parked(queue.get_many(5));
    let _fourth = port.park(4, Get::many(&queue, 5));
    for item in 1..=4 {
      queue.try_put(item).expect("there is room");
    }
    assert_eq!((first.woken(), third.woken()), (Ok(1), Ok(vec![3])));
    assert_eq!(port.take(), [(2, QueueOutcome::Item(2)), (4, QueueOutcome::Items(vec![4]))]);
    assert_eq!(port.wakes(), 2);
  });
}

#[test]
fn abandoned_getter_passes_the_baton() {
  once(|| {
    let queue = Queue::new(0);
    let abandoned = Polled::parked(queue.get());
    let (mut second, mut third) = (Polled::parked(queue.get()), Polled::parked(queue.get()));
    drop(abandoned);
    queue.try_put(1).expect("there is room");
    queue.try_put(2).expect("there is room");
    assert_eq!((second.woken(), third.woken()), (Ok(1), Ok(2)));
  });
}

#[test]
fn getter_abandoned_after_it_was_served_passes_its_item_on() {
  once(|| {
    let queue = Queue::new(0);
    let (served, mut next) = (Polled::parked(queue.get()), Polled::parked(queue.get()));
    queue.try_put(1).expect("there is room");
    drop(served);
    assert_eq!(next.woken(), Ok(1));
    let served = Polled::parked(queue.get_many(5));
    queue.try_put(2).expect("there is room");
    queue.try_put(3).expect("there is room");
    drop(served);
    assert_eq!(queue.clear(), [2, 3], "back at the head");
    assert_eq!(queue.statistics().unfinished, 1, "counted once");
  });
}

#[test]
fn abandoned_putter_passes_the_baton() {
  once(|| {
    let queue = Queue::new(1);
    queue.try_put(0).expect("there is room");
    let served = Polled::parked(queue.put(1));
    let abandoned = Polled::parked(queue.put(2));
    let mut last = Polled::parked(queue.put(3));
    assert_eq!(queue.try_get(), Ok(0));
    drop(served); // Its item was in when it was given up: what is in is in.
    drop(abandoned);
    assert_eq!((queue.try_get(), last.woken(), queue.try_get()), (Ok(1), Ok(()), Ok(3)));
    assert_eq!(queue.try_get(), Err(TryGetError::Empty));
  });
}

#[test]
fn dropped_before_it_was_polled_a_future_waits_nowhere() {
  once(|| {
    let queue = Queue::new(1);
    drop(Polled::new(queue.get()));
    drop(Polled::new(queue.put(1)));
    assert_eq!((queue.statistics().getters, queue.statistics().size), (0, 0));
  });
}

#[test]
fn a_task_that_moves_is_woken_where_it_is() {
  once(|| {
    let queue = Queue::new(0);
    let mut getter = Polled::parked(queue.get());
    let before = std::mem::take(&mut getter.wakes);
    assert!(getter.poll().is_pending());
    queue.try_put(1).expect("there is room");
    assert_eq!(before.0.load(std::sync::atomic::Ordering::SeqCst), 0);
    assert_eq!(getter.woken(), Ok(1));
  });
}

#[test]
fn a_peek_takes_nothing() {
  once(|| {
    let queue = Queue::new(0);
    assert!(queue.peek(|first: Option<&u8>| first.is_none()));
    queue.try_put(1).expect("there is room");
    queue.peek(|first| assert_eq!(first, Some(&1)));
    assert_eq!(queue.statistics().size, 1);
  });
}

#[test]
fn operations_tell_what_a_withdrawal_left() {
  once(|| {
    let (queue, port) = (Queue::new(1), TestPort::new());
    let mut put = port.park(1, Put::new(&queue, [1, 2, 3]));
    assert!(put.withdraw());
    assert_eq!(put.inserted(), 1);
    assert!(!put.withdraw(), "it has left already");
    assert_eq!(queue.try_get(), Ok(1));
    assert!(port.take().is_empty() && port.wakes() == 0);
  });
}

#[test]
fn a_task_that_moves_amid_a_put_is_not_forgotten() {
  model(|| {
    let queue = Queue::new(0);
    let mut getter = Polled::parked(queue.get());
    let putting = queue.clone();
    let putter = thread::spawn(move || putting.try_put(1));
    getter.wakes = Arc::default(); // Another waker from now on.
    let polled = getter.poll();
    putter.join().expect("no panic").expect("there is room");
    match polled {
      Poll::Ready(item) => assert_eq!(item, Ok(1)),
      Poll::Pending => assert_eq!(getter.woken(), Ok(1)),
    }
  });
}

#[test]
fn abort_and_put_leave_the_item_in_one_place() {
  model(|| {
    let queue = Queue::new(0);
    let mut getter = Polled::parked(queue.get());
    let putting = queue.clone();
    let putter = thread::spawn(move || putting.try_put(1));
    let got = getter.poll();
    drop(getter);
    putter.join().expect("no panic").expect("there is room");
    match got {
      Poll::Ready(item) => assert_eq!((item, queue.try_get()), (Ok(1), Err(TryGetError::Empty))),
      Poll::Pending => assert_eq!(queue.try_get(), Ok(1)),
    }
  });
}

#[test]
fn timeout_and_put_leave_the_item_in_one_place() {
  model(|| {
    let queue = Queue::new(0);
    let putting = queue.clone();
    let putter = thread::spawn(move || putting.try_put(1));
    let got = queue.get_wait(POLL);
    putter.join().expect("no panic").expect("there is room");
    assert!(got.is_ok() != queue.try_get().is_ok());
    assert_eq!(queue.statistics().getters, 0);
  });
}

#[test]
fn timeout_of_a_putter_and_a_get_agree() {
  model(|| {
    let queue = Queue::new(1);
    queue.try_put(1).expect("there is room");
    let getting = queue.clone();
    let getter = thread::spawn(move || getting.try_get());
    let put = queue.put_wait(2, POLL);
    assert_eq!(getter.join().expect("no panic"), Ok(1));
    assert_eq!(put.is_ok(), queue.try_get() == Ok(2));
  });
}

#[test]
fn a_getter_abandoned_amid_a_put_passes_the_baton() {
  model(|| {
    let queue = Queue::new(0);
    let (abandoned, mut next) = (Polled::parked(queue.get()), Polled::parked(queue.get()));
    let putting = queue.clone();
    let putter = thread::spawn(move || putting.try_put(1));
    drop(abandoned);
    putter.join().expect("no panic").expect("there is room");
    assert_eq!(next.woken(), Ok(1));
  });
}

#[test]
fn a_putter_abandoned_amid_a_get_passes_the_baton() {
  model(|| {
    let queue = Arc::new(Queue::new(1));
    queue.try_put(0).expect("there is room");
    let (abandoned, mut next) = (Polled::parked(queue.put(1)), Polled::parked(queue.put(2)));
    let getting = Queue::clone(&queue);
    let getter = thread::spawn(move || (getting.try_get(), getting.try_get()));
    drop(abandoned);
    let (first, second) = getter.join().expect("no panic");
    assert_eq!(first, Ok(0));
    assert_eq!(next.woken(), Ok(()));
    let rest = queue.clear();
    match second {
      Ok(1) => assert_eq!(rest, [2]),
      Ok(2) => assert_eq!(rest, []),
      other => panic!("{other:?}"),
    }
  });
}

#[test]
fn len_is_empty_is_full_and_maxsize_tell_what_is_in() {
  once(|| {
    let (bounded, unbounded) = (Queue::new(2), Queue::<u8>::new(0));
    assert_eq!((bounded.len(), bounded.is_empty(), bounded.is_full(), bounded.maxsize()), (0, true, false, Some(2)));
    assert_eq!((unbounded.is_full(), unbounded.maxsize()), (false, None));
    bounded.try_put(1).expect("there is room");
    assert!(!bounded.is_empty() && !bounded.is_full());
    let _waiting = Polled::parked(bounded.put_many([2, 3]));
    assert_eq!((bounded.len(), bounded.is_full()), (2, true));
    let weighted = Queue::weighted(0, 4, |item: &usize| *item);
    weighted.try_put(4).expect("it is empty");
    assert!(weighted.is_full() && weighted.maxsize().is_none());
  });
}

#[test]
fn a_put_that_ends_or_is_in_vain_hands_its_item_back() {
  once(|| {
    let queue = Queue::new(1);
    queue.try_put(1).expect("there is room");
    let mut waiting = Polled::parked(queue.put(5));
    queue.shutdown(false);
    let failed = waiting.woken().expect_err("it was shut down");
    assert_eq!((failed.reason, failed.item), (WaitError::Ended(End::ShutDown), 5));
    assert_eq!(await_here(queue.put(6)).map_err(|error| error.item), Err(6));
    assert_eq!(await_here(queue.put_many([7, 8])).map_err(|error| error.rest), Err(vec![7, 8]));
    assert_eq!(queue.try_put(9).map_err(TryPutError::into_item), Err(9));
  });
}
