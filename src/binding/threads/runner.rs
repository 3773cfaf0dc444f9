//! The process's record of one background loop: `lib/runner.ts` holds it from outside, `lib/loop/worker.ts` from
//! inside.
//!
//! Promises that work is taken in order from the first moment, also before the loop is up; that from `close` on no more
//! is taken; and that when its thread ends, by whatever cause, every wait that depends on it ends, too.
//!
//! 1. What ends a runner runs once. What is told of it, and in which order, is the roster's.
//! 2. Lock order: `state`, then the hub's inbox. Members and tasks are ended with no lock held.

use super::{
  births::{self, Birth},
  cores::LastCore,
  fail_fast::FailFast,
  js_thread::{Entry, JsThread},
  march::March,
  overdue::Overdue,
  scripts::{printed::Printed, rest::ScriptRest},
  task::Task,
  thread_name,
  unanswered::Unanswered,
  unseen::{Death, List},
  watch::Watch,
};
use crate::{
  binding::values::{
    control::Control,
    outcome::Settlement,
    protocol::{Phase, ShutdownType, Word},
    thing::{Id, Thing},
  },
  core::{
    bond::Ends,
    event::Event,
    roster::{self, Roster},
    spin::SpinPolicy,
    sync::{Mutex, MutexGuard},
  },
};
use std::{
  collections::BTreeMap,
  sync::{
    Arc, OnceLock, Weak,
    atomic::{AtomicBool, AtomicI32, AtomicU8, AtomicU64, AtomicUsize, Ordering},
  },
};

/// A primitive that ends with its runner.
pub trait Member: Ends {
  /// Its runner closes, and has cut the waits its tasks were in: what only its maker would give will not come any more.
  fn close(&self) {}

  /// How many waits for it there are, on all threads.
  fn waiters(&self) -> usize;

  /// The bytes it holds.
  fn bytes(&self) -> usize {
    0
  }

  /// Where it is a server of this process, what its scripts wait for that only its program gives.
  fn unanswered(&self, _task: Id) -> Option<Unanswered> {
    None
  }
}

pub(super) struct State {
  pub(super) roster: Roster<Arc<Task>, Arc<Task>, dyn Member>,
  /// The thread of its loop, while that is up.
  pub(super) thread: Option<Arc<JsThread>>,
  pub(super) backlog: Vec<Entry>,
}

/// The loop's shared words, for a look from outside; taken away before they are freed.
pub(super) struct Words(*const Control);

// SAFETY: only `Control::read` is called through it, under the lock that takes it away.
unsafe impl Send for Words {}

impl Words {
  /// `Word::Current`.
  pub(super) fn current(&self) -> i32 {
    // SAFETY: the caller holds the lock under which the loop's environment takes these words away before it ends.
    unsafe { &*self.0 }.read(Word::Current)
  }
}

/// One background loop.
pub struct Runner {
  pub id: Id,
  pub name: String,
  /// Set when it is made, or, where its thread was started ahead, when it is taken.
  manner: OnceLock<Manner>,
  maker: Arc<JsThread>,
  birth: OnceLock<Birth>,
  /// Whether it is the loop of a server, which takes one thing at a time.
  serves: AtomicBool,
  state: Mutex<State>,
  pub(super) words: Mutex<Option<Words>>,
  /// The names of tasks that have ended and have left work in a wait.
  pub(super) left: Mutex<BTreeMap<Id, Arc<str>>>,
  /// Set when the loop is up, and when it will never be.
  pub up: Event,
  pub ended: Event,
  /// Set for a moment whenever the loop comes to rest while a thread waits for that; see `waits/rest.rs`.
  pub rested: Event,
  /// For how many nanoseconds threads have waited for that.
  pub waited_for_rest: AtomicU64,
  /// How far the loop of a server moves its clock by itself.
  pub march: March,
  /// Which sandboxed scripts of its server have something to run.
  pub scripts: ScriptRest,
  /// What they have printed.
  #[cfg_attr(not(feature = "scripts"), allow(dead_code, reason = "there are no scripts"))]
  pub printed: Printed,
  /// Where its loop was when that last took up a task, or looked for what comes next.
  pub core: LastCore,
  pub(super) watch: Watch,
  pub(super) failing: FailFast,
  /// The limit of its heap, in bytes, when its loop came up; 0 where that is not known.
  pub(super) heap_limit: AtomicUsize,
  /// What its old generation may have, in megabytes.
  pub(super) old_generation: AtomicU64,
  pub(super) has_run_out_of_memory: AtomicBool,
  pub(super) shutdown: AtomicU8,
  /// Whether its tasks have been cancelled, by its close.
  pub(super) has_cancelled: AtomicBool,
  /// What the time of its close is, once that has begun.
  pub(super) overdue: Mutex<Overdue>,
  pub(super) is_orderly: AtomicBool,
  pub(super) is_forced: AtomicBool,
  pub exit_code: AtomicI32,
  exit_timeout: AtomicU64,
  call_in_loop_timeout: AtomicU64,
  /// What ended it by itself, where that could still be told.
  pub cause: Mutex<Option<Settlement>>,
  /// Set where that is an error which somebody should see.
  pub(super) death: OnceLock<Death>,
  /// What is told in its place while the loop is not up.
  supposed: Mutex<Option<Settlement>>,
}

/// What `exit_code` holds while none is known.
pub const NO_EXIT_CODE: i32 = i32::MIN;

/// What a runner is made with that its thread need not know when it starts.
#[derive(Clone, Copy, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is an option of its own")]
pub struct Manner {
  pub allows_blocking: bool,
  pub listens: bool,
  pub is_debug: bool,
  pub fails_fast: bool,
  /// How long its loop, and a thread that blocks for what depends on it, look before they sleep.
  pub spin: SpinPolicy,
}

/// The failures that nobody has seen.
pub static UNSEEN: List<Task, Runner> = List::new();

/// The runners of the process.
pub(super) static REGISTRY: Mutex<BTreeMap<Id, Weak<Runner>>> = Mutex::new(BTreeMap::new());

impl Runner {
  pub fn new(id: Id, maker: Arc<JsThread>, name: String) -> Arc<Self> {
    let state = State { roster: Roster::new(), thread: None, backlog: Vec::new() };
    let runner = Arc::new(Self {
      id,
      name,
      manner: OnceLock::new(),
      maker,
      birth: OnceLock::new(),
      state: Mutex::new(state),
      words: Mutex::new(None),
      left: Mutex::default(),
      up: Event::new(),
      ended: Event::new(),
      rested: Event::new(),
      waited_for_rest: AtomicU64::new(0),
      march: March::default(),
      scripts: ScriptRest::default(),
      printed: Printed::default(),
      core: LastCore::default(),
      watch: Watch::default(),
      failing: FailFast::default(),
      heap_limit: AtomicUsize::new(0),
      old_generation: AtomicU64::new(0),
      has_run_out_of_memory: AtomicBool::new(false),
      serves: AtomicBool::new(false),
      shutdown: AtomicU8::new(ShutdownType::NotShutDown as u8),
      has_cancelled: AtomicBool::new(false),
      overdue: Mutex::default(),
      is_orderly: AtomicBool::new(false),
      is_forced: AtomicBool::new(false),
      exit_code: AtomicI32::new(NO_EXIT_CODE),
      exit_timeout: AtomicU64::new(f64::INFINITY.to_bits()),
      call_in_loop_timeout: AtomicU64::new(f64::INFINITY.to_bits()),
      cause: Mutex::new(None),
      death: OnceLock::new(),
      supposed: Mutex::new(None),
    });
    REGISTRY.lock().insert(id, Arc::downgrade(&runner));
    runner
  }

  /// Its thread was started, after `before` was marked. `supposed`: what it would have died of, if nobody tells.
  pub fn born(&self, before: Option<births::Number>, supposed: Settlement) {
    let _ = self.birth.set(Birth::since(before));
    *self.supposed.lock() = Some(supposed);
  }

  /// Its thread as the system has it.
  pub fn birth(&self) -> &Birth {
    self.birth.get_or_init(Birth::default)
  }

  /// What it has died of, as far as is known.
  pub fn cause(&self) -> Option<Settlement> {
    let told = self.cause.lock().clone();
    told.or_else(|| self.supposed.lock().clone())
  }

  /// Says in what manner it is to work, once.
  pub fn employ(&self, manner: Manner) {
    let _ = self.manner.set(manner);
  }

  /// Whether a program has it: its thread may have been started ahead.
  pub fn is_employed(&self) -> bool {
    self.manner.get().is_some()
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

  /// All there are in the process that have not ended.
  pub fn all() -> Vec<Arc<Self>> {
    REGISTRY.lock().values().filter_map(Weak::upgrade).collect()
  }

  /// How many there are in the process that have not ended.
  pub fn count() -> usize {
    REGISTRY.lock().len()
  }

  pub(super) fn state(&self) -> MutexGuard<'_, State> {
    self.state.lock()
  }

  pub fn phase(&self) -> Phase {
    let state = self.state();
    match state.roster.phase() {
      roster::Phase::Open if state.thread.is_none() => Phase::Booting,
      roster::Phase::Open => Phase::Running,
      roster::Phase::Closing => Phase::Closing,
      roster::Phase::Ended(_) => Phase::Ended,
    }
  }

  /// The thread of its loop, once that is up and until it has ended.
  pub fn thread(&self) -> Option<Arc<JsThread>> {
    self.state().thread.clone()
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

  pub(super) fn is_ended(&self) -> bool {
    self.phase() == Phase::Ended
  }

  /// The thread that made it.
  pub fn maker(&self) -> &Arc<JsThread> {
    &self.maker
  }

  /// Whether this thread made it.
  pub fn was_made_by(&self, thread: &Arc<JsThread>) -> bool {
    Arc::ptr_eq(&self.maker, thread)
  }

  /// The thread that made it; where that is the loop of a runner, the one that made that runner, and so on.
  fn makers(&self) -> impl Iterator<Item = Arc<JsThread>> {
    let maker_of_loop = |thread: &Arc<JsThread>| Self::find(thread.number()).map(|runner| Arc::clone(runner.maker()));
    std::iter::successors(Some(Arc::clone(&self.maker)), maker_of_loop)
  }

  /// Whether this thread made it, or a runner in one of whose tasks it was made, and so on.
  pub fn comes_from(&self, thread: Id) -> bool {
    self.makers().any(|maker| maker.number() == thread)
  }

  /// The thread of the program's own from which it comes.
  pub fn origin(&self) -> Arc<JsThread> {
    self.makers().last().unwrap_or_else(|| Arc::clone(&self.maker))
  }

  pub fn exit_timeout(&self) -> f64 {
    f64::from_bits(self.exit_timeout.load(Ordering::Relaxed))
  }

  pub fn set_exit_timeout(self: &Arc<Self>, milliseconds: f64) {
    if self.exit_timeout.swap(milliseconds.to_bits(), Ordering::Relaxed) != milliseconds.to_bits() {
      self.has_other_time();
    }
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

  /// The loop is up, on this thread: what has waited for it comes first. False when the runner has ended meanwhile.
  pub fn attach(self: &Arc<Self>, thread: &Arc<JsThread>, control: &Control) -> bool {
    thread.runs(self);
    thread_name::set(&self.name);
    births::is_loop(self.id);
    self.note_limit();
    *self.words.lock() = Some(Words(control));
    let mut state = self.state();
    if let roster::Phase::Ended(_) = state.roster.phase() {
      return false;
    }
    for entry in state.backlog.drain(..) {
      let _ = thread.hub.push(entry); // It is this thread's own hub, and alive.
    }
    state.thread = Some(Arc::clone(thread));
    drop(state);
    *self.supposed.lock() = None;
    self.up.set();
    self.has_come_up();
    thread.hub.wake();
    true
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
