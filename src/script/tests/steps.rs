//! Steps are a property of the program and its answers, of nothing else.

use super::*;

const WORK: &str = "
  const seen = new Map()
  export default async () => {
    for (let i = 0; i < 5; i++) {
      const answer = await host.next(i, Math.random(), [new Date().getTime()])
      for (let k = 0; k < 1000; k++) seen.set(`${k * Math.random()}`, { k, answer })
      console.log(seen.size, /(\\d+)/.exec(`${i}`)[1])
    }
    return [...seen.keys()].sort().slice(0, 3)
  }";

/// The steps after each of its turns, and what it gave.
fn run() -> (Vec<u64>, Option<End>) {
  let (mut instance, turn) = start(WORK, &limits()).expect("it waits");
  let (mut asks, mut steps) = (turn.asks, vec![instance.usage().steps]);
  loop {
    let turn = instance.deliver(id(&asks[0]), false, &number(3), 5.0).expect("it is within its limits");
    steps.push(instance.usage().steps);
    if turn.end.is_some() {
      return (steps, turn.end);
    }
    asks = turn.asks;
  }
}

#[test]
fn the_same_answers_take_the_same_steps() {
  let first = run();
  for _ in 0..3 {
    assert_eq!(run(), first);
  }
  let others: Vec<_> = (0..2).map(|_| thread::Builder::new().stack_size(STACK).spawn(run)).collect();
  for other in others {
    assert_eq!(other.expect("there is a thread").join().expect("it ends"), first);
  }
}

#[test]
fn a_turn_that_can_be_left_takes_the_same_steps() {
  let source = "await host.first(); let sum = 0; for (let i = 0; i < 300000; i++) sum += i; await host.last(sum)";
  let run = |limits: &Limits| {
    let (mut instance, turn) = start(source, limits).expect("it waits");
    let turn = instance.deliver(id(&turn.asks[0]), false, UNDEFINED, 0.0).expect("it is within its limits");
    assert!(!turn.is_paused);
    instance.usage().steps
  };
  let large = Limits { turn: 1 << 40, tick: 1 << 40, turn_time: Duration::from_secs(60), ..limits() };
  let whole = run(&Limits { turn: 1 << 32, tick: 1 << 32, turn_time: Duration::from_secs(60), ..limits() });
  assert_eq!(run(&large), whole);
  assert_eq!(run(&Limits { pauses: true, ..large }), whole);
}
