// Queues whose items leave in another order than they came: the last one first, or the one with the lowest priority.
//
// Promises that in all else they are as `Queue`, whose doors they have, and that they arrive on other threads as what they
// are. What was delivered to a receiver that died before it saw it goes back to its place. Refuses a put without a
// priority where one is needed, before it has an effect.

import { checkOptions, checkType, maker, outOfRange } from './arguments.js'
import { Handle, HandleKind } from './native/handle.js'
import { native } from './native/native.js'
import { Order, type Door } from './native/protocol.js'
import { Queue } from './queue.js'
import { counting, full } from './queue/failing.js'
import { transferring, type PutOptions } from './queue/options.js'
import { puttingMany } from './queue/putting.js'
import { registerQueue } from './queue/species.js'
import { SelectOp } from './wait/select.js'
import type { AwaitOptions, WaitOptions } from './timeout.js'
import { attempts, awaits, blocks } from './wait/doors.js'
import { throwCut } from './wait/scope.js'
import { pack, sending, unpack } from './wire/payload.js'
import { scratch } from './wire/scratch.js'
import { checkTransfer, detach } from './wire/transfer.js'

/**
 * A queue whose last item is the next, like Python's `LifoQueue`; in all else as `Queue`.
 *
 * @example
 * const pages = new LifoQueue()
 * pages.putManyWait(['index', 'news'])
 * pages.getWait() // 'news'
 */
export class LifoQueue<T> extends Queue<T> {}

registerQueue(LifoQueue, HandleKind.LifoQueue, Order.Last)

/** What a put into a `PriorityQueue` needs. */
export interface PriorityOptions {
  /** A finite number; the item with the lowest is the next. */
  priority: number
}

/**
 * A queue whose item with the lowest priority is the next, and of several with the same the one that came first; in all
 * else as `Queue`. Unlike Python's it takes the priority beside the item, not from it. Puts that wait for room are let in
 * in the order in which they came, whatever their priority.
 *
 * Every put needs a `priority`: without one it throws `ERR_INVALID_ARG_TYPE`, with one that is not finite
 * `ERR_OUT_OF_RANGE`, and nothing is put.
 *
 * @example
 * const jobs = new PriorityQueue()
 * jobs.putWait('sweep', { priority: 5 })
 * jobs.putWait('fire', { priority: 0 })
 * jobs.getWait() // 'fire'
 */
export class PriorityQueue<T> extends Queue<T> {
  /**
   * Resolves when the item is in. A putter that is aborted inserts nothing.
   *
   * @throws as `put` of a `Queue`; TypeError `ERR_INVALID_ARG_TYPE`, RangeError `ERR_OUT_OF_RANGE` for the priority.
   */
  override put(item: T, options: AwaitOptions & PutOptions & PriorityOptions): Promise<void>
  /** @deprecated It throws: `priority` is missing. */
  override put(item: T, options?: AwaitOptions & PutOptions): Promise<void>
  override async put(item: T, options?: AwaitOptions & PutOptions): Promise<void> {
    const { priority, ...others } = checkPriority(options, putOptions)
    return transferring(others, waiting => awaits(this, 'put', waiting, putRanked, { item, priority }))
  }

  /**
   * Blocks until there is room for the item, and puts it. `timeout` is in milliseconds; left out, the runner's
   * `callInLoopTimeout`.
   *
   * @throws as `putWait` of a `Queue`; TypeError `ERR_INVALID_ARG_TYPE`, RangeError `ERR_OUT_OF_RANGE` for the priority.
   */
  override putWait(item: T, options: WaitOptions & PutOptions & PriorityOptions): void
  /** @deprecated It throws: `priority` is missing. */
  override putWait(item: T, options?: WaitOptions & PutOptions): void
  override putWait(item: T, options?: WaitOptions & PutOptions): void {
    const { priority, timeout, transfer } = checkPriority(options, putWaitOptions)
    const buffers = checkTransfer(transfer)
    blocks(this, 'putWait', { timeout }, putRanked, { item, priority })
    detach(buffers)
  }

  /**
   * Returns once the item is in, never waiting.
   *
   * @throws as `putNowait` of a `Queue`; TypeError `ERR_INVALID_ARG_TYPE`, RangeError `ERR_OUT_OF_RANGE` for the priority.
   */
  override putNowait(item: T, options: PutOptions & PriorityOptions): void
  /** @deprecated It throws: `priority` is missing. */
  override putNowait(item: T, options?: PutOptions): void
  override putNowait(item: T, options?: PutOptions): void {
    const { priority, transfer } = checkPriority(options, putNowaitOptions)
    const buffers = checkTransfer(transfer)
    attempts(this, 'putNowait', putRanked, full, { item, priority })
    detach(buffers)
  }

  /**
   * Resolves with the number of items when all are in, all with this one priority, in order.
   *
   * @throws as `putMany` of a `Queue`; TypeError `ERR_INVALID_ARG_TYPE`, RangeError `ERR_OUT_OF_RANGE` for the priority.
   */
  override putMany(items: Iterable<T>, options: AwaitOptions & PriorityOptions): Promise<number>
  /** @deprecated It throws: `priority` is missing. */
  override putMany(items: Iterable<T>, options?: AwaitOptions): Promise<number>
  override async putMany(items: Iterable<T>, options?: AwaitOptions): Promise<number> {
    const { priority, timeout, signal } = checkPriority(options, putManyOptions)
    return awaits(this, 'putMany', { timeout, signal }, putManyRanked, { items, priority }, counting(this))
  }

  /**
   * Blocks until all items are in, all with this one priority, in order, and returns how many there were.
   *
   * @throws as `putManyWait` of a `Queue`; TypeError `ERR_INVALID_ARG_TYPE`, RangeError `ERR_OUT_OF_RANGE` for the
   *   priority.
   */
  override putManyWait(items: Iterable<T>, options: WaitOptions & PriorityOptions): number
  /** @deprecated It throws: `priority` is missing. */
  override putManyWait(items: Iterable<T>, options?: WaitOptions): number
  override putManyWait(items: Iterable<T>, options?: WaitOptions): number {
    const { priority, timeout } = checkPriority(options, putManyWaitOptions)
    return blocks(this, 'putManyWait', { timeout }, putManyRanked, { items, priority }, counting(this))
  }

  /**
   * Returns the wait for room for this item as one of several that `select` may take; see `putOp` of a `Queue`.
   *
   * @throws TypeError `ERR_INVALID_ARG_TYPE`, RangeError `ERR_OUT_OF_RANGE` for the priority.
   */
  override putOp(item: T, options: PriorityOptions): SelectOp<void>
  /** @deprecated It throws: `priority` is missing. */
  override putOp(item: T): SelectOp<void>
  override putOp(item: T, options?: PriorityOptions): SelectOp<void> {
    const { priority } = checkPriority(options, putOpOptions)
    const id = Handle.idOf(this)
    return new SelectOp(maker, this, outer =>
      sending(item, 'item', packed => native.selectPut(outer, id, packed, priority)),
    )
  }
}

registerQueue(PriorityQueue, HandleKind.PriorityQueue, Order.Lowest)

const putOptions = ['priority', 'timeout', 'signal', 'transfer']
const putWaitOptions = ['priority', 'timeout', 'transfer']
const putNowaitOptions = ['priority', 'transfer']
const putManyOptions = ['priority', 'timeout', 'signal']
const putManyWaitOptions = ['priority', 'timeout']
const putOpOptions = ['priority']

/** What a put is given, each option read once, with its priority. */
function checkPriority(
  options: object | undefined,
  known: readonly string[],
): AwaitOptions & PutOptions & PriorityOptions {
  const given = options === undefined ? {} : options
  const { priority, timeout, signal, transfer } = checkOptions(
    given as AwaitOptions & PutOptions & PriorityOptions,
    known,
  )
  if (!Number.isFinite(checkType(priority, 'options.priority', 'number', checkPriority))) {
    throw outOfRange('options.priority', 'a finite number', priority, checkPriority)
  }
  return { priority, timeout, signal, transfer }
}

// --- the native calls

function putRanked(id: number, door: Door, timeout: number, rest: { item: unknown; priority: number }): unknown {
  const start = scratch.at
  const packed = pack(rest.item, 'item')
  try {
    if (packed === undefined) throwCut() // Its getters may have waited.
    return native.queuePutRanked(id, packed, rest.priority, door, timeout)
  } finally {
    scratch.at = start // As in `put` of a plain queue: no call, for the item is in.
    if (scratch.isLarge) unpack(start)
  }
}

function putManyRanked(
  id: number,
  door: Door,
  timeout: number,
  rest: { items: Iterable<unknown>; priority: number },
): unknown {
  return puttingMany(rest.items, outer => native.queuePutManyRanked(id, outer, rest.priority, door, timeout))
}
