//! A program: the modules of a script, compiled, with the digest of their sources.

use super::{
  compile::{compile, on_own_stack},
  limits::Limits,
  sources::{CompileError, Sources, write_bytes},
};
use sha2::{Digest, Sha256};
use std::sync::Arc;

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
    let modules = on_own_stack(|| compile(sources))?;
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

fn digest(sources: &Sources) -> [u8; 32] {
  let mut hash = Sha256::new();
  let mut add = |text: &str| {
    hash.update((text.len() as u64).to_le_bytes());
    hash.update(text);
  };
  add(if sources.allow_eval { "eval" } else { "" });
  add(&sources.main);
  for (name, source) in &sources.modules {
    add(name);
    add(source);
  }
  hash.finalize().into()
}
