//! Sleepers in the order they came.
//!
//! Promises that joining, leaving from any place and taking the longest waiting are each a few steps, however many
//! sleep; the places of sleepers that left are used again. A sleeper that is alone needs no memory of its own: it stands
//! in the list itself, so that the thread which serves it finds it on the cache line of the lock.
//!
//! 1. A key names one stay of one sleeper: places are reused, keys are not, so a late leave finds no sleeper.
//! 2. The sleeper in `first` came to an empty list: it has waited longest.

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
#[repr(C)] // What is changed with every wait stands in front.
pub struct WaitList<W> {
  first: Option<Alone<W>>,
  stays: u64,
  others: Option<Box<Others<W>>>,
}

#[derive(Debug)]
struct Alone<W> {
  sleeper: W,
  stay: u64,
}

impl<W> Default for WaitList<W> {
  fn default() -> Self {
    Self { first: None, stays: 0, others: None }
  }
}

impl<W> WaitList<W> {
  /// How many sleep here.
  pub fn len(&self) -> usize {
    usize::from(self.first.is_some()) + self.others.as_ref().map_or(0, |others| others.len)
  }

  /// Whether no one sleeps here.
  #[inline]
  pub fn is_empty(&self) -> bool {
    self.first.is_none() && self.others.as_ref().is_none_or(|others| others.len == 0)
  }

  /// Adds a sleeper behind all others.
  pub fn join(&mut self, sleeper: W) -> Key {
    self.stays += 1;
    let stay = self.stays;
    if self.is_empty() {
      self.first = Some(Alone { sleeper, stay }); // Invariant 2.
      return Key { place: NONE, stay };
    }
    Key { place: self.others.get_or_insert_default().join(sleeper, stay), stay }
  }

  /// Removes the sleeper of this key, if it still sleeps here.
  pub fn leave(&mut self, key: Key) -> Option<W> {
    if key.place != NONE {
      return self.others.as_mut()?.leave(key);
    }
    let first = self.first.take_if(|first| first.stay == key.stay); // Invariant 1.
    first.map(|first| first.sleeper)
  }

  /// Removes the sleeper that has waited longest.
  #[inline]
  pub fn take_front(&mut self) -> Option<W> {
    match self.first.take() {
      Some(first) => Some(first.sleeper),
      None => self.others.as_mut()?.take_front(),
    }
  }

  /// The sleeper that has waited longest.
  pub fn front_mut(&mut self) -> Option<&mut W> {
    match &mut self.first {
      Some(first) => Some(&mut first.sleeper),
      None => self.others.as_mut()?.front_mut(),
    }
  }

  /// The key of the sleeper that has waited longest.
  pub fn front_key(&self) -> Option<Key> {
    match &self.first {
      Some(first) => Some(Key { place: NONE, stay: first.stay }),
      None => self.others.as_ref()?.front_key(),
    }
  }
}

/// Sleepers behind the first, in places of their own.
#[derive(Debug)]
struct Others<W> {
  places: Vec<Place<W>>,
  free: u32,
  front: u32,
  back: u32,
  len: usize,
}

impl<W> Default for Others<W> {
  fn default() -> Self {
    Self { places: Vec::new(), free: NONE, front: NONE, back: NONE, len: 0 }
  }
}

impl<W> Others<W> {
  fn join(&mut self, sleeper: W, stay: u64) -> u32 {
    let place = self.vacancy();
    let before = self.back;
    self.places[place as usize] = Place { sleeper: Some(sleeper), stay, before, after: NONE };
    self.link_after(before, place);
    self.back = place;
    self.len += 1;
    place
  }

  fn leave(&mut self, key: Key) -> Option<W> {
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

  fn take_front(&mut self) -> Option<W> {
    self.front_key().and_then(|key| self.leave(key))
  }

  fn front_mut(&mut self) -> Option<&mut W> {
    self.places.get_mut(self.front as usize).and_then(|place| place.sleeper.as_mut())
  }

  fn front_key(&self) -> Option<Key> {
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
      self.places.push(Place { sleeper: None, stay: 0, before: NONE, after: NONE });
      return place;
    }
    let place = self.free;
    self.free = self.places[place as usize].after;
    place
  }
}
