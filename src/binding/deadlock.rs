//! Who waits for whom: loops that block, without a timeout, for something only another loop can end.
//!
//! Promises to find every circle of such waits before its last one sleeps, and to name its threads; a wait that a
//! thread outside the circle could end is not entered here.

use super::runner::Runner;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

struct Blocked {
  here: Arc<Runner>,
  there: Arc<Runner>,
}

/// Few loops block at a time: a list is enough.
fn blocked() -> MutexGuard<'static, Vec<Blocked>> {
  static BLOCKED: Mutex<Vec<Blocked>> = Mutex::new(Vec::new());
  BLOCKED.lock().unwrap_or_else(PoisonError::into_inner)
}

/// One loop's wait for another; it is over when this is dropped.
pub struct Edge(u32);

/// Enters a wait, or names the threads of the circle it would close.
pub fn enter(here: &Arc<Runner>, there: &Arc<Runner>) -> Result<Edge, String> {
  let mut blocked = blocked();
  let mut names = vec![here.name.clone()];
  let mut next = Arc::clone(there);
  loop {
    names.push(next.name.clone());
    if next.id == here.id {
      return Err(names.join(" waits for "));
    }
    match blocked.iter().find(|wait| wait.here.id == next.id) {
      Some(wait) => next = Arc::clone(&wait.there),
      None => break,
    }
  }
  blocked.push(Blocked { here: Arc::clone(here), there: Arc::clone(there) });
  Ok(Edge(here.id))
}

impl Drop for Edge {
  fn drop(&mut self) {
    let mut blocked = blocked();
    if let Some(index) = blocked.iter().rposition(|wait| wait.here.id == self.0) {
      blocked.swap_remove(index);
    }
  }
}
