//! Two threads that block, each held on a core of its own: one sends a number, the other sends it back.
//!
//! Promises that the queue and its rivals do the same in the same run. A program of its own, since the threads of other
//! benchmarks would be held on the same core.

use core_affinity::CoreId;
use divan::Bencher;
use std::{
  sync::{
    LazyLock,
    atomic::{AtomicU64, Ordering},
  },
  thread,
  time::Duration,
};
use threaded_async::Queue;

fn main() {
  // How many cores there are is asked for once, by the first wait: later it would be one, that of this thread.
  let _ = Queue::<()>::new(0).get_wait(Duration::from_millis(1));
  divan::main();
}

const PLACES: usize = 64;

/// Has `echo` answer on one core until its channels end, while `ask` is measured on another.
fn between_cores(bencher: Bencher, echo: impl FnOnce() + Send + 'static, ask: impl FnMut()) {
  // Asked for once: later it would be those on which this thread is held.
  static CORES: LazyLock<Vec<CoreId>> = LazyLock::new(|| core_affinity::get_core_ids().unwrap_or_default());
  let hold_on = |core: usize| CORES.get(core).copied().map(core_affinity::set_for_current);
  hold_on(0);
  thread::spawn(move || {
    hold_on(1);
    echo();
  });
  bencher.bench_local(ask);
}

/// No two threads talk faster.
#[divan::bench]
fn cache_line(bencher: Bencher) {
  #[repr(align(128))]
  struct Line(AtomicU64);
  static LINES: [Line; 2] = [const { Line(AtomicU64::new(0)) }; 2];
  let await_change = |line: &Line, last| {
    while line.0.load(Ordering::Acquire) == last {
      std::hint::spin_loop();
    }
    line.0.load(Ordering::Acquire)
  };
  let echo = move || {
    let mut last = 0;
    while last != u64::MAX {
      last = await_change(&LINES[0], last);
      LINES[1].0.store(last, Ordering::Release);
    }
  };
  let mut last = 0;
  between_cores(bencher, echo, move || {
    LINES[0].0.store(last + 1, Ordering::Release);
    last = await_change(&LINES[1], last);
  });
  LINES[0].0.store(u64::MAX, Ordering::Release);
}

#[divan::bench]
fn queue(bencher: Bencher) {
  let (there, back) = (Queue::new(PLACES), Queue::new(PLACES));
  let (get, put) = (there.clone(), back.clone());
  let echo = move || {
    while let Ok(number) = get.get_wait(None) {
      put.put_wait(number, None).expect("it is open");
    }
  };
  between_cores(bencher, echo, || {
    there.put_wait(1_u64, None).expect("it is open");
    back.get_wait(None).expect("it is open");
  });
  there.shutdown(false);
}

#[divan::bench]
fn tokio_mpsc(bencher: Bencher) {
  let (there, mut get) = tokio::sync::mpsc::channel(PLACES);
  let (put, mut back) = tokio::sync::mpsc::channel(PLACES);
  let echo = move || {
    while let Some(number) = get.blocking_recv() {
      put.blocking_send(number).expect("it is open");
    }
  };
  between_cores(bencher, echo, || {
    there.blocking_send(1_u64).expect("it is open");
    back.blocking_recv().expect("it is open");
  });
}

#[divan::bench]
fn flume(bencher: Bencher) {
  let ((there, get), (put, back)) = (flume::bounded(PLACES), flume::bounded(PLACES));
  let echo = move || get.iter().for_each(|number| put.send(number).expect("it is open"));
  between_cores(bencher, echo, || {
    there.send(1_u64).expect("it is open");
    back.recv().expect("it is open");
  });
}

#[divan::bench]
fn kanal(bencher: Bencher) {
  let ((there, get), (put, back)) = (kanal::bounded(PLACES), kanal::bounded(PLACES));
  let echo = move || get.into_iter().for_each(|number| put.send(number).expect("it is open"));
  between_cores(bencher, echo, || {
    there.send(1_u64).expect("it is open");
    back.recv().expect("it is open");
  });
}

#[divan::bench]
fn crossfire(bencher: Bencher) {
  use crossfire::mpmc::bounded_blocking;
  let ((there, get), (put, back)) = (bounded_blocking(PLACES), bounded_blocking(PLACES));
  let echo = move || {
    while let Ok(number) = get.recv() {
      put.send(number).expect("it is open");
    }
  };
  between_cores(bencher, echo, || {
    there.send(1_u64).expect("it is open");
    back.recv().expect("it is open");
  });
}
