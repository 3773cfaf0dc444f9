//! What comes for a sandboxed script: the answers to its calls, and the times it has waited for.
//!
//! How they are kept, and when the script counts as busy, is told in `pending.rs`.

use super::pending::{self, Pending};
use crate::{
  binding::{threads::runner::Runner, values::outcome::Settlement},
  core::{event::EventOutcome, future::Settled},
};

/// What a wait of a script has ended with.
pub enum Answer {
  Reply(Settled<Settlement>),
  Time(EventOutcome),
}

impl From<Settled<Settlement>> for Answer {
  fn from(settled: Settled<Settlement>) -> Self {
    Self::Reply(settled)
  }
}

impl From<EventOutcome> for Answer {
  fn from(outcome: EventOutcome) -> Self {
    Self::Time(outcome)
  }
}

/// What a script is woken for.
pub type Next = pending::Next<Answer>;

/// One script's inbox.
pub type Inbox = Pending<Answer, Runner>;
