//! Memory for what crosses, asked for where it is much: running out of it is then an error of one call.
//!
//! Small memory is not asked for, which would cost every put. Where there is none of that, the process ends.

/// Why a value was not copied.
pub enum NoCopy {
  /// It is not of its type, or of no type that is copied.
  Argument,
  /// There is no memory for it.
  Memory,
}

/// For more than so many bytes, running out of memory must be an error.
pub const LARGE: usize = 1 << 20;

/// An empty list with room for so many.
pub fn room_for<T>(count: usize) -> Result<Vec<T>, NoCopy> {
  if count <= LARGE / size_of::<T>() {
    return Ok(Vec::with_capacity(count));
  }
  let mut room = Vec::new();
  room.try_reserve_exact(count).map_err(|_| NoCopy::Memory)?;
  Ok(room)
}

/// A copy of these.
pub fn copy_of<T: Copy>(items: &[T]) -> Result<Box<[T]>, NoCopy> {
  let mut copy = room_for(items.len())?;
  copy.extend_from_slice(items);
  Ok(copy.into_boxed_slice())
}
