//! The packets that Rust itself writes: primitives, and the errors that a script or its caller is told.
//!
//! Promises what `lib/wire/` reads and `src/script/engine/` reads; the grammar is that of `lib/wire/tags.ts`. Anything else
//! that crosses is passed on as the bytes that the codec of one side has written.

use crate::binding::{node::text::Text, values::payload::Payload};
use std::borrow::Cow;

/// The first bytes of values; `lib/wire/tags.ts` has all of them.
mod tag {
  pub const END: u8 = 0;
  pub const UNDEFINED: u8 = 2;
  pub const NULL: u8 = 3;
  pub const TRUE: u8 = 4;
  pub const FALSE: u8 = 5;
  pub const INT: u8 = 6;
  pub const DOUBLE: u8 = 7;
  pub const BIG_INT: u8 = 8;
  pub const LATIN1: u8 = 9;
  pub const WIDE: u8 = 10;
  pub const ERROR: u8 = 23;
  pub const FOREIGN: u8 = 37;
  pub const SHORT_STRING: u8 = 0x80;
}

/// So long is a string whose length is in its first byte, at most.
const MOST_TEXT: u8 = 0x3f;

/// A packet's first word says where the first piece of text is; there is none.
const NO_PIECE: [u8; 4] = [0; 4];

/// What a script has written, so that those who read it know that it may be anything.
pub fn foreign(packet: &[u8]) -> Vec<u8> {
  let mut bytes = Vec::with_capacity(NO_PIECE.len() + 1 + packet.len());
  bytes.extend(NO_PIECE);
  bytes.push(tag::FOREIGN);
  bytes.extend(packet);
  bytes
}

/// A packet that is being written.
pub struct Packet(Vec<u8>);

impl Packet {
  fn new() -> Self {
    Self(NO_PIECE.to_vec())
  }

  fn with(byte: u8) -> Vec<u8> {
    let mut packet = Self::new();
    packet.0.push(byte);
    packet.0
  }

  /// The packet of undefined.
  pub fn undefined() -> Vec<u8> {
    Self::with(tag::UNDEFINED)
  }

  #[expect(clippy::cast_possible_truncation, reason = "seven bits are left of it")]
  fn count(&mut self, mut count: usize) {
    while count > 0x7f {
      self.0.push((count & 0x7f) as u8 | 0x80);
      count >>= 7;
    }
    self.0.push(count as u8);
  }

  #[expect(clippy::cast_possible_truncation, reason = "what is no such number is another then")]
  fn number(&mut self, number: f64) {
    let int = number as i32;
    if f64::from(int).to_bits() == number.to_bits() {
      self.0.push(tag::INT);
      return self.0.extend(int.to_le_bytes());
    }
    self.0.push(tag::DOUBLE);
    self.0.extend(number.to_le_bytes());
  }

  fn latin1(&mut self, text: &[u8]) {
    if let Some(length) = u8::try_from(text.len()).ok().filter(|length| *length <= MOST_TEXT) {
      self.0.push(tag::SHORT_STRING | length);
    } else {
      self.0.push(tag::LATIN1);
      self.count(text.len());
    }
    self.0.extend(text);
  }

  fn wide(&mut self, length: usize, characters: impl Iterator<Item = u8>) {
    self.0.push(tag::WIDE);
    self.count(length);
    self.0.extend(characters);
  }

  fn text(&mut self, text: &str) {
    if text.is_ascii() {
      return self.latin1(text.as_bytes());
    }
    let characters: Vec<u16> = text.encode_utf16().collect();
    self.wide(characters.len(), characters.iter().flat_map(|character| character.to_le_bytes()));
  }

  /// As `lib/wire/writer.ts` writes a `BigInt`: its digits to the base of 16.
  fn bigint(&mut self, negative: bool, words: &[u64]) {
    let all = words.iter().rev().fold(String::new(), |digits, word| format!("{digits}{word:016x}"));
    let digits = match all.trim_start_matches('0') {
      "" => "0",
      digits => digits,
    };
    self.0.push(tag::BIG_INT);
    self.text(&if negative { format!("-{digits}") } else { digits.to_owned() });
  }
}

/// A value for a script; `None` where there are objects in it that mean nothing there.
pub fn for_script(payload: &Payload) -> Option<Cow<'_, [u8]>> {
  if let Some((bytes, things)) = payload.encoded() {
    return things.is_empty().then_some(Cow::Borrowed(bytes));
  }
  let mut packet = Packet::new();
  match payload {
    Payload::Undefined => packet.0.push(tag::UNDEFINED),
    Payload::Null => packet.0.push(tag::NULL),
    Payload::Boolean(true) => packet.0.push(tag::TRUE),
    Payload::Boolean(false) => packet.0.push(tag::FALSE),
    Payload::Number(number) => packet.number(*number),
    Payload::Text(Text::Latin1(text)) => packet.latin1(text),
    Payload::Text(Text::Utf16(text)) => {
      packet.wide(text.len(), text.iter().flat_map(|character| character.to_le_bytes()));
    }
    Payload::BigInt(negative, words) => packet.bigint(*negative, words),
    _ => return None, // Items of a queue: no answer is one.
  }
  Some(Cow::Owned(packet.0))
}

/// The globals of a script; none where they are undefined. `None` where there are objects in them that mean nothing there.
pub fn bytes_of(payload: &Payload) -> Option<Vec<u8>> {
  if let Payload::Undefined = payload { Some(Vec::new()) } else { for_script(payload).map(Cow::into_owned) }
}

/// A field of an error.
pub enum Field<'a> {
  Text(&'a str),
  Number(f64),
}

/// The numbers of the classes that the language has; `lib/wire/errors.ts` has all of them.
const ERROR: u8 = 0;
const RANGE_ERROR: u8 = 2;

/// An error: `RangeError`, a class of ours by its name, or none; its message; and its fields, which it shows.
pub fn error(class: Option<&str>, message: &str, fields: &[(&str, Field<'_>)]) -> Vec<u8> {
  let mut packet = Packet::new();
  let is_range = class == Some("RangeError");
  packet.0.extend([tag::ERROR, if is_range { RANGE_ERROR } else { ERROR }]);
  match class.filter(|_| !is_range) {
    Some(class) => packet.text(class),
    None => packet.0.push(tag::UNDEFINED),
  }
  if class == Some("CancelledError") {
    packet.0.push(tag::UNDEFINED); // Nobody in particular was cancelled.
  }
  packet.0.push(tag::UNDEFINED); // The stack is made where it is read.
  packet.text("message");
  packet.text(message);
  packet.0.extend([tag::END, tag::END]);
  for (name, field) in fields {
    packet.text(name);
    match field {
      Field::Text(text) => packet.text(text),
      Field::Number(number) => packet.number(*number),
    }
  }
  packet.0.push(tag::END);
  packet.0
}
