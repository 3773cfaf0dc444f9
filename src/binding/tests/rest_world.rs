//! A server's loop, its scripts on threads of their own, and one who waits for all of them: what `rest.rs` is about.
//!
//! Promises the code of the package itself but for what runs it: loop and scripts do nothing but send work on its way, and
//! wakes are never lost. `drain.rs`, `driver.rs` and `RestWait` are followed line by line.

#[cfg(not(loom))]
use crate::binding::threads::{
  mailbox::Entry,
  resting::RestingMailbox,
  scripts::{
    pending::{Next, Pending},
    rest::{Rests, ScriptRest},
  },
};
#[cfg(loom)]
use crate::border::{
  mailbox::Entry,
  resting::RestingMailbox,
  scripts::{
    pending::{Next, Pending},
    rest::{Rests, ScriptRest},
  },
};
use crate::core::{
  event::Event,
  sync::{AtomicBool, thread},
  waiter::Port,
};
#[cfg(loom)]
use loom::sync::Notify as Bell;
use std::{
  collections::VecDeque,
  future::{Future, poll_fn},
  pin::pin,
  sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
  },
  task::Poll,
};

/// A piece of work: the way that it has still to go.
pub(super) type Work = &'static [Place];

/// Where a piece of work is done.
#[derive(Clone, Copy)]
pub(super) enum Place {
  Loop,
  Script(usize),
}

pub(super) use Place::{Loop, Script};

/// None of it goes by the slot: `mailbox.rs` has the models of that.
pub(super) struct Long(Work);

impl Entry for Long {
  type Short = ();

  const IS_TIMED: bool = false;

  fn shorten(self) -> Result<(), Self> {
    Err(self)
  }

  fn lengthen((): ()) -> Self {
    Self(&[])
  }
}

/// What a runner has of all this.
pub(super) struct Owner {
  pub(super) scripts: ScriptRest,
  rested: Event,
}

impl Rests for Owner {
  fn scripts(&self) -> &ScriptRest {
    &self.scripts
  }

  fn tell_rest(&self) {
    self.rested.pulse();
  }
}

pub(super) struct World {
  pub(super) entries: RestingMailbox<Long>,
  bell: Bell,
  pub(super) owner: Arc<Owner>,
  pub(super) scripts: Vec<Arc<Pending<Work, Owner>>>,
  /// Work that is not done. The models' own: they see it as it is.
  pub(super) left: AtomicUsize,
}

impl World {
  pub(super) fn new(scripts: usize, left: usize) -> Arc<Self> {
    let owner = Arc::new(Owner { scripts: ScriptRest::default(), rested: Event::new() });
    owner.scripts.be_used();
    let woken = Arc::new(AtomicBool::new(false));
    let scripts = (0..scripts).map(|_| Pending::new(&owner, &woken)).collect();
    let (entries, bell) = (RestingMailbox::new(), Bell::new());
    Arc::new(Self { entries, bell, owner, scripts, left: AtomicUsize::new(left) })
  }

  pub(super) fn is_at_rest(&self) -> bool {
    self.owner.scripts.while_idle(|| self.entries.is_at_rest())
  }

  /// Sends work on its way.
  pub(super) fn send(&self, work: Work) {
    match work {
      [] => {
        self.left.fetch_sub(1, Ordering::SeqCst);
      }
      [Loop, rest @ ..] => {
        assert!(self.entries.put(Long(rest)).is_ok(), "it is open");
        self.bell.notify();
      }
      [Script(index), rest @ ..] => {
        // An answer that comes too late for a script is dropped.
        if self.scripts[*index].deliver(0, rest).is_err() {
          return self.send(&[]);
        }
        Port::<Work>::wake(&*self.scripts[*index]);
      }
    }
  }

  /// Does what comes to the loop, so many entries; see `waits/drain.rs`.
  fn run_loop(&self, mut entries: usize) {
    let mut taken = VecDeque::new();
    loop {
      if self.entries.has_any() {
        self.entries.take_all(&mut taken);
        entries -= taken.len();
        taken.drain(..).for_each(|Long(work)| self.send(work));
      } else if self.entries.come_to_rest() {
        if self.owner.scripts.are_idle() {
          self.owner.tell_rest();
        }
        if entries == 0 {
          return;
        }
        self.bell.wait();
      }
    }
  }

  /// Does what comes to a script, so many turns, and ends it; see `scripts/driver.rs`.
  fn run_script(&self, index: usize, turns: usize) {
    let script = &self.scripts[index];
    for _ in 0..turns {
      match await_here(poll_fn(|cx| script.poll(cx))) {
        Next::Answer(_, work) => self.send(work),
        Next::Cut => break,
      }
    }
    script.over();
  }

  /// Waits to be told of a rest; see `RestWait`.
  pub(super) fn wait_for_rest(&self) {
    while !self.is_at_rest() {
      let mut told = pin!(self.owner.rested.wait_async());
      await_here(poll_fn(|cx| match told.as_mut().poll(cx) {
        Poll::Pending if !self.is_at_rest() => Poll::Pending,
        _ => Poll::Ready(()),
      }));
    }
  }

  /// Starts the loop, and a thread for each script.
  pub(super) fn start(self: &Arc<Self>, entries: usize, turns: &'static [usize]) -> Vec<thread::JoinHandle<()>> {
    let world = Arc::clone(self);
    let mut threads = vec![thread::spawn(move || world.run_loop(entries))];
    let scripts = turns.iter().enumerate().map(|(index, turns)| {
      let world = Arc::clone(self);
      thread::spawn(move || world.run_script(index, *turns))
    });
    threads.extend(scripts);
    threads
  }
}

pub(super) fn join(threads: Vec<thread::JoinHandle<()>>) {
  for thread in threads {
    thread.join().expect("no panic");
  }
}

/// What wakes the loop: the one function of Node, which loses no call.
#[cfg(not(loom))]
#[derive(Default)]
struct Bell(tokio::sync::Notify);

#[cfg(not(loom))]
impl Bell {
  fn new() -> Self {
    Self::default()
  }

  fn notify(&self) {
    self.0.notify_one();
  }

  fn wait(&self) {
    await_here(self.0.notified());
  }
}

/// Drives a future on this thread.
#[cfg(loom)]
fn await_here<F: Future>(future: F) -> F::Output {
  loom::future::block_on(future)
}

/// Drives a future on this thread.
#[cfg(not(loom))]
fn await_here<F: Future>(future: F) -> F::Output {
  tokio::runtime::Builder::new_current_thread().build().expect("a loop").block_on(future)
}
