//! Pure concurrency: queues, events, futures and servers whose waiters may be blocked threads, Rust tasks or JavaScript loops.
//!
//! No napi, no tokio, no `unsafe`, and no shared state but that of the primitives; [`spin`] alone remembers, for each
//! thread, whether looking pays, and [`cores`] whether there is a second one. Every wait is a waiter in a list. Its outcome is handed over under the primitive's lock,
//! and the sleeper is woken after the lock is released.
//!
//! The stranger's walk: [`waiter`] (one sleeper), [`wait_list`] (sleepers in order), [`operation`] (a wait that can be
//! begun, given up and undone, and the two doors to it), then the primitives.

#![forbid(unsafe_code)]

#[cfg(not(loom))]
pub(crate) mod bond;
pub mod client;
#[cfg(not(loom))]
pub mod cores;
pub mod deadline;
pub mod error;
pub mod event;
pub mod future;
pub(crate) mod home;
mod lines;
pub mod operation;
mod owed;
#[cfg(all(not(loom), any(feature = "node", test)))]
pub mod pace;
pub mod queue;
#[cfg_attr(not(any(feature = "node", test)), expect(dead_code, reason = "only JavaScript passes calls on"))]
pub(crate) mod relay;
#[cfg(not(loom))]
pub(crate) mod roster;
pub mod select;
pub mod server;
#[cfg(not(loom))]
pub mod spin;
pub(crate) mod sync;
pub mod ticks;
pub mod wait_list;
pub mod waiter;

#[cfg(test)]
mod tests;
