//! What a script does to its host's steps and memory, and how it ends.

use super::{super::Overrun, limits, program, start, *};
use std::fs;

/// What never ends by itself, or not soon: the engine's built-in functions among it, caught or not.
const STEPS: &[&str] = &[
  "for (;;);",
  "for (;;) { try { for (;;); } catch {} finally { continue } }",
  "const again = () => queueMicrotask(again); again(); await host.nextTick()",
  "const again = async () => { await null; return again() }; await again()",
  "new Promise(() => { for (;;); }); await host.nextTick()",
  "[].reverse.call({ length: 2 ** 53 - 1 })",
  "[].indexOf.call({ length: 2 ** 53 - 1 }, 1)",
  "Array(2 ** 32 - 1).join()",
  "const huge = 3n ** 200000n; huge * huge * huge; huge.toString()",
  "/(a+)+b/.exec('a'.repeat(40))",
  "for (;;) /a/.exec('aaaaaaaaaa')",
  "'a'.repeat(1e6).replaceAll('a', () => { for (;;); })",
  "JSON.stringify({ toJSON() { for (;;); } })",
  "new Proxy({}, { get() { for (;;); } }).x",
  "const a = Array(1e6).fill(0); for (;;) a.sort(() => 0)",
  "while (true) new Uint8Array(1e6).fill(1)",
  "for (const x of { [Symbol.iterator]: () => ({ next: () => ({}) }) });",
];

const MEMORY: &[&str] = &[
  "const all = []; for (;;) all.push({})",
  "try { const all = []; for (;;) all.push(new Uint8Array(4096)) } catch {} await host.nextTick()",
  "'x'.repeat(2 ** 29)",
  "Array(2 ** 25).fill(1)",
  "new ArrayBuffer(2 ** 30)",
  "const map = new Map(); for (let i = 0; ; i++) map.set(i, [i])",
  "const text = 'x'.repeat(100000); for (;;) host.call(text)",
  "for (;;) host.delay(1)",
  "const text = 'x'.repeat(100000); for (;;) console.log(text)",
];

#[test]
fn what_takes_too_many_steps_ends_within_its_budget() {
  for bomb in STEPS {
    let failure = start(bomb, &limits()).err().unwrap_or_else(|| panic!("{bomb} goes on"));
    assert!(matches!(failure.overrun, Overrun::Turn | Overrun::Memory), "{bomb}: {failure:?}");
  }
}

#[test]
fn what_takes_too_much_memory_ends_by_it() {
  let limits = Limits { turn: 2_000_000_000, tick: 2_000_000_000, turn_time: Duration::from_secs(60), ..limits() };
  for bomb in MEMORY {
    let failure = start(bomb, &limits).err().unwrap_or_else(|| panic!("{bomb} goes on"));
    assert_eq!(failure.overrun, Overrun::Memory, "{bomb}");
  }
}

#[test]
fn deep_recursion_is_an_error_of_the_script() {
  for source in [
    "const deep = () => deep() + 1; try { deep() } catch (error) { if (error instanceof RangeError) await host.fine() }",
    "try { JSON.parse('['.repeat(100000)) } catch { await host.fine() }",
    "try { new RegExp('('.repeat(50000) + ')'.repeat(50000)) } catch { await host.fine() }",
  ] {
    let (_, turn) = start(source, &limits()).unwrap_or_else(|failure| panic!("{source}: {failure:?}"));
    assert_eq!(turn.asks.len(), 1, "{source}: {turn:?}");
  }
}

#[test]
fn an_overrun_names_the_line_and_brings_what_was_printed() {
  let source = "console.log('before')\nfunction spin() {\n  for (;;);\n}\nspin()";
  let failure = start(source, &limits()).err().expect("it spins");
  assert!(failure.place.expect("the engine knows").starts_with("spin (script.js:"));
  assert_eq!(failure.output, [(false, "before".into())]);
}

#[test]
fn the_budget_of_a_tick_is_shared_by_its_turns() {
  let limits = Limits { turn: 10_000_000, tick: 15_000_000, ..limits() };
  let source = "for (;;) { await host.next(); for (let i = 0; i < 10000; i++); }";
  let (mut instance, turn) = start(source, &limits).expect("it waits");
  let mut asks = turn.asks;
  for tick in 0..20 {
    asks = instance.deliver(id(&asks[0]), false, UNDEFINED, f64::from(tick)).expect("each tick has its own").asks;
  }
  let overrun = loop {
    match instance.deliver(id(&asks[0]), false, UNDEFINED, 20.5) {
      Ok(turn) => asks = turn.asks,
      Err(failure) => break failure.overrun,
    }
  };
  assert_eq!(overrun, Overrun::Tick);
  assert_eq!(instance.usage().steps_this_tick, 15_000_000);
}

#[test]
fn a_turn_with_a_huge_budget_ends_by_time() {
  let limits = Limits { turn: u64::MAX, tick: u64::MAX, turn_time: Duration::from_millis(20), ..limits() };
  let failure = start("function spin() { for (;;); } spin()", &limits).err().expect("it spins");
  assert_eq!(failure.overrun, Overrun::Time);
  assert!(failure.place.expect("the engine knows").starts_with("spin"));
}

#[test]
fn the_memory_of_a_thousand_ends_is_given_back() {
  let bomb = program("const all = []; for (;;) all.push(new Uint8Array(4096))");
  let run = |times: usize| {
    for _ in 0..times {
      let failure = Instance::start(&bomb, &limits(), 1, 1.0, b"", 0.0).err().expect("it leaks");
      assert_eq!(failure.overrun, Overrun::Memory);
    }
  };
  run(50);
  let before = resident();
  run(1000);
  let after = resident();
  // Other tests run beside this one, of which one has a thousand scripts. A thousand engines that were kept would take 8 GiB.
  assert!(after < before + (1 << 20), "{before} KiB became {after}");
}

/// Private memory of this process in KiB, where the system tells.
fn resident() -> usize {
  let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
  let line = status.lines().find(|line| line.starts_with("RssAnon"));
  line.and_then(|line| line.split_whitespace().nth(1)?.parse().ok()).unwrap_or(0)
}
