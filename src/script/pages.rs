//! A script's memory, as what differs from the image that every script begins with.

use super::engine::loaded;
use std::sync::OnceLock;

/// What is compared, and saved, at a time.
pub const PAGE: usize = 4096;

/// A page that was never written.
static EMPTY: [u8; PAGE] = [0; PAGE];

/// The memory of an engine that has not begun.
pub fn image() -> Result<&'static [u8], String> {
  static IMAGE: OnceLock<Result<Vec<u8>, String>> = OnceLock::new();
  let read = || {
    let core = loaded(false)?.instance(0).map_err(|error| format!("{error:#}"))?;
    Ok(core.memory.data(&core.store).to_vec())
  };
  IMAGE.get_or_init(read).as_deref().map_err(Clone::clone)
}

/// The pages of a memory that are not what they were, with their numbers.
pub fn changed<'a>(image: &'a [u8], memory: &'a [u8]) -> impl Iterator<Item = (usize, &'a [u8])> {
  let images = image.chunks_exact(PAGE).chain(std::iter::repeat(&EMPTY[..]));
  let pages = memory.chunks_exact(PAGE).zip(images).enumerate();
  pages.filter(|(_, (now, before))| now != before).map(|(number, (now, _))| (number, now))
}
