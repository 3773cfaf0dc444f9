//! Queues for JavaScript: `lib/queue.ts` and `lib/queue/` on this side, the core's `queue` below.

use crate::{
  binding::{
    node::js::Value,
    threads::runner::{Member, Runner},
    values::{
      payload::Payload,
      protocol::{self, Door, Status, Word},
      thing::{Id, Name, Thing, next_id},
    },
    waits::{
      border::Border,
      call::{Fault, JsCall, functions},
      doors::Entrance,
      wait::Wait,
    },
  },
  core::{
    bond::Ends,
    error::{End, TryGetError, TryPutError},
    queue::{Get, Join, Lots, Order, Put, Queue},
    sync::Mutex,
  },
};
use std::sync::{Arc, Weak};

functions! {
  c"queueCreate" => create,
  c"queueGet" => get [takes],
  c"queueGetMany" => get_many [takes],
  c"queuePut" => put [takes],
  c"queuePutMany" => put_many [takes],
  c"queuePutRanked" => put_ranked [takes],
  c"queuePutManyRanked" => put_many_ranked [takes],
  c"queueJoin" => join,
  c"queuePeek" => peek [takes],
  c"queueClear" => clear [takes],
  c"queueTaskDone" => task_done,
  c"queueShutdown" => shutdown,
  c"queueSize" => size,
  c"queueStatistics" => statistics,
  c"batchBegin" => batch_begin,
  c"batchAdd" => batch_add,
  c"batchAddSeveral" => batch_add_several,
  c"batchDrop" => batch_drop,
  c"batchTake" => batch_take,
  c"batchReturn" => batch_return,
}

/// A queue with its number and its runner.
///
/// What it says is looked at with every put and get. Who holds it is counted on another cache line: a thread that waits
/// counts, and the other would have to fetch what it looks at.
#[repr(align(128))]
pub struct QueueObject {
  pub id: Id,
  pub name: Name,
  pub queue: Queue<Payload>,
  /// Whether items that come together may stand in it as one.
  pub has_lots: bool,
  /// Whether its items have priorities.
  pub is_ranked: bool,
  pub runner: Option<Arc<Runner>>,
}

/// The queues of the process, for those who look on.
static ALL: Mutex<Listed> = Mutex::new(Listed { queues: Vec::new(), sweep_at: FEW });

struct Listed {
  queues: Vec<Weak<QueueObject>>,
  sweep_at: usize,
}

/// After so many, those that are gone are dropped from the list.
const FEW: usize = 64;

impl QueueObject {
  /// All there are.
  pub fn all() -> Vec<Arc<Self>> {
    ALL.lock().queues.iter().filter_map(Weak::upgrade).collect()
  }

  fn list(self: &Arc<Self>) {
    let mut all = ALL.lock();
    if all.queues.len() >= all.sweep_at {
      all.queues.retain(|queue| queue.strong_count() > 0);
      all.sweep_at = FEW.max(2 * all.queues.len());
    }
    all.queues.push(Arc::downgrade(self));
  }

  /// Takes back what this thread has just been handed and could not read: an item, or a whole batch.
  pub fn give_back(&self, border: &Border, value: Value, status: Status) {
    if status != Status::Batch {
      let item = border.take_back(value, status);
      return self.queue.give_back(item.map(
        |item| {
          if self.is_ranked { item.ranked(border.priority.get()) } else { item }
        },
      ));
    }
    // What has begun to fetch a batch returns the rest by itself, and leaves no count.
    if border.control.read(Word::Count) > 0 {
      let number = border.control.read(Word::Extra).cast_unsigned() as usize;
      let items = border.transit.incoming.borrow_mut().close(number, 0);
      self.queue.give_back(items);
    }
  }
}

impl Thing for QueueObject {
  fn id(&self) -> Id {
    self.id
  }

  fn name(&self) -> Option<&Name> {
    Some(&self.name)
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

fn queue(call: &JsCall) -> Result<Arc<QueueObject>, Fault> {
  call.thing(0)
}

fn enter(call: &JsCall, object: &QueueObject, wait: Wait, door: usize) -> Result<Value, Fault> {
  call.enter(Entrance::to(wait, object.runner.as_ref()), door)
}

/// Whether what an awaiting door finds at once is told in the loop's next turn.
fn is_for_next_turn(call: &JsCall, door: usize) -> Result<bool, Fault> {
  Ok(call.environment.turns.is_owed() && call.integer(door)? == Door::Await as u32)
}

/// `queueCreate(runner | 0, maxsize, maxBytes, order): handle` — 0 is no limit.
fn create(call: &JsCall) -> Result<Value, Fault> {
  let runner = call.optional(0)?;
  let order = protocol::Order::from_number(call.integer(3)?).ok_or_else(|| Fault::argument(3))?;
  let is_ranked = order == protocol::Order::Lowest;
  let (maxsize, max_bytes) = (call.integer(1)? as usize, bytes(call.number(2)?));
  let has_lots = order == protocol::Order::First && max_bytes == 0;
  let order = match order {
    protocol::Order::First => Order::First,
    protocol::Order::Last => Order::Last,
    protocol::Order::Lowest => Order::Lowest(Payload::by_priority),
  };
  let queue = if has_lots {
    Queue::of_lots(maxsize, Lots { count: Payload::count, cut: Payload::cut })
  } else {
    Queue::ordered(order, maxsize, max_bytes, Payload::size)
  };
  let object =
    Arc::new(QueueObject { id: next_id(), name: Name::new(), queue, has_lots, is_ranked, runner: runner.clone() });
  object.list();
  if let Some(runner) = runner {
    runner.adopt(&object);
  }
  Ok(call.hold(object))
}

/// A Ctrl-C that no listener has heard yet ends a blocking wait before it has an effect, also one that need not sleep.
fn is_interrupted(call: &JsCall, door: usize) -> Result<bool, Fault> {
  let doorbell = &call.environment.thread.doorbell;
  Ok(doorbell.is_interrupted() && call.integer(door)? == Door::Block as u32 && doorbell.was_interrupted())
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "more bytes than there are is no limit")]
fn bytes(number: f64) -> usize {
  number as usize
}

/// `queueGet(queue, door, timeout)`
fn get(call: &JsCall) -> Result<Value, Fault> {
  if is_interrupted(call, 1)? {
    return Ok(call.border.status(Status::Interrupted));
  }
  let tried =
    if is_for_next_turn(call, 1)? { Err(TryGetError::Empty) } else { call.borrowed::<QueueObject>(0)?.queue.try_get() };
  match tried {
    Ok(payload) => {
      call.environment.turns.count(1);
      Ok(call.border.emit(&payload))
    }
    Err(TryGetError::Ended(end)) => Ok(call.border.ended(end, 0)),
    Err(TryGetError::Empty) if call.integer(1)? == Door::Try as u32 => Ok(call.border.status(Status::Refused)),
    Err(TryGetError::Empty) => {
      let object = queue(call)?;
      enter(call, &object, Wait::Get(Get::one(&object.queue)), 1)
    }
  }
}

/// `queueGetMany(queue, max, door, timeout)` — the items are fetched by `batchTake`.
fn get_many(call: &JsCall) -> Result<Value, Fault> {
  let object = queue(call)?;
  enter(call, &object, Wait::Get(Get::many(&object.queue, call.integer(1)? as usize)), 2)
}

/// `queuePut(queue, value, door, timeout)`
fn put(call: &JsCall) -> Result<Value, Fault> {
  put_payload(call, call.payload(1)?, 2)
}

/// `queuePutRanked(queue, value, priority, door, timeout)`
fn put_ranked(call: &JsCall) -> Result<Value, Fault> {
  put_payload(call, call.payload(1)?.ranked(call.number(2)?), 3)
}

#[expect(clippy::inline_always, reason = "one more move of a payload is 5 ns of a put's 85")]
#[inline(always)]
fn put_payload(call: &JsCall, payload: Payload, door: usize) -> Result<Value, Fault> {
  if is_interrupted(call, door)? {
    return Ok(call.border.status(Status::Interrupted));
  }
  let tried = if is_for_next_turn(call, door)? {
    Err(TryPutError::Full(payload))
  } else {
    let object = call.borrowed::<QueueObject>(0)?;
    match payload {
      // A number is in a register here. To copy a payload whose parts were written just now stalls the processor.
      Payload::Number(number) => object.queue.try_put(Payload::Number(number)),
      payload => object.queue.try_put(payload),
    }
  };
  match tried {
    Ok(()) => {
      call.environment.turns.count(1);
      Ok(call.border.done(1))
    }
    Err(TryPutError::Ended(end, _)) => Ok(call.border.ended(end, 0)),
    Err(TryPutError::Full(_)) if call.integer(door)? == Door::Try as u32 => Ok(call.border.status(Status::Refused)),
    Err(TryPutError::Full(payload)) => {
      let object = queue(call)?;
      enter(call, &object, Wait::Put(Put::new(&object.queue, [payload])), door)
    }
  }
}

/// `queuePutMany(queue, outer, door, timeout)` — of the items that `batchAdd` has gathered.
fn put_many(call: &JsCall) -> Result<Value, Fault> {
  let items = call.border.transit.outgoing.end(call.integer(1)? as usize);
  let object = queue(call)?;
  let put = if object.has_lots { Put::new(&object.queue, items) } else { Put::new(&object.queue, one_by_one(items)) };
  enter(call, &object, Wait::Put(put), 2)
}

/// `queuePutManyRanked(queue, outer, priority, door, timeout)` — the same, all with one priority.
fn put_many_ranked(call: &JsCall) -> Result<Value, Fault> {
  let priority = call.number(2)?;
  let items = one_by_one(call.border.transit.outgoing.end(call.integer(1)? as usize));
  let object = queue(call)?;
  enter(call, &object, Wait::Put(Put::new(&object.queue, items.map(|item| item.ranked(priority)))), 3)
}

/// The items of a batch, each in memory of its own.
fn one_by_one(items: Vec<Payload>) -> impl Iterator<Item = Payload> {
  items.into_iter().flat_map(Payload::singles).map(Payload::apart)
}

/// `queueJoin(queue, door, timeout)`
fn join(call: &JsCall) -> Result<Value, Fault> {
  let object = queue(call)?;
  enter(call, &object, Wait::Join(Join::new(&object.queue)), 1)
}

/// `queuePeek(queue)` — refused where it is empty.
fn peek(call: &JsCall) -> Result<Value, Fault> {
  let object = queue(call)?;
  Ok(object.queue.peek(|first| match first {
    Some(payload) => call.border.emit(payload),
    None => call.border.status(Status::Refused),
  }))
}

/// `queueClear(queue)` — the items are fetched by `batchTake`.
fn clear(call: &JsCall) -> Result<Value, Fault> {
  Ok(call.border.batch(queue(call)?.queue.clear()))
}

/// `queueTaskDone(queue): boolean` — false where nothing is unfinished.
fn task_done(call: &JsCall) -> Result<Value, Fault> {
  Ok(call.js.boolean(queue(call)?.queue.task_done().is_ok()))
}

/// `queueShutdown(queue, immediate)`
fn shutdown(call: &JsCall) -> Result<Value, Fault> {
  queue(call)?.queue.shutdown(call.flag(1)?);
  Ok(call.undefined())
}

/// `queueSize(queue): number`
fn size(call: &JsCall) -> Result<Value, Fault> {
  Ok(call.js.count(queue(call)?.queue.statistics().size))
}

/// `queueStatistics(queue, measures): [size, maxsize (0 unbounded), bytes, maxBytes (0 unbounded), getters, putters,
/// joiners, unfinished, isShutdown]` — the bytes of a queue without `maxBytes` are added up only where `measures`.
fn statistics(call: &JsCall) -> Result<Value, Fault> {
  let QueueObject { queue, .. } = &*queue(call)?;
  let statistics = if call.flag(1)? { queue.measure(Payload::size) } else { queue.statistics() };
  let bound = |most| if most == usize::MAX { 0 } else { most };
  let numbers = [
    statistics.size,
    bound(statistics.maxsize),
    statistics.weight,
    bound(statistics.max_weight),
    statistics.getters,
    statistics.putters,
    statistics.joiners,
    statistics.unfinished,
    usize::from(statistics.end.is_some()),
  ];
  #[expect(clippy::cast_precision_loss, reason = "fewer than 2^53 of anything")]
  Ok(call.js.array(numbers.into_iter().map(|number| call.js.number(number as f64))))
}

/// `batchBegin(outer)` — begins to gather a batch for `queuePutMany`, within `outer` others.
fn batch_begin(call: &JsCall) -> Result<Value, Fault> {
  call.border.transit.outgoing.begin(call.integer(0)? as usize);
  Ok(call.undefined())
}

/// `batchAdd(outer, value)` — gathers an item.
fn batch_add(call: &JsCall) -> Result<Value, Fault> {
  let outer = call.integer(0)? as usize;
  let payload = call.payload(1)?;
  let added = call.border.transit.outgoing.within(outer, |items| items.push(payload));
  added.ok_or_else(|| Fault::argument(0))?;
  Ok(call.undefined())
}

/// `batchAddSeveral(outer)` — gathers the items of the packet in the scratch.
fn batch_add_several(call: &JsCall) -> Result<Value, Fault> {
  let outer = call.integer(0)? as usize;
  let added = call.border.transit.outgoing.within(outer, |items| call.border.control.items(items));
  added.ok_or_else(|| Fault::argument(0))?.map_err(|why| Fault::payload(&why, 1))?;
  Ok(call.undefined())
}

/// `batchDrop(outer)` — forgets what was gathered.
fn batch_drop(call: &JsCall) -> Result<Value, Fault> {
  call.border.transit.outgoing.forget(call.integer(0)? as usize);
  Ok(call.undefined())
}

/// `batchTake(batch)` — its next item, or with the status `Batch` the next `Count` of them, in a packet in the inbox. They
/// stay in the batch until the next call, or `batchReturn`.
fn batch_take(call: &JsCall) -> Result<Value, Fault> {
  let number = call.integer(0)? as usize;
  let mut incoming = call.border.transit.incoming.borrow_mut();
  let taken = incoming.fetch(number, |items| call.border.emit_several(items));
  Ok(taken.unwrap_or_else(|| call.undefined()))
}

/// `batchReturn(queue, batch, read, wasCleared)` — a batch goes back to its queue, without as many items as were read of
/// those that were fetched last. The items of a clear count as unfinished again.
fn batch_return(call: &JsCall) -> Result<Value, Fault> {
  let object = queue(call)?;
  let (number, read) = (call.integer(1)? as usize, call.integer(2)? as usize);
  let items = call.border.transit.incoming.borrow_mut().close(number, read).into_iter();
  if call.flag(3)? {
    object.queue.unclear(items);
  } else {
    object.queue.give_back(items);
  }
  Ok(call.undefined())
}
