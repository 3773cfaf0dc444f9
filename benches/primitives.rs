//! The primitives beside the channels that Rust programs use for the same work.
//!
//! Promises that every rival of a group does the same work on the same threads in the same run. Says nothing of more
//! than two threads. Run it with `cargo bench --no-default-features`, on an idle machine: a round trip is two wakes.

use divan::Bencher;
use threaded_async::AsyncRunner;

fn main() {
  divan::main();
}

/// One thread puts a number and takes it out again, without a wait.
mod uncontended {
  use super::Bencher;
  use threaded_async::Queue;

  const PLACES: usize = 64;

  #[divan::bench]
  fn queue_try(bencher: Bencher) {
    let queue = Queue::new(PLACES);
    bencher.bench_local(|| (queue.try_put(1_u64), queue.try_get()));
  }

  #[divan::bench]
  fn queue_wait(bencher: Bencher) {
    let queue = Queue::new(PLACES);
    bencher.bench_local(|| (queue.put_wait(1_u64, None), queue.get_wait(None)));
  }

  #[divan::bench]
  fn queue_await(bencher: Bencher) {
    let queue = Queue::new(PLACES);
    bencher.bench_local(|| now(async { (queue.put(1_u64).await, queue.get().await) }));
  }

  #[divan::bench]
  fn tokio_mpsc(bencher: Bencher) {
    let (sender, mut receiver) = tokio::sync::mpsc::channel(PLACES);
    bencher.bench_local(|| (sender.try_send(1_u64), receiver.try_recv()));
  }

  #[divan::bench]
  fn flume(bencher: Bencher) {
    let (sender, receiver) = flume::bounded(PLACES);
    bencher.bench_local(|| (sender.send(1_u64), receiver.recv()));
  }

  #[divan::bench]
  fn async_channel(bencher: Bencher) {
    let (sender, receiver) = async_channel::bounded(PLACES);
    bencher.bench_local(|| (sender.try_send(1_u64), receiver.try_recv()));
  }

  #[divan::bench]
  fn crossbeam_channel(bencher: Bencher) {
    let (sender, receiver) = crossbeam_channel::bounded(PLACES);
    bencher.bench_local(|| (sender.send(1_u64), receiver.recv()));
  }

  /// Polls a future that is ready at once.
  pub fn now<F: Future>(future: F) -> F::Output {
    use std::task::{Context, Poll, Waker};
    match std::pin::pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
      Poll::Ready(output) => output,
      Poll::Pending => unreachable!("it is ready at once"),
    }
  }
}

/// A thread that blocks sends a number to a task on a tokio loop, which sends it back.
mod round_trip {
  use super::{AsyncRunner, Bencher};

  #[divan::bench]
  fn queue(bencher: Bencher) {
    let runner = AsyncRunner::new();
    let (there, back) = (runner.queue(0), runner.queue(0));
    let (get, put) = (there.clone(), back.clone());
    runner.create_task(async move {
      while let Ok(number) = get.get().await {
        put.put(number).await.expect("it is open");
      }
    });
    bencher.bench_local(|| {
      there.put_wait(1_u64, None).expect("it is open");
      back.get_wait(None).expect("it is open")
    });
  }

  #[divan::bench]
  fn tokio_mpsc(bencher: Bencher) {
    let runner = AsyncRunner::new();
    let (there, mut get) = tokio::sync::mpsc::channel(64);
    let (put, mut back) = tokio::sync::mpsc::channel(64);
    runner.create_task(async move {
      while let Some(number) = get.recv().await {
        put.send(number).await.expect("it is open");
      }
    });
    bencher.bench_local(|| {
      there.blocking_send(1_u64).expect("it is open");
      back.blocking_recv().expect("it is open")
    });
  }

  #[divan::bench]
  fn flume(bencher: Bencher) {
    let runner = AsyncRunner::new();
    let ((there, get), (put, back)) = (flume::bounded(64), flume::bounded(64));
    runner.create_task(async move {
      while let Ok(number) = get.recv_async().await {
        put.send_async(number).await.expect("it is open");
      }
    });
    bencher.bench_local(|| {
      there.send(1_u64).expect("it is open");
      back.recv().expect("it is open")
    });
  }

  #[divan::bench]
  fn async_channel(bencher: Bencher) {
    let runner = AsyncRunner::new();
    let ((there, get), (put, back)) = (async_channel::bounded(64), async_channel::bounded(64));
    runner.create_task(async move {
      while let Ok(number) = get.recv().await {
        put.send(number).await.expect("it is open");
      }
    });
    bencher.bench_local(|| {
      there.send_blocking(1_u64).expect("it is open");
      back.recv_blocking().expect("it is open")
    });
  }
}

/// A signal that is given before it is waited for, and taken back.
mod event {
  use super::{Bencher, uncontended::now};
  use threaded_async::Event;

  #[divan::bench]
  fn event_wait(bencher: Bencher) {
    let event = Event::new();
    bencher.bench_local(|| {
      event.set();
      event.wait(None).expect("it is set");
      event.clear();
    });
  }

  #[divan::bench]
  fn event_await(bencher: Bencher) {
    let event = Event::new();
    bencher.bench_local(|| {
      event.set();
      now(event.wait_async()).expect("it is set");
      event.clear();
    });
  }

  #[divan::bench]
  fn tokio_notify(bencher: Bencher) {
    let notify = tokio::sync::Notify::new();
    bencher.bench_local(|| {
      notify.notify_one();
      now(notify.notified());
    });
  }
}

/// A value that comes later, made, settled and taken.
mod future {
  use super::{AsyncRunner, Bencher};
  use threaded_async::FutureCell;

  #[divan::bench]
  fn future_wait(bencher: Bencher) {
    bencher.bench_local(|| {
      let future = FutureCell::new();
      future.set_result(1_u64).expect("the first");
      future.result_wait(None)
    });
  }

  #[divan::bench]
  fn tokio_oneshot(bencher: Bencher) {
    bencher.bench_local(|| {
      let (sender, receiver) = tokio::sync::oneshot::channel();
      sender.send(1_u64).expect("it is open");
      receiver.blocking_recv()
    });
  }

  /// The same across threads: a task settles what a thread waits for.
  #[divan::bench]
  fn task_to_thread(bencher: Bencher) {
    let runner = AsyncRunner::new();
    bencher.bench_local(|| runner.run(async { 1_u64 }, None));
  }

  #[divan::bench]
  fn task_to_thread_tokio_oneshot(bencher: Bencher) {
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    let handle = runtime.handle().clone();
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let thread = std::thread::spawn(move || runtime.block_on(stopped));
    bencher.bench_local(|| {
      let (sender, receiver) = tokio::sync::oneshot::channel();
      handle.spawn(async { sender.send(1_u64) });
      receiver.blocking_recv()
    });
    drop(stop);
    let _ = thread.join();
  }
}
