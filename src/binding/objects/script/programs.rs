//! The programs of a server's scripts, compiled once for all scripts that have the same source.

use crate::{
  core::sync::Mutex,
  script::{CompileError, Program, Sources},
};
use std::collections::VecDeque;

/// So many programs of a server are kept, and so many bytes of source.
const MOST_PROGRAMS: usize = 64;
const MOST_SOURCE: usize = 8 << 20;

/// A program, and what it was compiled from.
struct Compiled {
  sources: Box<[u8]>,
  allow_eval: bool,
  program: Program,
}

/// Those used last come first.
#[derive(Default)]
pub struct Programs(Mutex<VecDeque<Compiled>>);

impl Programs {
  pub fn clear(&self) {
    self.0.lock().clear();
  }

  /// The program of these sources, compiled where it is not known; `None` where they cannot be read.
  pub fn program(&self, sources: &[u8], allow_eval: bool) -> Result<Option<Program>, CompileError> {
    if let Some(program) = self.known(sources, allow_eval) {
      return Ok(Some(program));
    }
    let Some(texts) = texts(sources) else { return Ok(None) };
    let mut texts = texts.into_iter();
    let main = texts.next().unwrap_or_default();
    let mut modules = Vec::new();
    while let (Some(name), Some(text)) = (texts.next(), texts.next()) {
      modules.push((name, text));
    }
    let program = Program::compile(&Sources { main, modules, allow_eval })?;
    let mut programs = self.0.lock();
    programs.push_front(Compiled { sources: sources.into(), allow_eval, program: program.clone() });
    forget_oldest(&mut programs);
    Ok(Some(program))
  }

  fn known(&self, sources: &[u8], allow_eval: bool) -> Option<Program> {
    let mut programs = self.0.lock();
    let is_it = |known: &Compiled| known.allow_eval == allow_eval && *known.sources == *sources;
    let index = programs.iter().position(is_it)?;
    let known = programs.remove(index)?;
    let program = known.program.clone();
    programs.push_front(known);
    Some(program)
  }
}

fn forget_oldest(programs: &mut VecDeque<Compiled>) {
  let mut bytes: usize = programs.iter().map(|known| known.sources.len()).sum();
  while programs.len() > MOST_PROGRAMS || (bytes > MOST_SOURCE && programs.len() > 1) {
    bytes -= programs.pop_back().map_or(0, |known| known.sources.len());
  }
}

/// Texts, each behind its length of four bytes.
fn texts(mut bytes: &[u8]) -> Option<Vec<String>> {
  let mut all = Vec::new();
  while !bytes.is_empty() {
    let (length, rest) = bytes.split_first_chunk::<4>()?;
    let (text, rest) = rest.split_at_checked(u32::from_le_bytes(*length) as usize)?;
    all.push(String::from_utf8(text.to_vec()).ok()?);
    bytes = rest;
  }
  Some(all)
}
