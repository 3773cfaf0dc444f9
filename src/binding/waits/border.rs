//! What one thread hands to its JavaScript, and takes from it.
//!
//! Promises that each hand-over sets the status that goes with the value it returns, and that a thing whose handle is
//! handed over is held until JavaScript has made its object.

use super::transit::Transit;
use crate::{
  binding::{
    node::{
      js::{Js, Value},
      memory::NoCopy,
    },
    threads::task::Task,
    values::{
      batch::first_of,
      control::Control,
      handles::Handles,
      outcome::{Completion, TakenOf},
      payload::Payload,
      protocol::{self, Message, Status, Word},
      thing::{Id, Thing},
      weak::WeakTable,
    },
  },
  core::{error::End, future::Settled, queue::QueueOutcome, server::Taken},
};
use napi::sys;
use std::{
  cell::{Cell, RefCell},
  sync::Arc,
};

/// One thread's border.
pub struct Border {
  pub js: Js,
  pub control: Control,
  pub handles: RefCell<Handles>,
  pub weak: RefCell<WeakTable>,
  pub transit: Transit,
  /// The priority of the last item that had one.
  pub priority: Cell<f64>,
  /// The queue whose item was the last of several things to happen; 0 where that was something else.
  pub chosen_from: Cell<Id>,
  listeners: Cell<Option<Listeners>>,
}

/// The functions that `lib/wait/hub.ts` has given.
#[derive(Clone, Copy)]
struct Listeners {
  /// `deliver(ticket, value)`
  deliver: sys::napi_ref,
  /// `deliverAll(ticket, value, ticket, value, …)`
  deliver_all: sys::napi_ref,
  /// `tell(message, id, source, value)`
  tell: sys::napi_ref,
  /// `lookUp()`
  look_up: sys::napi_ref,
  /// `nothing()`
  nothing: sys::napi_ref,
}

impl Border {
  pub fn new(js: Js, control: Control) -> Self {
    Self {
      js,
      control,
      handles: RefCell::default(),
      weak: RefCell::default(),
      transit: Transit::default(),
      priority: Cell::new(0.0),
      chosen_from: Cell::new(0),
      listeners: Cell::new(None),
    }
  }

  /// False once the environment has begun to end.
  pub fn is_alive(&self) -> bool {
    self.control.is_alive(self.js)
  }

  pub fn thing(&self, id: Id) -> Option<Arc<dyn Thing>> {
    self.handles.borrow().get(id).cloned()
  }

  /// Holds a thing for JavaScript, and returns its number.
  pub fn hold(&self, thing: Arc<dyn Thing>) -> Id {
    self.handles.borrow_mut().hold(self.js, thing)
  }

  /// The value a call was given.
  pub fn payload(&self, value: Value) -> Result<Payload, NoCopy> {
    self.control.payload(self.js, value, |id| self.thing(id).inspect(|thing| thing.is_sent()))
  }

  /// What was handed over last, as it was; `value` is what came with the status. `None` where it was not an item, or
  /// there is no memory for it.
  pub fn take_back(&self, value: Value, status: Status) -> Option<Payload> {
    self.control.take_back(self.js, value, status, |id| self.thing(id))
  }

  /// What was handed over last will not be read: the handles in it, where no object was made for them, are let go of.
  /// Where one value is read within another, the other may still make it.
  pub fn let_go(&self, value: Value, status: Status) {
    if self.control.read(Word::Reading) == 0 {
      let ids = self.control.arrived_handles(self.js, value, status);
      let things = self.handles.borrow_mut().let_go(&ids);
      drop(things); // No longer borrowed: a thing may hold the last of a runner.
    }
  }

  /// Hands over a payload: of several items, the first.
  pub fn emit(&self, payload: &Payload) -> Value {
    self.control.write(Word::IsError, 0);
    match payload {
      Payload::Ranked(priority, _) => self.priority.set(*priority),
      Payload::Run(run) => return self.emit(&first_of(run)),
      _ => {}
    }
    self.control.emit(self.js, payload, |thing| {
      self.hold(Arc::clone(thing));
    })
  }

  /// Hands over the first of these payloads, or several in one packet; says how many.
  pub fn emit_several(&self, payloads: &[Payload]) -> (Value, usize) {
    match (self.control.emit_several(payloads), payloads.first()) {
      (0, Some(first)) => (self.emit(first), 1),
      (count, _) => (self.js.undefined(), count),
    }
  }

  /// Hands over what a wait ended with.
  pub fn complete(&self, completion: &mut Completion, task: Option<&Arc<Task>>) -> Value {
    match completion {
      Completion::Queue(QueueOutcome::Item(payload)) => self.emit(payload),
      Completion::Queue(QueueOutcome::Items(items)) => self.batch(std::mem::take(items)),
      Completion::Queue(QueueOutcome::Put(count)) => self.done(*count),
      Completion::Queue(QueueOutcome::Joined) | Completion::Event(Ok(())) | Completion::TaskOver => self.done(0),
      Completion::Queue(QueueOutcome::Ended { end, put, .. }) => self.ended(*end, *put),
      Completion::Event(Err(end)) | Completion::Future(Settled::Ended(end)) => self.ended(*end, 0),
      Completion::Future(Settled::Cancelled) => self.status(Status::Cancelled),
      Completion::Future(Settled::Value(settlement)) => {
        let value = settlement.look(|payload| self.emit(payload));
        self.control.write(Word::IsError, settlement.is_error().into());
        if settlement.is_error()
          && let Some(task) = task
        {
          task.retrieved();
        }
        value
      }
      Completion::Chosen(chosen) => {
        let value = self.complete(&mut chosen.completion, task);
        if self.control.read(Word::Status) == Status::Done as i32 {
          self.control.write(Word::Status, Status::Value as i32); // Its value is undefined.
          self.control.write(Word::IsError, 0);
        }
        self.control.write(Word::Count, chosen.index.cast_signed());
        self.chosen_from.set(chosen.from);
        value
      }
      Completion::Branch(_) => unreachable!("the wait was asked what came of it"),
      // Taken out: a request is handed over once.
      Completion::Request(taken) => self.request(std::mem::replace(taken, Taken::Ended(End::Died))),
    }
  }

  /// Hands over a request that was taken, its number in `Count`, or says that there will be none.
  pub fn request(&self, taken: TakenOf) -> Value {
    match taken {
      Taken::Ended(end) => self.ended(end, 0),
      Taken::Request(request) => {
        let value = self.emit(&request.question.payload);
        let number = self.transit.requests.borrow_mut().keep(request);
        self.control.write(Word::Count, number.cast_signed());
        value
      }
    }
  }

  /// Hands over items, which are fetched from the batch whose number is in `Extra`.
  pub fn batch(&self, items: Vec<Payload>) -> Value {
    self.control.write_count(Word::Count, items.iter().map(Payload::count).sum());
    let number = self.transit.incoming.borrow_mut().open(items);
    self.control.write_count(Word::Extra, number);
    self.status(Status::Batch)
  }

  pub fn done(&self, count: usize) -> Value {
    self.control.write_count(Word::Count, count);
    self.status(Status::Done)
  }

  pub fn ended(&self, end: End, put: usize) -> Value {
    self.control.write(Word::Extra, protocol::End::from(end) as i32);
    self.control.write_count(Word::Count, put);
    self.status(Status::Ended)
  }

  /// Says that a wait has ended without an outcome, and how many items of a batch it had inserted.
  pub fn withdrawn(&self, status: Status, inserted: usize) -> Value {
    self.control.write_count(Word::Count, inserted);
    self.status(status)
  }

  /// Says that a wait goes on under this ticket. JavaScript has to claim it.
  pub fn parked(&self, status: Status, ticket: u32) -> Value {
    let unclaimed = ticket.cast_signed() + 1;
    self.control.write(Word::Unclaimed, if status == Status::ParkedForTurn { -unclaimed } else { unclaimed });
    self.control.write(Word::Extra, ticket.cast_signed());
    self.status(status)
  }

  /// Sets a status that comes with no value.
  pub fn status(&self, status: Status) -> Value {
    self.control.status(self.js, status)
  }

  /// The functions that [`Border::deliver`], [`Border::tell`], [`Border::look_up`] and [`Border::has_room`] call.
  pub fn listen(&self, functions: [Value; 5]) {
    let [deliver, deliver_all, tell, look_up, nothing] = functions.map(|function| self.js.reference(function));
    self.release(self.listeners.replace(Some(Listeners { deliver, deliver_all, tell, look_up, nothing })));
  }

  fn release(&self, listeners: Option<Listeners>) {
    let Some(Listeners { deliver, deliver_all, tell, look_up, nothing }) = listeners else { return };
    for function in [deliver, deliver_all, tell, look_up, nothing] {
      self.js.release(function);
    }
  }

  /// The thread has ended: what it alone has is out of everybody's reach.
  pub fn abandon(&self) {
    let things: Vec<_> = self.handles.borrow().only_here().cloned().collect();
    for thing in things {
      thing.is_abandoned(); // No longer borrowed: others wake.
    }
  }

  /// The environment ends: whatever this side has kept of its values is let go of.
  pub fn end(&self) {
    self.release(self.listeners.take());
    self.control.end(self.js);
    self.handles.borrow_mut().end(self.js);
    self.weak.borrow_mut().end(self.js);
  }

  /// Delivers the outcome of an awaiting wait; `None` when the environment is going.
  pub fn deliver(&self, ticket: u32, value: Value) -> Option<()> {
    let Listeners { deliver, .. } = self.listeners.get()?;
    self.js.call(self.js.referent(deliver)?, &[self.js.integer(ticket), value])
  }

  /// Delivers several that are primitive results, each behind its ticket; `None` when the environment is going.
  pub fn deliver_all(&self, outcomes: &[Value]) -> Option<()> {
    let Listeners { deliver_all, .. } = self.listeners.get()?;
    self.js.call(self.js.referent(deliver_all)?, outcomes)
  }

  /// Tells the loop something; `None` when the environment is going.
  pub fn tell(&self, message: Message, id: Id, source: i64, value: Value) -> Option<()> {
    let Listeners { tell, .. } = self.listeners.get()?;
    let js = self.js;
    js.call(js.referent(tell)?, &[js.integer(message as u32), js.id(id), js.signed(source), value])
  }

  /// Enters a function that does next to nothing, for what V8 does then; `None` when the environment is going.
  pub fn look_up(&self) -> Option<()> {
    let Listeners { look_up, .. } = self.listeners.get()?;
    self.js.scope(|| self.js.call(self.js.referent(look_up)?, &[]))
  }

  /// Whether the stack has room for a call with so many arguments. Where it has not, the engine's error waits to be thrown.
  pub fn has_room(&self, count: usize) -> bool {
    let Some(Listeners { nothing, .. }) = self.listeners.get() else { return true };
    self.js.scope(|| self.js.referent(nothing).is_none_or(|nothing| self.js.has_room(nothing, count)))
  }
}
