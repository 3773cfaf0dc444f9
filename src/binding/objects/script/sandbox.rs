//! Sandboxed scripts, where the addon was built with them.
//!
//! Promises that everything which can be refused is refused before there is a script, and that a source which has just been
//! compiled for a server is not compiled again.

use super::programs::Programs;
use crate::binding::objects::server::{ClientObject, ServerObject};
use crate::{
  binding::{
    node::js::Value,
    threads::{
      alarms::Timers,
      runner::Runner,
      scripts::{
        Apart, Pool,
        driver::{Made, drive},
        inbox::Inbox,
        machine::Start,
        packets::bytes_of,
        shared::Shared,
      },
      task::{Description, Task},
    },
    values::{payload::Payload, protocol::Kind, thing::Thing},
    waits::{
      call::{Fault, JsCall},
      doors::deadline_after,
    },
  },
  core::sync::{Mutex, MutexGuard},
  script::{Ask, CompileError, Cut, Instance, Limits, Program, RestoreError},
};
use std::{
  any::Any,
  slice,
  sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
  },
  time::{Duration, Instant},
};

/// What a server has of its scripts.
pub struct Scripts {
  /// How many threads they have.
  threads: usize,
  has_ended: AtomicBool,
  /// Made for the first script.
  pool: Mutex<Option<Pool>>,
  programs: Programs,
}

impl Scripts {
  pub fn new(threads: usize) -> Self {
    let has_ended = AtomicBool::new(false);
    Self { threads, has_ended, pool: Mutex::new(None), programs: Programs::default() }
  }

  /// The server has ended: so do the threads.
  pub fn end(&self) {
    let mut pool = self.pool.lock();
    self.has_ended.store(true, Ordering::Relaxed);
    let pool = pool.take();
    drop(pool); // LOCK: dropped after it is released.
    self.programs.clear();
  }

  /// The threads, started where there are none; `None` where the server has ended.
  fn pool(&self, server: &str) -> Result<Option<MutexGuard<'_, Option<Pool>>>, Fault> {
    let mut pool = self.pool.lock();
    if self.has_ended.load(Ordering::Relaxed) {
      return Ok(None);
    }
    if pool.is_none() {
      *pool = Some(Pool::start(server, self.threads).map_err(|error| Fault {
        code: "ERR_WORKER_INIT_FAILED",
        message: format!("threaded-async could not start the threads for scripts: {error}."),
      })?);
    }
    Ok(Some(pool))
  }
}

/// Why there is no script.
enum Failed {
  Fault(Fault),
  Compile(CompileError),
  /// Something that it is made with is refused: the code of the error, and what it says.
  Refused(&'static str, String),
}

impl From<Fault> for Failed {
  fn from(fault: Fault) -> Self {
    Self::Fault(fault)
  }
}

/// The bytes of an argument that is an array of them.
fn bytes<'a>(call: &'a JsCall<'a>, index: usize) -> Result<&'a [u8], Fault> {
  let (memory, length) = call.js.memory(call.arg(index)).ok_or_else(|| Fault::argument(index))?;
  if length == 0 {
    return Ok(&[]);
  }
  // SAFETY: the array is alive during the call, and no JavaScript runs that could change it.
  Ok(unsafe { slice::from_raw_parts(memory, length) })
}

/// What a script is made with: numbers of eight bytes, in the order in which `lib/script.ts` writes them.
struct Settings {
  limits: Limits,
  seed: u64,
  lifetime: f64,
  allow_eval: bool,
  is_cancelled: bool,
  /// Whether this thread is told of its end.
  is_observed: bool,
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "they were checked to be whole numbers")]
fn settings(bytes: &[u8]) -> Option<Settings> {
  let numbers: Vec<f64> = bytes.as_chunks().0.iter().map(|number| f64::from_le_bytes(*number)).collect();
  let [memory, stack, turn, tick, turn_time, pauses, low, high, lifetime, allow_eval, is_cancelled, is_observed] =
    numbers[..]
  else {
    return None;
  };
  let limits = Limits {
    memory: memory as u32,
    stack: stack as u32,
    turn: turn as u64,
    tick: tick as u64,
    turn_time: Duration::try_from_secs_f64(turn_time / 1000.0).unwrap_or(Duration::MAX),
    pauses: pauses != 0.0,
    cut: Cut::default(),
  };
  let seed = (high as u64) << 32 | low as u64;
  Some(Settings {
    limits,
    seed,
    lifetime,
    allow_eval: allow_eval != 0.0,
    is_cancelled: is_cancelled != 0.0,
    is_observed: is_observed != 0.0,
  })
}

/// `scriptCreate(server, client | 0, name | undefined, globals, sources, settings, restore | undefined): handle | 0 | [...]` — 0 where
/// the server takes no more work. Why the sources are no program: `[what, message, module, line, column]`; why the bytes
/// cannot be restored, or the globals be had: `[code, message]`.
pub fn create(call: &JsCall) -> Result<Value, Fault> {
  match make(call) {
    Ok(Some(task)) => Ok(call.hold(task)),
    Ok(None) => Ok(call.js.id(0)),
    Err(Failed::Fault(fault)) => Err(fault),
    Err(Failed::Compile(error)) => Ok(compile_error(call, error)),
    Err(Failed::Refused(code, message)) => {
      Ok(call.js.array([code, &message].map(|text| call.js.string(text)).into_iter()))
    }
  }
}

fn compile_error(call: &JsCall, error: CompileError) -> Value {
  let (what, message, module, line, column) = match error {
    CompileError::Syntax { message, module, line, column } => ("syntax", message, module, line, column),
    CompileError::Missing { module, importer } => ("missing", module, importer, 0, 0),
    CompileError::TooLarge(message) => ("large", message, String::new(), 0, 0),
    CompileError::Engine(message) => ("engine", message, String::new(), 0, 0),
  };
  let js = call.js;
  let values = [js.string(what), js.string(&message), js.string(&module), js.integer(line), js.integer(column)];
  js.array(values.into_iter())
}

fn make(call: &JsCall) -> Result<Option<Arc<Task>>, Failed> {
  let globals = call.payload(3)?;
  let server = call.thing::<ServerObject>(0)?;
  let client = call.optional::<ClientObject>(1)?;
  let name = call.has(2).then(|| call.string(2)).transpose()?;
  let Settings { limits, seed, lifetime, allow_eval, is_cancelled, is_observed } =
    settings(bytes(call, 5)?).ok_or_else(|| Fault::argument(5))?;
  check(&server, client.as_deref())?;
  let program = server.scripts.programs.program(bytes(call, 4)?, allow_eval).map_err(Failed::Compile)?;
  let program = program.ok_or_else(|| Fault::argument(4))?;
  let restored = if call.has(6) { Some(restored(&program, &limits, bytes(call, 6)?)?) } else { None };
  let globals = bytes_of(&globals).ok_or_else(|| {
    let message = "options.globals cannot enter a sandboxed script: a Queue, an Event, a Future or another object of \
                   threaded-async is in it, and a script has none of those.";
    Failed::Refused("ERR_UNCLONEABLE", message.to_owned())
  })?;
  let end = alarm(lifetime)?;
  // A client takes a number, so what is refused is refused before there is one.
  let core = client.as_ref().map_or_else(|| server.server.client(), |object| object.client.clone());
  #[expect(clippy::cast_precision_loss, reason = "2^53 clients are never made")]
  let id = core.id() as f64;
  let start = if let Some((mut instance, asks)) = restored {
    instance.belongs_to(id).map_err(|error| not_restored(&error))?;
    Start::Restored(instance, asks)
  } else {
    let limits = limits.clone();
    Start::Fresh(Box::new(move |now| Instance::start(&program, &limits, seed, id, &globals, now)))
  };
  // Everything that can fail comes before there is a task.
  let name = name.unwrap_or_else(|| format!("script {}", core.id()));
  let Some(pool) = server.scripts.pool(&server.runner.name)? else { return Ok(None) };
  let Some(pool) = pool.as_ref() else { return Ok(None) };
  let description =
    Description { kind: Kind::Ordinary, name: Some(name.into()), source: None, lifetime, note: String::new() };
  let task = Task::new(Arc::clone(&server.runner), description, Some(Payload::Undefined));
  if is_observed {
    task.observed_by(&call.environment.thread);
  }
  let place = pool.place();
  let shared = Shared::new(Inbox::new(&server.runner, place.woken()), &server.ticks, &limits.cut);
  task.runs_apart(Arc::clone(&shared) as Arc<dyn Apart>);
  if is_cancelled {
    shared.never_begins();
    task.cancel();
    return Ok(Some(task));
  }
  let keeps = client.map(|client| client as Arc<dyn Any + Send + Sync>);
  let made = Made { task: Arc::clone(&task), shared, client: core, keeps, start, limits };
  if !server.runner.start_apart(&task) {
    made.shared.never_begins();
    return Ok(None);
  }
  if let Some((at, timers)) = end {
    task.expire_at(at, timers);
  }
  place.spawn(drive(made));
  Ok(Some(task))
}

fn restored(program: &Program, limits: &Limits, bytes: &[u8]) -> Result<(Instance, Vec<Ask>), Failed> {
  Instance::restore(program, limits, bytes).map_err(|error| not_restored(&error))
}

fn not_restored(error: &RestoreError) -> Failed {
  Failed::Refused(error.code(), error.to_string())
}

/// When its life is over, and who rings then.
fn alarm(lifetime: f64) -> Result<Option<(Instant, &'static Timers)>, Fault> {
  let Some(at) = deadline_after(lifetime).instant() else { return Ok(None) };
  Ok(Some((at, Timers::shared().map_err(Fault::no_thread)?)))
}

fn check(server: &Arc<ServerObject>, client: Option<&ClientObject>) -> Result<(), Fault> {
  if client.is_some_and(|client| !Arc::ptr_eq(&client.server, server)) {
    return Err(Fault {
      code: "ERR_INVALID_ARG_VALUE",
      message: "The property 'options.client' must be a client of this server.".to_owned(),
    });
  }
  if server.is_passed_on() {
    return Err(Fault {
      code: "ERR_INVALID_STATE",
      message: "createScript makes scripts where their server is, and this one is in another process.".to_owned(),
    });
  }
  Ok(())
}

/// What runs a script.
fn apart(call: &JsCall) -> Result<Arc<dyn Apart>, Fault> {
  let task = call.thing::<Task>(0)?;
  task.apart().cloned().ok_or_else(|| Fault::handle(Thing::id(&*task)))
}

/// `scriptUsage(task): [steps, stepsThisTick, memory, requests, turns]`
pub fn usage(call: &JsCall) -> Result<Value, Fault> {
  let usage = apart(call)?.usage();
  Ok(call.js.array(usage.map(|number| call.js.number(number)).into_iter()))
}

/// `scriptSave(task): bytes | [code, message]`
pub fn save(call: &JsCall) -> Result<Value, Fault> {
  match apart(call)?.save() {
    Ok(saved) => {
      let (array, memory) = call.js.bytes(saved.len()).ok_or_else(|| Fault {
        code: "ERR_MEMORY_ALLOCATION_FAILED",
        message: "There is no memory for the saved script.".to_owned(),
      })?;
      // SAFETY: the memory was just made this long.
      unsafe { memory.copy_from_nonoverlapping(saved.as_ptr(), saved.len()) };
      Ok(array)
    }
    Err((code, message)) => Ok(call.js.array([code, &message].map(|text| call.js.string(text)).into_iter())),
  }
}

/// `scriptPrinted(runner): undefined | [dropped, (script, isError, text) …]` — what its scripts have printed since this was
/// asked last.
pub fn printed(call: &JsCall) -> Result<Value, Fault> {
  let id = call.id(0)?;
  let runner = call.border.thing(id).and_then(|thing| thing.to_noun::<Runner>()).or_else(|| Runner::find(id));
  let Some(runner) = runner.filter(|runner| runner.printed.any()) else { return Ok(call.undefined()) };
  let (lines, dropped) = runner.printed.take();
  let mut values = vec![call.js.count(dropped)];
  for line in lines {
    values.extend([call.js.string(&line.script), call.js.boolean(line.is_error), call.js.string(&line.text)]);
  }
  Ok(call.js.array(values.into_iter()))
}
