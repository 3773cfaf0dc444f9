//! Whether JavaScript has room on its stack: where it has not, a call takes nothing, and changes nothing.
//!
//! Behind a call that takes, JavaScript reads what was taken; where the stack ends within that, it gives it back. Promises
//! that there is room for the functions that do so, also for those which are called for the first time: V8 compiles no
//! function where less than 40 KiB are left. Only the engine knows where its stack ends: a call with so many arguments, of
//! a function that is never compiled, asks it. How deep a call of ours may be that need not ask is remembered, so most
//! compare two numbers.

use super::border::Border;
use std::cell::Cell;

/// So many arguments are 44 KiB of the stack.
const MARGIN: usize = 5632;

/// How many more are asked for, so that calls which are a little deeper need not ask.
const STEP: usize = 2048;

/// One thread's stack.
pub struct Room {
  /// A call that is no deeper than this address has the margin. Stacks grow towards lower addresses.
  line: Cell<usize>,
}

impl Default for Room {
  fn default() -> Self {
    Self { line: Cell::new(usize::MAX) }
  }
}

impl Room {
  /// Where false, the engine's error waits to be thrown.
  #[expect(clippy::inline_always, reason = "two instructions, in each call that takes")]
  #[inline(always)]
  pub fn is_there(&self, border: &Border) -> bool {
    let mark = 0u8;
    let here = (&raw const mark).addr();
    here >= self.line.get() || self.asks(border, here)
  }

  #[cold]
  #[inline(never)]
  fn asks(&self, border: &Border, here: usize) -> bool {
    if border.has_room(MARGIN + STEP) {
      self.line.set(here - STEP * size_of::<usize>());
      return true;
    }
    border.js.forget_exception();
    border.has_room(MARGIN)
  }
}
