//! Who writes to standard output and standard error, among the loops of the process.
//!
//! A write of more than a pipe takes at once is made in pieces. Promises that no other loop's piece comes between, and
//! that a loop which ends in the middle does not keep the others waiting: the right to write is given back with its
//! environment. Refuses to wait: who does not get it tries again, in JavaScript, where it can be ended.

use crate::binding::{
  node::js::Value,
  values::thing::Id,
  waits::call::{Call, Fault},
};
use std::sync::atomic::{AtomicU64, Ordering};

/// The runner whose loop is writing, per descriptor; 0 for none.
static WRITERS: [AtomicU64; 3] = [AtomicU64::new(0), AtomicU64::new(0), AtomicU64::new(0)];

fn writer(call: &Call) -> Result<(&'static AtomicU64, Id), Fault> {
  let writer = WRITERS.get(call.integer(0)? as usize).ok_or_else(|| Fault::argument(0))?;
  Ok((writer, call.environment.runner.borrow().as_ref().map_or(Id::MAX, |runner| runner.id)))
}

/// `outputEnter(descriptor): boolean` — whether this loop may write now.
pub fn enter(call: &Call) -> Result<Value, Fault> {
  let (writer, id) = writer(call)?;
  // ORDERING: the descriptor is the kernel's; only who comes first matters.
  Ok(call.js.boolean(writer.compare_exchange(0, id, Ordering::AcqRel, Ordering::Relaxed).is_ok()))
}

/// `outputLeave(descriptor)`
pub fn leave(call: &Call) -> Result<Value, Fault> {
  let (writer, id) = writer(call)?;
  let _ = writer.compare_exchange(id, 0, Ordering::AcqRel, Ordering::Relaxed);
  Ok(call.undefined())
}

/// What a loop that ends has not left, it leaves now.
pub fn release(runner: Id) {
  for writer in &WRITERS {
    let _ = writer.compare_exchange(runner, 0, Ordering::AcqRel, Ordering::Relaxed);
  }
}
