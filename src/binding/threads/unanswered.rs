//! What scripts of a server wait for that only its program gives: answers to their calls, and times on its clock.
//!
//! Promises to look only where it is asked, for an error or a notice: a call that is answered pays nothing for it. Times are
//! waited for by nobody in particular, so those of all scripts count.

use crate::binding::values::payload::Payload;
use std::fmt::Write;

/// Some calls.
#[derive(Clone, Default)]
pub struct Calls {
  /// The method of the first, where that is known.
  pub first: Option<String>,
  pub count: usize,
}

impl Calls {
  pub fn add(&mut self, call: &Payload) {
    if self.count == 0 {
      self.first = call.opening().method();
    }
    self.count += 1;
  }

  fn words(&self, [one, several]: [&str; 2]) -> String {
    match (&self.first, self.count) {
      (None, 1) => format!("A call {one}"),
      (None, count) => format!("{count} calls {several}"),
      (Some(first), 1) => format!("The call '{first}' {one}"),
      (Some(first), count) => format!("The call '{first}' (and {} more) {one}", count - 1),
    }
  }
}

/// What scripts wait for.
#[derive(Clone)]
pub struct Unanswered {
  /// Calls that wait to be handled.
  pub waiting: Calls,
  /// Calls that were taken.
  pub taken: Calls,
  /// How many waits there are for the clock.
  pub times: usize,
  /// Whether other threads have the server, too, and may handle its calls.
  pub is_shared: bool,
}

impl Unanswered {
  pub fn any(&self) -> bool {
    self.waiting.count + self.taken.count + self.times > 0
  }

  /// The same in words, for an error that is made here; `lib/wait/unanswered.ts` has those for a wait.
  pub fn sentences(&self) -> String {
    let mut text = String::new();
    if self.waiting.count > 0 {
      let by = if self.is_shared {
        "process(), processUntil(), serve() or requests()"
      } else {
        "the thread that made the server, in process(), processUntil() or serve()"
      };
      let _ = write!(text, " {} to be handled by {by}.", self.waiting.words(["waits", "wait"]));
    }
    if self.taken.count > 0 {
      let _ = write!(text, " {} taken and not answered yet.", self.taken.words(["was", "were"]));
    }
    if self.times > 0 {
      let who = if self.times == 1 { "A script waits" } else { "Scripts wait" };
      let _ = write!(text, " {who} for the server's clock, which only tick() and advance() move.");
    }
    text
  }
}
