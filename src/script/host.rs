//! What a script's engine can reach: five functions, and nothing else.
//!
//! 1. Nothing that the engine gives is trusted: a place outside of its memory ends the script.
//! 2. What it gives is kept here and counted before it is copied: what waits for an answer may hold as many bytes as its heap
//!    may, and so may the lines of a turn.
//! 3. The engine's own work for what it gives takes more steps than the bytes that it gives; `work` is what is counted at
//!    least, so that a spoiled engine cannot have its host work for nothing.

use super::limits::{Ask, UNASKED};
use std::{
  collections::BTreeMap,
  fmt, mem,
  sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use wasmtime::{Caller, Error, Linker, Memory, ResourceLimiter, Result};

/// What a line costs beside its bytes.
const LINE: u64 = 64;

/// What an ask costs beside its bytes, here and where it waits for its answer.
const ASK: u64 = 256;

/// Why the host has ended a script within a call of its engine.
#[derive(Debug)]
pub enum Stop {
  /// Its memory is used up.
  Memory,
  /// Its time is over, or it is cut.
  Time,
  /// The engine has broken the agreement with its host.
  Breach(&'static str),
}

impl fmt::Display for Stop {
  fn fmt(&self, out: &mut fmt::Formatter) -> fmt::Result {
    match self {
      Self::Memory => out.write_str("its memory is used up"),
      Self::Time => out.write_str("its time is over"),
      Self::Breach(what) => out.write_str(what),
    }
  }
}

impl std::error::Error for Stop {}

/// What a script has printed and nobody has taken; true for errors and warnings.
#[derive(Default)]
struct Lines {
  lines: Vec<(bool, String)>,
  /// Bytes that they hold, with what each costs.
  held: u64,
}

impl Lines {
  /// Adds a line. Bytes that are no text become longer.
  fn add(&mut self, is_error: bool, bytes: &[u8], limit: u64) -> Result<()> {
    if self.held + bytes.len() as u64 + LINE > limit {
      return Err(Stop::Memory.into());
    }
    let line: String = String::from_utf8_lossy(bytes).into();
    self.held += line.len() as u64 + LINE;
    self.lines.push((is_error, line));
    Ok(())
  }

  fn take(&mut self) -> Vec<(bool, String)> {
    self.held = 0;
    mem::take(&mut self.lines)
  }
}

/// The lines of a script whose turns are paused: they can be taken while a turn holds its host.
#[derive(Clone, Default)]
pub struct SharedLines(Arc<Mutex<Lines>>);

impl SharedLines {
  /// Takes what was printed since this was asked last.
  pub fn take(&self) -> Vec<(bool, String)> {
    self.lock().take()
  }

  fn lock(&self) -> MutexGuard<'_, Lines> {
    self.0.lock().unwrap_or_else(PoisonError::into_inner)
  }
}

/// The host's side of one engine.
#[derive(Default)]
pub struct Host {
  /// The server's time.
  pub now: f64,
  /// Calls that the script has made.
  pub requests: u64,
  /// What the script has asked in this turn.
  pub asks: Vec<Ask>,
  /// What it has printed in this turn, where that is not shared.
  lines: Lines,
  shared_lines: Option<SharedLines>,
  /// What it waits for. Numbers rise, so their order is that in which they were asked.
  pub open: BTreeMap<u32, Ask>,
  /// Bytes that `open` holds.
  held: u64,
  /// Bytes that were given in this turn, with what each ask and line costs.
  pub work: u64,
  /// The most that `open` may hold, and the lines.
  limit: u64,
  /// The most that the engine's memory may become; its own heap is counted by itself.
  room: usize,
  memory: Option<Memory>,
}

impl Host {
  /// A host that lets the script's heap, and what it asks, take so many bytes.
  pub fn new(limit: u32) -> Self {
    Self { limit: limit.into(), room: usize::MAX, ..Self::default() }
  }

  /// Tells it of the engine's memory, and how large that may become.
  pub fn adopt(&mut self, memory: Memory, room: usize) {
    self.memory = Some(memory);
    self.room = room;
  }

  /// Has the lines kept where they can be taken within a turn, too.
  pub fn share_lines(&mut self) -> SharedLines {
    self.shared_lines.get_or_insert_default().clone()
  }

  /// Takes what it has printed since this was asked last.
  pub fn take_output(&mut self) -> Vec<(bool, String)> {
    self.shared_lines.as_ref().map_or_else(|| self.lines.take(), SharedLines::take)
  }

  /// Takes an ask off what waits for an answer; false if it is not there.
  pub fn close(&mut self, id: u32) -> bool {
    let Some(ask) = self.open.remove(&id) else { return false };
    self.held -= size(&ask) as u64 + ASK;
    true
  }

  /// Puts an ask to what waits for an answer.
  pub fn open(&mut self, id: u32, ask: Ask) -> Result<(), Stop> {
    self.hold(size(&ask))?;
    self.insert(id, ask)
  }

  fn insert(&mut self, id: u32, ask: Ask) -> Result<(), Stop> {
    match self.open.last_key_value() {
      _ if id == UNASKED => Err(Stop::Breach("it has asked under the number that nothing has")),
      Some((&last, _)) if last >= id => Err(Stop::Breach("it has asked twice under one number")),
      _ => {
        self.open.insert(id, ask);
        Ok(())
      }
    }
  }

  /// Counts an ask with so many bytes.
  fn hold(&mut self, bytes: usize) -> Result<(), Stop> {
    let cost = bytes as u64 + ASK;
    self.work += cost;
    self.held += cost;
    if self.held > self.limit { Err(Stop::Memory) } else { Ok(()) }
  }

  fn ask(&mut self, id: u32, bytes: usize, ask: impl FnOnce() -> Ask) -> Result<()> {
    self.hold(bytes)?;
    let ask = ask();
    self.asks.push(ask.clone());
    Ok(self.insert(id, ask)?)
  }

  fn print(&mut self, is_error: bool, bytes: &[u8]) -> Result<()> {
    self.work += bytes.len() as u64 + LINE;
    match &self.shared_lines {
      Some(lines) => lines.lock().add(is_error, bytes, self.limit),
      None => self.lines.add(is_error, bytes, self.limit),
    }
  }
}

/// The bytes of an ask.
fn size(ask: &Ask) -> usize {
  if let Ask::Call { packet, .. } = ask { packet.len() } else { 0 }
}

impl ResourceLimiter for Host {
  fn memory_growing(&mut self, _current: usize, desired: usize, _maximum: Option<usize>) -> Result<bool> {
    if desired > self.room { Err(Stop::Memory.into()) } else { Ok(true) }
  }

  fn table_growing(&mut self, current: usize, desired: usize, _maximum: Option<usize>) -> Result<bool> {
    // The first request is for the table that the engine comes with.
    Ok(current == 0 || desired <= current)
  }
}

/// So many bytes of a memory, if it has them.
pub fn slice(memory: &[u8], start: u32, length: u32) -> Result<&[u8], Stop> {
  let start = start as usize;
  let bytes = start.checked_add(length as usize).and_then(|end| memory.get(start..end));
  bytes.ok_or(Stop::Breach("it has named bytes outside of its memory"))
}

/// Runs a function with the bytes that the engine has named.
fn with_bytes(
  mut caller: Caller<Host>,
  (start, length): (u32, u32),
  act: impl FnOnce(&mut Host, &[u8]) -> Result<()>,
) -> Result<()> {
  let Some(memory) = caller.data().memory else { return Err(Stop::Breach("it calls before it has begun").into()) };
  let (bytes, host) = memory.data_and_store_mut(&mut caller);
  act(host, slice(bytes, start, length)?)
}

/// Gives a linker the functions that the engine may call.
pub fn link(linker: &mut Linker<Host>) -> Result<()> {
  linker.func_wrap("host", "call", |caller: Caller<Host>, id: u32, start: u32, length: u32| {
    with_bytes(caller, (start, length), |host, bytes| {
      host.requests += 1;
      host.ask(id, bytes.len(), || Ask::Call { id, packet: bytes.to_vec() })
    })
  })?;
  linker.func_wrap("host", "wait", |mut caller: Caller<Host>, id: u32, time: f64| {
    caller.data_mut().ask(id, 0, || Ask::Wait { id, time })
  })?;
  linker.func_wrap("host", "output", |caller: Caller<Host>, level: u32, start: u32, length: u32| {
    with_bytes(caller, (start, length), |host, bytes| host.print(level != 0, bytes))
  })?;
  linker.func_wrap("host", "now", |caller: Caller<Host>| caller.data().now)?;
  linker.func_wrap("host", "over_memory", || -> Result<()> { Err(Error::new(Stop::Memory)) })?;
  Ok(())
}
