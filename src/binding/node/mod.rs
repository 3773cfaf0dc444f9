//! Node-API, and nothing of ours: the calls this crate makes, strings as the engine keeps them, and memory for copies.

pub mod js;
pub mod memory;
pub mod text;
