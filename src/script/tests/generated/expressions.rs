//! Expressions of generated scripts: all kinds of the language, the built-ins with receivers and arguments that are too large,
//! too many, of the wrong kind or that run code of the script in the middle of them.
//!
//! Promises that an expression is one wherever it stands, that `await` and `yield` stand only where they may, and that
//! the depth is bounded.

use super::{
  statements::Writer,
  words::{
    ASSIGNMENTS, BIG, CLASSES, FIELDS, FUNCTIONS, METHODS, NUMBERS, OPERATORS, PATTERNS, PREFIXES, TEXTS, VARIABLES,
  },
};

impl Writer {
  pub(super) fn word(&mut self, words: &'static str) -> &'static str {
    let count = words.split_whitespace().count();
    words.split_whitespace().nth(self.below(count)).expect("there is one")
  }

  pub(super) fn variable(&mut self) -> &'static str {
    self.one_of(&VARIABLES)
  }

  /// An expression that may stand as an operand and as an argument.
  pub(super) fn expression(&mut self) -> String {
    if self.depth == 0 {
      return self.leaf();
    }
    self.depth -= 1;
    let written = self.compound();
    self.depth += 1;
    written
  }

  fn leaf(&mut self) -> String {
    match self.below(11) {
      0..=3 => self.variable().into(),
      4 => format!("({})", self.one_of(&NUMBERS)),
      5 => self.one_of(&TEXTS).into(),
      6 => self.one_of(&PATTERNS).into(),
      7 => format!("({})", self.one_of(&BIG)),
      8 => self
        .one_of(&["null", "undefined", "true", "false", "{}", "[]", "Symbol.iterator", "globalThis"])
        .replace("{}", "({})"),
      9 => "({ length: 2 ** 53 - 1, get 0() { return a } })".into(),
      _ => format!("(() => {})", self.variable()),
    }
  }

  fn compound(&mut self) -> String {
    match self.below(40) {
      0..=2 => self.leaf(),
      3..=9 => self.method(),
      10..=13 => {
        let function = self.word(FUNCTIONS);
        format!("{function}({})", self.arguments())
      }
      14 | 15 => {
        let class = self.word(CLASSES);
        format!("new {class}({})", self.arguments())
      }
      16..=18 => {
        let operator = self.word(OPERATORS);
        format!("(({}) {operator} ({}))", self.expression(), self.expression())
      }
      19 | 20 => {
        let assignment = self.word(ASSIGNMENTS);
        format!("({} {assignment} {})", self.target(), self.expression())
      }
      21 => {
        let prefix = self.word(PREFIXES);
        format!("({prefix} ({}))", self.expression())
      }
      22 => format!("({} ? {} : {})", self.expression(), self.expression(), self.expression()),
      23 | 24 => self.object(),
      25 => format!("[{}]", self.arguments()),
      26 => format!("`${{{}}}-${{{}}}`", self.expression(), self.expression()),
      27 => format!("f`${{{}}}\\u0041`", self.expression()),
      28 | 29 => self.function(),
      30 => {
        format!("({})?.{}?.[{}]", self.expression(), self.word(FIELDS).replace(['0', '1', '4'], "x"), self.expression())
      }
      31 => format!("({})[{}]", self.expression(), self.key()),
      32 | 33 => self.host_call(),
      34 | 35 => self.suspended(),
      36 => self.proxy(),
      37 => format!(
        "Promise.resolve({}).{}({})",
        self.expression(),
        self.one_of(&["then", "catch", "finally"]),
        self.function()
      ),
      38 => format!("import({})", self.one_of(&["'lib.js'", "'./lib.js'", "'node:fs'", "text"])),
      _ => format!("(class extends ({}) {{ static s = {}; #p = 1 }})", self.word(CLASSES), self.sync_expression()),
    }
  }

  fn method(&mut self) -> String {
    let (receiver, methods) = self.one_of(&METHODS);
    let method = self.word(methods);
    let own = receiver.to_owned();
    match self.below(6) {
      0 => format!("Reflect.apply(({own}).{method}, {}, [{}])", self.expression(), self.arguments()),
      1 => format!("({}).{method}?.({})", self.expression(), self.arguments()),
      _ => format!("({own}).{method}({})", self.arguments()),
    }
  }

  pub(super) fn arguments(&mut self) -> String {
    let count = self.below(4);
    let each: Vec<_> = (0..count)
      .map(|_| if self.below(9) == 0 { format!("...({})", self.expression()) } else { self.expression() })
      .collect();
    each.join(", ")
  }

  pub(super) fn key(&mut self) -> String {
    match self.below(4) {
      0 => self.expression(),
      1 => self.one_of(&["Symbol.iterator", "Symbol.toPrimitive", "Symbol.species", "Symbol.asyncIterator"]).into(),
      _ => format!("'{}'", self.word(FIELDS)),
    }
  }

  pub(super) fn target(&mut self) -> String {
    match self.below(4) {
      0 => format!("({})[{}]", self.expression(), self.key()),
      1 => {
        format!("{}.{}", self.variable(), self.one_of(&["length", "x", "__proto__", "then", "lastIndex", "toString"]))
      }
      _ => self.variable().into(),
    }
  }

  fn object(&mut self) -> String {
    let body = self.sync_expression();
    match self.below(7) {
      0 => format!("({{ get a() {{ return {body} }}, b: {} }})", self.expression()),
      1 => format!("({{ [Symbol.toPrimitive]() {{ return {body} }} }})"),
      2 => format!("({{ valueOf() {{ list.length = 0; return {body} }}, toString() {{ return {body} }} }})"),
      3 => format!("({{ toJSON() {{ return {body} }}, [{}]: {} }})", self.key(), self.expression()),
      4 => format!("({{ then(go, stop) {{ go({body}) }} }})"),
      5 => format!("({{ __proto__: {}, ...({}) }})", self.expression(), self.expression()),
      _ => format!("({{ *[Symbol.iterator]() {{ for (;;) yield {body} }}, length: {} }})", self.one_of(&NUMBERS)),
    }
  }

  fn proxy(&mut self) -> String {
    let trap = self.one_of(&[
      "get",
      "has",
      "set",
      "ownKeys",
      "getPrototypeOf",
      "apply",
      "construct",
      "getOwnPropertyDescriptor",
    ]);
    let target = self.one_of(&["{}", "[]", "function () {}", "class {}", "list", "map"]);
    format!("new Proxy({target}, {{ {trap}(...all) {{ return {} }} }})", self.sync_expression())
  }

  /// A function as an expression; in its body neither `await` nor `yield` of the function around it stands.
  pub(super) fn function(&mut self) -> String {
    match self.below(6) {
      0 => format!("(function* (x) {{ {} }})", self.body(false, true)),
      1 => format!("(async x => {{ {} }})", self.body(true, false)),
      2 => format!("(async function* (x) {{ {} }})", self.body(true, true)),
      3 => format!("(function (x, {{ y }} = {{}}, ...z) {{ {} }})", self.body(false, false)),
      _ => format!("((x, y) => {})", self.sync_expression()),
    }
  }

  /// An expression in which nothing is waited for.
  pub(super) fn sync_expression(&mut self) -> String {
    self.within(false, false, Self::expression)
  }

  fn host_call(&mut self) -> String {
    match self.below(8) {
      0 => "host.nextTick()".into(),
      1 => format!("host.delay({})", self.one_of(&["0", "1", "2.5", "-1", "NaN", "a"])),
      2 => format!("host.execute({})", self.arguments()),
      3 => "host.id".into(),
      4 => "host.now".into(),
      _ => format!("host.{}({})", self.one_of(&["walk", "look", "constructor", "toString", "$"]), self.arguments()),
    }
  }

  fn suspended(&mut self) -> String {
    match (self.may_await, self.may_yield) {
      (true, true) if self.below(2) == 0 => format!("(yield {})", self.expression()),
      (true, _) if self.below(2) == 0 => format!("(await {})", self.host_call()),
      (true, _) => format!("(await ({}))", self.expression()),
      (_, true) => format!("(yield{} ({}))", self.one_of(&["", "", "*"]), self.expression()),
      _ => self.leaf(),
    }
  }
}
