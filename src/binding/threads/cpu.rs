//! How much a thread has computed, and whether it would: what tells one that spins from one that sleeps.
//!
//! Promises to answer from any thread, also after the thread has ended; and to answer nothing where the system has no such
//! clock that is safe to read (so far, anywhere but on Linux).

use std::time::Duration;

#[cfg(target_os = "linux")]
pub struct CpuClock {
  clock: Option<libc::clockid_t>,
  thread: libc::pid_t,
}

#[cfg(target_os = "linux")]
impl CpuClock {
  pub fn of_this_thread() -> Self {
    let mut clock = 0;
    // SAFETY: the thread is alive, being this one; the out pointer is valid for the call.
    let status = unsafe { libc::pthread_getcpuclockid(libc::pthread_self(), &raw mut clock) };
    // SAFETY: it takes nothing and cannot fail.
    let thread = unsafe { libc::gettid() };
    Self { clock: (status == 0).then_some(clock), thread }
  }

  pub fn read(&self) -> Option<Duration> {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: the out pointer is valid for the call, which refuses the clock of a thread that has ended.
    let status = unsafe { libc::clock_gettime(self.clock?, &raw mut time) };
    (status == 0).then(|| Duration::new(time.tv_sec.unsigned_abs(), time.tv_nsec.try_into().unwrap_or(0)))
  }

  /// Whether it computes, or waits for its turn on a processor, right now.
  pub fn is_runnable(&self) -> bool {
    // What comes behind the name, which may have any characters in it.
    let state = |stat: String| Some(stat.rsplit_once(')')?.1.trim_start().starts_with('R'));
    std::fs::read_to_string(format!("/proc/self/task/{}/stat", self.thread)).ok().and_then(state) == Some(true)
  }
}

#[cfg(not(target_os = "linux"))]
pub struct CpuClock;

#[cfg(not(target_os = "linux"))]
impl CpuClock {
  pub fn of_this_thread() -> Self {
    Self
  }

  #[expect(clippy::unused_self, reason = "as on Linux")]
  pub fn read(&self) -> Option<Duration> {
    None
  }

  #[expect(clippy::unused_self, reason = "as on Linux")]
  pub fn is_runnable(&self) -> bool {
    false
  }
}
