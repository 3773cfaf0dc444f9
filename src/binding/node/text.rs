//! A string on its way between threads: one byte a character where that is enough, as the engine keeps it, else two.
//!
//! Promises that it arrives as it was, lone surrogates and all.

use super::{
  js::{Js, Value},
  memory::{NoCopy, copy_of, room_for},
};
use std::cell::RefCell;

pub enum Text {
  Latin1(Box<[u8]>),
  Utf16(Box<[u16]>),
}

/// Strings up to this length, in characters, are read into memory that is kept.
const SCRATCH: usize = 1 << 14;

thread_local! {
  static READ: RefCell<Vec<u16>> = const { RefCell::new(Vec::new()) };
}

impl Text {
  /// Node-API does not tell how the engine keeps a string, so it is read as UTF-16 and looked at.
  pub fn of(js: Js, string: Value) -> Result<Self, NoCopy> {
    let length = js.length(string).ok_or(NoCopy::Argument)?;
    READ.with_borrow_mut(|scratch| {
      if scratch.len() <= length {
        *scratch = room_for(length + 1)?;
        scratch.resize(length + 1, 0);
      }
      let text = js.read_utf16(string, scratch).map_or(Err(NoCopy::Argument), Self::narrowed);
      if length > SCRATCH {
        *scratch = Vec::new();
      }
      text
    })
  }

  #[expect(clippy::cast_possible_truncation, reason = "every one was seen to fit")]
  fn narrowed(text: &[u16]) -> Result<Self, NoCopy> {
    // Not `all`, which stops at the first: the whole is looked at many characters at once.
    if text.iter().fold(0, |seen, character| seen | character) > 0xff {
      return Ok(Self::Utf16(copy_of(text)?));
    }
    let mut narrow = room_for(text.len())?;
    narrow.extend(text.iter().map(|&character| character as u8));
    Ok(Self::Latin1(narrow.into_boxed_slice()))
  }

  pub fn emit(&self, js: Js) -> Value {
    match self {
      Self::Latin1(text) => js.latin1(text),
      Self::Utf16(text) => js.utf16(text),
    }
  }

  /// How many bytes it takes in transit.
  pub fn size(&self) -> usize {
    match self {
      Self::Latin1(text) => text.len(),
      Self::Utf16(text) => text.len() * 2,
    }
  }
}
