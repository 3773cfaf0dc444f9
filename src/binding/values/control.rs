//! The few words of memory that both sides of the border see, and the scratch that bytes pass through.
//!
//! A call returns one value cheaply; how it ended, which ticket it was given and how long its bytes are stand in these
//! words, which JavaScript reads as an `Int32Array` for about a nanosecond each. The numbers are those of `lib/native.ts`.

use super::{
  handles::{Id, Object},
  payload::{Encoded, Payload},
};
use crate::binding::node::js::{Js, Value};
use napi::sys;
use std::{
  cell::Cell,
  ptr::{self, NonNull},
};

/// How a call, or a wait, ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(i32)]
pub enum Status {
  /// The returned value is the result.
  Value = 0,
  /// The result is in the first `Extra` bytes of the inbox.
  Encoded = 1,
  /// The result is in the returned bytes.
  EncodedApart = 2,
  /// Nothing to take, or no room, and no wish to wait.
  Refused = 3,
  /// The wait goes on under the ticket in `Extra`.
  Parked = 4,
  TimedOut = 5,
  /// `Extra` says why (1 shut down, 2 closed, 3 died); `Count` how many items were put before.
  Ended = 6,
  /// The blocked thread has something to do, then resumes.
  Service = 7,
  Interrupted = 8,
  /// The environment is going: touch nothing, return.
  Gone = 9,
  /// Done; `Count` says how many.
  Done = 10,
  Cancelled = 11,
  /// `Count` items are to be fetched one by one.
  Batch = 12,
  /// Waiting would never end; the returned value names the threads.
  Deadlock = 13,
  /// As `Parked`, and it waits for the loop's next turn, which JavaScript sees to.
  ParkedForTurn = 14,
}

/// The words. The first four, and `OneByOne`, are written here, the others by JavaScript.
#[derive(Clone, Copy)]
#[repr(usize)]
pub enum Word {
  Status = 0,
  /// A ticket, a length or a reason.
  Extra = 1,
  Count = 2,
  /// 1 where the result is an error that was sent.
  IsError = 3,
  /// Where the outgoing bytes begin and end in the scratch; end 0 for a primitive.
  OutStart = 4,
  OutEnd = 5,
  /// How many handle numbers follow the outgoing bytes.
  OutHandles = 6,
  /// Immediates that are due: while there are any, the loop does not poll.
  Immediates = 7,
  /// The lowest bits of the number of the task whose code ran last on this thread; 0 for none.
  Current = 8,
  /// 1 where waits of this thread settle one per callback scope.
  OneByOne = 9,
  /// Runners this thread has started whose loop is not up yet.
  Boots = 10,
  /// Tasks that have been started and wait for their module.
  Entering = 11,
}

const WORDS: usize = 16;
const INBOX: usize = 64 * 1024;

/// One environment's shared words and scratch.
pub struct Control {
  words: NonNull<i32>,
  inbox: NonNull<u8>,
  scratch: Cell<(*mut u8, usize)>,
  keep_scratch: Cell<sys::napi_ref>,
  /// An object that is always there; the liveness check asks it something.
  anchor: sys::napi_ref,
}

impl Control {
  /// Makes the words and the inbox, and hands both to JavaScript as properties of `exports`.
  pub fn create(js: Js, exports: Value) -> Option<Self> {
    let (words, words_at) = js.bytes(WORDS * 4)?;
    let (inbox, inbox_at) = js.bytes(INBOX)?;
    js.set(exports, c"control", words);
    js.set(exports, c"inbox", inbox);
    js.reference(inbox, 1);
    Some(Self {
      words: NonNull::new(words_at.cast())?,
      inbox: NonNull::new(inbox_at)?,
      scratch: Cell::new((ptr::null_mut(), 0)),
      keep_scratch: Cell::new(ptr::null_mut()),
      anchor: js.reference(words, 1),
    })
  }

  pub fn read(&self, word: Word) -> i32 {
    // SAFETY: the words live as long as the environment, and only its thread comes here.
    unsafe { self.words.as_ptr().add(word as usize).read_volatile() }
  }

  pub fn write(&self, word: Word, value: i32) {
    // SAFETY: as in `read`.
    unsafe { self.words.as_ptr().add(word as usize).write_volatile(value) };
  }

  /// Where the codec writes from now on.
  pub fn set_scratch(&self, js: Js, array: Value) -> Option<()> {
    let memory = js.memory(array)?;
    let old = self.keep_scratch.replace(js.reference(array, 1));
    if !old.is_null() {
      js.forget(old);
    }
    self.scratch.set(memory);
    Some(())
  }

  /// The value a call was given: the encoded bytes if there are any, else the primitive.
  #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "numbers out of range stand for nothing")]
  pub fn payload(&self, js: Js, value: Value, object: impl Fn(Id) -> Option<Object>) -> Option<Payload> {
    let end = self.read(Word::OutEnd);
    if end == 0 {
      return Payload::primitive(js, value);
    }
    let start = usize::try_from(self.read(Word::OutStart)).ok()?;
    let handles = usize::try_from(self.read(Word::OutHandles)).ok()?;
    let end = usize::try_from(end).ok()?;
    self.write(Word::OutEnd, 0);
    let (scratch, length) = self.scratch.get();
    let tail = handles * size_of::<f64>();
    if start > end || end + tail > length {
      return None;
    }
    // SAFETY: the range was just checked, and the codec does not write during this call.
    let all = unsafe { std::slice::from_raw_parts(scratch.add(start), end - start + tail) };
    let (bytes, numbers) = all.split_at(end - start);
    let objects =
      numbers.as_chunks().0.iter().map(|number| object(f64::from_le_bytes(*number) as Id)).collect::<Option<_>>()?;
    Some(Payload::Encoded(Box::new(Encoded { bytes: bytes.into(), objects })))
  }

  /// Hands a payload to JavaScript: sets the status, returns the value.
  pub fn emit(&self, js: Js, payload: &Payload, hold: impl Fn(&Object)) -> Value {
    match payload.to_primitive(js) {
      Ok(value) => {
        self.write(Word::Status, Status::Value as i32);
        value
      }
      Err(encoded) => {
        encoded.objects.iter().for_each(hold);
        self.emit_bytes(js, &encoded.bytes)
      }
    }
  }

  fn emit_bytes(&self, js: Js, bytes: &[u8]) -> Value {
    self.write(Word::Extra, i32::try_from(bytes.len()).unwrap_or(i32::MAX));
    if bytes.len() <= INBOX {
      self.write(Word::Status, Status::Encoded as i32);
      // SAFETY: the inbox has room for so many, and the two do not overlap.
      unsafe { ptr::copy_nonoverlapping(bytes.as_ptr(), self.inbox.as_ptr(), bytes.len()) };
      return js.undefined();
    }
    self.write(Word::Status, Status::EncodedApart as i32);
    let Some((array, memory)) = js.bytes(bytes.len()) else { return js.undefined() };
    // SAFETY: the memory was just made this long.
    unsafe { ptr::copy_nonoverlapping(bytes.as_ptr(), memory, bytes.len()) };
    array
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
