//! Waits of one JavaScript thread that go on, by the number JavaScript knows them by.
//!
//! Promises that a ticket means one wait until that wait is removed: by its outcome, its deadline, an abort, or
//! the end of the thread. Tickets are used again; a round tells one use from the next.

use super::{subject::Subjects, wait::Wait};
use crate::{
  binding::threads::{
    alarms::{AlarmKey, Timers},
    deadlock::Edge,
    sleep::Sleep,
    task::Task,
  },
  binding::values::outcome::Completion,
  core::{deadline::Deadline, spin::SpinPolicy},
};
use slab::Slab;
use std::sync::Arc;

/// A wait that goes on.
pub struct Ticketed {
  pub wait: Wait,
  /// The task whose error counts as seen once this wait has handed it over.
  pub task: Option<Arc<Task>>,
  pub round: u64,
  pub alarm: Option<AlarmKey>,
  pub deadline: Deadline,
  /// The loop that this thread's loop waits for, while it does.
  pub edge: Option<Edge>,
  pub is_blocking: bool,
  /// Which failures of tasks concern it.
  pub subjects: Subjects,
  /// What `fail_fast` had counted when it parked.
  pub epoch: u64,
  /// How long a blocked thread looks before it sleeps.
  pub spin: SpinPolicy,
  /// See [`Wait::place`].
  pub place: u64,
}

impl Ticketed {
  /// What a thread that blocks in it sleeps for.
  pub fn sleep(&self) -> Option<Sleep> {
    match &self.wait {
      Wait::Get(_) | Wait::Put(_) | Wait::Join(_) => Some(Sleep::Queue),
      Wait::Event(_) => Some(Sleep::Event),
      Wait::Future(_) => Some(if self.task.is_some() { Sleep::Task } else { Sleep::Future }),
      Wait::Call(_) => Some(Sleep::Answer),
      Wait::Serve(_) | Wait::Rest(_) => Some(Sleep::Requests),
      Wait::Tick(_) => Some(Sleep::Tick),
      Wait::Select(_) => Some(Sleep::Select),
      Wait::Sleep => None,
    }
  }

  /// Makes of its outcome what is handed over; see [`Wait::settle`].
  pub fn settle(&mut self, completion: Completion) -> Completion {
    self.wait.settle(completion, &mut self.task)
  }

  /// Its deadline does not matter any more.
  pub fn clear_alarm(&self) {
    if let Some(alarm) = self.alarm {
      Timers::forget(alarm);
    }
  }
}

/// Waits by ticket; the places of those that are over are used again.
#[derive(Default)]
pub struct Tickets {
  places: Slab<Ticketed>,
  rounds: u64,
  /// Waits of the loop, which keep the process alive.
  awaiting: usize,
}

impl Tickets {
  /// The ticket the next [`Tickets::issue`] will give.
  pub fn next(&self) -> u32 {
    u32::try_from(self.places.vacant_key()).expect("fewer than 2^32 waits")
  }

  pub fn next_round(&mut self) -> u64 {
    self.rounds += 1;
    self.rounds
  }

  pub fn issue(&mut self, ticketed: Ticketed) {
    self.awaiting += usize::from(!ticketed.is_blocking);
    self.places.insert(ticketed);
  }

  pub fn get_mut(&mut self, ticket: u32) -> Option<&mut Ticketed> {
    self.places.get_mut(ticket as usize)
  }

  pub fn remove(&mut self, ticket: u32) -> Option<Ticketed> {
    let ticketed = self.places.try_remove(ticket as usize)?;
    self.awaiting -= usize::from(!ticketed.is_blocking);
    Some(ticketed)
  }

  /// Every wait that goes on.
  pub fn all(&mut self) -> impl Iterator<Item = (u32, &mut Ticketed)> {
    (&mut self.places).into_iter().filter_map(|(ticket, ticketed)| Some((u32::try_from(ticket).ok()?, ticketed)))
  }

  pub fn awaiting(&self) -> usize {
    self.awaiting
  }
}
