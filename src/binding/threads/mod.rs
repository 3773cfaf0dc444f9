//! What JavaScript threads know of one another: how one is woken, and which of them is the loop of which runner.

pub mod alarms;
pub mod births;
pub mod boots;
mod closing;
pub mod cpu;
pub mod deadlock;
mod death;
pub mod doorbell;
mod end;
pub mod fail_fast;
mod failing;
pub mod hub;
pub mod js_thread;
pub mod memory;
pub mod runner;
mod runner_view;
pub mod signal;
pub mod silence;
pub mod sources;
pub mod task;
mod thread_name;
pub mod unseen;
pub mod watch;
pub mod watchdog;
pub mod window;
mod work;
pub mod writers;
