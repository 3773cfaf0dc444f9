//! The few words of memory that both sides of the border see, and the scratch that bytes pass through.
//!
//! A call returns one value cheaply; how it ended, which ticket it was given and how long its bytes are stand in these
//! words, which JavaScript reads as an `Int32Array` for about a nanosecond each.

use super::{
  batch,
  payload::{Payload, Things, copy_to, length_of},
  protocol::{Status, Word},
  thing::{Id, Thing},
};
use crate::binding::node::{
  js::{Js, Value},
  memory::{LARGE, NoCopy},
};
use napi::sys;
use std::{
  cell::Cell,
  ptr::{self, NonNull},
  sync::Arc,
};

const WORDS: usize = 16;
const INBOX: usize = 64 * 1024;

/// One environment's shared words and scratch.
pub struct Control {
  words: NonNull<i32>,
  inbox: NonNull<u8>,
  scratch: Cell<(*mut u8, usize)>,
  keep_scratch: Cell<sys::napi_ref>,
  keep_inbox: sys::napi_ref,
  /// An object that is always there; the liveness check asks it something.
  anchor: sys::napi_ref,
  /// JavaScript's `Uint8Array`, which makes large memory.
  uint8_array: sys::napi_ref,
}

impl Control {
  /// Makes the words and the inbox, and hands both to JavaScript as properties of `exports`.
  pub fn create(js: Js, exports: Value) -> Option<Self> {
    let (words, words_at) = js.bytes(WORDS * 4)?;
    let (inbox, inbox_at) = js.bytes(INBOX)?;
    js.set(exports, c"control", words);
    js.set(exports, c"inbox", inbox);
    let uint8_array = js.global(c"Uint8Array")?;
    Some(Self {
      words: NonNull::new(words_at.cast())?,
      inbox: NonNull::new(inbox_at)?,
      scratch: Cell::new((ptr::null_mut(), 0)),
      keep_scratch: Cell::new(ptr::null_mut()),
      keep_inbox: js.reference(inbox),
      anchor: js.reference(words),
      uint8_array: js.reference(uint8_array),
    })
  }

  /// The environment ends: nothing of it is kept any more.
  pub fn end(&self, js: Js) {
    for kept in [self.keep_inbox, self.anchor, self.uint8_array] {
      js.release(kept);
    }
    let scratch = self.keep_scratch.replace(ptr::null_mut());
    if !scratch.is_null() {
      js.release(scratch);
    }
  }

  pub fn read(&self, word: Word) -> i32 {
    // SAFETY: the words live as long as the environment, and only its thread comes here.
    unsafe { self.words.as_ptr().add(word as usize).read_volatile() }
  }

  pub fn write(&self, word: Word, value: i32) {
    // SAFETY: as in `read`.
    unsafe { self.words.as_ptr().add(word as usize).write_volatile(value) };
  }

  /// Writes how many there are of something; 2^31 and more count as 2^31 - 1.
  pub fn write_count(&self, word: Word, number: usize) {
    self.write(word, i32::try_from(number).unwrap_or(i32::MAX));
  }

  /// Where the codec writes from now on.
  pub fn set_scratch(&self, js: Js, array: Value) -> Option<()> {
    let memory = js.memory(array)?;
    let old = self.keep_scratch.replace(js.reference(array));
    if !old.is_null() {
      js.release(old);
    }
    self.scratch.set(memory);
    Some(())
  }

  /// The value a call was given: the encoded bytes if there are any, else the primitive.
  pub fn payload(&self, js: Js, value: Value, thing: impl Fn(Id) -> Option<Arc<dyn Thing>>) -> Result<Payload, NoCopy> {
    let end = self.place(Word::OutEnd);
    if end == 0 {
      return Payload::primitive(js, value);
    }
    let (start, handles) = (self.place(Word::OutStart), self.place(Word::OutHandles));
    self.write(Word::OutEnd, 0);
    let (scratch, length) = self.scratch.get();
    let tail = handles * size_of::<f64>();
    if start > end || end + tail > length {
      return Err(NoCopy::Argument);
    }
    // SAFETY: the range was just checked, and the codec does not write during this call.
    let all = unsafe { std::slice::from_raw_parts(scratch.add(start), end - start + tail) };
    let (bytes, numbers) = all.split_at(end - start);
    let things = numbers.as_chunks().0.iter().map(|id| thing(number(*id)));
    let things = things.collect::<Option<_>>().ok_or(NoCopy::Argument)?;
    Payload::encoded_as(bytes, things)
  }

  /// A place in the scratch, or a number of things there: up to 2^32 - 1, in a word that has a sign.
  fn place(&self, word: Word) -> usize {
    self.read(word).cast_unsigned() as usize
  }

  /// Hands a payload to JavaScript: sets the status, returns the value.
  pub fn emit(&self, js: Js, payload: &Payload, hold: impl Fn(&Arc<dyn Thing>)) -> Value {
    if let Some(value) = payload.to_primitive(js) {
      self.write(Word::Status, Status::Value as i32);
      return value;
    }
    let Some((bytes, things)) = payload.encoded() else { return js.undefined() };
    things.iter().for_each(hold);
    self.emit_encoded(js, bytes, things)
  }

  fn emit_encoded(&self, js: Js, bytes: &[u8], things: &Things) -> Value {
    let length = length_of(bytes, things);
    self.write_count(Word::Extra, bytes.len());
    self.write_count(Word::InHandles, things.len());
    // The reader may have called user code, which has come here.
    if length <= INBOX && self.read(Word::Reading) == 0 {
      self.write(Word::Status, Status::Encoded as i32);
      // SAFETY: the inbox has room for so many.
      unsafe { copy_to(bytes, things, self.inbox.as_ptr()) };
      return js.undefined();
    }
    self.write(Word::Status, Status::EncodedApart as i32);
    let Some((array, memory)) = self.memory(js, length) else { return js.undefined() };
    // SAFETY: the memory was just made this long.
    unsafe { copy_to(bytes, things, memory) };
    array
  }

  /// Hands several payloads to JavaScript in one packet, and returns how many; 0 where the first must come alone, or
  /// JavaScript reads what is in the inbox.
  pub fn emit_several(&self, payloads: &[Payload]) -> usize {
    if payloads.first().is_none_or(|first| payloads.len() == 1 && first.count() == 1) || self.read(Word::Reading) != 0 {
      return 0;
    }
    // SAFETY: the inbox is this long, and nobody reads it during this call.
    let inbox = unsafe { std::slice::from_raw_parts_mut(self.inbox.as_ptr(), INBOX) };
    let count = batch::fill(payloads, inbox);
    if count > 0 {
      self.write_count(Word::Count, count);
      self.write(Word::Status, Status::Batch as i32);
    }
    count
  }

  /// Cuts a packet of several items, which stands in the scratch.
  pub fn items(&self, items: &mut Vec<Payload>) -> Result<(), NoCopy> {
    let (start, end) = (self.place(Word::OutStart), self.place(Word::OutEnd));
    self.write(Word::OutEnd, 0);
    let (scratch, length) = self.scratch.get();
    if start > end || end > length {
      return Err(NoCopy::Argument);
    }
    // SAFETY: the range was just checked, and the codec does not write during this call.
    batch::take_in(unsafe { std::slice::from_raw_parts(scratch.add(start), end - start) }, items)
  }

  /// What was handed over last as bytes, and could not be read: the bytes, and the numbers of the handles behind them.
  /// `value` is what came with the status.
  fn arrived(&self, js: Js, value: Value, status: Status) -> Option<(&[u8], &[[u8; 8]])> {
    let tail = self.place(Word::InHandles) * size_of::<f64>();
    let (memory, length) = match status {
      Status::Encoded => (self.inbox.as_ptr(), self.place(Word::Extra) + tail),
      Status::EncodedApart => js.memory(value)?,
      _ => return None,
    };
    if tail > length || (status == Status::Encoded && length > INBOX) {
      return None;
    }
    // SAFETY: the range lies in the memory, where nothing is written while this call looks at it.
    let (bytes, numbers) = unsafe { std::slice::from_raw_parts(memory, length) }.split_at(length - tail);
    Some((bytes, numbers.as_chunks().0))
  }

  /// The numbers of the handles in what was handed over last.
  pub fn arrived_handles(&self, js: Js, value: Value, status: Status) -> Vec<Id> {
    let arrived = self.arrived(js, value, status);
    arrived.map_or_else(Vec::new, |(_, numbers)| numbers.iter().copied().map(number).collect())
  }

  /// What was handed over last, as it was.
  pub fn take_back(
    &self,
    js: Js,
    value: Value,
    status: Status,
    thing: impl Fn(Id) -> Option<Arc<dyn Thing>>,
  ) -> Option<Payload> {
    if status == Status::Value {
      return Payload::primitive(js, value).ok();
    }
    let (bytes, numbers) = self.arrived(js, value, status)?;
    let things = numbers.iter().map(|id| thing(number(*id))).collect::<Option<_>>()?;
    Payload::encoded_as(bytes, things).ok()
  }

  /// Memory for bytes that are handed over; `None` where there is none. Node-API's own call ends the process then.
  fn memory(&self, js: Js, length: usize) -> Option<(Value, *mut u8)> {
    if length <= LARGE {
      return js.bytes(length);
    }
    let array = js.instance(js.referent(self.uint8_array)?, js.count(length))?;
    js.memory(array).filter(|(_, size)| *size == length).map(|(memory, _)| (array, memory))
  }

  /// Sets a status that comes with no value.
  pub fn status(&self, js: Js, status: Status) -> Value {
    self.write(Word::Status, status as i32);
    js.undefined()
  }

  /// False once the environment has begun to end.
  pub fn is_alive(&self, js: Js) -> bool {
    js.scope(|| js.referent(self.anchor).is_some_and(|anchor| js.is_alive(anchor)))
  }
}

/// The number of a handle, as it stands behind bytes.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "numbers out of range stand for nothing")]
fn number(bytes: [u8; 8]) -> Id {
  f64::from_le_bytes(bytes) as Id
}
