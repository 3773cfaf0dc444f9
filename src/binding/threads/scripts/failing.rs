//! The errors that the host makes: with which it ends a script, and which a script gets as the answer of a call.

use super::packets::{Field, error};
use crate::{
  core::ticks::LATEST,
  script::{Failure, Limits, Overrun},
};

/// The packet of the error with which a script ends.
pub fn error_of(failure: &Failure, limits: &Limits, name: &str) -> Vec<u8> {
  let place = failure.place.as_deref().unwrap_or("");
  let at = if place.is_empty() { String::new() } else { format!(", in {place}") };
  let (option, allowed, what) = match &failure.overrun {
    Overrun::Turn => ("turnBudget", limits.turn, "steps between two awaits"),
    Overrun::Tick => ("tickBudget", limits.tick, "steps in one tick"),
    Overrun::Time => ("turnTime", milliseconds(limits), "milliseconds between two awaits"),
    Overrun::Memory => ("memoryLimit", limits.memory.into(), "bytes of memory"),
    Overrun::Stack => ("stackLimit", limits.stack.into(), "bytes of stack"),
    Overrun::Engine(why) => {
      let message = format!("The engine of script '{name}' has failed{at}: {why}");
      return error(None, &message, &[("code", Field::Text("ERR_SCRIPT_ENGINE")), ("script", Field::Text(name))]);
    }
  };
  let message = format!("Script '{name}' has used up its {option} of {allowed} {what}{at}.");
  let (class, code) = match &failure.overrun {
    Overrun::Memory | Overrun::Stack => ("ScriptMemoryError", "ERR_SCRIPT_MEMORY"),
    _ => ("ScriptBudgetError", "ERR_SCRIPT_BUDGET"),
  };
  #[expect(clippy::cast_precision_loss, reason = "limits are below 2^53")]
  let mut fields = vec![
    ("code", Field::Text(code)),
    ("script", Field::Text(name)),
    ("limit", Field::Text(option)),
    ("allowed", Field::Number(allowed as f64)),
  ];
  if !place.is_empty() {
    fields.push(("place", Field::Text(place)));
  }
  error(Some(class), &message, &fields)
}

fn milliseconds(limits: &Limits) -> u64 {
  u64::try_from(limits.turn_time.as_millis()).unwrap_or(u64::MAX)
}

/// What a script is told that would wait beyond the end of its server's clock.
pub fn too_late() -> Vec<u8> {
  let message = format!(
    "The \"time\" argument of host.delay is too large: the wait would end after {LATEST}, the latest time on the server's \
     clock that can be waited for."
  );
  error(Some("RangeError"), &message, &[("code", Field::Text("ERR_OUT_OF_RANGE"))])
}

/// What a script is told whose call was cancelled.
pub fn cancelled() -> Vec<u8> {
  let message = "The call was cancelled by the server.";
  error(Some("CancelledError"), message, &[("code", Field::Text("ERR_CANCELLED"))])
}

/// What a script is told whose call was taken by a thread that has ended.
pub fn unanswered(server: &str) -> Vec<u8> {
  let message = format!("A call on server '{server}' will not be answered: the thread that had taken it has ended.");
  error(Some("RunnerDiedError"), &message, &[("code", Field::Text("ERR_RUNNER_DIED"))])
}

/// What a script is told whose call was answered with something that it cannot have.
pub fn stranger() -> Vec<u8> {
  let message = "The answer cannot be given to a sandboxed script: a Queue, an Event, a Future or another object of \
                 threaded-async is in it, and a script has none of those.";
  error(Some("UncloneableError"), message, &[("code", Field::Text("ERR_UNCLONEABLE")), ("path", Field::Text("answer"))])
}
