//! What the scripts of a server have printed, until the thread that has made the server hands it on.
//!
//! Promises the lines of each script in their order, and that a server whose thread does not come to hand them on keeps no
//! more than so many bytes of them: what comes then is dropped, and how many lines that are is told. What is dropped is of
//! those who have printed most: a script that floods takes no room from one that prints little.

use crate::core::sync::Mutex;
use rustc_hash::FxHashMap;
use std::{
  collections::VecDeque,
  mem,
  sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
  },
};

/// So many bytes of lines may wait.
const MOST: usize = 16 << 20;

/// So much every script may print, whatever the others have printed, up to so many scripts that print most.
const SHARE: usize = MOST / 64;

/// What a line costs beside its text: one may be empty.
const ENTRY: usize = 64;

/// One line, or several that were printed at once.
pub struct Line {
  pub script: Arc<str>,
  pub is_error: bool,
  pub text: String,
}

impl Line {
  fn size(&self) -> usize {
    self.text.len() + ENTRY
  }
}

#[derive(Default)]
struct Waiting {
  lines: VecDeque<Line>,
  bytes: usize,
  dropped: usize,
  /// The bytes of each script's lines.
  shares: FxHashMap<Arc<str>, usize>,
}

impl Waiting {
  fn add(&mut self, line: Line) {
    let size = line.size();
    let share = self.shares.get(&line.script).copied().unwrap_or(0) + size;
    while self.bytes + size > MOST {
      self.dropped += 1;
      if share > SHARE || !self.drop_one() {
        return;
      }
    }
    self.bytes += size;
    *self.shares.entry(Arc::clone(&line.script)).or_insert(0) += size;
    self.lines.push_back(line);
  }

  /// Drops the last line of the script that has printed most.
  fn drop_one(&mut self) -> bool {
    let Some((script, share)) = self.shares.iter_mut().max_by_key(|(_, share)| **share) else { return false };
    let Some(index) = self.lines.iter().rposition(|line| line.script == *script) else { return false };
    let size = self.lines.remove(index).map_or(0, |line| line.size());
    *share -= size;
    self.bytes -= size;
    true
  }
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
    self.waiting.lock().add(line);
    !self.any.swap(true, Ordering::AcqRel)
  }

  pub fn any(&self) -> bool {
    self.any.load(Ordering::Acquire)
  }

  /// Takes all lines, and the number of those that were dropped.
  pub fn take(&self) -> (VecDeque<Line>, usize) {
    let mut waiting = self.waiting.lock();
    self.any.store(false, Ordering::Release);
    let Waiting { lines, dropped, .. } = mem::take(&mut *waiting);
    (lines, dropped)
  }
}
