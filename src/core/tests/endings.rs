//! What may end a wait meets what may serve it, in every order: nothing is lost, nothing is there twice, and nobody is
//! left waiting.
//!
//! Matrix: shutdown, immediate shutdown, the owner's end, clear × join, get, batch get, put, an item on its way back; a
//! soft and an immediate shutdown; the claim of two lists by a select × the shutdown of one, of both, the end of a
//! future, the death of its port. Ends met by a plain put and get: `queue_end`.

use super::{Polled, await_here, crowded_model, model, port::TestPort};
use crate::core::{
  error::{End, WaitError},
  event::Event,
  future::FutureCell,
  queue::{Get, Join, Queue, QueueOutcome},
  select::Select,
  sync::thread,
};

const SHUT_DOWN: WaitError = WaitError::Ended(End::ShutDown);

fn filled(items: &[u8]) -> Queue<u8> {
  let queue = Queue::new(0);
  for item in items {
    queue.try_put(*item).expect("there is room");
  }
  queue
}

/// Does something on another thread.
fn elsewhere<R: Send + 'static>(
  queue: &Queue<u8>,
  act: impl FnOnce(Queue<u8>) -> R + Send + 'static,
) -> thread::JoinHandle<R> {
  let queue = queue.clone();
  thread::spawn(move || act(queue))
}

#[test]
fn a_join_amid_an_immediate_shutdown_ends() {
  model(|| {
    let queue = filled(&[1]);
    let closer = elsewhere(&queue, |queue| queue.shutdown(true));
    assert_eq!(await_here(queue.join()), Ok(()));
    closer.join().expect("no panic");
    assert_eq!((queue.statistics().unfinished, queue.statistics().joiners), (0, 0));
  });
}

#[test]
fn a_join_amid_the_owners_end_ends_one_way_or_the_other() {
  crowded_model(|| {
    let queue = filled(&[1]);
    let closer = elsewhere(&queue, |queue| queue.end(End::Died));
    let worker = elsewhere(&queue, |queue| queue.task_done());
    let joined = await_here(queue.join());
    assert!(joined == Ok(()) || joined == Err(WaitError::Ended(End::Died)), "{joined:?}");
    closer.join().expect("no panic");
    worker.join().expect("no panic").expect("one was unfinished");
    assert_eq!(queue.statistics().joiners, 0);
  });
}

#[test]
fn a_join_amid_a_clear_and_a_put_ends_when_all_is_done() {
  crowded_model(|| {
    let queue = filled(&[1]);
    let clearer = elsewhere(&queue, |queue| queue.clear().len());
    let putter = elsewhere(&queue, |queue| queue.try_put(2).is_ok());
    let mut join = Polled::new(queue.join());
    let joined = join.poll();
    let count = clearer.join().expect("no panic");
    assert!(putter.join().expect("no panic"));
    assert_eq!(queue.clear().len(), 2 - count);
    assert!(joined.is_ready() || join.poll().is_ready());
  });
}

#[test]
fn a_joiner_that_dies_amid_the_last_report_leaves_nothing() {
  model(|| {
    let (queue, port) = (filled(&[1]), TestPort::new());
    let join = port.park(1, Join::new(&queue));
    let worker = elsewhere(&queue, |queue| queue.task_done());
    port.die([(1, join)]);
    worker.join().expect("no panic").expect("one was unfinished");
    assert_eq!((queue.statistics().unfinished, queue.statistics().joiners), (0, 0));
  });
}

#[test]
fn a_clear_amid_a_put_that_waits_lets_it_in() {
  model(|| {
    let queue = Queue::new(1);
    queue.try_put(1).expect("there is room");
    let putter = elsewhere(&queue, |queue| await_here(queue.put(2)));
    let cleared = queue.clear();
    assert_eq!(putter.join().expect("no panic"), Ok(()));
    let mut all = cleared;
    all.extend(queue.clear());
    assert_eq!((all, queue.statistics().unfinished), (vec![1, 2], 0));
  });
}

#[test]
fn a_clear_and_a_get_share_the_items() {
  crowded_model(|| {
    let queue = filled(&[1]);
    let clearer = elsewhere(&queue, |queue| queue.clear());
    let putter = elsewhere(&queue, |queue| queue.try_put(2).is_ok());
    let mut get = Polled::new(queue.get_many(2));
    let got = get.poll();
    let mut all = clearer.join().expect("no panic");
    assert!(putter.join().expect("no panic"));
    match got {
      std::task::Poll::Ready(items) => all.extend(items.expect("it is open")),
      std::task::Poll::Pending => drop(get),
    }
    all.extend(queue.clear());
    all.sort_unstable();
    assert_eq!((all, queue.statistics().getters), (vec![1, 2], 0));
  });
}

#[test]
fn an_item_on_its_way_back_amid_an_immediate_shutdown_is_done() {
  model(|| {
    let queue = Queue::new(0);
    let served = Polled::parked(queue.get());
    queue.try_put(1).expect("there is room");
    let closer = elsewhere(&queue, |queue| queue.shutdown(true));
    drop(served);
    closer.join().expect("no panic");
    let left = queue.statistics();
    assert_eq!((left.size, left.unfinished), (0, 0), "whichever came first, it was dropped, and counts as done");
    assert_eq!(await_here(queue.join()), Ok(()));
  });
}

#[test]
fn an_item_on_its_way_back_amid_a_soft_shutdown_may_be_taken() {
  model(|| {
    let (queue, port) = (Queue::new(0), TestPort::new());
    let get = port.park(1, Get::one(&queue));
    queue.try_put(1).expect("there is room");
    let closer = elsewhere(&queue, |queue| queue.shutdown(false));
    port.die([(1, get)]);
    closer.join().expect("no panic");
    assert_eq!((await_here(queue.get()), await_here(queue.get())), (Ok(1), Err(SHUT_DOWN)));
  });
}

#[test]
fn an_item_on_its_way_back_goes_to_a_getter_that_comes() {
  model(|| {
    let queue = Queue::new(0);
    let served = Polled::parked(queue.get());
    queue.try_put(1).expect("there is room");
    let getter = elsewhere(&queue, |queue| await_here(queue.get()));
    drop(served);
    assert_eq!(getter.join().expect("no panic"), Ok(1));
    assert_eq!((queue.statistics().size, queue.statistics().unfinished), (0, 1));
  });
}

#[test]
fn a_soft_and_an_immediate_shutdown_release_the_same_waiters_once() {
  crowded_model(|| {
    let queue = filled(&[]);
    let mut getter = Polled::parked(queue.get());
    let closers = [false, true].map(|is_immediate| elsewhere(&queue, move |queue| queue.shutdown(is_immediate)));
    for closer in closers {
      closer.join().expect("no panic");
    }
    assert_eq!(getter.woken(), Err(SHUT_DOWN));
    assert_eq!(queue.statistics().getters, 0);
  });
}

#[test]
fn a_getter_at_a_dying_port_amid_a_shutdown_leaves_nothing() {
  crowded_model(|| {
    let (queue, port) = (Queue::new(0), TestPort::new());
    let gets = [(1, port.park(1, Get::one(&queue))), (2, port.park(2, Get::many(&queue, 2)))];
    let closer = elsewhere(&queue, |queue| queue.shutdown(false));
    let putter = elsewhere(&queue, |queue| queue.try_put(1).is_ok());
    port.die(gets);
    closer.join().expect("no panic");
    let was_put = putter.join().expect("no panic");
    assert_eq!((queue.clear().len(), queue.statistics().getters), (usize::from(was_put), 0));
  });
}

fn either<'a>(first: &Queue<u8>, second: &Queue<u8>) -> Select<'a, Result<u8, WaitError>> {
  Select::new().get(first, |item| item).get(second, |item| item)
}

#[test]
fn a_claim_of_two_lists_amid_the_shutdown_of_one_takes_one_outcome() {
  crowded_model(|| {
    let queues = [Queue::new(0), Queue::new(0)];
    let closer = elsewhere(&queues[0], |queue| queue.shutdown(false));
    let putter = elsewhere(&queues[1], |queue| queue.try_put(1).expect("it is open"));
    let chosen = await_here(either(&queues[0], &queues[1]).select());
    closer.join().expect("no panic");
    putter.join().expect("no panic");
    let left = queues[1].clear();
    assert!(matches!((chosen, &*left), (Ok(1), []) | (Err(SHUT_DOWN), [1])), "{chosen:?}, {left:?}");
    assert!(queues.iter().all(|queue| queue.statistics().getters == 0));
  });
}

#[test]
fn a_claim_of_two_lists_that_are_both_shut_down_ends_once() {
  crowded_model(|| {
    let queues = [Queue::new(0), Queue::new(0)];
    let closers = [0, 1].map(|index| elsewhere(&queues[index], |queue| queue.shutdown(true)));
    assert_eq!(await_here(either(&queues[0], &queues[1]).select()), Err(SHUT_DOWN));
    for closer in closers {
      closer.join().expect("no panic");
    }
    assert!(queues.iter().all(|queue| queue.statistics().getters == 0));
  });
}

#[test]
fn a_claim_of_a_queue_and_a_future_amid_both_ends_leaves_no_waiter() {
  crowded_model(|| {
    let (queue, future, event) = (filled(&[]), FutureCell::<u8>::new(), Event::new());
    let closer = elsewhere(&queue, |queue| queue.end(End::Closed));
    let settling = future.clone();
    let settler = thread::spawn(move || settling.set_result(1).is_ok());
    let select = Select::new().get(&queue, |item| item).future(&future, |value| value).event(&event, |_| Ok(2));
    let chosen = await_here(select.select());
    closer.join().expect("no panic");
    assert!(settler.join().expect("no panic"));
    assert!(chosen == Ok(1) || chosen == Err(WaitError::Ended(End::Closed)), "{chosen:?}");
    assert_eq!((queue.statistics().getters, future.waiters(), event.waiters()), (0, 0, 0));
  });
}

#[test]
fn a_claim_at_a_dying_port_amid_a_put_and_a_shutdown_loses_nothing() {
  crowded_model(|| {
    let (queues, port) = ([Queue::new(0), Queue::new(0)], TestPort::new());
    let select = port.park(1, either(&queues[0], &queues[1]));
    let closer = elsewhere(&queues[0], |queue| queue.shutdown(false));
    let putter = elsewhere(&queues[1], |queue| queue.try_put(1).expect("it is open"));
    port.die([(1, select)]);
    closer.join().expect("no panic");
    putter.join().expect("no panic");
    assert_eq!(queues[1].clear(), [1]);
    assert!(queues.iter().all(|queue| queue.statistics().getters == 0));
  });
}

#[test]
fn a_parked_put_amid_a_shutdown_gets_its_item_back_or_has_it_in() {
  crowded_model(|| {
    let (queue, port) = (Queue::new(1), TestPort::new());
    queue.try_put(1).expect("there is room");
    let _put = port.park(1, crate::core::queue::Put::new(&queue, [2]));
    let closer = elsewhere(&queue, |queue| queue.shutdown(false));
    let getter = elsewhere(&queue, |queue| queue.try_get());
    closer.join().expect("no panic");
    assert_eq!(getter.join().expect("no panic"), Ok(1));
    let [(_, outcome)] = port.take().try_into().expect("one outcome");
    match outcome {
      QueueOutcome::Put(1) => assert_eq!(queue.clear(), [2]),
      QueueOutcome::Ended { put: 0, rest, .. } => assert_eq!((Vec::from(rest), queue.clear()), (vec![2], vec![])),
      other => panic!("{other:?}"),
    }
  });
}
