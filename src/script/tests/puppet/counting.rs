//! How many bytes of heap a thread holds, and has held at most: for the tests of what a script can make its host take.

use std::{
  alloc::{GlobalAlloc, Layout, System},
  cell::Cell,
};

thread_local! {
  static HELD: Cell<usize> = const { Cell::new(0) };
  static MOST: Cell<usize> = const { Cell::new(0) };
}

/// The allocator of the system, which counts.
struct Counting;

#[global_allocator]
static COUNTING: Counting = Counting;

fn note(more: usize, less: usize) {
  // A thread that ends has no counters any more.
  let _ = HELD.try_with(|held| {
    // What another thread has asked for is given back here as well.
    held.set(held.get().wrapping_add(more).saturating_sub(less));
    let _ = MOST.try_with(|most| most.set(most.get().max(held.get())));
  });
}

// SAFETY: All is handed on to the allocator of the system.
unsafe impl GlobalAlloc for Counting {
  unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
    note(layout.size(), 0);
    // SAFETY: The caller keeps to the contract.
    unsafe { System.alloc(layout) }
  }

  unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
    note(layout.size(), 0);
    // SAFETY: The caller keeps to the contract.
    unsafe { System.alloc_zeroed(layout) }
  }

  unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
    note(0, layout.size());
    // SAFETY: The caller keeps to the contract.
    unsafe { System.dealloc(block, layout) }
  }

  unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
    note(size, layout.size());
    // SAFETY: The caller keeps to the contract.
    unsafe { System.realloc(block, layout, size) }
  }
}

/// The bytes that this thread has held at most during a function, beyond those that it held before.
pub fn most_held<T>(act: impl FnOnce() -> T) -> (T, usize) {
  let before = HELD.get();
  MOST.set(before);
  let result = act();
  (result, MOST.get() - before)
}
