//! What a script's engine can reach: five functions, and nothing else.
//!
//! 1. Nothing that the engine gives is trusted: a place outside of its memory ends the script.
//! 2. What it gives is kept here and counted: what waits for an answer may hold as many bytes as its heap may, and so may
//!    the lines of a turn.

use super::limits::Ask;
use std::{collections::BTreeMap, fmt, mem};
use wasmtime::{Caller, Error, Linker, Memory, ResourceLimiter, Result};

/// What an ask or a line costs beside its bytes.
const ENTRY: u64 = 64;

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

/// The host's side of one engine.
#[derive(Default)]
pub struct Host {
  /// The server's time.
  pub now: f64,
  /// Calls that the script has made.
  pub requests: u64,
  /// What the script has asked in this turn.
  pub asks: Vec<Ask>,
  /// What it has printed in this turn.
  pub output: Vec<(bool, String)>,
  /// What it waits for. Numbers rise, so their order is that in which they were asked.
  pub open: BTreeMap<u32, Ask>,
  /// Bytes that `open` holds, and that `output` does.
  held: u64,
  printed: u64,
  /// The most that each of the two may become.
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

  /// Takes what the turn has printed.
  pub fn take_output(&mut self) -> Vec<(bool, String)> {
    self.printed = 0;
    mem::take(&mut self.output)
  }

  /// Takes an ask off what waits for an answer; false if it is not there.
  pub fn close(&mut self, id: u32) -> bool {
    let Some(ask) = self.open.remove(&id) else { return false };
    self.held -= cost(&ask);
    true
  }

  /// Puts an ask to what waits for an answer.
  pub fn open(&mut self, id: u32, ask: Ask) -> Result<(), Stop> {
    self.held += cost(&ask);
    if self.held > self.limit {
      return Err(Stop::Memory);
    }
    match self.open.last_key_value() {
      Some((&last, _)) if last >= id => Err(Stop::Breach("it has asked twice under one number")),
      _ => {
        self.open.insert(id, ask);
        Ok(())
      }
    }
  }

  fn ask(&mut self, id: u32, ask: Ask) -> Result<()> {
    self.open(id, ask.clone())?;
    self.asks.push(ask);
    Ok(())
  }

  fn print(&mut self, is_error: bool, line: String) -> Result<()> {
    self.printed += line.len() as u64 + ENTRY;
    if self.printed > self.limit {
      return Err(Stop::Memory.into());
    }
    self.output.push((is_error, line));
    Ok(())
  }
}

fn cost(ask: &Ask) -> u64 {
  match ask {
    Ask::Call { packet, .. } => packet.len() as u64 + ENTRY,
    Ask::Wait { .. } => ENTRY,
  }
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
      host.ask(id, Ask::Call { id, packet: bytes.to_vec() })
    })
  })?;
  linker.func_wrap("host", "wait", |mut caller: Caller<Host>, id: u32, time: f64| {
    caller.data_mut().ask(id, Ask::Wait { id, time })
  })?;
  linker.func_wrap("host", "output", |caller: Caller<Host>, level: u32, start: u32, length: u32| {
    with_bytes(caller, (start, length), |host, bytes| host.print(level != 0, String::from_utf8_lossy(bytes).into()))
  })?;
  linker.func_wrap("host", "now", |caller: Caller<Host>| caller.data().now)?;
  linker.func_wrap("host", "over_memory", || -> Result<()> { Err(Error::new(Stop::Memory)) })?;
  Ok(())
}
