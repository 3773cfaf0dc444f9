//! Sandboxed scripts where the addon was built without them.
//!
//! Promises one clear error, before anything happens.

use crate::binding::{
  node::js::Value,
  waits::call::{Fault, JsCall},
};

/// What a server has of its scripts.
pub struct Scripts;

impl Scripts {
  pub fn new(_threads: usize) -> Self {
    Self
  }

  #[expect(clippy::unused_self, reason = "it has none")]
  pub fn end(&self) {}
}

fn refused() -> Result<Value, Fault> {
  Err(Fault {
    code: "ERR_SCRIPTS_UNAVAILABLE",
    message: "Sandboxed scripts are not part of this build of threaded-async: its addon was built without the cargo \
              feature 'scripts'."
      .to_owned(),
  })
}

pub fn create(_call: &JsCall) -> Result<Value, Fault> {
  refused()
}

pub fn usage(_call: &JsCall) -> Result<Value, Fault> {
  refused()
}

pub fn save(_call: &JsCall) -> Result<Value, Fault> {
  refused()
}

pub fn printed(_call: &JsCall) -> Result<Value, Fault> {
  refused()
}
