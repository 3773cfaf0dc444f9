//! Matrix: a thread that spins, that sleeps, that has ended × is it runnable.

use crate::{binding::threads::cpu::CpuClock, runner::tests::until};
use std::{
  sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
    mpsc,
  },
  thread,
};

/// A thread that tells its clock, and then does this until it is told to end.
fn clock_of(body: impl Fn() + Send + 'static) -> (CpuClock, Arc<AtomicBool>, thread::JoinHandle<()>) {
  let (tell, told) = mpsc::channel();
  let is_over = Arc::<AtomicBool>::default();
  let ends = Arc::clone(&is_over);
  let thread = thread::spawn(move || {
    let _ = tell.send(CpuClock::of_this_thread());
    while !ends.load(Ordering::Relaxed) {
      body();
    }
  });
  (told.recv().expect("it tells its clock"), is_over, thread)
}

#[test]
fn a_thread_that_spins_is_runnable_whether_or_not_it_has_a_processor() {
  let (clock, is_over, thread) = clock_of(std::hint::spin_loop);
  assert!((0..200).all(|_| clock.is_runnable()));
  is_over.store(true, Ordering::Relaxed);
  thread.join().expect("it ends");
  until(|| !clock.is_runnable()); // The system may take a moment to forget it.
}

#[test]
fn a_thread_that_sleeps_is_not() {
  let (clock, is_over, thread) = clock_of(thread::park);
  until(|| !clock.is_runnable());
  is_over.store(true, Ordering::Relaxed);
  thread.thread().unpark();
  thread.join().expect("it ends");
}
