//! One JavaScript thread's side of the border: its hub, its tickets, its handles, and how all of it ends.
//!
//! Promises that every ticket is settled once, or given back when the environment ends, which Node always tells by the
//! cleanup hook: at exit, throw, unhandled rejection, out of memory and terminate alike.
//! Refuses nothing: JavaScript's arguments are checked by the functions that take them.

use super::{tickets::Tickets, transit::Requests, wait::Unseen};
use crate::{
  binding::{
    node::js::{Js, Value},
    threads::{
      doorbell::Doorbell,
      js_thread::{Entry, JsThread},
      runner::Runner,
      task::Task,
      writers,
    },
    values::{
      control::Control,
      handles::Handles,
      outcome::{Completion, Settlement},
      payload::Payload,
      protocol::{self, Message, Status, Word},
      thing::{Id, Thing},
    },
  },
  core::{
    error::End,
    future::Settled,
    queue::QueueOutcome,
    server::Taken,
    spin::{Spin, SpinPolicy},
  },
};
use napi::sys;
use std::{
  cell::{Cell, RefCell},
  collections::VecDeque,
  sync::Arc,
  time::Instant,
};

/// All there is of one environment on this side.
pub struct Environment {
  pub js: Js,
  pub control: Control,
  pub thread: Arc<JsThread>,
  pub doorbell: Arc<Doorbell>,
  pub handles: RefCell<Handles>,
  pub tickets: RefCell<Tickets>,
  /// Taken from the hub and not yet settled.
  taken: RefCell<VecDeque<Entry>>,
  /// `settle(ticket, value)` and `message(kind, id, source, value)` of `lib/hub.ts`.
  pub callbacks: Cell<Option<(sys::napi_ref, sys::napi_ref)>>,
  pub wake_function: Cell<sys::napi_threadsafe_function>,
  keeps_alive: Cell<bool>,
  /// Results of this turn that were there already, and whether the loop pauses: see `turns.rs`.
  pub ready: Cell<usize>,
  pub pauses: Cell<bool>,
  /// For how many turns of the loop answers have waited for immediates.
  pub held: Cell<u32>,
  poll: Cell<Spin>,
  polling_since: Cell<Option<Instant>>,
  pub spin: Cell<Spin>,
  /// The look whether another loop rests.
  pub rest_spin: Cell<Spin>,
  /// The runner whose loop this thread runs.
  pub runner: RefCell<Option<Arc<Runner>>>,
  /// Runners this thread has made, until it knows that their worker has ended.
  pub made: RefCell<Vec<Arc<Runner>>>,
  boots_watched: Cell<Option<Instant>>,
  /// Items of a batch on their way in and out.
  pub batch_in: RefCell<VecDeque<Payload>>,
  pub batch_out: RefCell<Vec<Payload>>,
  /// Errors on their way out.
  pub failures: RefCell<VecDeque<Arc<Payload>>>,
  pub requests: RefCell<Requests>,
}

/// A loop that is always served polls no longer than this before it looks at timers and sockets again.
const LONGEST_POLLING: std::time::Duration = std::time::Duration::from_millis(1);

impl Environment {
  pub fn new(js: Js, control: Control) -> Self {
    let thread = JsThread::new();
    Self {
      js,
      control,
      doorbell: Arc::clone(&thread.doorbell),
      thread,
      handles: RefCell::default(),
      tickets: RefCell::default(),
      taken: RefCell::default(),
      callbacks: Cell::new(None),
      wake_function: Cell::new(std::ptr::null_mut()),
      keeps_alive: Cell::new(false),
      ready: Cell::new(0),
      pauses: Cell::new(false),
      held: Cell::new(0),
      poll: Cell::default(),
      polling_since: Cell::new(None),
      spin: Cell::default(),
      rest_spin: Cell::default(),
      runner: RefCell::default(),
      made: RefCell::default(),
      boots_watched: Cell::new(None),
      batch_in: RefCell::default(),
      batch_out: RefCell::default(),
      failures: RefCell::default(),
      requests: RefCell::default(),
    }
  }

  pub fn thing(&self, id: Id) -> Option<Arc<dyn Thing>> {
    self.handles.borrow().get(id).cloned()
  }

  /// Holds a thing for JavaScript, and returns its number.
  pub fn hold(&self, thing: Arc<dyn Thing>) -> Id {
    self.handles.borrow_mut().hold(self.js, thing)
  }

  /// The value a call was given.
  pub fn payload(&self, value: Value) -> Option<Payload> {
    self.control.payload(self.js, value, |id| self.thing(id))
  }

  /// Hands a payload to JavaScript.
  pub fn emit(&self, payload: &Payload) -> Value {
    self.control.write(Word::IsError, 0);
    self.control.emit(self.js, payload, |thing| {
      self.hold(Arc::clone(thing));
    })
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
      Completion::Future(Settled::Cancelled) => self.control.status(self.js, Status::Cancelled),
      Completion::Future(Settled::Value(settlement)) => {
        let value = self.emit(&settlement.payload);
        self.control.write(Word::IsError, settlement.is_error.into());
        if let Some(task) = task {
          task.retrieved();
        }
        value
      }
      // Taken out: a request is handed over once.
      Completion::Request(taken) => self.request(std::mem::replace(taken, Taken::Ended(End::Died))),
    }
  }

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

  pub fn batch(&self, items: Vec<Payload>) -> Value {
    self.control.write_count(Word::Count, items.len());
    *self.batch_in.borrow_mut() = items.into();
    self.control.status(self.js, Status::Batch)
  }

  pub fn done(&self, count: usize) -> Value {
    self.control.write_count(Word::Count, count);
    self.control.status(self.js, Status::Done)
  }

  pub fn ended(&self, end: End, put: usize) -> Value {
    self.control.write(Word::Extra, protocol::End::from(end) as i32);
    self.control.write_count(Word::Count, put);
    self.control.status(self.js, Status::Ended)
  }

  /// The body of the wake function: settles what has come, then polls between callback scopes.
  ///
  /// Node closes a callback scope, and runs its ticks and microtasks, between two calls of the function; so a look at
  /// the start of a call sees everything the continuations of the last one did.
  pub fn on_wake(&self) {
    // Node still calls while it tears a worker down: what is in the hub then belongs to others.
    if !self.control.is_alive(self.js) {
      return;
    }
    if self.pauses.get() {
      self.thread.hub.pause();
      return;
    }
    let serves = self.serves();
    self.control.write(Word::OneByOne, serves.into());
    if self.taken.borrow().is_empty() {
      if serves && !self.thread.hub.has_entries() {
        self.come_to_rest();
      }
      if !self.thread.hub.has_entries() && !self.look_for_more() && self.thread.hub.go_idle() {
        self.polling_since.set(None);
        // While immediates are due, somebody's are.
        if self.control.read(Word::Immediates) == 0 {
          self.control.write(Word::Current, 0);
        }
        self.keep_alive_while_needed();
        return;
      }
      self.thread.hub.take(&mut self.taken.borrow_mut());
    }
    if serves && self.holds_back() {
      self.thread.hub.pause();
      return;
    }
    while let Some(entry) = self.next_entry() {
      if self.js.scope(|| self.settle(entry)).is_none() {
        return; // The environment is going; its cleanup returns the rest.
      }
      if serves {
        break;
      }
    }
    self.thread.hub.call();
  }

  fn next_entry(&self) -> Option<Entry> {
    self.taken.borrow_mut().pop_front()
  }

  /// Polls for a moment, unless something else of this loop is due.
  fn look_for_more(&self) -> bool {
    let Some(since) = self.polling_since.get() else {
      self.polling_since.set(Some(Instant::now()));
      return self.spin_for_entries();
    };
    since.elapsed() < LONGEST_POLLING && self.spin_for_entries()
  }

  fn spin_for_entries(&self) -> bool {
    if self.control.read(Word::Immediates) > 0 {
      return false;
    }
    let mut poll = self.poll.get();
    let policy = self.runner.borrow().as_ref().map_or(SpinPolicy::Adaptive, |runner| runner.spin());
    let found = poll.until_by(policy, || self.thread.hub.has_entries().then_some(()));
    self.poll.set(poll);
    found.is_some()
  }

  fn settle(&self, entry: Entry) -> Option<()> {
    match entry {
      Entry::Completed(ticket, completion) => self.settle_ticket(ticket, completion),
      Entry::Expired(ticket, round) => self.expire(ticket, round),
      Entry::Start(task) => self.start(&task),
      Entry::Cancel(task) => self.tell(Message::Cancel, task.id, 0, self.js.undefined()),
      Entry::Nothing => Some(()),
      Entry::Close => self.tell(Message::Close, 0, 0, self.js.undefined()),
      Entry::Serve => self.tell(Message::Serve, 0, 0, self.js.undefined()),
    }
  }

  fn settle_ticket(&self, ticket: u32, mut completion: Completion) -> Option<()> {
    let task = match self.tickets.borrow_mut().get_mut(ticket) {
      Some(ticketed) => ticketed.task.clone(),
      None => return Some(()),
    };
    let value = self.complete(&mut completion, task.as_ref());
    if self.tell_settled(ticket, value).is_none() {
      // JavaScript has not seen it: it goes back with all the others, in order, when the environment ends.
      self.taken.borrow_mut().push_front(Entry::Completed(ticket, self.unseen(completion)));
      return None;
    }
    if let Some(ticketed) = self.tickets.borrow_mut().remove(ticket) {
      ticketed.clear_alarm();
    }
    Some(())
  }

  /// A completion that JavaScript was not told of: the items of a batch stand ready to be fetched one by one.
  fn unseen(&self, completion: Completion) -> Completion {
    match completion {
      Completion::Queue(QueueOutcome::Items(_)) => {
        Completion::Queue(QueueOutcome::Items(self.batch_in.borrow_mut().drain(..).collect()))
      }
      other => other,
    }
  }

  fn expire(&self, ticket: u32, round: u64) -> Option<()> {
    let mut tickets = self.tickets.borrow_mut();
    let Some(ticketed) = tickets.get_mut(ticket).filter(|ticketed| ticketed.round == round) else { return Some(()) };
    // Served in the meantime: its outcome is in the hub and will come.
    if !ticketed.wait.withdraw() {
      return Some(());
    }
    let inserted = ticketed.wait.inserted();
    tickets.remove(ticket);
    drop(tickets);
    self.control.write_count(Word::Count, inserted);
    let value = self.control.status(self.js, Status::TimedOut);
    self.tell_settled(ticket, value)
  }

  fn start(&self, task: &Arc<Task>) -> Option<()> {
    let Some(payload) = task.begin() else { return Some(()) }; // Cancelled before it started.
    self.control.write(Word::Current, task.current().cast_signed());
    let value = self.emit(&payload);
    self.tell(Message::Start, task.id, task.source_and_more(), value)
  }

  fn tell_settled(&self, ticket: u32, value: Value) -> Option<()> {
    let (settle, _) = self.callbacks.get()?;
    self.js.call(self.js.referent(settle)?, &[self.js.integer(ticket), value])
  }

  fn tell(&self, message: Message, id: Id, source: u32, value: Value) -> Option<()> {
    let (_, tell) = self.callbacks.get()?;
    let js = self.js;
    js.call(js.referent(tell)?, &[js.integer(message as u32), js.id(id), js.integer(source), value])
  }

  /// A loop's waits keep its process alive; a runner's loop lives until it is closed anyway.
  pub fn keep_alive_while_needed(&self) {
    let needed = self.tickets.borrow().awaiting() > 0 || self.runner.borrow().is_some();
    if self.keeps_alive.replace(needed) == needed || self.wake_function.get().is_null() {
      return;
    }
    // SAFETY: the function lives as long as the environment, whose thread this is.
    unsafe {
      if needed {
        sys::napi_ref_threadsafe_function(self.js.0, self.wake_function.get());
      } else {
        sys::napi_unref_threadsafe_function(self.js.0, self.wake_function.get());
      }
    }
  }

  /// Whether it is time to see if the runners this thread is starting are still alive: one that dies before it has
  /// loaded this addon can tell nobody.
  pub fn has_boots_to_watch(&self) -> bool {
    if self.control.read(Word::Watching) == 0 {
      return false;
    }
    let is_time = self.boots_watched.get().is_none_or(|last| last.elapsed() >= Self::BOOT_WATCH);
    if is_time {
      self.boots_watched.set(Some(Instant::now()));
    }
    is_time
  }

  const BOOT_WATCH: std::time::Duration = std::time::Duration::from_millis(20);

  /// The end of the environment: waits leave their lists, what was not seen goes back, the runner is told.
  pub fn end(&self) {
    let mut entries = std::mem::take(&mut *self.taken.borrow_mut());
    entries.extend(self.thread.hub.die());
    let mut tickets = std::mem::take(&mut *self.tickets.borrow_mut());
    for ticketed in tickets.all().map(|(_, ticketed)| ticketed) {
      ticketed.wait.withdraw();
      ticketed.clear_alarm();
    }
    let mut unseen = Unseen::default();
    for entry in entries {
      if let Entry::Completed(ticket, completion) = entry
        && let Some(ticketed) = tickets.get_mut(ticket)
      {
        unseen.add(&ticketed.wait, completion);
      }
    }
    for (ticket, ticketed) in tickets.all() {
      while let Some(completion) = self.doorbell.take(ticket) {
        unseen.add(&ticketed.wait, completion);
      }
    }
    unseen.give_back();
    self.requests.borrow_mut().end();
    if let Some(runner) = self.runner.borrow_mut().take() {
      writers::release(runner.id);
      runner.thread_ended();
    }
    // A loop that is not up yet has no environment that could tell; it ends with its maker's.
    for runner in self.made.borrow_mut().drain(..).filter(|runner| runner.thread().is_none()) {
      runner.thread_ended();
    }
  }
}
