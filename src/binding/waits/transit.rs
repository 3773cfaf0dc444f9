//! Requests.

use crate::{binding::values::outcome::RequestOf, core::error::End};
use rustc_hash::FxHashMap;
use std::collections::hash_map::Entry;

/// Requests that JavaScript of this thread has taken and not answered.
#[derive(Default)]
pub struct Requests {
  open: FxHashMap<u32, RequestOf>,
  last: u32,
}

impl Requests {
  /// Keeps a request, and returns its number.
  pub fn keep(&mut self, request: RequestOf) -> u32 {
    loop {
      self.last = (self.last + 1) & 0x7fff_ffff; // `Word::Count` has a sign.
      if let Entry::Vacant(vacant) = self.open.entry(self.last) {
        vacant.insert(request);
        return self.last;
      }
    }
  }

  /// Takes a request, to be answered or to become a future.
  pub fn take(&mut self, number: u32) -> Option<RequestOf> {
    self.open.remove(&number)
  }

  /// Their thread has ended: nobody else can answer them.
  pub fn end(&mut self) {
    for request in std::mem::take(&mut self.open).into_values() {
      request.reply.end(End::Died);
    }
  }
}
