//! Queues for JavaScript: `lib/queue.ts` on this side, `core/queue.rs` below.

use crate::{
  binding::{
    node::js::Value,
    threads::runner::{Member, Runner},
    values::{
      payload::Payload,
      protocol::{Door, Status},
      thing::{Id, Thing, next_id},
    },
    waits::{
      call::{Call, Fault},
      doors::Entrance,
      wait::Wait,
    },
  },
  core::{
    bond::Ends,
    error::{End, TryGetError, TryPutError},
    queue::{Get, Join, Put, Queue},
  },
};
use std::sync::Arc;

/// A queue with its number and its runner.
pub struct QueueObject {
  pub id: Id,
  pub queue: Queue<Payload>,
  pub runner: Option<Arc<Runner>>,
}

impl Thing for QueueObject {
  fn id(&self) -> Id {
    self.id
  }

  fn runner(self: Arc<Self>) -> Option<Arc<dyn Thing>> {
    self.runner.clone().map(|runner| runner as _)
  }
}

impl Ends for QueueObject {
  fn end(self: Arc<Self>, end: End) {
    self.queue.end(end);
  }
}

impl Member for QueueObject {
  fn waiters(&self) -> usize {
    let statistics = self.queue.statistics();
    statistics.getters + statistics.putters + statistics.joiners
  }

  fn bytes(&self) -> usize {
    self.queue.sum(Payload::size)
  }
}

fn queue(call: &Call) -> Result<Arc<QueueObject>, Fault> {
  call.thing(0)
}

fn enter(call: &Call, object: &QueueObject, wait: Wait, door: usize) -> Result<Value, Fault> {
  let timeout = call.number(door + 1)?;
  let door = call.door(door)?;
  let entrance = Entrance { wait, task: None, runner: object.runner.as_ref(), needs_loop: false };
  Ok(call.environment.enter(entrance, door, timeout))
}

/// Whether what an awaiting door finds at once is told in the loop's next turn.
fn is_for_next_turn(call: &Call, door: usize) -> Result<bool, Fault> {
  Ok(call.environment.owes_turn() && call.integer(door)? == Door::Await as u32)
}

fn refused(call: &Call) -> Value {
  call.environment.control.status(call.js, Status::Refused)
}

fn count(number: usize) -> u32 {
  u32::try_from(number).unwrap_or(u32::MAX)
}

/// `queueCreate(runner | 0, maxsize): handle`
pub fn create(call: &Call) -> Result<Value, Fault> {
  let runner = call.optional(0)?;
  let queue = Queue::new(call.integer(1)? as usize);
  let object = Arc::new(QueueObject { id: next_id(), queue, runner: runner.clone() });
  if let Some(runner) = runner {
    runner.adopt(&object);
  }
  Ok(call.js.id(call.environment.hold(object)))
}

/// `queueGet(queue, door, timeout)`
pub fn get(call: &Call) -> Result<Value, Fault> {
  let tried =
    if is_for_next_turn(call, 1)? { Err(TryGetError::Empty) } else { call.borrowed::<QueueObject>(0)?.queue.try_get() };
  match tried {
    Ok(payload) => {
      call.environment.count_ready(1);
      Ok(call.environment.emit(&payload))
    }
    Err(TryGetError::Ended(end)) => Ok(call.environment.ended(end, 0)),
    Err(TryGetError::Empty) if call.integer(1)? == Door::Try as u32 => Ok(refused(call)),
    Err(TryGetError::Empty) => {
      let object = queue(call)?;
      enter(call, &object, Wait::Get(Get::one(&object.queue)), 1)
    }
  }
}

/// `queueGetMany(queue, max, door, timeout)` — the items are fetched by `batchTake`.
pub fn get_many(call: &Call) -> Result<Value, Fault> {
  let object = queue(call)?;
  enter(call, &object, Wait::Get(Get::many(&object.queue, call.integer(1)? as usize)), 2)
}

/// `queuePut(queue, value, door, timeout)`
pub fn put(call: &Call) -> Result<Value, Fault> {
  let payload = call.environment.payload(call.arg(1)).ok_or_else(|| Fault::argument(1))?;
  let is_later = is_for_next_turn(call, 2)?;
  let tried =
    if is_later { Err(TryPutError::Full(payload)) } else { call.borrowed::<QueueObject>(0)?.queue.try_put(payload) };
  match tried {
    Ok(()) => {
      call.environment.count_ready(1);
      Ok(call.environment.done(1))
    }
    Err(TryPutError::Ended(end, _)) => Ok(call.environment.ended(end, 0)),
    Err(TryPutError::Full(_)) if call.integer(2)? == Door::Try as u32 => Ok(refused(call)),
    Err(TryPutError::Full(payload)) => {
      let object = queue(call)?;
      enter(call, &object, Wait::Put(Put::new(&object.queue, [payload])), 2)
    }
  }
}

/// `queuePutMany(queue, door, timeout)` — of the items that `batchAdd` has gathered.
pub fn put_many(call: &Call) -> Result<Value, Fault> {
  let items = std::mem::take(&mut *call.environment.batch_out.borrow_mut());
  let object = queue(call)?;
  enter(call, &object, Wait::Put(Put::new(&object.queue, items)), 1)
}

/// `queueJoin(queue, door, timeout)`
pub fn join(call: &Call) -> Result<Value, Fault> {
  let object = queue(call)?;
  enter(call, &object, Wait::Join(Join::new(&object.queue)), 1)
}

/// `queuePeek(queue)` — refused where it is empty.
pub fn peek(call: &Call) -> Result<Value, Fault> {
  let object = queue(call)?;
  Ok(object.queue.peek(|first| match first {
    Some(payload) => call.environment.emit(payload),
    None => refused(call),
  }))
}

/// `queueClear(queue)` — the items are fetched by `batchTake`.
pub fn clear(call: &Call) -> Result<Value, Fault> {
  Ok(call.environment.batch(queue(call)?.queue.clear()))
}

/// `queueTaskDone(queue): boolean` — false where nothing is unfinished.
pub fn task_done(call: &Call) -> Result<Value, Fault> {
  Ok(call.js.boolean(queue(call)?.queue.task_done().is_ok()))
}

/// `queueShutdown(queue, immediate)`
pub fn shutdown(call: &Call) -> Result<Value, Fault> {
  queue(call)?.queue.shutdown(call.flag(1)?);
  Ok(call.undefined())
}

/// `queueSize(queue): number`
pub fn size(call: &Call) -> Result<Value, Fault> {
  Ok(call.js.integer(count(queue(call)?.queue.statistics().size)))
}

/// `queueStatistics(queue): [size, maxsize (0 unbounded), getters, putters, joiners, unfinished, isShutdown]`
pub fn statistics(call: &Call) -> Result<Value, Fault> {
  let statistics = queue(call)?.queue.statistics();
  let maxsize = if statistics.maxsize == usize::MAX { 0 } else { statistics.maxsize };
  let numbers = [
    statistics.size,
    maxsize,
    statistics.getters,
    statistics.putters,
    statistics.joiners,
    statistics.unfinished,
    usize::from(statistics.end.is_some()),
  ];
  Ok(call.js.array(numbers.iter().map(|number| call.js.integer(count(*number)))))
}

/// `batchAdd(value)` — gathers an item for `queuePutMany`.
pub fn batch_add(call: &Call) -> Result<Value, Fault> {
  let payload = call.environment.payload(call.arg(0)).ok_or_else(|| Fault::argument(0))?;
  call.environment.batch_out.borrow_mut().push(payload);
  Ok(call.undefined())
}

/// `batchDrop()` — forgets what was gathered.
pub fn batch_drop(call: &Call) -> Result<Value, Fault> {
  call.environment.batch_out.borrow_mut().clear();
  Ok(call.undefined())
}

/// `batchTake()` — the next item of a batch.
pub fn batch_take(call: &Call) -> Result<Value, Fault> {
  let payload = call.environment.batch_in.borrow_mut().pop_front();
  Ok(payload.map_or_else(|| call.undefined(), |payload| call.environment.emit(&payload)))
}
