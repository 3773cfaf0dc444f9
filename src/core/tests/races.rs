//! The three races of the architecture, and the rule that excludes each.
//!
//! Matrix: the receiver dies × before, amid and after a put, alone and before a live one; a verdict of idleness × a put
//! that wakes another loop; one wait in two queues × items in both, an item that comes while the wait begins.

use super::{Polled, crowded_model, model, once, port::TestPort, put_elsewhere};
use crate::core::{
  error::TryGetError,
  operation::Operation,
  queue::{Get, Put, Queue, QueueOutcome},
  select::Select,
  sync::{Mutex, thread},
};
use std::sync::Arc;

// The receiver dies between being chosen and being served.

#[test]
fn an_item_put_while_its_receiver_dies_is_there_once() {
  model(|| {
    let (queue, port) = (Queue::new(0), TestPort::new());
    let get = port.park(1, Get::one(&queue));
    let putting = queue.clone();
    let putter = thread::spawn(move || putting.try_put(7));
    port.die([(1, get)]);
    putter.join().expect("no panic").expect("there is room");
    assert_eq!((queue.try_get(), queue.try_get()), (Ok(7), Err(TryGetError::Empty)));
    assert_eq!(queue.statistics().getters, 0);
  });
}

#[test]
fn an_item_put_while_its_receiver_dies_goes_to_the_next() {
  model(|| {
    let (queue, port) = (Queue::new(0), TestPort::new());
    let get = port.park(1, Get::one(&queue));
    let mut next = Polled::parked(queue.get());
    let putting = queue.clone();
    let putter = thread::spawn(move || putting.try_put(7));
    port.die([(1, get)]);
    putter.join().expect("no panic").expect("there is room");
    assert_eq!((next.woken(), queue.try_get()), (Ok(7), Err(TryGetError::Empty)));
  });
}

#[test]
fn two_receivers_die_amid_a_blocking_get() {
  crowded_model(|| {
    let (queue, port) = (Queue::new(0), TestPort::new());
    let gets = [(1, port.park(1, Get::one(&queue))), (2, port.park(2, Get::many(&queue, 2)))];
    let putting = queue.clone();
    let putter = thread::spawn(move || {
      putting.try_put(1).expect("there is room");
      putting.try_put(2).expect("there is room");
    });
    let dying = thread::spawn(move || port.die(gets));
    let mut got = [queue.get_wait(None), queue.get_wait(None)].map(|item| item.expect("the queue is open"));
    putter.join().expect("no panic");
    dying.join().expect("no panic");
    got.sort_unstable();
    assert_eq!((got, queue.statistics().size), ([1, 2], 0));
  });
}

#[test]
fn a_putter_that_dies_amid_a_get_inserts_its_item_or_not() {
  model(|| {
    let (queue, port) = (Queue::new(1), TestPort::new());
    queue.try_put(1).expect("there is room");
    let put = port.park(1, Put::new(&queue, [2]));
    let getting = queue.clone();
    let getter = thread::spawn(move || getting.try_get());
    port.die([(1, put)]);
    assert_eq!(getter.join().expect("no panic"), Ok(1));
    let rest = queue.clear();
    assert!(rest.is_empty() || rest == [2]);
    assert_eq!(queue.statistics().putters, 0);
    queue.try_put(3).expect("no room was lost");
  });
}

#[test]
fn a_putter_that_is_gone_inserts_nothing() {
  once(|| {
    let (queue, port) = (Queue::new(1), TestPort::new());
    queue.try_put(1).expect("there is room");
    let _put = port.park(1, Put::new(&queue, [2]));
    let mut next = Polled::parked(queue.put(3));
    port.die(std::iter::empty::<(u32, Put<u8>)>()); // Dead, and its wait still listed.
    assert_eq!(queue.try_get(), Ok(1));
    assert_eq!((next.woken(), queue.clear(), queue.statistics().unfinished), (Ok(()), vec![3], 1));
  });
}

#[test]
fn what_a_dying_thread_has_not_seen_goes_back_in_order() {
  once(|| {
    let (queue, port) = (Queue::new(1), TestPort::new());
    let gets: Vec<_> = (0..3).map(|ticket| (ticket, port.park(ticket, Get::one(&queue)))).collect();
    let seen = port.park(9, Get::one(&queue));
    for item in 0..4 {
      queue.try_put(item).expect("a getter waits");
    }
    drop(seen); // An operation by itself is no wait: its outcome was delivered, and stays so.
    queue.try_put(4).expect("there is room");
    port.die(gets);
    assert_eq!(queue.clear(), [0, 1, 2, 4], "above maxsize, as promised for a death");
  });
}

#[test]
fn a_thread_that_merely_spins_keeps_what_it_was_handed_and_nothing_more() {
  once(|| {
    let (queue, spinning) = (Queue::new(0), TestPort::new());
    let _get = spinning.park(1, Get::one(&queue));
    queue.try_put(1).expect("there is room");
    queue.try_put(2).expect("there is room");
    assert_eq!((queue.try_get(), queue.try_get()), (Ok(2), Err(TryGetError::Empty)));
    assert_eq!(spinning.take(), [(1, QueueOutcome::Item(1))]);
  });
}

// Stale idleness.

/// A loop as a server sees it: what it had drained when it went quiet, and what has been pushed since.
struct Loop {
  port: Arc<TestPort<QueueOutcome<u8>>>,
  quiet_at: Mutex<Option<usize>>,
}

impl Loop {
  fn new(quiet_at: Option<usize>) -> Arc<Self> {
    Arc::new(Self { port: TestPort::new(), quiet_at: Mutex::new(quiet_at) })
  }

  /// The count at which it is idle, if it is.
  fn idle_at(&self) -> Option<usize> {
    let quiet_at = (*self.quiet_at.lock())?;
    (self.port.pushes() == quiet_at).then_some(quiet_at)
  }
}

fn scan(loops: [&Loop; 2]) -> Option<[usize; 2]> {
  let [first, second] = loops.map(Loop::idle_at);
  Some([first?, second?])
}

/// `busy` puts to `idle` and goes quiet while a server looks. Whether it found all idle while the item was on its way.
fn verdict_is_stale(verdict: impl Fn([&Loop; 2]) -> bool) -> bool {
  let (queue, idle, busy) = (Queue::new(0), Loop::new(Some(0)), Loop::new(None));
  let _get = idle.port.park(1, Get::one(&queue));
  let acting = Arc::clone(&busy);
  let actor = thread::spawn(move || {
    queue.try_put(7).expect("there is room");
    *acting.quiet_at.lock() = Some(0);
  });
  let is_stale = verdict([&idle, &busy]) && idle.port.drain() == (vec![(1, QueueOutcome::Item(7))], 1);
  actor.join().expect("no panic");
  is_stale
}

#[test]
fn two_identical_scans_are_never_stale() {
  model(|| assert!(!verdict_is_stale(|loops| scan(loops).is_some_and(|first| scan(loops) == Some(first)))));
}

/// That the rule is needed, and that the model finds it.
#[cfg(loom)]
#[test]
#[should_panic(expected = "stale")]
fn one_scan_may_be_stale() {
  model(|| assert!(!verdict_is_stale(|loops| scan(loops).is_some()), "stale"));
}

// Double service.

/// A wait for an item of either queue, at a port.
fn either(queues: &[Queue<u8>; 2]) -> Select<'static, (usize, u8)> {
  let [first, second] = queues;
  Select::new()
    .get(first, |item| (0, item.expect("the queue is open")))
    .get(second, |item| (1, item.expect("the queue is open")))
}

#[test]
fn a_wait_in_two_queues_is_served_by_one() {
  model(|| {
    let (queues, port) = ([Queue::new(0), Queue::new(0)], TestPort::new());
    let wait = port.park(5, either(&queues));
    let putters = [put_elsewhere(&queues[0], 10), put_elsewhere(&queues[1], 11)];
    for putter in putters {
      putter.join().expect("no panic");
    }
    let [(5, branch)] = port.take()[..] else { panic!("one outcome") };
    assert_eq!(port.wakes(), 1);
    let (winner, item) = wait.finish(branch);
    let left = queues.map(|queue| (queue.clear(), queue.statistics().getters));
    match winner {
      0 => assert_eq!((item, left), (10, [(vec![], 0), (vec![11], 0)])),
      _ => assert_eq!((item, left), (11, [(vec![10], 0), (vec![], 0)])),
    }
  });
}

#[test]
fn a_queue_whose_getter_was_served_elsewhere_serves_the_next() {
  model(|| {
    let (queues, port) = ([Queue::new(0), Queue::new(0)], TestPort::new());
    let mut wait = port.park(5, either(&queues));
    let mut next = Polled::parked(queues[0].get());
    let putters = [put_elsewhere(&queues[0], 10), put_elsewhere(&queues[1], 11)];
    for putter in putters {
      putter.join().expect("no panic");
    }
    assert!(!wait.withdraw(), "it has been served");
    let [(5, branch)] = port.take()[..] else { panic!("one outcome") };
    match wait.finish(branch) {
      (0, item) => assert_eq!((item, next.poll().is_pending(), queues[1].clear()), (10, true, vec![11])),
      (_, item) => assert_eq!((item, next.woken(), queues[1].clear()), (11, Ok(10), vec![])),
    }
  });
}

/// A wait that finds an item while it begins at its second queue takes it only if the first has not served it.
#[test]
fn a_wait_served_while_it_begins_elsewhere_takes_one_item() {
  model(|| {
    let (queues, port) = ([Queue::new(0), Queue::new(0)], TestPort::new());
    queues[1].try_put(11).expect("there is room");
    let putter = put_elsewhere(&queues[0], 10);
    let mut wait = either(&queues);
    let at_once = wait.begin(|| port.waiter(5));
    putter.join().expect("no panic");
    let delivered = port.take();
    assert_eq!(usize::from(at_once.is_some()) + delivered.len(), 1, "it is served once");
    let (winner, item) = wait.finish(at_once.unwrap_or_else(|| delivered[0].1));
    let left = queues.map(|queue| queue.clear());
    match winner {
      0 => assert_eq!((item, left), (10, [vec![], vec![11]])),
      _ => assert_eq!((item, left), (11, [vec![10], vec![]])),
    }
  });
}

#[test]
fn a_receiver_that_dies_amid_two_puts_leaves_both_items() {
  model(|| {
    let (queues, port) = ([Queue::new(0), Queue::new(0)], TestPort::new());
    let wait = port.park(5, either(&queues));
    let putters = [put_elsewhere(&queues[0], 10), put_elsewhere(&queues[1], 11)];
    port.die([(5, wait)]);
    for putter in putters {
      putter.join().expect("no panic");
    }
    assert_eq!(queues.map(|queue| (queue.clear(), queue.statistics().getters)), [(vec![10], 0), (vec![11], 0)]);
  });
}
