//! How a blocked JavaScript thread is woken: a small mailbox, and the thread that sleeps before it.
//!
//! Promises that an outcome delivered here stays until it is taken or given back, and that a ring is never missed:
//! every flag is set before the thread is unparked, and looked at before it parks.

use super::{mailbox, sleep::Sleep};
use crate::{
  binding::values::outcome::{Completion, Mailbox, Short},
  core::sync::Mutex,
};
use std::{
  sync::{
    Arc, Weak,
    atomic::{AtomicBool, AtomicU8, AtomicU32, Ordering},
  },
  thread::{self, Thread},
};

static ALL: Mutex<Vec<Weak<Doorbell>>> = Mutex::new(Vec::new());

/// One per JavaScript thread and addon load.
pub struct Doorbell {
  thread: Thread,
  outcomes: mailbox::Mailbox<Delivered>,
  /// The thread sleeps in a door that has not been served. Written under the lock of those who put into `outcomes`.
  is_parked: AtomicBool,
  /// The wait it sleeps in.
  parked_in: AtomicU32,
  /// What it sleeps for, as a `Sleep`; 0 while it does not sleep.
  sleeps_for: AtomicU8,
  is_asked: AtomicBool,
  /// It was asked to look whether its wait is cut, and has not gone on with it since. Written under the
  /// same lock.
  is_being_cut: AtomicBool,
  interrupts: Interrupts,
}

/// An outcome, and the ticket of its wait.
struct Delivered(u32, Completion);

impl mailbox::Entry for Delivered {
  type Short = (u32, Short);

  const IS_TIMED: bool = false;

  fn shorten(self) -> Result<(u32, Short), Self> {
    let Self(ticket, completion) = self;
    completion.shorten().map(|short| (ticket, short)).map_err(|completion| Self(ticket, completion))
  }

  fn lengthen((ticket, short): (u32, Short)) -> Self {
    Self(ticket, short.into())
  }
}

/// What is to end blocking waits. On a cache line of its own: a thread looks at it with each wait.
///
/// Each Ctrl-C is counted, since JavaScript hears of one at a time: that the first was heard says nothing of a second.
#[repr(align(128))]
#[derive(Default)]
struct Interrupts {
  /// How many there were.
  raised: AtomicU32,
  /// How many of them have ended a wait, or were heard.
  seen: AtomicU32,
  /// How many of them JavaScript has heard of.
  heard: AtomicU32,
}

impl Doorbell {
  /// The bell of this thread, known to [`interrupt_all`].
  pub fn new() -> Arc<Self> {
    let doorbell = Arc::new(Self {
      thread: thread::current(),
      outcomes: mailbox::Mailbox::new(),
      is_parked: AtomicBool::new(false),
      parked_in: AtomicU32::new(0),
      sleeps_for: AtomicU8::new(0),
      is_asked: AtomicBool::new(false),
      is_being_cut: AtomicBool::new(false),
      interrupts: Interrupts::default(),
    });
    let mut all = ALL.lock();
    all.retain(|bell| bell.strong_count() > 0);
    all.push(Arc::downgrade(&doorbell));
    doorbell
  }

  /// The outcome of a wait, if it has come.
  pub fn take(&self, ticket: u32) -> Option<Completion> {
    self.take_where(ticket, || true)
  }

  /// The same, but none while the thread is asked for something: what it was asked for before the outcome came is for it to
  /// look at first.
  pub fn take_unasked(&self, ticket: u32) -> Option<Completion> {
    self.take_where(ticket, || !self.is_asked())
  }

  fn take_where(&self, ticket: u32, may_be_taken: impl Fn() -> bool) -> Option<Completion> {
    if !self.outcomes.has_any() {
      return None;
    }
    // ORDERING: who asks does so before what follows is delivered. So the outcome is looked for first.
    let is_taken = |of| of == ticket && may_be_taken();
    let taken = self.outcomes.take_one(|(of, _)| is_taken(*of), |Delivered(of, _)| is_taken(*of));
    taken.map(|Delivered(_, completion)| completion)
  }

  /// Says that the thread sleeps until the wait `ticket` is served; false where it is already.
  pub fn park(&self, ticket: u32) -> bool {
    self.outcomes.look_for(
      |(of, _)| *of == ticket,
      |Delivered(of, _)| *of == ticket,
      |is_served| {
        // Asked for something, it is about to look at that first.
        let is_parked = !self.is_asked() && !is_served;
        self.parked_in.store(ticket, Ordering::Relaxed);
        self.is_parked.store(is_parked, Ordering::SeqCst);
        is_parked
      },
    )
  }

  /// Says that the thread is awake.
  pub fn unpark(&self) {
    self.is_parked.store(false, Ordering::SeqCst);
  }

  /// Whether the thread sleeps, and will until its wait is served.
  pub fn is_parked(&self) -> bool {
    self.is_parked.load(Ordering::SeqCst)
  }

  /// Says what the thread sleeps for from now on; `None`: it is awake.
  pub fn sleep(&self, what: Option<Sleep>) {
    // ORDERING: Release pairs with the Acquire in `sleeps`: a thread that sees it awake sees what it did before.
    self.sleeps_for.store(what.map_or(0, |what| what as u8), Ordering::Release);
  }

  /// Whether the thread sleeps in a door.
  pub fn sleeps(&self) -> bool {
    self.sleeps_for.load(Ordering::Acquire) != 0
  }

  /// What it sleeps for, in words; empty while it does not sleep.
  pub fn sleeps_for(&self) -> &'static str {
    Sleep::words_of(self.sleeps_for.load(Ordering::Relaxed))
  }

  /// Whether the wait it has last slept in is this one.
  pub fn is_for(&self, ticket: u32) -> bool {
    self.parked_in.load(Ordering::Relaxed) == ticket
  }

  /// Asks the thread, if it blocks, to look whether its wait is cut.
  pub fn ask_to_cut(&self) {
    self.ask_with(|| self.is_being_cut.store(true, Ordering::SeqCst));
  }

  /// Asks the thread, if it blocks, to look at its services.
  pub fn ask(&self) {
    self.ask_with(|| {});
  }

  /// Has the thread, if it blocks, look whether its wait goes on.
  pub fn look_up(&self) {
    self.thread.unpark();
  }

  fn ask_with(&self, first: impl FnOnce()) {
    self.outcomes.look(|_| {
      first();
      self.is_asked.store(true, Ordering::SeqCst);
      self.is_parked.store(false, Ordering::SeqCst); // It looks at what it is asked for, and parks again.
    });
    self.thread.unpark();
  }

  /// Whether it may leave its wait, because that is cut.
  pub fn is_being_cut(&self) -> bool {
    self.is_being_cut.load(Ordering::SeqCst)
  }

  /// It has looked whether its wait is cut, unless it was asked anew.
  pub fn cut_over(&self) {
    if !self.is_being_cut() {
      return;
    }
    self.outcomes.look(|_| {
      if !self.is_asked() {
        self.is_being_cut.store(false, Ordering::SeqCst);
      }
    });
  }

  /// Whether it has been asked for something that it has not looked at.
  pub fn is_asked(&self) -> bool {
    self.is_asked.load(Ordering::SeqCst)
  }

  /// Whether it was asked since the last look.
  pub fn was_asked(&self) -> bool {
    self.is_asked() && self.is_asked.swap(false, Ordering::SeqCst)
  }

  /// Ends the present wait, or the next.
  pub fn interrupt(&self) {
    self.interrupts.raised.fetch_add(1, Ordering::SeqCst);
    self.thread.unpark();
  }

  /// Whether there was an interrupt that no wait has ended with.
  pub fn is_interrupted(&self) -> bool {
    let Interrupts { raised, seen, .. } = &self.interrupts;
    // ORDERING: only this thread writes `seen`.
    raised.load(Ordering::SeqCst) != seen.load(Ordering::Relaxed)
  }

  /// The same; the wait that asks ends with it, if there was one.
  pub fn was_interrupted(&self) -> bool {
    let Interrupts { raised, seen, .. } = &self.interrupts;
    let count = raised.load(Ordering::SeqCst);
    seen.swap(count, Ordering::Relaxed) != count
  }

  /// JavaScript listens from now on: of what was before, it hears nothing more.
  pub fn listens(&self) {
    let Interrupts { raised, heard, .. } = &self.interrupts;
    heard.store(raised.load(Ordering::SeqCst), Ordering::Relaxed);
  }

  /// JavaScript has heard of one interrupt, the oldest it had not heard of. It need not end a wait any more.
  pub fn hears(&self) {
    let Interrupts { raised, seen, heard } = &self.interrupts;
    let count = heard.load(Ordering::Relaxed).wrapping_add(1);
    // What was no signal, as the end of the process, is not heard of; and a listener may be called for what never came.
    let is_ahead = raised.load(Ordering::SeqCst).wrapping_sub(count).cast_signed() < 0;
    if is_ahead {
      return;
    }
    heard.store(count, Ordering::Relaxed);
    if count.wrapping_sub(seen.load(Ordering::Relaxed)).cast_signed() > 0 {
      seen.store(count, Ordering::Relaxed);
    }
  }
}

impl Mailbox for Doorbell {
  fn deliver(&self, ticket: u32, completion: Completion) -> Result<(), Completion> {
    let unpark = || {
      // Only the loops of servers ever park; the others are spared the write.
      if self.parked_in.load(Ordering::Relaxed) == ticket && self.is_parked.load(Ordering::Relaxed) {
        self.is_parked.store(false, Ordering::SeqCst);
      }
    };
    self.outcomes.put(Delivered(ticket, completion), unpark).map_err(|Delivered(_, completion)| completion)
  }

  fn wake(&self) {
    self.thread.unpark();
  }
}

/// How many there are. The list has those of threads that have ended, too, until the next one is made.
pub fn count() -> usize {
  ALL.lock().iter().filter(|bell| bell.strong_count() > 0).count()
}

/// Ends the blocking wait of every thread but this one: the process is about to end.
pub fn interrupt_all() {
  let here = thread::current().id();
  for bell in ALL.lock().iter().filter_map(Weak::upgrade).filter(|bell| bell.thread.id() != here) {
    bell.interrupt();
  }
}
