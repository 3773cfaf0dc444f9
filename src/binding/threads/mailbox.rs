//! What other threads have for one thread, until that takes it.
//!
//! Promises that everything is taken once, and in the order in which it came. The usual case, a short entry that comes to
//! an empty mailbox, crosses in a slot of one cache line: the thread that waits looks at the line that will carry it. All
//! else stands in a list behind a lock.
//!
//! 1. Entries are put in under the lock of `senders`. One goes into the slot only while the list is empty; so what is in
//!    the slot came before all that is in the list, as seen under that lock.
//! 2. `has_more` tells that the list is not empty. Written under the lock of `senders`.

use super::slot::{Puts, Slot, Takes};
use crate::core::sync::{Apart, AtomicBool, Mutex, MutexGuard, Ordering};
use std::{collections::VecDeque, mem, time::Instant};

/// What may be short: what comes most often, in a few words.
pub trait Entry: Sized {
  type Short;

  /// Whether somebody asks since when there are entries: to read the clock takes as long as all else.
  const IS_TIMED: bool;

  /// What is short, or the entry as it was.
  fn shorten(self) -> Result<Self::Short, Self>;

  fn lengthen(short: Self::Short) -> Self;
}

struct Senders<E> {
  list: VecDeque<E>,
  /// Entries that are kept back until there are enough of them to be taken together.
  kept_back: VecDeque<E>,
  is_closed: bool,
  /// When the first of the entries came.
  since: Option<Instant>,
}

impl<E> Puts for Senders<E> {}

pub struct Mailbox<E: Entry> {
  slot: Apart<Slot<E::Short>>,
  has_more: Apart<AtomicBool>,
  senders: Apart<Mutex<Senders<E>>>,
  /// Only the owner takes it: it is no lock between threads.
  takes: Apart<Mutex<Takes>>,
}

impl<E: Entry> Mailbox<E> {
  pub fn new() -> Self {
    #[cfg(not(loom))]
    const {
      assert!(size_of::<Slot<E::Short>>() <= 64, "it is one cache line");
    };
    Self {
      slot: Apart(Slot::new()),
      has_more: Apart(AtomicBool::new(false)),
      senders: Apart(Mutex::new(Senders {
        list: VecDeque::new(),
        kept_back: VecDeque::new(),
        is_closed: false,
        since: None,
      })),
      takes: Apart(Mutex::new(Takes)),
    }
  }

  /// Puts an entry in; a closed mailbox hands it back. `before` is called under the lock, before the entry can be seen.
  pub fn put(&self, entry: E, before: impl Fn()) -> Result<(), E> {
    let mut senders = self.senders.lock();
    if senders.is_closed {
      return Err(entry);
    }
    let entry = if senders.list.is_empty() { self.put_first(entry, &before, &mut senders) } else { Some(entry) };
    if let Some(entry) = entry {
      senders.list.push_back(entry);
      before();
      self.has_more.store(true, Ordering::SeqCst);
    }
    Ok(())
  }

  /// Puts an entry into the slot; hands it back where it is not short, or the slot not empty.
  fn put_first(&self, entry: E, before: impl Fn(), senders: &mut MutexGuard<'_, Senders<E>>) -> Option<E> {
    let (is_first, rest) = match entry.shorten() {
      Ok(short) => match self.slot.put(short, before, senders) {
        Ok(()) => (true, None),
        Err(short) => (false, Some(E::lengthen(short))),
      },
      Err(entry) => (!self.slot.is_full(), Some(entry)),
    };
    if is_first && E::IS_TIMED {
      senders.since = Some(Instant::now()); // After it can be seen: the clock takes a while.
    }
    rest
  }

  /// Keeps an entry back until there are `enough`, or until they are released; a closed mailbox hands it back. Returns
  /// whether it is. Those that are released at one time stand together in the list, behind the `header` of so many.
  pub fn keep_back(&self, entry: E, enough: usize, header: fn(usize) -> E, before: impl Fn()) -> Result<bool, E> {
    let mut senders = self.senders.lock();
    if senders.is_closed {
      return Err(entry);
    }
    senders.kept_back.push_back(entry);
    let is_enough = senders.kept_back.len() >= enough;
    if is_enough {
      self.add_kept_back(&mut senders, header, before);
    }
    Ok(!is_enough)
  }

  /// Puts in what is kept back.
  pub fn release(&self, header: fn(usize) -> E, before: impl Fn()) {
    self.add_kept_back(&mut self.senders.lock(), header, before);
  }

  fn add_kept_back(&self, senders: &mut Senders<E>, header: fn(usize) -> E, before: impl Fn()) {
    let Senders { list, kept_back, since, .. } = senders;
    if kept_back.is_empty() {
      return;
    }
    if list.is_empty() && !self.slot.is_full() {
      *since = Some(Instant::now());
    }
    list.push_back(header(kept_back.len()));
    list.append(kept_back);
    before();
    self.has_more.store(true, Ordering::SeqCst);
  }

  /// Whether there is an entry. Cheap enough to ask all the time.
  pub fn has_any(&self) -> bool {
    self.slot.is_full() || self.has_more.load(Ordering::SeqCst)
  }

  /// Moves everything to `taken`.
  pub fn take_all(&self, taken: &mut VecDeque<E>) {
    let mut turn = self.takes.lock();
    let mut take_first = || self.slot.take_if(|_| true, &mut turn).map(E::lengthen);
    taken.extend(take_first());
    if self.has_more.load(Ordering::SeqCst) {
      let mut senders = self.senders.lock();
      taken.extend(take_first()); // It may have come since: invariant 1.
      self.take_list(&mut senders, taken);
    }
  }

  fn take_list(&self, senders: &mut Senders<E>, taken: &mut VecDeque<E>) {
    if taken.is_empty() {
      mem::swap(taken, &mut senders.list);
    } else {
      taken.append(&mut senders.list);
    }
    self.has_more.store(false, Ordering::SeqCst);
  }

  /// Takes the first entry that is meant.
  pub fn take_one(&self, is_short: impl Fn(&E::Short) -> bool, is_long: impl Fn(&E) -> bool) -> Option<E> {
    let mut turn = self.takes.lock();
    let mut take_first = || self.slot.take_if(&is_short, &mut turn).map(E::lengthen);
    if let Some(first) = take_first() {
      return Some(first);
    }
    if !self.has_more.load(Ordering::SeqCst) {
      return None;
    }
    let mut senders = self.senders.lock();
    if let Some(first) = take_first() {
      return Some(first); // Invariant 1.
    }
    let index = senders.list.iter().position(is_long)?;
    let entry = senders.list.remove(index);
    self.has_more.store(!senders.list.is_empty(), Ordering::SeqCst);
    entry
  }

  /// The same, also from among those that are kept back. In the list another is left in its place, since those that
  /// stand together there are counted.
  pub fn replace_one(&self, is_short: impl Fn(&E::Short) -> bool, is_long: impl Fn(&E) -> bool, other: E) -> Option<E> {
    let mut turn = self.takes.lock();
    let mut senders = self.senders.lock();
    if let Some(first) = self.slot.take_if(is_short, &mut turn) {
      return Some(E::lengthen(first));
    }
    let Senders { list, kept_back, .. } = &mut *senders;
    let entry = list.iter_mut().chain(kept_back).find(|entry| is_long(entry))?;
    Some(mem::replace(entry, other))
  }

  /// Calls `look` under the lock of those who put in, with whether nothing is there.
  pub fn look<R>(&self, look: impl FnOnce(bool) -> R) -> R {
    let senders = self.senders.lock();
    look(senders.list.is_empty() && !self.slot.is_full())
  }

  /// The same, with whether there is an entry that is meant. For the owner only.
  pub fn look_for<R>(
    &self,
    is_short: impl Fn(&E::Short) -> bool,
    is_long: impl Fn(&E) -> bool,
    look: impl FnOnce(bool) -> R,
  ) -> R {
    let mut turn = self.takes.lock();
    let senders = self.senders.lock();
    let mut is_there = senders.list.iter().any(is_long);
    let look_at = |short: &E::Short| {
      is_there |= is_short(short);
      false // It stays.
    };
    self.slot.take_if(look_at, &mut turn);
    look(is_there)
  }

  /// Refuses from now on, and hands over what was not taken, and then what was kept back.
  pub fn close(&self) -> VecDeque<E> {
    let mut turn = self.takes.lock();
    let mut senders = self.senders.lock();
    senders.is_closed = true;
    let mut rest: VecDeque<E> = self.slot.take_if(|_| true, &mut turn).map(E::lengthen).into_iter().collect();
    self.take_list(&mut senders, &mut rest);
    rest.append(&mut senders.kept_back);
    rest
  }

  pub fn is_closed(&self) -> bool {
    self.senders.lock().is_closed
  }

  /// How many entries there are.
  pub fn len(&self) -> usize {
    self.senders.lock().list.len() + usize::from(self.slot.is_full())
  }

  /// When the first entry came that was not taken.
  pub fn oldest(&self) -> Option<Instant> {
    let senders = self.senders.lock();
    senders.since.filter(|_| !senders.list.is_empty() || self.slot.is_full())
  }
}
