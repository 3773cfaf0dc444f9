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
