//! How much a thread has computed: what tells one that spins from one that sleeps.
//!
//! Promises to answer from any thread, also after the thread has ended; and to answer nothing where the system has no such
//! clock that is safe to read (so far, anywhere but on Linux).

use std::time::Duration;

#[cfg(target_os = "linux")]
pub struct CpuClock(Option<libc::clockid_t>);

#[cfg(target_os = "linux")]
impl CpuClock {
  pub fn of_this_thread() -> Self {
    let mut clock = 0;
    // SAFETY: the thread is alive, being this one; the out pointer is valid for the call.
    let status = unsafe { libc::pthread_getcpuclockid(libc::pthread_self(), &raw mut clock) };
    Self((status == 0).then_some(clock))
  }

  pub fn read(&self) -> Option<Duration> {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: the out pointer is valid for the call, which refuses the clock of a thread that has ended.
    let status = unsafe { libc::clock_gettime(self.0?, &raw mut time) };
    (status == 0).then(|| Duration::new(time.tv_sec.unsigned_abs(), time.tv_nsec.try_into().unwrap_or(0)))
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
}
