//! A thread's own doings for JavaScript: `lib/wait/hub.ts` and `lib/wait/interrupt.ts` on this side, `waits/` below.

use super::{queue::QueueObject, server::ServerObject};
use crate::binding::{
  node::js::{self, Value},
  threads::{deadlock, doorbell, runner::UNSEEN, signal},
  values::protocol::Status,
  waits::{
    call::{Fault, JsCall, functions},
    doors::Entrance,
    wait::Wait,
  },
};

functions! {
  c"waitSleep" => sleep,
  c"waitAbandon" => abandon [takes],
  c"waitSweep" => sweep,
  c"waitResume" => resume,
  c"waitReturn" => give_back,
  c"handlesLetGo" => let_go,
  c"stackAt" => stack_at,
  c"interruptListen" => interrupt_listen,
  c"interruptHeard" => interrupt_heard,
  c"interruptAll" => interrupt_all,
  c"loopStir" => stir,
  c"loopTurn" => turn,
  c"bellCount" => bells,
  c"blockedCount" => blocked,
  c"keptCount" => kept,
}

/// `waitSleep(timeout)` — a ticket that expires after so many milliseconds.
fn sleep(call: &JsCall) -> Result<Value, Fault> {
  call.environment.await_outcome(Entrance::to(Wait::Sleep, None), call.number(0)?)
}

/// `waitAbandon(ticket): boolean` — false where its outcome is on the way. JavaScript then has to settle the promise of the
/// wait, which needs stack: where there is too little, this throws, and the wait goes on.
fn abandon(call: &JsCall) -> Result<Value, Fault> {
  Ok(call.js.boolean(call.environment.abandon(call.integer(0)?)))
}

/// `waitSweep()` — gives up the wait that nobody has claimed, as every other call does before anything else.
fn sweep(call: &JsCall) -> Result<Value, Fault> {
  Ok(call.undefined())
}

/// `waitResume(ticket)` — goes on with a blocking wait.
fn resume(call: &JsCall) -> Result<Value, Fault> {
  Ok(call.environment.resume(call.integer(0)?))
}

/// `waitReturn(id | 0, value, status)` — -1 is the queue whose item was the last of several things to happen. What the last call has taken from a queue or a server, with this value and this
/// status, could not be read: it goes back.
fn give_back(call: &JsCall) -> Result<Value, Fault> {
  let border = call.border;
  let (value, Some(status)) = (call.arg(1), Status::of_result(call.integer(2)?)) else { return Ok(call.undefined()) };
  let id = if call.number(0)? < 0.0 { border.chosen_from.get() } else { call.id(0)? };
  if let Some(thing) = border.thing(id) {
    if let Some(object) = thing.as_noun::<QueueObject>() {
      object.give_back(border, value, status);
    } else if let Some(object) = thing.as_noun::<ServerObject>() {
      object.give_back(border);
    }
  }
  border.let_go(value, status);
  Ok(call.undefined())
}

/// `handlesLetGo(value, status)` — what has come with this value and this status cannot be read.
fn let_go(call: &JsCall) -> Result<Value, Fault> {
  if let Some(status) = Status::of_result(call.integer(1)?) {
    call.border.let_go(call.arg(0), status);
  }
  Ok(call.undefined())
}

/// `stackAt(): number` — how far the stack has come: a lower number the deeper it is.
fn stack_at(call: &JsCall) -> Result<Value, Fault> {
  let mark = 0u8;
  #[expect(clippy::cast_precision_loss, reason = "addresses have 48 bits")]
  Ok(call.js.number((&raw const mark).addr() as f64))
}

/// `loopStir()` — has the loop look at what it was told, once it comes round.
fn stir(call: &JsCall) -> Result<Value, Fault> {
  call.environment.thread.hub.wake();
  Ok(call.undefined())
}

/// `interruptAll()` — the process is about to end.
fn interrupt_all(call: &JsCall) -> Result<Value, Fault> {
  UNSEEN.process_ends();
  doorbell::interrupt_all();
  Ok(call.undefined())
}

/// `interruptListen()` — JavaScript listens for Ctrl-C on this thread.
fn interrupt_listen(call: &JsCall) -> Result<Value, Fault> {
  signal::listen(&call.environment.thread.doorbell);
  Ok(call.undefined())
}

/// `interruptHeard()` — a listener runs: the signal need not end a wait any more.
fn interrupt_heard(call: &JsCall) -> Result<Value, Fault> {
  call.environment.thread.doorbell.hears();
  Ok(call.undefined())
}

/// `bellCount(): number` — of the threads in the process that have loaded this.
fn bells(call: &JsCall) -> Result<Value, Fault> {
  Ok(call.js.count(doorbell::count()))
}

/// `blockedCount(): number` — of waits in the process that a circle could close over.
fn blocked(call: &JsCall) -> Result<Value, Fault> {
  Ok(call.js.count(deadlock::count()))
}

/// `keptCount(): number` — of values in the process that this side keeps from being collected.
fn kept(call: &JsCall) -> Result<Value, Fault> {
  Ok(call.js.count(js::kept()))
}

/// `loopTurn()` — the loop has come round, and timers and sockets with it.
fn turn(call: &JsCall) -> Result<Value, Fault> {
  call.environment.turns.begin();
  call.environment.thread.hub.wake();
  Ok(call.undefined())
}
