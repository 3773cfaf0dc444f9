//! Sandboxed scripts: an engine of JavaScript for each script, as WebAssembly, whose every instruction is counted.
//!
//! Promises that a script can do nothing but ask its host, that it ends within its limits whatever it does, and that the
//! same script with the same answers takes the same steps everywhere. Nothing here waits: an [`Instance`] runs turn by turn
//! on the thread that calls it, which must have [`STACK`] bytes of stack. Refuses targets that the build script has no
//! compiler for.

mod ahead;
mod compile;
mod engine;
mod host;
mod instance;
mod limits;
mod lines;
mod link;
mod pages;
mod program;
mod save;
mod sources;
#[cfg(test)]
mod tests;
mod tuning;
mod turn;

#[cfg_attr(not(feature = "node"), allow(unused_imports, reason = "only JavaScript makes scripts"))]
pub use self::{
  ahead::Places,
  engine::STACK,
  instance::Instance,
  limits::{Ask, Cut, Failure, Limits, Overrun, Turn, UNASKED, Usage},
  program::Program,
  save::RestoreError,
  sources::{CompileError, Sources},
};
