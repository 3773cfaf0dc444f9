//! A script between two turns as bytes, and the script that goes on from them.
//!
//! Promises that what is restored goes on as the saved one would have, step by step, on every platform with the same
//! engine; and that bytes which are damaged, or of another engine or source, are refused by name before anything runs.
//! Bytes that were made on purpose may make the engine do what it likes within its own memory and limits, as any script may.
//!
//! The bytes: a digest of what follows; the format; the digests of the engine and of the sources; the limits that the
//! engine knows; what was used; the asks that are open, in order; the pages of memory that differ from the image.

use super::{
  engine::{Core, DIGEST, loaded},
  instance::{Instance, is_sliced},
  limits::{Ask, Limits, Usage},
  pages::{PAGE, changed, image},
  program::Program,
  sources::write_bytes,
};
use sha2::{Digest, Sha256};
use std::fmt;
use wasmtime::WasmParams;

const MAGIC: &[u8; 8] = b"script-1";

/// The size of a page of WebAssembly.
const WASM_PAGE: usize = 65536;

/// For a question of the host's to an engine that it has just filled.
const QUESTION: u64 = 1_000_000;

/// Why a script cannot be saved, or restored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RestoreError {
  /// It is paused within a turn.
  Paused,
  /// It has ended.
  Ended,
  /// It was saved by another version of the engine.
  Build,
  /// It was saved with other sources.
  Source,
  /// It was saved with limits that are larger than those given. Which.
  Limit(&'static str),
  /// These are not the bytes of a saved script. What is wrong.
  Damaged(&'static str),
  /// The engine has failed. What it says.
  Engine(String),
}

impl RestoreError {
  /// The code of the error in JavaScript.
  pub fn code(&self) -> &'static str {
    match self {
      Self::Paused | Self::Ended => "ERR_SCRIPT_SAVE",
      Self::Engine(_) => "ERR_SCRIPT_ENGINE",
      _ => "ERR_SCRIPT_RESTORE",
    }
  }
}

impl fmt::Display for RestoreError {
  fn fmt(&self, out: &mut fmt::Formatter) -> fmt::Result {
    match self {
      Self::Paused => out.write_str("The script is paused within a turn: it can be saved when it waits."),
      Self::Ended => out.write_str("The script has ended."),
      Self::Build => out.write_str("The script was saved by another version of the engine."),
      Self::Source => out.write_str("The script was saved with other sources, or another allowEval."),
      Self::Limit(which) => write!(out, "The script was saved with a larger {which}."),
      Self::Damaged(what) => write!(out, "These are not the bytes of a saved script, or they are damaged: {what}."),
      Self::Engine(what) => out.write_str(what),
    }
  }
}

impl std::error::Error for RestoreError {}

impl Instance {
  /// All of the script. Refused while it is paused within a turn, and once it has ended.
  pub fn save(&self) -> Result<Vec<u8>, RestoreError> {
    let Some(core) = self.core() else {
      return Err(if self.is_paused() { RestoreError::Paused } else { RestoreError::Ended });
    };
    let mut out = vec![0; 32];
    out.extend(MAGIC);
    out.extend(DIGEST);
    out.extend(self.program());
    write_state(&mut out, self, core);
    write_pages(&mut out, core)?;
    let digest = Sha256::digest(&out[32..]);
    out[..32].copy_from_slice(&digest);
    Ok(out)
  }

  /// The script that was saved, and what it has asked and waits for. Nothing of it has run.
  pub fn restore(program: &Program, limits: &Limits, bytes: &[u8]) -> Result<(Self, Vec<Ask>), RestoreError> {
    let mut reader = Reader(checked(program, bytes)?);
    read_limits(&mut reader, limits)?;
    let core =
      loaded(is_sliced(limits)).and_then(|engine| engine.instance(limits.memory).map_err(|e| format!("{e:#}")));
    let mut core = core.map_err(RestoreError::Engine)?;
    let (tick, mut usage) = (reader.f64()?, read_usage(&mut reader)?);
    let asks = read_asks(&mut reader, &mut core)?;
    if asks.is_empty() {
      return Err(RestoreError::Damaged("it waits for nothing"));
    }
    read_pages(&mut reader, &mut core)?;
    if !reader.0.is_empty() {
      return Err(RestoreError::Damaged("there is more behind its end"));
    }
    core.store.data_mut().requests = usage.requests;
    tell(&mut core, "engine_limit", (limits.memory, limits.stack))?;
    let heap = core.doors.heap.clone();
    usage.memory = core.ask(&heap, (), QUESTION).map_err(|error| failed(&error))?.into();
    let mut instance = Self::new(core, program, limits);
    instance.account(usage, tick);
    Ok((instance, asks))
  }

  /// Tells a script that was restored the number of its client, which else is that with which it was saved.
  pub fn belongs_to(&mut self, client: f64) -> Result<(), RestoreError> {
    self.core_mut().map_or(Ok(()), |core| tell(core, "engine_client", client))
  }
}

/// Calls a function of the engine that takes note of something.
fn tell(core: &mut Core, door: &str, parameters: impl WasmParams + Sync) -> Result<(), RestoreError> {
  let instance = core.instance;
  let door = instance.get_typed_func(&mut core.store, door);
  door.and_then(|door| core.ask(&door, parameters, QUESTION)).map_err(|error| failed(&error))
}

fn failed(error: &wasmtime::Error) -> RestoreError {
  RestoreError::Engine(format!("{error:#}"))
}

/// What stands behind the digests, where all of them are right.
fn checked<'a>(program: &Program, bytes: &'a [u8]) -> Result<&'a [u8], RestoreError> {
  let mut reader = Reader(bytes);
  let digest = reader.take(32)?;
  let content = reader.0;
  if reader.take(8)? != MAGIC {
    return Err(RestoreError::Damaged("they begin otherwise"));
  }
  if digest != Sha256::digest(content).as_slice() {
    return Err(RestoreError::Damaged("their checksum is another"));
  }
  if reader.take(32)? != DIGEST {
    return Err(RestoreError::Build);
  }
  if reader.take(32)? != program.digest() {
    return Err(RestoreError::Source);
  }
  Ok(reader.0)
}

fn write_state(out: &mut Vec<u8>, instance: &Instance, core: &Core) {
  let (limits, usage) = (instance.limits(), instance.usage());
  out.extend(limits.memory.to_le_bytes());
  out.extend(limits.stack.to_le_bytes());
  out.extend(instance.tick().to_le_bytes());
  for count in [usage.steps, usage.steps_this_tick, usage.requests, usage.turns] {
    out.extend(count.to_le_bytes());
  }
  let open = &core.store.data().open;
  write_u32(out, open.len());
  for (id, ask) in open {
    out.extend(id.to_le_bytes());
    match ask {
      Ask::Call { packet, .. } => {
        out.push(0);
        write_bytes(out, packet);
      }
      Ask::Wait { time, .. } => {
        out.push(1);
        out.extend(time.to_le_bytes());
      }
    }
  }
}

fn write_pages(out: &mut Vec<u8>, core: &Core) -> Result<(), RestoreError> {
  let image = image().map_err(RestoreError::Engine)?;
  let memory = core.memory.data(&core.store);
  let pages: Vec<_> = changed(image, memory).collect();
  write_u32(out, memory.len() / WASM_PAGE);
  write_u32(out, pages.len());
  out.reserve(pages.len() * (PAGE + 4));
  for (number, page) in pages {
    write_u32(out, number);
    out.extend(page);
  }
  Ok(())
}

/// Counts here are of what stands in a memory of 4 GiB.
fn write_u32(out: &mut Vec<u8>, count: usize) {
  out.extend(u32::try_from(count).unwrap_or(u32::MAX).to_le_bytes());
}

/// Those with which it was saved: its heap and its functions may need as much.
fn read_limits(reader: &mut Reader, given: &Limits) -> Result<(), RestoreError> {
  let (memory, stack) = (reader.u32()?, reader.u32()?);
  if memory > given.memory {
    return Err(RestoreError::Limit("memoryLimit"));
  }
  if stack > given.stack {
    return Err(RestoreError::Limit("stackLimit"));
  }
  Ok(())
}

fn read_usage(reader: &mut Reader) -> Result<Usage, RestoreError> {
  let (steps, steps_this_tick, requests, turns) = (reader.u64()?, reader.u64()?, reader.u64()?, reader.u64()?);
  if [steps, steps_this_tick, requests, turns].iter().any(|&count| count > u64::MAX / 4) {
    return Err(RestoreError::Damaged("a count is too large"));
  }
  Ok(Usage { steps, steps_this_tick, memory: 0, requests, turns })
}

fn read_asks(reader: &mut Reader, core: &mut Core) -> Result<Vec<Ask>, RestoreError> {
  let mut asks = Vec::new();
  for _ in 0..reader.u32()? {
    let id = reader.u32()?;
    let ask = match reader.take(1)? {
      [0] => {
        let length = reader.u32()? as usize;
        Ask::Call { id, packet: reader.take(length)?.to_vec() }
      }
      [1] => Ask::Wait { id, time: reader.f64()? },
      _ => return Err(RestoreError::Damaged("there is no such request")),
    };
    let opened = core.store.data_mut().open(id, ask.clone());
    opened.map_err(|_| RestoreError::Damaged("its requests are out of order, or too large"))?;
    asks.push(ask);
  }
  Ok(asks)
}

fn read_pages(reader: &mut Reader, core: &mut Core) -> Result<(), RestoreError> {
  let size = reader.u32()? as usize * WASM_PAGE;
  let before = core.memory.data_size(&core.store);
  let more = size.checked_sub(before).ok_or(RestoreError::Damaged("its memory is too small"))?;
  let grown = grow(core, (more / WASM_PAGE) as u64);
  grown.map_err(|_| RestoreError::Damaged("its memory is larger than its limit"))?;
  let memory = core.memory.data_mut(&mut core.store);
  for _ in 0..reader.u32()? {
    let start = reader.u32()? as usize * PAGE;
    let page = memory.get_mut(start..start + PAGE).ok_or(RestoreError::Damaged("a page is outside of its memory"))?;
    page.copy_from_slice(reader.take(PAGE)?);
  }
  Ok(())
}

fn grow(core: &mut Core, pages: u64) -> wasmtime::Result<u64> {
  if core.is_sliced {
    super::engine::at_once(core.memory.grow_async(&mut core.store, pages))
  } else {
    core.memory.grow(&mut core.store, pages)
  }
}

/// What is left to be read.
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
  fn take(&mut self, length: usize) -> Result<&'a [u8], RestoreError> {
    let (taken, rest) = self.0.split_at_checked(length).ok_or(RestoreError::Damaged("they end too early"))?;
    self.0 = rest;
    Ok(taken)
  }

  fn array<const N: usize>(&mut self) -> Result<[u8; N], RestoreError> {
    let mut bytes = [0; N];
    bytes.copy_from_slice(self.take(N)?);
    Ok(bytes)
  }

  fn u32(&mut self) -> Result<u32, RestoreError> {
    Ok(u32::from_le_bytes(self.array()?))
  }

  fn u64(&mut self) -> Result<u64, RestoreError> {
    Ok(u64::from_le_bytes(self.array()?))
  }

  fn f64(&mut self) -> Result<f64, RestoreError> {
    Ok(f64::from_le_bytes(self.array()?))
  }
}
