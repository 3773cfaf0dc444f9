//! Control inversion: robots are written as async functions, and the main loop decides when each of them goes on.
//!
//! Shows that a robot just awaits its next step, that a round takes one call of each robot, always in the same order, and
//! that a robot that has ended, or failed, holds nobody up. Run it with
//! `cargo run --no-default-features --example control_inversion`.

use std::{collections::BTreeMap, error::Error, time::Duration};
use threaded_async::{AsyncRunner, BackgroundTask, Client, TaskError, WaitError};

/// A robot asks to go so many fields, back where the number is negative.
struct Step {
  robot: &'static str,
  fields: i32,
}

/// The field on which the robot stands now.
type Field = i32;

/// Walks until it stands on the field.
async fn walker(robot: &'static str, goal: Field, game: Client<Step, Field>) -> Result<Field, WaitError> {
  let mut here = 0;
  while here != goal {
    here = game.call(Step { robot, fields: (goal - here).signum() }).await?;
  }
  Ok(here)
}

/// Goes to and fro, so many times.
async fn guard(robot: &'static str, times: u32, game: Client<Step, Field>) -> Result<Field, WaitError> {
  let mut here = 0;
  for _ in 0..times {
    game.call(Step { robot, fields: 2 }).await?;
    here = game.call(Step { robot, fields: -2 }).await?;
  }
  Ok(here)
}

fn playing<R>(robots: &[BackgroundTask<R>]) -> usize {
  robots.iter().filter(|robot| !robot.done()).count()
}

/// Lets every robot run until it has made its next call, or has ended. Returns whether there is a call.
fn let_robots_think<R>(
  runner: &AsyncRunner,
  robots: &[BackgroundTask<R>],
  calls: impl Fn() -> usize,
) -> Result<bool, TaskError> {
  while calls() < playing(robots) {
    runner.wait_for_next_eventloop_iteration()?;
  }
  Ok(calls() > 0)
}

fn main() -> Result<(), Box<dyn Error>> {
  let runner = AsyncRunner::options().name("robots").start()?;
  let game = runner.server::<Step, Field>();
  let robots = [
    runner.create_named_task("walker", walker("walker", 3, game.client())),
    runner.create_named_task("guard", guard("guard", 2, game.client())),
  ];

  let mut fields = BTreeMap::new();
  while let_robots_think(&runner, &robots, || game.pending(1))? {
    game.begin_round();
    while let Some(request) = game.try_take_in_round() {
      let field = fields.entry(request.question.robot).or_insert(0);
      *field += request.question.fields;
      request.answer(*field).expect("it has no answer yet");
    }
    println!("{fields:?}");
  }

  for robot in robots {
    println!("{} ended on {}", robot.name(), robot.wait(Duration::from_secs(1))??);
  }
  runner.close()?;
  Ok(())
}
