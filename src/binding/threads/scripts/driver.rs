//! One script's life: turn by turn, parked at the answers to what it asks.
//!
//! Promises that answers are handed in one at a time, each of them a turn of its own, and none while a turn is paused; that
//! the script has made its calls before it counts as at rest; that all calls of one which has ended by itself are served, as
//! those of any task; that one which is cut ends within a turn, too; and that however it ends, its memory is gone, and what
//! nobody can wait for is withdrawn, before those who wait for it are told.

use super::{
  asks::Asks,
  failing::{cancelled, error_of, stranger, too_late, unanswered},
  inbox::{Answer, Next},
  machine::{Machine, Start},
  order::Turns,
  packets::{self, Packet},
  printed::Line,
  shared::Shared,
};
use crate::{
  binding::{
    threads::{js_thread::Service, task::Task},
    values::{
      outcome::{Question, Settlement},
      payload::Payload,
    },
  },
  core::{
    client::{Call, Client},
    error::End,
    future::Settled,
  },
  script::{Ask, Failure, Limits, Turn, UNASKED},
};
use std::{any::Any, collections::VecDeque, future::poll_fn, sync::Arc};

/// The number of the wait for the next tick of a script whose turn is paused.
const PAUSED: u32 = UNASKED;

/// What a script is made of.
pub struct Made<M> {
  pub task: Arc<Task>,
  pub shared: Arc<Shared<M>>,
  pub client: Client<Question, Settlement>,
  /// What keeps the name of a client that was given.
  pub keeps: Option<Arc<dyn Any + Send + Sync>>,
  pub start: Start<M>,
  pub limits: Limits,
}

/// Runs a script from its start to its end.
pub async fn drive<M: Machine>(made: Made<M>) {
  let (mut life, start) = Life::new(made);
  if life.task.begin().is_none() {
    return; // It was cancelled before.
  }
  let mut turn = Some(life.start(start));
  loop {
    if let Some(turn) = turn
      && life.follow(turn)
    {
      return life.linger().await;
    }
    if life.has_more() {
      tokio::task::yield_now().await; // The thread's other scripts come in between.
    }
    match life.next().await {
      Next::Cut => return,
      Next::Answer(id, answer) => turn = life.deliver(id, answer),
    }
  }
}

/// A script that runs. Dropped, it is over, in whatever state it was.
struct Life<M: Machine> {
  task: Arc<Task>,
  name: Arc<str>,
  shared: Arc<Shared<M>>,
  client: Option<Client<Question, Settlement>>,
  keeps: Option<Arc<dyn Any + Send + Sync>>,
  limits: Limits,
  asks: Asks,
  /// Outcomes that were there at once, or that came while a turn was paused.
  ready: VecDeque<(u32, Answer)>,
  /// Whether a turn is to go on before any answer is handed in.
  is_paused: bool,
  /// Its place among the scripts of its thread.
  turns: Turns,
}

type Turned = Result<Turn, Failure>;

impl<M: Machine> Life<M> {
  fn new(made: Made<M>) -> (Self, Start<M>) {
    let Made { task, shared, client, keeps, start, limits } = made;
    let (name, asks, ready) = (task.name().into(), Asks::default(), VecDeque::new());
    let client = Some(client);
    (Self { task, name, shared, client, keeps, limits, asks, ready, is_paused: false, turns: Turns::default() }, start)
  }

  fn has_more(&self) -> bool {
    (!self.is_paused && !self.ready.is_empty()) || self.shared.inbox.has_more()
  }

  async fn next(&mut self) -> Next {
    if self.shared.inbox.is_cut() {
      return Next::Cut;
    }
    loop {
      let is_next = self.ready.front().is_some_and(|(id, _)| !self.is_paused || *id == PAUSED);
      if is_next && let Some((id, answer)) = self.ready.pop_front() {
        return Next::Answer(id, answer);
      }
      match poll_fn(|cx| self.shared.inbox.poll(cx)).await {
        Next::Answer(id, answer) if self.is_paused && id != PAUSED => self.ready.push_back((id, answer)),
        next => return next,
      }
    }
  }

  /// The first turn, or what was open when the script was saved.
  fn start(&mut self, start: Start<M>) -> Turned {
    match start {
      Start::Fresh(start) => {
        let started = start(self.shared.ticks.now());
        let (machine, turn) = started.inspect_err(|failure| self.shared.note(failure.usage))?;
        self.shared.note(machine.usage());
        *self.shared.machine.lock() = Some(machine);
        Ok(turn)
      }
      Start::Restored(machine, asks) => {
        self.shared.note_of(machine.tick(), machine.usage());
        *self.shared.machine.lock() = Some(machine);
        Ok(Turn { asks, output: Vec::new(), end: None, is_paused: false })
      }
    }
  }

  /// Hands an answer in; `None` where it is none: the server ends, and with it the script.
  fn deliver(&mut self, id: u32, answer: Answer) -> Option<Turned> {
    self.asks.answered(id);
    if let Answer::Time(_) = answer {
      self.shared.due.lock().remove(&id);
    }
    match answer {
      Answer::Reply(Settled::Ended(End::Died)) if !self.task.runner.is_ended() => {
        Some(self.hand_in(id, true, &unanswered(&self.task.runner.name)))
      }
      Answer::Time(Err(_)) | Answer::Reply(Settled::Ended(_)) => None,
      Answer::Time(Ok(())) if id == PAUSED => Some(self.run(M::go_on)),
      Answer::Time(Ok(())) => Some(self.hand_in(id, false, &Packet::undefined())),
      Answer::Reply(Settled::Cancelled) => Some(self.hand_in(id, true, &cancelled())),
      Answer::Reply(Settled::Value(settlement)) => {
        let is_error = settlement.is_error();
        Some(settlement.look(|payload| match packets::for_script(payload) {
          Some(packet) => self.hand_in(id, is_error, &packet),
          None => self.hand_in(id, true, &stranger()),
        }))
      }
    }
  }

  fn hand_in(&self, id: u32, is_error: bool, packet: &[u8]) -> Turned {
    self.run(|machine, now| machine.deliver(id, is_error, packet, now))
  }

  fn run(&self, turn: impl FnOnce(&mut M, f64) -> Turned) -> Turned {
    let mut machine = self.shared.machine.lock();
    let machine = machine.as_mut().expect("it is there until the script ends");
    let own = machine.places();
    let next = self.turns.begins(own);
    if next != own {
      next.fetch();
    }
    let turned = turn(machine, self.shared.ticks.now());
    self.shared.note(machine.usage());
    turned
  }

  /// Does what a turn asks for; true where the script has ended.
  fn follow(&mut self, turned: Turned) -> bool {
    let turn = match turned {
      Ok(turn) => turn,
      Err(failure) => {
        let error = error_of(&failure, &self.limits, &self.name);
        self.print(failure.output);
        self.end(true, &error);
        return true;
      }
    };
    self.print(turn.output);
    if let Some(end) = turn.end {
      let (is_error, packet) = end.map_or_else(|packet| (true, packet), |packet| (false, packet));
      self.ask_last(turn.asks);
      self.tell(is_error, &packets::foreign(&packet));
      return true;
    }
    if self.shared.inbox.is_cut() {
      return true; // What it has asked meanwhile is not asked any more.
    }
    for ask in turn.asks {
      self.ask(ask);
    }
    self.is_paused = turn.is_paused;
    if self.is_paused {
      self.wait(PAUSED, -1.0);
    }
    false
  }

  fn ask(&mut self, ask: Ask) {
    match ask {
      Ask::Call { id, packet } => self.call(id, &packet),
      Ask::Wait { id, time } => self.wait(id, time),
    }
  }

  fn call(&mut self, id: u32, packet: &[u8]) {
    let Some(client) = &self.client else { return };
    let Ok(payload) = Payload::encoded_as(&packets::foreign(packet), Box::default()) else {
      return self.ready.push_back((id, refused(&packets::error(None, "There is no memory for the call.", &[]))));
    };
    let call = Call::new(client, Question { payload, task: self.task.id, is_of_script: true });
    let at_once = self.asks.call(id, call, &self.shared.inbox);
    self.ready.extend(at_once.map(|answer| (id, answer)));
  }

  /// Negative: until the next whole number. A time at which the clock could be used up is refused.
  fn wait(&mut self, id: u32, time: f64) {
    let ticks = &self.shared.ticks;
    let wait = if time < 0.0 { ticks.wait_for_tick() } else { ticks.wait(time) };
    if time > 0.0 {
      if wait.is_too_late() {
        return self.ready.push_back((id, refused(&too_late())));
      }
      self.shared.due.lock().insert(id, wait.at());
    }
    match self.asks.wait(id, wait, &self.shared.inbox) {
      Some(answer) if id == PAUSED => self.ready.push_front((id, answer)),
      at_once => self.ready.extend(at_once.map(|answer| (id, answer))),
    }
  }

  fn print(&self, output: Vec<(bool, String)>) {
    let runner = &self.task.runner;
    let mut is_to_be_told = false;
    for (is_error, text) in output {
      is_to_be_told |= runner.printed.add(Line { script: Arc::clone(&self.name), is_error, text });
    }
    if is_to_be_told {
      runner.maker().ask(Service::Printed(Arc::clone(runner)));
    }
  }

  /// It has ended by itself: the calls that it does not wait for are made, and nothing else of it is left.
  fn ask_last(&mut self, asks: Vec<Ask>) {
    drop(self.shared.machine.lock().take());
    if self.shared.inbox.is_cut() {
      return self.asks.withdraw();
    }
    for ask in asks.into_iter().filter(|ask| matches!(ask, Ask::Call { .. })) {
      self.ask(ask);
    }
    self.asks.withdraw_times();
  }

  /// Keeps its client among the others until its last calls are answered.
  async fn linger(&mut self) {
    while self.asks.any() {
      match poll_fn(|cx| self.shared.inbox.poll(cx)).await {
        Next::Cut => return,
        Next::Answer(id, _) => self.asks.answered(id),
      }
    }
  }

  /// The host has ended it.
  fn end(&mut self, is_error: bool, packet: &[u8]) {
    self.leave();
    self.tell(is_error, packet);
  }

  /// Those who wait for it are told.
  fn tell(&mut self, is_error: bool, packet: &[u8]) {
    let payload = Payload::encoded_as(packet, Box::default()).unwrap_or(Payload::Undefined);
    // Or it was cancelled, or its runner has ended, meanwhile.
    if let Some(task) = self.task.runner.take_task(self.task.id) {
      task.settle(Settlement::new(is_error, payload));
      if is_error {
        task.report();
      }
    }
  }

  /// Withdraws what it has asked, and gives up its memory and its place among the clients.
  fn leave(&mut self) {
    self.asks.withdraw();
    drop(self.shared.machine.lock().take());
    drop(self.client.take());
    drop(self.keeps.take());
    self.ready.clear();
  }
}

impl<M: Machine> Drop for Life<M> {
  fn drop(&mut self) {
    self.leave();
    // Its thread was told to end, or code of ours has panicked: else it has ended before.
    if !self.task.future.done() && !self.task.runner.is_closing() {
      self.end(true, &packets::error(None, "The script was ended: its thread has panicked.", &[]));
    }
    self.shared.inbox.over();
  }
}

/// The answer of a call that could not be made.
fn refused(packet: &[u8]) -> Answer {
  let payload = Payload::encoded_as(packet, Box::default()).unwrap_or(Payload::Undefined);
  Answer::Reply(Settled::Value(Settlement::new(true, payload)))
}
