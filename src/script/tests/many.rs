//! A thousand scripts at once.

use super::*;

const ROBOT: &str = "
  export default async () => {
    let sum = 0
    for (;;) sum += await host.look(sum)
  }";

#[test]
fn a_thousand_scripts_run_on_two_threads() {
  let robot = program(ROBOT);
  let run = |robot: Program| {
    let start = |seed| Instance::start(&robot, &limits(), seed, 1.0, b"", 0.0).expect("it waits");
    let mut all: Vec<_> = (0..500).map(start).collect();
    for _ in 0..10 {
      for (instance, turn) in &mut all {
        *turn = instance.deliver(id(&turn.asks[0]), false, &number(2), 0.0).expect("it is within its limits");
      }
    }
    let steps: Vec<u64> = all.iter().map(|(instance, _)| instance.usage().steps).collect();
    assert!(steps.iter().all(|&count| count == steps[0]));
    steps[0]
  };
  let threads: Vec<_> = (0..2)
    .map(|_| {
      let robot = robot.clone();
      let thread = thread::Builder::new().stack_size(STACK);
      thread.spawn(move || run(robot)).expect("there is a thread")
    })
    .collect();
  let steps: Vec<_> = threads.into_iter().map(|thread| thread.join().expect("it ends")).collect();
  assert_eq!(steps[0], steps[1]);
}
