//! Items in lines, one line per client, for a server that takes from the lines in turn.
//!
//! Promises that lines are served round robin in the order in which their clients came, that adding and taking an item
//! are a few steps however many clients there are, and that a client which has left costs nothing once its line is empty.
//! It is data behind the lock of its owner.
//!
//! 1. Lines stand in the order of their clients' numbers, none of which is given twice.
//! 2. The bit of a line in `ready` is set while it has items.
//! 3. The first item of a line stands in `first`, so `others` is empty while that is.

use std::{collections::VecDeque, iter};

/// A line whose other items have left room for more than this gives it back.
const ROOM: usize = 16;

/// Most clients have one call at a time, and those of all clients are gone through in turn: so the first item stands in the
/// line itself.
struct Line<T> {
  client: u64,
  first: Option<T>,
  #[expect(clippy::box_collection, reason = "lines that are gone through in turn are to be short")]
  others: Option<Box<VecDeque<T>>>,
  is_gone: bool,
}

impl<T> Line<T> {
  fn of(client: u64) -> Self {
    Self { client, first: None, others: None, is_gone: false }
  }

  fn is_empty(&self) -> bool {
    self.first.is_none()
  }

  fn len(&self) -> usize {
    usize::from(self.first.is_some()) + self.others.as_ref().map_or(0, |others| others.len())
  }

  fn push_back(&mut self, item: T) {
    if self.first.is_none() {
      self.first = Some(item);
    } else {
      self.others.get_or_insert_default().push_back(item);
    }
  }

  fn push_front(&mut self, item: T) {
    if let Some(second) = self.first.replace(item) {
      self.others.get_or_insert_default().push_front(second);
    }
  }

  fn pop(&mut self) -> Option<T> {
    let item = self.first.take();
    if let Some(others) = &mut self.others {
      self.first = others.pop_front();
      self.others.take_if(|others| others.is_empty() && others.capacity() > ROOM); // The memory of a past flood.
    }
    item
  }

  fn remove(&mut self, mut is_it: impl FnMut(&T) -> bool) -> Option<T> {
    if is_it(self.first.as_ref()?) {
      return self.pop();
    }
    let others = self.others.as_mut()?;
    let place = others.iter().position(is_it)?;
    others.remove(place)
  }

  #[cfg(all(feature = "node", not(loom)))]
  fn all(&self) -> impl Iterator<Item = &T> {
    self.first.iter().chain(self.others.iter().flat_map(|others| others.iter()))
  }

  fn drain(&mut self) -> impl Iterator<Item = T> {
    self.first.take().into_iter().chain(self.others.take().into_iter().flat_map(|others| *others))
  }
}

/// Lines of all clients.
pub(crate) struct Lines<T> {
  places: Vec<Line<T>>,
  ready: Bits,
  /// The number of the newest client.
  last: u64,
  /// The number of the client that was served last: the clients behind it are next.
  served: u64,
  gone: usize,
  /// How many may be gone before their lines are removed.
  sweep_at: usize,
}

impl<T> Default for Lines<T> {
  fn default() -> Self {
    Self { places: Vec::new(), ready: Bits::default(), last: 0, served: 0, gone: 0, sweep_at: 64 }
  }
}

impl<T> Lines<T> {
  /// Opens a line for a new client, behind all others.
  pub(crate) fn admit(&mut self) -> u64 {
    self.last += 1;
    self.places.push(Line::of(self.last));
    self.last
  }

  /// The client will bring no more; what it has brought is served.
  pub(crate) fn leave(&mut self, client: u64) {
    if let Ok(index) = self.index_of(client) {
      self.places[index].is_gone = true;
      self.gone += 1;
      if self.gone >= self.sweep_at {
        self.sweep();
      }
    }
  }

  /// Adds an item at the end of its client's line.
  pub(crate) fn push_back(&mut self, client: u64, item: T) {
    let index = self.line_of(client);
    self.places[index].push_back(item);
    self.ready.set(index);
  }

  /// Returns an item to the head of its client's line, whose turn it is again.
  pub(crate) fn push_front(&mut self, client: u64, item: T) {
    let index = self.line_of(client);
    self.places[index].push_front(item);
    self.ready.set(index);
    self.served = client - 1;
  }

  /// Removes an item from wherever it stands in its client's line.
  pub(crate) fn remove(&mut self, client: u64, is_it: impl FnMut(&T) -> bool) -> Option<T> {
    let index = self.index_of(client).ok()?;
    let item = self.places[index].remove(is_it);
    self.close_if_empty(index);
    item
  }

  /// The index of the next line in turn that has items.
  pub(crate) fn next(&self) -> Option<usize> {
    self.ready.first_from(self.turn()).or_else(|| self.ready.first_from(0))
  }

  /// The indices of all lines that have items, in turn. They hold until a client comes or leaves.
  pub(crate) fn round(&self) -> Vec<usize> {
    let from = |start| iter::successors(self.ready.first_from(start), |index| self.ready.first_from(index + 1));
    let turn = self.turn();
    from(turn).chain(from(0).take_while(|index| *index < turn)).collect()
  }

  /// Takes the first item of a line.
  pub(crate) fn pop(&mut self, index: usize) -> Option<T> {
    let item = self.places.get_mut(index)?.pop();
    self.close_if_empty(index);
    item
  }

  /// The number of the client that was served last.
  pub(crate) fn served(&self) -> u64 {
    self.served
  }

  /// Makes the clients behind this one next.
  pub(crate) fn pass(&mut self, client: u64) {
    self.served = client;
  }

  /// Each client that has items, with how many there are.
  pub(crate) fn lengths(&self) -> impl Iterator<Item = (u64, usize)> {
    self.places.iter().filter(|line| !line.is_empty()).map(|line| (line.client, line.len()))
  }

  /// Every item, line by line.
  #[cfg(all(feature = "node", not(loom)))]
  pub(crate) fn all(&self) -> impl Iterator<Item = &T> {
    self.places.iter().flat_map(Line::all)
  }

  /// Takes every item.
  pub(crate) fn drain(&mut self) -> Vec<T> {
    self.ready = Bits::default();
    self.places.iter_mut().flat_map(Line::drain).collect()
  }

  /// How many lines are kept.
  #[cfg(test)]
  pub(super) fn len(&self) -> usize {
    self.places.len()
  }

  /// The index of the first line whose turn it may be.
  fn turn(&self) -> usize {
    self.index_of(self.served).map_or_else(|index| index, |index| index + 1)
  }

  fn close_if_empty(&mut self, index: usize) {
    if self.places[index].is_empty() {
      self.ready.clear(index);
    }
  }

  /// The index of the client's line, or where it would stand.
  fn index_of(&self, client: u64) -> Result<usize, usize> {
    // Numbers rise by one: the place is this one unless a client between has left.
    let guess = self.places.first().and_then(|line| usize::try_from(client.checked_sub(line.client)?).ok());
    match guess.and_then(|guess| self.places.get(guess).filter(|line| line.client == client).and(Some(guess))) {
      Some(index) => Ok(index),
      None => self.places.binary_search_by_key(&client, |line| line.client),
    }
  }

  /// The index of the client's line, which is opened again where the client has left.
  fn line_of(&mut self, client: u64) -> usize {
    self.index_of(client).unwrap_or_else(|index| {
      self.places.insert(index, Line { is_gone: true, ..Line::of(client) });
      self.gone += 1;
      self.mark_ready();
      index
    })
  }

  /// Removes the empty lines of clients that have left. Rare enough to cost nothing per client.
  fn sweep(&mut self) {
    self.places.retain(|line| !line.is_gone || !line.is_empty());
    self.gone = self.places.iter().filter(|line| line.is_gone).count();
    self.sweep_at = self.gone + self.places.len().max(64);
    self.mark_ready();
  }

  fn mark_ready(&mut self) {
    self.ready = Bits::default();
    for (index, line) in self.places.iter().enumerate() {
      if !line.is_empty() {
        self.ready.set(index);
      }
    }
  }
}

/// A set of small numbers that finds its next member fast.
#[derive(Clone, Default)]
struct Bits(Vec<u64>);

impl Bits {
  fn set(&mut self, index: usize) {
    let word = index / 64;
    if word >= self.0.len() {
      self.0.resize(word + 1, 0);
    }
    self.0[word] |= 1 << (index % 64);
  }

  fn clear(&mut self, index: usize) {
    if let Some(word) = self.0.get_mut(index / 64) {
      *word &= !(1 << (index % 64));
    }
  }

  /// The first member that is not smaller.
  fn first_from(&self, index: usize) -> Option<usize> {
    let (start, first) = (index / 64, u64::MAX << (index % 64));
    self.0.iter().enumerate().skip(start).find_map(|(at, word)| {
      let word = if at == start { word & first } else { *word };
      (word != 0).then(|| at * 64 + word.trailing_zeros() as usize)
    })
  }
}
