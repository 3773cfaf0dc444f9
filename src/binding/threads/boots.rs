//! Looks after the threads that are starting, from a thread of its own, which ends when none is.
//!
//! Promises that nobody waits for a loop whose thread is gone because its maker computes: a runner whose thread is gone is
//! ended here when its maker has not done it within [`GRACE`]. Does nothing where the system does not tell.

use super::runner::Runner;
use crate::core::sync::Mutex;
use std::{
  sync::Arc,
  thread,
  time::{Duration, Instant},
};

/// How often threads that are starting are looked at.
const LOOK: Duration = Duration::from_millis(10);

/// For how long its maker may tell what the thread has died of: it knows more.
const GRACE: Duration = Duration::from_millis(45);

struct Booting {
  runner: Arc<Runner>,
  gone_since: Option<Instant>,
}

struct Watch {
  booting: Vec<Booting>,
  is_watching: bool,
}

static WATCH: Mutex<Watch> = Mutex::new(Watch { booting: Vec::new(), is_watching: false });

/// Looks after a runner, whose thread was just started, until its loop is up.
pub fn watch(runner: &Arc<Runner>) {
  if !runner.birth().is_known() {
    return;
  }
  let mut watch = WATCH.lock();
  watch.booting.push(Booting { runner: Arc::clone(runner), gone_since: None });
  if !watch.is_watching {
    let started = thread::Builder::new().name("ta:boots".to_owned()).spawn(|| while look() {});
    watch.is_watching = started.is_ok();
  }
}

/// Looks once, after a while; false where there is nothing more to look at.
fn look() -> bool {
  thread::sleep(LOOK);
  let mut watch = WATCH.lock();
  watch.booting.retain(|booting| !booting.runner.up.is_set());
  let now = Instant::now();
  for booting in &mut watch.booting {
    if booting.gone_since.is_none() && booting.runner.birth().is_over(booting.runner.id) {
      booting.gone_since = Some(now);
      booting.runner.have_maker_look();
    }
  }
  let is_due = |booting: &mut Booting| booting.gone_since.is_some_and(|since| now - since >= GRACE);
  let due: Vec<_> = watch.booting.extract_if(.., is_due).collect();
  watch.is_watching = !watch.booting.is_empty();
  let goes_on = watch.is_watching;
  drop(watch); // LOCK: ending wakes waiters.
  for booting in due {
    booting.runner.thread_ended();
  }
  goes_on
}
