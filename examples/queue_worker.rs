//! A worker on a background loop.

fn main() {}
