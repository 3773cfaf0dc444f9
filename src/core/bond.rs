//! The weak tie between a primitive and its owner.
//!
//! Promises that the owner can end the primitive when it ends itself, and keeps it no longer than others do. loom has no
//! weak references, so this file and `roster.rs` are not part of its models.

use super::{error::End, sync::Arc};
use std::sync::Weak;

/// A primitive's state, as its owner sees it.
pub(crate) trait Ends: Send + Sync {
  /// Ends the primitive.
  fn end(self: Arc<Self>, end: End);

  /// Whether it is a future that somebody waits for.
  #[cfg(feature = "node")]
  fn is_awaited(&self) -> bool {
    false
  }
}

/// What an owner holds of a primitive.
pub(crate) type Bond = Weak<dyn Ends>;
