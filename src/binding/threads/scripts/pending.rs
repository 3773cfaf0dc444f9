//! What has come for one script, answer by answer, and whether the script has anything to run.
//!
//! Promises that answers are handed out one at a time in the order in which they came, and that the script counts as busy
//! from the moment one comes, or it is cut, until it has been asked for more in vain. Knows nothing of its answers, so that
//! the model in `binding/tests/rest.rs` needs no engine.
//!
//! 1. `is_busy` changes under the lock, and the count of busy scripts with it.
//! 2. Lock order: a primitive's lock, then this one. Nothing is woken, told or dropped under it.

use super::rest::Rests;
use crate::core::{
  sync::{AtomicBool, Mutex, Ordering},
  waiter::Port,
};
use std::{
  collections::VecDeque,
  sync::Arc,
  task::{Context, Poll, Waker},
};

/// What a script is woken for.
pub enum Next<A> {
  /// An answer, and the number of what it asked.
  Answer(u32, A),
  /// It runs no further.
  Cut,
}

struct State<A> {
  answers: VecDeque<(u32, A)>,
  is_busy: bool,
  is_cut: bool,
  /// It has ended, and takes nothing any more.
  is_over: bool,
  waker: Option<Waker>,
}

/// What has come for one of the scripts of an owner `R`.
pub struct Pending<A, R: Rests> {
  owner: Arc<R>,
  /// Tells the script's thread, which may look for it before it sleeps, that one of its scripts is woken.
  woken: Arc<AtomicBool>,
  state: Mutex<State<A>>,
}

impl<A, R: Rests> Pending<A, R> {
  /// That of a script which is about to run: it is busy.
  pub fn new(owner: &Arc<R>, woken: &Arc<AtomicBool>) -> Arc<Self> {
    owner.scripts().begins();
    let state = State { answers: VecDeque::new(), is_busy: true, is_cut: false, is_over: false, waker: None };
    Arc::new(Self { owner: Arc::clone(owner), woken: Arc::clone(woken), state: Mutex::new(state) })
  }

  /// What comes next; where nothing has come, the script rests from now on.
  pub fn poll(&self, cx: &Context<'_>) -> Poll<Next<A>> {
    self.woken.store(false, Ordering::Relaxed); // What comes from here on is looked at before the thread sleeps.
    let mut state = self.state.lock();
    if state.is_cut {
      return Poll::Ready(Next::Cut);
    }
    if let Some((id, answer)) = state.answers.pop_front() {
      return Poll::Ready(Next::Answer(id, answer));
    }
    let before = state.waker.replace(cx.waker().clone());
    let rests = self.be_idle(&mut state);
    drop(state); // LOCK: none is held while others are told.
    drop(before);
    if rests {
      self.owner.tell_rest();
    }
    Poll::Pending
  }

  /// Whether there is more to do than to wait.
  pub fn has_more(&self) -> bool {
    let state = self.state.lock();
    state.is_cut || !state.answers.is_empty()
  }

  pub fn is_cut(&self) -> bool {
    self.state.lock().is_cut
  }

  pub fn is_busy(&self) -> bool {
    self.state.lock().is_busy
  }

  /// The script runs no further: whatever it waits for, it is woken.
  pub fn cut(&self) {
    let mut state = self.state.lock();
    if state.is_over || std::mem::replace(&mut state.is_cut, true) {
      return;
    }
    self.be_busy(&mut state);
    drop(state); // LOCK: a waker may run code of its own.
    self.wake_script();
  }

  /// The script has ended, and nothing of it is left.
  pub fn over(&self) {
    let mut state = self.state.lock();
    state.is_over = true;
    let answers = std::mem::take(&mut state.answers);
    let waker = state.waker.take();
    let rests = self.be_idle(&mut state);
    drop(state); // LOCK: values may run code of their own when dropped.
    drop((answers, waker));
    if rests {
      self.owner.tell_rest();
    }
  }

  fn be_busy(&self, state: &mut State<A>) {
    if !std::mem::replace(&mut state.is_busy, true) {
      self.owner.scripts().begins();
    }
  }

  /// It has nothing to run any more; true where no other script has, either.
  fn be_idle(&self, state: &mut State<A>) -> bool {
    std::mem::replace(&mut state.is_busy, false) && self.owner.scripts().ends()
  }

  fn take_in<O>(&self, id: u32, outcome: O) -> Result<(), O>
  where
    A: From<O>,
  {
    let mut state = self.state.lock();
    if state.is_over {
      return Err(outcome);
    }
    state.answers.push_back((id, outcome.into()));
    self.be_busy(&mut state);
    Ok(())
  }

  fn wake_script(&self) {
    let waker = self.state.lock().waker.take();
    if let Some(waker) = waker {
      self.woken.store(true, Ordering::Relaxed);
      waker.wake();
    }
  }
}

/// An answer of a round that others are kept back with comes at once: this is not the loop that takes them together.
impl<A, O, R> Port<O> for Pending<A, R>
where
  A: From<O> + Send,
  R: Rests,
{
  fn deliver(&self, ticket: u32, outcome: O) -> Result<(), O> {
    self.take_in(ticket, outcome)
  }

  fn wake(&self) {
    self.wake_script();
  }
}
