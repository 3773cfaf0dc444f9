//! Things for which a program has made a token, to hand them to threads of its own.
//!
//! Promises that a token is good for as long as anything holds its thing; that the token itself holds it until somebody
//! has adopted it, or [`LIFE`] has passed since the thing was last shared; and that nothing else is kept of either.

use super::alarms::{Alarm, AlarmKey, Timers};
use crate::{
  binding::values::thing::{Id, Thing, next_id},
  core::sync::Mutex,
};
use rustc_hash::FxHashMap;
use std::{
  hash::{BuildHasher, Hasher, RandomState},
  io,
  sync::{Arc, LazyLock, Weak},
  time::{Duration, Instant},
};

/// How long a token holds what nobody adopts.
const LIFE: Duration = Duration::from_secs(600);

/// After so many, those whose things are gone are forgotten.
const FEW: usize = 64;

struct Shared {
  /// What JavaScript takes it for.
  kind: u32,
  thing: Weak<dyn Thing>,
  hold: Option<Hold>,
}

/// What a token holds until it is adopted.
struct Hold {
  thing: Arc<dyn Thing>,
  /// Tells this hold from a later one.
  round: u64,
  alarm: AlarmKey,
}

struct Book {
  shared: FxHashMap<Id, Shared>,
  sweep_at: usize,
}

static BOOK: LazyLock<Mutex<Book>> = LazyLock::new(|| Mutex::new(Book { shared: FxHashMap::default(), sweep_at: FEW }));

/// What rings when a hold has lasted too long; its round is `round`.
struct Keeper;

static KEEPER: LazyLock<Arc<Keeper>> = LazyLock::new(|| Arc::new(Keeper));

static SECRET: LazyLock<String> = LazyLock::new(|| {
  let random = || RandomState::new().build_hasher().finish();
  format!("{:016x}{:016x}", random(), random())
});

/// What the tokens of this process, and of this load of the addon, have in common.
pub fn secret() -> &'static str {
  &SECRET
}

/// Has a thing adopted under its number from now on.
pub fn share(thing: Arc<dyn Thing>, kind: u32) -> io::Result<()> {
  thing.is_sent();
  let (round, keeper): (_, Weak<Keeper>) = (next_id(), Arc::downgrade(&KEEPER));
  let alarm = Timers::shared()?.set(Instant::now() + LIFE, keeper, 0, round);
  let (id, weak) = (thing.id(), Arc::downgrade(&thing));
  let shared = Shared { kind, thing: weak, hold: Some(Hold { thing, round, alarm }) };
  let mut book = BOOK.lock();
  let before = book.shared.insert(id, shared);
  if book.shared.len() >= book.sweep_at {
    book.shared.retain(|_, shared| shared.thing.strong_count() > 0);
    book.sweep_at = FEW.max(2 * book.shared.len());
  }
  drop(book); // LOCK: a thing that is dropped takes its own.
  before.and_then(|shared| shared.hold).iter().for_each(Hold::forget);
  Ok(())
}

/// The thing of this number, and what JavaScript takes it for; `None` where nothing holds it any more.
pub fn adopt(id: Id) -> Option<(Arc<dyn Thing>, u32)> {
  let mut book = BOOK.lock();
  let shared = book.shared.get_mut(&id)?;
  let (hold, kind) = (shared.hold.take(), shared.kind);
  let thing = shared.thing.upgrade();
  if thing.is_none() {
    book.shared.remove(&id);
  }
  drop(book); // LOCK: as above.
  hold.iter().for_each(Hold::forget);
  Some((thing?, kind))
}

/// How many things there are of which a token is good, and how many of them tokens hold.
pub fn count() -> (usize, usize) {
  let book = BOOK.lock();
  let good = book.shared.values().filter(|shared| shared.thing.strong_count() > 0).count();
  (good, book.shared.values().filter(|shared| shared.hold.is_some()).count())
}

/// Lets go of everything that tokens hold, as if their time were over.
pub fn let_go() {
  let holds: Vec<_> = BOOK.lock().shared.values_mut().filter_map(|shared| shared.hold.take()).collect();
  holds.iter().for_each(Hold::forget);
}

impl Hold {
  fn forget(&self) {
    Timers::forget(self.alarm);
  }
}

impl Alarm for Keeper {
  fn ring(&self, _ticket: u32, round: u64) {
    let is_meant = |hold: &mut Hold| hold.round == round;
    let hold = BOOK.lock().shared.values_mut().find_map(|shared| shared.hold.take_if(is_meant));
    drop(hold.map(|hold| hold.thing)); // LOCK: none is held.
  }
}
