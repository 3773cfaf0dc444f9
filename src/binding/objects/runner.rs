//! Runners for JavaScript: `lib/runner.ts`, `lib/maker/` and `lib/loop/worker.ts` on this side, `threads/runner.rs`
//! below.

use crate::{
  binding::{
    node::js::Value,
    threads::{
      alarms::Timers,
      births, boots,
      runner::{Manner, NO_EXIT_CODE, Runner},
    },
    values::{outcome::Settlement, protocol::Status, thing::next_id},
    waits::{
      call::{Fault, JsCall, functions},
      doors::Entrance,
      subject::SubjectKind,
      wait::Wait,
    },
  },
  core::{event::EventWait, spin::SpinPolicy},
};
use std::{
  sync::{
    Arc,
    atomic::{AtomicU32, Ordering},
  },
  time::Duration,
};

functions! {
  c"loopAttach" => loop_attach,
  c"loopCancelled" => loop_cancelled,
  c"loopCut" => loop_cut,
  c"loopClosed" => loop_closed,
  c"loopEndIfLetGo" => loop_end_if_let_go,
  c"loopExit" => loop_exit,
  c"runnerCreate" => create,
  c"runnerEmploy" => employ,
  c"runnerWatch" => watch,
  c"runnerCondition" => condition,
  c"runnerClose" => close,
  c"runnerForce" => force,
  c"runnerBegins" => begins,
  c"runnerBegun" => begun,
  c"runnerIsGone" => is_gone,
  c"runnerDied" => died,
  c"runnerForget" => forget,
  c"runnersLetGo" => let_go,
  c"runnerCount" => count,
  c"runnerCause" => cause,
  c"runnerDeathSeen" => death_seen,
  c"runnerIsDebug" => is_debug,
  c"runnerEnded" => ended,
  c"runnerState" => state,
  c"runnerSetTimeouts" => set_timeouts,
  c"runnerName" => name,
  c"runnerAllowsBlocking" => allows_blocking,
  c"runnerHolders" => holders,
  c"runnerLoad" => load,
  c"runnerBurden" => burden,
  c"runnerFullHeap" => full_heap,
  c"runnerBusy" => busy,
}

/// The runner of a handle, or of a number that belongs to a runner this thread has made.
pub(super) fn runner(call: &JsCall) -> Result<Arc<Runner>, Fault> {
  let id = call.id(0)?;
  if let Ok(runner) = call.thing(0) {
    return Ok(runner);
  }
  call.environment.made.find(id).ok_or_else(|| Fault::handle(id))
}

/// `runnerCreate(name): id` — an empty name becomes `runner-1` and so on. It is not held yet, and works from `runnerEmploy`
/// on.
fn create(call: &JsCall) -> Result<Value, Fault> {
  static UNNAMED: AtomicU32 = AtomicU32::new(1);
  let id = next_id();
  let name = call.string(0)?;
  let name = if name.is_empty() { format!("runner-{}", UNNAMED.fetch_add(1, Ordering::Relaxed)) } else { name };
  call.environment.made.add(Runner::new(id, Arc::clone(&call.environment.thread), name));
  Ok(call.js.id(id))
}

/// `runnerEmploy(id, exitTimeout, callInLoopTimeout, allowsBlocking, listens, isDebug, spin, failsFast): handle` — spin is
/// in microseconds, negative for adaptive.
fn employ(call: &JsCall) -> Result<Value, Fault> {
  let runner = runner(call)?;
  runner.set_exit_timeout(call.number(1)?);
  runner.set_call_in_loop_timeout(call.number(2)?);
  let manner = Manner {
    allows_blocking: call.flag(3)?,
    listens: call.flag(4)?,
    is_debug: call.flag(5)?,
    spin: spin_of(call.number(6)?),
    fails_fast: call.flag(7)?,
  };
  runner.employ(manner);
  Ok(call.hold(runner))
}

/// `runnerWatch(id, stuckAfter, isHeard)` — its loop counts as stuck after so many milliseconds; said before `runnerEmploy`.
fn watch(call: &JsCall) -> Result<Value, Fault> {
  let stuck_after = Duration::try_from_secs_f64(call.number(1)? / 1000.0).ok();
  runner(call)?.watch(stuck_after, call.flag(2)?);
  Ok(call.undefined())
}

/// `runnerCondition(runner): [condition, stuckFor, heldFor, blockedBy]` — in milliseconds and in words.
fn condition(call: &JsCall) -> Result<Value, Fault> {
  let runner = runner(call)?;
  let milliseconds = |duration: Duration| call.js.number(duration.as_secs_f64() * 1000.0);
  let blocked_by = runner.thread().map_or("", |thread| thread.doorbell.sleeps_for());
  let condition = call.js.integer(runner.condition() as u32);
  let values = [condition, milliseconds(runner.stuck()), milliseconds(runner.held()), call.js.string(blocked_by)];
  Ok(call.js.array(values.into_iter()))
}

fn spin_of(microseconds: f64) -> SpinPolicy {
  Duration::try_from_secs_f64(microseconds / 1e6).map_or(SpinPolicy::Adaptive, SpinPolicy::Fixed)
}

/// `runnerClose(runner)` — its maker is asked for `Service::Terminate` once that has taken too long.
fn close(call: &JsCall) -> Result<Value, Fault> {
  runner(call)?.close();
  Ok(call.undefined())
}

/// `runnerForce(runner)` — this thread made it, and is about to end its worker.
fn force(call: &JsCall) -> Result<Value, Fault> {
  runner(call)?.forced();
  Ok(call.undefined())
}

/// `runnerBegins()` — a thread is about to be started for a runner. Refused where there is none for timeouts, by which the
/// runner would be ended.
fn begins(call: &JsCall) -> Result<Value, Fault> {
  Timers::shared().map_err(Fault::no_thread)?;
  call.environment.made.before.set(births::mark());
  Ok(call.undefined())
}

/// `runnerBegun(runner, error)` — it has just been. `error` is the cause of its death if nobody can tell another.
fn begun(call: &JsCall) -> Result<Value, Fault> {
  let supposed = Settlement::new(true, call.payload(1)?);
  let runner = runner(call)?;
  runner.born(call.environment.made.before.take(), supposed);
  boots::watch(&runner);
  Ok(call.undefined())
}

/// `runnerIsGone(runner): boolean` — whether the thread that was started for it is gone; false where that is not sure.
fn is_gone(call: &JsCall) -> Result<Value, Fault> {
  let runner = runner(call)?;
  Ok(call.js.boolean(runner.birth().is_over(runner.id)))
}

/// `runnerDied(runner, error, exitCode | -1)` — its worker ended before or without telling; `error` is why. What was
/// told first stands. Deno says so of a worker that it cannot end, too: what its thread does, the close sees.
fn died(call: &JsCall) -> Result<Value, Fault> {
  let payload = call.payload(1)?;
  let runner = runner(call)?;
  if runner.withstands_force() {
    return Ok(call.undefined());
  }
  let cause = Settlement::new(true, payload);
  runner.cause.lock().get_or_insert(cause);
  #[expect(clippy::cast_possible_truncation, reason = "an exit code is a small integer")]
  let code = call.number(2)? as i32;
  if code >= 0 {
    let _ = runner.exit_code.compare_exchange(NO_EXIT_CODE, code, Ordering::SeqCst, Ordering::SeqCst);
  }
  runner.thread_ended();
  Ok(call.undefined())
}

/// `runnerForget(runner)` — its maker has nothing more to do for it.
fn forget(call: &JsCall) -> Result<Value, Fault> {
  call.environment.made.forget(call.id(0)?);
  Ok(call.undefined())
}

/// `runnersLetGo(): number` — tells the runners this thread has made and has no object of any more; how many they are.
fn let_go(call: &JsCall) -> Result<Value, Fault> {
  Ok(call.js.count(call.environment.look_for_let_go()))
}

/// `runnerCount(): number` — of those in the process that have not ended.
fn count(call: &JsCall) -> Result<Value, Fault> {
  Ok(call.js.count(Runner::count()))
}

/// `runnerCause(runner)` — why it died; refused where that is not known.
fn cause(call: &JsCall) -> Result<Value, Fault> {
  Ok(match runner(call)?.cause() {
    Some(cause) => cause.look(|payload| call.border.emit(payload)),
    None => call.border.status(Status::Refused),
  })
}

/// `runnerDeathSeen(runner)` — somebody has been told that its thread has ended by itself.
fn death_seen(call: &JsCall) -> Result<Value, Fault> {
  runner(call)?.death_seen();
  Ok(call.undefined())
}

/// `runnerEnded(runner, door, timeout)` — waits until its thread has ended.
fn ended(call: &JsCall) -> Result<Value, Fault> {
  let wait = Wait::Event(EventWait::new(&runner(call)?.ended));
  call.enter(Entrance { kind: SubjectKind::Apart, ..Entrance::to(wait, None) }, 1)
}

/// `runnerState(runner): [phase, shutdownType, exitCode | -1, exitTimeout, callInLoopTimeout, isUp]`
fn state(call: &JsCall) -> Result<Value, Fault> {
  let runner = runner(call)?;
  let exit_code = runner.exit_code.load(Ordering::SeqCst);
  let numbers = [
    f64::from(runner.phase() as u8),
    f64::from(runner.shutdown_type()),
    if exit_code == NO_EXIT_CODE { -1.0 } else { f64::from(exit_code) },
    runner.exit_timeout(),
    runner.call_in_loop_timeout(),
    f64::from(u8::from(runner.up.is_set())),
  ];
  Ok(call.js.array(numbers.iter().map(|number| call.js.number(*number))))
}

/// `runnerSetTimeouts(runner, exitTimeout, callInLoopTimeout)`
fn set_timeouts(call: &JsCall) -> Result<Value, Fault> {
  let runner = runner(call)?;
  runner.set_exit_timeout(call.number(1)?);
  runner.set_call_in_loop_timeout(call.number(2)?);
  Ok(call.undefined())
}

/// `runnerName(runner): string`
fn name(call: &JsCall) -> Result<Value, Fault> {
  Ok(call.js.string(&runner(call)?.name))
}

/// `runnerIsDebug(runner): boolean`
fn is_debug(call: &JsCall) -> Result<Value, Fault> {
  Ok(call.js.boolean(runner(call)?.manner().is_debug))
}

/// `runnerAllowsBlocking(runner): boolean`
fn allows_blocking(call: &JsCall) -> Result<Value, Fault> {
  Ok(call.js.boolean(runner(call)?.manner().allows_blocking))
}

/// `runnerHolders(runner): string[]` — the tasks that may hold the loop, as far as is known; only one where that is
/// sure.
fn holders(call: &JsCall) -> Result<Value, Fault> {
  Ok(call.js.array(runner(call)?.holders().iter().map(|name| call.js.string(name))))
}

/// `runnerLoad(runner): [tasksQueued, tasksRunning, waiters, bytesQueued, backlog, loopLag]`
fn load(call: &JsCall) -> Result<Value, Fault> {
  let runner = runner(call)?;
  let ((queued, running), (waiters, bytes)) = (runner.tasks(), runner.load());
  let [queued, running, waiters, bytes, backlog] =
    [queued, running, waiters, bytes, runner.backlog()].map(|number| call.js.count(number));
  Ok(call.js.array([queued, running, waiters, bytes, backlog, call.js.number(runner.lag())].into_iter()))
}

/// `runnerBurden(runner): number` — how many tasks it has, and 2^32 more where what it is given would wait behind code that
/// does not come back; -1 where it takes no more work.
fn burden(call: &JsCall) -> Result<Value, Fault> {
  const NEGLECTED: f64 = 4_294_967_296.0;
  let runner = runner(call)?;
  let Some(tasks) = runner.open_tasks() else { return Ok(call.js.number(-1.0)) };
  let tasks = f64::from(u32::try_from(tasks).unwrap_or(u32::MAX));
  Ok(call.js.number(if runner.neglects() { tasks + NEGLECTED } else { tasks }))
}

/// `runnerFullHeap(runner): number` — where its thread has run out of memory, how many megabytes the old generation of its
/// heap might have; else -1.
fn full_heap(call: &JsCall) -> Result<Value, Fault> {
  Ok(call.js.number(runner(call)?.full_heap().unwrap_or(-1.0)))
}

/// `runnerBusy(runner): string[]` — the names of its tasks that have started and not ended.
fn busy(call: &JsCall) -> Result<Value, Fault> {
  Ok(call.js.array(runner(call)?.started().iter().map(|task| call.js.string(&task.name()))))
}

/// `loopAttach(runner, oldGeneration): boolean` — this thread is the runner's loop from now on; false where it has ended
/// meanwhile. The old generation of its heap may have so many megabytes.
fn loop_attach(call: &JsCall) -> Result<Value, Fault> {
  let id = call.id(0)?;
  let runner = Runner::find(id).ok_or_else(|| Fault::handle(id))?;
  call.border.hold(Arc::<Runner>::clone(&runner));
  *call.environment.runner.borrow_mut() = Some(Arc::clone(&runner));
  call.environment.keep_alive_while_needed();
  runner.limit_heap(call.number(1)?);
  let is_up = runner.attach(&call.environment.thread, &call.border.control);
  if is_up {
    runner.be_watched();
  }
  Ok(call.js.boolean(is_up))
}

/// `loopCancelled()` — tasks that were left when `close` came are cancelled.
fn loop_cancelled(call: &JsCall) -> Result<Value, Fault> {
  if let Some(runner) = call.environment.own_runner() {
    runner.cancelled_all();
  }
  Ok(call.undefined())
}

/// `loopCut()` — the waits those tasks were in are cut.
fn loop_cut(call: &JsCall) -> Result<Value, Fault> {
  if let Some(runner) = call.environment.own_runner() {
    runner.cut_all();
  }
  call.environment.has_cut();
  Ok(call.undefined())
}

/// `loopClosed()` — all that `close` asks for is done.
fn loop_closed(call: &JsCall) -> Result<Value, Fault> {
  if let Some(runner) = call.environment.own_runner() {
    runner.closed_in_order();
  }
  Ok(call.undefined())
}

/// `loopEndIfLetGo(): boolean` — the loop has nothing left to do; true where its runner closes for that.
fn loop_end_if_let_go(call: &JsCall) -> Result<Value, Fault> {
  Ok(call.js.boolean(call.environment.end_if_let_go()))
}

/// `loopExit(code)` — the thread ends with this code.
fn loop_exit(call: &JsCall) -> Result<Value, Fault> {
  if let Some(runner) = call.environment.own_runner() {
    #[expect(clippy::cast_possible_truncation, reason = "an exit code is a small integer")]
    runner.exit_code.store(call.number(0)? as i32, Ordering::SeqCst);
  }
  Ok(call.undefined())
}
