//! The waits of one thread: its environment, one call into it, and the doors to a wait.

pub mod call;
pub mod doors;
pub mod environment;
pub mod rest;
pub mod serve;
pub mod tickets;
pub mod transit;
pub mod turns;
pub mod wait;
