//! A program: the modules of a script, compiled, with the digest of their sources.

use super::{
  compile::{compile, on_own_stack},
  limits::Limits,
};
use sha2::{Digest, Sha256};
use std::{fmt, sync::Arc};

/// The name of the main module.
pub(super) const MAIN: &str = "script.js";

/// The texts of a script.
#[derive(Clone, Debug, Default)]
pub struct Sources {
  /// The module that is run.
  pub main: String,
  /// What it can import, by name.
  pub modules: Vec<(String, String)>,
  /// Whether it may make code of strings.
  pub allow_eval: bool,
}

/// A script that is compiled. Cheap to clone.
#[derive(Clone)]
pub struct Program(Arc<Compiled>);

pub(super) struct Compiled {
  /// Its modules as `engine_start` reads them.
  pub modules: Vec<u8>,
  pub allow_eval: bool,
  pub digest: [u8; 32],
}

/// Why a script cannot be compiled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CompileError {
  /// A module is not JavaScript.
  Syntax {
    /// What the engine says.
    message: String,
    /// The module's name.
    module: String,
    /// From 1; 0 where the engine does not know.
    line: u32,
    /// From 1; 0 where the engine does not know.
    column: u32,
  },
  /// A module imports another that is not there.
  Missing {
    /// The name that was looked for.
    module: String,
    /// Which module imports it.
    importer: String,
  },
  /// A module is too long or too deep to be compiled. What was used up.
  TooLarge(String),
  /// The engine has failed. What it says.
  Engine(String),
}

impl fmt::Display for CompileError {
  fn fmt(&self, out: &mut fmt::Formatter) -> fmt::Result {
    match self {
      Self::Syntax { message, module, line, column } => write!(out, "{module}:{line}:{column}: {message}"),
      Self::Missing { module, importer } => write!(out, "Cannot find module '{module}', which '{importer}' imports."),
      Self::TooLarge(what) | Self::Engine(what) => out.write_str(what),
    }
  }
}

impl std::error::Error for CompileError {}

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

/// Writes bytes with their length before them. What is longer than 4 GiB is refused where memory for it is asked for.
pub(super) fn write_bytes(out: &mut Vec<u8>, bytes: &[u8]) {
  out.extend(u32::try_from(bytes.len()).unwrap_or(u32::MAX).to_le_bytes());
  out.extend(bytes);
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
