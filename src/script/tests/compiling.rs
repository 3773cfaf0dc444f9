//! Texts of all kinds, and what the compiler says of them.

use super::{
  super::{CompileError, sources::MAIN},
  *,
};

fn refusal(sources: &Sources) -> CompileError {
  Program::compile(sources).err().expect("it does not compile")
}

#[test]
fn a_syntax_error_names_its_place() {
  let CompileError::Syntax { module, line, column, message } = refusal(&sources("const fine = 1\nlet 2 = 3")) else {
    panic!("it is a syntax error")
  };
  assert_eq!((module.as_str(), line), (MAIN, 2));
  assert!(column > 0 && !message.is_empty(), "{column} {message}");
}

#[test]
fn the_column_of_a_syntax_error_counts_characters() {
  for (text, at) in [("let 2", (1, 5)), ("/* é */ let 2", (1, 13)), ("'🙂'\n/* 🙂é€ */ let 2", (2, 16))] {
    let CompileError::Syntax { line, column, .. } = refusal(&sources(text)) else { panic!("it is a syntax error") };
    assert_eq!((line, column), at, "{text}");
  }
}

#[test]
fn a_module_that_is_not_there_is_named_with_its_importer() {
  let mut sources = sources("import 'lib/a.js'");
  sources.modules = vec![("lib/a.js".into(), "import './b.js'".into())];
  let expected = CompileError::Missing { module: "lib/b.js".into(), importer: "lib/a.js".into() };
  assert_eq!(refusal(&sources), expected);
}

#[test]
fn modules_find_each_other_by_relative_names() {
  let mut sources = sources("import { ask } from './lib/a.js'; await ask()");
  sources.modules = vec![
    ("lib/a.js".into(), "export { ask } from '../lib/b.js'".into()),
    ("lib/b.js".into(), "export const ask = () => host.fine()".into()),
  ];
  let program = Program::compile(&sources).expect("all are there");
  let (_, turn) = Instance::start(&program, &limits(), 1, 1.0, b"", 0.0).expect("it waits");
  assert_eq!(turn.asks.len(), 1);
}

#[test]
fn what_is_nested_without_end_is_refused() {
  let deep = |open: &str, close: &str| open.repeat(200_000) + "1" + &close.repeat(200_000);
  for text in [
    deep("(", ")"),
    deep("[", "]"),
    deep("{", "}"),
    deep("!", ""),
    deep("`${", "}`"),
    deep("x=>", ""),
    deep("a?1:", ""),
    deep("1**", ""),
    deep("new ", ""),
    deep("{a:", "}"),
    deep("if(1)", ""),
    deep("class A extends(", "){}"),
    deep("async()=>await ", ""),
    "/".to_owned() + &"(".repeat(200_000) + &")".repeat(200_000) + "/",
  ] {
    let refusal = refusal(&sources(&text));
    assert!(matches!(refusal, CompileError::Syntax { .. } | CompileError::TooLarge(_)), "{}: {refusal}", &text[..20]);
  }
}

#[test]
fn a_long_text_compiles() {
  let text =
    "export function f(a, b) { return a.x + b[1] * 2 }\nlet v = { a: 1, b: [1, 2, 3] };\n".replace("f(", "f$(");
  let text: String = (0..2_000).map(|n| text.replace('$', &n.to_string()).replace('v', &format!("v{n}"))).collect();
  Program::compile(&sources(&text)).expect("it is JavaScript");
}

/// What is said of modules that cannot be linked: message, module, line and column.
fn unlinked(main: &str, modules: &[(&str, &str)]) -> (String, String, u32, u32) {
  let modules = modules.iter().map(|(name, source)| (name.to_string(), source.to_string())).collect();
  match refusal(&Sources { main: main.into(), modules, allow_eval: false }) {
    CompileError::Syntax { message, module, line, column } => (message, module, line, column),
    error => panic!("{error}"),
  }
}

#[test]
fn a_name_that_a_module_does_not_export_is_told_where_it_is_imported() {
  let missing =
    |name: &str, at: (&str, u32, u32)| (format!("Module 'm' has no export '{name}'"), at.0.to_owned(), at.1, at.2);
  let m = ("m", "export const here = 1");
  for (main, name, line, column) in [
    ("import { nothing } from 'm'", "nothing", 1, 10),
    ("import {here, nothing as other} from 'm'; other()", "nothing", 1, 15),
    (
      "// { nothing } from 'm'\nconst text = '{ nothing }'\nimport {\n  here,\n  nothing,\n} from './m'\nnothing()",
      "nothing",
      5,
      3,
    ),
    ("const nothing = { nothing: 1 }\nimport { nothing as n } from 'm'", "nothing", 2, 10),
    ("/* 🙂é */ import { $ } from 'm'", "$", 1, 20),
    ("import m from 'm'", "default", 1, 8),
    ("import m, { here } from 'm'", "default", 1, 8),
    ("import { default as m } from 'm'", "default", 1, 10),
    ("export { nothing } from 'm'", "nothing", 1, 10),
    ("export { here as nothing, gone as other } from 'm'", "gone", 1, 27),
    ("import { nothing } from 'm'\nexport { nothing }", "nothing", 1, 10),
    ("import m, * as all from 'm'", "default", 0, 0),
  ] {
    let expected = missing(name, (MAIN, line, column));
    let told = unlinked(main, &[m]);
    assert_eq!((&told.0, &told.1), (&expected.0, &expected.1), "{main}");
    assert_eq!((told.2, told.3), (line, column), "{main}");
  }
  let between = ("a", "export const fine = 1\nexport { lost } from 'm'");
  assert_eq!(unlinked("import 'a'", &[between, m]), missing("lost", ("a", 2, 10)));
  assert_eq!(
    unlinked("", &[between, m]),
    missing("lost", ("a", 2, 10)),
    "what the main module does not import counts, too"
  );
}

#[test]
fn of_many_importers_the_one_that_is_linked_first_is_told() {
  let names: Vec<_> = (0..60).map(|n| format!("part{n}")).collect();
  let fine = "import { here } from 'm'; export const x = here";
  let broken = "import { here, gone } from 'm'; export const x = gone";
  let mut modules: Vec<(&str, &str)> =
    names.iter().enumerate().map(|(n, name)| (name.as_str(), if n < 40 { fine } else { broken })).collect();
  modules.push(("m", "export const here = 1"));
  let (message, module, line, column) = unlinked("import 'part59'", &modules);
  assert_eq!((&*message, &*module), ("Module 'm' has no export 'gone'", "part59"));
  assert_eq!((line, column), (1, 16));
  assert_eq!(unlinked("", &modules).1, "part40");
}

#[test]
fn where_no_place_is_found_nobody_is_blamed_who_may_be_right() {
  let all = "import m, * as all from 'm'";
  let m = ("m", "export const here = 1");
  let (.., module, line, _) = unlinked("import { here } from 'm'; import 'a'", &[("a", all), m]);
  assert_eq!((&*module, line), ("", 0));
  let (.., module, line, _) = unlinked("import 'a'", &[("a", all), m]);
  assert_eq!((&*module, line), ("a", 0));
}

#[test]
fn names_that_the_engine_cuts_off_are_told() {
  let long = "m".repeat(100);
  let (message, module, line, column) = unlinked(&format!("import {{ gone }} from '{long}'"), &[(&long, "")]);
  assert_eq!((message, &*module, line, column), (format!("Module '{long}' has no export 'gone'"), MAIN, 1, 10));
  let name = "n".repeat(100);
  let (message, module, ..) = unlinked(&format!("import {{ {name} }} from 'm'"), &[("m", "")]);
  assert!(message.starts_with("Module 'm' has no export 'nnnn") && message.ends_with("…'"), "{message}");
  assert_eq!(module, MAIN);
}

#[test]
fn a_name_that_stands_everywhere_takes_no_more_room_than_others() {
  let words = " x".repeat(100_000);
  let (_, _, line, column) = unlinked(&format!("import {{ x }} from 'm'\n//{words}"), &[("m", "")]);
  assert_eq!((line, column), (1, 10));
  let (_, _, line, _) = unlinked(&format!("//{words}\nimport {{ x }} from 'm'"), &[("m", "")]);
  assert_eq!(line, 0, "too many words stand before it");
  let decoys = "import { x".to_owned() + &", x as y".repeat(10_000);
  unlinked(&format!("/* {decoys} */\nimport {{ x }} from 'm'"), &[("m", "")]);
}

#[test]
fn exports_that_lead_nowhere_are_told() {
  let twice = [("m", "export * from 'a'; export * from 'b'"), ("a", "export const x = 1"), ("b", "export const x = 2")];
  let (message, module, line, column) = unlinked("import { x } from 'm'", &twice);
  assert!(message.contains("'x' twice"), "{message}");
  assert_eq!((&*module, line, column), (MAIN, 1, 10));
  let circle = [("m", "export { x } from 'a'"), ("a", "export { x } from 'm'")];
  let (message, ..) = unlinked("import { x } from 'm'", &circle);
  assert!(message.contains("'x'"), "{message}");
}

#[test]
fn what_can_be_linked_compiles_and_runs_nothing_before_its_turn() {
  let modules = [
    ("m", "export * from 'n'; export { default } from 'n'; export * as all from 'n'; host.first()"),
    ("n", "import { late } from 'script.js'; export default () => late; export const here = 1; export let live"),
    ("throws", "throw new Error('x'); export const never = 1"),
    ("waits", "export const answer = await host.ask()"),
    ("odd 'name'", "export const x = 1; export { x as 'a b' }"),
  ];
  let main = "import m, { here, live, all } from 'm'; import 'waits'; import { 'a b' as ab } from \"odd 'name'\"\n\
              export const late = 2\nconst { never } = await import('throws').catch(() => ({}))";
  let modules = modules.map(|(name, source)| (name.into(), source.into())).into();
  let program = Program::compile(&Sources { main: main.into(), modules, allow_eval: false }).expect("all is there");
  let (_, turn) = Instance::start(&program, &limits(), 1, 1.0, b"", 0.0).expect("it waits");
  assert_eq!(turn.asks.len(), 2);
}
