//! A JavaScript value on its way between threads.
//!
//! Promises that primitives cross as themselves, in any encoding of their strings, that everything else crosses as the
//! bytes that `lib/wire/` wrote, and that the things whose handles are among those bytes stay alive with them. Knows
//! nothing of the grammar of those bytes.

use super::{
  packet::{Kind, Piece, Run, Stretch},
  thing::Thing,
};
use crate::binding::node::{
  js::{Js, Value},
  memory::{NoCopy, copy_of},
  text::Text,
};
use napi::sys::ValueType;
use std::{cmp::Ordering, ptr, sync::Arc};

/// A value in transit.
pub enum Payload {
  Undefined,
  Null,
  Boolean(bool),
  Number(f64),
  Text(Text),
  BigInt(bool, Box<[u64]>),
  Encoded(Box<Encoded>),
  /// The same, where it is short and has no handles.
  Short(Short),
  /// An item that came with others, in whose memory it is.
  Piece(Piece),
  /// Several items that came together, in a queue or a batch.
  Run(Box<Run>),
  /// An item of a queue whose lowest item is the next, with its priority.
  Ranked(f64, Box<Payload>),
}

/// What the handles in a value stand for.
pub type Things = [Arc<dyn Thing>];

/// Bytes written by the codec, and the things their handles stand for.
pub struct Encoded {
  pub bytes: Box<[u8]>,
  pub things: Box<Things>,
}

/// Most calls, and many objects, have no more bytes: so many make a payload no larger.
const SHORT: usize = 30;

/// The first bytes of what a script has written, and of a short string, with its length; `lib/wire/tags.ts` has all of them.
const FOREIGN: u8 = 37;
const SHORT_STRING: u8 = 0x80;
/// The bits by which strings are told from others.
const TEXTS: u8 = 0xc0;

/// A packet without its first word, which says where its first piece of text is.
fn behind_word(packet: &[u8]) -> Option<&[u8]> {
  packet.get(size_of::<u32>()..)
}

/// A few bytes written by the codec, in memory that the payload has anyway.
pub struct Short {
  length: u8,
  bytes: [u8; SHORT],
}

impl Short {
  #[expect(clippy::cast_possible_truncation, reason = "it is short")]
  fn of(bytes: &[u8]) -> Option<Self> {
    let mut copy = [0; SHORT];
    copy.get_mut(..bytes.len())?.copy_from_slice(bytes);
    Some(Self { length: bytes.len() as u8, bytes: copy })
  }

  pub fn bytes(&self) -> &[u8] {
    &self.bytes[..self.length.into()]
  }

  /// The name of the method, where these bytes are those of a call, or the first of them, and that is short.
  pub fn method(&self) -> Option<String> {
    let packet = behind_word(self.bytes())?;
    let call = packet.strip_prefix(&[FOREIGN]).map_or(Some(packet), behind_word)?;
    let (tag, rest) = call.split_first()?;
    let name = rest.get(..usize::from(tag ^ SHORT_STRING)).filter(|_| tag & TEXTS == SHORT_STRING)?;
    Some(name.iter().map(|&character| char::from(character)).collect())
  }
}

/// How many bytes [`copy_to`] writes.
pub fn length_of(bytes: &[u8], things: &Things) -> usize {
  bytes.len() + things.len() * size_of::<f64>()
}

/// Writes bytes of the codec, and behind them the numbers of the handles in them.
///
/// # Safety
/// There is room for [`length_of`] bytes, which are none of these.
#[expect(clippy::cast_precision_loss, reason = "2^53 things are never made")]
pub unsafe fn copy_to(bytes: &[u8], things: &Things, memory: *mut u8) {
  // SAFETY: the caller has made sure of the room.
  unsafe { ptr::copy_nonoverlapping(bytes.as_ptr(), memory, bytes.len()) };
  for (index, thing) in things.iter().enumerate() {
    let number = (thing.id() as f64).to_le_bytes();
    // SAFETY: as above; a place for a number is `number.len()` bytes long.
    unsafe { ptr::copy_nonoverlapping(number.as_ptr(), memory.add(bytes.len() + 8 * index), number.len()) };
  }
}

/// The characters of a text, two bytes each, where they need not lie as characters must.
pub fn characters(bytes: &[u8]) -> Box<[u16]> {
  bytes.as_chunks().0.iter().map(|&character| u16::from_le_bytes(character)).collect()
}

/// About how many bytes several items take in transit, each as when it travels alone.
fn size_of_run(run: &Run) -> usize {
  let mut size = 0;
  run.walk(|_, stretch, count| {
    size += match stretch {
      Stretch::Encoded { start, end } | Stretch::Texts { start, end, .. } => end - start,
      _ => Payload::Null.size() * count,
    };
    count
  });
  size
}

impl Payload {
  /// Takes a primitive; anything else was to be encoded before.
  pub fn primitive(js: Js, value: Value) -> Result<Self, NoCopy> {
    Ok(match js.kind(value) {
      ValueType::napi_number => Self::Number(js.as_number(value).ok_or(NoCopy::Argument)?),
      ValueType::napi_undefined => Self::Undefined,
      ValueType::napi_null => Self::Null,
      ValueType::napi_boolean => Self::Boolean(js.as_boolean(value).ok_or(NoCopy::Argument)?),
      ValueType::napi_string => Self::Text(Text::of(js, value)?),
      ValueType::napi_bigint => {
        let (negative, words) = js.as_bigint(value)?;
        Self::BigInt(negative, words)
      }
      _ => return Err(NoCopy::Argument),
    })
  }

  /// A copy of bytes that the codec has written.
  pub fn encoded_as(bytes: &[u8], things: Box<Things>) -> Result<Self, NoCopy> {
    if things.is_empty()
      && let Some(short) = Short::of(bytes)
    {
      return Ok(Self::Short(short));
    }
    Ok(Self::Encoded(Box::new(Encoded { bytes: copy_of(bytes)?, things })))
  }

  /// The same value with a priority.
  pub fn ranked(self, priority: f64) -> Self {
    Self::Ranked(priority, Box::new(self))
  }

  /// The order of two items by their priorities. An item without one comes behind all others.
  pub fn by_priority(one: &Self, other: &Self) -> Ordering {
    one.priority().total_cmp(&other.priority())
  }

  fn priority(&self) -> f64 {
    if let Self::Ranked(priority, _) = self { priority + 0.0 } else { f64::INFINITY } // -0 is 0.
  }

  /// About how many bytes it takes in transit.
  pub fn size(&self) -> usize {
    match self {
      Self::Text(text) => text.size(),
      Self::BigInt(_, words) => words.len() * 8,
      Self::Encoded(encoded) => encoded.bytes.len(),
      Self::Short(short) => short.bytes().len(),
      Self::Piece(piece) => piece.bytes().len(),
      Self::Run(run) => size_of_run(run),
      Self::Ranked(_, payload) => payload.size(),
      _ => 8,
    }
  }

  /// The value itself, where it is a primitive.
  pub fn to_primitive(&self, js: Js) -> Option<Value> {
    Some(match self {
      Self::Undefined => js.undefined(),
      Self::Null => js.null(),
      Self::Boolean(value) => js.boolean(*value),
      Self::Number(value) => js.number(*value),
      Self::Text(text) => text.emit(js),
      Self::BigInt(negative, words) => js.bigint(*negative, words),
      Self::Piece(piece) => match piece.kind {
        Kind::Latin1 => js.latin1(piece.bytes()),
        Kind::Wide => js.utf16(&characters(piece.bytes())),
        Kind::Encoded => return None,
      },
      Self::Encoded(_) | Self::Short(_) | Self::Run(_) => return None,
      Self::Ranked(_, payload) => return payload.to_primitive(js),
    })
  }

  /// The first of the bytes that the codec has written.
  pub fn opening(&self) -> Short {
    let bytes = self.encoded().map_or(&[][..], |(bytes, _)| bytes);
    Short::of(bytes.get(..SHORT).unwrap_or(bytes)).unwrap_or(Short { length: 0, bytes: [0; SHORT] })
  }

  /// What the codec has written, and what the handles in it stand for, where it is no primitive.
  pub fn encoded(&self) -> Option<(&[u8], &Things)> {
    match self {
      Self::Encoded(encoded) => Some((&encoded.bytes, &encoded.things)),
      Self::Short(short) => Some((short.bytes(), &[])),
      Self::Piece(piece) if piece.kind == Kind::Encoded => Some((piece.bytes(), &[])),
      Self::Ranked(_, payload) => payload.encoded(),
      _ => None,
    }
  }
}
