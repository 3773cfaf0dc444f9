//! The rest of a server over its loop and the scripts on other threads: `scripts/rest.rs` and `waits/rest.rs`.
//!
//! Matrix: work that goes from loop to script and back, from script to script by the loop, and to two scripts at once × a
//! thread that looks while it goes, and one that waits to be told; a script that ends, and one that is cut, instead of an
//! answer. Runs plainly and under loom. Three weaker looks show that the model finds what they miss.

#[path = "rest_world.rs"]
mod world;

use super::bounded::model;
use std::sync::atomic::Ordering;
use world::{Loop, Script, Work, World, join};

/// Whether a look finds a rest while work is on its way.
fn rests_too_soon(way: Work, entries: usize, turns: &'static [usize], look: impl Fn(&World) -> bool) -> bool {
  let world = World::new(turns.len(), 1);
  let threads = world.start(entries, turns);
  world.send(way);
  let is_too_soon = look(&world) && world.left.load(Ordering::SeqCst) > 0;
  join(threads);
  assert!(world.is_at_rest() && world.left.load(Ordering::SeqCst) == 0);
  is_too_soon
}

#[test]
fn no_rest_is_seen_while_work_goes_from_script_to_loop_and_back() {
  model(|| assert!(!rests_too_soon(&[Script(0), Loop, Script(0)], 1, &[2], World::is_at_rest)));
}

#[test]
fn no_rest_is_seen_while_work_goes_from_loop_to_script_and_back() {
  model(|| assert!(!rests_too_soon(&[Loop, Script(0), Loop], 2, &[1], World::is_at_rest)));
}

#[test]
fn no_rest_is_seen_while_work_goes_from_script_to_script_by_the_loop() {
  model(|| assert!(!rests_too_soon(&[Script(0), Loop, Script(1)], 1, &[1, 1], World::is_at_rest)));
}

/// That the scripts are looked at twice is needed, and the model finds it.
#[cfg(loom)]
#[test]
#[should_panic(expected = "too soon")]
fn a_look_at_the_scripts_before_the_loop_alone_may_be_too_soon() {
  let look = |world: &World| !world.owner.scripts.is_busy() && world.entries.is_at_rest();
  model(move || assert!(!rests_too_soon(&[Loop, Script(0)], 1, &[1], look), "too soon"));
}

/// The same of what the looks are for.
#[cfg(loom)]
#[test]
#[should_panic(expected = "too soon")]
fn a_look_at_the_scripts_behind_the_loop_alone_may_be_too_soon() {
  let look = |world: &World| world.entries.is_at_rest() && !world.owner.scripts.is_busy();
  model(move || assert!(!rests_too_soon(&[Script(0), Loop], 1, &[1], look), "too soon"));
}

/// That it counts how often scripts have become busy is needed, too.
#[cfg(loom)]
#[test]
#[should_panic(expected = "too soon")]
fn two_looks_that_do_not_count_may_be_too_soon() {
  let is_idle = |world: &World| !world.owner.scripts.is_busy();
  let look = move |world: &World| is_idle(world) && world.entries.is_at_rest() && is_idle(world);
  model(move || assert!(!rests_too_soon(&[Loop, Script(0), Loop], 2, &[1], look), "too soon"));
}

/// Waits as `process` does, once for each piece of work.
fn is_told(ways: &'static [Work], entries: usize, turns: &'static [usize]) {
  let world = World::new(turns.len(), ways.len());
  let threads = world.start(entries, turns);
  for way in ways {
    world.send(way);
  }
  world.wait_for_rest();
  assert_eq!(world.left.load(Ordering::SeqCst), 0);
  join(threads);
}

#[test]
fn one_that_waits_is_told_when_the_loop_is_last() {
  model(|| is_told(&[&[Script(0), Loop]], 1, &[1]));
}

#[test]
fn one_that_waits_is_told_when_a_script_is_last() {
  model(|| is_told(&[&[Loop, Script(0)]], 1, &[1]));
}

#[test]
fn one_that_waits_is_told_when_scripts_run_side_by_side() {
  model(|| is_told(&[&[Script(0)], &[Script(1)]], 0, &[1, 1]));
}

#[test]
fn one_that_waits_is_told_by_a_script_that_is_cut() {
  model(|| {
    let world = World::new(1, 1);
    let threads = world.start(1, &[2]);
    world.send(&[Loop, Script(0)]);
    world.scripts[0].cut();
    world.wait_for_rest();
    assert!(!world.owner.scripts.is_busy());
    join(threads);
  });
}
