//! What of the border can be tested without an engine.

mod alarms;
mod bounded;
#[cfg(target_os = "linux")]
mod cpu;
mod failing;
mod mailbox;
#[cfg(feature = "scripts")]
mod rest;
#[cfg(feature = "scripts")]
mod scripts;
mod values;
