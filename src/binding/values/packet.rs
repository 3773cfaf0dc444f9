//! A packet of several items, as JavaScript has sent it, and the items in it.
//!
//! A packet is a row of records, which `lib/wire/batches/packing.ts` writes: a kind, and what that is followed by. Promises that a
//! packet that was looked at when it came can be gone through from any item; and that an item keeps no more in memory than
//! the packet it came in, which JavaScript keeps short. Knows nothing of the grammar of encoded bytes.

use super::protocol::Packed;
use crate::binding::node::memory::{NoCopy, copy_of};
use std::sync::Arc;

/// A packet. Its bytes are behind one pointer, so that a piece is no larger than any other payload.
type Block = Arc<Box<[u8]>>;

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Kind {
  Latin1,
  /// Two bytes a character, the lower one first.
  Wide,
  /// Written by the codec, without handles.
  Encoded,
}

/// An item that shares its memory with others which came with it.
pub struct Piece {
  block: Block,
  start: u32,
  end: u32,
  pub kind: Kind,
}

impl Piece {
  pub fn bytes(&self) -> &[u8] {
    &self.block[self.start as usize..self.end as usize]
  }
}

/// One item of a packet.
pub enum Single {
  Plain(Packed),
  Number(f64),
  Piece(Piece),
}

/// Several items of a packet, behind each other.
pub struct Run {
  block: Block,
  place: Place,
  count: usize,
}

impl Run {
  /// All items of a packet.
  pub fn of(packet: &[u8]) -> Result<Self, NoCopy> {
    let count = count_of(packet).ok_or(NoCopy::Argument)?;
    Ok(Self { block: Arc::new(copy_of(packet)?), place: Place::default(), count })
  }

  /// How many there are.
  pub fn count(&self) -> usize {
    self.count
  }

  /// The first, if there is one.
  pub fn first(&self) -> Option<Single> {
    self.next_from(&mut { self.place })
  }

  /// The same; goes on to the next.
  pub fn take_first(&mut self) -> Option<Single> {
    let mut place = self.place;
    let first = self.next_from(&mut place)?;
    (self.place, self.count) = (place, self.count - 1);
    Some(first)
  }

  fn next_from(&self, place: &mut Place) -> Option<Single> {
    let (stretch, _) = place.next(&self.block, self.count.min(1))?;
    let piece = |kind, start, end| {
      let (start, end) = (u32::try_from(start).ok()?, u32::try_from(end).ok()?);
      Some(Single::Piece(Piece { block: Arc::clone(&self.block), start, end, kind }))
    };
    match stretch {
      Stretch::Plain(kind) => Some(Single::Plain(kind)),
      Stretch::Numbers(Packed::Ints, bytes) => Some(Single::Number(i32::from_le_bytes(*bytes.first_chunk()?).into())),
      Stretch::Numbers(_, bytes) => Some(Single::Number(f64::from_le_bytes(*bytes.first_chunk()?))),
      Stretch::Encoded { start, end } => piece(Kind::Encoded, start, end),
      Stretch::Texts { kind, start, end, .. } => piece(kind, start, end),
    }
  }

  /// Takes so many off the front, or all there are.
  pub fn cut(&mut self, count: usize) -> Self {
    let count = count.min(self.count);
    let first = Self { block: Arc::clone(&self.block), place: self.place, count };
    self.skip(count);
    first
  }

  /// Goes on by so many.
  pub fn skip(&mut self, count: usize) {
    self.count -= count.min(self.count);
    let mut left = count;
    while left > 0
      && let Some((_, skipped)) = self.place.next(&self.block, left)
    {
      left -= skipped;
    }
  }

  /// The items, as many at a time as stand in one record; with the bytes of the packet. `take` says how many it has taken:
  /// where it has taken fewer, that was all. Returns how many were taken.
  pub fn walk(&self, mut take: impl FnMut(&[u8], Stretch<'_>, usize) -> usize) -> usize {
    let (mut place, mut left) = (self.place, self.count);
    while left > 0
      && let Some((stretch, count)) = place.next(&self.block, left)
    {
      let taken = take(&self.block, stretch, count);
      left -= taken;
      if taken < count {
        break;
      }
    }
    self.count - left
  }
}

/// How many items are in a packet; `None` for one that no writer has written.
fn count_of(packet: &[u8]) -> Option<usize> {
  u32::try_from(packet.len()).ok()?;
  let (mut place, mut count) = (Place::default(), 0);
  while place.record < packet.len() {
    count += place.next(packet, usize::MAX)?.1;
  }
  Some(count)
}

/// Where in a packet an item stands.
#[derive(Clone, Copy, Default)]
struct Place {
  /// Where its record begins.
  record: usize,
  /// How many items of that stand before it.
  before: usize,
  /// Where its characters begin, if it is a text and not the first of its record.
  text: usize,
}

/// Items that stand in one record.
#[derive(Clone, Copy)]
pub enum Stretch<'a> {
  /// One alone.
  Plain(Packed),
  Numbers(Packed, &'a [u8]),
  /// One alone; where its bytes are.
  Encoded {
    start: usize,
    end: usize,
  },
  /// How long each is, and where all their characters are.
  Texts {
    kind: Kind,
    lengths: &'a [[u8; 4]],
    start: usize,
    end: usize,
  },
}

/// A kind, and a count.
pub const HEAD: usize = 5;

/// How many bytes a number takes, where a record is of such.
pub fn width_of_number(kind: Packed) -> Option<usize> {
  match kind {
    Packed::Ints => Some(size_of::<i32>()),
    Packed::Numbers => Some(size_of::<f64>()),
    _ => None,
  }
}

impl Place {
  /// The next items, up to `most`, and how many they are, one at least; goes on to those behind them.
  fn next<'a>(&mut self, packet: &'a [u8], most: usize) -> Option<(Stretch<'a>, usize)> {
    let kind = Packed::of_scratch(*packet.get(self.record)?)?;
    if most == 0 {
      return None;
    }
    match kind {
      Packed::Numbers => self.numbers(packet, kind, most, size_of::<f64>()),
      Packed::Ints => self.numbers(packet, kind, most, size_of::<i32>()),
      Packed::Texts => self.texts(packet, Kind::Latin1, most, 1),
      Packed::WideTexts => self.texts(packet, Kind::Wide, most, 2),
      Packed::Encoded => {
        let start = self.record + HEAD;
        let end = start + self.count(packet)?;
        packet.get(start..end)?;
        self.record = end;
        Some((Stretch::Encoded { start, end }, 1))
      }
      plain => {
        self.record += 1;
        Some((Stretch::Plain(plain), 1))
      }
    }
  }

  fn count(self, packet: &[u8]) -> Option<usize> {
    packet.get(self.record + 1..)?.first_chunk().map(|&count| u32::from_le_bytes(count) as usize)
  }

  /// Goes on by so many items of a record with so many left, which ends at `end` if these were the last.
  fn go_on(&mut self, count: usize, left: usize, end: usize) {
    *self = if count == left {
      Self { record: end, ..Self::default() }
    } else {
      Self { before: self.before + count, text: end, ..*self }
    };
  }

  fn numbers<'a>(&mut self, packet: &'a [u8], kind: Packed, most: usize, width: usize) -> Option<(Stretch<'a>, usize)> {
    let left = self.count(packet)?.checked_sub(self.before)?;
    let count = left.min(most);
    let start = self.record + HEAD + self.before * width;
    let end = start + count * width;
    let bytes = packet.get(start..end)?;
    self.go_on(count, left, end);
    (count > 0).then_some((Stretch::Numbers(kind, bytes), count))
  }

  fn texts<'a>(&mut self, packet: &'a [u8], kind: Kind, most: usize, width: usize) -> Option<(Stretch<'a>, usize)> {
    let left = self.count(packet)?.checked_sub(self.before)?;
    let count = left.min(most);
    let first = self.record + HEAD + self.before * size_of::<u32>();
    let lengths = packet.get(first..first + count * size_of::<u32>())?.as_chunks().0;
    let start = if self.before == 0 { first + left * size_of::<u32>() } else { self.text };
    let end = start + length_of(lengths) * width;
    packet.get(start..end)?;
    self.go_on(count, left, end);
    (count > 0).then_some((Stretch::Texts { kind, lengths, start, end }, count))
  }
}

/// How many characters these are together.
pub fn length_of(lengths: &[[u8; 4]]) -> usize {
  lengths.iter().map(|&length| u32::from_le_bytes(length) as usize).sum()
}
