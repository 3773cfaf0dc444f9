//! What crosses the border, and under which number.

pub mod control;
pub mod handles;
pub mod payload;
pub mod protocol;
