//! A turn that has used up its budget goes on with the next one.

use super::{
  super::{Overrun, RestoreError},
  *,
};

const LONG: &str = "
  console.log('begun')
  let sum = 0
  for (let i = 0; i < 300000; i++) sum += i
  await host.last(sum)";

#[test]
fn a_paused_turn_goes_on_tick_by_tick() {
  let limits = Limits { turn: 5_000_000, tick: 5_000_000, pauses: true, ..limits() };
  let (mut instance, mut turn) = start(LONG, &limits).expect("it is paused");
  let mut tick = 0.0;
  while turn.is_paused {
    assert!(matches!(instance.save(), Err(RestoreError::Paused)));
    assert!(instance.go_on(tick).expect("it goes on").is_paused, "there is nothing left of the tick's budget");
    tick += 1.0;
    turn = instance.go_on(tick).expect("it goes on");
    assert!(instance.usage().steps_this_tick <= 5_100_000);
  }
  assert!(tick > 3.0);
  assert_eq!((turn.asks.len(), turn.output.len()), (1, 1));
  instance.save().expect("it waits");
}

#[test]
fn a_paused_script_that_is_dropped_gives_everything_back() {
  let limits = Limits { turn: 1_000_000, tick: 1_000_000, pauses: true, ..limits() };
  for _ in 0..200 {
    let (mut instance, turn) = start("for (;;);", &limits).expect("it is paused");
    assert!(turn.is_paused);
    assert!(instance.go_on(1.0).expect("it goes on").is_paused);
  }
}

#[test]
fn memory_ends_a_script_that_may_be_paused() {
  let limits = Limits { turn: 2_000_000, tick: 2_000_000, pauses: true, ..limits() };
  let (mut instance, _) =
    start("function leak() { const all = []; for (;;) all.push({}) } leak()", &limits).expect("it is paused");
  let failure = (1..).find_map(|tick| instance.go_on(f64::from(tick)).err()).expect("it leaks");
  assert_eq!(failure.overrun, Overrun::Memory);
  assert!(failure.place.expect("the engine knows").starts_with("leak"));
}
