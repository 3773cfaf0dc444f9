//! Compiling: each module by an engine of its own, with limits that its length decides.
//!
//! Promises an end whatever the text is: steps, memory and stack are limited as those of a script that runs. The parser
//! goes deep, so it is run on a thread whose stack is known.

use super::{
  engine::{Core, STACK, at_once, loaded},
  host::Stop,
  sources::{CompileError, write_bytes},
};
use std::{collections::HashMap, thread};
use tinyjson::JsonValue;
use wasmtime::{Error, Trap};

/// Steps for a module, and for each byte of it.
pub(super) const STEPS: u64 = 200_000_000;
pub(super) const STEPS_PER_BYTE: u64 = 5_000;

/// Bytes of memory for a module, and for each byte of it.
pub(super) const ROOM: usize = 16 << 20;
pub(super) const ROOM_PER_BYTE: usize = 200;

/// The longest report of a syntax error: its parser goes as deep as what it reads.
const LONGEST_REPORT: usize = 4096;

/// Runs a function on a thread with a stack that is large enough for an engine.
pub fn on_own_stack<T: Send>(act: impl FnOnce() -> Result<T, CompileError> + Send) -> Result<T, CompileError> {
  thread::scope(|scope| {
    let thread = thread::Builder::new().name("script compiler".into()).stack_size(STACK).spawn_scoped(scope, act);
    let thread = thread.map_err(|error| CompileError::Engine(format!("no thread could be made: {error}")))?;
    thread.join().unwrap_or_else(|_| Err(CompileError::Engine("the compiler has panicked".into())))
  })
}

/// What the engine has made of a module.
pub(super) struct Compiled {
  /// The names of the modules that it imports.
  pub imports: Vec<String>,
  pub code: Vec<u8>,
}

pub(super) fn compile_module(name: &str, source: &str) -> Result<Compiled, CompileError> {
  let engine = loaded(false).and_then(|engine| engine.instance(0).map_err(|error| format!("{error:#}")));
  let compiled = compile_by(engine.map_err(CompileError::Engine)?, name, source)?;
  let (imports, code) = read_imports(&compiled).ok_or_else(|| broken(name))?;
  Ok(Compiled { imports: imports.into_iter().map(Into::into).collect(), code: code.into() })
}

/// The same by an engine that has done nothing yet, and may ask and print nothing.
pub(super) fn compile_by(mut core: Box<Core>, name: &str, source: &str) -> Result<Vec<u8>, CompileError> {
  let mut input = Vec::with_capacity(name.len() + source.len() + 4);
  write_bytes(&mut input, name.as_bytes());
  input.extend(source.as_bytes());
  let memory = core.memory;
  core.store.data_mut().adopt(memory, ROOM.saturating_add(input.len().saturating_mul(ROOM_PER_BYTE)));
  let steps = STEPS + STEPS_PER_BYTE * input.len() as u64;
  let (status, result) = run(&mut core, &input, steps).map_err(|error| refused(name, &error))?;
  if status == 0 { Ok(result) } else { Err(syntax(name, source, &result)) }
}

fn run(core: &mut Core, input: &[u8], steps: u64) -> wasmtime::Result<(u32, Vec<u8>)> {
  let length = u32::try_from(input.len()).map_err(|_| Stop::Memory)?;
  let compile = core.instance.get_typed_func::<(u32, u32, u32), u32>(&mut core.store, "engine_compile")?;
  core.store.set_fuel(steps)?;
  let buffer = core.doors.buffer.clone();
  let start = at_once(Core::call(&mut core.store, &buffer, length, false))?;
  core.memory.write(&mut core.store, start as usize, input)?;
  let status = at_once(Core::call(&mut core.store, &compile, (start, length, 0), false))?;
  Ok((status, core.result(steps)?.to_vec()))
}

fn refused(name: &str, error: &Error) -> CompileError {
  let what = match (error.downcast_ref::<Stop>(), error.downcast_ref::<Trap>()) {
    (Some(Stop::Memory), _) => "memory",
    (_, Some(Trap::OutOfFuel)) => "time",
    (_, Some(Trap::StackOverflow)) => return CompileError::TooLarge(format!("Module '{name}' is nested too deeply.")),
    _ => return CompileError::Engine(format!("The engine has failed at module '{name}': {error:#}")),
  };
  CompileError::TooLarge(format!("Module '{name}' takes too much {what} to be compiled."))
}

fn broken(name: &str) -> CompileError {
  CompileError::Engine(format!("The engine has made no code of module '{name}'."))
}

/// The names that stand before the code, and the code.
fn read_imports(compiled: &[u8]) -> Option<(Vec<&str>, &[u8])> {
  let (count, mut rest) = read_u32(compiled)?;
  let mut names = Vec::new();
  for _ in 0..count {
    let (length, behind) = read_u32(rest)?;
    let (name, behind) = behind.split_at_checked(length as usize)?;
    names.push(str::from_utf8(name).ok()?);
    rest = behind;
  }
  Some((names, rest))
}

fn read_u32(bytes: &[u8]) -> Option<(u32, &[u8])> {
  let (number, rest) = bytes.split_first_chunk()?;
  Some((u32::from_le_bytes(*number), rest))
}

/// The error of a module that is not JavaScript, from what the engine says of it.
fn syntax(module: &str, source: &str, report: &[u8]) -> CompileError {
  let text = String::from_utf8_lossy(&report[..report.len().min(LONGEST_REPORT)]);
  let report = text.parse().ok().and_then(|value: JsonValue| value.try_into().ok());
  let mut report: HashMap<String, JsonValue> = report.unwrap_or_default();
  let mut number = |key| report.remove(key).and_then(|value| f64::try_from(value).ok()).unwrap_or(0.0);
  #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the engine gives whole numbers")]
  let (line, column) = (number("line") as u32, number("column") as u32);
  let column = in_characters(source, line, column).unwrap_or(column);
  let message = report.remove("message").and_then(|value| String::try_from(value).ok());
  CompileError::Syntax { message: message.unwrap_or_else(|| text.into_owned()), module: module.into(), line, column }
}

/// A column of a line in characters of JavaScript; the engine counts bytes.
fn in_characters(source: &str, line: u32, column: u32) -> Option<u32> {
  let text = source.split('\n').nth(line.checked_sub(1)? as usize)?;
  Some(width(text.get(..column.checked_sub(1)? as usize)?) + 1)
}

/// How many characters of JavaScript a text is.
pub(super) fn width(text: &str) -> u32 {
  u32::try_from(text.encode_utf16().count()).unwrap_or(u32::MAX)
}
