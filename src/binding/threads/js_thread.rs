//! One JavaScript thread as others see it: its hub while its loop runs, its doorbell while it blocks.
//!
//! Promises that a service which was asked for is looked at in either case.

use super::{
  alarms::Alarm, cores::LastCore, cpu::CpuClock, doorbell::Doorbell, hub::Hub, mailbox, runner::Runner, task::Task,
};
use crate::{
  binding::values::{
    outcome::{Completion, Mailbox, Short},
    thing::{Id, next_id},
  },
  core::sync::Mutex,
};
use std::{
  cell::Cell,
  collections::VecDeque,
  ptr,
  sync::{
    Arc, Weak,
    atomic::{AtomicBool, AtomicU64, Ordering},
  },
  time::Duration,
};

/// Something that has happened for a loop.
pub enum Entry {
  /// A wait of this loop has its outcome.
  Completed(u32, Completion),
  /// So many answers of one round follow, and are delivered together.
  Together(usize),
  /// The deadline of a wait has passed. The second number tells a reused ticket from the one that was meant.
  Expired(u32, u64),
  Start(Arc<Task>),
  Cancel(Arc<Task>),
  Close,
  /// The maker of this loop's runner has let go of it.
  LetGo,
  /// A task of this runner, which was made with `failFast`, has failed.
  Failed(Id),
  /// Nothing but that the loop shall come round.
  Nothing,
  /// There are services to look at.
  Serve,
  /// Nobody has asked for the error of some task for a while.
  Silence,
}

/// An entry of a few words.
pub enum ShortEntry {
  Completed(u32, Short),
  Start(Arc<Task>),
}

impl mailbox::Entry for Entry {
  type Short = ShortEntry;

  const IS_TIMED: bool = true;

  fn shorten(self) -> Result<ShortEntry, Self> {
    match self {
      Self::Completed(ticket, completion) => match completion.shorten() {
        Ok(short) => Ok(ShortEntry::Completed(ticket, short)),
        Err(completion) => Err(Self::Completed(ticket, completion)),
      },
      Self::Start(task) => Ok(ShortEntry::Start(task)),
      other => Err(other),
    }
  }

  fn lengthen(short: ShortEntry) -> Self {
    match short {
      ShortEntry::Completed(ticket, short) => Self::Completed(ticket, short.into()),
      ShortEntry::Start(task) => Self::Start(task),
    }
  }
}

/// So many answers of a round are delivered together. Their number alone says which: what the scripts do must not
/// depend on when an answer comes.
const PART: usize = 64;

thread_local! {
  /// The thread for which the last outcome is kept back: it is not woken for that yet.
  static KEPT_BACK: Cell<*const JsThread> = const { Cell::new(ptr::null()) };
}

/// Something a thread is asked to do whether its loop runs or it blocks.
pub enum Service {
  /// End the thread of a runner this thread has made.
  Terminate(Arc<Runner>),
  /// Tell `onTaskError` of a failure that this runner holds.
  Failure(Arc<Runner>, Arc<Task>),
  /// A task that its caller had given up has failed, and there is no `onTaskError`.
  GivenUp(Arc<Task>),
  /// The thread of a runner has ended by itself, and with it this task, or none: tell `onTaskError`.
  Died(Arc<Runner>, Option<Arc<Task>>),
  /// This thread has waited for a while for something of a runner, of which this task has failed; `for_what`, in words.
  /// `ticket`: that of the wait, where the thread does not block.
  Unseen { task: Arc<Task>, for_what: &'static str, ticket: Option<u32> },
  /// Tell `onStuck`.
  Stuck(Box<Stuck>),
  /// Write what the loop of a runner this thread has made has printed.
  Output(Arc<Runner>),
  /// Hand on what the scripts of a server that this thread has made have printed.
  #[cfg_attr(not(feature = "scripts"), allow(dead_code, reason = "there are no scripts"))]
  Printed(Arc<Runner>),
  /// A task that this thread has created, and observes, has ended.
  Ended(Arc<Task>),
  /// This thread has blocked for a while for a task which waits for this very thread to handle its call, or to move a clock.
  Unanswered(Arc<Task>),
}

/// A loop that is stuck, as it was found.
pub struct Stuck {
  pub runner: Arc<Runner>,
  /// The task that holds it, or those of which one does.
  pub tasks: Vec<Arc<Task>>,
  pub lasting: Duration,
  /// Which part of that time the thread has computed, from 0 to 1, where that can be told; 1 where it would with a processor.
  pub computed: Option<f64>,
}

/// One per JavaScript thread and addon load.
pub struct JsThread {
  pub hub: Hub<Entry>,
  pub doorbell: Arc<Doorbell>,
  services: Mutex<VecDeque<Service>>,
  /// Where it runs a runner's loop, that of the runner; else one of its own.
  number: AtomicU64,
  name: Mutex<String>,
  clock: CpuClock,
  /// Whether errors of the runners that it has made, or that were made in their tasks, could be seen by nobody.
  has_lost_failures: AtomicBool,
  /// Where it was when it last went through a blocking door.
  pub core: LastCore,
}

static ALL: Mutex<Vec<Weak<JsThread>>> = Mutex::new(Vec::new());

/// All there are.
pub fn all() -> Vec<Arc<JsThread>> {
  ALL.lock().iter().filter_map(Weak::upgrade).collect()
}

impl JsThread {
  /// This thread.
  pub fn new() -> Arc<Self> {
    let number = AtomicU64::new(next_id());
    let (services, name) = (Mutex::default(), Mutex::default());
    let clock = CpuClock::of_this_thread();
    let core = LastCore::default();
    let (hub, doorbell, has_lost_failures) = (Hub::new(), Doorbell::new(), AtomicBool::new(false));
    let thread = Arc::new(Self { hub, doorbell, services, number, name, clock, has_lost_failures, core });
    let mut all = ALL.lock();
    all.retain(|other| other.strong_count() > 0);
    all.push(Arc::downgrade(&thread));
    thread
  }

  /// How it is called where waits of threads are described.
  pub fn call(&self, name: String) {
    *self.name.lock() = name;
  }

  /// It runs the loop of this runner from now on.
  pub fn runs(&self, runner: &Runner) {
    self.number.store(runner.id, Ordering::Relaxed);
    self.call(runner.name.clone());
  }

  pub fn number(&self) -> Id {
    self.number.load(Ordering::Relaxed)
  }

  pub fn name(&self) -> String {
    self.name.lock().clone()
  }

  /// Asks it for a service.
  pub fn ask(&self, service: Service) {
    self.services.lock().push_back(service);
    self.doorbell.ask();
    if self.hub.push(Entry::Serve).is_ok() {
      self.hub.wake();
    }
  }

  pub fn take_service(&self) -> Option<Service> {
    self.services.lock().pop_front()
  }

  /// Errors of a runner that it has made can be seen by nobody any more.
  pub fn lose_failures(&self) {
    self.has_lost_failures.store(true, Ordering::SeqCst);
  }

  /// Whether there were such errors.
  pub fn has_lost_failures(&self) -> bool {
    self.has_lost_failures.load(Ordering::SeqCst)
  }

  /// Has its loop take the answers of a round that are kept back.
  pub fn release(&self) {
    self.hub.release(Entry::Together);
    self.hub.wake();
  }

  /// Whether its loop has come round since it had done so this often, or has no need to.
  pub fn is_free_since(&self, turns: u32) -> bool {
    self.doorbell.sleeps() || self.hub.turns() != turns
  }

  /// What the thread has computed in its life, where that can be told.
  pub fn computed(&self) -> Option<Duration> {
    self.clock.read()
  }

  /// What it has computed since it had computed so much.
  pub fn computed_since(&self, then: Option<Duration>) -> Option<Duration> {
    Some(self.computed()?.saturating_sub(then?))
  }

  /// Whether it computes, or would if it had a processor, where that can be told.
  pub fn is_runnable(&self) -> bool {
    self.clock.is_runnable()
  }

  /// Whether its loop is at rest, or the thread sleeps in a door. Cheap enough to ask all the time.
  pub fn is_at_rest(&self) -> bool {
    self.hub.is_at_rest() || self.doorbell.is_parked()
  }
}

impl Mailbox for JsThread {
  fn deliver(&self, ticket: u32, completion: Completion) -> Result<(), Completion> {
    let is_of_round = completion.round() == Some(self.number());
    let entry = Entry::Completed(ticket, completion);
    let added = if is_of_round {
      self.hub.keep_back(entry, PART, Entry::Together).map(|is_kept_back| {
        if is_kept_back {
          KEPT_BACK.set(ptr::from_ref(self));
        }
      })
    } else {
      self.hub.push(entry)
    };
    added.map_err(|refused| match refused {
      Entry::Completed(_, completion) => completion,
      _ => unreachable!("a refused entry comes back as it was"),
    })
  }

  fn wake(&self) {
    // Not by a look at the hub, which the loop looks at, too: its cache line would have to come back for that.
    if KEPT_BACK.get() == ptr::from_ref(self) {
      return KEPT_BACK.set(ptr::null());
    }
    self.hub.wake();
  }
}

impl Alarm for JsThread {
  fn ring(&self, ticket: u32, round: u64) {
    if self.hub.push(Entry::Expired(ticket, round)).is_ok() {
      self.hub.wake();
    }
  }
}
