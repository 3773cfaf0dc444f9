//! What a turn touches, fetched into the processor's caches while the turn before it runs.
//!
//! Promises nothing but speed: a line that is fetched in vain, or that is no longer there, has no effect, and no script can
//! tell. Of a thousand scripts none is in the caches when its turn comes; what a turn touches is some 100 lines on 30
//! pages, and the processor waits for them one after the other where they are not asked for together.
//!
//! The lines of the engine's memory stand in `lines.rs`, which `npm run build:engine` writes. Those of wasmtime were found by
//! tracing wasmtime 36; in another version they may be others, and then fetching them is of no use and no harm.

use super::lines::LINES;
use std::{ffi::c_void, ptr};

/// The size of a line, and how many are in a page.
const LINE: usize = 64;
const PAGE: usize = 4096;

/// The bytes of wasmtime's store before its data, and of its instance around the functions that it exports.
const STORE: usize = 0x250;
const BEFORE_FUNCTIONS: usize = 0x300;
const FUNCTIONS: usize = 0xc0;

/// Where a script lies in memory. Nothing is read there, so it does no harm when the script is gone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Places {
  memory: usize,
  /// Where they begin, and their sizes.
  core: (usize, usize),
  host: (usize, usize),
  functions: usize,
}

impl Places {
  /// Those of an engine that stays where it is: its memory, what is kept of it here, the data of its store, and one of the
  /// functions that its instance exports.
  pub(super) fn of<C, H>(memory: *const u8, core: &C, host: &H, function: *const c_void) -> Self {
    let core = (ptr::from_ref(core) as usize, size_of::<C>());
    let host = (ptr::from_ref(host) as usize, size_of::<H>());
    Self { memory: memory as usize, core, host, functions: function as usize }
  }

  /// Those of a script whose engine's memory would begin there.
  #[cfg(test)]
  pub fn at(memory: usize) -> Self {
    Self { memory, ..Self::default() }
  }

  /// Has the lines fetched; returns at once.
  pub fn fetch(self) {
    if self.memory == 0 {
      return;
    }
    fetch_all(self.core.0, self.core.1);
    fetch_all(self.host.0.wrapping_sub(STORE), STORE + self.host.1);
    fetch_all(self.functions.wrapping_sub(BEFORE_FUNCTIONS), BEFORE_FUNCTIONS + FUNCTIONS);
    for &(page, lines) in LINES {
      let mut left = lines;
      while left != 0 {
        fetch(self.memory.wrapping_add(page as usize * PAGE + left.trailing_zeros() as usize * LINE));
        left &= left - 1;
      }
    }
  }
}

fn fetch_all(start: usize, size: usize) {
  for address in (0..size.next_multiple_of(LINE)).step_by(LINE) {
    fetch(start.wrapping_add(address));
  }
}

/// Has one line fetched.
#[inline]
fn fetch(address: usize) {
  #[cfg(target_arch = "x86_64")]
  // SAFETY: A prefetch reads nothing, whatever the address is.
  unsafe {
    use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
    _mm_prefetch::<_MM_HINT_T0>(address as *const i8);
  }
  #[cfg(target_arch = "aarch64")]
  // SAFETY: A prefetch reads nothing, whatever the address is.
  unsafe {
    std::arch::asm!("prfm pldl1keep, [{}]", in(reg) address, options(nostack, preserves_flags, readonly));
  }
  #[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
  let _ = address;
}
