//! A script that runs: an engine of its own, and what it has used.
//!
//! Promises that every call returns: within the budgets, by a pause, or by the failure that ends the script. An instance
//! that has ended holds no memory of the engine any more.
//!
//! 1. An answer is one turn, begun in the order of the calls here; so the same answers take the same steps.
//! 2. The time is the caller's, and does not move within a turn.
//! 3. A budget that steps use up long before `turn_time` is counted exactly, on the caller's stack. A turn that may be
//!    paused is counted in slices, and has a stack of its own.
//! 4. A turn is paused only where its tick has a whole `turn` of steps left for it: what uses up a tick's is ended. So a turn
//!    that is paused finds a whole `turn` in any other tick.

use super::{
  ahead::Places,
  engine::{Core, at_once, loaded},
  host::SharedLines,
  limits::{Ask, Failure, Limits, Overrun, Turn, Usage},
  program::Program,
  turn::Job,
};
use std::{
  borrow::Cow,
  future::Future,
  mem,
  pin::Pin,
  task::{Context, Poll, Waker},
  time::Instant,
};
use wasmtime::Result;

/// Steps after which a turn that can be left looks up.
const SLICE: u64 = 16_000_000;

/// No computer that is worth naming takes fewer steps in a millisecond.
const SLOWEST: u64 = 1_000_000;

/// A turn that may take more milliseconds is left in between, so that a script which is cancelled ends.
const LONGEST: u128 = 250;

/// No turn takes fewer steps, unless the engine is spoiled: its host has more work with it.
const LEAST: u64 = 1_000;

/// More than any turn takes.
const ENDLESS: u64 = u64::MAX / 4;

/// A turn that was left.
type Left = Pin<Box<dyn Future<Output = (Box<Core>, Result<u32>)> + Send>>;

enum State {
  /// Between two turns.
  Waiting(Box<Core>),
  /// Within one.
  Paused(Left),
  Ended,
}

/// One script. Can be sent to another thread between two calls.
pub struct Instance {
  state: State,
  program: Program,
  limits: Limits,
  usage: Usage,
  /// The tick in which it ran last.
  tick: f64,
  /// Steps of the turn that is paused.
  paused_after: u64,
  /// What it has printed, where turns are paused.
  lines: Option<SharedLines>,
}

impl Instance {
  /// Makes an engine, and runs the script until it waits first. `client` is the number of its client, `globals` a packet
  /// of an object, or empty.
  pub fn start(
    program: &Program,
    limits: &Limits,
    seed: u64,
    client: f64,
    globals: &[u8],
    now: f64,
  ) -> Result<(Self, Turn), Failure> {
    let core =
      loaded(is_sliced(limits)).and_then(|engine| engine.instance(limits.memory).map_err(|e| format!("{e:#}")));
    let mut instance = Self::new(core.map_err(Failure::engine)?, program, limits);
    match instance.begin(program.start_input(limits, seed, client, globals), now) {
      Ok(turn) => Ok((instance, turn)),
      Err(failure) => Err(Failure { usage: instance.usage(), ..failure }),
    }
  }

  /// The first turn.
  pub(super) fn begin(&mut self, input: Vec<u8>, now: f64) -> Result<Turn, Failure> {
    self.run(Job::Start(Cow::Owned(input)), now)
  }

  pub(super) fn new(mut core: Box<Core>, program: &Program, limits: &Limits) -> Self {
    let lines = limits.pauses.then(|| core.store.data_mut().share_lines());
    let (state, tick) = (State::Waiting(core), f64::NEG_INFINITY);
    let (program, limits) = (program.clone(), limits.clone());
    Self { state, program, limits, usage: Usage::default(), tick, paused_after: 0, lines }
  }

  /// Settles what the script has asked under this number, and runs it until it waits again.
  pub fn deliver(&mut self, id: u32, is_error: bool, packet: &[u8], now: f64) -> Result<Turn, Failure> {
    let State::Waiting(core) = &mut self.state else {
      return Err(Failure::engine("an answer has come to a script that does not wait"));
    };
    if !core.store.data_mut().close(id) {
      return Err(Failure::engine("an answer has come to what was not asked"));
    }
    self.run(Job::Deliver { id, is_error, packet: Cow::Borrowed(packet) }, now)
  }

  /// Goes on with a turn that was paused. In the tick in which it was, it is paused again.
  pub fn go_on(&mut self, now: f64) -> Result<Turn, Failure> {
    match mem::replace(&mut self.state, State::Ended) {
      State::Paused(left) if self.is_new(now) => {
        self.begin_tick(now);
        self.resume(left)
      }
      State::Paused(left) => Ok(self.pause(left)),
      state => {
        self.state = state;
        Err(Failure::engine("a script is to go on that is not paused"))
      }
    }
  }

  /// Says how much is left of a time that it waits for; what is saved waits for the rest.
  pub fn wait_left(&mut self, id: u32, left: f64) {
    if let Some(core) = self.core_mut()
      && let Some(Ask::Wait { time, .. }) = core.store.data_mut().open.get_mut(&id)
    {
      *time = left;
    }
  }

  /// What it has used; of a paused turn, what was counted when it was paused.
  pub fn usage(&self) -> Usage {
    self.usage
  }

  /// Where it lies in memory, for its turn to be fetched ahead; nowhere while it is paused.
  pub fn places(&self) -> Places {
    self.core().map_or_else(Places::default, |core| core.places)
  }

  /// Its engine, between two turns.
  pub(super) fn core(&self) -> Option<&Core> {
    match &self.state {
      State::Waiting(core) => Some(core),
      _ => None,
    }
  }

  pub(super) fn core_mut(&mut self) -> Option<&mut Core> {
    match &mut self.state {
      State::Waiting(core) => Some(core),
      _ => None,
    }
  }

  /// The digest of its program.
  pub(super) fn program(&self) -> &[u8; 32] {
    self.program.digest()
  }

  pub(super) fn limits(&self) -> &Limits {
    &self.limits
  }

  pub fn tick(&self) -> f64 {
    self.tick
  }

  pub(super) fn is_paused(&self) -> bool {
    matches!(self.state, State::Paused(_))
  }

  pub(super) fn account(&mut self, usage: Usage, tick: f64) {
    (self.usage, self.tick) = (usage, tick);
  }

  fn run(&mut self, job: Job<'_>, now: f64) -> Result<Turn, Failure> {
    let State::Waiting(mut core) = mem::replace(&mut self.state, State::Ended) else {
      return Err(Failure::engine("it has ended"));
    };
    let host = core.store.data_mut();
    (host.now, host.work) = (now, 0);
    self.usage.turns += 1;
    let (budget, scarce) = self.budget(now);
    if self.limits.pauses && scarce == Overrun::Turn {
      self.run_paused(core, job)
    } else {
      self.run_through(core, &job, budget, scarce)
    }
  }

  /// A turn that its budget ends.
  fn run_through(&mut self, mut core: Box<Core>, job: &Job<'_>, budget: u64, scarce: Overrun) -> Result<Turn, Failure> {
    let outcome = if core.is_sliced {
      core.run_for(job, budget, SLICE, &self.limits)
    } else {
      core.store.set_fuel(budget).and_then(|()| at_once(core.run(job)))
    };
    let steps = budget - core.store.get_fuel().unwrap_or(0);
    self.count(steps.max(least(&core)));
    self.settle(core, outcome, scarce)
  }

  /// A turn that goes on in the next tick where its budget ends before it.
  fn run_paused(&mut self, mut core: Box<Core>, job: Job<'_>) -> Result<Turn, Failure> {
    let (_, slice) = self.slices();
    core.leave_after(slice).and_then(|()| core.store.set_fuel(ENDLESS)).map_err(Failure::engine)?;
    self.paused_after = 0;
    let (job, cut) = (job.into_owned(), self.limits.cut.clone());
    let left = Box::pin(async move {
      let outcome = core.run_until(&job, &cut).await;
      (core, outcome)
    });
    self.resume(left)
  }

  /// Takes a turn on by the budget of one. Its time is over by the same switch as its life: so its engine comes back, and
  /// can be asked where it was.
  fn resume(&mut self, mut left: Left) -> Result<Turn, Failure> {
    let ((mut slices, slice), begun) = (self.slices(), Instant::now());
    while slices > 0 || self.limits.cut.is_set() {
      if let Poll::Ready((core, outcome)) = left.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
        let steps = ENDLESS - core.store.get_fuel().unwrap_or(ENDLESS);
        self.count(steps.max(least(&core)).saturating_sub(self.paused_after));
        return self.settle(core, outcome, Overrun::Turn);
      }
      self.count(slice);
      self.paused_after += slice;
      slices = slices.saturating_sub(1);
      if begun.elapsed() >= self.limits.turn_time {
        self.limits.cut.set();
      }
    }
    Ok(self.pause(left))
  }

  fn pause(&mut self, left: Left) -> Turn {
    self.state = State::Paused(left);
    let output = self.lines.as_ref().map_or_else(Vec::new, SharedLines::take);
    Turn { is_paused: true, output, ..Turn::default() }
  }

  /// Gives out what a turn has come to, and keeps the engine if the script waits.
  fn settle(&mut self, mut core: Box<Core>, outcome: Result<u32>, scarce: Overrun) -> Result<Turn, Failure> {
    self.usage.requests = core.store.data().requests;
    match outcome.and_then(|state| core.finish(state)) {
      Ok((turn, memory)) => {
        self.usage.memory = memory;
        if turn.end.is_none() {
          self.state = State::Waiting(core);
        }
        Ok(turn)
      }
      Err(error) => Err(core.failure(&error, scarce)),
    }
  }

  fn is_new(&self, now: f64) -> bool {
    self.tick.to_bits() != now.floor().to_bits()
  }

  fn begin_tick(&mut self, now: f64) {
    self.tick = now.floor();
    self.usage.steps_this_tick = 0;
  }

  /// How many steps there are, and whose they are.
  fn budget(&mut self, now: f64) -> (u64, Overrun) {
    if self.is_new(now) {
      self.begin_tick(now);
    }
    let rest = self.limits.tick.saturating_sub(self.usage.steps_this_tick);
    if rest < self.limits.turn { (rest, Overrun::Tick) } else { (self.limits.turn, Overrun::Turn) }
  }

  fn count(&mut self, steps: u64) {
    self.usage.steps += steps;
    self.usage.steps_this_tick += steps;
  }

  /// The budget of a turn as slices, all alike: how many, and of how many steps.
  fn slices(&self) -> (u64, u64) {
    let turn = self.limits.turn.clamp(1, ENDLESS);
    let count = turn.div_ceil(SLICE);
    (count, turn / count)
  }
}

/// The steps that a turn is counted as, at least: for what it has given to its host.
fn least(core: &Core) -> u64 {
  LEAST + core.store.data().work
}

/// Whether turns must be left, to look at the time and at the switch, or to be paused.
pub(super) fn is_sliced(limits: &Limits) -> bool {
  let time = limits.turn_time.as_millis().min(LONGEST);
  limits.pauses || u128::from(limits.turn.min(limits.tick)) > time * u128::from(SLOWEST)
}
