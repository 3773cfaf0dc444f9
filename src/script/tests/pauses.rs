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
  assert_eq!(turn.output, [(false, "begun".into())]);
  let mut tick = 0.0;
  while turn.is_paused {
    assert!(matches!(instance.save(), Err(RestoreError::Paused)));
    assert!(instance.go_on(tick).expect("it goes on").is_paused, "there is nothing left of the tick's budget");
    tick += 1.0;
    turn = instance.go_on(tick).expect("it goes on");
    assert!(instance.usage().steps_this_tick <= 5_100_000);
  }
  assert!(tick > 3.0);
  assert_eq!((turn.asks.len(), turn.output.len()), (1, 0));
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

#[test]
fn a_budget_that_is_no_whole_number_of_slices_is_all_that_a_tick_takes() {
  for turn in [1_000, 16_000_000, 16_000_001, 33_000_001, 50_000_000] {
    let limits = Limits { turn, tick: turn, pauses: true, ..limits() };
    let (mut instance, _) = start("for (;;);", &limits).expect("it is paused");
    for tick in 1..4 {
      assert!(instance.go_on(f64::from(tick)).expect("it goes on").is_paused);
      let steps = instance.usage().steps_this_tick;
      assert!(steps <= turn && steps > turn - 10, "{steps} of {turn}");
    }
  }
}

#[test]
fn what_uses_up_the_steps_of_a_tick_is_ended_and_not_paused() {
  let spinner = Limits { tick: 1_000_000, pauses: true, ..limits() };
  let failure = start("function spin() { for (let n = 0;;) n++ } spin()", &spinner).err().expect("it is ended");
  assert_eq!(failure.overrun, Overrun::Tick);
  assert!(failure.place.expect("the engine knows").starts_with("spin"));
  assert!((1_000_000..1_010_000).contains(&failure.usage.steps), "{}", failure.usage.steps);

  let asker = Limits { turn: 2_000_000, tick: 2_000_000, pauses: true, ..limits() };
  let (mut instance, mut turn) = start("for (;;) await host.ask()", &asker).expect("it waits");
  let failure = (0..10_000).find_map(|_| match instance.deliver(id(&turn.asks[0]), false, UNDEFINED, 0.0) {
    Ok(next) => {
      turn = next;
      None
    }
    Err(failure) => Some(failure),
  });
  assert_eq!(failure.expect("it is ended").overrun, Overrun::Tick);
  assert!((2_000_000..2_010_000).contains(&instance.usage().steps), "{}", instance.usage().steps);
}

#[test]
fn the_end_of_its_time_keeps_what_a_turn_has_printed_and_where_it_was() {
  for pauses in [false, true] {
    let turn_time = Duration::from_millis(20);
    let limits = Limits { turn: 1 << 50, tick: 1 << 50, turn_time, pauses, ..limits() };
    let source = "console.log('before'); (function spin() { for (let n = 0;;) n++ })()";
    let failure = start(source, &limits).err().expect("its time is over");
    assert_eq!(failure.overrun, Overrun::Time);
    assert_eq!(failure.output, [(false, "before".into())]);
    assert!(failure.place.expect("the engine knows").starts_with("spin"));
  }
}

#[test]
fn what_is_cut_ends_where_it_would_be_paused() {
  let limits = Limits { turn: 1_000_000, pauses: true, ..limits() };
  let (mut instance, _) = start("(function spin() { for (let n = 0;;) n++ })()", &limits).expect("it is paused");
  limits.cut.set();
  let failure = instance.go_on(1.0).expect_err("it is cut");
  assert_eq!(failure.overrun, Overrun::Time);
  assert!(failure.place.expect("the engine knows").starts_with("spin"));
}

#[test]
fn lines_are_given_out_at_each_pause_and_are_held_no_longer() {
  let limits = Limits { memory: 1 << 20, turn: 5_000_000, pauses: true, ..limits() };
  let source = "const text = 'x'.repeat(10_000); for (let i = 0; ; i++) console.log(i, text)";
  let (mut instance, turn) = start(source, &limits).expect("it is paused");
  let mut lines = turn.output;
  let mut tick = 0.0;
  while lines.len() < 500 {
    tick += 1.0;
    lines.extend(instance.go_on(tick).expect("it goes on").output);
  }
  for (i, (_, line)) in lines.iter().enumerate() {
    assert!(line.starts_with(&format!("{i} x")), "{i}");
  }
}
