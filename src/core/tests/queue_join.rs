//! Matrix: join × nothing put, unfinished, finished, cleared, abandoned; `task_done` × surplus, early, last, racing with
//! a put.

use super::{POLL, Polled, model, once};
use crate::core::{
  error::WaitError,
  queue::{Queue, SurplusTaskDone},
  sync::thread,
};

#[test]
fn a_join_returns_at_once_where_nothing_is_unfinished() {
  once(|| {
    let queue = Queue::<u8>::new(0);
    assert_eq!((queue.join_wait(None), queue.join_wait(None)), (Ok(()), Ok(())));
    assert_eq!(queue.task_done(), Err(SurplusTaskDone));
  });
}

#[test]
fn the_last_report_releases_all_joiners_once() {
  once(|| {
    let queue = Queue::new(0);
    queue.try_put(1).expect("there is room");
    queue.try_put(2).expect("there is room");
    let mut joiners = [Polled::parked(queue.join()), Polled::parked(queue.join())];
    queue.task_done().expect("two are unfinished");
    assert!(joiners.iter().all(|joiner| joiner.wakes() == 0));
    queue.task_done().expect("one is unfinished");
    assert!(joiners.iter_mut().all(|joiner| joiner.woken() == Ok(())));
  });
}

#[test]
fn an_abandoned_join_leaves_no_waiter() {
  once(|| {
    let queue = Queue::new(0);
    queue.try_put(1).expect("there is room");
    drop(Polled::parked(queue.join()));
    assert_eq!(queue.join_wait(POLL), Err(WaitError::TimedOut));
    assert_eq!(queue.statistics().joiners, 0);
  });
}

#[test]
fn what_a_clear_gives_back_is_unfinished_again() {
  once(|| {
    let queue = Queue::new(0);
    for item in 1..4 {
      queue.try_put(item).expect("there is room");
    }
    let cleared = queue.clear();
    assert_eq!(queue.statistics().unfinished, 0);
    queue.unclear(cleared.into_iter().skip(1));
    assert_eq!(queue.statistics().unfinished, 2);
    assert_eq!(queue.try_get_many(9), Ok(vec![2, 3]));
  });
}

#[test]
fn a_clear_counts_as_done_and_lets_putters_in() {
  once(|| {
    let queue = Queue::new(1);
    queue.try_put(1).expect("there is room");
    let (mut joiner, mut putter) = (Polled::parked(queue.join()), Polled::parked(queue.put(2)));
    assert_eq!(queue.clear(), [1]);
    assert_eq!(putter.woken(), Ok(()));
    assert!(joiner.poll().is_pending(), "what was let in is unfinished");
    assert_eq!((queue.clear(), joiner.woken()), (vec![2], Ok(())));
  });
}

#[test]
fn reports_ahead_of_the_get_are_counted_and_no_more() {
  once(|| {
    let queue = Queue::new(0);
    (1..4).for_each(|item| queue.try_put(item).expect("there is room"));
    (0..3).for_each(|_| queue.task_done().expect("three are unfinished"));
    assert_eq!(queue.task_done(), Err(SurplusTaskDone));
    assert_eq!(queue.clear(), [1, 2, 3], "they were done before they were cleared");
    assert_eq!(queue.statistics().unfinished, 0);
    queue.try_put(4).expect("there is room");
    queue.task_done().expect("one is unfinished");
    queue.shutdown(true);
    assert_eq!((queue.statistics().unfinished, queue.join_wait(None)), (0, Ok(())));
  });
}

#[test]
fn a_worker_that_puts_before_it_reports_never_ends_the_join() {
  model(|| {
    let queue = Queue::new(0);
    queue.try_put(1).expect("there is room");
    let working = queue.clone();
    let worker = thread::spawn(move || {
      working.try_put(2).expect("there is room");
      working.task_done().expect("two are unfinished");
    });
    let mut joiner = Polled::parked(queue.join());
    worker.join().expect("no panic");
    assert!(joiner.poll().is_pending(), "it returned early");
    assert_eq!(joiner.wakes(), 0, "it spun");
    queue.task_done().expect("one is unfinished");
    assert_eq!(joiner.woken(), Ok(()));
  });
}

#[test]
fn a_join_racing_with_the_last_report_returns() {
  model(|| {
    let queue = Queue::new(0);
    queue.try_put(1).expect("there is room");
    let working = queue.clone();
    let worker = thread::spawn(move || working.task_done());
    assert_eq!(queue.join_wait(None), Ok(()));
    worker.join().expect("no panic").expect("one is unfinished");
  });
}
