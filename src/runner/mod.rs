//! The library for Rust: async code on a tokio loop in a background thread, used from code that blocks.
//!
//! [`AsyncRunner`] is the loop, [`BackgroundTask`] what runs there. Promises that no wait hangs on a loop that has ended,
//! and that a task which is cancelled has cleaned up before its waiters are told. Knows the core, and nothing of Node.

#![forbid(unsafe_code)]

mod awaited;
mod error;
mod event_loop;
#[expect(clippy::module_inception, reason = "the noun of the folder is the noun of its main file")]
mod runner;
mod task;

#[cfg(test)]
pub(crate) mod tests;

pub use self::{
  awaited::TaskResult,
  error::{CloseError, ShutdownType, TaskError, TaskErrors, TaskFailure},
  event_loop::RunnerStatistics,
  runner::{AsyncRunner, RunnerOptions},
  task::BackgroundTask,
};
