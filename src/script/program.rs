//! A program: the modules of a script, compiled, with the digest of their sources.

use super::{
  compile::{compile_module, on_own_stack},
  limits::Limits,
  link,
  sources::{CompileError, MAIN, Sources, write_bytes},
};
use sha2::{Digest, Sha256};
use std::{collections::HashSet, sync::Arc};

/// A script that is compiled. Cheap to clone.
#[derive(Clone)]
pub struct Program(Arc<Compiled>);

pub(super) struct Compiled {
  /// Its modules as `engine_start` reads them.
  pub modules: Vec<u8>,
  pub allow_eval: bool,
  pub digest: [u8; 32],
}

impl Program {
  /// Compiles the main module and all others. Blocks the calling thread; takes at most a few seconds, whatever the text.
  pub fn compile(sources: &Sources) -> Result<Self, CompileError> {
    let modules = on_own_stack(|| compiled(sources))?;
    Ok(Self(Arc::new(Compiled { modules, allow_eval: sources.allow_eval, digest: digest(sources) })))
  }

  /// The digest of its sources.
  pub(super) fn digest(&self) -> &[u8; 32] {
    &self.0.digest
  }

  /// What `engine_start` reads.
  pub(super) fn start_input(&self, limits: &Limits, seed: u64, client: f64, globals: &[u8]) -> Vec<u8> {
    let compiled = &*self.0;
    let mut input = Vec::with_capacity(32 + compiled.modules.len() + globals.len());
    input.extend(u32::from(compiled.allow_eval).to_le_bytes());
    input.extend(seed.to_le_bytes()); // The lower half comes first.
    input.extend(limits.memory.to_le_bytes());
    input.extend(limits.stack.to_le_bytes());
    input.extend(client.to_le_bytes());
    input.extend(&compiled.modules);
    write_bytes(&mut input, globals);
    input
  }
}

/// Compiles all modules, and sees that each finds the modules and the names that it imports. Returns them as `engine_start` reads them.
fn compiled(sources: &Sources) -> Result<Vec<u8>, CompileError> {
  let names: HashSet<&str> = sources.modules.iter().map(|(name, _)| name.as_str()).chain([MAIN]).collect();
  let count = u32::try_from(sources.modules.len() + 1)
    .map_err(|_| CompileError::TooLarge("There are too many modules.".into()))?;
  let mut out = count.to_le_bytes().to_vec();
  let mut modules = Vec::new();
  let rest = sources.modules.iter().map(|(name, source)| (name.as_str(), source.as_str()));
  for (name, source) in [(MAIN, sources.main.as_str())].into_iter().chain(rest) {
    let compiled = compile_module(name, source)?;
    if let Some(missing) = compiled.imports.iter().find(|import| !names.contains(import.as_str())) {
      return Err(CompileError::Missing { module: missing.clone(), importer: name.into() });
    }
    write_bytes(&mut out, name.as_bytes());
    write_bytes(&mut out, &compiled.code);
    modules.push((name, source, compiled));
  }
  link::check(&modules)?;
  Ok(out)
}

fn digest(sources: &Sources) -> [u8; 32] {
  let mut hash = Sha256::new();
  let mut add = |text: &str| {
    hash.update((text.len() as u64).to_le_bytes());
    hash.update(text);
  };
  add(if sources.allow_eval { "eval" } else { "" });
  add(&sources.main);
  let mut modules: Vec<_> = sources.modules.iter().collect();
  modules.sort_unstable(); // Their order means nothing.
  for (name, source) in modules {
    add(name);
    add(source);
  }
  hash.finalize().into()
}
