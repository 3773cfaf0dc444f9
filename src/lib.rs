//! Async code on background threads, and primitives with a blocking and an awaiting end on one object.
//!
//! An [`AsyncRunner`] is a tokio loop on a thread of its own. A [`Queue`], an [`Event`] or a [`FutureCell`] has two doors:
//! code that blocks and code that awaits meet at the same object. A wait that ends without success, by a timeout or
//! because its future was dropped, has had no effect: nothing was taken, nothing inserted, and no waiter is left.
//!
//! ```
//! use std::time::Duration;
//! use threaded_async::{AsyncRunner, TaskError};
//!
//! let runner = AsyncRunner::new();
//! let (numbers, squares) = (runner.queue::<u32>(8), runner.queue::<u32>(8));
//! let (get, put) = (numbers.clone(), squares.clone());
//! let worker = runner.create_named_task("squarer", async move {
//!   while let Ok(number) = get.get().await {
//!     put.put(number * number).await.expect("the runner is open");
//!   }
//! });
//!
//! numbers.put_wait(3, None)?; // Blocks while the queue is full.
//! numbers.put_wait(4, None)?;
//! assert_eq!(squares.get_wait(Some(Duration::from_secs(1)))?, 9);
//! assert_eq!(squares.get_wait(None)?, 16);
//!
//! numbers.shutdown(false); // The worker drains what is there and ends.
//! assert_eq!(worker.wait(None), Ok(()));
//! assert_eq!(runner.run(std::future::pending::<()>(), Some(Duration::from_millis(1))), Err(TaskError::TimedOut));
//! runner.close()?; // Tasks that are left are cancelled; unseen panics are reported.
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! A [`Server`] turns the control round: async code calls through a [`Client`], and a main loop decides when each call is
//! answered.
//!
//! ```
//! use threaded_async::AsyncRunner;
//!
//! let runner = AsyncRunner::new();
//! let server = runner.server::<u32, u32>();
//! let client = server.client();
//! let script = runner.create_task(async move {
//!   let four = client.call(3).await?;
//!   client.call(four).await
//! });
//!
//! for _ in 0..2 {
//!   let request = server.take_wait(None)?; // Blocks until the script calls.
//!   request.answer(request.question + 1).expect("it has no answer yet");
//! }
//! assert_eq!(script.wait(None)?, Ok(5));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! A [`Select`] waits for several of these at once, and exactly one of them happens.
//!
//! The map of the source: `core` is pure concurrency, `runner` is tokio on background threads, and with the feature
//! `node`, which is on unless switched off, `binding` shows the same objects to JavaScript.

/// The programs of the page for the crates registry.
#[cfg(doctest)]
#[doc = include_str!("README.md")]
struct Readme;

#[cfg(feature = "node")]
mod binding;
/// What of the border replaces a lock, for the models: it needs no Node-API.
#[cfg(loom)]
#[expect(dead_code, reason = "some of it is not modelled")]
#[path = "binding/threads"]
mod border {
  pub mod mailbox;
  pub mod resting;
  pub mod scripts {
    pub mod pending;
    pub mod rest;
  }
  pub mod slot;
}
mod core;
#[cfg(not(loom))]
mod runner;
#[cfg(feature = "scripts")]
#[cfg_attr(not(feature = "node"), expect(dead_code, reason = "only JavaScript makes scripts"))]
mod script;

#[cfg(feature = "futures")]
pub use self::core::queue::{QueueSink, QueueStream};
pub use self::core::{
  client::Client,
  deadline::Deadline,
  error::{End, PutError, PutManyError, TryGetError, TryPutError, WaitError},
  event::Event,
  future::{AlreadySettled, FutureCell, Settled},
  queue::{IterWait, Queue, QueueStatistics, SurplusTaskDone, TryIter},
  select::Select,
  server::{Request, Server},
  ticks::Ticks,
};
#[cfg(not(loom))]
pub use self::runner::{
  AsyncRunner, BackgroundTask, CloseError, RunnerOptions, RunnerStatistics, ShutdownType, TaskError, TaskErrors,
  TaskFailure, TaskResult,
};
