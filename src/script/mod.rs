//! Sandboxed scripts: an engine of JavaScript as WebAssembly.
mod tuning;
