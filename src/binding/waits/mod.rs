//! The waits of one thread: its environment, one call into it, and the doors to a wait.

pub mod block;
pub mod border;
pub mod call;
mod circles;
pub mod doors;
pub mod drain;
pub mod due;
pub mod environment;
pub mod failing;
pub mod keep_alive;
mod let_go;
pub mod looks;
pub mod made;
pub mod rest;
pub mod room;
pub mod round;
pub mod select;
pub mod serve;
pub mod subject;
pub mod tickets;
pub mod transit;
pub mod turns;
mod unanswered;
pub mod wait;
