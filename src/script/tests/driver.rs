//! Plays a script to its end: answers its calls as a seed says, one at a time, and notes all that can be seen of it.
//!
//! Promises that the same script with the same seed is answered alike, whatever it is played for; and that a play ends,
//! after some turns at the latest.

use crate::script::{Ask, Cut, Failure, Instance, Limits, Overrun, Program, STACK, Turn};
use std::{collections::VecDeque, thread, time::Duration};

/// What is left when a play is over.
#[derive(Debug, PartialEq)]
pub struct Story {
  pub end: End,
  /// Every ask, line and result, in their order.
  pub events: Vec<String>,
  pub steps: u64,
  pub requests: u64,
  pub turns: u64,
}

#[derive(Debug, PartialEq)]
pub enum End {
  Done,
  Failed,
  Budget,
  Memory,
  Stack,
  /// It was still waiting after as many turns as it was given.
  Waiting,
}

/// So many turns a script is given.
const TURNS: u32 = 40;

/// Runs a test on a thread with the stack that scripts may need.
pub fn on_large_stack(body: fn()) {
  let thread = thread::Builder::new().stack_size(2 * STACK).spawn(body).expect("there is a thread");
  thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
}

pub fn small() -> Limits {
  Limits {
    memory: 512 * 1024,
    stack: 128 * 1024,
    turn: 1_000_000,
    tick: 3_000_000,
    turn_time: Duration::from_secs(60),
    pauses: false,
    cut: Cut::default(),
  }
}

/// Values as packets, and whether they are given as errors.
const ANSWERS: [(&[u8], bool); 12] = [
  (&[0, 0, 0, 0, 2], false),
  (&[0, 0, 0, 0, 4], false),
  (&[0, 0, 0, 0, 0x47], false),
  (&[0, 0, 0, 0, 0x84, b't', b'h', b'e', b'n'], false),
  (&[0, 0, 0, 0, 13, 3, 0x41, 3, 0x81, b'x'], false),
  (&[0, 0, 0, 0, 12, 0x84, b't', b'h', b'e', b'n', 0x41, 0x81, b'a', 13, 0, 0], false),
  (&[0, 0, 0, 0, 12, 0x89, b'_', b'_', b'p', b'r', b'o', b't', b'o', b'_', b'_', 12, 0, 0], false),
  (&[0, 0, 0, 0, 7, 0, 0, 0, 0, 0, 0, 0xf8, 0x7f], false),
  (&[0, 0, 0, 0, 3], true),
  (&[0, 0, 0, 0, 0x82, b'n', b'o'], true),
  (&[0xff, 0xff, 0xff, 0xff, 0x3f], false),
  (&[0, 0, 0, 0, 13, 0xff, 0xff, 0xff, 0x7f], false),
];

pub struct Player<'a> {
  pub program: &'a Program,
  pub limits: &'a Limits,
  pub seed: u64,
  /// Saves and restores before each answer.
  pub saves: bool,
}

impl Player<'_> {
  pub fn play(&self) -> Story {
    let mut now = 0.0;
    let mut story = Story { end: End::Waiting, events: Vec::new(), steps: 0, requests: 0, turns: 0 };
    let mut open = VecDeque::new();
    let started = Instance::start(self.program, self.limits, self.seed, 3.0, &[], now);
    let mut instance = match started {
      Ok((instance, turn)) => {
        note(&mut story, &mut open, turn);
        instance
      }
      Err(failure) => return overrun(story, &failure),
    };
    for turn in 0..TURNS {
      if story.end != End::Waiting {
        break;
      }
      if self.saves {
        instance = self.restored(&instance, &open);
      }
      let Some(ask) = open.pop_front() else { panic!("it waits, and has asked for nothing") };
      let id = id_of(&ask);
      if turn % 3 == 2 {
        now += 1.0;
      }
      let (packet, is_error) = answer(self.seed, turn, &ask);
      match instance.deliver(id, is_error, packet, now) {
        Ok(turn) => note(&mut story, &mut open, turn),
        Err(failure) => {
          story = overrun(story, &failure);
        }
      }
    }
    let usage = instance.usage();
    (story.steps, story.requests, story.turns) = (usage.steps, usage.requests, usage.turns);
    story
  }

  fn restored(&self, instance: &Instance, open: &VecDeque<Ask>) -> Instance {
    let bytes = instance.save().expect("it waits, so it can be saved");
    let (restored, asks) = Instance::restore(self.program, self.limits, &bytes).expect("it was saved just now");
    assert_eq!(shown(&asks), shown(open), "the open asks");
    restored
  }
}

fn shown<'a>(asks: impl IntoIterator<Item = &'a Ask>) -> Vec<String> {
  asks.into_iter().map(text_of).collect()
}

fn text_of(ask: &Ask) -> String {
  match ask {
    Ask::Call { id, packet } => format!("call {id} {packet:?}"),
    Ask::Wait { id, time } => format!("wait {id} {time}"),
  }
}

fn id_of(ask: &Ask) -> u32 {
  match ask {
    Ask::Call { id, .. } | Ask::Wait { id, .. } => *id,
  }
}

fn answer(seed: u64, turn: u32, ask: &Ask) -> (&'static [u8], bool) {
  if matches!(ask, Ask::Wait { .. }) {
    return ANSWERS[0];
  }
  // What a script does not wait for must not fail all the time: that would be its end.
  let lot = seed.wrapping_mul(31).wrapping_add(u64::from(turn) * 7) % (3 * ANSWERS.len() as u64);
  ANSWERS[usize::try_from(lot).map_or(0, |lot| if lot < ANSWERS.len() { lot } else { lot % 8 })]
}

fn note(story: &mut Story, open: &mut VecDeque<Ask>, turn: Turn) {
  story.events.extend(turn.output.into_iter().map(|(is_error, line)| format!("line {is_error} {line}")));
  for ask in turn.asks {
    story.events.push(text_of(&ask));
    open.push_back(ask);
  }
  match turn.end {
    None => {}
    Some(Ok(packet)) => {
      story.events.push(format!("done {packet:?}"));
      story.end = End::Done;
    }
    Some(Err(packet)) => {
      story.events.push(format!("failed {packet:?}"));
      story.end = End::Failed;
    }
  }
}

fn overrun(mut story: Story, failure: &Failure) -> Story {
  story.events.push(format!("{failure:?}"));
  story.end = match failure.overrun {
    Overrun::Turn | Overrun::Tick => End::Budget,
    Overrun::Memory => End::Memory,
    Overrun::Stack => End::Stack,
    Overrun::Time | Overrun::Engine(_) => panic!("{failure:?}"),
  };
  story
}
