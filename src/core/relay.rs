//! A server whose calls are passed on, to be answered elsewhere.
//!
//! Promises that the side which passes them on is told, by an event, when nobody waits any more for a call that was taken, and
//! when a client has left. What has happened is looked up then: the event says no more than that something has.

use super::event::Event;

/// What a server tells those who pass its calls on. It is data behind the lock of its server.
pub struct Relay {
  event: Event,
  left: Vec<u64>,
}

impl Relay {
  /// By this event, which is set and never cleared here.
  pub fn new(event: Event) -> Self {
    Self { event, left: Vec::new() }
  }

  /// What is to be set, under no lock.
  pub(super) fn event(&self) -> Event {
    self.event.clone()
  }

  /// A client has left; returns what is to be set.
  pub(super) fn left(&mut self, client: u64) -> Event {
    self.left.push(client);
    self.event.clone()
  }

  pub(super) fn take_left(&mut self) -> Vec<u64> {
    std::mem::take(&mut self.left)
  }
}
