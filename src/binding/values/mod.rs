//! What crosses the border, and under which number.

pub mod batch;
pub mod control;
pub mod handles;
pub mod outcome;
pub mod packet;
pub mod payload;
pub mod protocol;
pub mod thing;
pub mod weak;
