//! Expressions of generated scripts: all kinds of the language, the built-ins with receivers and arguments that are too large,
//! too many, of the wrong kind or that run code of the script in the middle of them.
//!
//! Promises that an expression is one wherever it stands, that `await` and `yield` stand only where they may, and that
//! the depth is bounded.

use super::statements::Writer;

/// Names that every script has declared.
pub(super) const VARIABLES: [&str; 8] = ["a", "b", "c", "d", "e", "list", "text", "map"];

const NUMBERS: [&str; 18] = [
  "0",
  "1",
  "-1",
  "2",
  "7",
  "0.5",
  "NaN",
  "Infinity",
  "-Infinity",
  "-0",
  "2 ** 31",
  "2 ** 32 - 1",
  "2 ** 53 - 1",
  "1e21",
  "1e308",
  "65536",
  "300",
  "Number.MIN_VALUE",
];

const TEXTS: [&str; 16] = [
  "''",
  "'a'",
  "'length'",
  "'__proto__'",
  "'constructor'",
  "'then'",
  "'toString'",
  "'\\ud800'",
  "'\\u0130ß\\u0345'",
  "'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa'",
  "'[1, {\"a\": 2}]'",
  "'0'",
  "'2030-01-01'",
  "'x'.repeat(5000)",
  "'\\u{1f600}'.repeat(99)",
  "'Symbol.iterator'",
];

const PATTERNS: [&str; 12] = [
  "/a/g",
  "/(a+)+$/",
  "/(?<x>a|b)*?c/giu",
  "/(?=(a*))\\1b/y",
  "/[^\\p{L}]+/gu",
  "/(?<!a)b/s",
  "/(.)(.)?(.)??/dg",
  "/^(?:a?){25}a{25}/",
  "/\\b\\w+\\b/gim",
  "/[\\p{Lu}--[A-F]]/v",
  "/(((((((((((a)))))))))))/",
  "/\\u{1f600}+/gu",
];

const BIG: [&str; 8] = ["0n", "1n", "-1n", "2n ** 64n", "-(2n ** 63n)", "7n ** 999n", "2n ** 5000n", "BigInt(2 ** 53)"];

/// Receivers of their own kind, with the methods of them.
const METHODS: [(&str, &str); 12] = [
  (
    "list",
    "at concat copyWithin entries every fill filter find findIndex findLast flat flatMap forEach includes indexOf join keys \
     lastIndexOf map pop push reduce reduceRight reverse shift slice some sort splice toLocaleString toReversed toSorted \
     toSpliced toString unshift values with",
  ),
  (
    "text",
    "at charAt charCodeAt codePointAt concat endsWith includes indexOf isWellFormed lastIndexOf localeCompare match matchAll \
     normalize padEnd padStart repeat replace replaceAll search slice split startsWith substring toLowerCase toUpperCase \
     toWellFormed trim trimEnd",
  ),
  ("map", "clear delete entries forEach get has keys set values"),
  ("new Set(list)", "add clear delete difference has intersection isSubsetOf symmetricDifference union values"),
  (
    "new Float64Array(300)",
    "at copyWithin fill find includes indexOf join map reduce reverse set slice sort subarray toLocaleString toSorted with",
  ),
  ("new Uint8Array(new ArrayBuffer(16, { maxByteLength: 64 }))", "fill indexOf set slice sort subarray toReversed"),
  ("new ArrayBuffer(64)", "slice resize transfer"),
  ("new DataView(new ArrayBuffer(16))", "getFloat64 setBigInt64 getInt8 setUint16"),
  ("new Date(1e12)", "setFullYear setMonth toISOString toJSON toLocaleString toString getTimezoneOffset valueOf"),
  ("(12345.678)", "toFixed toPrecision toExponential toString toLocaleString"),
  ("[1, 2, 3].values()", "map filter take drop flatMap reduce toArray forEach some every find next"),
  ("new WeakMap([[b, c]])", "get set has delete"),
];

/// Functions that are called by their name.
const FUNCTIONS: &str = "Array Array.from Array.of Array.isArray Array.fromAsync BigInt BigInt.asIntN BigInt.asUintN Boolean \
  Date.UTC Date.parse decodeURIComponent encodeURIComponent escape Error isNaN JSON.parse JSON.stringify Map.groupBy Math.fround \
  Math.hypot Math.imul Math.max Math.min Math.pow Math.random Number Number.parseFloat Object Object.assign Object.create \
  Object.defineProperties Object.entries Object.freeze Object.fromEntries Object.getOwnPropertyDescriptors \
  Object.getOwnPropertyNames Object.getOwnPropertySymbols Object.getPrototypeOf Object.groupBy Object.is Object.keys Object.seal \
  Object.setPrototypeOf Object.values parseInt Promise.all Promise.allSettled Promise.any Promise.race Promise.reject \
  Promise.resolve Promise.try Promise.withResolvers queueMicrotask Reflect.apply Reflect.construct Reflect.defineProperty \
  Reflect.deleteProperty Reflect.get Reflect.has Reflect.ownKeys Reflect.set Reflect.setPrototypeOf RegExp RegExp.escape String \
  String.fromCharCode String.fromCodePoint String.raw structuredClone Symbol Symbol.for Symbol.keyFor unescape Iterator.from \
  Function.prototype.call Function.prototype.bind.call Function.prototype.toString.call Error.captureStackTrace f f f g h i \
  console.log console.error performance.now";

const CLASSES: &str = "AggregateError Array ArrayBuffer BigInt64Array DataView Date Error Float64Array Function Int8Array K K Map \
  Number Object Promise Proxy RangeError RegExp Set SharedArrayBuffer String TypeError Uint8Array Uint32Array WeakMap WeakSet";

const OPERATORS: &str = "+ + - * / % ** & | ^ << >> >>> == === != < > <= >= && || ?? , in instanceof";

const ASSIGNMENTS: &str = "= = = += -= *= **= <<= >>>= &&= ||= ??=";

const PREFIXES: &str = "- + ! ~ typeof void";

const FIELDS: &str = "a b length constructor prototype __proto__ name message stack cause size then 0 1 4294967294 toString \
  valueOf toJSON g s next return throw raw groups index byteLength buffer description";

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
