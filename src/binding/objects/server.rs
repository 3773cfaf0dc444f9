//! Servers and clients for JavaScript: `lib/server.ts` and `lib/client.ts` on this side, `core/server.rs` below.
//!
//! Promises that a server which closes takes no more calls.

use super::{
  future::{Asked, FutureObject},
  script::Scripts,
};
use crate::{
  binding::{
    node::js::Value,
    threads::{
      deadlock::{Need, Until},
      march::Marched,
      runner::{Member, Runner, UNSEEN},
      sleep::Sleep,
      task::Task,
      unanswered::{Calls, Unanswered},
    },
    values::{
      outcome::{Answers, Question, ServerOf, Settlement},
      protocol::{Choice, Found, OfScript, Status, Word},
      thing::{Id, Name, Thing, next_id},
    },
    waits::{
      border::Border,
      call::{Fault, JsCall, functions},
      doors::{Entrance, Needs},
      rest::RestWait,
      serve::Serve,
      subject::{Subject, SubjectKind},
      wait::Wait,
    },
  },
  core::{
    bond::Ends,
    client::{Call as ClientCall, Client},
    error::End,
    relay::Relay,
    server::{Server, Taken},
    sync::Mutex,
    ticks::Ticks,
  },
};
use std::{
  collections::BTreeMap,
  sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
  },
  time::Instant,
};

functions! {
  c"serverCreate" => create,
  c"serverTake" => take [takes in_round],
  c"serverEndRound" => end_round,
  c"serverNext" => next [takes],
  c"serverPending" => pending,
  c"clientIsAlone" => is_alone,
  c"serverAdvance" => advance,
  c"serverMarch" => march,
  c"serverMarched" => marched,
  c"serverNow" => now,
  c"serverDue" => due,
  c"serverTurns" => turns,
  c"serverStatistics" => statistics,
  c"serverDelay" => delay [takes],
  c"serverTimeout" => timeout,
  c"serverSettle" => settle,
  c"clientCreate" => create_client,
  c"clientId" => client_id,
  c"clientCall" => call [takes],
  c"requestAnswer" => answer [in_round],
  c"requestFuture" => future [takes in_round],
  c"requestReturn" => give_back,
  c"requestAsker" => asker [in_round],
}

/// A server with its number and its runner.
pub struct ServerObject {
  pub id: Id,
  pub runner: Arc<Runner>,
  /// How many requests of one client count as pending at most; the others wait for room.
  queue_size: usize,
  /// Whether its calls are answered in another process.
  is_passed_on: AtomicBool,
  answers: Arc<Answers>,
  /// The names of clients that have one.
  names: Mutex<BTreeMap<u64, Arc<str>>>,
  pub(super) server: ServerOf,
  pub(super) ticks: Ticks,
  pub(super) scripts: Scripts,
}

impl Thing for ServerObject {
  fn id(&self) -> Id {
    self.id
  }

  fn runner(self: Arc<Self>) -> Option<Arc<dyn Thing>> {
    Some(Arc::clone(&self.runner) as _)
  }

  fn is_sent(&self) {
    self.answers.is_shared.store(true, Ordering::SeqCst);
  }
}

impl ServerObject {
  /// What a thread needs that blocks until then.
  fn answer(&self, until: Until) -> Needs<'static> {
    let (maker, answers) = (Arc::clone(self.runner.maker()), Arc::clone(&self.answers));
    Needs::Answer(Need::Answer { maker, answers, until })
  }

  pub(super) fn pass_on(&self, relay: Relay) {
    self.is_passed_on.store(true, Ordering::Relaxed);
    self.server.pass_on(relay);
  }

  pub(super) fn take_left(&self) -> Vec<u64> {
    self.server.take_left()
  }

  pub(super) fn is_passed_on(&self) -> bool {
    self.is_passed_on.load(Ordering::Relaxed)
  }

  /// Takes back the request whose number is in `Count`, which this thread has just taken.
  pub fn give_back(&self, border: &Border) {
    self.give_back_open(border, border.control.read(Word::Count).cast_unsigned());
  }

  fn give_back_open(&self, border: &Border, number: u32) {
    let request = border.transit.requests.borrow_mut().take(number);
    if let Some(request) = request {
      self.server.give_back(request);
    }
  }

  /// Ends the waits for calls, for answers and for ticks.
  fn end_all(&self, end: End) {
    self.server.end(end);
    self.ticks.end(end);
  }
}

impl Ends for ServerObject {
  fn end(self: Arc<Self>, end: End) {
    self.end_all(end);
    self.scripts.end();
  }
}

impl Member for ServerObject {
  fn close(&self) {
    self.end_all(End::Closed);
  }

  fn waiters(&self) -> usize {
    self.server.pending(usize::MAX) + self.ticks.waiters()
  }

  fn unanswered(&self, task: Id) -> Option<Unanswered> {
    if self.is_passed_on() {
      return None;
    }
    let mut waiting = Calls::default();
    let is_meant = |question: &Question| task == 0 || question.task == task;
    let taken = self.server.unanswered(is_meant, |question| waiting.add(&question.payload));
    let taken = Calls { first: None, count: taken };
    let is_shared = self.answers.is_shared.load(Ordering::SeqCst);
    Some(Unanswered { waiting, taken, times: self.ticks.waiters(), is_shared })
  }
}

/// A client with its number.
pub struct ClientObject {
  pub id: Id,
  pub server: Arc<ServerObject>,
  pub(super) client: Client<Question, Settlement>,
  is_named: bool,
}

impl Drop for ClientObject {
  fn drop(&mut self) {
    if self.is_named {
      self.server.names.lock().remove(&self.client.id());
    }
  }
}

impl Thing for ClientObject {
  fn id(&self) -> Id {
    self.id
  }

  fn runner(self: Arc<Self>) -> Option<Arc<dyn Thing>> {
    Some(Arc::clone(&self.server.runner) as _)
  }

  fn holds_its_runner(&self) -> bool {
    false
  }
}

fn server(call: &JsCall) -> Result<Arc<ServerObject>, Fault> {
  let id = call.id(0)?;
  let handles = call.border.handles.borrow();
  let server = handles.get(id).and_then(|thing| match thing.as_noun::<ClientObject>() {
    Some(client) => Some(Arc::clone(&client.server)),
    None => thing.to_noun(),
  });
  server.ok_or_else(|| Fault::handle(id))
}

/// `serverCreate(runner, queueSize, scriptThreads): handle`
fn create(call: &JsCall) -> Result<Value, Fault> {
  let runner = call.thing::<Runner>(0)?;
  runner.serve();
  let object = Arc::new(ServerObject {
    id: next_id(),
    runner: Arc::clone(&runner),
    queue_size: call.integer(1)? as usize,
    is_passed_on: AtomicBool::new(false),
    answers: Arc::default(),
    names: Mutex::default(),
    server: Server::new(),
    ticks: Ticks::default(),
    scripts: Scripts::new(call.integer(2)? as usize),
  });
  runner.adopt(&object);
  Ok(call.hold(object))
}

/// `serverTake(server, choice)` — a request, its number in `Count`; refused where there is none.
fn take(call: &JsCall) -> Result<Value, Fault> {
  let choice = Choice::from_number(call.integer(1)?).ok_or_else(|| Fault::argument(1))?;
  let object = call.borrowed::<ServerObject>(0)?;
  let round = &call.environment.round;
  if choice == Choice::Next {
    round.end();
  } else {
    round.goes_on(&object.runner);
  }
  if choice == Choice::BeginRound {
    object.server.begin_round();
  }
  let request = if choice == Choice::Next { object.server.try_take() } else { object.server.try_take_in_round() };
  drop(object); // No longer borrowed: what is handed over may be held here.
  Ok(match request {
    Some(request) => call.border.request(Taken::Request(request)),
    None => call.border.status(Status::Refused),
  })
}

/// `serverEndRound()` — this thread answers no more of the round.
#[expect(clippy::unnecessary_wraps, reason = "it stands in the table")]
fn end_round(call: &JsCall) -> Result<Value, Fault> {
  call.environment.round.end();
  Ok(call.undefined())
}

/// `serverNext(server, task | 0, door, timeout)` — waits for a request; done where the task is over.
fn next(call: &JsCall) -> Result<Value, Fault> {
  let object = server(call)?;
  let task = call.optional::<Task>(1)?;
  let wait = Wait::Serve(Serve::new(&object.server, task.as_ref().map(|task| task.future.clone())));
  let needs = task.as_ref().map_or(Needs::Any, Needs::LoopWhileServing);
  call.enter(Entrance { needs, until: task.as_ref(), ..Entrance::to(wait, Some(&object.runner)) }, 2)
}

/// `serverPending(server): number` — requests that wait to be taken, no more than `queueSize` of each client.
fn pending(call: &JsCall) -> Result<Value, Fault> {
  let object = server(call)?;
  let pending = object.server.pending(object.queue_size);
  Ok(call.js.count(pending))
}

/// `clientIsAlone(client): boolean` — whether only this thread, which made the server, could answer a call.
fn is_alone(call: &JsCall) -> Result<Value, Fault> {
  let object = server(call)?;
  let is_of_this = object.runner.was_made_by(&call.environment.thread) && !object.is_passed_on();
  Ok(call.js.boolean(is_of_this && !object.server.has_takers()))
}

/// `serverAdvance(server, until): number` — moves to the earliest time that somebody waits for, up to `until`, and
/// returns it; where there is none, -1, and the time is `until` unless that is infinite.
fn advance(call: &JsCall) -> Result<Value, Fault> {
  let until = call.number(1)?;
  Ok(call.js.number(server(call)?.ticks.advance(until).unwrap_or(-1.0)))
}

/// `serverMarch(server, until, isOne, timeout)` — as a fresh `serverSettle`, and before it rests the loop moves the clock by
/// itself, instant by instant, up to `until`, or to the first of them. Where services come first, there is no order.
fn march(call: &JsCall) -> Result<Value, Fault> {
  let object = server(call)?;
  let (until, is_one, timeout) = (call.number(1)?, call.flag(2)?, call.number(3)?);
  if object.runner.scripts.are_used() {
    return Ok(rest(call, &object.runner, timeout, Some(&|| object.runner.ask_for_turn())));
  }
  let order = || {
    object.runner.march.order(&object.ticks, until, is_one);
    object.runner.ask_for_turn();
  };
  Ok(rest(call, &object.runner, timeout, Some(&order)))
}

/// `serverMarched(server): number` — takes the order back, and returns the instant that the loop has come to last, -1
/// where there was none, -2 where it has not done all. `Count` is 0 where it is not at rest.
fn marched(call: &JsCall) -> Result<Value, Fault> {
  let object = server(call)?;
  let time = match object.runner.march.take_back() {
    Marched::Unfinished => -2.0,
    Marched::Over(reached) => reached.unwrap_or(-1.0),
  };
  call.border.control.write(Word::Count, object.runner.is_at_rest().into());
  Ok(call.js.number(time))
}

/// `serverNow(server | client): number`
fn now(call: &JsCall) -> Result<Value, Fault> {
  Ok(call.js.number(server(call)?.ticks.now()))
}

/// `serverStatistics(server): [taken, answered, waitedForRest]` — the last in milliseconds.
fn statistics(call: &JsCall) -> Result<Value, Fault> {
  let object = server(call)?;
  let (given, waited) =
    (object.answers.given.load(Ordering::Relaxed), object.runner.waited_for_rest.load(Ordering::Relaxed));
  #[expect(clippy::cast_precision_loss, reason = "2^53 calls are never made")]
  let [taken, given, waited] = [object.server.taken(), given, waited].map(|count| count as f64);
  Ok(call.js.array([taken, given, waited / 1e6].map(|number| call.js.number(number)).into_iter()))
}

/// `serverDue(server): number` — the earliest time that somebody waits for, or -1.
fn due(call: &JsCall) -> Result<Value, Fault> {
  Ok(call.js.number(server(call)?.ticks.earliest().unwrap_or(-1.0)))
}

/// `serverTurns(server): number` — how often its loop has come round: a loop that was at rest before and after has done
/// nothing in between unless this has changed. So with its scripts.
fn turns(call: &JsCall) -> Result<Value, Fault> {
  let server = server(call)?;
  let turns = server.runner.thread().map_or(0, |thread| thread.hub.turns());
  Ok(call.js.integer(turns.wrapping_add(server.runner.scripts.wakes())))
}

/// `serverDelay(server | client, time, door, timeout)` — waits until the clock has moved on by so much; where that is
/// negative, until the next whole number. Refused where the clock is in another process; a fault where it would be over
/// later than anybody may wait.
fn delay(call: &JsCall) -> Result<Value, Fault> {
  let object = server(call)?;
  let time = call.number(1)?;
  if time != 0.0 && object.runner.has_cancelled() {
    return Ok(call.border.ended(End::Closed, 0)); // The clock will not be moved any more.
  }
  if object.is_passed_on() {
    return Ok(call.border.status(Status::Refused));
  }
  let wait = if time < 0.0 { object.ticks.wait_for_tick() } else { object.ticks.wait(time) };
  if time > 0.0 && wait.is_too_late() {
    return Err(Fault { code: "ERR_OUT_OF_RANGE", message: "The wait would end after all others.".to_owned() });
  }
  let until = || object.answer(Until::Tick(object.ticks.clone(), wait.at()));
  let needs = if call.blocks(2)? { until() } else { Needs::Any };
  call.enter(Entrance { needs, ..Entrance::to(Wait::Tick(wait), Some(&object.runner)) }, 2)
}

/// The runner of a server, or that of what belongs to one.
fn runner(call: &JsCall) -> Result<Arc<Runner>, Fault> {
  let thing = call.any(0)?;
  let id = thing.id();
  thing.runner().and_then(|runner| runner.to_noun()).ok_or_else(|| Fault::handle(id))
}

/// `serverSettle(server | script, isFresh, timeout)` — blocks until its loop has come to rest; done, with what was `Found` in
/// `Count`. Fresh: the loop comes round first, even where it is known to be at rest.
fn settle(call: &JsCall) -> Result<Value, Fault> {
  let runner = runner(call)?;
  let ask = || runner.ask_for_turn();
  Ok(rest(call, &runner, call.number(2)?, call.flag(1)?.then_some(&ask)))
}

/// Blocks until a loop has come to rest. `ask` tells it what it has to do first.
fn rest(call: &JsCall, runner: &Arc<Runner>, timeout: f64, ask: Option<&dyn Fn()>) -> Value {
  let doorbell = &call.environment.thread.doorbell;
  // A server that finds its loop at rest every time must hear of a Ctrl-C, too.
  if doorbell.was_interrupted() {
    return call.border.status(Status::Interrupted);
  }
  if doorbell.was_asked() {
    return call.border.done(Found::Services as usize);
  }
  if let Some(ask) = ask {
    // There is nothing left to do but to wait for what the loop's tasks do.
    if let Some(failure) = runner.latched(|_| false) {
      return call.border.failed(&failure, runner.id, 0);
    }
    ask();
  } else if runner.is_at_rest() {
    return call.border.done(Found::Rest as usize);
  }
  let start = Instant::now();
  let is_soon_at_rest = runner.is_soon_at_rest(&call.environment.looks.rest, start);
  if UNSEEN.any() {
    // A program that asks again and again blocks as well.
    let subject = Subject { kind: SubjectKind::Thing, runner: runner.id, task: 0, created: 0 };
    call.environment.has_blocked(&[subject], Some(Sleep::Requests), start);
  }
  if is_soon_at_rest {
    runner.count_rest_wait(start);
    return call.border.done(Found::Rest as usize);
  }
  // A loop that blocks rests, so this wait closes no circle.
  let entrance = Entrance::to(Wait::Rest(RestWait::new(runner, start)), Some(runner));
  call.environment.block_for_outcome(entrance, timeout)
}

/// `serverTimeout(server | script): number` — its runner's `callInLoopTimeout`.
fn timeout(call: &JsCall) -> Result<Value, Fault> {
  Ok(call.js.number(runner(call)?.call_in_loop_timeout()))
}

/// `clientCreate(server, name | undefined): handle`
fn create_client(call: &JsCall) -> Result<Value, Fault> {
  let server = server(call)?;
  let name = call.has(1).then(|| call.string(1)).transpose()?;
  let client = server.server.client();
  let is_named = name.is_some();
  if let Some(name) = name {
    server.names.lock().insert(client.id(), name.into());
  }
  let client = Arc::new(ClientObject { id: next_id(), server, client, is_named });
  Ok(call.hold(client))
}

/// `clientId(client): number` — its number among the clients of its server.
fn client_id(call: &JsCall) -> Result<Value, Fault> {
  Ok(call.js.id(call.thing::<ClientObject>(0)?.client.id()))
}

/// `clientCall(client, question, task, door, timeout)` — asks for a task, and waits for the answer. A server that closes and has
/// cancelled its tasks takes no more: nobody would answer what they ask in their cleanup.
fn call(call: &JsCall) -> Result<Value, Fault> {
  let question = Question { payload: call.payload(1)?, task: call.id(2)?, is_of_script: false };
  let object = call.thing::<ClientObject>(0)?;
  let runner = &object.server.runner;
  if runner.has_cancelled() {
    return Ok(call.border.ended(End::Closed, 0));
  }
  let question = ClientCall::new(&object.client, question);
  let answer = || object.server.answer(Until::Settled(question.reply().clone()));
  let needs = if call.blocks(3)? { answer() } else { Needs::Any };
  call.enter(Entrance { needs, ..Entrance::to(Wait::Call(question), Some(runner)) }, 3)
}

/// `requestAnswer(number, value, isError, server)`
fn answer(call: &JsCall) -> Result<Value, Fault> {
  let payload = call.payload(1)?;
  let is_error = call.flag(2)?;
  let round = call.environment.round.mark(&call.borrowed::<ServerObject>(3)?.runner);
  let settlement = Settlement::in_round(is_error, payload, round);
  let request = call.border.transit.requests.borrow_mut().take(call.integer(0)?);
  // Its server may have ended, and with it the wait.
  if request.is_some_and(|request| request.reply.set_result(settlement).is_ok()) {
    call.borrowed::<ServerObject>(3)?.answers.given.fetch_add(1, Ordering::Relaxed);
  }
  Ok(call.undefined())
}

/// `requestAsker(number): number` — the number of the task that has made the call; 0 for none, or where the call is over.
fn asker(call: &JsCall) -> Result<Value, Fault> {
  let number = call.integer(0)?;
  let requests = call.border.transit.requests.borrow();
  Ok(call.js.id(requests.get(number).map_or(0, |request| request.question.task)))
}

/// `requestFuture(number, server): handle` — the reply as a future; the number means nothing any more.
fn future(call: &JsCall) -> Result<Value, Fault> {
  let number = call.integer(0)?;
  let server = call.thing::<ServerObject>(1)?;
  let request = call.border.transit.requests.borrow_mut().take(number).ok_or_else(|| Fault::argument(0))?;
  let (client, Question { payload, task, is_of_script }) = (request.client(), &request.question);
  let opening = payload.opening();
  // While the call is waited for, the task is there.
  let task_name = if *task == 0 { None } else { server.runner.name_of_task(*task) };
  let name = server.names.lock().get(&client).cloned();
  let id = next_id() | u64::from(*is_of_script) << OfScript::Future as u32;
  let is_dropped = AtomicBool::new(false);
  let answers = Arc::clone(&server.answers);
  let asked = Some(Asked { answers, client, name, task: *task, task_name, is_dropped, opening });
  let runner = Some(Arc::clone(&server.runner));
  let object = Arc::new(FutureObject { id, name: Name::new(), future: request.reply, runner, asked });
  Ok(call.hold(object))
}

/// `requestReturn(number, server, isBegun)` — its handling has failed. Where it has no answer yet there was no stack for
/// one: a request that was not begun goes back, any other is cancelled.
fn give_back(call: &JsCall) -> Result<Value, Fault> {
  let number = call.integer(0)?;
  if !call.flag(2)? {
    call.thing::<ServerObject>(1)?.give_back_open(call.border, number);
    return Ok(call.undefined());
  }
  let request = call.border.transit.requests.borrow_mut().take(number);
  if let Some(request) = request {
    request.reply.cancel();
  }
  Ok(call.undefined())
}
