//! The waits of one thread: its environment, one call into it, and the doors to a wait.

pub mod call;
pub mod doors;
pub mod environment;
pub mod rest;
pub mod tickets;
pub mod turns;
pub mod wait;
