//! Which scripts of a server have something to run: what the loop's rest is to its tasks, for scripts on other threads.
//!
//! Promises that a script counts from the moment something is there for it to run until that has run its whole course;
//! and that a server without scripts pays two reads of one word where it asks whether all is at rest.
//!
//! 1. The lower half of the word counts the scripts that are busy, the upper half how often one has become so. Where the
//!    lower half is 0 and the word stays the same, no script has run in between.

use crate::core::sync::{AtomicBool, AtomicU64, Ordering};

/// Whose scripts they are.
pub trait Rests: Send + Sync {
  fn scripts(&self) -> &ScriptRest;

  /// Has those who wait for the rest of all look again.
  fn tell_rest(&self);
}

/// The scripts of one server.
#[derive(Default)]
pub struct ScriptRest {
  word: AtomicU64,
  /// Whether there ever was one.
  are_used: AtomicBool,
}

const ONE_BUSY: u64 = 1;
const ONE_WOKEN: u64 = 1 << 32;
const BUSY: u64 = ONE_WOKEN - 1;

impl ScriptRest {
  /// There is a script.
  pub fn be_used(&self) {
    self.are_used.store(true, Ordering::Release);
  }

  /// Whether there ever was one.
  pub fn are_used(&self) -> bool {
    self.are_used.load(Ordering::Acquire)
  }

  /// A script has something to run.
  pub fn begins(&self) {
    self.word.fetch_add(ONE_BUSY + ONE_WOKEN, Ordering::AcqRel);
  }

  /// It has run its course; true where no script has anything to run any more.
  pub fn ends(&self) -> bool {
    // ORDERING: Release pairs with the Acquire in `while_idle`: a thread that sees the rest sees what the script has done.
    self.word.fetch_sub(ONE_BUSY, Ordering::AcqRel) & BUSY == ONE_BUSY
  }

  /// Whether any script has something to run.
  pub fn is_busy(&self) -> bool {
    self.word.load(Ordering::Acquire) & BUSY != 0
  }

  /// Whether no script has anything to run: for the loop, which has just come to rest. Where one has, the last of them tells
  /// of the rest.
  pub fn are_idle(&self) -> bool {
    // ORDERING: not a load, which might still see the last script busy when that has looked for the rest of the loop in vain:
    // then neither would tell. Of two that write the word, the second sees what the first has done before.
    !self.are_used() || self.word.fetch_add(0, Ordering::AcqRel) & BUSY == 0
  }

  /// Whether `look` finds what it looks for while no script has anything to run: neither before, nor since (invariant 1).
  #[inline]
  pub fn while_idle(&self, look: impl FnOnce() -> bool) -> bool {
    let before = self.word.load(Ordering::Acquire);
    before & BUSY == 0 && look() && self.word.load(Ordering::Acquire) == before
  }

  /// How often a script has become busy. It wraps.
  pub fn wakes(&self) -> u32 {
    (self.word.load(Ordering::Acquire) >> 32) as u32
  }
}
