//! The engine: what the build script has compiled, loaded once for the process when the first script needs it.
//!
//! Promises an instance with nothing in it but the engine's image, in microseconds: its memory is a copy on write of the
//! image, and what a script makes of it goes back to the system with the instance. There are two of them. In one a turn
//! runs on the stack of the thread that calls; in the other on a stack of its own, so that it can be left and resumed.

use super::{
  ahead::Places,
  host::{Host, Stop, link, slice},
  tuning,
};
use std::{
  future::Future,
  pin::pin,
  sync::OnceLock,
  task::{Context, Poll, Waker},
};
use wasmtime::{
  Config, Engine, Instance, InstancePre, Linker, Memory, Module, Result, Store, TypedFunc, WasmParams, WasmResults,
};

/// The stack that a thread must have on which scripts are run.
pub const STACK: usize = 8 << 20;

/// What of it the engine may use.
const ENGINE_STACK: usize = 4 << 20;

/// The engine's memory may be fragmented: its size is limited to so many bytes more than its heap, and half as much again.
const SLACK: usize = 2 << 20;

/// The digest of the WebAssembly that the code was compiled from. It is the same on all platforms.
pub const DIGEST: &[u8; 32] = include_bytes!(concat!(env!("OUT_DIR"), "/engine.sha256"));

static CODE: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/engine.cwasm"));

/// An engine that is loaded.
pub struct Loaded {
  engine: Engine,
  image: InstancePre<Host>,
  is_sliced: bool,
}

/// One instance of it.
pub struct Core {
  pub store: Store<Host>,
  pub instance: Instance,
  pub memory: Memory,
  pub doors: Doors,
  pub is_sliced: bool,
  pub places: Places,
}

/// What of it is called for every turn.
#[derive(Clone)]
pub struct Doors {
  pub buffer: TypedFunc<u32, u32>,
  pub start: TypedFunc<(u32, u32), u32>,
  pub deliver: TypedFunc<(u32, u32, u32, u32), u32>,
  pub result: TypedFunc<(), u32>,
  pub result_length: TypedFunc<(), u32>,
  pub heap: TypedFunc<(), u32>,
}

/// The engine; `is_sliced` for the one whose turns can be left.
pub fn loaded(is_sliced: bool) -> Result<&'static Loaded, String> {
  static PLAIN: OnceLock<Result<Loaded, String>> = OnceLock::new();
  static SLICED: OnceLock<Result<Loaded, String>> = OnceLock::new();
  let engine = if is_sliced { &SLICED } else { &PLAIN };
  engine.get_or_init(|| load(CODE, is_sliced)).as_ref().map_err(Clone::clone)
}

pub(super) fn load(code: &[u8], is_sliced: bool) -> Result<Loaded, String> {
  if code.is_empty() {
    return Err("sandboxed scripts are not available on this platform".into());
  }
  let read = || -> Result<Loaded> {
    let engine = Engine::new(&config(is_sliced))?;
    // SAFETY: The build script has made these bytes, by this very version of wasmtime; nothing else writes them.
    let module = unsafe { Module::deserialize(&engine, code)? };
    let mut linker = Linker::new(&engine);
    link(&mut linker)?;
    let image = linker.instantiate_pre(&module)?;
    Ok(Loaded { engine, image, is_sliced })
  };
  read().map_err(|error| format!("the engine could not be loaded: {error:#}"))
}

fn config(is_sliced: bool) -> Config {
  let mut config = Config::new();
  tuning::tune(&mut config);
  config.wasm_backtrace(false);
  config.macos_use_mach_ports(false);
  config.async_stack_size(ENGINE_STACK + (1 << 20));
  config.max_wasm_stack(ENGINE_STACK);
  config.async_support(is_sliced);
  config
}

impl Loaded {
  /// Makes an instance whose script may use so many bytes of heap.
  pub fn instance(&self, memory: u32) -> Result<Box<Core>> {
    let mut store = Store::new(&self.engine, Host::new(memory));
    store.limiter(|host| host);
    let instance = if self.is_sliced {
      at_once(self.image.instantiate_async(&mut store))?
    } else {
      self.image.instantiate(&mut store)?
    };
    let room = |size: usize| size + memory as usize / 2 * 3 + SLACK;
    let memory = instance.get_memory(&mut store, "memory").ok_or(Stop::Breach("it has no memory"))?;
    let room = room(memory.data_size(&store));
    store.data_mut().adopt(memory, room);
    let doors = Doors {
      buffer: instance.get_typed_func(&mut store, "engine_buffer")?,
      start: instance.get_typed_func(&mut store, "engine_start")?,
      deliver: instance.get_typed_func(&mut store, "engine_deliver")?,
      result: instance.get_typed_func(&mut store, "engine_result")?,
      result_length: instance.get_typed_func(&mut store, "engine_result_length")?,
      heap: instance.get_typed_func(&mut store, "engine_heap")?,
    };
    let places = Places::default();
    let mut core = Box::new(Core { store, instance, memory, doors, is_sliced: self.is_sliced, places });
    let deliver = core.doors.deliver.func().to_raw(&mut core.store);
    core.places = Places::of(core.memory.data_ptr(&core.store), &*core, core.store.data(), deliver);
    Ok(core)
  }
}

impl Core {
  /// Calls a function of the engine. Is left and resumed where the engine can be, else ready at once.
  pub async fn call<P, R>(store: &mut Store<Host>, door: &TypedFunc<P, R>, parameters: P, is_sliced: bool) -> Result<R>
  where
    P: WasmParams + Sync,
    R: WasmResults + Sync,
  {
    if is_sliced { door.call_async(store, parameters).await } else { door.call(store, parameters) }
  }

  /// Calls a function of the engine that ends by itself, with so many steps.
  pub fn ask<P, R>(&mut self, door: &TypedFunc<P, R>, parameters: P, steps: u64) -> Result<R>
  where
    P: WasmParams + Sync,
    R: WasmResults + Sync,
  {
    self.store.set_fuel(steps)?;
    at_once(Self::call(&mut self.store, door, parameters, self.is_sliced))
  }

  /// What the engine names as its result.
  pub fn result(&mut self, steps: u64) -> Result<&[u8]> {
    let doors = self.doors.clone();
    let start = self.ask(&doors.result, (), steps)?;
    let length = self.ask(&doors.result_length, (), steps)?;
    Ok(slice(self.memory.data(&self.store), start, length)?)
  }
}

/// The outcome of a future that waits for nothing: where it is not ready, it has only been left to be resumed.
pub fn at_once<T>(future: impl Future<Output = T>) -> T {
  let mut future = pin!(future);
  loop {
    if let Poll::Ready(outcome) = future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
      return outcome;
    }
  }
}
