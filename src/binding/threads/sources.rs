//! The sources of inline functions, each kept once for the process under a number.
//!
//! Promises that a number, once given, always means the same text, so that a loop compiles each text once; and that it
//! has one name, that of the first function with this text. Sources are part of the program, so they are kept for its
//! life.

use crate::core::sync::Mutex;
use rustc_hash::FxHashMap;
use std::sync::{Arc, LazyLock};

#[derive(Default)]
struct Sources {
  numbers: FxHashMap<Arc<str>, u32>,
  /// Of each, its text and its name.
  all: Vec<(Arc<str>, Arc<str>)>,
}

static SOURCES: LazyLock<Mutex<Sources>> = LazyLock::new(Mutex::default);

/// What the tasks of a source are called that have no name of their own. Number 0 is a loop's own errand.
pub fn name_of(number: u32) -> Arc<str> {
  SOURCES.lock().get(number).map_or_else(|| "next iteration".into(), |(_, name)| Arc::clone(name))
}

pub fn text_of(number: u32) -> Option<Arc<str>> {
  SOURCES.lock().get(number).map(|(text, _)| Arc::clone(text))
}

/// The number of a text; never 0.
pub fn number_of(text: Arc<str>, name: Arc<str>) -> u32 {
  let mut sources = SOURCES.lock();
  if let Some(number) = sources.numbers.get(&text) {
    return *number;
  }
  sources.all.push((Arc::clone(&text), name));
  let number = u32::try_from(sources.all.len()).expect("fewer than 2^32 sources");
  sources.numbers.insert(text, number);
  number
}

impl Sources {
  fn get(&self, number: u32) -> Option<&(Arc<str>, Arc<str>)> {
    self.all.get((number as usize).wrapping_sub(1))
  }
}
