//! The sources of inline functions, each kept once for the process under a number.
//!
//! Promises that a number, once given, always means the same text, so that a loop compiles each text once; and that it
//! has one name, that of the first function with this text. Sources are part of the program, so they are kept for its
//! life.

use crate::{
  binding::{
    node::js::Value,
    waits::call::{Call, Fault},
  },
  core::sync::Mutex,
};
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

impl Sources {
  fn get(&self, number: u32) -> Option<&(Arc<str>, Arc<str>)> {
    self.all.get((number as usize).wrapping_sub(1))
  }
}

/// `sourceNumber(text, name): number` — never 0, which means no source.
pub fn number(call: &Call) -> Result<Value, Fault> {
  let text: Arc<str> = call.string(0)?.into();
  let name: Arc<str> = call.string(1)?.into();
  let mut sources = SOURCES.lock();
  let known = sources.numbers.get(&text).copied();
  let number = known.unwrap_or_else(|| {
    sources.all.push((Arc::clone(&text), name));
    let number = u32::try_from(sources.all.len()).unwrap_or(u32::MAX);
    sources.numbers.insert(text, number);
    number
  });
  Ok(call.js.integer(number))
}

/// `sourceText(number): string`
pub fn text(call: &Call) -> Result<Value, Fault> {
  let number = call.integer(0)?;
  let text = SOURCES.lock().get(number).map(|(text, _)| Arc::clone(text));
  text.map(|text| call.js.string(&text)).ok_or_else(|| Fault::handle(number.into()))
}

/// `sourceName(number): string`
pub fn name(call: &Call) -> Result<Value, Fault> {
  Ok(call.js.string(&name_of(call.integer(0)?)))
}
