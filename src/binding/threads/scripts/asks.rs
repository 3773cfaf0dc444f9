//! What a script waits for: its calls, and times on the clock of its server.
//!
//! Promises that what is withdrawn was never asked, as far as it was not taken by then.

use super::inbox::{Answer, Inbox};
use crate::{
  binding::values::outcome::{Question, Settlement},
  core::{
    client::Call,
    operation::Operation,
    ticks::TickWait,
    waiter::{Port, Waiter, port_of},
  },
};
use rustc_hash::FxHashMap;
use std::sync::Arc;

enum Ask {
  Call(Call<Question, Settlement>),
  Time(TickWait),
}

/// All that one script has asked and has no answer to, by its own numbers.
#[derive(Default)]
pub struct Asks(FxHashMap<u32, Ask>);

fn begin<P: Operation>(operation: &mut P, inbox: &Arc<Inbox>, id: u32) -> Option<Answer>
where
  Answer: From<P::Outcome>,
  Inbox: Port<P::Outcome>,
{
  operation.begin(|| Waiter::at_port(port_of(inbox), id)).map(Into::into)
}

impl Asks {
  /// Makes a call. Returns its answer where that is there at once.
  pub fn call(&mut self, id: u32, mut call: Call<Question, Settlement>, inbox: &Arc<Inbox>) -> Option<Answer> {
    let at_once = begin(&mut call, inbox, id);
    if at_once.is_none() {
      self.0.insert(id, Ask::Call(call));
    }
    at_once
  }

  /// Waits for a time. Returns the outcome where that is there at once.
  pub fn wait(&mut self, id: u32, mut wait: TickWait, inbox: &Arc<Inbox>) -> Option<Answer> {
    let at_once = begin(&mut wait, inbox, id);
    if at_once.is_none() {
      self.0.insert(id, Ask::Time(wait));
    }
    at_once
  }

  /// Its answer has come.
  pub fn answered(&mut self, id: u32) {
    self.0.remove(&id);
  }

  /// Whether it waits for anything.
  pub fn any(&self) -> bool {
    !self.0.is_empty()
  }

  /// Withdraws all but its calls.
  pub fn withdraw_times(&mut self) {
    self.0.retain(|_, ask| match ask {
      Ask::Call(_) => true,
      Ask::Time(wait) => {
        wait.withdraw();
        false
      }
    });
  }

  /// Withdraws all.
  pub fn withdraw(&mut self) {
    for (_, mut ask) in self.0.drain() {
      match &mut ask {
        Ask::Call(call) => call.withdraw(),
        Ask::Time(wait) => wait.withdraw(),
      };
    }
  }
}
