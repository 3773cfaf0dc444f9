//! The driver of sandboxed scripts, with what stands for their engines.
//!
//! Promises of a run that only the answers decide it: whatever the number of threads, the requests come in the same order;
//! that a wait for the rest of all scripts misses none of them; and that a script which has ended leaves nothing behind.

use crate::{
  binding::{
    threads::{
      js_thread::JsThread,
      runner::Runner,
      scripts::{
        Apart, Pool,
        driver::{Made, drive},
        inbox::Inbox,
        machine::{Machine, Start},
        order::Turns,
        printed::{Line, Printed},
        shared::Shared,
      },
      task::{Description, Task},
    },
    values::{
      outcome::{RequestOf, ServerOf, Settlement},
      payload::Payload,
      protocol::Kind,
      thing::next_id,
    },
  },
  core::{future::Settled, server::Server, ticks::Ticks},
  script::{Ask, Cut, Failure, Limits, Places, Turn, Usage},
};
use std::{sync::Arc, thread, time::Duration};

/// Asks and ends as its numbers say.
struct Dice {
  state: u64,
  turns: u64,
  last: u32,
  open: usize,
}

impl Dice {
  fn roll(&mut self, most: u64) -> u64 {
    self.state = self.state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    (self.state >> 33) % most
  }

  fn turn(&mut self) -> Turn {
    self.turns += 1;
    let mut asks = Vec::new();
    if self.turns < 40 {
      let count = u64::from(self.open == 0) + self.roll(3);
      asks.extend((0..count).map(|_| self.ask()));
    }
    self.open += asks.len();
    let end = (self.open == 0).then(|| Ok(self.state.to_le_bytes().to_vec()));
    Turn { asks, output: Vec::new(), end, is_paused: false }
  }

  fn ask(&mut self) -> Ask {
    self.last += 1;
    let id = self.last;
    match self.roll(5) {
      0 => Ask::Wait { id, time: -1.0 },
      1 => Ask::Wait { id, time: 0.0 },
      2 => Ask::Wait { id, time: 1.5 },
      _ => Ask::Call { id, packet: self.state.to_le_bytes().to_vec() },
    }
  }
}

impl Machine for Dice {
  fn places(&self) -> Places {
    Places::default()
  }

  fn deliver(&mut self, id: u32, _is_error: bool, packet: &[u8], now: f64) -> Result<Turn, Failure> {
    self.open -= 1;
    for byte in packet.iter().chain(&id.to_le_bytes()).chain(&now.to_le_bytes()) {
      self.state = self.state.wrapping_mul(31).wrapping_add((*byte).into());
    }
    Ok(self.turn())
  }

  fn go_on(&mut self, _now: f64) -> Result<Turn, Failure> {
    Ok(self.turn())
  }

  fn usage(&self) -> Usage {
    Usage { turns: self.turns, ..Usage::default() }
  }

  fn tick(&self) -> f64 {
    0.0
  }

  fn save(&mut self, _left: &[(u32, f64)]) -> Result<Vec<u8>, (&'static str, String)> {
    Ok(Vec::new())
  }
}

struct World {
  runner: Arc<Runner>,
  server: ServerOf,
  ticks: Ticks,
  pool: Pool,
  scripts: Vec<Arc<Task>>,
}

impl World {
  fn new(threads: usize) -> Self {
    let runner = Runner::new(next_id(), JsThread::new(), "world".to_owned());
    let pool = Pool::start("world", threads).expect("there are threads");
    Self { runner, server: Server::new(), ticks: Ticks::new(), pool, scripts: Vec::new() }
  }

  fn add(&mut self, seed: u64) {
    let description = Description {
      kind: Kind::Ordinary,
      name: Some(format!("dice {seed}").into()),
      source: None,
      lifetime: f64::INFINITY,
      note: String::new(),
    };
    let task = Task::new(Arc::clone(&self.runner), description, Some(Payload::Undefined));
    let place = self.pool.place();
    let cut = Cut::default();
    let shared = Shared::new(Inbox::new(&self.runner, place.woken()), &self.ticks, &cut);
    task.runs_apart(Arc::clone(&shared) as Arc<dyn Apart>);
    let start = Start::Fresh(Box::new(move |_| {
      let mut dice = Dice { state: seed, turns: 0, last: 0, open: 0 };
      let turn = dice.turn();
      Ok((dice, turn))
    }));
    let (memory, stack, turn, tick) = (0, 0, 0, 0);
    let limits = Limits { memory, stack, turn, tick, turn_time: Duration::MAX, pauses: false, cut };
    assert!(self.runner.start_apart(&task));
    let client = self.server.client();
    let made = Made { task: Arc::clone(&task), shared, client, keeps: None, start, limits };
    place.spawn(drive(made));
    self.scripts.push(task);
  }

  /// Waits until no script has anything to run.
  fn rest(&self) {
    while !self.runner.scripts.while_idle(|| true) {
      thread::yield_now();
    }
  }

  /// Answers round by round; returns who has asked what.
  fn play(&self, mut each: impl FnMut(usize)) -> Vec<(u64, Vec<u8>)> {
    let mut log = Vec::new();
    loop {
      self.rest();
      each(log.len());
      self.rest();
      self.server.begin_round();
      let before = log.len();
      while let Some(request) = self.server.try_take_in_round() {
        log.push((request.client(), bytes(&request)));
        let number = f64::from(u32::try_from(log.len()).expect("there are not so many"));
        let answer = Settlement::in_round(false, Payload::Number(number), self.runner.id);
        let _ = request.answer(answer);
      }
      if log.len() == before && self.ticks.advance(f64::INFINITY).is_none() {
        return log;
      }
    }
  }
}

fn bytes(request: &RequestOf) -> Vec<u8> {
  request.question.payload.encoded().expect("it is a packet").0.to_vec()
}

#[test]
fn the_same_answers_make_the_same_requests_on_any_number_of_threads() {
  let logs = [1, 2, 8].map(|threads| {
    let mut world = World::new(threads);
    (0..50).for_each(|seed| world.add(seed));
    let log = world.play(|_| {});
    let results: Vec<_> = world.scripts.iter().map(|script| result(script)).collect();
    (log, results)
  });
  assert!(logs[0].0.len() > 500);
  assert!(logs[0].1.iter().all(Option::is_some));
  assert!(logs[0] == logs[1] && logs[0] == logs[2]);
}

fn result(script: &Task) -> Option<Vec<u8>> {
  match script.future.settled() {
    Some(Settled::Value(settlement)) => settlement.look(|payload| Some(payload.encoded()?.0.to_vec())),
    _ => None,
  }
}

#[test]
fn a_script_that_was_cancelled_is_over_at_once_and_asks_no_more() {
  let mut world = World::new(2);
  (0..40).for_each(|seed| world.add(seed));
  let mut next = 0;
  let log = world.play(|requests| {
    if requests > 20 && next < 40 {
      world.scripts[next].cancel();
      next += 1;
    }
  });
  assert!(!log.is_empty());
  assert!(world.scripts.iter().all(|script| script.future.done()));
  assert_eq!((world.server.pending(usize::MAX), world.ticks.waiters(), world.runner.tasks()), (0, 0, (0, 0)));
}

#[test]
fn scripts_that_are_cancelled_while_they_are_answered_leave_nothing() {
  for seed in 0..30 {
    let mut world = World::new(2);
    (0..20).for_each(|number| world.add(seed * 100 + number));
    let scripts = world.scripts.clone();
    let cancelling = thread::spawn(move || scripts.iter().step_by(2).for_each(Task::cancel));
    world.play(|_| {});
    cancelling.join().expect("it does not panic");
    world.play(|_| {});
    assert!(world.scripts.iter().all(|script| script.future.done()));
    assert_eq!((world.server.pending(usize::MAX), world.ticks.waiters()), (0, 0));
  }
}

#[test]
fn the_end_of_the_threads_drops_what_is_left_on_them() {
  let mut world = World::new(2);
  (0..20).for_each(|seed| world.add(seed));
  world.rest();
  let World { pool, runner, server, .. } = world;
  drop(pool);
  while server.pending(usize::MAX) > 0 || runner.scripts.is_busy() {
    thread::yield_now();
  }
}

#[test]
fn of_lines_that_nobody_takes_no_more_are_kept_than_there_is_room_for_though_they_are_empty() {
  let (printed, script) = (Printed::default(), Arc::<str>::from("script"));
  for _ in 0..300_000 {
    printed.add(Line { script: Arc::clone(&script), is_error: false, text: String::new() });
  }
  let (lines, dropped) = printed.take();
  assert!(dropped > 0);
  assert_eq!(lines.len() + dropped, 300_000);
  assert!(!printed.any());
}

#[test]
fn scripts_that_flood_take_no_room_from_one_that_prints_little() {
  let printed = Printed::default();
  let line =
    |script: &Arc<str>, length: usize| Line { script: Arc::clone(script), is_error: false, text: "x".repeat(length) };
  let [one, other, quiet] = ["one", "other", "quiet"].map(Arc::<str>::from);
  for number in 0..3000 {
    printed.add(line(&one, 10_000));
    if number % 2 == 0 {
      printed.add(line(&other, 100));
    }
  }
  for _ in 0..100 {
    printed.add(line(&quiet, 1000));
    printed.add(line(&one, 10_000));
  }
  let (lines, dropped) = printed.take();
  let count = |script: &Arc<str>| lines.iter().filter(|line| line.script == *script).count();
  assert_eq!((count(&other), count(&quiet)), (1500, 100));
  assert_eq!(lines.len() + dropped, 4700);
  assert!(lines.iter().map(|line| line.text.len()).sum::<usize>() <= 16 << 20);
}

#[test]
fn a_script_is_told_where_the_one_lies_that_came_after_it_the_last_time() {
  let scripts = [1, 2, 3].map(|place| (Turns::default(), Places::at(place)));
  let round = |order: [usize; 3]| order.map(|number| scripts[number].0.begins(scripts[number].1));
  assert_eq!(round([0, 1, 2]), [Places::default(); 3]);
  assert_eq!(round([0, 1, 2]), [2, 3, 1].map(Places::at));
  assert_eq!(round([0, 2, 1]), [2, 1, 3].map(Places::at));
  assert_eq!(round([0, 2, 1]), [3, 2, 1].map(Places::at));
}
