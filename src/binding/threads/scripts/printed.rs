//! What the scripts of a server have printed, until the thread that has made the server hands it on.
//!
//! Promises the lines of each script in their order, and that a server whose thread does not come to hand them on keeps no
//! more than so many bytes of them: what comes then is dropped, and how many lines that are is told.

use crate::core::sync::Mutex;
use std::{
  collections::VecDeque,
  sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
  },
};

/// So many bytes of lines may wait.
const MOST: usize = 16 << 20;

/// What a line costs beside its text: one may be empty.
const ENTRY: usize = 64;

/// One line, or several that were printed at once.
pub struct Line {
  pub script: Arc<str>,
  pub is_error: bool,
  pub text: String,
}

#[derive(Default)]
struct Waiting {
  lines: VecDeque<Line>,
  bytes: usize,
  dropped: usize,
}

/// The lines of one server.
#[derive(Default)]
pub struct Printed {
  waiting: Mutex<Waiting>,
  /// Whether there are any. Cheap enough to ask all the time.
  any: AtomicBool,
}

impl Printed {
  /// Adds a line; true where the thread is to be told that there is one.
  pub fn add(&self, line: Line) -> bool {
    let mut waiting = self.waiting.lock();
    let bytes = line.text.len() + ENTRY;
    if waiting.bytes + bytes > MOST {
      waiting.dropped += 1;
    } else {
      waiting.bytes += bytes;
      waiting.lines.push_back(line);
    }
    !self.any.swap(true, Ordering::AcqRel)
  }

  pub fn any(&self) -> bool {
    self.any.load(Ordering::Acquire)
  }

  /// Takes all lines, and the number of those that were dropped.
  pub fn take(&self) -> (VecDeque<Line>, usize) {
    let mut waiting = self.waiting.lock();
    self.any.store(false, Ordering::Release);
    let Waiting { lines, dropped, .. } = std::mem::take(&mut *waiting);
    (lines, dropped)
  }
}
