//! Failures of tasks, and other things this thread is told of its runners, for JavaScript: `lib/wait/failures.ts` and
//! `lib/maker/` on this side, `threads/failing.rs` below.

use super::runner::runner;
use crate::binding::{
  node::js::Value,
  threads::{
    js_thread::Service,
    runner::{Runner, UNSEEN},
    task::Task,
  },
  values::{
    payload::Payload,
    protocol::{self, Kind, Word},
  },
  waits::{
    call::{Fault, JsCall, functions},
    environment::Told,
  },
};
use std::sync::Arc;

functions! {
  c"runnerFailures" => failures,
  c"reportUnseen" => report_unseen,
  c"unseenFailures" => unseen_failures,
  c"runnerInherit" => inherit,
  c"loopLostFailures" => loop_lost_failures,
  c"hasLostFailures" => has_lost_failures,
  c"failureTake" => failure_take,
  c"failureTold" => failure_told,
  c"serviceTake" => service_take,
}

/// `runnerFailures(runner): (string | Kind)[]` — of each task whose error has not been seen: its name, that of its runner,
/// and what it is. They count as seen now; `failureTake` fetches the errors, by the number in `Extra`.
fn failures(call: &JsCall) -> Result<Value, Fault> {
  Ok(hand_over(call, None, &runner(call)?.take_failures()))
}

/// `reportUnseen()` — `onTaskError` is to be told, by the next service, of every task of this thread's runners whose error nobody
/// has seen. A loop says so just after its task is done, which this thread may have seen by then; it is too late for it where
/// this one ends.
fn report_unseen(call: &JsCall) -> Result<Value, Fault> {
  Runner::report_unseen_of(&call.environment.thread);
  Ok(call.undefined())
}

/// `unseenFailures(): undefined | [runnerName, ...(string | Kind)[]]` — the same of the next runner that this thread has made,
/// without what has failed because the process ends; undefined where there is none left. There are no facts where the end of
/// that runner came first to all of its tasks.
fn unseen_failures(call: &JsCall) -> Result<Value, Fault> {
  let Some((runner, tasks)) = Runner::take_unseen_of(&call.environment.thread) else { return Ok(call.undefined()) };
  Ok(hand_over(call, Some(&runner), &tasks))
}

/// `runnerInherit(runner, ended)` — hands the failures of a runner that has ended to the runner that replaces it.
fn inherit(call: &JsCall) -> Result<Value, Fault> {
  runner(call)?.inherit_of(&call.thing::<Runner>(1)?);
  Ok(call.undefined())
}

/// `loopLostFailures(): (string | Kind)[]` — the failures of this loop's runner, whose errors nobody can see any more, as
/// `runnerFailures` gives them. The end of the thread that runs the program knows of them before they count as seen.
fn loop_lost_failures(call: &JsCall) -> Result<Value, Fault> {
  let Some(runner) = call.environment.own_runner() else { return Ok(hand_over(call, None, &[])) };
  runner.lose_failures();
  Ok(hand_over(call, None, &runner.take_failures()))
}

/// `hasLostFailures(): boolean` — whether the loop of a runner that this thread has made had errors which nobody could see.
fn has_lost_failures(call: &JsCall) -> Result<Value, Fault> {
  Ok(call.js.boolean(call.environment.thread.has_lost_failures()))
}

/// Hands over failures; before them, the name of the runner that has held them, if that is to be said.
fn hand_over(call: &JsCall, runner: Option<&Runner>, tasks: &[Arc<Task>]) -> Value {
  let failures: Vec<_> = tasks.iter().filter_map(|task| Some((task, error_of(call, task)?))).collect();
  offer(call, failures.iter().map(|(_, error)| Arc::clone(error)));
  let js = call.js;
  let facts = failures
    .iter()
    .flat_map(|(task, _)| [js.string(&task.name()), js.string(&task.runner.name), js.integer(task.kind as u32)]);
  let values: Vec<_> = runner.map(|runner| js.string(&runner.name)).into_iter().chain(facts).collect();
  js.array(values.into_iter())
}

/// The error of a failure. That of a dead loop is the number of its runner, which this thread has from now on.
fn error_of(call: &JsCall, task: &Task) -> Option<Arc<Payload>> {
  if task.kind == Kind::Death {
    call.border.hold(Arc::<Runner>::clone(&task.runner));
  }
  task.failure()
}

/// Has these errors fetched by `failureTake`, by the number in `Extra`.
fn offer(call: &JsCall, errors: impl Iterator<Item = Arc<Payload>>) {
  let number = call.border.transit.failures.borrow_mut().open(errors.collect::<Vec<_>>());
  call.border.control.write_count(Word::Extra, number);
}

/// `failureTake(number)` — the next of these errors.
fn failure_take(call: &JsCall) -> Result<Value, Fault> {
  let number = call.integer(0)? as usize;
  let mut failures = call.border.transit.failures.borrow_mut();
  let Some(payload) = failures.next(number) else { return Ok(call.undefined()) };
  let value = call.border.emit(payload);
  failures.has_read(number);
  Ok(value)
}

/// `serviceTake(): undefined | [Service, runner, taskName, ...]` — the error of a failure is fetched by `failureTake`, and
/// the task's number, what it is and its runner's name follow; after that, of an unseen one, what this thread waits for, in
/// words, and the ticket of the wait where it does not block. Of a loop that is stuck: for how many milliseconds, which part of them it has computed (-1 unknown), and then the
/// name and the note of each task that may hold it.
fn service_take(call: &JsCall) -> Result<Value, Fault> {
  let mut services = std::iter::from_fn(|| call.environment.thread.take_service());
  let Some(service) = services.find(|service| !is_of_end(service)) else { return Ok(call.undefined()) };
  let (kind, runner, task) = match &service {
    Service::Stuck(stuck) => (protocol::Service::Stuck, &stuck.runner, None),
    Service::Terminate(runner) => (protocol::Service::Terminate, runner, None),
    Service::Output(runner) => (protocol::Service::Output, runner, None),
    Service::Died(runner, task) => (protocol::Service::Died, runner, task.as_ref()),
    Service::Failure(runner, task) => (protocol::Service::Failure, runner, Some(task)),
    Service::GivenUp(task) => (protocol::Service::GivenUp, &task.runner, Some(task)),
    Service::Printed(runner) => (protocol::Service::Printed, runner, None),
    Service::Ended(task) => (protocol::Service::Ended, &task.runner, Some(task)),
    Service::Unanswered(task) => (protocol::Service::Unanswered, &task.runner, Some(task)),
    Service::Unseen { task, .. } => (protocol::Service::Unseen, &task.runner, Some(task)),
  };
  let id = call.border.hold(Arc::<Runner>::clone(runner));
  let name = task.map_or_else(String::new, |task| task.name());
  let mut values = vec![call.js.integer(kind as u32), call.js.id(id), call.js.string(&name)];
  if let Some(task) = task {
    values.extend([call.js.id(task.id), call.js.integer(task.kind as u32), call.js.string(&task.runner.name)]);
    offer(call, error_of(call, task).into_iter());
  }
  match service {
    Service::Terminate(runner) => runner.force_is_taken_up(),
    Service::Unseen { for_what, ticket, .. } => {
      values.push(call.js.string(for_what));
      values.extend(ticket.map(|ticket| call.js.integer(ticket)));
    }
    // Whoever is told of it has seen it, unless that fails.
    Service::Failure(runner, task) => {
      let was_unseen = task.retrieved();
      call.environment.told.borrow_mut().push(Told { runner, task, was_unseen });
    }
    Service::Stuck(stuck) => {
      values.push(call.js.number(stuck.lasting.as_secs_f64() * 1000.0));
      values.push(call.js.number(stuck.computed.unwrap_or(-1.0)));
      values.extend(stuck.tasks.iter().flat_map(|task| [call.js.string(&task.name()), call.js.string(&task.note)]));
    }
    _ => {}
  }
  Ok(call.js.array(values.into_iter()))
}

/// Whether it tells of what has failed because the process ends: of that nobody need hear.
fn is_of_end(service: &Service) -> bool {
  match service {
    Service::Failure(_, task) | Service::GivenUp(task) | Service::Unseen { task, .. } => {
      UNSEEN.is_of_end(task.failed_at())
    }
    Service::Died(runner, _) => runner.has_died_of_end(),
    Service::Terminate(_)
    | Service::Output(_)
    | Service::Printed(_)
    | Service::Stuck(_)
    | Service::Ended(_)
    | Service::Unanswered(_) => false,
  }
}

/// `failureTold(task, isSeen)` — `onTaskError` has been told of a failure; where it has failed itself, the failure is as
/// unseen as it was.
fn failure_told(call: &JsCall) -> Result<Value, Fault> {
  let (id, is_seen) = (call.id(0)?, call.flag(1)?);
  let mut told = call.environment.told.borrow_mut();
  let index = told.iter().rposition(|told| told.task.id == id).ok_or_else(|| Fault::handle(id))?;
  let Told { runner, task, was_unseen } = told.remove(index);
  drop(told);
  if was_unseen && !is_seen {
    runner.keep_failure(&task);
  }
  Ok(call.undefined())
}
