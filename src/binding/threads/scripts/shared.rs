//! What others see of a sandboxed script, and do with it: cut it, save it, ask what it has used.
//!
//! Promises that all of that is answered while the script has a turn, save where it waits for the turn's end.

use super::{Apart, inbox::Inbox, machine::Machine};
use crate::{
  core::{sync::Mutex, ticks::Ticks},
  script::{Cut, Usage},
};
use rustc_hash::FxHashMap;
use std::sync::Arc;

/// What others see of a script.
pub struct Shared<M> {
  pub(super) inbox: Arc<Inbox>,
  /// Ends the turn that runs.
  cut: Cut,
  /// Taken away when it ends.
  pub(super) machine: Mutex<Option<M>>,
  /// With the tick in which that was so.
  usage: Mutex<(Usage, f64)>,
  pub(super) ticks: Ticks,
  /// When the times come that it waits for, by the numbers of its waits.
  pub(super) due: Mutex<FxHashMap<u32, f64>>,
}

impl<M> Shared<M> {
  pub fn new(inbox: Arc<Inbox>, ticks: &Ticks, cut: &Cut) -> Arc<Self> {
    let (usage, due) = (Mutex::default(), Mutex::default());
    Arc::new(Self { inbox, cut: cut.clone(), machine: Mutex::new(None), usage, ticks: ticks.clone(), due })
  }

  pub(super) fn note(&self, usage: Usage) {
    self.note_of(self.ticks.now().floor(), usage);
  }

  /// `tick`: the one in which it ran last.
  pub(super) fn note_of(&self, tick: f64, usage: Usage) {
    *self.usage.lock() = (usage, tick);
  }

  /// It is cancelled, or its server takes no more work.
  pub fn never_begins(&self) {
    self.inbox.over();
  }
}

impl<M: Machine> Apart for Shared<M> {
  fn cut(&self) {
    self.cut.set();
    self.inbox.cut();
  }

  fn is_busy(&self) -> bool {
    self.inbox.is_busy()
  }

  #[expect(clippy::cast_precision_loss, reason = "2^53 steps take years")]
  fn usage(&self) -> [f64; 5] {
    let (Usage { steps, steps_this_tick, memory, requests, turns }, tick) = *self.usage.lock();
    let is_this_tick = tick.to_bits() == self.ticks.now().floor().to_bits();
    let steps_this_tick = if is_this_tick { steps_this_tick } else { 0 };
    [steps, steps_this_tick, memory, requests, turns].map(|number| number as f64)
  }

  fn save(&self) -> Result<Vec<u8>, (&'static str, String)> {
    let mut machine = self.machine.lock();
    let Some(machine) = machine.as_mut() else { return Err(("ERR_SCRIPT_SAVE", "The script has ended.".to_owned())) };
    let now = self.ticks.now();
    let left: Vec<_> = self.due.lock().iter().map(|(id, due)| (*id, (due - now).max(0.0))).collect();
    machine.save(&left)
  }
}
