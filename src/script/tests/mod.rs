//! The promises of a script, kept.
