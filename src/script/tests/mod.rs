//! The promises of a script, kept: by its limits, by its steps, by its save.

mod ahead;
mod alarm;
mod bombs;
mod compiling;
mod corpus;
mod driver;
mod generated;
mod hostile;
mod many;
mod pauses;
mod puppet;
mod saving;
mod steps;

use super::{Ask, Cut, Failure, Instance, Limits, Program, STACK, Sources, Turn, limits::End};
use std::{thread, time::Duration};

/// What `undefined` is as a packet.
const UNDEFINED: &[u8] = &[0, 0, 0, 0, 2];

fn limits() -> Limits {
  Limits {
    memory: 8 << 20,
    stack: 256 << 10,
    turn: 50_000_000,
    tick: 500_000_000,
    turn_time: Duration::from_secs(60),
    pauses: false,
    cut: Cut::default(),
  }
}

/// The packet of a small whole number.
fn number(value: u8) -> [u8; 5] {
  assert!(value < 64);
  [0, 0, 0, 0, 64 + value]
}

fn sources(main: &str) -> Sources {
  Sources { main: main.into(), ..Sources::default() }
}

fn program(main: &str) -> Program {
  Program::compile(&sources(main)).expect("it is JavaScript")
}

/// Starts a script on a thread that has the stack which a script may need.
fn start(main: &str, limits: &Limits) -> Result<(Instance, Turn), Failure> {
  let program = program(main);
  let start = || Instance::start(&program, limits, 42, 1.0, b"", 0.0);
  thread::scope(|scope| {
    let thread = thread::Builder::new().stack_size(STACK).spawn_scoped(scope, start);
    thread.expect("there is a thread").join().expect("it does not panic")
  })
}

fn id(ask: &Ask) -> u32 {
  let (Ask::Call { id, .. } | Ask::Wait { id, .. }) = ask;
  *id
}

/// Answers what a script asks, one at a time, until it has ended or so many answers were given. Returns how it ended.
fn drive(instance: &mut Instance, mut asks: Vec<Ask>, answers: usize) -> (Vec<Ask>, Option<End>) {
  for _ in 0..answers {
    let ask = asks.remove(0);
    let turn = instance.deliver(id(&ask), false, &number(7), 0.0).expect("it is within its limits");
    asks.extend(turn.asks);
    if turn.end.is_some() {
      return (asks, turn.end);
    }
  }
  (asks, None)
}
