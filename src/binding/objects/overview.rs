//! All loops, queues and threads of the process at a glance, for those who look on: `lib/top/` on this side.
//!
//! Promises to hold nothing of what is looked at once a look has ended, and to ask no loop for anything.

use super::queue::QueueObject;
use crate::binding::{
  node::js::Value,
  threads::{js_thread, runner::Runner},
  waits::call::{Fault, JsCall, functions},
};

functions! {
  c"overviewLoops" => loops,
  c"overviewQueues" => queues,
  c"overviewThreads" => threads,
}

/// `overviewLoops(): [name, condition, tasksQueued, tasksRunning, waiters, bytesQueued, backlog, loopLag, stuckFor,
/// blockedBy, heldBy][]` — of each runner that a program has made and that has not ended; as in its statistics.
fn loops(call: &JsCall) -> Result<Value, Fault> {
  let js = call.js;
  let all = Runner::all();
  let rows = all.iter().filter(|runner| runner.is_employed()).map(|runner| {
    let ((queued, running), (waiters, bytes)) = (runner.tasks(), runner.load());
    let blocked_by = runner.thread().map_or("", |thread| thread.doorbell.sleeps_for());
    let condition = js.integer(runner.condition() as u32);
    let [queued, running, waiters, bytes, backlog] =
      [queued, running, waiters, bytes, runner.backlog()].map(|number| js.count(number));
    let (lag, stuck) = (js.number(runner.lag()), js.number(runner.stuck().as_secs_f64() * 1000.0));
    let held_by = js.string(&runner.holders().join(", "));
    let name = js.string(&runner.name);
    let row = [name, condition, queued, running, waiters, bytes, backlog, lag, stuck, js.string(blocked_by), held_by];
    js.array(row.into_iter())
  });
  Ok(js.array(rows.collect::<Vec<_>>().into_iter()))
}

/// `overviewQueues(): [name, runnerName, size, maxsize, getters, putters][]` — '' for none, 0 for no limit; those that
/// were shut down and hold nothing are left out.
fn queues(call: &JsCall) -> Result<Value, Fault> {
  let js = call.js;
  let rows = QueueObject::all().into_iter().filter_map(|object| {
    let statistics = object.queue.statistics();
    if statistics.end.is_some() && statistics.size == 0 {
      return None;
    }
    let maxsize = if statistics.maxsize == usize::MAX { 0 } else { statistics.maxsize };
    let name = js.string(object.name.get().map_or("", |name| name));
    let runner = js.string(object.runner.as_ref().map_or("", |runner| &runner.name));
    let numbers = [statistics.size, maxsize, statistics.getters, statistics.putters].map(|number| js.count(number));
    Some(js.array([name, runner].into_iter().chain(numbers).collect::<Vec<_>>().into_iter()))
  });
  Ok(js.array(rows.collect::<Vec<_>>().into_iter()))
}

/// `overviewThreads(): [name, blockedBy][]` — of each JavaScript thread but this, and what it blocks for, '' for nothing.
fn threads(call: &JsCall) -> Result<Value, Fault> {
  let js = call.js;
  let own = call.environment.thread.number();
  let rows = js_thread::all().into_iter().filter(|thread| thread.number() != own).map(|thread| {
    let blocked_by = if thread.doorbell.sleeps() { thread.doorbell.sleeps_for() } else { "" };
    js.array([js.string(&thread.name()), js.string(blocked_by)].into_iter())
  });
  Ok(js.array(rows.collect::<Vec<_>>().into_iter()))
}
