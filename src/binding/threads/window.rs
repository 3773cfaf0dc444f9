//! How large the terminal is that a descriptor leads to.
//!
//! Promises the size it has now, asked of any thread, and nothing where the descriptor leads to no terminal. Where the
//! system is not a Unix it answers nothing: JavaScript asks in its own way there.

#[cfg(unix)]
pub fn size(descriptor: u32) -> Option<(u16, u16)> {
  let descriptor = descriptor.try_into().ok()?;
  let mut size = libc::winsize { ws_row: 0, ws_col: 0, ws_xpixel: 0, ws_ypixel: 0 };
  // SAFETY: the request writes one `winsize`, to a pointer that is valid for the call; a bad descriptor is refused.
  let status = unsafe { libc::ioctl(descriptor, libc::TIOCGWINSZ, &raw mut size) };
  (status == 0).then_some((size.ws_col, size.ws_row))
}

#[cfg(not(unix))]
pub fn size(_: u32) -> Option<(u16, u16)> {
  None
}
