//! Servers and clients for JavaScript: `lib/server.ts` and `lib/client.ts` on this side, `core/server.rs` below.
//!
//! Promises that a request is known by one number from the moment it is taken until it is answered or becomes a future
//! of its own, and that a server which closes takes no more calls.

use super::future::FutureObject;
use crate::{
  binding::{
    node::js::Value,
    threads::{
      doorbell::Doorbell,
      runner::{Member, Runner},
      task::Task,
    },
    values::{
      outcome::{Completion, RequestOf, ServerOf, Settlement},
      payload::Payload,
      protocol::{Choice, Door, Found, Status, Word},
      thing::{Id, Thing, next_id},
    },
    waits::{
      call::{Call, Fault},
      doors::Entrance,
      rest::RestWait,
      wait::Wait,
    },
  },
  core::{
    bond::Ends,
    client::{Call as ClientCall, Client},
    error::End,
    future::{Future, FutureResult},
    operation::Operation,
    server::{Server, Take, Taken},
    ticks::Ticks,
  },
};
use rustc_hash::FxHashMap;
use std::{collections::hash_map::Entry, sync::Arc};

/// A server with its number and its runner.
pub struct ServerObject {
  pub id: Id,
  pub runner: Arc<Runner>,
  /// How many requests of one client count as pending at most; the others wait for room.
  queue_size: usize,
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
}

impl ServerObject {
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
}

/// Requests that JavaScript of this thread has taken and not answered.
#[derive(Default)]
pub struct Requests {
  open: FxHashMap<u32, RequestOf>,
  last: u32,
}

impl Requests {
  /// Keeps a request, and returns its number.
  pub fn keep(&mut self, request: RequestOf) -> u32 {
    loop {
      self.last = (self.last + 1) & 0x7fff_ffff; // `Word::Count` has a sign.
      if let Entry::Vacant(vacant) = self.open.entry(self.last) {
        vacant.insert(request);
        return self.last;
      }
    }
  }

  /// Their thread has ended: nobody else can answer them.
  pub fn end(&mut self) {
    for request in std::mem::take(&mut self.open).into_values() {
      request.reply.end(End::Died);
    }
  }
}

/// The wait for a request, or for a task that is over.
pub struct Serve {
  server: ServerOf,
  take: Take<Payload, Settlement>,
  until: Option<(Future<Settlement>, FutureResult<Settlement>)>,
}

impl Serve {
  fn new(server: &ServerOf, until: Option<Future<Settlement>>) -> Self {
    let until = until.map(|future| {
      let result = FutureResult::new(&future);
      (future, result)
    });
    Self { server: server.clone(), take: Take::new(server), until }
  }

  /// `take` and `result` begin the two waits, each at the taker this one was given.
  pub fn begin(
    &mut self,
    take: impl FnOnce(&mut Take<Payload, Settlement>) -> Option<Completion>,
    result: impl FnOnce(&mut FutureResult<Settlement>) -> Option<Completion>,
  ) -> Option<Completion> {
    if self.until.as_ref().is_some_and(|(future, _)| future.done()) {
      return Some(Completion::TaskOver);
    }
    if let Some(completion) = take(&mut self.take) {
      return Some(completion);
    }
    let (_, until) = self.until.as_mut()?;
    // The task has ended just now. A request that came in the same moment is with the sleeper already.
    (result(until).is_some() && self.take.withdraw()).then_some(Completion::TaskOver)
  }

  pub fn withdraw(&mut self) -> bool {
    let took_nothing = self.take.withdraw();
    let saw_nothing = self.until.as_mut().is_none_or(|(_, until)| until.withdraw());
    took_nothing && saw_nothing
  }

  /// One of the two has come: the other wait ends. A request that has come as well is what counts.
  pub fn finish(&mut self, first: Completion, doorbell: &Doorbell, ticket: u32) -> Completion {
    self.withdraw();
    let second = doorbell.take(ticket);
    match (first, second) {
      (request @ Completion::Request(_), _) | (_, Some(request @ Completion::Request(_))) => request,
      _ => Completion::TaskOver,
    }
  }

  pub fn server(&self) -> &ServerOf {
    &self.server
  }

  pub fn give_back(&mut self, completion: Completion) {
    if let Completion::Request(taken) = completion {
      self.take.give_back(taken);
    }
  }
}

impl crate::binding::waits::environment::Environment {
  /// Hands over a request that was taken, its number in `Count`, or says that there will be none.
  pub fn request(&self, taken: Taken<Payload, Settlement>) -> Value {
    match taken {
      Taken::Ended(end) => self.ended(end, 0),
      Taken::Request(request) => {
        let value = self.emit(&request.question);
        let number = self.requests.borrow_mut().keep(request);
        self.control.write(Word::Count, number.cast_signed());
        value
      }
    }
  }
}

fn server(call: &Call) -> Result<Arc<ServerObject>, Fault> {
  let thing = call.any(0)?;
  let of_client = thing.as_noun::<ClientObject>().map(|client| Arc::clone(&client.server));
  of_client.or_else(|| thing.to_noun()).ok_or_else(|| Fault::handle(thing.id()))
}

/// `serverCreate(runner, queueSize): handle`
pub fn create(call: &Call) -> Result<Value, Fault> {
  let runner = call.thing::<Runner>(0)?;
  runner.serve();
  let object = Arc::new(ServerObject {
    id: next_id(),
    runner: Arc::clone(&runner),
    queue_size: call.integer(1)? as usize,
    server: Server::new(),
    ticks: Ticks::default(),
  });
  runner.adopt(&object);
  Ok(call.js.id(call.environment.hold(object)))
}

/// `serverTake(server, choice)` — a request, its number in `Count`; refused where there is none.
pub fn take(call: &Call) -> Result<Value, Fault> {
  let object = server(call)?;
  let choice = Choice::from_number(call.integer(1)?).ok_or_else(|| Fault::argument(1))?;
  if choice == Choice::BeginRound {
    object.server.begin_round();
  }
  let request = if choice == Choice::Next { object.server.try_take() } else { object.server.try_take_in_round() };
  Ok(match request {
    Some(request) => call.environment.request(Taken::Request(request)),
    None => call.environment.control.status(call.js, Status::Refused),
  })
}

/// `serverNext(server, task | 0, door, timeout)` — waits for a request; done where the task is over.
pub fn next(call: &Call) -> Result<Value, Fault> {
  let object = server(call)?;
  let until = call.optional::<Task>(1)?.map(|task| task.future.clone());
  let wait = Wait::Serve(Serve::new(&object.server, until));
  let entrance = Entrance { wait, task: None, runner: Some(&object.runner), needs_loop: true };
  Ok(call.environment.enter(entrance, call.door(2)?, call.number(3)?))
}

/// `serverPending(server): number` — requests that wait to be taken, no more than `queueSize` of each client.
pub fn pending(call: &Call) -> Result<Value, Fault> {
  let object = server(call)?;
  let pending = object.server.pending(object.queue_size);
  Ok(call.js.integer(u32::try_from(pending).unwrap_or(u32::MAX)))
}

/// `clientIsAlone(client): boolean` — whether nobody but this thread, which made the server, would answer a call.
pub fn is_alone(call: &Call) -> Result<Value, Fault> {
  let object = server(call)?;
  Ok(call.js.boolean(object.runner.was_made_by(&call.environment.thread) && !object.server.has_takers()))
}

/// `serverTick(server): number` — begins the next tick.
pub fn tick(call: &Call) -> Result<Value, Fault> {
  #[expect(clippy::cast_precision_loss, reason = "nobody lives to see tick 2^53")]
  Ok(call.js.number(server(call)?.ticks.tick() as f64))
}

/// `serverDelay(server | client, ticks, door)` — waits until so many more ticks have begun.
pub fn delay(call: &Call) -> Result<Value, Fault> {
  let object = server(call)?;
  let ticks = call.integer(1)?;
  if ticks > 0 && object.runner.has_cancelled() {
    return Ok(call.environment.ended(End::Closed, 0)); // Nobody begins another.
  }
  let wait = Wait::Tick(object.ticks.wait(u64::from(ticks)));
  let entrance = Entrance { wait, task: None, runner: Some(&object.runner), needs_loop: false };
  Ok(call.environment.enter(entrance, call.door(2)?, f64::INFINITY))
}

/// `serverSettle(server, isFresh, timeout)` — blocks until its loop has come to rest; done, with what was `Found` in
/// `Count`. Fresh: the loop shall come round first, whatever is known of it.
pub fn settle(call: &Call) -> Result<Value, Fault> {
  let object = server(call)?;
  if call.environment.doorbell.was_asked() {
    return Ok(call.environment.done(Found::Services as usize));
  }
  let runner = &object.runner;
  if call.flag(1)? {
    runner.ask_for_turn();
  } else if runner.is_at_rest() {
    return Ok(call.environment.done(Found::Rest as usize));
  }
  if call.environment.sees_rest(runner) {
    return Ok(call.environment.done(Found::Rest as usize));
  }
  let wait = Wait::Rest(RestWait::new(runner));
  let entrance = Entrance { wait, task: None, runner: Some(runner), needs_loop: true };
  Ok(call.environment.enter(entrance, Door::Block, call.number(2)?))
}

/// `serverTimeout(server): number` — its runner's `callInLoopTimeout`.
pub fn timeout(call: &Call) -> Result<Value, Fault> {
  Ok(call.js.number(server(call)?.runner.call_in_loop_timeout()))
}

/// `clientCreate(server): handle`
pub fn create_client(call: &Call) -> Result<Value, Fault> {
  let server = server(call)?;
  let client = server.server.client();
  let client = Arc::new(ClientObject { id: next_id(), server, client });
  Ok(call.js.id(call.environment.hold(client)))
}

/// `clientCall(client, question, door, timeout)` — asks, and waits for the answer. A server that closes and has cancelled
/// its tasks takes no more: what they ask in their cleanup nobody would answer.
pub fn call(call: &Call) -> Result<Value, Fault> {
  let question = call.environment.payload(call.arg(1)).ok_or_else(|| Fault::argument(1))?;
  let object = call.thing::<ClientObject>(0)?;
  let runner = &object.server.runner;
  if runner.has_cancelled() {
    return Ok(call.environment.ended(End::Closed, 0));
  }
  let wait = Wait::Call(ClientCall::new(&object.client, question));
  let entrance = Entrance { wait, task: None, runner: Some(runner), needs_loop: false };
  Ok(call.environment.enter(entrance, call.door(2)?, call.number(3)?))
}

/// `requestAnswer(number, value, isError)`
pub fn answer(call: &Call) -> Result<Value, Fault> {
  let payload = call.environment.payload(call.arg(1)).ok_or_else(|| Fault::argument(1))?;
  let settlement = Settlement { is_error: call.flag(2)?, payload: Arc::new(payload) };
  let request = call.environment.requests.borrow_mut().open.remove(&call.integer(0)?);
  if let Some(request) = request {
    let _ = request.reply.set_result(settlement); // Its server may have ended, and with it the wait.
  }
  Ok(call.undefined())
}

/// `requestFuture(number, server): handle` — the reply as a future; the number means nothing any more.
pub fn future(call: &Call) -> Result<Value, Fault> {
  let number = call.integer(0)?;
  let server = call.thing::<ServerObject>(1)?;
  let request = call.environment.requests.borrow_mut().open.remove(&number).ok_or_else(|| Fault::argument(0))?;
  let runner = Some(Arc::clone(&server.runner));
  let object = Arc::new(FutureObject { id: next_id(), future: request.reply, runner });
  Ok(call.js.id(call.environment.hold(object)))
}
