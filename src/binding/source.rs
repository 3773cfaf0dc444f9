//! The sources of inline functions, each kept once for the process under a number.
//!
//! Promises that a number, once given, always means the same text, so that a loop compiles each text once. Sources are
//! part of the program, so they are kept for its life.

use super::{
  call::{Call, Fault},
  js::Value,
};
use rustc_hash::FxHashMap;
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError};

#[derive(Default)]
struct Sources {
  numbers: FxHashMap<Arc<str>, u32>,
  texts: Vec<Arc<str>>,
}

fn sources() -> MutexGuard<'static, Sources> {
  static SOURCES: LazyLock<Mutex<Sources>> = LazyLock::new(Mutex::default);
  SOURCES.lock().unwrap_or_else(PoisonError::into_inner)
}

/// `sourceNumber(text): number` — never 0, which means no source.
pub fn number(call: &Call) -> Result<Value, Fault> {
  let text: Arc<str> = call.string(0)?.into();
  let mut sources = sources();
  let known = sources.numbers.get(&text).copied();
  let number = known.unwrap_or_else(|| {
    sources.texts.push(Arc::clone(&text));
    let number = u32::try_from(sources.texts.len()).unwrap_or(u32::MAX);
    sources.numbers.insert(text, number);
    number
  });
  Ok(call.js.integer(number))
}

/// `sourceText(number): string`
pub fn text(call: &Call) -> Result<Value, Fault> {
  let number = call.integer(0)?;
  let text = sources().texts.get((number as usize).wrapping_sub(1)).cloned();
  text.map(|text| call.js.string(&text)).ok_or_else(|| Fault::handle(number.into()))
}
