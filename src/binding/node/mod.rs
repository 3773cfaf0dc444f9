//! Node-API, and nothing of ours: the calls this crate makes, and strings as the engine keeps them.

pub mod js;
pub mod text;
