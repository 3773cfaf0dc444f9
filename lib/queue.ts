// A queue with a blocking and an awaiting end, for any number of producers and consumers on any thread.
//
// Promises that items are served first come first served, that a wait which ends without success took and inserted
// nothing, and that nothing is lost or doubled, whoever gives up or dies when. The state lives in the native core
// (`src/core/queue.rs`); sizes and shutdown answer at once whatever the loops do.

import { MOST, checkCount, checkObject, checkType, invalidArgType } from './arguments.js'
import { EventLoopTimeoutError, InvalidStateError, QueueEmpty, QueueFull, QueueShutDown } from './errors.js'
import { Handle, HandleKind } from './native/handle.js'
import {
  AWAIT,
  afterBlocking,
  awaiting,
  beforeBlocking,
  BLOCK,
  hasValue,
  heldBy,
  parked,
  runnerDied,
  TRY,
  type Failures,
} from './wait/hub.js'
import { Items } from './wait/items.js'
import { pack, receive, receiveBatch, unpack } from './wire/payload.js'
import { control, native, queueState } from './native/native.js'
import { type Door, End, Status, Word } from './native/protocol.js'
import { isAnyHandle, runnerId, type RunnerHandle } from './wait/runner-handle.js'
import { checkWaitOptions, type AwaitOptions, type WaitOptions } from './timeout.js'
import { takeCut } from './wait/scope.js'
import { checkTransfer, detach } from './wire/transfer.js'

/** What a queue is made with. */
export interface QueueOptions {
  /** How many items it holds at most; 0 (the default) and `Infinity` for any number. */
  maxsize?: number
}

/** What a put takes beside its wait. */
export interface PutOptions {
  /** ArrayBuffers that are detached on this side once the item is in; their bytes are copied. */
  transfer?: readonly ArrayBuffer[]
}

/** Sizes and waiters of a queue, all of one moment. */
export interface QueueStatistics {
  /** Items in the queue. */
  size: number
  /** How many it holds at most; `Infinity` for any number. */
  maxsize: number
  /** Waits for an item, for room, and for everything to be done, on all threads. */
  getters: number
  putters: number
  joiners: number
  /** Items put and not yet reported done. */
  unfinished: number
}

/** A queue with a blocking and an awaiting end. */
export class Queue<T> extends Handle implements AsyncIterable<T> {
  /**
   * With a runner the queue shuts down when the runner closes or dies; without, it lives by itself.
   *
   * @throws TypeError `ERR_INVALID_ARG_TYPE`, RangeError `ERR_OUT_OF_RANGE`, RunnerClosedError; no queue is made.
   */
  constructor(options?: QueueOptions)
  constructor(runner: RunnerHandle | undefined, options?: QueueOptions)
  constructor(first?: RunnerHandle | QueueOptions, second?: QueueOptions) {
    const hasRunner = second !== undefined || isAnyHandle(first)
    const options = hasRunner ? second : (first as QueueOptions | undefined)
    const runner = runnerId(hasRunner ? (first as RunnerHandle | undefined) : undefined)
    super(HandleKind.Queue, native.queueCreate(runner, checkMaxsize(options)))
  }

  /** Returns how many items it holds at most; `Infinity` for any number. */
  get maxsize(): number {
    return this.statistics().maxsize
  }

  /** Returns how many items are in it. */
  qsize(): number {
    return native.queueSize(Handle.idOf(this))
  }

  /** Returns whether there is no item in it. */
  empty(): boolean {
    return this.qsize() === 0
  }

  /** Returns whether it holds as many items as it may. */
  full(): boolean {
    const { size, maxsize } = this.statistics()
    return size >= maxsize
  }

  /**
   * Resolves with the next item. A getter that is aborted takes nothing; one that was served keeps its item.
   *
   * @throws EventLoopTimeoutError, `signal.reason`, CancelledError, QueueShutDown, RunnerDiedError; nothing is taken.
   */
  get(options?: AwaitOptions): Promise<T> {
    const id = Handle.idOf(this)
    if (options !== undefined) {
      return awaiting(timeout => native.queueGet(id, AWAIT, timeout), this, 'get', options) as Promise<T>
    }
    const cut = takeCut()
    if (cut !== undefined) return Promise.reject(cut)
    return parked(native.queueGet(id, AWAIT, -1), this, 'get', -1) as Promise<T>
  }

  /**
   * Blocks until there is an item, and returns it. `timeout` is in milliseconds; left out, the runner's
   * `callInLoopTimeout`.
   *
   * @throws EventLoopTimeoutError, QueueShutDown, RunnerDiedError, WouldDeadlockError, InterruptedError; nothing is
   *   taken.
   */
  getWait(options?: WaitOptions): T {
    const timeout = beforeBlocking('getWait', options)
    const value = native.queueGet(Handle.idOf(this), BLOCK, timeout)
    if (hasValue()) return receive(value) as T
    return afterBlocking(value, this, 'getWait', timeout, this.getWait) as T
  }

  /**
   * Returns the next item, never waiting.
   *
   * @throws QueueEmpty when there is none that belongs to no waiter; QueueShutDown, RunnerDiedError.
   */
  getNowait(): T {
    const value = native.queueGet(Handle.idOf(this), TRY, 0)
    if (hasValue()) return receive(value) as T
    if (control[Word.Status] === Status.Refused) throw new QueueEmpty('The queue is empty.')
    return afterBlocking(value, this, 'getNowait', 0, this.getNowait) as T
  }

  /**
   * Resolves when the item is in. A putter that is aborted inserts nothing.
   *
   * @throws UncloneableError before any effect; EventLoopTimeoutError, `signal.reason`, CancelledError, QueueShutDown,
   *   RunnerDiedError: the item was not inserted, and what it transfers is still the caller's.
   */
  put(item: T, options?: AwaitOptions & PutOptions): Promise<void> {
    const id = Handle.idOf(this)
    const put = () => awaiting(timeout => send(id, item, AWAIT, timeout), this, 'put', options) as Promise<void>
    return options === undefined ? put() : transferring(options, put)
  }

  /**
   * Blocks until there is room for the item, and puts it. `timeout` is in milliseconds; left out, the runner's
   * `callInLoopTimeout`.
   *
   * @throws UncloneableError before any effect; EventLoopTimeoutError, QueueShutDown, RunnerDiedError,
   *   WouldDeadlockError, InterruptedError: the item was not inserted, and what it transfers is still the caller's.
   */
  putWait(item: T, options?: WaitOptions & PutOptions): void {
    const timeout = beforeBlocking('putWait', options)
    const buffers = options === undefined ? undefined : checkTransfer(options.transfer)
    const value = send(Handle.idOf(this), item, BLOCK, timeout)
    if (control[Word.Status] !== Status.Done) afterBlocking(value, this, 'putWait', timeout, this.putWait)
    if (buffers !== undefined) detach(buffers)
  }

  /**
   * Returns once the item is in, never waiting.
   *
   * @throws QueueFull when there is no room that belongs to no waiter; UncloneableError, QueueShutDown,
   *   RunnerDiedError: the item is still the caller's.
   */
  putNowait(item: T, options?: PutOptions): void {
    const buffers = options === undefined ? undefined : checkTransfer(checkObject(options).transfer)
    const value = send(Handle.idOf(this), item, TRY, 0)
    const status = control[Word.Status]
    if (status === Status.Refused) throw new QueueFull('The queue is full.')
    if (status !== Status.Done) afterBlocking(value, this, 'putNowait', 0, this.putNowait)
    if (buffers !== undefined) detach(buffers)
  }

  /**
   * Resolves with one to `max` items, in order, as soon as there is one.
   *
   * @throws as `get`; nothing is taken.
   */
  async getMany(max: number, options?: AwaitOptions): Promise<T[]> {
    const id = Handle.idOf(this)
    const most = checkMax(max)
    const begin = (timeout: number) => native.queueGetMany(id, most, AWAIT, timeout)
    return awaiting(begin, this, 'getMany', options) as Promise<T[]>
  }

  /**
   * Blocks until there is an item, and returns one to `max` items, in order.
   *
   * @throws as `getWait`; nothing is taken.
   */
  getManyWait(max: number, options?: WaitOptions): T[] {
    const timeout = beforeBlocking('getManyWait', options)
    const value = native.queueGetMany(Handle.idOf(this), checkMax(max), BLOCK, timeout)
    return afterBlocking(value, this, 'getManyWait', timeout, this.getManyWait) as T[]
  }

  /**
   * Resolves with the number of items when all are in, in order.
   *
   * @throws as `put`; UncloneableError before any effect. Later errors have `inserted`: how many items went in; an abort
   *   through `signal` rejects with its own reason, which does not.
   */
  async putMany(items: Iterable<T>, options?: AwaitOptions): Promise<number> {
    const id = Handle.idOf(this)
    const list = listOf(items)
    const begin = (timeout: number) => sendMany(id, list, AWAIT, timeout)
    return awaiting(begin, this, 'putMany', options) as Promise<number>
  }

  /**
   * Blocks until all items are in, in order, and returns how many there were.
   *
   * @throws as `putWait`; UncloneableError before any effect. Later errors have `inserted`: how many items went in.
   */
  putManyWait(items: Iterable<T>, options?: WaitOptions): number {
    const timeout = beforeBlocking('putManyWait', options)
    const value = sendMany(Handle.idOf(this), listOf(items), BLOCK, timeout)
    return afterBlocking(value, this, 'putManyWait', timeout, this.putManyWait) as number
  }

  /**
   * Returns a copy of the next item, which stays where it is.
   *
   * @throws QueueEmpty
   */
  peekNowait(): T {
    const value = native.queuePeek(Handle.idOf(this))
    if (hasValue()) return receive(value) as T
    throw new QueueEmpty('The queue is empty.')
  }

  /** Returns all items, taking them at once; they count as done, and waiting putters move up. */
  clear(): T[] {
    native.queueClear(Handle.idOf(this))
    return receiveBatch(control[Word.Count]!) as T[]
  }

  /**
   * Returns at once: one item that was taken is reported as done.
   *
   * @throws InvalidStateError when everything that was put is done already; the count stays.
   */
  taskDone(): void {
    if (native.queueTaskDone(Handle.idOf(this))) return
    throw new InvalidStateError('taskDone was called more often than items were put.')
  }

  /**
   * Resolves when every item that was put has been reported done.
   *
   * @throws EventLoopTimeoutError, `signal.reason`, CancelledError; QueueShutDown when its runner has closed,
   *   RunnerDiedError. A `shutdown` does not end it.
   */
  join(options?: AwaitOptions): Promise<void> {
    const id = Handle.idOf(this)
    return awaiting(timeout => native.queueJoin(id, AWAIT, timeout), this, 'join', options) as Promise<void>
  }

  /**
   * Blocks until every item that was put has been reported done.
   *
   * @throws EventLoopTimeoutError, WouldDeadlockError, InterruptedError; QueueShutDown when its runner has closed,
   *   RunnerDiedError. A `shutdown` does not end it.
   */
  joinWait(options?: WaitOptions): void {
    const timeout = beforeBlocking('joinWait', options)
    const value = native.queueJoin(Handle.idOf(this), BLOCK, timeout)
    afterBlocking(value, this, 'joinWait', timeout, this.joinWait)
  }

  /**
   * Returns at once: nothing more may be put; what is there may be taken, or is dropped if `immediate`. Waiting putters,
   * and getters once it is empty, end with QueueShutDown. A second call may only go from soft to immediate.
   */
  shutdown(options: { immediate?: boolean } = {}): void {
    const { immediate = false } = checkObject(options)
    checkType(immediate, 'options.immediate', 'boolean', this.shutdown)
    native.queueShutdown(Handle.idOf(this), immediate)
  }

  /** Returns whether it was shut down, by `shutdown` or by the end of its runner. */
  get isShutdown(): boolean {
    return queueState(Handle.idOf(this)).isShutdown
  }

  /** Returns sizes and waiters, all of one moment. */
  statistics(): QueueStatistics {
    const { isShutdown: _, ...statistics } = queueState(Handle.idOf(this))
    return statistics
  }

  /** Awaits one item per turn, never reading ahead; ends after shutdown and drain. */
  [Symbol.asyncIterator](): AsyncIterableIterator<T> {
    const id = Handle.idOf(this)
    return new Items<T>({
      failures: () => this.failures(),
      verb: 'get',
      begin: (door, timeout) => native.queueGet(id, door, timeout),
      receive: value => receive(value) as T,
    })
  }

  /**
   * Blocks for one item per turn; ends after shutdown and drain. `timeout`, in milliseconds, is per item.
   *
   * @throws per item as `getWait`; WouldDeadlockError at once.
   */
  iterateWait(options?: WaitOptions): IterableIterator<T> {
    beforeBlocking('iterateWait', options)
    return blockingItems(this, options)
  }

  /** @internal */
  failures(): Failures {
    return {
      timedOut: (verb, timeout) =>
        new EventLoopTimeoutError(`${verb} on a queue timed out after ${timeout} ms.${heldBy(this)}`),
      ended: (verb, end) => (end === End.Died ? runnerDied(this, verb) : shutDown(verb)),
      cancelled: shutDown,
    }
  }
}

Handle.register(HandleKind.Queue, Queue)

function shutDown(verb: string): QueueShutDown {
  return new QueueShutDown(`${verb}: the queue was shut down.`)
}

function checkMaxsize(options: QueueOptions | undefined): number {
  if (options === undefined) return 0
  const { maxsize = 0 } = checkObject(options)
  return checkCount(maxsize, 'options.maxsize', 0, MOST, 0)
}

function checkMax(max: number): number {
  return checkCount(max, 'max', 1, MOST, MOST)
}

function listOf<T>(items: Iterable<T>): T[] {
  if (typeof (items as Iterable<T> | undefined)?.[Symbol.iterator] === 'function') return [...items]
  throw invalidArgType('items', 'an iterable', items, listOf)
}

/** Puts, and detaches once the item is in. */
async function transferring(options: PutOptions, put: () => Promise<void>): Promise<void> {
  const buffers = checkTransfer(checkObject(options).transfer)
  await put()
  detach(buffers)
}

function send(id: number, item: unknown, door: Door, timeout: number): unknown {
  const packed = pack(item, 'item')
  try {
    return native.queuePut(id, packed, door, timeout)
  } finally {
    unpack()
  }
}

/** All are encoded before the first is put: one that cannot cross leaves the queue untouched. */
function sendMany(id: number, items: unknown[], door: Door, timeout: number): unknown {
  native.batchDrop()
  try {
    items.forEach((item, index) => {
      const packed = pack(item, `items[${index}]`)
      try {
        native.batchAdd(packed)
      } finally {
        unpack()
      }
    })
  } catch (error) {
    native.batchDrop()
    throw error
  }
  return native.queuePutMany(id, door, timeout)
}

function* blockingItems<T>(queue: Queue<T>, options: WaitOptions | undefined): IterableIterator<T> {
  checkWaitOptions(options)
  for (;;) {
    let item: T
    try {
      item = queue.getWait(options)
    } catch (error) {
      if (error instanceof QueueShutDown) return
      throw error
    }
    yield item
  }
}
