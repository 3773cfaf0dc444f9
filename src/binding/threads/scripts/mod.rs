//! Sandboxed scripts as tasks: their threads, what each of them waits for, and when they are at rest.
//!
//! What they run in is `src/script/`, which the cargo feature `scripts` brings in. Without it no script can be made, and
//! what remains here is what the rest of the border asks about them.

#![cfg_attr(not(feature = "scripts"), allow(dead_code, reason = "there are no scripts"))]

#[cfg(feature = "scripts")]
mod asks;
#[cfg(feature = "scripts")]
pub mod driver;
#[cfg(feature = "scripts")]
mod failing;
#[cfg(feature = "scripts")]
pub mod inbox;
#[cfg(feature = "scripts")]
pub mod machine;
#[cfg(feature = "scripts")]
pub mod order;
pub mod packets;
#[cfg(feature = "scripts")]
pub mod pending;
#[cfg(feature = "scripts")]
mod pool;
pub mod printed;
pub mod rest;
#[cfg(feature = "scripts")]
pub mod shared;

#[cfg(feature = "scripts")]
pub use pool::Pool;

/// A task that does not run on its runner's loop.
pub trait Apart: Send + Sync {
  /// The task has ended, by its cancellation or with its runner: it runs no further.
  fn cut(&self);

  /// Whether it has something to run.
  fn is_busy(&self) -> bool;

  /// What it has used: steps, those since the last tick, bytes, requests, turns.
  fn usage(&self) -> [f64; 5];

  /// All of it, as bytes; or the code of the error that says why not, and its message.
  fn save(&self) -> Result<Vec<u8>, (&'static str, String)>;
}
