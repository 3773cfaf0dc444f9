//! Generated scripts under small limits: each ends, twice in the same way, and so does one that is saved and restored at
//! every await.
//!
//! `SCRIPTS=100000` runs so many instead of 500, from the seed `SCRIPTS_SEED` on, and looks that the memory of the process
//! stays where it is. It prints how the scripts have ended.

mod expressions;
mod statements;
mod words;

use super::{
  alarm::Alarm,
  driver::{End, Player, on_large_stack, small},
};
use crate::script::{Program, Sources};
use statements::Script;
use std::collections::BTreeMap;

fn setting(variable: &str, otherwise: u64) -> u64 {
  std::env::var(variable).map_or(otherwise, |text| text.parse().expect("a number"))
}

/// Plays the script of a seed; returns how it has ended, `None` where it was none.
fn play(alarm: &Alarm, seed: u64) -> Option<End> {
  let script = Script::of(seed);
  let sources =
    Sources { main: script.main, modules: vec![("lib.js".into(), script.module)], allow_eval: seed.is_multiple_of(2) };
  let program = alarm.during(format!("compiling SCRIPTS_SEED={seed}"), || Program::compile(&sources)).ok()?;
  let limits = small();
  let player = |saves| Player { program: &program, limits: &limits, seed, saves };
  let run = |saves| alarm.during(format!("SCRIPTS_SEED={seed}"), || player(saves).play());
  let story = run(false);
  assert_eq!(story, run(false), "a second time: SCRIPTS_SEED={seed}");
  if seed.is_multiple_of(4) {
    assert_eq!(story, run(true), "saved and restored: SCRIPTS_SEED={seed}");
  }
  Some(story.end)
}

/// Bytes of memory that the process holds, where the system tells.
fn resident() -> Option<u64> {
  let status = std::fs::read_to_string("/proc/self/statm").ok()?;
  Some(status.split_whitespace().nth(1)?.parse::<u64>().ok()? * 4096)
}

#[test]
fn generated_scripts_end_alike_each_time_and_when_they_were_saved() {
  on_large_stack(|| {
    let (first, count) = (setting("SCRIPTS_SEED", 1), setting("SCRIPTS", 500));
    let alarm = Alarm::new();
    let mut ends = BTreeMap::<String, u64>::new();
    let mut early = None;
    for at in 0..count {
      let end = play(&alarm, first + at).map_or("Refused".into(), |end| format!("{end:?}"));
      *ends.entry(end).or_default() += 1;
      if at == count / 4 {
        early = resident();
      }
    }
    let refused = ends.get("Refused").copied().unwrap_or(0);
    assert!(refused * 20 <= count, "too many are no scripts: {ends:?}");
    if let (Some(early), Some(late)) = (early, resident())
      && count >= 5000
    {
      assert!(late < early + (48 << 20), "it grows: {} MB, then {} MB", early >> 20, late >> 20);
      println!("{} MB after a quarter, {} MB at the end", early >> 20, late >> 20);
    }
    println!("{count} scripts: {ends:?}");
  });
}
