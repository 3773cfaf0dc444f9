//! The nouns that JavaScript knows, and the functions over each.

pub mod event;
pub mod failure;
pub mod future;
pub mod handle;
pub mod memory;
pub mod output;
pub mod overview;
pub mod queue;
pub mod relay;
pub mod runner;
pub mod script;
pub mod select;
pub mod server;
pub mod source;
pub mod task;
pub mod thread;
pub mod unanswered;
