//! The items of a queue one after the other: iterators, and with the feature `futures` streams and sinks.

use super::await_here;
use crate::core::{error::End, queue::Queue};
use std::thread;

#[test]
fn an_iterator_that_blocks_returns_every_item_until_the_queue_has_ended() {
  let queue = Queue::new(2);
  let putting = queue.clone();
  let putter = thread::spawn(move || {
    (0..100).for_each(|item| putting.put_wait(item, None).expect("it is open"));
    putting.shutdown(false);
  });
  assert!(queue.iter_wait().eq(0..100));
  putter.join().expect("no panic");
  assert_eq!((&queue).into_iter().next(), None, "after the end it goes on to be over");
}

#[test]
fn several_iterators_share_the_items_and_one_that_is_dropped_takes_none() {
  let queue = Queue::new(0);
  (0..4).for_each(|item| queue.try_put(item).expect("there is room"));
  assert_eq!(queue.iter_wait().take(1).collect::<Vec<_>>(), [0]);
  let (mut one, mut other) = (queue.clone().into_iter(), queue.iter_wait());
  assert_eq!((one.next(), other.next()), (Some(1), Some(2)));
  drop((one, other));
  assert_eq!(queue.len(), 1);
}

#[test]
fn an_iterator_that_never_waits_ends_where_there_is_no_item_and_goes_on_later() {
  let queue = Queue::new(0);
  let mut items = queue.try_iter();
  assert_eq!(items.next(), None);
  await_here(queue.put_many([1, 2])).expect("it is open");
  assert_eq!(items.by_ref().collect::<Vec<_>>(), [1, 2]);
  queue.end(End::Died);
  assert_eq!(items.next(), None);
}

#[cfg(feature = "futures")]
mod futures {
  use super::super::{Polled, await_here};
  use crate::core::{
    error::{End, PutError, WaitError},
    queue::Queue,
  };
  use futures_core::stream::FusedStream;
  use futures_util::{SinkExt, StreamExt, stream};
  use std::{task::Poll, thread};

  #[test]
  fn a_stream_returns_every_item_until_the_queue_has_ended() {
    let queue = Queue::new(1);
    let putting = queue.clone();
    let putter = thread::spawn(move || {
      (0..100).for_each(|item| putting.put_wait(item, None).expect("it is open"));
      putting.shutdown(false);
    });
    let mut items = queue.stream();
    assert!(await_here(items.by_ref().collect::<Vec<_>>()).into_iter().eq(0..100));
    putter.join().expect("no panic");
    assert!(items.is_terminated());
    assert_eq!(await_here(items.next()), None);
  }

  #[test]
  fn a_stream_that_is_dropped_leaves_no_wait_and_hands_back_what_came_for_it() {
    let queue = Queue::new(0);
    let mut items = queue.stream();
    let waiting = Polled::parked(items.next());
    assert_eq!(queue.statistics().getters, 1);
    queue.try_put(7).expect("it is open");
    drop(waiting);
    drop(items);
    assert_eq!((queue.statistics().getters, queue.try_get()), (0, Ok(7)));
  }

  #[test]
  fn a_wait_for_the_next_item_that_is_given_up_goes_on_with_the_stream() {
    let queue = Queue::new(0);
    let mut items = queue.stream();
    drop(Polled::parked(items.next()));
    queue.try_put(1).expect("it is open");
    queue.try_put(2).expect("it is open");
    assert_eq!((await_here(items.next()), await_here(items.next())), (Some(1), Some(2)));
  }

  #[test]
  fn a_sink_puts_in_order_and_waits_for_room() {
    let queue = Queue::new(1);
    let mut sink = queue.sink();
    await_here(sink.send(1)).expect("there is room");
    let mut sending = Polled::parked(sink.send(2));
    assert_eq!((queue.len(), queue.try_get()), (1, Ok(1)));
    assert_eq!(sending.woken(), Ok(()));
    drop(sending);
    let mut all = Polled::parked(async { sink.send_all(&mut stream::iter([3, 4].map(Ok))).await });
    assert_eq!((queue.try_get(), all.poll().is_pending()), (Ok(2), true));
    assert_eq!((queue.try_get(), all.poll(), queue.try_get()), (Ok(3), Poll::Ready(Ok(())), Ok(4)));
  }

  #[test]
  fn a_sink_hands_back_the_item_that_the_end_of_the_queue_kept_out() {
    let queue = Queue::new(1);
    queue.try_put(1).expect("there is room");
    let mut sink = queue.sink();
    let mut sending = Polled::parked(sink.send(2));
    queue.end(End::Closed);
    let closed = |item| Err(PutError { reason: WaitError::Ended(End::Closed), item });
    assert_eq!(sending.woken(), closed(2));
    drop(sending);
    assert_eq!((await_here(sink.send(3)), await_here(sink.close())), (closed(3), Ok(())));
  }

  #[test]
  fn closing_a_sink_flushes_it_and_leaves_the_queue_open() {
    let queue = Queue::new(1);
    let mut sink = queue.sink();
    await_here(sink.feed(1)).expect("there is room");
    await_here(sink.feed(2)).expect("it keeps one");
    let mut closing = Polled::parked(sink.close());
    assert_eq!((queue.try_get(), closing.woken(), queue.try_get()), (Ok(1), Ok(()), Ok(2)));
    assert_eq!(queue.try_put(3), Ok(()));
  }
}
