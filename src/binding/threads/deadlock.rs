//! Loops that wait for each other: each blocks, without a timeout, for something that only another loop can end.
//!
//! Promises to find every circle of such waits before its last one sleeps, and to name its threads; a wait that a
//! thread outside the circle could end is not entered here.

use super::runner::Runner;
use crate::{binding::values::thing::Id, core::sync::Mutex};
use std::sync::{
  Arc,
  atomic::{AtomicU64, Ordering},
};

struct Blocked {
  edge: u64,
  here: Arc<Runner>,
  there: Arc<Runner>,
}

/// Few loops block at a time: a list is enough.
static BLOCKED: Mutex<Vec<Blocked>> = Mutex::new(Vec::new());

/// One loop's wait for another; it is over when this is dropped.
pub struct Edge(u64);

/// Enters a wait, or names the threads of the circle it would close.
pub fn enter(here: &Arc<Runner>, there: &Arc<Runner>) -> Result<Edge, String> {
  static LAST: AtomicU64 = AtomicU64::new(0);
  let mut blocked = BLOCKED.lock();
  if let Some(names) = path(&blocked, there, here.id) {
    return Err(format!("{} waits for {names}", here.name));
  }
  let edge = Edge(LAST.fetch_add(1, Ordering::Relaxed));
  blocked.push(Blocked { edge: edge.0, here: Arc::clone(here), there: Arc::clone(there) });
  Ok(edge)
}

/// The names on a way from one loop to another along what is waited for. A loop may be in several waits, one inside the
/// other, so all of them are followed; there is no circle to get lost in, for none was let in.
fn path(blocked: &[Blocked], from: &Arc<Runner>, to: Id) -> Option<String> {
  if from.id == to {
    return Some(from.name.clone());
  }
  let mut onward = blocked.iter().filter(|wait| wait.here.id == from.id);
  let rest = onward.find_map(|wait| path(blocked, &wait.there, to))?;
  Some(format!("{} waits for {rest}", from.name))
}

impl Drop for Edge {
  fn drop(&mut self) {
    let mut blocked = BLOCKED.lock();
    if let Some(index) = blocked.iter().position(|wait| wait.edge == self.0) {
      blocked.swap_remove(index);
    }
  }
}
