//! Ctrl-C while the main thread is blocked and JavaScript listens for it.
//!
//! Our handler stands in front of Node's from the moment there is a listener, so that no signal is missed between a look
//! and a wait; Node takes it away with its own when the last listener goes. Promises that a signal whose listener has
//! not run yet ends the blocking wait, or the next one, and that Node's handler, and with it the listener, still runs.
//! Does nothing where nobody listens: the default action is the user's wish then. On Windows it is left to Node.

use super::doorbell::Doorbell;
use std::sync::Arc;

#[cfg(not(unix))]
pub fn listen(_doorbell: &Arc<Doorbell>) {}

#[cfg(unix)]
pub use unix::listen;

#[cfg(unix)]
mod unix {
  use super::{Arc, Doorbell};
  use std::{
    mem::MaybeUninit,
    ptr,
    sync::atomic::{AtomicI32, AtomicPtr, AtomicUsize, Ordering},
  };

  static BELL: AtomicPtr<Doorbell> = AtomicPtr::new(ptr::null_mut());
  static NODES_HANDLER: AtomicUsize = AtomicUsize::new(0);
  static NODES_FLAGS: AtomicI32 = AtomicI32::new(0);

  fn current() -> Option<libc::sigaction> {
    let mut action = MaybeUninit::uninit();
    // SAFETY: a null new action only asks.
    let status = unsafe { libc::sigaction(libc::SIGINT, ptr::null(), action.as_mut_ptr()) };
    // SAFETY: the call has filled it.
    (status == 0).then(|| unsafe { action.assume_init() })
  }

  /// Installs our handler in front of Node's, if a listener has made Node install one that stays.
  pub fn listen(doorbell: &Arc<Doorbell>) {
    let Some(nodes) = current() else { return };
    let has_listener = nodes.sa_sigaction != libc::SIG_DFL
      && nodes.sa_sigaction != libc::SIG_IGN
      && nodes.sa_flags & libc::SA_RESETHAND == 0
      && nodes.sa_sigaction != on_interrupt as *const () as usize;
    if !has_listener {
      return;
    }
    // The handler may run on any thread at any time: the bell it rings is never freed.
    if BELL.load(Ordering::SeqCst).cast_const() != Arc::as_ptr(doorbell) {
      BELL.store(Arc::into_raw(Arc::clone(doorbell)).cast_mut(), Ordering::SeqCst);
    }
    doorbell.listens();
    NODES_HANDLER.store(nodes.sa_sigaction, Ordering::SeqCst);
    NODES_FLAGS.store(nodes.sa_flags, Ordering::SeqCst);
    let mut ours = nodes;
    ours.sa_sigaction = on_interrupt as *const () as usize;
    ours.sa_flags |= libc::SA_SIGINFO;
    // SAFETY: the action is a copy of a valid one with a handler of the right type.
    unsafe { libc::sigaction(libc::SIGINT, &raw const ours, ptr::null_mut()) };
  }

  extern "C" fn on_interrupt(signal: i32, info: *mut libc::siginfo_t, context: *mut libc::c_void) {
    // SAFETY: the bell is never freed; ringing it is an atomic store and a system call.
    if let Some(bell) = unsafe { BELL.load(Ordering::SeqCst).as_ref() } {
      bell.interrupt();
    }
    let handler = NODES_HANDLER.load(Ordering::SeqCst);
    if NODES_FLAGS.load(Ordering::SeqCst) & libc::SA_SIGINFO == 0 {
      // SAFETY: without SA_SIGINFO the address is that of such a function.
      let handler: extern "C" fn(i32) = unsafe { std::mem::transmute(handler) };
      handler(signal);
    } else {
      // SAFETY: with SA_SIGINFO the address is that of such a function.
      let handler: extern "C" fn(i32, *mut libc::siginfo_t, *mut libc::c_void) =
        unsafe { std::mem::transmute(handler) };
      handler(signal, info, context);
    }
  }
}
