//! A turn: what is given to the engine, and what it makes of it.
//!
//! 1. Steps are counted from when room for the input is asked for until the engine returns. What the host asks afterwards,
//!    how large the heap is and where the script was, is not counted, and has a few steps of its own.
//! 2. After a trap the engine is asked once where it was; then it is dropped.

use super::{
  engine::Core,
  host::Stop,
  limits::{Cut, Failure, Limits, Overrun, Turn},
};
use std::{
  borrow::Cow,
  future::{Future, poll_fn},
  mem,
  pin::pin,
  task::{Context, Poll, Waker},
  time::Instant,
};
use wasmtime::{Error, Result, Trap};

/// For a question of the host's.
const QUESTION: u64 = 1_000_000;

/// The longest name of a place.
const PLACE: usize = 1024;

/// What a turn begins with.
pub enum Job<'a> {
  /// The start of the script: what `engine_start` takes.
  Start(Cow<'a, [u8]>),
  /// An answer.
  Deliver {
    /// The number of the ask.
    id: u32,
    /// Whether the ask is rejected.
    is_error: bool,
    /// The value.
    packet: Cow<'a, [u8]>,
  },
}

impl Job<'_> {
  /// One that a turn which is left can hold.
  pub fn into_owned(self) -> Job<'static> {
    match self {
      Self::Start(input) => Job::Start(Cow::Owned(input.into_owned())),
      Self::Deliver { id, is_error, packet } => Job::Deliver { id, is_error, packet: Cow::Owned(packet.into_owned()) },
    }
  }
}

impl Core {
  /// Runs the script until it waits or ends; returns its state.
  pub async fn run(&mut self, job: &Job<'_>) -> Result<u32> {
    let (Job::Start(bytes) | Job::Deliver { packet: bytes, .. }) = job;
    let Ok(length) = u32::try_from(bytes.len()) else { return Err(Stop::Memory.into()) };
    let Self { store, memory, doors, is_sliced, .. } = self;
    let start = Self::call(store, &doors.buffer, length, *is_sliced).await?;
    if start == 0 {
      return Err(Stop::Memory.into());
    }
    memory
      .write(&mut *store, start as usize, bytes)
      .map_err(|_| Stop::Breach("its buffer is outside of its memory"))?;
    match job {
      Job::Start(_) => Self::call(store, &doors.start, (start, length), *is_sliced).await,
      Job::Deliver { id, is_error, .. } => {
        Self::call(store, &doors.deliver, (*id, u32::from(*is_error), start, length), *is_sliced).await
      }
    }
  }

  /// Has a turn left each time that it has taken so many steps; for an engine that can be left.
  pub fn leave_after(&mut self, steps: u64) -> Result<()> {
    self.store.fuel_async_yield_interval(Some(steps))
  }

  /// Runs it with so many steps, on an engine that can be left, and looks at the time and at the switch after each `slice`
  /// of them.
  pub fn run_for(&mut self, job: &Job<'_>, steps: u64, slice: u64, limits: &Limits) -> Result<u32> {
    self.leave_after(slice)?;
    self.store.set_fuel(steps)?;
    let begun = Instant::now();
    let mut turn = pin!(self.run(job));
    loop {
      match turn.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(state) => return state,
        Poll::Pending if begun.elapsed() >= limits.turn_time || limits.cut.is_set() => return Err(Stop::Time.into()),
        Poll::Pending => {}
      }
    }
  }

  /// Runs it on an engine that can be left, until the switch is found set where it goes on.
  pub async fn run_until(&mut self, job: &Job<'_>, cut: &Cut) -> Result<u32> {
    let mut turn = pin!(self.run(job));
    poll_fn(|cx| if cut.is_set() { Poll::Ready(Err(Stop::Time.into())) } else { turn.as_mut().poll(cx) }).await
  }

  /// What has come of a turn that has ended with this state, and how large the heap is.
  pub fn finish(&mut self, state: u32) -> Result<(Turn, u64)> {
    let heap = self.doors.heap.clone();
    let heap = self.ask(&heap, (), QUESTION)?;
    let end = match state {
      0 if self.store.data().open.is_empty() => return Err(Stop::Breach("it waits, and has asked for nothing").into()),
      0 => None,
      1 => Some(Ok(self.result(QUESTION)?.to_vec())),
      2 => Some(Err(self.result(QUESTION)?.to_vec())),
      _ => return Err(Stop::Breach("it is in a state that there is not").into()),
    };
    let host = self.store.data_mut();
    let (asks, output) = (mem::take(&mut host.asks), host.take_output());
    Ok((Turn { asks, output, end, is_paused: false }, heap.into()))
  }

  /// Why a turn has failed. `scarce` is the budget that was the smaller one.
  pub fn failure(&mut self, error: &Error, scarce: Overrun) -> Failure {
    let overrun = overrun(error, scarce);
    let place = self.place().ok().flatten();
    Failure { place, output: self.store.data_mut().take_output(), ..Failure::without_place(overrun) }
  }

  /// The function that runs, with its line. Whatever the engine says, it says nothing to a terminal.
  fn place(&mut self) -> Result<Option<String>> {
    let instance = self.instance;
    let place = instance.get_typed_func::<(), u32>(&mut self.store, "engine_where")?;
    self.ask(&place, (), QUESTION)?;
    let text = self.result(QUESTION)?;
    let text = String::from_utf8_lossy(&text[..text.len().min(PLACE)]);
    let shown = text.chars().map(|each| if each.is_control() { char::REPLACEMENT_CHARACTER } else { each });
    Ok((!text.is_empty()).then(|| shown.collect()))
  }
}

fn overrun(error: &Error, scarce: Overrun) -> Overrun {
  match (error.downcast_ref::<Stop>(), error.downcast_ref::<Trap>()) {
    (Some(Stop::Memory), _) => Overrun::Memory,
    (Some(Stop::Time), _) => Overrun::Time,
    (_, Some(Trap::OutOfFuel)) => scarce,
    (_, Some(Trap::StackOverflow)) => Overrun::Stack,
    (_, Some(trap)) => Overrun::Engine(trap.to_string()),
    _ => Overrun::Engine(format!("{error:#}")),
  }
}
