//! Which core a thread runs on, and whether there are cores to spare.
//!
//! Promises to cost a thread that waits next to nothing: a few nanoseconds to know its core, and now and then some 1.5 µs
//! to read a file of the kernel's. Where the system does not tell (so far, anywhere but on Linux), every thread has
//! a core of its own.

use crate::core::spin::Surroundings;
use std::sync::atomic::{AtomicU32, Ordering};

/// The core that a thread was on when it last said so.
pub struct LastCore(AtomicU32);

const UNKNOWN: u32 = u32::MAX;

impl Default for LastCore {
  fn default() -> Self {
    Self(AtomicU32::new(UNKNOWN))
  }
}

impl LastCore {
  /// The thread that calls is on this core.
  pub fn note(&self) {
    let here = here();
    // Threads that look read it all the time; it is written only when it changes.
    if self.0.load(Ordering::Relaxed) != here {
      self.0.store(here, Ordering::Relaxed);
    }
  }

  /// Whether that is the core of the thread that calls.
  pub fn is_here(&self) -> bool {
    let core = self.0.load(Ordering::Relaxed);
    core != UNKNOWN && core == here()
  }
}

/// What a thread that looks knows of the machine, and of where the thread is that is to answer.
#[derive(Clone, Copy)]
pub struct Around<'a>(pub Option<&'a LastCore>);

impl Surroundings for Around<'_> {
  fn is_shared(&self) -> bool {
    self.0.is_some_and(LastCore::is_here)
  }

  fn is_short(&self) -> bool {
    load::is_full()
  }
}

#[cfg(target_os = "linux")]
fn here() -> u32 {
  // SAFETY: it takes nothing, and only tells.
  let core = unsafe { libc::sched_getcpu() };
  u32::try_from(core).unwrap_or(UNKNOWN)
}

#[cfg(not(target_os = "linux"))]
fn here() -> u32 {
  UNKNOWN
}

#[cfg(target_os = "linux")]
mod load {
  use std::{
    fs::File,
    os::unix::fs::FileExt,
    sync::{
      OnceLock,
      atomic::{AtomicU64, Ordering},
    },
    time::Instant,
  };

  /// How long an answer holds, in nanoseconds.
  const LASTING: u64 = 250_000;

  /// When the kernel was last asked, in nanoseconds; its last two answers are the lowest bits.
  static LAST: AtomicU64 = AtomicU64::new(0);

  const BOTH: u64 = 0b11;

  struct Source {
    file: File,
    start: Instant,
    /// How many cores are in use.
    cores: u32,
  }

  /// Whether more threads want to run than there are cores. A thread that wants to run for a moment only does not count:
  /// the kernel has to say so twice.
  pub fn is_full() -> bool {
    static SOURCE: OnceLock<Option<Source>> = OnceLock::new();
    SOURCE.get_or_init(open).as_ref().is_some_and(Source::is_full)
  }

  fn open() -> Option<Source> {
    // SAFETY: it takes a number, and only tells.
    let cores = u32::try_from(unsafe { libc::sysconf(libc::_SC_NPROCESSORS_ONLN) }).ok()?;
    Some(Source { file: File::open("/proc/loadavg").ok()?, start: Instant::now(), cores })
  }

  impl Source {
    fn is_full(&self) -> bool {
      let now = u64::try_from(self.start.elapsed().as_nanos()).unwrap_or(u64::MAX);
      let last = LAST.load(Ordering::Relaxed);
      if last != 0 && now.saturating_sub(last) < LASTING {
        return last & BOTH == BOTH;
      }
      let is_full = self.running().is_some_and(|running| running > self.cores);
      let answers = (last << 1 | u64::from(is_full)) & BOTH;
      LAST.store(now & !BOTH | answers, Ordering::Relaxed);
      answers == BOTH
    }

    /// How many threads run, or could if there were a core for them: `0.20 0.18 0.12 3/80 11206` has 3.
    fn running(&self) -> Option<u32> {
      let mut line = [0; 64];
      let length = self.file.read_at(&mut line, 0).ok()?;
      std::str::from_utf8(&line[..length]).ok()?.split(' ').nth(3)?.split('/').next()?.parse().ok()
    }
  }
}

#[cfg(not(target_os = "linux"))]
mod load {
  pub fn is_full() -> bool {
    false
  }
}
