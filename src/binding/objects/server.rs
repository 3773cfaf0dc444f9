//! Servers and clients for JavaScript: `lib/server.ts` and `lib/client.ts` on this side, `core/server.rs` below.
//!
//! Promises that a server which closes takes no more calls.

use super::future::FutureObject;
use crate::{
  binding::{
    node::js::Value,
    threads::{
      deadlock::{Need, Until},
      runner::{Member, Runner},
      task::Task,
    },
    values::{
      outcome::{ServerOf, Settlement},
      payload::Payload,
      protocol::{Choice, Found, Status, Word},
      thing::{Id, Name, Thing, next_id},
    },
    waits::{
      border::Border,
      call::{Fault, JsCall, functions},
      doors::{Entrance, Needs},
      rest::RestWait,
      serve::Serve,
      wait::Wait,
    },
  },
  core::{
    bond::Ends,
    client::{Call as ClientCall, Client},
    error::End,
    server::{Server, Taken},
    ticks::Ticks,
  },
};
use std::sync::{
  Arc,
  atomic::{AtomicBool, Ordering},
};

functions! {
  c"serverCreate" => create,
  c"serverTake" => take,
  c"serverNext" => next,
  c"serverPending" => pending,
  c"clientIsAlone" => is_alone,
  c"serverTick" => tick,
  c"serverDelay" => delay,
  c"serverTimeout" => timeout,
  c"serverSettle" => settle,
  c"clientCreate" => create_client,
  c"clientCall" => call,
  c"requestAnswer" => answer,
  c"requestFuture" => future,
  c"requestReturn" => give_back,
}

/// A server with its number and its runner.
pub struct ServerObject {
  pub id: Id,
  pub runner: Arc<Runner>,
  /// How many requests of one client count as pending at most; the others wait for room.
  queue_size: usize,
  /// Whether other threads than the one that made it may answer calls: they may have it, or the future of an answer.
  is_shared: Arc<AtomicBool>,
  server: ServerOf,
  ticks: Ticks,
}

impl Thing for ServerObject {
  fn id(&self) -> Id {
    self.id
  }

  fn runner(self: Arc<Self>) -> Option<Arc<dyn Thing>> {
    Some(Arc::clone(&self.runner) as _)
  }

  fn is_sent(&self) {
    self.is_shared.store(true, Ordering::SeqCst);
  }
}

impl ServerObject {
  /// What a thread needs that blocks until then.
  fn answer(&self, until: Until) -> Needs<'static> {
    let (maker, is_shared) = (Arc::clone(self.runner.maker()), Arc::clone(&self.is_shared));
    Needs::Answer(Need::Answer { maker, is_shared, until })
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
  }
}

impl Member for ServerObject {
  fn close(&self) {
    self.end_all(End::Closed);
  }

  fn waiters(&self) -> usize {
    self.server.pending(usize::MAX) + self.ticks.waiters()
  }
}

/// A client with its number.
pub struct ClientObject {
  pub id: Id,
  pub server: Arc<ServerObject>,
  client: Client<Payload, Settlement>,
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
  let thing = call.any(0)?;
  let of_client = thing.as_noun::<ClientObject>().map(|client| Arc::clone(&client.server));
  of_client.or_else(|| thing.to_noun()).ok_or_else(|| Fault::handle(thing.id()))
}

/// `serverCreate(runner, queueSize): handle`
fn create(call: &JsCall) -> Result<Value, Fault> {
  let runner = call.thing::<Runner>(0)?;
  runner.serve();
  let object = Arc::new(ServerObject {
    id: next_id(),
    runner: Arc::clone(&runner),
    queue_size: call.integer(1)? as usize,
    is_shared: Arc::default(),
    server: Server::new(),
    ticks: Ticks::default(),
  });
  runner.adopt(&object);
  Ok(call.hold(object))
}

/// `serverTake(server, choice)` — a request, its number in `Count`; refused where there is none.
fn take(call: &JsCall) -> Result<Value, Fault> {
  let object = server(call)?;
  let choice = Choice::from_number(call.integer(1)?).ok_or_else(|| Fault::argument(1))?;
  if choice == Choice::BeginRound {
    object.server.begin_round();
  }
  let request = if choice == Choice::Next { object.server.try_take() } else { object.server.try_take_in_round() };
  Ok(match request {
    Some(request) => call.border.request(Taken::Request(request)),
    None => call.border.status(Status::Refused),
  })
}

/// `serverNext(server, task | 0, door, timeout)` — waits for a request; done where the task is over.
fn next(call: &JsCall) -> Result<Value, Fault> {
  let object = server(call)?;
  let task = call.optional::<Task>(1)?;
  let wait = Wait::Serve(Serve::new(&object.server, task.as_ref().map(|task| task.future.clone())));
  let needs = task.as_ref().map_or(Needs::Any, Needs::LoopWhileServing);
  call.enter(Entrance { needs, ..Entrance::to(wait, Some(&object.runner)) }, 2)
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
  Ok(call.js.boolean(object.runner.was_made_by(&call.environment.thread) && !object.server.has_takers()))
}

/// `serverTick(server): number` — begins the next tick.
fn tick(call: &JsCall) -> Result<Value, Fault> {
  #[expect(clippy::cast_precision_loss, reason = "2^53 ticks are never begun")]
  Ok(call.js.number(server(call)?.ticks.tick() as f64))
}

/// `serverDelay(server | client, ticks, door)` — waits until so many more ticks have begun.
fn delay(call: &JsCall) -> Result<Value, Fault> {
  let object = server(call)?;
  let ticks = call.integer(1)?;
  if ticks > 0 && object.runner.has_cancelled() {
    return Ok(call.border.ended(End::Closed, 0)); // No other tick will begin.
  }
  let wait = Wait::Tick(object.ticks.wait(u64::from(ticks)));
  let due = object.ticks.now() + u64::from(ticks);
  let needs = if call.blocks(2)? { object.answer(Until::Tick(object.ticks.clone(), due)) } else { Needs::Any };
  call.enter_for(Entrance { needs, ..Entrance::to(wait, Some(&object.runner)) }, 2, f64::INFINITY)
}

/// `serverSettle(server, isFresh, timeout)` — blocks until its loop has come to rest; done, with what was `Found` in
/// `Count`. Fresh: the loop comes round first, even where it is known to be at rest.
fn settle(call: &JsCall) -> Result<Value, Fault> {
  let object = server(call)?;
  let doorbell = &call.environment.thread.doorbell;
  // A server that finds its loop at rest every time must hear of a Ctrl-C, too.
  if doorbell.was_interrupted() {
    return Ok(call.border.status(Status::Interrupted));
  }
  if doorbell.was_asked() {
    return Ok(call.border.done(Found::Services as usize));
  }
  let runner = &object.runner;
  if call.flag(1)? {
    runner.ask_for_turn();
  } else if runner.is_at_rest() {
    return Ok(call.border.done(Found::Rest as usize));
  }
  if runner.is_soon_at_rest(&call.environment.looks.rest) {
    return Ok(call.border.done(Found::Rest as usize));
  }
  // A loop that blocks rests, so this wait closes no circle.
  let entrance = Entrance::to(Wait::Rest(RestWait::new(runner)), Some(runner));
  Ok(call.environment.block_for_outcome(entrance, call.number(2)?))
}

/// `serverTimeout(server): number` — its runner's `callInLoopTimeout`.
fn timeout(call: &JsCall) -> Result<Value, Fault> {
  Ok(call.js.number(server(call)?.runner.call_in_loop_timeout()))
}

/// `clientCreate(server): handle`
fn create_client(call: &JsCall) -> Result<Value, Fault> {
  let server = server(call)?;
  let client = server.server.client();
  let client = Arc::new(ClientObject { id: next_id(), server, client });
  Ok(call.hold(client))
}

/// `clientCall(client, question, door, timeout)` — asks, and waits for the answer. A server that closes and has
/// cancelled its tasks takes no more: nobody would answer what they ask in their cleanup.
fn call(call: &JsCall) -> Result<Value, Fault> {
  let question = call.payload(1)?;
  let object = call.thing::<ClientObject>(0)?;
  let runner = &object.server.runner;
  if runner.has_cancelled() {
    return Ok(call.border.ended(End::Closed, 0));
  }
  let question = ClientCall::new(&object.client, question);
  let answer = || object.server.answer(Until::Settled(question.reply().clone()));
  let needs = if call.blocks(2)? { answer() } else { Needs::Any };
  call.enter(Entrance { needs, ..Entrance::to(Wait::Call(question), Some(runner)) }, 2)
}

/// `requestAnswer(number, value, isError)`
fn answer(call: &JsCall) -> Result<Value, Fault> {
  let payload = call.payload(1)?;
  let settlement = Settlement { is_error: call.flag(2)?, payload: Arc::new(payload) };
  let request = call.border.transit.requests.borrow_mut().take(call.integer(0)?);
  if let Some(request) = request {
    let _ = request.reply.set_result(settlement); // Its server may have ended, and with it the wait.
  }
  Ok(call.undefined())
}

/// `requestFuture(number, server): handle` — the reply as a future; the number means nothing any more.
fn future(call: &JsCall) -> Result<Value, Fault> {
  let number = call.integer(0)?;
  let server = call.thing::<ServerObject>(1)?;
  let request = call.border.transit.requests.borrow_mut().take(number).ok_or_else(|| Fault::argument(0))?;
  let (runner, is_shared) = (Some(Arc::clone(&server.runner)), Some(Arc::clone(&server.is_shared)));
  let object = Arc::new(FutureObject { id: next_id(), name: Name::new(), future: request.reply, runner, is_shared });
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
