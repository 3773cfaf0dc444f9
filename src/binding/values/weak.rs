//! What a thread finds again as long as something else holds it: `lib/wire/shared-memory.ts` on this side.
//!
//! Promises that it keeps nothing, not even where a thread only blocks: to look through a `WeakRef` of JavaScript keeps what is
//! behind it until the thread comes back to its loop.

use super::thing::Id;
use crate::binding::node::js::{Js, Value};
use napi::sys;
use rustc_hash::FxHashMap;

/// One thread's.
#[derive(Default)]
pub struct WeakTable(FxHashMap<Id, sys::napi_ref>);

impl WeakTable {
  pub fn insert(&mut self, js: Js, id: Id, object: Value) {
    let before = self.0.insert(id, js.weak_reference(object));
    before.inspect(|reference| js.forget(*reference));
  }

  pub fn get(&self, js: Js, id: Id) -> Option<Value> {
    js.referent(*self.0.get(&id)?)
  }

  pub fn remove(&mut self, js: Js, id: Id) {
    self.0.remove(&id).inspect(|reference| js.forget(*reference));
  }

  /// Lets go of the numbers behind which nothing is any more, and returns the others.
  pub fn sweep(&mut self, js: Js) -> Vec<Id> {
    let is_there = |reference: &sys::napi_ref| js.scope(|| js.referent(*reference).is_some());
    self.0.retain(|_, reference| {
      is_there(reference) || {
        js.forget(*reference);
        false
      }
    });
    self.0.keys().copied().collect()
  }

  /// The environment ends.
  pub fn end(&mut self, js: Js) {
    self.0.drain().for_each(|(_, reference)| js.forget(reference));
  }
}
