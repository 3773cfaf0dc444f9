//! The texts of a script, and why they are no program.

use std::fmt;

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

/// Writes bytes with their length before them. What is longer than 4 GiB is refused where memory for it is asked for.
pub(super) fn write_bytes(out: &mut Vec<u8>, bytes: &[u8]) {
  out.extend(u32::try_from(bytes.len()).unwrap_or(u32::MAX).to_le_bytes());
  out.extend(bytes);
}
