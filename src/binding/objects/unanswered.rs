//! What scripts wait for that only their server's program gives, as errors and notices tell it: `lib/wait/unanswered.ts` on
//! this side, `threads/unanswered.rs` below.

use super::future::FutureObject;
use crate::binding::{
  node::js::Value,
  threads::{
    runner::Runner,
    task::Task,
    unanswered::{Calls, Unanswered},
  },
  values::thing::Id,
  waits::call::{Fault, JsCall, functions},
};
use std::sync::Arc;

functions! {
  c"unanswered" => unanswered,
  c"taskUnanswered" => at_end,
  c"loopTaskUnanswered" => own_at_end,
}

/// `unanswered(handle): undefined | [waitingMethod, waiting, takenMethod, taken, times, isHere, isShared]` — what scripts wait
/// for, of the server on whose runner a thing depends; of what has no runner, of a server that this thread has made. Of a
/// task, its own calls alone, where there are any. A method is undefined where it is not known.
fn unanswered(call: &JsCall) -> Result<Value, Fault> {
  let thing = call.any(0)?;
  let task = thing.as_noun::<Task>().map_or(0, |task| task.id);
  let runners = match thing.runner() {
    Some(runner) => runner.to_noun::<Runner>().into_iter().collect(),
    None => Runner::all().into_iter().filter(|runner| runner.was_made_by(&call.environment.thread)).collect::<Vec<_>>(),
  };
  let found = runners.iter().find_map(|runner| {
    let mut found = runner.unanswered(task)?;
    name_taken(call, runner, task, &mut found);
    Some(facts(call, runner, &found))
  });
  Ok(found.unwrap_or_else(|| call.undefined()))
}

/// Looks among the futures of this thread, in which most answers are that are kept for later.
fn name_taken(call: &JsCall, runner: &Runner, task: Id, found: &mut Unanswered) {
  if found.taken.count == 0 {
    return;
  }
  let handles = call.border.handles.borrow();
  let futures = handles.things().filter_map(|thing| thing.as_noun::<FutureObject>());
  let is_of = |future: &&FutureObject| future.runner.as_ref().is_some_and(|of| of.id == runner.id);
  let mut kept: Vec<_> = futures.filter(is_of).filter(|future| future.future.waiters() > 0).collect();
  kept.sort_unstable_by_key(|future| future.id);
  let asked = || kept.iter().filter_map(|future| future.asked.as_ref());
  let mut own = asked().filter(|asked| task != 0 && asked.task == task);
  if let Some(first) = own.next() {
    found.taken = Calls { first: first.opening.method(), count: 1 + own.count() };
    found.times = 0;
  } else {
    found.taken.first = asked().next().and_then(|asked| asked.opening.method());
  }
}

fn facts(call: &JsCall, runner: &Runner, found: &Unanswered) -> Value {
  let js = call.js;
  let method = |calls: &Calls| calls.first.as_ref().map_or_else(|| call.undefined(), |name| js.string(name));
  let is_here = runner.was_made_by(&call.environment.thread);
  let Unanswered { waiting, taken, times, is_shared } = found;
  let (waiting_method, taken_method) = (method(waiting), method(taken));
  let [waiting, taken, times] = [waiting.count, taken.count, *times].map(|count| js.count(count));
  let flags = [is_here, *is_shared].map(|flag| js.boolean(flag));
  js.array([waiting_method, waiting, taken_method, taken, times, flags[0], flags[1]].into_iter())
}

/// `taskUnanswered(task)` — as `unanswered`, of a task that was cancelled because its time was over, at that moment.
fn at_end(call: &JsCall) -> Result<Value, Fault> {
  Ok(facts_at_end(call, Some(call.thing::<Task>(0)?)))
}

/// `loopTaskUnanswered(id)` — the same of a task of this thread's own loop.
fn own_at_end(call: &JsCall) -> Result<Value, Fault> {
  let id = call.id(0)?;
  Ok(facts_at_end(call, call.environment.own_runner().and_then(|runner| runner.task(id))))
}

fn facts_at_end(call: &JsCall, task: Option<Arc<Task>>) -> Value {
  let found = task.and_then(|task| Some((task.unanswered()?, task)));
  found.map_or_else(|| call.undefined(), |(found, task)| facts(call, &task.runner, &found))
}
