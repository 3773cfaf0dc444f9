//! The sources of inline functions, each kept once for the process under a number.
//!
//! Promises that a number, once given, always means the same text and the same name, so that a loop may keep what it has
//! compiled under it; that a text has one number for as long as anything holds it; and that nothing is kept of a source
//! that nothing holds. A thread that creates tasks holds those it has used lately, a task holds its own.

use crate::core::sync::Mutex;
use rustc_hash::FxHashMap;
use std::sync::{Arc, LazyLock, Weak};

/// One text, and what its tasks are called that have no name of their own: the first function with it.
pub struct Source {
  /// Never 0, and never given again: JavaScript has it as a `number`, which 2^53 of them fit.
  pub number: u64,
  pub text: Arc<str>,
  pub name: Box<str>,
}

#[derive(Default)]
struct Sources {
  by_text: FxHashMap<Arc<str>, Weak<Source>>,
  by_number: FxHashMap<u64, Weak<Source>>,
  last: u64,
}

static SOURCES: LazyLock<Mutex<Sources>> = LazyLock::new(Mutex::default);

/// The source of a text.
pub fn of_text(text: Arc<str>, name: &str) -> Arc<Source> {
  let mut sources = SOURCES.lock();
  if let Some(source) = sources.by_text.get(&text).and_then(Weak::upgrade) {
    return source;
  }
  sources.last += 1;
  let source = Arc::new(Source { number: sources.last, text: Arc::clone(&text), name: name.into() });
  sources.by_text.insert(text, Arc::downgrade(&source));
  sources.by_number.insert(source.number, Arc::downgrade(&source));
  source
}

/// The source of a number, while anything holds it.
pub fn of_number(number: u64) -> Option<Arc<Source>> {
  SOURCES.lock().by_number.get(&number).and_then(Weak::upgrade)
}

/// How many there are in the process.
pub fn count() -> usize {
  SOURCES.lock().by_number.len()
}

impl Drop for Source {
  fn drop(&mut self) {
    let mut sources = SOURCES.lock();
    sources.by_number.remove(&self.number);
    // The text may have come again, under another number, before this lock was taken.
    if sources.by_text.get(&self.text).is_some_and(|source| source.strong_count() == 0) {
      sources.by_text.remove(&self.text);
    }
  }
}

/// The sources that one thread has used lately, each held as often as it has asked for its number.
#[derive(Default)]
pub struct HeldSources(FxHashMap<u64, (Arc<Source>, usize)>);

impl HeldSources {
  pub fn hold(&mut self, source: Arc<Source>) {
    self.0.entry(source.number).or_insert((source, 0)).1 += 1;
  }

  pub fn get(&self, number: u64) -> Option<&Arc<Source>> {
    self.0.get(&number).map(|(source, _)| source)
  }

  /// Undoes one `hold`.
  pub fn release(&mut self, number: u64) {
    let Some((_, holds)) = self.0.get_mut(&number) else { return };
    *holds -= 1;
    if *holds == 0 {
      self.0.remove(&number);
    }
  }
}
