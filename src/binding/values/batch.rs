//! Many items at once: taken in from JavaScript as one packet, and handed to it in one, which `lib/wire/batches/packing.ts` writes
//! and `lib/wire/batches/unpacking.ts` reads.
//!
//! Promises that items which came together are items like any other, whoever takes how many of them, and that those which
//! came one by one are handed over together as well. What holds handles, and what is too long, is handed over alone.

use super::{
  packet::{HEAD, Kind, Piece, Run, Single, Stretch, length_of, width_of_number},
  payload::{Payload, characters},
  protocol::Packed,
};
use crate::binding::node::{memory::NoCopy, memory::copy_of, text::Text};

impl From<Single> for Payload {
  fn from(single: Single) -> Self {
    match single {
      Single::Number(number) => Self::Number(number),
      Single::Piece(piece) => Self::Piece(piece),
      Single::Plain(Packed::Null) => Self::Null,
      Single::Plain(Packed::False) => Self::Boolean(false),
      Single::Plain(Packed::True) => Self::Boolean(true),
      Single::Plain(_) => Self::Undefined,
    }
  }
}

impl From<Run> for Payload {
  fn from(run: Run) -> Self {
    if run.count() == 1 { first_of(&run) } else { Self::Run(Box::new(run)) }
  }
}

/// The first of several items.
pub fn first_of(run: &Run) -> Payload {
  run.first().map_or(Payload::Undefined, Into::into)
}

impl Payload {
  /// How many items it is.
  pub fn count(&self) -> usize {
    if let Self::Run(run) = self { run.count() } else { 1 }
  }

  /// Takes so many items off the front of several; fewer than there are.
  pub fn cut(&mut self, count: usize) -> Self {
    let Self::Run(run) = self else { unreachable!("one item is not cut") };
    let first = if count == 1 { run.take_first().map_or(Self::Undefined, Into::into) } else { run.cut(count).into() };
    if run.count() == 1 {
      *self = first_of(run);
    }
    first
  }

  /// Its items, one by one.
  pub fn singles(self) -> impl Iterator<Item = Self> {
    let mut rest = Some(self);
    std::iter::from_fn(move || match rest.as_mut()?.count() {
      1 => rest.take(),
      _ => rest.as_mut().map(|several| several.cut(1)),
    })
  }

  /// The same item in memory of its own, where there is any: one that does not leave its queue in the order in which it
  /// came may stay for long after those it came with.
  pub fn apart(self) -> Self {
    if let Self::Piece(piece) = &self { apart(piece).unwrap_or(self) } else { self }
  }
}

fn apart(piece: &Piece) -> Result<Payload, NoCopy> {
  Ok(match piece.kind {
    Kind::Latin1 => Payload::Text(Text::Latin1(copy_of(piece.bytes())?)),
    Kind::Wide => Payload::Text(Text::Utf16(characters(piece.bytes()))),
    Kind::Encoded => Payload::encoded_as(piece.bytes(), Box::default())?,
  })
}

/// Takes in a packet from JavaScript. Nothing is added of one that no writer has written.
pub fn take_in(packet: &[u8], items: &mut Vec<Payload>) -> Result<(), NoCopy> {
  let run = Run::of(packet)?;
  if run.count() > 0 {
    items.push(run.into());
  }
  Ok(())
}

/// Writes the first of these items into memory, as many as fit and can stand in a packet; returns how many they are.
pub fn fill(items: &[Payload], memory: &mut [u8]) -> usize {
  let mut packet = Packet { memory, at: 0, open: Open::None };
  let mut count = 0;
  let mut rest = items;
  while let Some((item, others)) = rest.split_first() {
    let of_item = packet.add(item, others);
    count += of_item;
    if of_item < item.count() {
      break;
    }
    rest = others;
  }
  count
}

/// A packet that is being written.
struct Packet<'a> {
  memory: &'a mut [u8],
  at: usize,
  open: Open,
}

/// The record that was written last, if such an item behind it goes into it, by the place where it begins.
#[derive(Clone, Copy)]
enum Open {
  None,
  Numbers(usize),
  Json(usize),
}

/// So many texts are worth a call of the parser.
const MANY: usize = 4;

/// Of a text of up to so many characters, the engine makes a copy where it is cut from a longer one.
const SHORT: u32 = 12;

impl Packet<'_> {
  /// Writes an item, or the first of several, and returns how many; `others` come behind it.
  fn add(&mut self, item: &Payload, others: &[Payload]) -> usize {
    match item {
      Payload::Run(run) => run.walk(|block, stretch, count| self.stretch(block, stretch, count)),
      _ => self.one(item, others).map_or(0, |()| 1),
    }
  }

  /// `None`, with nothing written, where it must travel alone or has no room.
  fn one(&mut self, item: &Payload, others: &[Payload]) -> Option<()> {
    match item {
      Payload::Undefined => self.plain(Packed::Undefined),
      Payload::Null => self.plain(Packed::Null),
      Payload::Boolean(false) => self.plain(Packed::False),
      Payload::Boolean(true) => self.plain(Packed::True),
      Payload::Number(number) => self.number(*number),
      Payload::Text(Text::Utf16(text)) => self.wide(text.len(), text.iter().map(|character| character.to_le_bytes())),
      Payload::Encoded(encoded) if encoded.things.is_empty() => self.counted(Packed::Encoded, &encoded.bytes),
      Payload::Short(short) => self.counted(Packed::Encoded, short.bytes()),
      Payload::Piece(piece) if piece.kind == Kind::Encoded => self.counted(Packed::Encoded, piece.bytes()),
      Payload::Piece(piece) if piece.kind == Kind::Wide => self.wide_bytes(piece.bytes()),
      Payload::Ranked(_, item) => self.one(item, others),
      _ => text_of(item).and_then(|text| self.text(text, escaped_length(text), are_texts(others))),
    }
  }

  /// Writes as many of these as there is room for, and returns how many.
  fn stretch(&mut self, block: &[u8], stretch: Stretch<'_>, count: usize) -> usize {
    let one = match stretch {
      Stretch::Numbers(kind, bytes) => return self.numbers(kind, bytes).unwrap_or(0),
      Stretch::Texts { kind: Kind::Latin1, lengths, start, end } => return self.texts(lengths, &block[start..end]),
      Stretch::Texts { lengths, start, .. } => {
        let mut from = start;
        let written = lengths.iter().take_while(|&&length| {
          let to = from + u32::from_le_bytes(length) as usize * 2;
          let bytes = &block[from..to];
          from = to;
          self.wide_bytes(bytes).is_some()
        });
        return written.count().min(count);
      }
      Stretch::Encoded { start, end } => self.counted(Packed::Encoded, &block[start..end]),
      Stretch::Plain(kind) => self.plain(kind),
    };
    one.map_or(0, |()| 1)
  }

  /// Room for so many bytes more.
  fn room(&mut self, length: usize) -> Option<&mut [u8]> {
    let start = self.at;
    let room = self.memory.get_mut(start..start.checked_add(length)?)?;
    self.at += length;
    Some(room)
  }

  fn is_left(&self) -> usize {
    self.memory.len() - self.at
  }

  /// Begins a record, and returns its bytes behind the kind.
  fn head(&mut self, kind: Packed, length: usize) -> Option<&mut [u8]> {
    self.open = Open::None;
    let (first, rest) = self.room(length.checked_add(1)?)?.split_first_mut()?;
    *first = kind as u8;
    Some(rest)
  }

  /// Begins a record with a count, and returns its bytes behind that.
  fn counting(&mut self, kind: Packed, count: usize, length: usize) -> Option<&mut [u8]> {
    let (place, rest) = self.head(kind, length.checked_add(HEAD - 1)?)?.split_first_chunk_mut()?;
    *place = u32::try_from(count).ok()?.to_le_bytes();
    Some(rest)
  }

  /// Adds to a count that stands at a place.
  fn add_to(&mut self, at: usize, more: usize) -> Option<()> {
    let count: &mut [u8; 4] = self.memory.get_mut(at..)?.first_chunk_mut()?;
    *count = u32::from_le_bytes(*count).wrapping_add(u32::try_from(more).ok()?).to_le_bytes();
    Some(())
  }

  fn plain(&mut self, kind: Packed) -> Option<()> {
    self.head(kind, 0).map(|_| ())
  }

  fn counted(&mut self, kind: Packed, bytes: &[u8]) -> Option<()> {
    self.counting(kind, bytes.len(), bytes.len())?.copy_from_slice(bytes);
    Some(())
  }

  /// How many bytes stand between a count and numbers of this width: JavaScript reads them where such may lie.
  fn gap(&self, width: usize) -> usize {
    (self.at + HEAD).next_multiple_of(width) - self.at - HEAD
  }

  fn number(&mut self, number: f64) -> Option<()> {
    let bytes = number.to_le_bytes();
    if let Open::Numbers(at) = self.open {
      self.room(bytes.len())?.copy_from_slice(&bytes);
      return self.add_to(at + 1, 1);
    }
    let (at, gap) = (self.at, self.gap(bytes.len()));
    self.counting(Packed::Numbers, 1, gap + bytes.len())?[gap..].copy_from_slice(&bytes);
    self.open = Open::Numbers(at);
    Some(())
  }

  fn numbers(&mut self, kind: Packed, bytes: &[u8]) -> Option<usize> {
    let width = width_of_number(kind)?;
    let gap = self.gap(width);
    let count = (bytes.len() / width).min(self.is_left().checked_sub(HEAD + gap)? / width);
    let bytes = &bytes[..count * width];
    self.counting(kind, count, gap + bytes.len())?[gap..].copy_from_slice(bytes);
    Some(count)
  }

  fn wide_bytes(&mut self, bytes: &[u8]) -> Option<()> {
    self.wide(bytes.len() / 2, bytes.as_chunks().0.iter().copied())
  }

  fn wide(&mut self, length: usize, characters: impl Iterator<Item = [u8; 2]>) -> Option<()> {
    let rest = self.counting(Packed::WideText, length, length.checked_mul(2)?)?;
    for (place, character) in rest.as_chunks_mut().0.iter_mut().zip(characters) {
      *place = character;
    }
    Some(())
  }

  /// Writes the first of these texts, and returns how many.
  fn texts(&mut self, lengths: &[[u8; 4]], all: &[u8]) -> usize {
    let is_of_many = lengths.len() >= MANY;
    if is_of_many && lengths.iter().all(|&length| u32::from_le_bytes(length) <= SHORT) {
      return self.short_texts(lengths, all).unwrap_or(0);
    }
    let is_plain = escaped_length(all) == all.len() + QUOTES;
    let mut rest = all;
    let written = lengths.iter().take_while(|&&length| {
      let Some((text, others)) = rest.split_at_checked(u32::from_le_bytes(length) as usize) else { return false };
      rest = others;
      let length = if is_plain { text.len() + QUOTES } else { escaped_length(text) };
      self.text(text, length, is_of_many).is_some()
    });
    written.count()
  }

  fn short_texts(&mut self, lengths: &[[u8; 4]], all: &[u8]) -> Option<usize> {
    const MOST: usize = size_of::<u32>() + SHORT as usize;
    let gap = self.gap(size_of::<u32>());
    let count = lengths.len().min(self.is_left().checked_sub(HEAD + gap)? / MOST);
    let (lengths, all) = (&lengths[..count], all.get(..length_of(&lengths[..count]))?);
    let rest = self.counting(Packed::Texts, count, gap + size_of_val(lengths) + all.len())?;
    let (first, others) = rest[gap..].split_at_mut(size_of_val(lengths));
    first.copy_from_slice(lengths.as_flattened());
    others.copy_from_slice(all);
    Some(count)
  }

  /// Many texts stand in JSON, where one takes `length` bytes: the engine makes strings of that in one call.
  fn text(&mut self, text: &[u8], length: usize, is_of_many: bool) -> Option<()> {
    if let Open::Json(at) = self.open {
      let comma = self.at - 1;
      write_text(text, self.room(length + 1)?);
      self.memory[comma] = b',';
      self.add_to(at + 1, 1)?;
      return self.add_to(at + HEAD, length + 1);
    }
    if !is_of_many {
      return self.counted(Packed::Text, text);
    }
    let at = self.at;
    // How long the JSON is, and its brackets.
    let rest = self.counting(Packed::Json, 1, size_of::<u32>() + 1 + length + 1)?;
    let (place, json) = rest.split_first_chunk_mut()?;
    *place = u32::try_from(json.len()).ok()?.to_le_bytes();
    json[0] = b'[';
    write_text(text, &mut json[1..]);
    self.open = Open::Json(at);
    Some(())
  }
}

/// The characters of a text that has one byte for each.
fn text_of(item: &Payload) -> Option<&[u8]> {
  match item {
    Payload::Text(Text::Latin1(text)) => Some(text),
    Payload::Piece(piece) if piece.kind == Kind::Latin1 => Some(piece.bytes()),
    _ => None,
  }
}

/// Whether the next of these are such texts: with one before them, many.
fn are_texts(others: &[Payload]) -> bool {
  others.len() >= MANY - 1 && others[..MANY - 1].iter().all(|other| text_of(other).is_some())
}

const QUOTES: usize = 2;

fn is_special(byte: u8) -> bool {
  byte < 0x20 || byte == b'"' || byte == b'\\'
}

/// How long a text is in JSON, with its quotes. A special character is written by its number.
fn escaped_length(text: &[u8]) -> usize {
  let special = text.iter().fold(0, |count, &byte| count + usize::from(is_special(byte)));
  text.len() + 5 * special + QUOTES
}

/// Writes a text in JSON, and the bracket that may follow it, into just as many bytes.
fn write_text(text: &[u8], room: &mut [u8]) {
  let length = room.len() - 1;
  room[0] = b'"';
  if length == text.len() + QUOTES {
    room[1..=text.len()].copy_from_slice(text);
  } else {
    write_escaped(text, &mut room[1..]);
  }
  room[length - 1] = b'"';
  room[length] = b']';
}

#[cold]
fn write_escaped(text: &[u8], room: &mut [u8]) {
  const DIGITS: &[u8; 16] = b"0123456789abcdef";
  let mut at = 0;
  for &byte in text {
    if is_special(byte) {
      let (high, low) = (DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 15)]);
      room[at..at + 6].copy_from_slice(&[b'\\', b'u', b'0', b'0', high, low]);
      at += 6;
    } else {
      room[at] = byte;
      at += 1;
    }
  }
}
