//! Whether there is a second core, on which the thread that is waited for may run.
//!
//! Promises that a thread which is held on one core does not decide for the others: there is one core only where every
//! thread of the process is held on the same one, or where the process may use no more of the machine. Each thread asks
//! once at most, and none once there was a second core. Knows nothing of threads that are held elsewhere later.

use std::{
  cell::Cell,
  sync::atomic::{AtomicBool, Ordering},
  thread::available_parallelism,
};

/// Whether there is a second core to wait for.
pub fn two_cores() -> bool {
  static KNOWN: AtomicBool = AtomicBool::new(false);
  thread_local!(static HAS_ASKED: Cell<bool> = const { Cell::new(false) });
  if KNOWN.load(Ordering::Relaxed) {
    return true;
  }
  if HAS_ASKED.replace(true) {
    return false;
  }
  let are_two = are_two();
  if are_two {
    KNOWN.store(true, Ordering::Relaxed);
  }
  are_two
}

/// What the system says, to the thread that calls.
pub(super) fn are_two() -> bool {
  available_parallelism().is_ok_and(|cores| cores.get() > 1) || are_held_apart()
}

/// Whether another thread of the process may run on other cores than this one.
#[cfg(target_os = "linux")]
fn are_held_apart() -> bool {
  let Some(own) = cores_of("/proc/thread-self/status".as_ref()) else { return false };
  let Ok(threads) = std::fs::read_dir("/proc/self/task") else { return false };
  threads.flatten().filter_map(|thread| cores_of(&thread.path().join("status"))).any(|cores| cores != own)
}

/// The cores on which a thread may run, as its line of the kernel's says it.
#[cfg(target_os = "linux")]
fn cores_of(status: &std::path::Path) -> Option<String> {
  let status = std::fs::read_to_string(status).ok()?;
  status.lines().find(|line| line.starts_with("Cpus_allowed:")).map(ToOwned::to_owned)
}

/// Elsewhere the system counts the cores for the process, whichever thread asks.
#[cfg(not(target_os = "linux"))]
fn are_held_apart() -> bool {
  false
}
