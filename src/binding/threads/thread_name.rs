//! What the operating system calls the thread of a loop: in `top -H`, in profilers and in debuggers.
//!
//! Promises `ta:` and the runner's name, cut where the system has no more room for a whole character. Node names its
//! workers by itself only in some versions. A thread whose system has no such call, or refuses it, keeps its name.

/// How many bytes of a name the system takes: Linux refuses more than 15.
#[cfg(unix)]
const LONGEST: usize = if cfg!(target_os = "macos") { 63 } else { 15 };

/// Names this thread for the runner whose loop it runs.
pub fn set(runner: &str) {
  tell(&format!("ta:{runner}"));
}

#[cfg(unix)]
fn tell(name: &str) {
  let ends = name.char_indices().map(|(start, character)| start + character.len_utf8());
  let length = ends.take_while(|end| *end <= LONGEST).last().unwrap_or(0);
  let Ok(name) = std::ffi::CString::new(&name[..length]) else { return };
  #[cfg(target_os = "linux")]
  // SAFETY: the thread is this one, and the name ends with a zero.
  unsafe {
    libc::pthread_setname_np(libc::pthread_self(), name.as_ptr());
  }
  #[cfg(target_os = "macos")]
  // SAFETY: the name ends with a zero.
  unsafe {
    libc::pthread_setname_np(name.as_ptr());
  }
  #[cfg(target_os = "freebsd")]
  // SAFETY: the thread is this one, and the name ends with a zero.
  unsafe {
    libc::pthread_set_name_np(libc::pthread_self(), name.as_ptr());
  }
}

#[cfg(windows)]
fn tell(name: &str) {
  use std::ffi::c_void;

  unsafe extern "system" {
    safe fn GetCurrentThread() -> *mut c_void;
    fn SetThreadDescription(thread: *mut c_void, description: *const u16) -> i32;
  }
  let wide: Vec<u16> = name.encode_utf16().chain([0]).collect();
  // SAFETY: the handle stands for this thread, and the text ends with a zero.
  unsafe { SetThreadDescription(GetCurrentThread(), wide.as_ptr()) };
}
