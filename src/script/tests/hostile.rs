//! Scripts that ask for more than anybody has: every bomb of the corpus, at every place, and every built-in of the language
//! with hostile receivers and arguments.
//!
//! `BOMBS=100000` makes so many calls of built-ins instead of 750; there are some 600,000.

use super::{
  alarm::Alarm,
  corpus::{entries, script, text},
  driver::{End, Player, Story, on_large_stack, small},
};
use crate::script::{Program, Sources};

fn compiled(main: &str, modules: Vec<(String, String)>, allow_eval: bool) -> Program {
  let sources = Sources { main: main.into(), modules, allow_eval };
  Program::compile(&sources).unwrap_or_else(|error| panic!("{error:?}\n{main}"))
}

fn play(program: &Program) -> Story {
  Player { program, limits: &small(), seed: 7, saves: false }.play()
}

/// The ends that a word of the corpus stands for.
fn is_expected(word: &str, end: &End) -> bool {
  match word {
    "budget" => *end == End::Budget,
    "memory" => *end == End::Memory,
    "either" => matches!(end, End::Budget | End::Memory),
    "failed" => *end == End::Failed,
    "done" => *end == End::Done,
    "any" => *end != End::Waiting,
    _ => panic!("What is '{word}'?"),
  }
}

#[test]
fn every_bomb_ends_its_script_within_its_budget_and_at_the_same_step() {
  on_large_stack(|| {
    let alarm = Alarm::new();
    let bombs = entries("bombs.md");
    assert!(bombs.len() > 100);
    let mut wrong = Vec::new();
    for bomb in bombs {
      let allow_eval = bomb.name.contains("eval");
      let program = compiled(&bomb.text, Vec::new(), allow_eval);
      let story = alarm.during(&bomb.name, || play(&program));
      assert!(story.steps <= 1_000_000 * story.turns.max(1), "{}: {} steps", bomb.name, story.steps);
      assert_eq!(story, play(&program), "{}", bomb.name);
      if !is_expected(&bomb.end, &story.end) {
        wrong.push(format!("{}: {:?} {:?}", bomb.name, story.end, story.events.last()));
      }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
  });
}

/// What the places call; each asks for more steps or memory than there is.
const BOMBS: [&str; 4] = [
  "for (;;);",
  "for (const all = []; ; ) try { for (;;) all.push([all.length]) } catch {}",
  "/^(a+)+$/.test('a'.repeat(40) + '!')",
  "Array.prototype.reverse.call({ length: 2 ** 53 - 1 })",
];

#[test]
fn wherever_a_bomb_stands_it_ends_the_script() {
  on_large_stack(|| {
    let alarm = Alarm::new();
    let mut wrong = Vec::new();
    for place in entries("places.md") {
      for bomb in BOMBS {
        let declared = format!("const bomb = () => {{ {bomb} }}");
        let module = format!("{declared}\nbomb()");
        let program = compiled(&format!("{declared}\n{}", place.text), vec![("bomb.js".into(), module)], false);
        let story = alarm.during(format!("{}: {bomb}", place.name), || play(&program));
        if !is_expected("either", &story.end) {
          wrong.push(format!("{}, {bomb}: {:?} {:?}", place.name, story.end, story.events.last()));
        }
      }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
  });
}

/// An expression for each function that a script can reach.
fn reachable() -> Vec<String> {
  let program = compiled(&script("reach.js"), Vec::new(), false);
  let limits = crate::script::Limits { memory: 8 << 20, turn: 100_000_000, tick: 100_000_000, ..small() };
  let story = Player { program: &program, limits: &limits, seed: 1, saves: false }.play();
  assert_eq!(story.end, End::Done, "{:?}", story.events.last());
  let line = |event: &String| event.strip_prefix("line false ").map(str::to_owned);
  story.events.iter().filter_map(line).collect()
}

fn lines(heading: &str) -> Vec<String> {
  text("values.md", heading).lines().map(str::to_owned).collect()
}

/// Calls one function with one receiver, as a script; the outcome may be what it will, if there is one.
fn call(alarm: &Alarm, function: &str, receiver: &str, arguments: &str) -> End {
  let before = text("values.md", "Before");
  let main = format!(
    "{before}\nconst [f, it, all] = [{function}, ({receiver}), ({arguments})]\n\
     try {{ const x = Reflect.apply(f, it, all); if (typeof x?.next === 'function') for (const y of x) y; await x }} catch {{}}\n\
     try {{ await Reflect.construct(f, all) }} catch {{}}\n\
     try {{ console.log(it, all); await host.walk(it, all) }} catch {{}}"
  );
  let program = compiled(&main, Vec::new(), true);
  let story = alarm.during(&main, || play(&program));
  assert!(story.steps <= 1_000_000 * story.turns.max(1), "{} steps\n{main}", story.steps);
  story.end
}

#[test]
fn every_built_in_with_hostile_receivers_and_arguments_ends_within_its_budget() {
  on_large_stack(|| {
    let functions = reachable();
    assert!(functions.len() > 500, "{}", functions.len());
    let (receivers, arguments) = (lines("Receivers"), lines("Arguments"));
    let count = functions.len() * receivers.len() * arguments.len();
    let calls = std::env::var("BOMBS").map_or(750, |text| text.parse().expect("a number"));
    let alarm = Alarm::new();
    let mut ends = [0; 2];
    for call_number in 0..calls.min(count) {
      let at = call_number * 1_000_003 % count; // A prime, so that each comes once.
      let function = &functions[at % functions.len()];
      let receiver = &receivers[at / functions.len() % receivers.len()];
      let end = call(&alarm, function, receiver, &arguments[at / functions.len() / receivers.len()]);
      ends[usize::from(matches!(end, End::Budget | End::Memory))] += 1;
    }
    println!("{} calls, {} of them ended by a limit", ends[0] + ends[1], ends[1]);
  });
}
