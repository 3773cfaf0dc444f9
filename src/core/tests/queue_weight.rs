//! Matrix: put, batch put, try-put, a putter that gives up, a select × room by weight, an item heavier than the bound,
//! parked putters with heavier and lighter items, items that come back. What holds of every queue: `queue`; random
//! sequences beside a model: `random`.

use super::{POLL, Polled, await_here, crowded_model, model, once, port::TestPort};
use crate::core::{
  error::{PutManyError, TryPutError, WaitError},
  operation::Operation,
  queue::{Put, Queue},
  select::Select,
  sync::thread,
};

/// A queue whose items weigh what they say.
fn scales(max_weight: usize) -> Queue<usize> {
  Queue::weighted(0, max_weight, |item| *item)
}

#[test]
fn an_item_enters_when_its_weight_fits() {
  once(|| {
    let queue = scales(10);
    assert_eq!((queue.try_put(6), queue.try_put(4)), (Ok(()), Ok(())));
    assert_eq!((queue.try_put(1), queue.try_put(0)), (Err(TryPutError::Full(1)), Ok(())));
    assert_eq!((queue.statistics().weight, queue.statistics().max_weight), (10, 10));
    assert_eq!((queue.try_get(), queue.try_put(6), queue.try_put(1)), (Ok(6), Ok(()), Err(TryPutError::Full(1))));
    assert_eq!((queue.clear(), queue.statistics().weight), (vec![4, 0, 6], 0));
  });
}

#[test]
fn a_heavier_item_than_the_bound_travels_alone() {
  once(|| {
    let queue = scales(10);
    queue.try_put(usize::MAX).expect("it is empty");
    let mut next = Polled::parked(queue.put(usize::MAX));
    assert_eq!(queue.try_put(0), Err(TryPutError::Full(0)), "there is a putter before it");
    assert_eq!((queue.try_get(), next.woken(), queue.try_get()), (Ok(usize::MAX), Ok(()), Ok(usize::MAX)));
    assert_eq!(queue.statistics().weight, 0);
  });
}

#[test]
fn a_light_item_waits_behind_a_heavy_one() {
  once(|| {
    let queue = scales(10);
    queue.try_put(8).expect("it fits");
    let (mut heavy, mut light) = (Polled::parked(queue.put(9)), Polled::parked(queue.put(1)));
    assert_eq!(
      queue.put_many_wait([1, 1], POLL),
      Err(PutManyError { reason: WaitError::TimedOut, put: 0, rest: vec![1, 1] })
    );
    assert_eq!(queue.try_get(), Ok(8));
    assert_eq!((heavy.woken(), light.woken(), queue.clear()), (Ok(()), Ok(()), vec![9, 1]));
  });
}

#[test]
fn a_heavy_item_that_is_given_up_lets_the_lighter_ones_in() {
  once(|| {
    let queue = scales(10);
    queue.try_put(8).expect("it fits");
    let heavy = Polled::parked(queue.put(9));
    let mut light: Vec<_> = [1, 1, 1].map(|item| Polled::parked(queue.put(item))).into();
    drop(heavy);
    assert_eq!(light.iter().map(Polled::wakes).collect::<Vec<_>>(), [1, 1, 0]);
    assert_eq!((light[0].woken(), light[1].woken(), queue.statistics().weight), (Ok(()), Ok(()), 10));
  });
}

#[test]
fn a_heavy_item_whose_thread_dies_lets_the_lighter_ones_in() {
  once(|| {
    let (queue, port) = (scales(10), TestPort::new());
    queue.try_put(8).expect("it fits");
    let heavy = port.park(1, Put::new(&queue, [9]));
    let mut light = Polled::parked(queue.put(2));
    port.die([(1, heavy)]);
    assert_eq!((light.woken(), queue.clear()), (Ok(()), vec![8, 2]));
  });
}

#[test]
fn a_batch_enters_as_far_as_it_fits() {
  once(|| {
    let (queue, port) = (scales(10), TestPort::new());
    let mut batch = port.park(1, Put::new(&queue, [4, 4, 4, 9, 20, 1]));
    assert_eq!(queue.try_get_many(1), Ok(vec![4]));
    assert_eq!((queue.clear(), queue.statistics().weight), (vec![4, 4], 9));
    assert_eq!((queue.try_get(), queue.statistics().weight), (Ok(9), 20));
    assert!(batch.withdraw());
    assert_eq!(batch.inserted(), 5);
  });
}

#[test]
fn what_comes_back_may_exceed_the_bound() {
  once(|| {
    let queue = scales(10);
    let served = Polled::parked(queue.get());
    (queue.try_put(9), queue.try_put(9)).0.expect("it goes to the getter");
    drop(served);
    assert_eq!((queue.statistics().weight, queue.try_put(0)), (18, Err(TryPutError::Full(0))));
    let mut putter = Polled::parked(queue.put(2));
    assert_eq!((queue.try_get(), putter.wakes(), queue.try_get()), (Ok(9), 0, Ok(9)));
    assert_eq!((putter.woken(), queue.statistics().weight), (Ok(()), 2));
  });
}

#[test]
fn a_select_puts_when_its_item_fits() {
  once(|| {
    let queue = scales(10);
    queue.try_put(8).expect("it fits");
    let select = |item| Select::new().put(&queue, &mut Some(item), |put| put).select_wait(POLL);
    assert_eq!((select(3), select(2)), (Err(WaitError::TimedOut), Ok(Ok(()))));
    assert_eq!(queue.clear(), [8, 2]);
  });
}

fn passes_in_order(items: &'static [usize], max_weight: usize) {
  let queue = scales(max_weight);
  let putting = queue.clone();
  let putter = thread::spawn(move || items.iter().for_each(|item| putting.put_wait(*item, None).expect("it is open")));
  for item in items {
    assert_eq!(await_here(queue.get()), Ok(*item));
  }
  putter.join().expect("no panic");
  assert_eq!((queue.statistics().weight, queue.statistics().putters), (0, 0));
}

#[test]
fn items_of_every_weight_pass_in_order() {
  crowded_model(|| passes_in_order(&[2, 9, 1], 3));
}

#[test]
fn two_putters_of_different_weights_both_get_in() {
  crowded_model(|| {
    let queue = scales(3);
    let putters = [3, 1].map(|item| {
      let putting = queue.clone();
      thread::spawn(move || putting.put_wait(item, None))
    });
    let sum = queue.get_wait(None).expect("an item") + queue.get_wait(None).expect("an item");
    assert!(putters.into_iter().all(|putter| putter.join().expect("no panic").is_ok()));
    assert_eq!((sum, queue.statistics().weight), (4, 0));
  });
}

#[test]
fn a_heavy_putter_that_gives_up_amid_a_get_leaves_room_to_the_next() {
  model(|| {
    let queue = scales(3);
    queue.try_put(2).expect("it fits");
    let (heavy, mut light) = (Polled::parked(queue.put(3)), Polled::parked(queue.put(1)));
    let getting = queue.clone();
    let getter = thread::spawn(move || getting.try_get());
    drop(heavy);
    assert_eq!(getter.join().expect("no panic"), Ok(2));
    // The heavy item is in when the get came first; then the light one waits for it to go.
    let rest = queue.clear();
    assert_eq!(light.woken(), Ok(()));
    let all = rest.into_iter().chain(queue.clear()).collect::<Vec<_>>();
    assert!(all == [1] || all == [3, 1], "{all:?}");
  });
}
