//! Matrix: put (short, long) by one and by two threads, keep back and release × take all, take one, replace one, close,
//! drop; runs plainly and under loom.

use super::bounded::model;
#[cfg(not(loom))]
use crate::binding::threads::mailbox::{Entry, Mailbox};
#[cfg(loom)]
use crate::border::mailbox::{Entry, Mailbox};
use crate::core::sync::thread;
use std::{collections::VecDeque, sync::Arc};

/// Even numbers are short.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Number(Box<u32>);

fn number(value: u32) -> Number {
  Number(Box::new(value))
}

impl Entry for Number {
  type Short = Box<u32>;

  const IS_TIMED: bool = true;

  fn shorten(self) -> Result<Box<u32>, Self> {
    if self.0.is_multiple_of(2) { Ok(self.0) } else { Err(self) }
  }

  fn lengthen(short: Box<u32>) -> Self {
    Self(short)
  }
}

/// Takes until so many have come.
fn take(mailbox: &Mailbox<Number>, count: usize) -> Vec<u32> {
  let mut taken = VecDeque::new();
  while taken.len() < count {
    if mailbox.has_any() {
      mailbox.take_all(&mut taken);
    } else {
      thread::yield_now();
    }
  }
  taken.into_iter().map(|Number(value)| *value).collect()
}

fn put_from(mailbox: &Arc<Mailbox<Number>>, values: &'static [u32]) -> thread::JoinHandle<()> {
  let mailbox = Arc::clone(mailbox);
  thread::spawn(move || values.iter().for_each(|value| mailbox.put(number(*value), || ()).expect("it is open")))
}

#[test]
fn what_one_thread_puts_in_is_taken_in_order() {
  for values in [&[2, 4, 6], &[2, 3, 4], &[1, 2, 4]] {
    model(move || {
      let mailbox = Arc::new(Mailbox::new());
      let putting = put_from(&mailbox, values);
      assert_eq!(take(&mailbox, 3), values);
      putting.join().expect("no panic");
      assert!(!mailbox.has_any() && mailbox.len() == 0);
    });
  }
}

#[test]
fn what_two_threads_put_in_is_taken_once_each_in_its_order() {
  model(|| {
    let mailbox = Arc::new(Mailbox::new());
    let putting = [put_from(&mailbox, &[2, 4]), put_from(&mailbox, &[6])];
    let taken = take(&mailbox, 3);
    assert_eq!(taken.iter().filter(|value| **value != 6).collect::<Vec<_>>(), [&2, &4]);
    assert!(taken.contains(&6));
    for thread in putting {
      thread.join().expect("no panic");
    }
    assert_eq!(mailbox.len(), 0);
  });
}

#[test]
fn one_that_is_meant_is_taken_from_among_others() {
  model(|| {
    let mailbox = Arc::new(Mailbox::new());
    mailbox.put(number(2), || ()).expect("it is open");
    let putting = put_from(&mailbox, &[4, 5]);
    let five = loop {
      match mailbox.take_one(|short| **short == 5, |long| *long.0 == 5) {
        Some(five) => break five,
        None => thread::yield_now(),
      }
    };
    assert_eq!((five, mailbox.oldest().is_some()), (number(5), true));
    assert_eq!(mailbox.take_one(|short| **short == 2, |_| false), Some(number(2)));
    assert_eq!(take(&mailbox, 1), [4]);
    putting.join().expect("no panic");
  });
}

#[test]
fn what_a_mailbox_has_accepted_when_it_closes_is_handed_over() {
  model(|| {
    let mailbox = Arc::new(Mailbox::new());
    let putter = Arc::clone(&mailbox);
    let putting = thread::spawn(move || [2, 3].map(|value| putter.put(number(value), || ()).is_ok()));
    let rest = mailbox.close();
    let accepted = putting.join().expect("no panic");
    assert_eq!(rest.len(), accepted.into_iter().filter(|accepted| *accepted).count());
    assert_eq!((mailbox.put(number(4), || ()), mailbox.has_any()), (Err(number(4)), false));
  });
}

/// A header of so many.
fn header(count: usize) -> Number {
  number(101 + 2 * u32::try_from(count).expect("a few"))
}

#[test]
fn those_that_were_kept_back_stand_together_behind_their_header() {
  for puts in [&[2, 4], &[4, 5], &[5, 4]] {
    model(move || {
      let mailbox = Arc::new(Mailbox::new());
      let putting = put_from(&mailbox, puts);
      let keeper = Arc::clone(&mailbox);
      let keeping = thread::spawn(move || {
        [6, 8].map(|value| keeper.keep_back(number(value), 2, header, || ()).expect("it is open"))
      });
      let taken = take(&mailbox, 5);
      let first = taken.iter().position(|value| *value == 105).expect("a header");
      assert_eq!(taken[first..first + 3], [105, 6, 8]);
      assert_eq!(taken.iter().filter(|value| puts.contains(value)).collect::<Vec<_>>(), [&puts[0], &puts[1]]);
      assert_eq!(keeping.join().expect("no panic"), [true, false]);
      putting.join().expect("no panic");
    });
  }
}

#[test]
fn what_is_kept_back_is_not_there_until_it_is_released() {
  model(|| {
    let mailbox = Arc::new(Mailbox::new());
    mailbox.keep_back(number(6), 2, header, || ()).expect("it is open");
    let putting = put_from(&mailbox, &[2]);
    assert_eq!(take(&mailbox, 1), [2]);
    assert!(!mailbox.has_any() && mailbox.look(|is_empty| is_empty));
    let releaser = Arc::clone(&mailbox);
    let releasing = thread::spawn(move || releaser.release(header, || ()));
    assert_eq!(take(&mailbox, 2), [103, 6]);
    releasing.join().expect("no panic");
    putting.join().expect("no panic");
  });
}

#[test]
fn one_that_is_meant_is_found_while_it_is_released_and_its_place_stays() {
  model(|| {
    let mailbox = Arc::new(Mailbox::new());
    for value in [6, 8] {
      mailbox.keep_back(number(value), 3, header, || ()).expect("it is open");
    }
    let releaser = Arc::clone(&mailbox);
    let releasing = thread::spawn(move || {
      releaser.put(number(2), || ()).expect("it is open");
      releaser.release(header, || ());
    });
    let found = mailbox.replace_one(|short| **short == 6, |long| *long.0 == 6, number(1));
    assert_eq!(found, Some(number(6)));
    assert_eq!(take(&mailbox, 4), [2, 105, 1, 8]);
    releasing.join().expect("no panic");
  });
}

#[test]
fn what_is_in_the_slot_is_taken_without_another_in_its_place() {
  model(|| {
    let mailbox = Mailbox::new();
    mailbox.put(number(2), || ()).expect("it is open");
    assert_eq!(mailbox.replace_one(|short| **short == 2, |_| false, number(1)), Some(number(2)));
    assert_eq!((mailbox.len(), mailbox.has_any()), (0, false));
  });
}

#[test]
fn a_mailbox_that_closes_hands_over_what_is_kept_back_behind_all_else() {
  model(|| {
    let mailbox = Arc::new(Mailbox::new());
    mailbox.keep_back(number(6), 3, header, || ()).expect("it is open");
    let putter = Arc::clone(&mailbox);
    let putting = thread::spawn(move || {
      let accepted = [2, 4].map(|value| putter.put(number(value), || ()).is_ok());
      (accepted, putter.keep_back(number(8), 3, header, || ()).is_ok())
    });
    let rest: Vec<_> = mailbox.close().into_iter().map(|Number(value)| *value).collect();
    let (accepted, is_kept_back) = putting.join().expect("no panic");
    let all = [(2, accepted[0]), (4, accepted[1]), (6, true), (8, is_kept_back)];
    assert_eq!(rest, all.iter().filter(|(_, is_there)| *is_there).map(|(value, _)| *value).collect::<Vec<_>>());
    mailbox.release(header, || ());
    assert!(!mailbox.has_any());
  });
}

#[test]
fn a_look_under_the_lock_and_a_put_come_one_after_the_other() {
  model(|| {
    let mailbox = Arc::new(Mailbox::new());
    let putting = put_from(&mailbox, &[2]);
    let was_empty = mailbox.look(|is_empty| is_empty);
    let is_there = mailbox.look_for(|short| **short == 2, |_| false, |is_there| is_there);
    assert!(was_empty || is_there);
    putting.join().expect("no panic");
  });
}

#[test]
fn what_is_left_in_a_mailbox_is_dropped_with_it() {
  model(|| {
    let mailbox = Mailbox::new();
    for value in [2, 3, 4] {
      mailbox.put(number(value), || ()).expect("it is open");
    }
    assert_eq!(mailbox.len(), 3);
  });
}
