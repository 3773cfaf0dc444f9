//! A module in place of the engine that does whatever its memory says: places outside of its memory, lengths of gigabytes,
//! numbers that there are not, calls without end.
//!
//! Promises of the host that whatever its engine does, it comes back, within the script's limits of time and memory, and
//! fails that script alone. `PUPPETS` says how many generated programs are tried.

pub mod counting;
mod generated;
mod programs;

use super::super::{
  engine::{Core, Loaded, load},
  instance::Instance,
};
use super::{Limits, Program, limits, program};
use std::sync::OnceLock;

static CODE: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/puppet.cwasm"));

/// The exports, as the module numbers them.
#[derive(Clone, Copy)]
enum Door {
  Buffer,
  Start,
  Deliver,
  Result,
  ResultLength,
  Heap,
  Compile,
  Where,
}

/// An instruction: what, and its three words.
type Step = [u32; 4];

const fn give(value: u32) -> Step {
  [0, value, 0, 0]
}

const fn call(id: u32, start: u32, length: u32) -> Step {
  [1, id, start, length]
}

/// `time`: where in memory it stands.
const fn wait(id: u32, time: u32) -> Step {
  [2, id, time, 0]
}

const fn print(start: u32, length: u32) -> Step {
  [3, 0, start, length]
}

const fn over_memory() -> Step {
  [5, 0, 0, 0]
}

const fn grow(pages: u32) -> Step {
  [6, pages, 16, 0]
}

const fn spin() -> Step {
  [7, 0, 0, 0]
}

const fn jump(to: u32) -> Step {
  [8, to, 0, 0]
}

const fn add(at: u32, value: u32) -> Step {
  [9, at, value, 0]
}

const fn recurse(to: u32) -> Step {
  [10, to, 0, 0]
}

const fn trap() -> Step {
  [11, 0, 0, 0]
}

/// Where the program of an export begins; there is room for 63 instructions.
const fn place(door: Door) -> u32 {
  1024 * (1 + door as u32)
}

/// Where the first byte is that no program uses.
const FREE: u32 = 16 * 1024;

fn loaded(is_sliced: bool) -> &'static Loaded {
  static PLAIN: OnceLock<Loaded> = OnceLock::new();
  static SLICED: OnceLock<Loaded> = OnceLock::new();
  let engine = if is_sliced { &SLICED } else { &PLAIN };
  engine.get_or_init(|| load(CODE, is_sliced).expect("it is a module"))
}

/// An engine whose exports do what is said, and give 0 where nothing is.
fn puppet(programs: &[(Door, &[Step])], limits: &Limits) -> Box<Core> {
  let is_sliced = super::super::instance::is_sliced(limits);
  let mut core = loaded(is_sliced).instance(limits.memory).expect("there is memory");
  let memory = core.memory.data_mut(&mut core.store);
  let mut write = |at: u32, word: u32| memory[at as usize..][..4].copy_from_slice(&word.to_le_bytes());
  for door in 0..=Door::Where as u32 {
    write(64 + 4 * door, 1024 * (1 + door));
  }
  // A buffer that is one, so that the other exports are come to.
  for (door, steps) in [(Door::Buffer, &[give(FREE)][..])].iter().chain(programs) {
    for (index, word) in steps.iter().flatten().enumerate() {
      write(place(*door) + 4 * u32::try_from(index).expect("it is short"), *word);
    }
  }
  core
}

/// A script that runs in it; it has not begun.
fn instance(programs: &[(Door, &[Step])], limits: &Limits) -> Instance {
  Instance::new(puppet(programs, limits), nothing(), limits)
}

fn nothing() -> &'static Program {
  static PROGRAM: OnceLock<Program> = OnceLock::new();
  PROGRAM.get_or_init(|| program(""))
}
