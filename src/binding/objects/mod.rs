//! The nouns that JavaScript knows, and the functions over each.

pub mod event;
pub mod future;
pub mod output;
pub mod queue;
pub mod runner;
pub mod server;
