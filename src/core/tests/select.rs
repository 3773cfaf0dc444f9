//! Matrix: get, batch get, put, event, future × ready, parked, ended, served by another thread while the wait begins;
//! several ready at once, some failed, before and while the wait begins; a put that loses, whatever becomes of its queue;
//! given up by a timeout and by a drop, before and after it was served; two waits for several things that face each other.
//! One wait in two queues, at a port: `races`. The models await: loom fails where a thread that has seen its outcome
//! already is unparked while it waits for a lock.

use super::{POLL, Polled, await_here, crowded_model, model, once, put_elsewhere};
use crate::core::{
  error::{End, TryGetError, WaitError},
  event::Event,
  future::FutureCell,
  queue::Queue,
  select::Select,
  sync::thread,
};

#[cfg(not(loom))]
use std::time::Duration;

/// What was chosen, with what came of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Chosen {
  Item(u8),
  Word(&'static str),
  Put,
  Set,
  Failed(WaitError),
}

fn chosen<T>(as_what: impl FnOnce(T) -> Chosen) -> impl FnOnce(Result<T, WaitError>) -> Chosen {
  |outcome| outcome.map_or_else(Chosen::Failed, as_what)
}

fn get(queue: &Queue<u8>) -> Select<'static, Chosen> {
  Select::new().get(queue, chosen(Chosen::Item))
}

/// A wait for an item, for room for the one in the slot, for a signal and for a word.
fn any_of<'a>(
  empty: &Queue<u8>,
  full: &Queue<u8>,
  slot: &'a mut Option<u8>,
  event: &Event,
  future: &FutureCell<&'static str>,
) -> Select<'a, Chosen> {
  get_or_put(empty, full, slot).event(event, chosen(|()| Chosen::Set)).future(future, chosen(Chosen::Word))
}

fn get_or_put<'a>(empty: &Queue<u8>, full: &Queue<u8>, slot: &'a mut Option<u8>) -> Select<'a, Chosen> {
  get(empty).put(full, slot, chosen(|()| Chosen::Put))
}

fn full_queue(item: u8) -> Queue<u8> {
  let queue = Queue::new(1);
  queue.try_put(item).expect("there is room");
  queue
}

#[test]
fn what_is_ready_is_chosen_at_once() {
  once(|| {
    let (empty, full, event, future) = (Queue::<u8>::new(0), full_queue(1), Event::new(), FutureCell::new());
    let mut slot = Some(2);
    assert_eq!(any_of(&empty, &full, &mut slot, &event, &future).select_wait(POLL), Err(WaitError::TimedOut));
    event.set();
    assert_eq!(any_of(&empty, &full, &mut slot, &event, &future).select_wait(POLL), Ok(Chosen::Set));
    event.clear();
    future.set_result("done").expect("the first");
    assert_eq!(await_here(any_of(&empty, &full, &mut slot, &event, &future).select()), Chosen::Word("done"));
    assert_eq!(slot, Some(2), "what was not put was handed back each time");
    let left = (empty.statistics().getters, full.statistics().putters, event.waiters(), future.waiters());
    assert_eq!((left, full.clear()), ((0, 0, 0, 0), vec![1]));
  });
}

#[test]
fn each_kind_of_branch_is_served_and_the_others_leave_no_waiter() {
  once(|| {
    let (empty, full, event, future) = (Queue::<u8>::new(0), full_queue(1), Event::new(), FutureCell::new());
    let serve: [&dyn Fn(); 4] =
      [&|| empty.try_put(7).expect("there is room"), &|| assert_eq!(full.try_get(), Ok(1)), &|| event.pulse(), &|| {
        future.set_result("done").expect("the first");
      }];
    let expected = [Chosen::Item(7), Chosen::Put, Chosen::Set, Chosen::Word("done")];
    for (serve, expected) in serve.into_iter().zip(expected) {
      let mut slot = Some(2);
      let mut wait = Polled::parked(any_of(&empty, &full, &mut slot, &event, &future).select());
      serve();
      assert_eq!(wait.woken(), expected);
      drop(wait);
      assert_eq!(slot.is_none(), expected == Chosen::Put, "it is put or handed back");
      let left = (empty.statistics().getters, full.statistics().putters, event.waiters(), future.waiters());
      assert_eq!(left, (0, 0, 0, 0));
    }
    assert_eq!((empty.clear(), full.clear()), (vec![], vec![2]), "the put happened once");
  });
}

#[test]
fn a_batch_is_a_branch() {
  once(|| {
    let (words, numbers) = (Queue::<&str>::new(0), Queue::<u8>::new(0));
    let select = || Select::new().get_many(&numbers, 2, Result::ok).get(&words, |_| None);
    (1..=3).for_each(|number| numbers.try_put(number).expect("there is room"));
    assert_eq!(select().select_wait(None), Ok(Some(vec![1, 2])));
    assert_eq!(numbers.clear(), [3]);
    let mut wait = Polled::parked(select().select());
    numbers.try_put(4).expect("there is room");
    assert_eq!(wait.woken(), Some(vec![4]));
  });
}

#[test]
fn the_end_of_a_branch_is_its_outcome() {
  once(|| {
    let (queue, event, future) = (Queue::<u8>::new(0), Event::new(), FutureCell::<&str>::new());
    let select = || get(&queue).event(&event, chosen(|()| Chosen::Set)).future(&future, chosen(Chosen::Word));
    let mut wait = Polled::parked(select().select());
    queue.shutdown(false);
    assert_eq!(wait.woken(), Chosen::Failed(WaitError::Ended(End::ShutDown)));
    assert_eq!(select().select_wait(None), Ok(Chosen::Failed(WaitError::Ended(End::ShutDown))));
    let queue = Queue::new(0);
    let mut wait = Polled::parked(get(&queue).future(&future, chosen(Chosen::Word)).select());
    future.cancel();
    assert_eq!(wait.woken(), Chosen::Failed(WaitError::Cancelled));
    assert_eq!((queue.statistics().getters, event.waiters()), (0, 0));
  });
}

#[test]
fn what_is_ready_goes_before_what_has_failed() {
  once(|| {
    let (ended, ready, event) = (Queue::<u8>::new(0), Queue::new(0), Event::new());
    ended.shutdown(false);
    for item in 0..20 {
      ready.try_put(item).expect("there is room");
      let mut slot = Some(9);
      let select = get(&ended).put(&ended, &mut slot, chosen(|()| Chosen::Put)).get(&ready, chosen(Chosen::Item));
      let select = select.event(&event, chosen(|()| Chosen::Set));
      assert_eq!(select.select_wait(None), Ok(Chosen::Item(item)));
      assert_eq!(slot, Some(9));
    }
    let select = get(&ended).get(&ready, chosen(Chosen::Item)).event(&event, chosen(|()| Chosen::Set));
    assert_eq!(select.select_wait(None), Ok(Chosen::Failed(WaitError::Ended(End::ShutDown))));
    assert_eq!((ready.statistics().getters, event.waiters()), (0, 0));
  });
}

#[test]
fn an_ended_queue_that_still_has_items_has_not_failed() {
  once(|| {
    let queue = Queue::new(0);
    queue.try_put(1).expect("there is room");
    queue.shutdown(false);
    let mut slot = Some(2);
    let both = get(&queue).put(&queue, &mut slot, chosen(|()| Chosen::Put));
    assert_eq!((both.select_wait(POLL), queue.statistics().size), (Ok(Chosen::Item(1)), 0));
    assert_eq!(slot, Some(2));
  });
}

#[test]
fn an_item_comes_back_from_a_queue_that_ends() {
  once(|| {
    let full = full_queue(1);
    let (mut one, mut two) = (Some(2), Some(3));
    let select = Select::new().put(&full, &mut one, chosen(|()| Chosen::Put));
    let mut wait = Polled::parked(select.put(&full, &mut two, chosen(|()| Chosen::Put)).select());
    full.shutdown(true);
    assert_eq!(wait.woken(), Chosen::Failed(WaitError::Ended(End::ShutDown)));
    drop(wait);
    assert_eq!((one, two, full.statistics().putters), (Some(2), Some(3), 0));
  });
}

#[test]
fn of_two_puts_into_one_queue_the_loser_comes_back() {
  once(|| {
    let full = full_queue(1);
    let (mut one, mut two) = (Some(2), Some(3));
    let select = Select::new().put(&full, &mut one, chosen(|()| Chosen::Put));
    let mut wait = Polled::parked(select.put(&full, &mut two, chosen(|()| Chosen::Put)).select());
    // Room for both, one after the other: the second putter is asked, too, and refuses.
    assert_eq!(full.try_get(), Ok(1));
    assert!(matches!(full.try_get(), Ok(2 | 3)));
    assert_eq!((wait.woken(), full.try_get()), (Chosen::Put, Err(TryGetError::Empty)));
    drop(wait);
    assert_ne!(one.is_some(), two.is_some(), "one was handed back");
    assert_eq!((full.statistics().size, full.statistics().putters), (0, 0));
  });
}

#[test]
#[should_panic(expected = "an item to put")]
fn an_empty_slot_is_refused() {
  once(|| drop(Select::new().put(&Queue::<u8>::new(0), &mut None, |put| put)));
}

/// What is there from the beginning to the end is ready in whatever moment the wait begins.
#[test]
fn what_is_ready_goes_before_what_fails_while_the_wait_begins() {
  type Fail = fn(&Queue<u8>, &Event, &FutureCell<&'static str>);
  let fails: [Fail; 3] = [
    |queue, _, _| queue.shutdown(false),
    |_, event, _| event.end(End::Closed),
    |_, _, future| assert!(future.cancel()),
  ];
  for fail in fails {
    model(move || {
      let (queue, event, future) = (Queue::<u8>::new(0), Event::new(), FutureCell::new());
      let ready = Queue::new(0);
      ready.try_put(7).expect("there is room");
      let (ending, other, last) = (queue.clone(), event.clone(), future.clone());
      let failing = thread::spawn(move || fail(&ending, &other, &last));
      let select = get(&queue).event(&event, chosen(|()| Chosen::Set)).future(&future, chosen(Chosen::Word));
      assert_eq!(await_here(select.get(&ready, chosen(Chosen::Item)).select()), Chosen::Item(7));
      failing.join().expect("no panic");
      assert_eq!((ready.statistics().size, ready.statistics().getters), (0, 0));
      assert_eq!((queue.statistics().getters, event.waiters(), future.waiters()), (0, 0, 0));
    });
  }
}

#[test]
fn a_put_whose_queue_ends_while_the_wait_begins_comes_back() {
  model(|| {
    let (full, ready) = (full_queue(1), Queue::new(0));
    ready.try_put(7).expect("there is room");
    let ending = full.clone();
    let failing = thread::spawn(move || ending.shutdown(true));
    let mut slot = Some(2);
    let select = Select::new().put(&full, &mut slot, chosen(|()| Chosen::Put)).get(&ready, chosen(Chosen::Item));
    assert_eq!(await_here(select.select()), Chosen::Item(7));
    failing.join().expect("no panic");
    assert_eq!((slot, full.statistics().putters, full.statistics().size), (Some(2), 0, 0));
  });
}

/// A failure that comes while the wait begins is its outcome where nothing else is ready, in whatever moment it comes.
#[test]
fn what_fails_while_the_wait_begins_is_not_missed() {
  model(|| {
    let (full, event, future) = (full_queue(1), Event::new(), FutureCell::new());
    let (ending, settling) = (full.clone(), future.clone());
    let failing = thread::spawn(move || ending.shutdown(true));
    let mut slot = Some(2);
    let select = Select::new().put(&full, &mut slot, chosen(|()| Chosen::Put)).event(&event, chosen(|()| Chosen::Set));
    let outcome = await_here(select.future(&future, chosen(Chosen::Word)).select());
    assert_eq!(outcome, Chosen::Failed(WaitError::Ended(End::ShutDown)));
    failing.join().expect("no panic");
    settling.set_result("late").expect("the first");
    assert_eq!((slot, full.statistics().putters, event.waiters(), future.waiters()), (Some(2), 0, 0, 0));
  });
}

#[test]
fn a_future_that_is_settled_while_the_wait_begins_goes_before_what_fails() {
  model(|| {
    let (queue, future) = (Queue::<u8>::new(0), FutureCell::new());
    let (ending, settling) = (queue.clone(), future.clone());
    let other = thread::spawn(move || {
      settling.set_result("done").expect("the first");
      ending.shutdown(false);
    });
    let select = Select::new().future(&future, chosen(Chosen::Word)).get(&queue, chosen(Chosen::Item));
    assert_eq!(await_here(select.select()), Chosen::Word("done"));
    other.join().expect("no panic");
    assert_eq!((queue.statistics().getters, future.waiters()), (0, 0));
  });
}

/// All that is put, taken and handed back, while a queue ends and another is emptied.
#[test]
fn a_put_that_loses_while_its_queue_moves_on_is_in_one_place() {
  crowded_model(|| {
    let (first, second) = (full_queue(1), full_queue(2));
    let (mut one, mut two) = (Some(3), Some(4));
    let draining = [first.clone(), second.clone()].map(|queue| thread::spawn(move || queue.try_get().expect("full")));
    let select = Select::new().put(&first, &mut one, chosen(|()| Chosen::Put));
    assert_eq!(await_here(select.put(&second, &mut two, chosen(|()| Chosen::Put)).select()), Chosen::Put);
    for drained in draining {
      drained.join().expect("no panic");
    }
    let (left, other) = (first.clear(), second.clear());
    match one {
      None => assert_eq!((two, left, other), (Some(4), vec![3], vec![])),
      Some(3) => assert_eq!((two, left, other), (None, vec![], vec![4])),
      Some(other) => panic!("{other}"),
    }
    assert_eq!(first.statistics().putters + second.statistics().putters, 0);
  });
}

#[test]
fn given_up_it_takes_nothing_and_inserts_nothing() {
  once(|| {
    let (empty, full) = (Queue::<u8>::new(0), full_queue(1));
    let mut slot = Some(2);
    drop(Polled::new(get_or_put(&empty, &full, &mut slot).select()));
    drop(Polled::parked(get_or_put(&empty, &full, &mut slot).select()));
    assert_eq!(get_or_put(&empty, &full, &mut slot).select_wait(POLL), Err(WaitError::TimedOut));
    assert_eq!(slot, Some(2));
    assert_eq!((empty.statistics().getters, full.statistics().putters), (0, 0));
    empty.try_put(3).expect("there is room");
    assert_eq!((empty.clear(), full.clear(), full.clear()), (vec![3], vec![1], vec![]));
  });
}

#[test]
fn dropped_after_it_was_served_it_passes_the_item_on() {
  once(|| {
    let (queue, other) = (Queue::<u8>::new(0), Queue::<u8>::new(0));
    let served = Polled::parked(get(&queue).get(&other, |_| unreachable!()).select());
    let mut next = Polled::parked(queue.get());
    queue.try_put(7).expect("there is room");
    drop(served);
    assert_eq!((next.woken(), other.statistics().getters), (Ok(7), 0));
  });
}

#[test]
fn a_queue_may_stand_at_both_ends() {
  once(|| {
    let queue = Queue::new(1);
    for _ in 0..4 {
      let before = queue.statistics().size;
      let chosen = get(&queue).put(&queue, &mut Some(5), chosen(|()| Chosen::Put)).select_wait(None);
      let expected = [Chosen::Put, Chosen::Item(5)][before];
      assert_eq!((chosen, queue.statistics().size), (Ok(expected), 1 - before));
      assert_eq!(queue.statistics().getters + queue.statistics().putters, 0);
    }
  });
}

#[test]
#[should_panic(expected = "a wait for nothing")]
fn a_wait_for_nothing_is_refused() {
  once(|| assert_eq!(Select::<()>::new().select_wait(None), Ok(())));
}

/// All items: the chosen one and those that are left.
fn all_items(chosen: Option<Chosen>, queues: &[&Queue<u8>]) -> Vec<u8> {
  let taken = chosen.into_iter().filter_map(|chosen| if let Chosen::Item(item) = chosen { Some(item) } else { None });
  let mut all: Vec<_> = taken.chain(queues.iter().flat_map(|queue| queue.clear())).collect();
  all.sort_unstable();
  all
}

#[test]
fn of_two_queues_that_are_put_to_one_is_taken_from() {
  crowded_model(|| {
    let queues = [Queue::new(0), Queue::new(0)];
    let putters = [put_elsewhere(&queues[0], 1), put_elsewhere(&queues[1], 2)];
    let chosen = await_here(get(&queues[0]).get(&queues[1], chosen(Chosen::Item)).select());
    for putter in putters {
      putter.join().expect("no panic");
    }
    assert_eq!(queues.iter().map(|queue| queue.statistics().getters + queue.statistics().size).sum::<usize>(), 1);
    assert_eq!(all_items(Some(chosen), &[&queues[0], &queues[1]]), [1, 2]);
  });
}

#[test]
fn an_item_or_a_signal_comes_never_both() {
  crowded_model(|| {
    let (queue, event) = (Queue::new(0), Event::new());
    let putter = put_elsewhere(&queue, 1);
    let setting = event.clone();
    let setter = thread::spawn(move || setting.set());
    let chosen = await_here(get(&queue).event(&event, chosen(|()| Chosen::Set)).select());
    putter.join().expect("no panic");
    setter.join().expect("no panic");
    assert_eq!((all_items(Some(chosen), &[&queue]), event.waiters()), (vec![1], 0));
  });
}

#[test]
fn a_timeout_amid_a_put_leaves_every_item_in_one_place() {
  model(|| {
    let (queue, other) = (Queue::new(0), Queue::<u8>::new(0));
    let select = get(&other).get(&queue, chosen(Chosen::Item));
    let getter = thread::spawn(move || select.select_wait(POLL));
    queue.try_put(1).expect("there is room");
    let chosen = getter.join().expect("no panic");
    assert_eq!(all_items(chosen.ok(), &[&queue, &other]), [1]);
    assert_eq!(queue.statistics().getters + other.statistics().getters, 0);
  });
}

#[test]
fn a_drop_amid_a_put_leaves_the_item_to_the_next() {
  model(|| {
    let (queue, other) = (Queue::new(0), Queue::<u8>::new(0));
    let wait = Polled::parked(get(&queue).get(&other, chosen(Chosen::Item)).select());
    let mut next = Polled::parked(queue.get());
    let putter = put_elsewhere(&queue, 1);
    drop(wait);
    putter.join().expect("no panic");
    assert_eq!((next.woken(), other.statistics().getters), (Ok(1), 0));
  });
}

#[test]
fn of_a_put_and_a_get_one_happens() {
  model(|| {
    let (full, empty) = (full_queue(1), Queue::new(0));
    let (draining, filling) = (full.clone(), empty.clone());
    let other = thread::spawn(move || {
      filling.try_put(3).expect("there is room");
      draining.try_get()
    });
    let mut slot = Some(2);
    let chosen = await_here(get(&empty).put(&full, &mut slot, chosen(|()| Chosen::Put)).select());
    assert_eq!(slot.is_none(), chosen == Chosen::Put, "it is put or handed back");
    assert_eq!(other.join().expect("no panic"), Ok(1));
    let left = (empty.clear(), full.clear());
    match chosen {
      Chosen::Put => assert_eq!(left, (vec![3], vec![2])),
      Chosen::Item(3) => assert_eq!(left, (vec![], vec![])),
      other => panic!("{other:?}"),
    }
  });
}

#[test]
fn two_that_face_each_other_agree() {
  model(|| {
    let (there, back) = (Queue::new(1), Queue::<u8>::new(1));
    let (facing, returning) = (there.clone(), back.clone());
    let other = thread::spawn(move || get(&facing).get(&returning, chosen(Chosen::Item)).select_wait(None));
    let (mut one, mut two) = (Some(1), Some(2));
    let put = Select::new().put(&there, &mut one, chosen(|()| Chosen::Put));
    assert_eq!(put.put(&back, &mut two, chosen(|()| Chosen::Put)).select_wait(None), Ok(Chosen::Put));
    assert_ne!(one.is_some(), two.is_some(), "one was handed back");
    assert!(matches!(other.join().expect("no panic"), Ok(Chosen::Item(1 | 2))));
    assert_eq!(all_items(None, &[&there, &back]), []);
  });
}

#[cfg(not(loom))]
#[test]
fn none_of_those_that_are_ready_is_preferred() {
  const ROUNDS: usize = 10_000;
  let (queues, mut counts) = ([Queue::new(0), Queue::new(0), Queue::new(0), Queue::new(0)], [0_usize; 4]);
  queues[..3].iter().for_each(|queue| queue.try_put(()).expect("there is room"));
  for _ in 0..ROUNDS {
    let select = (0..4).zip(&queues).fold(Select::new(), |select, (at, queue)| select.get(queue, move |_| at));
    let at = select.select_wait(None).expect("one is ready");
    counts[at] += 1;
    queues[at].try_put(()).expect("there is room");
  }
  assert_eq!(counts[3], 0);
  // Six standard deviations: once in a thousand million runs by chance.
  assert!(counts[..3].iter().all(|count| count.abs_diff(ROUNDS / 3) < 283), "{counts:?}");
}

/// Two producers and a consumer, all of which wait for two queues at a time.
#[cfg(not(loom))]
#[test]
fn many_waits_for_two_queues_lose_and_double_nothing() {
  const EACH: u32 = 10_000;
  let queues = [Queue::new(2), Queue::new(3)];
  let received = thread::scope(|scope| {
    for producer in 0..2 {
      let [first, second] = &queues;
      scope.spawn(move || {
        for item in producer * EACH..(producer + 1) * EACH {
          let (mut here, mut there) = (Some(item), Some(item));
          let select = Select::new().put(first, &mut here, |put| put).put(second, &mut there, |put| put);
          let put = if item % 2 == 0 { select.select_wait(None) } else { Ok(await_here(select.select())) };
          put.and_then(|put| put).expect("the queues are open");
          assert_ne!(here.is_some(), there.is_some(), "one was handed back");
        }
      });
    }
    let mut received = Vec::new();
    while received.len() < 2 * EACH as usize {
      let select = Select::new().get(&queues[0], |item| item).get(&queues[1], |item| item);
      let timeout = (received.len() % 3 == 0).then_some(Duration::from_micros(20));
      match select.select_wait(timeout) {
        Ok(item) => received.push(item.expect("the queues are open")),
        Err(error) => assert_eq!(error, WaitError::TimedOut),
      }
    }
    received
  });
  assert!(queues.iter().all(|queue| queue.statistics().size + queue.statistics().getters == 0));
  let mut sorted = received;
  sorted.sort_unstable();
  assert!(sorted.into_iter().eq(0..2 * EACH), "an item was lost or came twice");
}
