//! The weak tie between a primitive and what it belongs to.
//!
//! Promises that the owner can end the primitive when it ends itself, and keeps it no longer than others do. Built where
//! there are owners: the models have none.

use super::{error::End, sync::Arc};
use std::sync::Weak;

/// A primitive's state, as its owner sees it.
pub(crate) trait Ends: Send + Sync {
  /// Ends the primitive.
  fn end(self: Arc<Self>, end: End);
}

/// What an owner holds of a primitive.
pub(crate) type Bond = Weak<dyn Ends>;
