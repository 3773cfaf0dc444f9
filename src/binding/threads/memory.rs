//! Whether the JavaScript of a thread has run out of memory: Node says so on its maker's loop alone, and that loop may
//! stand still.
//!
//! Where the heap of a worker is full, Node gives it some more, for the end. So a heap whose limit has grown since the
//! thread started was full. Only V8 knows the limit, and Node-API does not ask it: its function is looked up among those
//! that Node exports to addons. Promises never to say so of a thread that had memory; where V8 does not tell (so far, on
//! Windows), nothing is known here, and the maker's loop tells later.

/// The limit of the heap, in bytes, of the JavaScript that runs on this thread.
pub fn heap_limit() -> Option<usize> {
  heap::limit()
}

#[cfg(unix)]
mod heap {
  use std::{
    ffi::{CStr, c_void},
    sync::OnceLock,
  };

  /// The numbers of a `v8::HeapStatistics`, which has 14 words or 15.
  type Statistics = [usize; 32];

  /// Where among them the limit stands, and what is used of it: the same in every V8 that Node 20 to 26 has.
  const USED: usize = 4;
  const LIMIT: usize = 5;

  #[derive(Clone, Copy)]
  struct V8 {
    /// `Isolate* v8::Isolate::GetCurrent()`
    current: extern "C" fn() -> *mut c_void,
    /// `void v8::Isolate::GetHeapStatistics(HeapStatistics*)`
    fill: extern "C" fn(*mut c_void, *mut Statistics),
  }

  fn find(name: &CStr) -> Option<*mut c_void> {
    // SAFETY: the name is terminated.
    let symbol = unsafe { libc::dlsym(libc::RTLD_DEFAULT, name.as_ptr()) };
    (!symbol.is_null()).then_some(symbol)
  }

  fn v8() -> Option<V8> {
    static FOUND: OnceLock<Option<V8>> = OnceLock::new();
    *FOUND.get_or_init(|| {
      let current = find(c"_ZN2v87Isolate10GetCurrentEv")?;
      let fill = find(c"_ZN2v87Isolate17GetHeapStatisticsEPNS_14HeapStatisticsE")?;
      // SAFETY: the mangled name says that it is a function of this type.
      let current = unsafe { std::mem::transmute::<*mut c_void, extern "C" fn() -> *mut c_void>(current) };
      // SAFETY: as above; a method takes its object first.
      let fill = unsafe { std::mem::transmute::<*mut c_void, extern "C" fn(*mut c_void, *mut Statistics)>(fill) };
      Some(V8 { current, fill })
    })
  }

  pub fn limit() -> Option<usize> {
    let V8 { current, fill } = v8()?;
    let isolate = current();
    if isolate.is_null() {
      return None;
    }
    let mut statistics: Statistics = [0; 32];
    fill(isolate, &raw mut statistics);
    let (used, limit) = (statistics[USED], statistics[LIMIT]);
    (used > 0 && limit > used / 4).then_some(limit) // Anything else is no heap.
  }
}

#[cfg(not(unix))]
mod heap {
  pub fn limit() -> Option<usize> {
    None
  }
}
