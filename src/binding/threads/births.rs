//! Whether the thread that was started for a runner still exists, as the operating system has it.
//!
//! A thread that ends before it has a Node environment (no descriptors, no memory) leaves no sign in JavaScript until its
//! maker's loop turns. Linux gives out the numbers of threads in order: that of a new thread lies between those of two
//! marks, threads that end at once, one started before it and one after. Promises never to call a thread gone that is
//! there; where nothing can be told, as on other systems, none is.

use crate::{binding::values::thing::Id, core::sync::Mutex};
use std::collections::BTreeMap;

/// The number of a thread, as the system has it.
pub type Number = i32;

/// Which of the process's threads may be the one that was started.
#[derive(Default)]
pub struct Birth(Option<Vec<Number>>);

impl Birth {
  /// Of a thread that was started after `before` was marked, and just now.
  pub fn since(before: Option<Number>) -> Self {
    Self(before.and_then(|before| system::between(before, system::mark()?)))
  }

  /// Whether the thread, which was started for a runner, is gone for sure.
  pub fn is_over(&self, runner: Id) -> bool {
    let Some(candidates) = &self.0 else { return false };
    let loops = LOOPS.lock();
    let is_another = |number| loops.get(number).is_some_and(|of| *of != runner);
    candidates.iter().all(|number| is_another(number) || !system::exists(*number))
  }

  /// Whether its end would be noticed.
  pub fn is_known(&self) -> bool {
    self.0.is_some()
  }
}

/// Marks the moment before a thread is started.
pub fn mark() -> Option<Number> {
  if system::numbers_in_order() { system::mark() } else { None }
}

/// The threads of loops that are up, and their runners: none of them is the thread of another runner.
static LOOPS: Mutex<BTreeMap<Number, Id>> = Mutex::new(BTreeMap::new());

/// This thread has become the loop of a runner.
pub fn is_loop(runner: Id) {
  LOOPS.lock().extend(system::own().map(|number| (number, runner)));
}

/// This thread, which may have been a loop, is about to end.
pub fn ends() {
  if let Some(number) = system::own() {
    LOOPS.lock().remove(&number);
  }
}

#[cfg(target_os = "linux")]
mod system {
  use super::Number;
  use std::{sync::OnceLock, thread};

  /// Between two marks there are few threads, unless the numbers are not in order.
  const MOST_BETWEEN: Number = 1000;

  pub fn own() -> Option<Number> {
    // SAFETY: asks for nothing but a number.
    Some(unsafe { libc::gettid() })
  }

  /// The number of a thread that is started now, and ends.
  pub fn mark() -> Option<Number> {
    // SAFETY: asks for nothing but a number.
    let number = || unsafe { libc::gettid() };
    thread::Builder::new().stack_size(64 * 1024).spawn(number).ok()?.join().ok()
  }

  /// Whether this system gives them out in order: nobody promises that.
  pub fn numbers_in_order() -> bool {
    static IN_ORDER: OnceLock<bool> = OnceLock::new();
    *IN_ORDER.get_or_init(|| {
      let marks: Vec<_> = (0..4).map_while(|_| mark()).collect();
      marks.len() == 4 && marks.is_sorted_by(|before, after| before < after && after - before < 64)
    })
  }

  /// The threads of this process between two marks; `None` where that says nothing.
  pub fn between(before: Number, after: Number) -> Option<Vec<Number>> {
    if after <= before || after - before > MOST_BETWEEN {
      return None; // The numbers have begun anew.
    }
    Some((before + 1..after).filter(|number| exists(*number)).collect())
  }

  pub fn exists(number: Number) -> bool {
    // SAFETY: signal 0 only asks whether there is such a thread in this process.
    let status = unsafe { libc::syscall(libc::SYS_tgkill, libc::getpid(), number, 0) };
    status == 0 || std::io::Error::last_os_error().raw_os_error() != Some(libc::ESRCH)
  }
}

#[cfg(not(target_os = "linux"))]
mod system {
  use super::Number;

  pub fn own() -> Option<Number> {
    None
  }

  pub fn mark() -> Option<Number> {
    None
  }

  pub fn numbers_in_order() -> bool {
    false
  }

  pub fn between(_before: Number, _after: Number) -> Option<Vec<Number>> {
    None
  }

  pub fn exists(_number: Number) -> bool {
    true
  }
}
