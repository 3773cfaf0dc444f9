//! One JavaScript thread's side of everything: its parts, and how all of it ends.
//!
//! Promises that every wait is told its outcome once, or gives it back when the environment ends, which Node always
//! tells by the cleanup hook: at exit, throw, unhandled rejection, out of memory and terminate alike.

use super::{
  border::Border,
  keep_alive::KeepAlive,
  looks::Looks,
  made::Made,
  room::Room,
  round::Round,
  subject::Silences,
  tickets::Tickets,
  turns::Turns,
  wait::{Taker, Unseen},
};
use crate::binding::{
  node::js::Js,
  threads::{
    births,
    holds::Holds,
    js_thread::{Entry, JsThread},
    runner::Runner,
    sources::HeldSources,
    task::Task,
    writers,
  },
  values::control::Control,
};
use std::{
  cell::{Cell, Ref, RefCell},
  collections::VecDeque,
  sync::Arc,
};

/// A failure that `onTaskError` is being told of.
pub struct Told {
  /// Whose failure it is, or to whom it was left.
  pub runner: Arc<Runner>,
  pub task: Arc<Task>,
  /// Nobody had seen it before.
  pub was_unseen: bool,
}

/// All there is of one environment on this side.
pub struct Environment {
  pub border: Border,
  /// What others see of this thread.
  pub thread: Arc<JsThread>,
  /// Where the outcomes of its waits are taken: those of its loop, and those in which it blocks.
  pub(super) at_loop: Taker,
  pub(super) at_door: Taker,
  pub(super) tickets: RefCell<Tickets>,
  /// Taken from the hub and not yet delivered.
  pub(super) taken: RefCell<VecDeque<Entry>>,
  pub turns: Turns,
  pub looks: Looks,
  pub room: Room,
  pub round: Round,
  pub silences: Silences,
  pub keep_alive: KeepAlive,
  /// The runner whose loop this thread runs.
  pub runner: RefCell<Option<Arc<Runner>>>,
  /// Nobody can reach this thread's runner any more: its loop goes on only for what else keeps a loop alive.
  pub(super) is_let_go: Cell<bool>,
  /// That runner is closing because of it.
  pub(super) ends_by_itself: Cell<bool>,
  /// Runners this thread has made.
  pub made: Made,
  /// Failures that `onTaskError` is being told of.
  pub told: RefCell<Vec<Told>>,
  /// The sources this thread's tasks are created with.
  pub sources: RefCell<HeldSources>,
}

impl Environment {
  pub fn new(js: Js, control: Control) -> Self {
    let thread = JsThread::new();
    Self {
      border: Border::new(js, control),
      at_loop: Taker::Loop(Holds::on(&thread)),
      at_door: Taker::Thread(Holds::on(&thread.doorbell)),
      thread,
      tickets: RefCell::default(),
      taken: RefCell::default(),
      turns: Turns::default(),
      looks: Looks::default(),
      room: Room::default(),
      round: Round::default(),
      silences: Silences::default(),
      told: RefCell::default(),
      keep_alive: KeepAlive::default(),
      runner: RefCell::default(),
      is_let_go: Cell::new(false),
      ends_by_itself: Cell::new(false),
      made: Made::default(),
      sources: RefCell::default(),
    }
  }

  /// The runner whose loop this thread runs. Borrowed: its maker counts its own holds on it with every task, and two
  /// threads that both do slow each other down.
  pub fn own_runner(&self) -> Option<Ref<'_, Arc<Runner>>> {
    Ref::filter_map(self.runner.borrow(), Option::as_ref).ok()
  }

  /// Whether this thread runs the loop of a server.
  pub fn serves(&self) -> bool {
    self.own_runner().is_some_and(|runner| runner.serves())
  }

  /// A loop's waits keep its process alive; a runner's loop lives until it is closed anyway.
  pub fn keep_alive_while_needed(&self) {
    let is_needed = self.tickets.borrow().awaiting() > 0 || (self.runner.borrow().is_some() && !self.is_let_go.get());
    self.keep_alive.set(self.border.js, is_needed);
  }

  /// The end of the environment: waits leave their lists, what was not seen goes back, the runner is told.
  pub fn end(&self) {
    self.round.end();
    self.end_waits();
    self.made.begin_to_end();
    self.border.transit.requests.borrow_mut().end();
    self.border.abandon();
    if let Some(runner) = self.runner.borrow_mut().take() {
      writers::release(runner.id);
      runner.inherit(&self.thread);
      runner.note_memory();
      runner.thread_ended();
    }
    self.made.end();
    births::ends();
    self.border.end();
  }

  fn end_waits(&self) {
    let mut entries = std::mem::take(&mut *self.taken.borrow_mut());
    entries.extend(self.thread.hub.die());
    let mut tickets = std::mem::take(&mut *self.tickets.borrow_mut());
    for (_, ticketed) in tickets.all() {
      ticketed.wait.withdraw();
      ticketed.clear_alarm();
    }
    let mut unseen = Unseen::default();
    for entry in entries {
      if let Entry::Completed(ticket, completion) = entry
        && let Some(ticketed) = tickets.get_mut(ticket)
      {
        let completion = ticketed.settle(completion);
        unseen.add(&ticketed.wait, completion);
      }
    }
    for (ticket, ticketed) in tickets.all() {
      while let Some(completion) = self.thread.doorbell.take(ticket) {
        let completion = ticketed.settle(completion);
        unseen.add(&ticketed.wait, completion);
      }
    }
    unseen.give_back();
  }
}
