//! The body of the wake function: what has come for the loop is delivered, one entry a time, or one part of a round.
//!
//! Promises that the loop goes idle only after a look that found nothing, and comes to rest only where nothing is due.
//! Node closes a callback scope, and runs its ticks and microtasks, between two calls of the function; so a look at the
//! start of a call sees everything the continuations of the last one did.

use super::{environment::Environment, wait::Wait};
use crate::{
  binding::{
    node::js::Value,
    threads::{
      cores::Around,
      js_thread::{Entry, ShortEntry},
      task::Task,
    },
    values::{
      outcome::Completion,
      protocol::{Message, SEVERAL, Status, Word},
    },
  },
  core::{future::Settled, queue::QueueOutcome, server::Taken, spin::SpinPolicy},
};
use std::sync::Arc;

impl Environment {
  pub fn on_wake(&self) {
    // Node still calls while it tears a worker down: what is in the hub then belongs to others.
    if !self.border.is_alive() {
      return;
    }
    self.thread.hub.count_turn();
    self.drop_unclaimed();
    if self.turns.pauses() {
      return self.thread.hub.pause();
    }
    let serves = self.serves();
    self.border.control.write(Word::OneByOne, serves.into());
    if self.taken.borrow().is_empty() && !self.fetch(serves) {
      return;
    }
    if serves && self.holds_back() {
      return self.thread.hub.pause();
    }
    if self.deliver_all(serves).is_some() {
      self.thread.hub.call();
    }
  }

  /// Takes what has come; false where nothing has, and the loop is idle from now on.
  fn fetch(&self, serves: bool) -> bool {
    let hub = &self.thread.hub;
    if serves && !hub.has_entries() && self.is_through() {
      self.march_on();
      if !hub.has_entries() {
        self.come_to_rest();
      }
    }
    if !hub.has_entries() && !self.poll() && hub.go_idle() {
      let is_cut = self.looks.poll.end();
      // While immediates are due, the task that set them is still the current one.
      if self.border.control.read(Word::Immediates) == 0 {
        self.border.control.write(Word::Current, 0);
      }
      self.keep_alive_while_needed();
      if is_cut && !serves {
        self.look_again_next_turn();
      }
      return false;
    }
    hub.take(&mut self.taken.borrow_mut());
    true
  }

  /// Polls for a moment, unless something else of this loop is due.
  fn poll(&self) -> bool {
    if !self.looks.poll.goes_on() || self.border.control.read(Word::Immediates) > 0 {
      return false;
    }
    self.note_core();
    let runner = self.own_runner();
    let policy = runner.as_ref().map_or(SpinPolicy::Adaptive, |runner| runner.spin());
    // What comes for a runner's loop comes from its maker, mostly.
    let around = Around(runner.as_ref().map(|runner| &runner.maker().core));
    self.looks.poll.until(policy, &around, || self.thread.hub.has_entries())
  }

  /// Threads that block for what this loop does look where it is.
  fn note_core(&self) {
    if let Some(runner) = self.own_runner() {
      runner.core.note();
    }
  }

  /// Timers and sockets get their turn, and then the loop goes on looking for what comes next.
  fn look_again_next_turn(&self) {
    self.border.js.scope(|| self.border.tell(Message::Turn, 0, 0, self.border.js.undefined()));
  }

  /// The wake function has found nothing to do, and nothing else is due.
  fn is_through(&self) -> bool {
    self.border.control.read(Word::Immediates) == 0 && self.border.control.read(Word::Entering) == 0
  }

  /// A server's loop that would come to rest moves its clock to the next instant, where it was told to. Where its maker
  /// has something to do, that comes first.
  fn march_on(&self) {
    let Some(runner) = self.own_runner() else { return };
    // In this order: what was told before is looked at first.
    while runner.march.is_on() && !self.thread.hub.has_entries() {
      // Where there are scripts besides, the thread that waits for all moves the clock.
      if runner.maker().doorbell.is_asked() || runner.scripts.are_used() {
        return runner.march.stop();
      }
      runner.march.step();
    }
  }

  /// A server's loop is at rest. Where scripts beside it are not, the last of them tells of the rest: else a thread that waits
  /// would look in vain, and have the loop look again, as long as they run.
  fn come_to_rest(&self) {
    if self.thread.hub.come_to_rest()
      && let Some(runner) = self.own_runner()
      && runner.scripts.are_idle()
    {
      runner.tell_rest();
    }
  }

  /// Whether what has come must wait for immediates, so that one answer runs its whole course before the next is seen,
  /// whenever that came. A loop that closes, or whose immediates never end, waits no longer.
  fn holds_back(&self) -> bool {
    let is_busy = self.border.control.read(Word::Immediates) > 0;
    self.turns.hold(is_busy && !self.own_runner().is_some_and(|runner| runner.is_closing()))
  }

  /// Delivers what was taken, or the first of it; `None` when the environment is going: its cleanup returns the rest.
  fn deliver_all(&self, serves: bool) -> Option<()> {
    while let Some(entry) = self.next_entry() {
      match entry {
        Entry::Together(count) => self.deliver_part(count)?,
        entry => self.border.js.scope(|| self.deliver(entry))?,
      }
      if serves {
        break;
      }
    }
    Some(())
  }

  /// Delivers so many answers, whose continuations run side by side.
  fn deliver_part(&self, count: usize) -> Option<()> {
    self.border.js.scope(|| {
      let mut primitives = Vec::new();
      for _ in 0..count {
        let Some(entry) = self.next_entry() else { break };
        if let Some(outcome) = self.primitive_of(&entry) {
          primitives.push(outcome);
        } else {
          self.deliver_primitives(&mut primitives)?;
          self.deliver(entry)?;
        }
      }
      self.deliver_primitives(&mut primitives)
    })?;
    if count > 1 {
      self.border.control.write(Word::Current, SEVERAL);
    }
    Some(())
  }

  /// The answer to a call that is a primitive, with its ticket.
  fn primitive_of(&self, entry: &Entry) -> Option<(u32, Value)> {
    let Entry::Completed(ticket, Completion::Future(Settled::Value(settlement))) = entry else { return None };
    let is_call = matches!(self.tickets.borrow_mut().get_mut(*ticket)?.wait, Wait::Call(_));
    let value = settlement.look(|payload| payload.to_primitive(self.border.js))?;
    (is_call && !settlement.is_error()).then_some((*ticket, value))
  }

  /// Delivers such answers by one call, in their order.
  fn deliver_primitives(&self, primitives: &mut Vec<(u32, Value)>) -> Option<()> {
    if primitives.is_empty() {
      return Some(());
    }
    let js = self.border.js;
    let outcomes: Vec<_> = primitives.iter().flat_map(|(ticket, value)| [js.integer(*ticket), *value]).collect();
    self.border.deliver_all(&outcomes)?; // Else nobody sees them: an answer goes back to nobody.
    for (ticket, _) in primitives.drain(..) {
      let over = self.tickets.borrow_mut().remove(ticket);
      over.as_ref().inspect(|over| over.clear_alarm()); // No longer borrowed: a call may hold the last of its server.
    }
    Some(())
  }

  fn next_entry(&self) -> Option<Entry> {
    self.taken.borrow_mut().pop_front()
  }

  /// Takes the outcome of a wait of this loop, if it has come and was not delivered.
  pub(super) fn take_completed(&self, ticket: u32) -> Option<Completion> {
    let is_it = |entry: &Entry| matches!(entry, Entry::Completed(of, _) if *of == ticket);
    let mut taken = self.taken.borrow_mut();
    // Another stays in its place: the answers of a round are counted.
    let found = taken.iter_mut().find(|entry| is_it(entry)).map(|entry| std::mem::replace(entry, Entry::Nothing));
    let is_short = |entry: &ShortEntry| matches!(entry, ShortEntry::Completed(of, _) if *of == ticket);
    match found.or_else(|| self.thread.hub.take_one(is_short, is_it, Entry::Nothing)) {
      Some(Entry::Completed(_, completion)) => Some(completion),
      _ => None,
    }
  }

  fn deliver(&self, entry: Entry) -> Option<()> {
    let tell = |message, id| self.border.tell(message, id, 0, self.border.js.undefined());
    match entry {
      Entry::Completed(ticket, completion) => self.deliver_outcome(ticket, completion),
      Entry::Expired(ticket, round) => self.expire(ticket, round),
      Entry::Start(task) => self.start(&task),
      Entry::Cancel(task) => tell(Message::Cancel, task.id),
      Entry::Failed(runner) => self.end_failed(runner),
      Entry::Nothing | Entry::Together(_) => Some(()),
      Entry::LetGo => {
        self.let_go();
        Some(())
      }
      Entry::Close => tell(Message::Close, 0),
      Entry::Serve => tell(Message::Serve, 0),
      Entry::Silence => {
        self.look_at_silence();
        tell(Message::Serve, 0) // At once: the next entry may end the very wait that is to be named.
      }
    }
  }

  fn deliver_outcome(&self, ticket: u32, mut completion: Completion) -> Option<()> {
    let task = match self.tickets.borrow_mut().get_mut(ticket) {
      Some(ticketed) => {
        completion = ticketed.settle(completion);
        ticketed.task.clone()
      }
      None => return Some(()),
    };
    let is_request = matches!(completion, Completion::Request(Taken::Request(_)));
    let value = self.border.complete(&mut completion, task.as_ref());
    let batch = self.border.control.read(Word::Extra).cast_unsigned() as usize;
    let request = is_request.then(|| self.border.control.read(Word::Count).cast_unsigned());
    if self.border.deliver(ticket, value).is_none() {
      // JavaScript has not seen it: it goes back with all the others, in order, when the environment ends.
      self.taken.borrow_mut().push_front(Entry::Completed(ticket, self.unseen(completion, batch, request)));
      return None;
    }
    if let Some(ticketed) = self.tickets.borrow_mut().remove(ticket) {
      ticketed.clear_alarm();
    }
    Some(())
  }

  /// A completion that JavaScript was not told of: the items of a batch stand ready to be fetched one by one, and a request is
  /// among those that are to be answered.
  fn unseen(&self, completion: Completion, batch: usize, request: Option<u32>) -> Completion {
    match completion {
      Completion::Queue(QueueOutcome::Items(_)) => {
        Completion::Queue(QueueOutcome::Items(self.border.transit.incoming.borrow_mut().close(batch, 0).into()))
      }
      Completion::Request(ended) => {
        let taken = request.and_then(|number| self.border.transit.requests.borrow_mut().take(number));
        Completion::Request(taken.map_or(ended, Taken::Request))
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
    self.border.deliver(ticket, self.border.withdrawn(Status::TimedOut, inserted))
  }

  fn start(&self, task: &Arc<Task>) -> Option<()> {
    let Some(payload) = task.begin() else { return Some(()) }; // Cancelled before it started.
    self.note_core();
    self.border.control.write(Word::Current, task.current().cast_signed());
    let value = self.border.emit(&payload);
    self.border.tell(Message::Start, task.id, task.source_and_more(), value)
  }
}
