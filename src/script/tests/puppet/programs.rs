//! What a spoiled engine could do, one by one.

use super::{
  super::{Failure, Turn, driver::on_large_stack, id, number, saving::sealed, start},
  *,
};
use crate::script::{
  Ask, CompileError, Overrun, RestoreError, UNASKED,
  compile::{compile_by, on_own_stack},
};

const MEMORY: u32 = 1 << 20;

/// The kinds of engine: what runs through, what is looked at in between, and what is paused.
fn kinds() -> [Limits; 3] {
  let plain = Limits { memory: MEMORY, turn: 2_000_000, tick: 6_000_000, ..limits() };
  let sliced = Limits { turn_time: std::time::Duration::from_millis(1), ..plain.clone() };
  let paused = Limits { pauses: true, ..plain.clone() };
  [plain, sliced, paused]
}

/// Begins, and goes on in the next ticks where the turn is paused.
fn begun(programs: &[(Door, &[Step])], limits: &Limits) -> (Instance, Result<Turn, Failure>) {
  let mut instance = instance(programs, limits);
  let mut turn = instance.begin(vec![0; 100], 0.0);
  for tick in 1..20 {
    if turn.as_ref().is_ok_and(|turn| turn.is_paused) {
      turn = instance.go_on(f64::from(tick));
    }
  }
  (instance, turn)
}

fn failure(programs: &[(Door, &[Step])], limits: &Limits) -> Failure {
  begun(programs, limits).1.expect_err("it fails")
}

fn is_breach(failure: &Failure) -> bool {
  matches!(failure.overrun, Overrun::Engine(_))
}

#[test]
fn places_outside_of_its_memory_are_not_read_or_written() {
  const MOST: u32 = u32::MAX;
  let places = [(MOST, 1), (0, MOST), (MOST, MOST), (2 << 16, 1), ((2 << 16) - 1, 2), (1, 2 << 16), (1 << 31, 1 << 31)];
  for limits in kinds() {
    for (start, length) in places {
      assert!(is_breach(&failure(&[(Door::Start, &[call(1, start, length), give(0)])], &limits)));
      assert!(is_breach(&failure(&[(Door::Start, &[print(start, length), give(0)])], &limits)));
      for state in [1, 2] {
        let result: [(Door, &[Step]); 3] =
          [(Door::Start, &[give(state)]), (Door::Result, &[give(start)]), (Door::ResultLength, &[give(length)])];
        assert!(is_breach(&failure(&result, &limits)));
      }
      let place: [(Door, &[Step]); 4] = [
        (Door::Start, &[trap()]),
        (Door::Where, &[give(0)]),
        (Door::Result, &[give(start)]),
        (Door::ResultLength, &[give(length)]),
      ];
      assert_eq!(failure(&place, &limits).place, None);
    }
    for buffer in [MOST, (2 << 16) - 99, 2 << 16, 1 << 31] {
      assert!(is_breach(&failure(&[(Door::Buffer, &[give(buffer)])], &limits)));
    }
    assert_eq!(failure(&[(Door::Buffer, &[give(0)])], &limits).overrun, Overrun::Memory);
  }
}

#[test]
fn states_and_numbers_that_there_are_not_end_the_script() {
  for limits in kinds() {
    for state in [3, 255, u32::MAX] {
      assert!(is_breach(&failure(&[(Door::Start, &[give(state)])], &limits)));
    }
    assert!(is_breach(&failure(&[(Door::Start, &[call(UNASKED, 0, 1), give(0)])], &limits)));
    assert!(is_breach(&failure(&[(Door::Start, &[wait(UNASKED, 0), give(0)])], &limits)));
    for (first, second) in [(1, 1), (2, 1), (UNASKED - 1, 0)] {
      assert!(is_breach(&failure(&[(Door::Start, &[call(first, 0, 1), call(second, 0, 1), give(0)])], &limits)));
      assert!(is_breach(&failure(&[(Door::Start, &[call(first, 0, 1), wait(second, 0), give(0)])], &limits)));
    }
  }
}

#[test]
fn an_engine_that_waits_and_has_asked_for_nothing_has_failed() {
  for limits in kinds() {
    assert!(is_breach(&failure(&[], &limits)));
    let (mut instance, turn) = begun(&[(Door::Start, &[call(1, 0, 1), give(0)])], &limits);
    assert_eq!(turn.expect("it waits").asks.len(), 1);
    assert!(is_breach(&instance.deliver(1, false, &number(1), 30.0).expect_err("it waits for nothing")));
  }
}

#[test]
fn what_never_ends_ends_and_takes_no_more_than_its_limits() {
  on_large_stack(|| {
    let place = place(Door::Start);
    let again = jump(place);
    let next = |step: Step| [step, add(place + 4, 1), again];
    let (packet, empty, pause) = (next(call(1, 0, 1000)), next(call(1, 0, 0)), next(wait(1, 0)));
    let endless: [(&[Step], Overrun); 11] = [
      (&packet, Overrun::Memory),
      (&empty, Overrun::Memory),
      (&pause, Overrun::Memory),
      (&[print(0, 1000), again], Overrun::Memory),
      (&[print(0, 0), again], Overrun::Memory),
      (&[call(1, 0, 2 << 16), add(place + 4, 1), again], Overrun::Memory),
      (&[grow(1), again], Overrun::Memory),
      (&[grow(65_000), give(0)], Overrun::Memory),
      (&[over_memory(), give(0)], Overrun::Memory),
      (&[recurse(place)], Overrun::Stack),
      (&[add(FREE, 1), again], Overrun::Turn),
    ];
    for limits in &kinds()[..2] {
      for (steps, overrun) in &endless {
        let (failure, held) = counting::most_held(|| failure(&[(Door::Start, steps)], limits));
        assert_eq!(failure.overrun, *overrun, "{steps:?}");
        // Twice its limit: what it has asked, and that which is asked; a list that grows is copied.
        assert!(held < 4 * MEMORY as usize, "{held} bytes: {steps:?}");
      }
      assert_eq!(failure(&[(Door::Start, &[spin()])], limits).overrun, Overrun::Turn);
    }
  });
}

#[test]
fn a_packet_as_large_as_its_memory_is_refused_before_it_is_copied() {
  let limits = Limits { memory: 64 << 20, ..kinds()[0].clone() };
  let most = 1500 * 65536;
  for step in [call(1, 0, most), print(0, most)] {
    let (failure, held) = counting::most_held(|| failure(&[(Door::Start, &[grow(1500), step, give(0)])], &limits));
    assert_eq!(failure.overrun, Overrun::Memory);
    assert!(held < 1 << 20, "{held} bytes");
  }
}

#[test]
fn bytes_that_are_no_text_and_become_longer_are_counted_as_they_became() {
  let limits = &kinds()[0];
  let steps = [add(FREE, u32::MAX), add(FREE + 4, u32::MAX), print(FREE, 8), jump(place(Door::Start) + 32)];
  let failure = failure(&[(Door::Start, &steps)], limits);
  assert_eq!(failure.overrun, Overrun::Memory);
  assert_eq!(failure.output[0].1, "\u{fffd}".repeat(8));
  let bytes: usize = failure.output.iter().map(|(_, line)| line.len() + 64).sum();
  assert!(bytes <= MEMORY as usize);
}

/// What an export should not do that ends by itself in a sound engine.
fn bad(door: Door) -> [Vec<Step>; 6] {
  let place = place(door);
  let flood = vec![print(0, 1000), jump(place)];
  [vec![spin()], vec![recurse(place)], vec![trap()], flood, vec![over_memory()], vec![grow(65_000)]]
}

#[test]
fn what_the_host_asks_after_a_turn_does_not_hold_it_up() {
  on_large_stack(|| {
    for limits in kinds() {
      for steps in bad(Door::Where) {
        assert_eq!(failure(&[(Door::Start, &[trap()]), (Door::Where, &steps)], &limits).place, None);
      }
      for door in [Door::Heap, Door::Result, Door::ResultLength] {
        for steps in bad(door) {
          failure(&[(Door::Start, &[give(1)]), (door, &steps)], &limits);
        }
      }
    }
  });
}

#[test]
fn the_place_of_an_overrun_says_nothing_to_a_terminal() {
  let programs: [(Door, &[Step]); 3] = [
    (Door::Start, &[add(FREE, u32::from_le_bytes(*b"\x1b[J\n")), trap()]),
    (Door::Result, &[give(FREE)]),
    (Door::ResultLength, &[give(4)]),
  ];
  for limits in kinds() {
    assert_eq!(failure(&programs, &limits).place.as_deref(), Some("\u{fffd}[J\u{fffd}"));
  }
}

#[test]
fn turns_that_take_no_steps_use_up_a_tick_all_the_same() {
  for limits in kinds() {
    let deliver = place(Door::Deliver);
    let programs: [(Door, &[Step]); 2] = [
      (Door::Start, &[wait(1, 0), give(0)]),
      (Door::Deliver, &[print(0, 100_000), wait(2, 0), add(deliver + 20, 1), give(0)]),
    ];
    let (mut instance, turn) = begun(&programs, &limits);
    let mut asks = turn.expect("it waits").asks;
    let mut turns = 0;
    while let Ok(turn) = instance.deliver(id(&asks[0]), false, &number(1), 30.0) {
      if turn.is_paused {
        break;
      }
      asks = turn.asks;
      turns += 1;
    }
    assert!(turns <= 60, "{turns} turns, in each of which the host was given 100,000 bytes");
  }
}

#[test]
fn times_that_are_none_are_handed_on_as_they_are() {
  let bits = [f64::NAN.to_bits(), f64::INFINITY.to_bits(), f64::NEG_INFINITY.to_bits(), (-0.0_f64).to_bits(), 1];
  for time in bits {
    #[expect(clippy::cast_possible_truncation, reason = "both halves are written")]
    let write = [add(FREE, time as u32), add(FREE + 4, (time >> 32) as u32), wait(7, FREE), give(0)];
    let (_, turn) = begun(&[(Door::Start, &write), (Door::Buffer, &[give(FREE + 64)])], &kinds()[0]);
    let asks = turn.expect("it waits").asks;
    assert!(matches!(asks[..], [Ask::Wait { id: 7, time: given }] if given.to_bits() == time), "{asks:?}");
  }
}

/// What a puppet makes of a module whose name has four letters.
fn compiled(programs: &[(Door, &[Step])], source: &str) -> Result<Vec<u8>, CompileError> {
  let core = puppet(programs, &Limits { memory: 0, ..kinds()[0].clone() });
  on_own_stack(|| compile_by(core, "a.js", source))
}

#[test]
fn a_spoiled_engine_that_compiles_gives_an_error_in_the_end() {
  let place = place(Door::Compile);
  let again: [(&[Step], &str); 6] = [
    (&[spin()], "time"),
    (&[recurse(place)], "deeply"),
    (&[trap()], "failed"),
    (&[grow(1), jump(place)], "memory"),
    (&[call(1, 0, 1000), add(place + 4, 1), jump(place)], "memory"),
    (&[print(0, 0), jump(place)], "memory"),
  ];
  for (steps, word) in again {
    let error = compiled(&[(Door::Compile, steps)], "").expect_err("it is none");
    assert!(error.to_string().contains(word), "{error}");
  }
  for (start, length) in [(u32::MAX, 1), (0, u32::MAX), (2 << 16, 1)] {
    let result: [(Door, &[Step]); 2] = [(Door::Result, &[give(start)]), (Door::ResultLength, &[give(length)])];
    assert!(matches!(compiled(&result, ""), Err(CompileError::Engine(_))));
  }
}

#[test]
fn a_report_of_a_syntax_error_that_is_none_is_read_as_a_text() {
  let report = |text: &str| {
    let length = u32::try_from(text.len()).expect("it is short");
    let result: [(Door, &[Step]); 3] = [
      (Door::Compile, &[give(1)]),
      (Door::Result, &[give(FREE + 8)]), // Behind the name: the source.
      (Door::ResultLength, &[give(length)]),
    ];
    compiled(&result, text).expect_err("it is one")
  };
  for text in ["[".repeat(100_000), "{\"a\":".repeat(15_000), "\u{fffd}".repeat(3), String::new(), "1e999".into()] {
    let CompileError::Syntax { message, line, column, .. } = report(&text) else { panic!("it is a syntax error") };
    assert!(text.starts_with(&message) && message.len() <= 4096);
    assert_eq!((line, column), (0, 0));
  }
  for number in ["1e999", "-1", "1e300", "null", "[]", "{}", "\"1\""] {
    let text = format!("{{\"line\":{number},\"message\":[]}}");
    assert!(matches!(report(&text), CompileError::Syntax { .. }));
  }
}

#[test]
fn a_script_is_not_restored_that_waits_for_nothing() {
  let (instance, turn) = start("await host.look()", &limits()).expect("it waits");
  let mut bytes = instance.save().expect("it waits");
  let Ask::Call { packet, .. } = &turn.asks[0] else { panic!("it has called") };
  let count = 32 + 8 + 64 + 8 + 8 + 32;
  assert_eq!(bytes[count..count + 4], [1, 0, 0, 0]);
  bytes.drain(count + 4..count + 13 + packet.len());
  bytes[count] = 0;
  let refusal = Instance::restore(&program("await host.look()"), &limits(), &sealed(bytes));
  assert_eq!(refusal.err(), Some(RestoreError::Damaged("it waits for nothing")));
}
