//! Whether the modules of a program find in each other what they import, before any of them runs.
//!
//! Promises that a name which a module does not export is told with the line that imports it, and that no code of the modules
//! runs meanwhile. The engine itself links them, behind a module that throws first: so what it says is what holds later. It tells
//! no place: of those where the name is written, that one is it where another name would be missing instead.

use super::{
  compile::{Compiled, ROOM, ROOM_PER_BYTE, STEPS, STEPS_PER_BYTE, compile_module, width},
  engine::{Core, at_once, loaded},
  sources::{CompileError, write_bytes},
  turn::Job,
};
use std::{
  borrow::Cow,
  collections::{HashMap, HashSet},
  sync::LazyLock,
};

/// Imports all, and prints why that cannot be; where it can, `null` is thrown before any of them runs.
const CHECK: (&str, &str) =
  ("\u{1}check", "try { await import('\u{1}all') } catch (error) { if (error !== null) console.log(error.message) }");
const ALL: &str = "\u{1}all";
const GATE: (&str, &str) = ("\u{1}gate", "throw null");

/// Both of them, compiled.
static OWN: LazyLock<Option<[Compiled; 2]>> = LazyLock::new(|| {
  let [check, gate] = [CHECK, GATE].map(|(name, source)| compile_module(name, source).ok());
  Some([check?, gate?])
});

/// What may be printed, and what it costs.
const REPORT: u32 = 1 << 16;

/// A name that no module exports.
const ABSENT: &str = "absent_from_all_modules";

/// So many words are looked at in a source.
const MOST_WORDS: usize = 1024;

/// What the engine shows of a name it cuts off behind so many bytes, or a few less.
const CUT: usize = 60;

/// A module: its name, its source, and what was made of it.
pub type Module<'a> = (&'a str, &'a str, Compiled);

/// Finds a name that is imported and not there.
pub fn check(modules: &[Module<'_>]) -> Result<(), CompileError> {
  if modules.iter().all(|(_, _, compiled)| compiled.imports.is_empty()) {
    return Ok(());
  }
  let size: usize = modules.iter().map(|(_, _, compiled)| compiled.code.len()).sum();
  let mut search = Search { places: 16, bytes: 1 << 18, steps: STEPS + STEPS_PER_BYTE * size as u64 };
  let mut steps = search.steps;
  let Some((problem, name, from)) = unlinked(modules, None, &mut steps) else { return Ok(()) };
  let from = whole(modules, from);
  let importers: Vec<_> =
    in_order(modules).into_iter().filter(|(_, _, compiled)| compiled.imports.contains(&from)).collect();
  let found = importers.iter().find_map(|module| Some((module.0, search.place(modules, module, &name, &from)?)));
  let (importer, (line, column)) = match (found, &importers[..]) {
    (Some(found), _) => found,
    (None, [only]) => (only.0, (0, 0)),
    _ => ("", (0, 0)), // Of several it could be any.
  };
  let name = if name.len() < CUT { name } else { name + "…" };
  let message = match problem {
    Problem::Missing => format!("Module '{from}' has no export '{name}'"),
    Problem::Ambiguous => format!("Module '{from}' has the export '{name}' twice, by two of its `export *`"),
    Problem::Circular => format!("The export '{name}' of module '{from}' leads back to itself"),
  };
  Err(CompileError::Syntax { message, module: importer.into(), line, column })
}

/// The name of a module of which the engine may show but the beginning.
fn whole(modules: &[Module<'_>], shown: String) -> String {
  let mut all = modules.iter().map(|(name, ..)| *name).filter(|name| shown.len() >= CUT && name.starts_with(&shown));
  match (all.next(), all.next()) {
    (Some(name), None) => name.to_owned(),
    _ => shown,
  }
}

/// The modules in the order in which the engine links them: each behind those that it imports.
fn in_order<'a, 'b>(modules: &'b [Module<'a>]) -> Vec<&'b Module<'a>> {
  let by_name: HashMap<&str, &Module<'_>> = modules.iter().map(|module| (module.0, module)).collect();
  let mut order = Vec::new();
  let mut seen = HashSet::new();
  for first in modules {
    let mut open = vec![(first, 0)];
    if !seen.insert(first.0) {
      continue;
    }
    while let Some((module, next)) = open.pop() {
      let Some(import) = module.2.imports.get(next) else {
        order.push(module);
        continue;
      };
      open.push((module, next + 1));
      if let Some(import) = by_name.get(import.as_str()).filter(|import| seen.insert(import.0)) {
        open.push((import, 0));
      }
    }
  }
  order
}

enum Problem {
  Missing,
  Ambiguous,
  Circular,
}

/// What the engine says is wrong, with which name, of which module.
fn parsed(report: &str) -> Option<(Problem, String, String)> {
  let forms = [
    (Problem::Missing, "Could not find export '", "'"),
    (Problem::Ambiguous, "export '", "' is ambiguous"),
    (Problem::Circular, "circular reference when looking for export '", "'"),
  ];
  forms.into_iter().find_map(|(problem, start, end)| {
    let (name, module) = report.strip_prefix(start)?.strip_suffix(end)?.rsplit_once("' in module '")?;
    Some((problem, name.to_owned(), module.to_owned()))
  })
}

/// Why the modules cannot be linked. Of the one that is `changed`, the other code is taken. What that takes is taken from `steps`.
fn unlinked(
  modules: &[Module<'_>],
  changed: Option<(&str, &Compiled)>,
  steps: &mut u64,
) -> Option<(Problem, String, String)> {
  let imports: Vec<_> = modules.iter().map(|(name, ..)| format!("import {name:?};")).collect();
  let [check, gate] = OWN.as_ref()?;
  let all = compile_module(ALL, &format!("import '{}';{}", GATE.0, imports.concat())).ok()?;
  let given = modules.iter().map(|(name, _, compiled)| match changed {
    Some((other, compiled)) if other == *name => (*name, compiled),
    _ => (*name, compiled),
  });
  let linked: Vec<_> = [(CHECK.0, check), (ALL, &all), (GATE.0, gate)].into_iter().chain(given).collect();
  let mut input = start_input(linked.len())?;
  for (name, compiled) in linked {
    write_bytes(&mut input, name.as_bytes());
    write_bytes(&mut input, &compiled.code);
  }
  write_bytes(&mut input, b""); // No globals.
  parsed(&report(input, steps)?)
}

/// What `engine_start` reads before the modules: nothing is allowed, and no limit is set but that of its memory.
fn start_input(count: usize) -> Option<Vec<u8>> {
  let mut input = vec![0; 12]; // No `eval`, and a seed.
  input.extend(u32::MAX.to_le_bytes());
  input.extend(0_u32.to_le_bytes());
  input.extend(0_f64.to_le_bytes());
  input.extend(u32::try_from(count).ok()?.to_le_bytes());
  Some(input)
}

/// What a script prints in its first turn.
fn report(input: Vec<u8>, steps: &mut u64) -> Option<String> {
  let mut core: Box<Core> = loaded(false).ok()?.instance(REPORT).ok()?;
  let memory = core.memory;
  core.store.data_mut().adopt(memory, ROOM.saturating_add(input.len().saturating_mul(ROOM_PER_BYTE)));
  core.store.set_fuel(*steps).ok()?;
  let end = at_once(core.run(&Job::Start(Cow::Owned(input))));
  *steps = core.store.get_fuel().unwrap_or(0);
  end.ok()?;
  core.store.data_mut().take_output().pop().map(|(_, line)| line)
}

/// What may still be taken to find the place: places, bytes of sources that are compiled again, and steps of linking.
struct Search {
  places: usize,
  bytes: usize,
  steps: u64,
}

impl Search {
  /// The line and column at which a module imports a name of another.
  fn place(&mut self, modules: &[Module<'_>], module: &Module<'_>, name: &str, from: &str) -> Option<(u32, u32)> {
    let source = module.1;
    let at =
      places(source, name).find_map(|(at, changed)| self.is_it(modules, module, &changed, from).then_some(at))?;
    let before = &source[..at];
    let line = u32::try_from(before.matches('\n').count()).ok()? + 1;
    Some((line, width(before.rsplit('\n').next().unwrap_or_default()) + 1))
  }

  /// Whether it is the changed name that is missing then.
  fn is_it(&mut self, modules: &[Module<'_>], (importer, ..): &Module<'_>, changed: &str, from: &str) -> bool {
    if self.places == 0 || self.bytes < changed.len() {
      return false;
    }
    self.places -= 1;
    self.bytes -= changed.len();
    let Ok(compiled) = compile_module(importer, changed) else { return false };
    let problem = unlinked(modules, Some((importer, &compiled)), &mut self.steps);
    problem.is_some_and(|(_, name, module)| name == ABSENT && from.starts_with(&module))
  }
}

/// Where a name may be imported, each with the source that imports another there.
fn places<'a>(source: &'a str, name: &'a str) -> impl Iterator<Item = (usize, String)> {
  let named = words(source, name).filter_map(move |at| Some((at, in_braces(source, at, name)?)));
  let imports = if name == "default" { "import" } else { "" };
  named.chain(words(source, imports).filter_map(move |at| before_braces(source, at)))
}

/// Where a word stands alone; an empty one stands nowhere.
fn words<'a>(source: &'a str, word: &'a str) -> impl Iterator<Item = usize> {
  let is_apart = |character: Option<char>| character.is_none_or(|character| !is_of_word(character));
  source
    .match_indices(word)
    .take(if word.is_empty() { 0 } else { MOST_WORDS })
    .map(|(at, _)| at)
    .filter(move |at| is_apart(source[..*at].chars().next_back()) && is_apart(source[at + word.len()..].chars().next()))
}

fn is_of_word(character: char) -> bool {
  character.is_alphanumeric() || "$_\u{200c}\u{200d}".contains(character)
}

/// `{ name }` and `{ name as other }`, where an import or an export may stand.
fn in_braces(source: &str, at: usize, name: &str) -> Option<String> {
  let (before, behind) = (&source[..at], &source[at + name.len()..]);
  let (clause, inside) = before.rsplit_once('{')?;
  let clause = clause.trim_end();
  if inside.contains('}') {
    return None;
  }
  if !clause.ends_with("import") && !clause.ends_with("export") && !clause.ends_with(',') {
    return None;
  }
  let alias = if behind.trim_start().starts_with("as") { String::new() } else { format!(" as {name}") };
  Some(format!("{before}{ABSENT}{alias}{behind}"))
}

/// `import name from` and `import name, { … } from`; the place is that of the name.
fn before_braces(source: &str, at: usize) -> Option<(usize, String)> {
  let behind = source[at + "import".len()..].trim_start();
  let start = source.len() - behind.len();
  let length = behind.find(|character| !is_of_word(character)).filter(|length| *length > 0)?;
  let (name, rest) = behind.split_at(length);
  let more = rest.trim_start().strip_prefix(',').and_then(|rest| rest.trim_start().strip_prefix('{'));
  let end = more.map_or_else(|| format!("}}{rest}"), |more| format!(",{more}"));
  Some((start, format!("{}{{{ABSENT} as {name}{end}", &source[..start])))
}
