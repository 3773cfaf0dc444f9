//! Programs of a spoiled engine that nobody has thought of; and its memory, restored into a sound one.

use super::{
  super::{alarm::Alarm, driver::on_large_stack, id, number},
  *,
};
use crate::script::{Ask, Overrun, Turn};
use std::{env, time::Duration};

/// Numbers that are worth giving.
const WORDS: [u32; 24] = [
  0,
  1,
  2,
  3,
  4,
  8,
  16,
  63,
  64,
  100,
  1000,
  1024,
  2048,
  3072,
  5000,
  16 << 10,
  64 << 10,
  (128 << 10) - 1,
  128 << 10,
  1 << 20,
  1 << 30,
  1 << 31,
  u32::MAX - 1,
  u32::MAX,
];

const DOORS: [Door; 7] =
  [Door::Buffer, Door::Start, Door::Deliver, Door::Result, Door::ResultLength, Door::Heap, Door::Where];

/// Where the dice fall.
struct Dice(u64);

impl Dice {
  fn below(&mut self, most: usize) -> usize {
    self.0 ^= self.0 << 13;
    self.0 ^= self.0 >> 7;
    self.0 ^= self.0 << 17;
    usize::try_from(self.0 >> 11).expect("the machine has 64 bits") % most
  }

  fn word(&mut self) -> u32 {
    WORDS[self.below(WORDS.len())]
  }

  fn door(&mut self) -> Door {
    DOORS[self.below(DOORS.len())]
  }

  /// Most of them do what can be gone on from.
  fn step(&mut self) -> Step {
    match self.below(20) {
      0..4 => call(self.word(), self.word(), self.word()),
      4..8 => wait(self.word(), self.word()),
      8..10 => print(self.word(), self.word()),
      10 => grow(self.word()),
      11 => jump(place(self.door())),
      12..15 => add(place(self.door()) + 4 * u32::try_from(self.below(12)).expect("it is below"), self.word()),
      15 => [4, self.word(), 0, 0],
      16 if self.below(4) == 0 => recurse(place(self.door())),
      17 if self.below(4) == 0 => spin(),
      18 if self.below(4) == 0 => over_memory(),
      19 if self.below(4) == 0 => trap(),
      _ => give(self.word()),
    }
  }

  fn program(&mut self) -> Vec<Step> {
    let length = self.below(6);
    let mut steps: Vec<_> = (0..length).map(|_| self.step()).collect();
    let end = u32::try_from(self.below(5) / 2).expect("it is below");
    steps.push(give(end));
    steps
  }
}

fn small(dice: &mut Dice) -> Limits {
  let limits = Limits { memory: 256 << 10, turn: 200_000, tick: 400_000, ..limits() };
  match dice.below(3) {
    0 => Limits { pauses: true, ..limits },
    1 => Limits { turn: 2_000_000, tick: 2_000_000, turn_time: Duration::from_millis(1), ..limits },
    _ => limits,
  }
}

/// Plays it for some turns; the number of those that it has come through.
fn play(instance: &mut Instance, mut turn: Turn, dice: &mut Dice) -> u32 {
  let mut open: Vec<Ask> = Vec::new();
  let mut now = 0.0;
  for turns in 0..12 {
    open.append(&mut turn.asks);
    if turn.end.is_some() {
      return turns;
    }
    now += 1.0;
    let next = if turn.is_paused {
      instance.go_on(now)
    } else {
      assert!(!open.is_empty(), "it waits for nothing");
      let ask = open.swap_remove(dice.below(open.len()));
      instance.deliver(id(&ask), dice.below(4) == 0, &number(5), now)
    };
    match next {
      Ok(next) => turn = next,
      Err(failure) => {
        assert!(failure.overrun != Overrun::Engine(String::new()));
        return turns;
      }
    }
  }
  12
}

#[test]
fn whatever_a_spoiled_engine_does_its_host_comes_back() {
  on_large_stack(|| {
    let rounds = env::var("PUPPETS").map_or(3000, |text| text.parse().expect("a number"));
    let (alarm, mut turns, mut restored) = (Alarm::new(), 0, 0);
    for round in 0..rounds {
      let mut dice = Dice(0x9e37_79b9_7f4a_7c15_u64.wrapping_mul(round + 1));
      let limits = small(&mut dice);
      let programs: Vec<_> = DOORS.map(|door| (door, dice.program())).to_vec();
      let programs: Vec<_> = programs.iter().filter(|_| dice.below(4) > 0).map(|(door, it)| (*door, &it[..])).collect();
      alarm.during(format!("round {round}"), || {
        let mut instance = instance(&programs, &limits);
        // What is restored writes by an address that it finds in its memory: zeros lead to no trap.
        let filling = if round % 2 == 0 { 0 } else { 7 };
        let Ok(turn) = instance.begin(vec![filling; dice.below(200)], 0.0) else { return };
        if let Ok(bytes) = instance.save()
          && let Ok((mut other, asks)) = Instance::restore(nothing(), &limits, &bytes)
        {
          restored += 1;
          play(&mut other, Turn { asks, ..Turn::default() }, &mut dice);
        }
        turns += play(&mut instance, turn, &mut dice);
      });
    }
    println!("{turns} turns, {restored} restored");
    assert!(turns > 0 && restored > 0);
  });
}
