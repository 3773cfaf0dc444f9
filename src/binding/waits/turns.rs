//! When a loop leaves something for its next turn: a result, so that timers and sockets get their time, or an answer,
//! so that immediates run first.
//!
//! Promises that after so many results that were there already the next one waits, and that no answer waits for ever.
//!
//! 1. While it pauses, the wake function hands over nothing, and the immediate that ends the pause is due.

use crate::{
  binding::values::{outcome::Completion, payload::Payload},
  core::queue::QueueOutcome,
};
use std::cell::Cell;

/// So many results that were there already make a turn.
const READY_A_TURN: usize = 1024;

/// For so many turns of the loop, at most, an answer waits until the immediates that the last one set off have run.
const LONGEST_HOLD: u32 = 1000;

/// One loop's turns.
#[derive(Default)]
pub struct Turns {
  /// Results of this turn that were there already.
  ready: Cell<usize>,
  pauses: Cell<bool>,
  /// For how many turns answers have waited.
  held: Cell<u32>,
}

impl Turns {
  /// Counts a result that was there already.
  pub fn count(&self, results: usize) {
    self.ready.set(self.ready.get() + results);
  }

  pub fn count_completion(&self, completion: &Completion) {
    self.count(match completion {
      Completion::Queue(QueueOutcome::Items(items)) => items.iter().map(Payload::count).sum(),
      _ => 1,
    });
  }

  /// Whether the next result that is there already is for the next turn.
  pub fn is_owed(&self) -> bool {
    self.ready.get() >= READY_A_TURN
  }

  /// Has the loop pause until its next turn; false where it does already.
  pub fn pause(&self) -> bool {
    !self.pauses.replace(true)
  }

  pub fn pauses(&self) -> bool {
    self.pauses.get()
  }

  /// The loop has come round, and timers and sockets with it.
  pub fn begin(&self) {
    self.ready.set(0);
    self.pauses.set(false);
  }

  /// Whether an answer that `would` wait for another turn does: not after it has waited long enough.
  pub fn hold(&self, would: bool) -> bool {
    let held = self.held.get() + 1;
    let holds = would && held <= LONGEST_HOLD;
    self.held.set(if holds { held } else { 0 });
    holds
  }
}
