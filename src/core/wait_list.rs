//! Sleepers in the order they came.
//!
//! Promises that joining, leaving from any place and taking the longest waiting are each a few steps, however many
//! sleep; the places of sleepers that left are used again.
//!
//! 1. A key names one stay of one sleeper: places are reused, keys are not, so a late leave finds no sleeper.

const NONE: u32 = u32::MAX;

/// One sleeper's place in a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Key {
  place: u32,
  stay: u64,
}

#[derive(Debug)]
struct Place<W> {
  sleeper: Option<W>,
  stay: u64,
  before: u32,
  after: u32,
}

/// A queue of sleepers, any of which may leave.
#[derive(Debug)]
pub struct WaitList<W> {
  places: Vec<Place<W>>,
  free: u32,
  front: u32,
  back: u32,
  len: usize,
  stays: u64,
}

impl<W> Default for WaitList<W> {
  fn default() -> Self {
    Self { places: Vec::new(), free: NONE, front: NONE, back: NONE, len: 0, stays: 0 }
  }
}

impl<W> WaitList<W> {
  /// How many sleep here.
  pub fn len(&self) -> usize {
    self.len
  }

  /// Whether no one sleeps here.
  pub fn is_empty(&self) -> bool {
    self.len == 0
  }

  /// Adds a sleeper behind all others.
  pub fn join(&mut self, sleeper: W) -> Key {
    let place = self.vacancy();
    let before = self.back;
    self.stays += 1;
    let entry = &mut self.places[place as usize];
    entry.stay = self.stays;
    entry.sleeper = Some(sleeper);
    entry.before = before;
    entry.after = NONE;
    let key = Key { place, stay: entry.stay };
    self.link_after(before, place);
    self.back = place;
    self.len += 1;
    key
  }

  /// Removes the sleeper of this key, if it still sleeps here.
  pub fn leave(&mut self, key: Key) -> Option<W> {
    let entry = self.places.get_mut(key.place as usize)?;
    if entry.stay != key.stay {
      return None; // Invariant 1.
    }
    let sleeper = entry.sleeper.take()?;
    let (before, after) = (entry.before, entry.after);
    entry.after = self.free;
    self.free = key.place;
    self.link_after(before, after);
    if after == NONE {
      self.back = before;
    } else {
      self.places[after as usize].before = before;
    }
    self.len -= 1;
    if self.len == 0 && self.places.len() > 1024 {
      // Gives the memory of a past crowd back.
      self.places = Vec::new();
      self.free = NONE;
    }
    Some(sleeper)
  }

  /// Removes the sleeper that has waited longest.
  pub fn take_front(&mut self) -> Option<W> {
    self.front_key().and_then(|key| self.leave(key))
  }

  /// The sleeper that has waited longest.
  pub fn front_mut(&mut self) -> Option<&mut W> {
    self.places.get_mut(self.front as usize).and_then(|place| place.sleeper.as_mut())
  }

  /// The key of the sleeper that has waited longest.
  pub fn front_key(&self) -> Option<Key> {
    self.places.get(self.front as usize).map(|place| Key { place: self.front, stay: place.stay })
  }

  fn link_after(&mut self, before: u32, place: u32) {
    if before == NONE {
      self.front = place;
    } else {
      self.places[before as usize].after = place;
    }
  }

  fn vacancy(&mut self) -> u32 {
    if self.free == NONE {
      let place = u32::try_from(self.places.len()).expect("fewer than 2^32 sleepers");
      if place == 0 {
        self.places.reserve_exact(1); // One sleeper is the rule; a vector's own first step has room for four.
      }
      self.places.push(Place { sleeper: None, stay: 0, before: NONE, after: NONE });
      return place;
    }
    let place = self.free;
    self.free = self.places[place as usize].after;
    place
  }
}
