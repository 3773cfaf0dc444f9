//! Sandboxed scripts for JavaScript: `lib/script.ts` on this side, `threads/scripts/` and `src/script/` below.

#[cfg(feature = "scripts")]
mod programs;
#[cfg(not(feature = "scripts"))]
#[path = "absent.rs"]
mod scripts;
#[cfg(feature = "scripts")]
#[path = "sandbox.rs"]
mod scripts;

pub use scripts::Scripts;

use crate::binding::waits::call::functions;

functions! {
  c"scriptCreate" => scripts::create,
  c"scriptUsage" => scripts::usage,
  c"scriptSave" => scripts::save,
  c"scriptPrinted" => scripts::printed,
}
