//! Scripts by chance: a seed makes a module that the engine can nearly always compile, and that does what nobody would
//! write.
//!
//! Promises that a seed makes the same script on every machine. What it declares stands in `VARIABLES` of `expressions.rs`,
//! besides a class `K` and four functions: `f`, a generator `g`, an async `h`, and an async generator `i`.

use super::words::VARIABLES;

/// Draws lots, and writes a script by them.
pub struct Writer {
  state: u64,
  pub(super) depth: usize,
  pub(super) may_await: bool,
  pub(super) may_yield: bool,
  /// Loops around the statement, in its function: how far `break` and `continue` can go.
  loops: usize,
  in_function: bool,
  labels: usize,
  /// How many more statements may be written.
  room: usize,
}

/// A script, and the module `lib.js` that it can import.
pub struct Script {
  pub main: String,
  pub module: String,
}

impl Script {
  pub fn of(seed: u64) -> Self {
    let mut writer = Writer::new(seed);
    let module = format!("export const x = {};\nexport default {}", writer.sync_expression(), writer.sync_expression());
    Self { main: writer.script(), module }
  }
}

impl Writer {
  pub fn new(seed: u64) -> Self {
    // The output of splitmix64, so that seeds that stand side by side make scripts that have nothing in common.
    let mut state = seed.wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    state = (state ^ (state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let state = (state ^ (state >> 27)) | 1;
    Self { state, depth: 3, may_await: false, may_yield: false, loops: 0, in_function: false, labels: 0, room: 30 }
  }

  pub fn below(&mut self, bound: usize) -> usize {
    self.state ^= self.state << 13;
    self.state ^= self.state >> 7;
    self.state ^= self.state << 17;
    usize::try_from((self.state >> 16) % bound as u64).expect("below a usize")
  }

  pub(super) fn one_of<T: Copy>(&mut self, all: &[T]) -> T {
    all[self.below(all.len())]
  }

  /// Writes a part in which other words are allowed.
  pub(super) fn within(&mut self, may_await: bool, may_yield: bool, write: fn(&mut Self) -> String) -> String {
    let before = (self.may_await, self.may_yield, self.loops, self.in_function);
    (self.may_await, self.may_yield, self.loops, self.in_function) = (may_await, may_yield, 0, true);
    let written = write(self);
    (self.may_await, self.may_yield, self.loops, self.in_function) = before;
    written
  }

  pub(super) fn body(&mut self, may_await: bool, may_yield: bool) -> String {
    self.within(may_await, may_yield, |writer| {
      let count = 1 + writer.below(3);
      writer.statements(count)
    })
  }

  fn script(&mut self) -> String {
    let mut parts = Vec::new();
    if self.below(3) == 0 {
      parts.push("import other, { x as imported } from 'lib.js'".into());
    }
    let first = ["{}", "[3, 1, 2]", "1", "'abc'", "2n", "[]", "'aaab'", "new Map"];
    parts.push(format!("let {}, K = Object", VARIABLES.join(", ")));
    parts.push(format!("try {{ {} }} catch {{}}", self.class()));
    for (name, value) in VARIABLES.into_iter().zip(first) {
      let value = if self.below(3) == 0 { self.sync_expression() } else { value.into() };
      parts.push(format!("try {{ {name} = {value} }} catch {{}}"));
    }
    for (head, may_await, may_yield) in [
      ("function f", false, false),
      ("function* g", false, true),
      ("async function h", true, false),
      ("async function* i", true, true),
    ] {
      parts.push(format!("{head}(x, y = x) {{ {} }}", self.body(may_await, may_yield)));
    }
    self.may_await = true;
    parts.push(self.main_part());
    let end = self.below(6);
    parts.push(match end {
      0 => String::new(),
      1 => format!("export default {}", self.expression()),
      2 => format!("export default function* (host) {{ {} }}", self.body(false, true)),
      3 => format!("export default host => {}", self.sync_expression()),
      _ => format!("export default async host => {{ {} }}", self.body(true, false)),
    });
    parts.join(";\n")
  }

  /// The statements of the module itself; most of them may fail and the script goes on.
  fn main_part(&mut self) -> String {
    self.room = 25;
    let count = 3 + self.below(8);
    let mut written = Vec::new();
    for _ in 0..count {
      let statement = self.statements(1);
      let catches = self.below(12) > 0;
      written.push(if catches { format!("try {{ {statement} }} catch (error) {{ e = error }}") } else { statement });
    }
    written.join(";\n")
  }

  fn class(&mut self) -> String {
    let parents =
      ["Array", "Map", "Object", "Promise", "Error", "Uint8Array", "RegExp", "Function", "Proxy", "String", "null"];
    let parent = self.one_of(&parents);
    let constructor = match self.below(3) {
      0 => String::new(),
      1 => "constructor(...all) { super(...all); this.made = all }".into(),
      _ => format!("constructor(x) {{ super(x); {} }}", self.body(false, false)),
    };
    let method = match self.below(5) {
      0 => format!("*[Symbol.iterator]() {{ {} }}", self.body(false, true)),
      1 => format!("then(x, y) {{ {} }}", self.body(false, false)),
      2 => format!("[Symbol.toPrimitive](x) {{ return {} }}", self.sync_expression()),
      3 => format!("static get [Symbol.species]() {{ return {} }}", self.sync_expression()),
      _ => format!("async method(x) {{ {} }}", self.body(true, false)),
    };
    let (get, field) = (self.body(false, false), self.sync_expression());
    format!(
      "K = class extends {parent} {{ {constructor}\n get g() {{ {get} }}\n static s = 1;\n #p = {field};\n {method} }}"
    )
  }

  pub(super) fn statements(&mut self, count: usize) -> String {
    let mut written = Vec::new();
    for _ in 0..count {
      if self.room == 0 {
        break;
      }
      self.room -= 1;
      written.push(self.statement());
    }
    written.join("; ")
  }

  fn block(&mut self) -> String {
    let count = 1 + self.below(2);
    format!("{{ {} }}", self.statements(count))
  }

  fn repeated(&mut self) -> String {
    self.loops += 1;
    let block = self.block();
    self.loops -= 1;
    block
  }

  fn statement(&mut self) -> String {
    match self.below(24) {
      0..=4 => format!("({})", self.expression()),
      5 | 6 => format!("{} = {}", self.target(), self.expression()),
      7 => format!("if ({}) {} else {}", self.expression(), self.block(), self.block()),
      8 => self.counting(),
      9 => {
        let head = self.one_of(&["const x of", "const [x, ...y] of", "const x in", "const { x = 1 } of", "list[0] of"]);
        format!("for ({head} ({})) {}", self.expression(), self.repeated())
      }
      10 if self.may_await => format!("for await (const x of ({})) {}", self.expression(), self.repeated()),
      11 => format!("try {} catch (error) {}", self.block(), self.block()),
      12 => format!("try {} finally {}", self.block(), self.block()),
      13 => {
        format!("{{ const {{ x, ...y }} = ({}); const [p = y, ...q] = ({}) }}", self.expression(), self.expression())
      }
      14 => format!(
        "switch ({}) {{ case {}: {}; default: {} }}",
        self.expression(),
        self.expression(),
        self.block(),
        self.block()
      ),
      15 if self.below(3) == 0 => format!("throw {}", self.expression()),
      16 if self.in_function => format!("return {}", self.expression()),
      17 if self.loops > 0 => self.one_of(&["break", "continue"]).into(),
      18 => {
        self.labels += 1;
        let (label, list) = (self.labels, self.expression());
        let block = self.repeated();
        format!(
          "l{label}: for (let n = 0; n++ < 5;) {{ for (const x of ({list})) {{ {block}; continue l{label} }} break }}"
        )
      }
      19 if self.may_await => format!("await {}", self.expression()),
      20 => format!("queueMicrotask(() => {})", self.sync_expression()),
      21 => format!("console.{}({})", self.one_of(&["log", "error", "debug"]), self.arguments()),
      22 => format!("delete {}[{}]", self.variable(), self.key()),
      _ => self.expression().trim_start_matches('{').to_owned(),
    }
  }

  fn counting(&mut self) -> String {
    let end = self.one_of(&["3", "3", "10", "200", "1e9", "a", "list.length"]);
    let step = self.one_of(&["n++", "n += 2", "n **= 2", "list.push(n++)", "text += n++", "map.set(n++, [text])"]);
    format!("for (let n = 0; n < {end}; {step}) {}", self.repeated())
  }
}
