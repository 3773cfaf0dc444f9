//! What a script may use, and what a turn of it comes to.

use std::{
  fmt,
  sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
  },
  time::Duration,
};

/// What a script may use.
#[derive(Clone, Debug)]
pub struct Limits {
  /// Bytes of its heap, beyond what the engine itself takes. The calls that wait for an answer may hold as much again.
  pub memory: u32,
  /// Bytes of the stack of its functions; deeper recursion is a `RangeError` of the script.
  pub stack: u32,
  /// Steps of a turn.
  pub turn: u64,
  /// Steps from tick to tick.
  pub tick: u64,
  /// How long a turn may take. Looked at every few million steps, and only where the budget of a turn is so large that
  /// steps alone would not end it within this time, or within a quarter of a second.
  pub turn_time: Duration,
  /// Whether a turn that has used up its budget goes on with the next one, instead of ending the script.
  pub pauses: bool,
  /// Ends the script within a turn.
  pub cut: Cut,
}

/// A switch by which another thread ends a script within a turn. Looked at where the time is; clones are the same switch.
#[derive(Clone, Debug, Default)]
pub struct Cut(Arc<AtomicBool>);

impl Cut {
  /// Has the turn end that runs, or the next one.
  pub fn set(&self) {
    // ORDERING: Relaxed; nothing else is read because of it.
    self.0.store(true, Ordering::Relaxed);
  }

  /// Whether the script is to end.
  pub fn is_set(&self) -> bool {
    self.0.load(Ordering::Relaxed)
  }
}

/// What a script has asked of its host.
#[derive(Clone, Debug, PartialEq)]
pub enum Ask {
  /// A call: its name and arguments, as the script has written them.
  Call {
    /// The number under which it is answered.
    id: u32,
    /// Untrusted bytes.
    packet: Vec<u8>,
  },
  /// To be told of the next tick (-1), or of a time.
  Wait {
    /// The number under which it is answered.
    id: u32,
    /// In the server's time.
    time: f64,
  },
}

/// The number that no ask has: it is left to those who drive a script.
pub const UNASKED: u32 = u32::MAX;

/// How a script has ended: with a value or an error. Untrusted bytes both.
pub type End = Result<Vec<u8>, Vec<u8>>;

/// What a script did until it waited, ended or was paused.
#[derive(Debug, Default)]
pub struct Turn {
  /// What it has asked, in order. Those of a paused turn come when it ends.
  pub asks: Vec<Ask>,
  /// The lines of its console; true for those of errors and warnings.
  pub output: Vec<(bool, String)>,
  /// How it has ended, if it has.
  pub end: Option<End>,
  /// Whether its budget was used up within the turn, so that it is to go on in the next tick.
  pub is_paused: bool,
}

/// Which limit a script has passed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Overrun {
  /// The steps of a turn.
  Turn,
  /// The steps of a tick.
  Tick,
  /// Its memory.
  Memory,
  /// The engine's own stack.
  Stack,
  /// The time of a turn.
  Time,
  /// None: the engine has failed. What it says.
  Engine(String),
}

/// The end of a script that its host has ended.
#[derive(Debug)]
pub struct Failure {
  /// Which limit it has passed.
  pub overrun: Overrun,
  /// The function that ran, with its line, where the engine knows.
  pub place: Option<String>,
  /// The lines that it had printed in this turn.
  pub output: Vec<(bool, String)>,
  /// What it has used, where this was its first turn.
  pub usage: Usage,
}

impl Failure {
  /// The engine has failed, and no limit was passed.
  pub(super) fn engine(why: impl fmt::Display) -> Self {
    Self::without_place(Overrun::Engine(why.to_string()))
  }

  /// Nobody can say where it was.
  pub(super) fn without_place(overrun: Overrun) -> Self {
    Self { overrun, place: None, output: Vec::new(), usage: Usage::default() }
  }
}

/// What a script has used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
  /// Steps since it began.
  pub steps: u64,
  /// Steps since the tick began in which it ran last.
  pub steps_this_tick: u64,
  /// Bytes of its heap after its last turn.
  pub memory: u64,
  /// Calls that it has made.
  pub requests: u64,
  /// Turns that it has begun.
  pub turns: u64,
}
