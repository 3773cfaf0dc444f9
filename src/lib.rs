//! Async code on event loops in background threads, and primitives that blocking code and async code share.
#![warn(missing_docs)]

#[cfg(feature = "node")]
mod binding;
pub mod core;
#[cfg(not(loom))]
pub mod runner;
