//! A bound in time for each program, after which the test ends with what hangs. It tells an end from a hang and measures
//! nothing.

use std::{
  process,
  sync::{Arc, Mutex, Once, OnceLock},
  thread,
  time::{Duration, Instant},
};

const PATIENCE: Duration = Duration::from_secs(60);

type Running = Arc<Mutex<Option<(Instant, String)>>>;

fn all() -> &'static Mutex<Vec<Running>> {
  static ALL: OnceLock<Mutex<Vec<Running>>> = OnceLock::new();
  ALL.get_or_init(Mutex::default)
}

fn watch() {
  loop {
    thread::sleep(Duration::from_secs(1));
    for running in all().lock().expect("no panic").iter() {
      if let Some((since, what)) = &*running.lock().expect("no panic")
        && since.elapsed() > PATIENCE
      {
        eprintln!("It hangs: {what}");
        process::abort();
      }
    }
  }
}

/// Watches the programs of one thread.
pub struct Alarm(Running);

impl Alarm {
  pub fn new() -> Self {
    static WATCH: Once = Once::new();
    WATCH.call_once(|| drop(thread::spawn(watch)));
    let running = Running::default();
    all().lock().expect("no panic").push(Arc::clone(&running));
    Self(running)
  }

  /// Runs what is expected to end.
  pub fn during<T>(&self, what: impl Into<String>, body: impl FnOnce() -> T) -> T {
    *self.0.lock().expect("no panic") = Some((Instant::now(), what.into()));
    let result = body();
    *self.0.lock().expect("no panic") = None;
    result
  }
}
