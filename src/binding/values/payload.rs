//! A JavaScript value on its way between threads.
//!
//! Promises that primitives cross as themselves, in any encoding of their strings, that everything else crosses as the
//! bytes that `lib/wire/` wrote, and that the things whose handles are among those bytes stay alive with them. Knows
//! nothing of the grammar of those bytes.

use super::thing::Thing;
use crate::binding::node::{
  js::{Js, Value},
  memory::NoCopy,
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
  /// An item of a queue whose lowest item is the next, with its priority.
  Ranked(f64, Box<Payload>),
}

/// Bytes written by the codec, and the things their handles stand for.
pub struct Encoded {
  pub bytes: Box<[u8]>,
  pub things: Box<[Arc<dyn Thing>]>,
}

impl Encoded {
  /// How many bytes [`Encoded::copy_to`] writes.
  pub fn length(&self) -> usize {
    self.bytes.len() + self.things.len() * size_of::<f64>()
  }

  /// Writes the bytes, and behind them the numbers of the handles.
  ///
  /// # Safety
  /// There is room for [`Encoded::length`] bytes, which are none of these.
  #[expect(clippy::cast_precision_loss, reason = "2^53 things are never made")]
  pub unsafe fn copy_to(&self, memory: *mut u8) {
    // SAFETY: the caller has made sure of the room.
    unsafe { ptr::copy_nonoverlapping(self.bytes.as_ptr(), memory, self.bytes.len()) };
    for (index, thing) in self.things.iter().enumerate() {
      let number = (thing.id() as f64).to_le_bytes();
      // SAFETY: as above; a place for a number is `number.len()` bytes long.
      unsafe { ptr::copy_nonoverlapping(number.as_ptr(), memory.add(self.bytes.len() + 8 * index), number.len()) };
    }
  }
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
      Self::Ranked(_, payload) => payload.size(),
      _ => 8,
    }
  }

  /// The value itself, where it is a primitive.
  pub fn to_primitive(&self, js: Js) -> Result<Value, &Encoded> {
    Ok(match self {
      Self::Undefined => js.undefined(),
      Self::Null => js.null(),
      Self::Boolean(value) => js.boolean(*value),
      Self::Number(value) => js.number(*value),
      Self::Text(text) => text.emit(js),
      Self::BigInt(negative, words) => js.bigint(*negative, words),
      Self::Encoded(encoded) => return Err(encoded),
      Self::Ranked(_, payload) => return payload.to_primitive(js),
    })
  }
}
