//! Turns for timers and sockets, which a loop whose results are always there already would leave none.
//!
//! Promises that after so many such results the next is handed over in the loop's next turn, and behind it, in order,
//! whatever comes in the meantime; and that one whose thread ends before goes back like any other nobody saw.
//!
//! 1. While it pauses, the wake function hands over nothing, and the immediate that ends the pause is due.

use super::{environment::Environment, tickets::Ticketed};
use crate::{
  binding::{
    node::js::Value,
    threads::js_thread::Entry,
    values::{
      outcome::Completion,
      protocol::{Status, Word},
    },
  },
  core::queue::QueueOutcome,
};

/// So many results that were there already make a turn.
const READY_A_TURN: usize = 1024;

impl Environment {
  /// Counts a result that was there already.
  pub fn was_ready(&self, completion: &Completion) {
    self.count_ready(if let Completion::Queue(QueueOutcome::Items(items)) = completion { items.len() } else { 1 });
  }

  pub fn count_ready(&self, results: usize) {
    self.ready.set(self.ready.get() + results);
  }

  /// Whether the next result that is there already is for the next turn.
  pub fn owes_turn(&self) -> bool {
    self.ready.get() >= READY_A_TURN
  }

  /// Has the loop find a result in its next turn.
  pub fn hand_over_next_turn(&self, ticket: u32, ticketed: Ticketed, mut completion: Completion) -> Value {
    let task = ticketed.task.clone();
    self.tickets.borrow_mut().issue(ticketed);
    // The hub of a running thread takes it. One that would not, leaves it with us.
    if let Err(Entry::Completed(_, refused)) = self.thread.hub.push(Entry::Completed(ticket, completion)) {
      self.tickets.borrow_mut().remove(ticket);
      completion = refused;
      return self.complete(&mut completion, task.as_ref());
    }
    self.keep_alive_while_needed();
    self.control.write(Word::Extra, ticket.cast_signed());
    self.control.status(self.js, if self.pauses.replace(true) { Status::Parked } else { Status::ParkedForTurn })
  }
}
