//! The process's record of one background loop: `lib/runner.ts` holds it from outside, `lib/loop-worker.ts` from inside.
//!
//! Promises that work is taken in order from the first moment, also before the loop is up; that from `close` on no more
//! is taken; and that when its thread ends, by whatever cause, every wait that depends on it ends, too.
//!
//! 1. `phase` only goes forward; what ends a runner runs once.
//! 2. Lock order: `state`, then the hub's inbox. Members and tasks are ended with no lock held.

use super::{
  hub::{Entry, Hub},
  task::Task,
};
use crate::{
  binding::values::{
    control::Control,
    outcome::Settlement,
    protocol::{Phase, ShutdownType, Word},
    thing::{Id, Thing},
  },
  core::{
    error::End,
    event::Event,
    future::Settled,
    spin::SpinPolicy,
    sync::{Mutex, MutexGuard},
  },
};
use rustc_hash::FxHashMap;
use std::{
  collections::BTreeMap,
  sync::{
    Arc, OnceLock, Weak,
    atomic::{AtomicBool, AtomicI32, AtomicU8, AtomicU64, Ordering},
  },
};

/// Something a thread is asked to do whether its loop runs or it blocks.
pub enum Service {
  /// End the thread of a runner this thread has made.
  Terminate(Arc<Runner>),
  /// Tell `onTaskError`.
  Failure(Arc<Task>),
}

/// A primitive that ends with its runner.
pub trait Member: Send + Sync {
  fn end(&self, end: End);

  /// Its runner closes, and has cut the waits its tasks were in: what only its maker would give will not come any more.
  fn close(&self) {}

  /// Who waits for it, on all threads.
  fn waiters(&self) -> usize;

  /// The bytes it holds.
  fn bytes(&self) -> usize {
    0
  }
}

pub(in crate::binding) struct State {
  phase: Phase,
  pub(in crate::binding) hub: Option<Arc<Hub>>,
  pub(in crate::binding) backlog: Vec<Entry>,
  pub(in crate::binding) tasks: FxHashMap<Id, Arc<Task>>,
  /// By number, which is by age.
  failures: BTreeMap<Id, Arc<Task>>,
  pub(in crate::binding) members: Vec<Weak<dyn Member>>,
  sweep_at: usize,
}

/// The loop's shared words, for a look from outside; taken away before they are freed.
pub(in crate::binding) struct Words(*const Control);

// SAFETY: only `Control::read` is called through it, under the lock that takes it away.
unsafe impl Send for Words {}

impl Words {
  /// The lowest 32 bits of the number of the task whose code ran last on the loop; 0 for none.
  pub(in crate::binding) fn current(&self) -> u32 {
    // SAFETY: whoever has this holds the lock under which the loop's environment takes it away before it ends.
    unsafe { &*self.0 }.read(Word::Current).cast_unsigned()
  }
}

/// One background loop.
pub struct Runner {
  pub id: Id,
  pub name: String,
  /// Set when it is made, or, where its thread was started ahead, when it is taken.
  manner: OnceLock<Manner>,
  maker: Arc<Hub>,
  /// Whether it is the loop of a server, which takes one thing at a time.
  serves: AtomicBool,
  state: Mutex<State>,
  pub(in crate::binding) words: Mutex<Option<Words>>,
  /// Set when the loop is up, and when it will never be.
  pub up: Event,
  pub ended: Event,
  /// Set for a moment whenever the loop comes to rest while somebody waits for that; see `rest.rs`.
  pub rested: Event,
  shutdown: AtomicU8,
  /// Whether its tasks have been cancelled, by its close.
  has_cancelled: AtomicBool,
  is_orderly: AtomicBool,
  is_forced: AtomicBool,
  pub exit_code: AtomicI32,
  exit_timeout: AtomicU64,
  call_in_loop_timeout: AtomicU64,
  /// What ended it by itself, where that could still be told.
  pub cause: Mutex<Option<Settlement>>,
}

/// What `exit_code` holds while none is known.
pub const NO_EXIT_CODE: i32 = i32::MIN;

/// What a runner is made with that its thread need not know when it starts.
#[derive(Clone, Copy, Default)]
pub struct Manner {
  pub allows_blocking: bool,
  pub listens: bool,
  pub is_debug: bool,
  /// How long its loop, and whoever blocks for what depends on it, look before they sleep.
  pub spin: SpinPolicy,
}

/// The runners of the process.
static REGISTRY: Mutex<BTreeMap<Id, Weak<Runner>>> = Mutex::new(BTreeMap::new());

impl Runner {
  pub fn new(id: Id, maker: Arc<Hub>, name: String) -> Arc<Self> {
    let state = State {
      phase: Phase::Booting,
      hub: None,
      backlog: Vec::new(),
      tasks: FxHashMap::default(),
      failures: BTreeMap::new(),
      members: Vec::new(),
      sweep_at: 64,
    };
    let runner = Arc::new(Self {
      id,
      name,
      manner: OnceLock::new(),
      maker,
      state: Mutex::new(state),
      words: Mutex::new(None),
      up: Event::new(),
      ended: Event::new(),
      rested: Event::new(),
      serves: AtomicBool::new(false),
      shutdown: AtomicU8::new(ShutdownType::NotShutDown as u8),
      has_cancelled: AtomicBool::new(false),
      is_orderly: AtomicBool::new(false),
      is_forced: AtomicBool::new(false),
      exit_code: AtomicI32::new(NO_EXIT_CODE),
      exit_timeout: AtomicU64::new(f64::INFINITY.to_bits()),
      call_in_loop_timeout: AtomicU64::new(f64::INFINITY.to_bits()),
      cause: Mutex::new(None),
    });
    REGISTRY.lock().insert(id, Arc::downgrade(&runner));
    runner
  }

  /// Says in what manner it is to work, once.
  pub fn employ(&self, manner: Manner) {
    let _ = self.manner.set(manner);
  }

  pub fn manner(&self) -> Manner {
    self.manner.get().copied().unwrap_or_default()
  }

  pub fn spin(&self) -> SpinPolicy {
    self.manner().spin
  }

  /// The runner of this number, wherever in the process it was made.
  pub fn find(id: Id) -> Option<Arc<Self>> {
    REGISTRY.lock().get(&id).and_then(Weak::upgrade)
  }

  pub(in crate::binding) fn state(&self) -> MutexGuard<'_, State> {
    self.state.lock()
  }

  pub fn phase(&self) -> Phase {
    self.state().phase
  }

  /// Whether its loop has been up and has not ended.
  pub fn is_up(&self) -> bool {
    self.state().hub.is_some()
  }

  /// Makes it the loop of a server.
  pub fn serve(&self) {
    self.serves.store(true, Ordering::SeqCst);
  }

  pub fn serves(&self) -> bool {
    self.serves.load(Ordering::Relaxed)
  }

  /// Whether it was asked to close.
  pub fn is_closing(&self) -> bool {
    self.phase() >= Phase::Closing
  }

  /// Whether this hub's thread made it.
  pub fn was_made_by(&self, hub: &Arc<Hub>) -> bool {
    Arc::ptr_eq(&self.maker, hub)
  }

  pub fn exit_timeout(&self) -> f64 {
    f64::from_bits(self.exit_timeout.load(Ordering::Relaxed))
  }

  pub fn set_exit_timeout(&self, milliseconds: f64) {
    self.exit_timeout.store(milliseconds.to_bits(), Ordering::Relaxed);
  }

  /// The timeout, in milliseconds, of blocking doors that were given none.
  pub fn call_in_loop_timeout(&self) -> f64 {
    f64::from_bits(self.call_in_loop_timeout.load(Ordering::Relaxed))
  }

  pub fn set_call_in_loop_timeout(&self, milliseconds: f64) {
    self.call_in_loop_timeout.store(milliseconds.to_bits(), Ordering::Relaxed);
  }

  pub fn shutdown_type(&self) -> u8 {
    self.shutdown.load(Ordering::SeqCst)
  }

  /// The loop is up: what has waited for it comes first. False when the runner has ended in the meantime.
  pub fn attach(&self, hub: &Arc<Hub>, control: &Control) -> bool {
    *self.words.lock() = Some(Words(control));
    let mut state = self.state();
    if state.phase == Phase::Ended {
      return false;
    }
    if state.phase == Phase::Booting {
      state.phase = Phase::Running;
    }
    for entry in state.backlog.drain(..) {
      let _ = hub.push(entry); // It is this thread's own hub, and alive.
    }
    state.hub = Some(Arc::clone(hub));
    drop(state);
    self.up.set();
    hub.wake();
    true
  }

  /// Tells the loop something, in order.
  pub fn post(&self, entry: Entry) {
    Self::post_in(self.state(), entry);
  }

  fn post_in(mut state: MutexGuard<'_, State>, entry: Entry) {
    let Some(hub) = state.hub.clone() else {
      if state.phase != Phase::Ended {
        state.backlog.push(entry);
      }
      return;
    };
    let ends_waits = matches!(entry, Entry::Cancel(_) | Entry::Close);
    let _ = hub.push(entry); // A dead hub's runner ends: whoever waits for the entry's effect is released by that.
    drop(state); // LOCK: released before the wake.
    hub.wake();
    if ends_waits {
      hub.doorbell.ask(); // Its thread may sleep in a blocking door.
    }
  }

  /// Takes a task; false when no more work is taken.
  pub fn start(&self, task: &Arc<Task>) -> bool {
    let mut state = self.state();
    if state.phase > Phase::Running {
      return false;
    }
    state.tasks.insert(task.id, Arc::clone(task));
    Self::post_in(state, Entry::Start(Arc::clone(task)));
    true
  }

  /// Takes no more work and asks the loop to close; false when that was done before.
  pub fn close(&self) -> bool {
    let mut state = self.state();
    if state.phase > Phase::Running {
      return false;
    }
    state.phase = Phase::Closing;
    Self::post_in(state, Entry::Close);
    true
  }

  pub fn task(&self, id: Id) -> Option<Arc<Task>> {
    self.state().tasks.get(&id).cloned()
  }

  /// Lets go of a task, which has ended.
  pub fn take_task(&self, id: Id) -> Option<Arc<Task>> {
    self.state().tasks.remove(&id)
  }

  pub fn keep_failure(&self, task: &Arc<Task>) {
    self.state().failures.insert(task.id, Arc::clone(task));
  }

  pub fn forget_failure(&self, id: Id) {
    self.state().failures.remove(&id);
  }

  /// Errors nobody has seen, oldest first; they count as seen now.
  pub fn take_failures(&self) -> Vec<Arc<Task>> {
    std::mem::take(&mut self.state().failures).into_values().collect()
  }

  /// Ties a primitive's life to the runner's.
  pub fn adopt<M: Member + 'static>(&self, member: &Arc<M>) {
    let mut state = self.state();
    if state.phase == Phase::Ended {
      drop(state);
      member.end(self.reason());
      return;
    }
    if state.members.len() >= state.sweep_at {
      state.members.retain(|member| member.strong_count() > 0);
      state.sweep_at = 64.max(state.members.len() * 2);
    }
    let member: Weak<M> = Arc::downgrade(member);
    state.members.push(member);
  }

  /// Asks the maker's thread for something.
  pub fn tell_maker(self: &Arc<Self>, service: Service) {
    if self.manner().listens || !matches!(service, Service::Failure(_)) {
      self.maker.ask(service);
    }
  }

  /// The loop has cancelled what `close` found left.
  pub fn cancelled_all(&self) {
    self.has_cancelled.store(true, Ordering::SeqCst);
  }

  /// The loop has cut the waits its tasks were in.
  pub fn cut_all(&self) {
    let members: Vec<_> = self.state().members.iter().filter_map(Weak::upgrade).collect();
    for member in members {
      member.close(); // LOCK: not under it.
    }
  }

  pub fn has_cancelled(&self) -> bool {
    self.has_cancelled.load(Ordering::Relaxed)
  }

  /// The loop has done all that `close` asks for; its thread ends now.
  pub fn closed_in_order(&self) {
    self.is_orderly.store(true, Ordering::SeqCst);
  }

  /// Its thread is about to be ended by force.
  pub fn forced(&self) {
    self.is_forced.store(true, Ordering::SeqCst);
  }

  fn reason(&self) -> End {
    let was_closed = self.is_orderly.load(Ordering::SeqCst) || self.is_forced.load(Ordering::SeqCst);
    if was_closed { End::Closed } else { End::Died }
  }

  /// Its thread has ended, or could not be: everything that depends on it ends.
  pub fn thread_ended(&self) {
    let shutdown = match (self.is_orderly.load(Ordering::SeqCst), self.is_forced.load(Ordering::SeqCst)) {
      (true, _) => ShutdownType::Stopped,
      (_, true) => ShutdownType::ForceStopped,
      _ => ShutdownType::Unknown,
    };
    *self.words.lock() = None;
    self.end(shutdown);
  }

  /// Gives the thread up: native code holds it.
  pub fn given_up(&self) {
    self.end(ShutdownType::FailedForceStopped);
  }

  fn end(&self, shutdown: ShutdownType) {
    let mut state = self.state();
    if state.phase == Phase::Ended {
      return;
    }
    state.phase = Phase::Ended;
    state.hub = None;
    let backlog = std::mem::take(&mut state.backlog);
    let members = std::mem::take(&mut state.members);
    let tasks = std::mem::take(&mut state.tasks);
    drop(state); // LOCK: ending wakes waiters, who may come back here.
    self.shutdown.store(shutdown as u8, Ordering::SeqCst);
    let reason = self.reason();
    // Members first: whoever learns of the end from a task finds every queue of the runner shut down.
    for member in members.iter().filter_map(Weak::upgrade) {
      member.end(reason);
    }
    for task in tasks.values() {
      task.end(reason);
    }
    drop(backlog);
    REGISTRY.lock().remove(&self.id);
    self.up.set();
    self.rested.end(reason);
    self.ended.set();
  }
}

impl Thing for Runner {
  fn id(&self) -> Id {
    self.id
  }

  fn runner(self: Arc<Self>) -> Option<Arc<dyn Thing>> {
    Some(self)
  }
}

impl Drop for Runner {
  fn drop(&mut self) {
    REGISTRY.lock().remove(&self.id);
  }
}

/// Whether a task's outcome is an error.
pub fn error_of(task: &Task) -> Option<Settlement> {
  match task.future.settled() {
    Some(Settled::Value(settlement)) if settlement.is_error => Some(settlement),
    _ => None,
  }
}
