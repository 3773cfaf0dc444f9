//! Numbers for things: what JavaScript holds instead of pointers.
//!
//! Promises that one thread has one object per number, and that a thing is released once neither an object nor a
//! payload refers to it: weak references are looked at a few per new object, because a main thread that only blocks
//! runs no finalizer.

use super::thing::{Id, Thing};
use crate::binding::node::js::{Js, Value};
use napi::sys;
use rustc_hash::FxHashMap;
use std::{collections::VecDeque, sync::Arc};

struct HandleEntry {
  thing: Arc<dyn Thing>,
  /// `None` between the moment a number is given out or arrives and the moment its object is made.
  weak: Option<sys::napi_ref>,
  is_in_round: bool,
}

/// How many others are looked at, at most, when an object is made. More at a time made the mean of a task 10 % longer:
/// the allocator keeps a few blocks at hand, not many.
const LOOKS: usize = 2;

/// One thread's objects.
#[derive(Default)]
pub struct Handles {
  entries: FxHashMap<Id, HandleEntry>,
  /// All attached numbers, in the order in which they will be looked at.
  round: VecDeque<Id>,
}

impl Handles {
  /// How many things this thread holds.
  pub fn len(&self) -> usize {
    self.entries.len()
  }

  pub fn get(&self, id: Id) -> Option<&Arc<dyn Thing>> {
    self.entries.get(&id).map(|entry| &entry.thing)
  }

  /// All that this thread holds.
  pub fn things(&self) -> impl Iterator<Item = &Arc<dyn Thing>> {
    self.entries.values().map(|entry| &entry.thing)
  }

  /// Holds a thing until its object is made, or for the object it has.
  pub fn hold(&mut self, js: Js, thing: Arc<dyn Thing>) -> Id {
    let id = thing.id();
    let entry = self.entries.entry(id).or_insert(HandleEntry { thing, weak: None, is_in_round: false });
    // Its object is gone and a new one will be made: until then the entry must not count as let go of.
    if let Some(weak) = entry.weak
      && js.referent(weak).is_none()
    {
      js.forget(weak);
      entry.weak = None;
    }
    id
  }

  /// Forgets those that have arrived and for which no object was made. They are to be dropped when this is no longer
  /// borrowed.
  pub fn let_go(&mut self, ids: &[Id]) -> Vec<Arc<dyn Thing>> {
    let is_awaited = |entry: &HandleEntry| entry.weak.is_none();
    let gone = ids.iter().filter(|id| self.entries.get(id).is_some_and(is_awaited)).copied().collect::<Vec<_>>();
    gone.into_iter().filter_map(|id| self.entries.remove(&id)).map(|entry| entry.thing).collect()
  }

  /// The object this thread has for a number, if it is still there.
  pub fn object(&self, js: Js, id: Id) -> Option<Value> {
    self.entries.get(&id)?.weak.and_then(|weak| js.referent(weak))
  }

  /// Ties a number to its object, and looks at a few others.
  pub fn attach(&mut self, js: Js, id: Id, object: Value) {
    let Some(entry) = self.entries.get_mut(&id) else { return };
    if let Some(old) = entry.weak.replace(js.weak_reference(object)) {
      js.forget(old);
    }
    if !std::mem::replace(&mut entry.is_in_round, true) {
      self.round.push_back(id);
    }
    self.sweep(js);
  }

  /// Whether the object of a number is gone, or the number itself.
  pub fn is_gone(&self, js: Js, id: Id) -> bool {
    self.entries.get(&id).is_none_or(|entry| entry.weak.is_some_and(|weak| js.referent(weak).is_none()))
  }

  /// Looks at all at once, and returns what has been let go of, to be dropped when this is no longer borrowed.
  pub fn sweep_all(&mut self, js: Js) -> Vec<Arc<dyn Thing>> {
    let gone: Vec<_> = self.entries.keys().copied().filter(|id| self.is_gone(js, *id)).collect();
    let entries = gone.into_iter().filter_map(|id| self.entries.remove(&id));
    let things = entries.map(|entry| {
      entry.weak.into_iter().for_each(|weak| js.forget(weak));
      entry.thing
    });
    let things = things.collect();
    self.round.retain(|id| self.entries.contains_key(id));
    things
  }

  /// The thread ends: its objects mean nothing any more.
  pub fn end(&mut self, js: Js) {
    self.entries.values_mut().filter_map(|entry| entry.weak.take()).for_each(|weak| js.forget(weak));
  }

  /// The things that are held by this table alone.
  pub fn only_here(&self) -> impl Iterator<Item = &Arc<dyn Thing>> {
    self.entries.values().map(|entry| &entry.thing).filter(|thing| Arc::strong_count(thing) == 1)
  }

  /// How many things hold this runner and are themselves held by this table alone.
  pub fn holding_only_here(&self, runner: Id) -> usize {
    let holds = |thing: &&Arc<dyn Thing>| {
      thing.id() != runner && thing.holds_its_runner() && Arc::clone(thing).runner().is_some_and(|of| of.id() == runner)
    };
    self.only_here().filter(holds).count()
  }

  /// Looks at the next few, up to one that lives: once five of eight are gone, as many are released as are made.
  fn sweep(&mut self, js: Js) {
    for _ in 0..LOOKS {
      let Some(id) = self.round.pop_front() else { return };
      let Some(entry) = self.entries.get_mut(&id) else { continue };
      match entry.weak {
        None => entry.is_in_round = false, // Its new object is about to be made, and will be looked at again.
        Some(weak) if js.referent(weak).is_some() => return self.round.push_back(id),
        Some(weak) => {
          js.forget(weak);
          self.entries.remove(&id);
        }
      }
    }
  }
}
