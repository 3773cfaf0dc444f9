//! How far a server's loop moves its clock by itself, while the thread that has told it to waits for rest.
//!
//! Promises that the loop moves on only where it would come to rest, that it goes no further than it was told, and that an
//! order which was taken back has no effect any more.

use crate::core::{sync::Mutex, ticks::Ticks};
use std::sync::atomic::{AtomicBool, Ordering};

/// The order to move on, if there is one.
#[derive(Default)]
pub struct March {
  order: Mutex<Option<Order>>,
  /// Whether there is one that is not over. Cheap enough to ask whenever a loop comes to rest.
  is_on: AtomicBool,
}

struct Order {
  ticks: Ticks,
  until: f64,
  /// Whether it is over with the first instant.
  is_one: bool,
  is_over: bool,
  reached: Option<f64>,
}

/// What has become of an order.
pub enum Marched {
  /// The loop has not done all of it.
  Unfinished,
  /// It is over; the last instant that it has come to, if there was one.
  Over(Option<f64>),
}

impl March {
  /// Tells the loop to move on, instant by instant, up to `until`, or to the first of them. The caller wakes it.
  pub fn order(&self, ticks: &Ticks, until: f64, is_one: bool) {
    *self.order.lock() = Some(Order { ticks: ticks.clone(), until, is_one, is_over: false, reached: None });
    self.is_on.store(true, Ordering::Release);
  }

  /// Whether the loop is to move on.
  pub fn is_on(&self) -> bool {
    // ORDERING: Acquire pairs with the Release in `order`: what the loop was told before is seen first.
    self.is_on.load(Ordering::Acquire)
  }

  /// The loop, which has nothing left to run, moves to the next instant.
  pub fn step(&self) {
    // LOCK: the order's before that of the clock. A thread that takes the order back does so before the step or after it.
    let mut order = self.order.lock();
    let Some(order) = order.as_mut().filter(|order| !order.is_over) else { return };
    let reached = order.ticks.advance(order.until);
    order.is_over = reached.is_none_or(|time| order.is_one || time >= order.until);
    order.reached = reached.or(order.reached);
    if order.is_over {
      self.stop();
    }
  }

  /// The loop moves on no more by itself, though it may not have done all.
  pub fn stop(&self) {
    self.is_on.store(false, Ordering::Relaxed);
  }

  /// Takes the order back.
  pub fn take_back(&self) -> Marched {
    let order = self.order.lock().take();
    self.stop();
    match order {
      Some(Order { is_over: true, reached, .. }) => Marched::Over(reached),
      _ => Marched::Unfinished,
    }
  }
}
