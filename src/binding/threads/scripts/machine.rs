//! What a script runs in, as its driver needs it: an engine, or what stands for one in a test.

use crate::script::{Ask, Failure, Instance, Places, Turn, Usage};

/// One engine, which runs a script turn by turn and never waits.
pub trait Machine: Send + Sized + 'static {
  /// Settles what the script has asked under this number, and runs it until it waits again.
  fn deliver(&mut self, id: u32, is_error: bool, packet: &[u8], now: f64) -> Result<Turn, Failure>;

  /// Goes on with a turn that was paused.
  fn go_on(&mut self, now: f64) -> Result<Turn, Failure>;

  fn usage(&self) -> Usage;

  /// The tick in which it ran last.
  fn tick(&self) -> f64;

  /// Where it lies in memory, for its turn to be fetched ahead.
  fn places(&self) -> Places;

  /// All of it; or the code of the error that says why not, and why. `left`: how much is left of the times that it waits for.
  fn save(&mut self, left: &[(u32, f64)]) -> Result<Vec<u8>, (&'static str, String)>;
}

/// What the first turn is.
type First<M> = Box<dyn FnOnce(f64) -> Result<(M, Turn), Failure> + Send>;

/// How a script begins.
pub enum Start<M> {
  /// With its first turn, at this time.
  Fresh(First<M>),
  /// Where it was saved: with what it has asked and has no answer to.
  Restored(M, Vec<Ask>),
}

impl Machine for Instance {
  fn deliver(&mut self, id: u32, is_error: bool, packet: &[u8], now: f64) -> Result<Turn, Failure> {
    self.deliver(id, is_error, packet, now)
  }

  fn go_on(&mut self, now: f64) -> Result<Turn, Failure> {
    self.go_on(now)
  }

  fn usage(&self) -> Usage {
    self.usage()
  }

  fn tick(&self) -> f64 {
    self.tick()
  }

  fn places(&self) -> Places {
    self.places()
  }

  fn save(&mut self, left: &[(u32, f64)]) -> Result<Vec<u8>, (&'static str, String)> {
    for (id, left) in left {
      self.wait_left(*id, *left);
    }
    Self::save(self).map_err(|refusal| (refusal.code(), refusal.to_string()))
  }
}
