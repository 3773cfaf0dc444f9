//! Queues whose last item, or whose lowest, is the next.
//!
//! Matrix: one by one, in batches, cleared, looked at × both orders; ties; handed back, uncleared, by a thread that dies,
//! amid puts; bounds by number and by weight; putters that wait; the end.

use super::{Polled, crowded_model, model, once, port::TestPort};
use crate::core::{
  error::{TryGetError, TryPutError},
  queue::{Get, Order, Queue},
  sync::thread,
};

/// An item with a rank, and a letter that tells those of one rank apart.
type Item = (u8, char);

fn by_rank(maxsize: usize) -> Queue<Item> {
  Queue::ordered(Order::Lowest(|one: &Item, other| one.0.cmp(&other.0)), maxsize, 0, |_| 1)
}

fn put_all<T>(queue: &Queue<T>, items: impl IntoIterator<Item = T>) {
  for item in items {
    assert!(queue.try_put(item).is_ok(), "there is room");
  }
}

#[test]
fn the_last_item_is_the_next() {
  once(|| {
    let queue = Queue::lifo(0);
    put_all(&queue, 1..=5);
    assert_eq!((queue.peek(|next| next == Some(&5)), queue.try_get()), (true, Ok(5)));
    assert_eq!(queue.try_get_many(2), Ok(vec![4, 3]));
    queue.try_put(6).expect("there is room");
    assert_eq!((queue.clear(), queue.try_get()), (vec![6, 2, 1], Err(TryGetError::Empty)));
  });
}

#[test]
fn the_lowest_item_is_the_next_and_of_several_the_first() {
  once(|| {
    let queue = by_rank(0);
    put_all(&queue, [(2, 'a'), (1, 'b'), (2, 'c'), (0, 'd'), (1, 'e'), (2, 'f')]);
    assert_eq!((queue.peek(|next| next == Some(&(0, 'd'))), queue.try_get()), (true, Ok((0, 'd'))));
    assert_eq!(queue.try_get_many(3), Ok(vec![(1, 'b'), (1, 'e'), (2, 'a')]));
    put_all(&queue, [(2, 'g'), (1, 'h')]);
    assert_eq!(queue.clear(), [(1, 'h'), (2, 'c'), (2, 'f'), (2, 'g')]);
  });
}

#[test]
fn what_is_handed_back_is_the_next_of_its_rank_in_its_order() {
  once(|| {
    let queue = by_rank(1);
    let queue_of_ranks = by_rank(0);
    put_all(&queue_of_ranks, [(2, 'a'), (1, 'b'), (1, 'c'), (2, 'd')]);
    let taken = queue_of_ranks.try_get_many(3).expect("there are items");
    assert_eq!(taken, [(1, 'b'), (1, 'c'), (2, 'a')]);
    put_all(&queue_of_ranks, [(1, 'e'), (0, 'f'), (2, 'g')]);
    queue_of_ranks.give_back(taken);
    let all = [(0, 'f'), (1, 'b'), (1, 'c'), (1, 'e'), (2, 'a'), (2, 'd'), (2, 'g')];
    assert_eq!(queue_of_ranks.clear(), all);
    queue_of_ranks.unclear(all.into_iter());
    assert_eq!((queue_of_ranks.statistics().unfinished, queue_of_ranks.clear()), (7, all.to_vec()));
    queue.give_back([(3, 'x'), (2, 'y')]);
    assert_eq!((queue.statistics().size, queue.try_get()), (2, Ok((2, 'y'))), "above maxsize");
  });
}

#[test]
fn the_last_items_handed_back_are_the_next_in_their_order() {
  once(|| {
    let queue = Queue::lifo(0);
    put_all(&queue, 1..=4);
    let taken = queue.try_get_many(2).expect("there are items");
    assert_eq!(taken, [4, 3]);
    queue.give_back(taken);
    assert_eq!(queue.clear(), [4, 3, 2, 1]);
  });
}

#[test]
fn what_a_dying_thread_has_not_seen_goes_back_to_its_place() {
  once(|| {
    let (queue, port) = (by_rank(0), TestPort::new());
    let gets: Vec<_> = (0..3).map(|ticket| (ticket, port.park(ticket, Get::one(&queue)))).collect();
    put_all(&queue, [(3, 'a'), (1, 'b'), (2, 'c'), (1, 'd'), (3, 'e')]);
    assert_eq!(queue.statistics().size, 2);
    port.die(gets);
    assert_eq!(queue.clear(), [(1, 'b'), (1, 'd'), (2, 'c'), (3, 'a'), (3, 'e')]);
  });
}

#[test]
fn putters_are_let_in_as_they_came_and_their_items_leave_by_rank() {
  once(|| {
    let queue = by_rank(2);
    put_all(&queue, [(5, 'a'), (4, 'b')]);
    assert_eq!(queue.try_put((0, 'x')), Err(TryPutError::Full((0, 'x'))));
    let mut first = Polled::parked(queue.put((3, 'c')));
    let mut second = Polled::parked(queue.put((1, 'd')));
    assert_eq!((queue.try_get(), first.woken(), second.wakes()), (Ok((4, 'b')), Ok(()), 0));
    assert_eq!((queue.try_get(), second.woken()), (Ok((3, 'c')), Ok(())));
    assert_eq!(queue.clear(), [(1, 'd'), (5, 'a')]);
  });
}

#[test]
fn weights_are_those_of_what_is_in() {
  once(|| {
    for order in [Order::Last, Order::Lowest(usize::cmp)] {
      let queue = Queue::ordered(order, 0, 10, |item| *item);
      put_all(&queue, [4, 6]);
      assert_eq!(queue.try_put(1), Err(TryPutError::Full(1)));
      let next = queue.try_get().expect("there are items");
      assert_eq!(queue.statistics().weight, 10 - next);
      queue.give_back([next]);
      assert_eq!((queue.statistics().weight, queue.clear().len(), queue.statistics().weight), (10, 2, 0));
    }
  });
}

#[test]
fn a_shutdown_leaves_the_order() {
  once(|| {
    let queue = Queue::priority(0);
    put_all(&queue, [3, 1, 2]);
    queue.shutdown(false);
    assert_eq!([(); 3].map(|()| queue.get_wait(None)), [Ok(1), Ok(2), Ok(3)]);
    queue.get_wait(None).expect_err("it is drained");
  });
}

#[test]
fn an_item_handed_back_amid_a_put_is_in_its_place() {
  model(|| {
    let queue = by_rank(0);
    put_all(&queue, [(1, 'a'), (1, 'b')]);
    let taken = queue.try_get().expect("there are items");
    let putting = queue.clone();
    let putter = thread::spawn(move || put_all(&putting, [(1, 'c'), (0, 'd')]));
    queue.give_back([taken]);
    putter.join().expect("no panic");
    assert_eq!(queue.clear(), [(0, 'd'), (1, 'a'), (1, 'b'), (1, 'c')]);
  });
}

#[test]
fn a_receiver_that_dies_amid_puts_loses_nothing() {
  crowded_model(|| {
    for queue in [Queue::lifo(0), Queue::priority(0)] {
      let port = TestPort::new();
      let get = port.park(1, Get::one(&queue));
      let putting = queue.clone();
      let putter = thread::spawn(move || put_all(&putting, [2_u8, 1]));
      port.die([(1, get)]);
      putter.join().expect("no panic");
      let mut all = queue.clear();
      all.sort_unstable();
      assert_eq!((all, queue.statistics().getters), (vec![1, 2], 0));
    }
  });
}

/// As many items as there are, in any order, leave in order: the heap's own steps, not ours.
#[cfg(not(loom))]
#[test]
fn many_items_leave_in_their_order() {
  let queue = by_rank(0);
  let mut lots = super::random::Lots::new(7);
  let letters = || "abcdefghijklmnopqrstuvwxyz".chars();
  for letter in letters() {
    for _ in 0..20 {
      put_all(&queue, [(u8::try_from(lots.below(10)).expect("small"), letter)]);
    }
  }
  let all = queue.clear();
  assert!(all.is_sorted(), "ties are in the order in which they came, which is that of the letters");
  assert_eq!(all.len(), 20 * letters().count());
}
