// A queue with a blocking and an awaiting end, for any number of producers and consumers on any thread.
//
// Promises that waits are served first come first served, that a wait which ends without success took and inserted
// nothing, and that nothing is lost or doubled when a waiter gives up or dies. The state lives in the native core
// (`src/core/queue.rs`); sizes and shutdown answer at once whatever the loops do.

import { isA, part, startsWith } from './methods.js'
import { MOST, checkCount, checkOptions, checkType, invalidArgType } from './arguments.js'
import { InvalidStateError, QueueEmpty, QueueFull, QueueShutDown } from './errors.js'
import { Handle, HandleKind, type Looks } from './native/handle.js'
import { afterBlocking, attempts, awaits, beforeBlocking, blocks, printed } from './wait/doors.js'
import { Items } from './wait/items.js'
import { pack, receive, receiveBatch, sending, unpack } from './wire/payload.js'
import { control, native, queueState, batchReturn, waitReturn } from './native/native.js'
import { Door, Order, Status, Word } from './native/protocol.js'
import { threadWide } from './native/thread-wide.js'
import { checkName, giveName, isAnyHandle, runnerId, type RunnerHandle } from './wait/runner-handle.js'
import { type AwaitOptions, type WaitOptions } from './timeout.js'
import {
  called,
  failuresOf,
  hasEnded,
  hasResult,
  named,
  type Awaitable,
  type Failures,
  type Reason,
} from './wait/outcome.js'
import { throwCut } from './wait/scope.js'
import { SelectOp } from './wait/select.js'
import { atCaller } from './stack.js'
import { scratch } from './wire/scratch.js'
import { hopeless } from './wire/wire.js'
import { checkTransfer, detach, transferOf } from './wire/transfer.js'

/** What a queue is made with. */
export interface QueueOptions {
  /** In errors and where it is printed; left out, it is called `a queue`. */
  name?: string
  /** How many items it holds at most; 0 (the default) and `Infinity` for any number. */
  maxsize?: number
  /**
   * How many bytes its items take at most, as they are encoded to cross (a number takes 8); 0 (the default) and
   * `Infinity` for any number. An item enters when its bytes fit, or when the queue is empty: a larger one travels alone.
   * A small item behind a large one waits for it.
   */
  maxBytes?: number
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
  /** How many bytes its items take, as they are encoded. */
  bytes: number
  /** How many they may take together; `Infinity` for any number. */
  maxBytes: number
  /** Waits for an item, for room, and for everything to be done, on all threads. */
  getters: number
  putters: number
  joiners: number
  /** Items put and not yet reported done. */
  unfinished: number
}

/**
 * A queue with a blocking and an awaiting end.
 *
 * @example
 * const queue = new Queue<string>({ maxsize: 16 })
 * runner.createTask(async queue => {
 *   for await (const line of queue) console.log(line)
 * }, [queue])
 * queue.putWait('a line') // blocks while the queue is full
 * queue.shutdown()
 */
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
    const { name, maxsize, maxBytes } = checkBounds(options)
    const { kind, order } = nearest(new.target)
    super(kind, native.queueCreate(runner, maxsize, maxBytes, order))
    giveName(this, name)
  }

  /** Returns how many items it holds at most; `Infinity` for any number. */
  get maxsize(): number {
    return queueState(Handle.idOf(this)).maxsize
  }

  /** Returns how many bytes its items take at most; `Infinity` for any number. */
  get maxBytes(): number {
    return queueState(Handle.idOf(this)).maxBytes
  }

  /** Returns how many items are in it. */
  qsize(): number {
    return native.queueSize(Handle.idOf(this))
  }

  /** Returns whether there is no item in it. */
  empty(): boolean {
    return this.qsize() === 0
  }

  /** Returns whether it holds as many items, or as many bytes, as it may, or others wait for room already. */
  full(): boolean {
    const { size, maxsize, bytes, maxBytes, putters } = queueState(Handle.idOf(this))
    return size >= maxsize || bytes >= maxBytes || putters > 0
  }

  /**
   * Resolves with the next item. A getter that is aborted takes nothing, unless it was served before.
   *
   * @throws EventLoopTimeoutError, `signal.reason`, CancelledError, QueueShutDown, RunnerDiedError; nothing is taken.
   */
  get(options?: AwaitOptions): Promise<T> {
    return awaits(this, 'get', options, get)
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
    const id = Handle.idOf(this)
    const value = get(id, Door.Block, timeout)
    const status = control[Word.Status]!
    // As `blocks`, and faster: here the engine sees what is called.
    try {
      if (!hasResult()) return afterBlocking(value, this, 'getWait', timeout, this, id) as T
      const item = receive(value) as T
      if (printed !== undefined) printed()
      return item
    } catch (error) {
      if (error !== hopeless) waitReturn(id, value, status)
      throw error
    }
  }

  /**
   * Returns the next item, never waiting.
   *
   * @throws QueueEmpty when there is no item, or each belongs to a waiter already; QueueShutDown, RunnerDiedError.
   */
  getNowait(): T {
    return attempts(this, 'getNowait', get, empty)
  }

  /**
   * Resolves when the item is in. A putter that is aborted inserts nothing.
   *
   * @throws UncloneableError before any effect; EventLoopTimeoutError, `signal.reason`, CancelledError, QueueShutDown,
   *   RunnerDiedError: the item was not inserted, and what it transfers is still the caller's.
   */
  put(item: T, options?: AwaitOptions & PutOptions): Promise<void> {
    if (options === undefined) return awaits(this, 'put', options, put, item)
    return transferring(options, waiting => awaits(this, 'put', waiting, put, item))
  }

  /**
   * Blocks until there is room for the item, and puts it. `timeout` is in milliseconds; left out, the runner's
   * `callInLoopTimeout`.
   *
   * @throws UncloneableError before any effect; EventLoopTimeoutError, QueueShutDown, RunnerDiedError,
   *   WouldDeadlockError, InterruptedError: the item was not inserted, and what it transfers is still the caller's.
   */
  putWait(item: T, options?: WaitOptions & PutOptions): void {
    const timeout = beforeBlocking('putWait', options, putWaitOptions)
    const buffers = checkTransfer(options?.transfer)
    const value = put(Handle.idOf(this), Door.Block, timeout, item) // As in `getWait`, the short way.
    if (control[Word.Status] !== Status.Done) afterBlocking(value, this, 'putWait', timeout, this)
    if (buffers.length > 0) detach(buffers)
  }

  /**
   * Returns once the item is in, never waiting.
   *
   * @throws QueueFull when there is no room for it, or all of it belongs to waiters already; UncloneableError, QueueShutDown,
   *   RunnerDiedError: the item is still the caller's.
   */
  putNowait(item: T, options?: PutOptions): void {
    const buffers = transferOf(options)
    attempts(this, 'putNowait', put, full, item)
    if (buffers.length > 0) detach(buffers)
  }

  /**
   * Resolves with one to `max` items, in order, as soon as there is one. An item that cannot be read on this thread ends
   * the batch before it: it stays, and the next call throws its error and takes it alone.
   *
   * @throws as `get`; nothing is taken.
   */
  getMany(max: number, options?: AwaitOptions): Promise<T[]> {
    return awaits(this, 'getMany', options, getMany, max)
  }

  /**
   * Blocks until there is an item, and returns one to `max` items, in order.
   *
   * @throws as `getWait`; nothing is taken.
   */
  getManyWait(max: number, options?: WaitOptions): T[] {
    return blocks(this, 'getManyWait', options, getMany, max)
  }

  /**
   * Resolves with the number of items when all are in, in order.
   *
   * @throws as `put`; UncloneableError before any effect. Later errors have `inserted`: how many items went in. Where
   *   `signal` is aborted after the first of them, it is the `cause` of an AbortError (`ABORT_ERR`) that says so; before,
   *   its reason is passed on as it is.
   */
  putMany(items: Iterable<T>, options?: AwaitOptions): Promise<number> {
    return awaits(this, 'putMany', options, putMany, items, counting(this))
  }

  /**
   * Blocks until all items are in, in order, and returns how many there were.
   *
   * @throws as `putWait`; UncloneableError before any effect. Later errors have `inserted`: how many items went in.
   */
  putManyWait(items: Iterable<T>, options?: WaitOptions): number {
    return blocks(this, 'putManyWait', options, putMany, items, counting(this))
  }

  /** Returns the wait for the next item as one of several that `select` may take; nothing happens before. */
  getOp(): SelectOp<T> {
    return new SelectOp(this, outer => native.selectGet(outer, Handle.idOf(this)))
  }

  /**
   * Returns the wait for room for this item as one of several that `select` may take; nothing happens before. The item is
   * encoded when a select begins, so the op may be used again, with what the item is by then. Its value is undefined.
   */
  putOp(item: T): SelectOp<void> {
    const id = Handle.idOf(this)
    return new SelectOp(this, outer => sending(item, 'item', packed => native.selectPut(outer, id, packed)))
  }

  /**
   * Returns a copy of the next item, which stays where it is.
   *
   * @throws QueueEmpty
   */
  peekNowait(): T {
    return attempts(this, 'peekNowait', peek, empty, undefined, true)
  }

  /**
   * Returns all items, taking them at once; they count as done, and waiting putters move up.
   *
   * @throws the error of a first item that cannot be read on this thread, which is taken alone. A later one ends the
   *   list before it, and stays with those behind it, unfinished, as in `getMany`.
   */
  clear(): T[] {
    const id = Handle.idOf(this)
    takeAll(id)
    const count = control[Word.Count]!
    const batch = control[Word.Extra]!
    try {
      return receiveBatch(id, true) as T[]
    } catch (error) {
      if (count > 0) batchReturn(id, batch, true, true) // What it has not begun to read.
      throw error
    }
  }

  /**
   * Returns at once: one item that was taken is reported as done.
   *
   * @throws InvalidStateError when everything that was put is done already; the count stays.
   */
  taskDone(): void {
    if (native.queueTaskDone(Handle.idOf(this))) return
    const message = `taskDone on ${called(this, 'queue')} was called more often than items were put.`
    throw atCaller(new InvalidStateError(message))
  }

  /**
   * Resolves when every item that was put has been reported done.
   *
   * @throws EventLoopTimeoutError, `signal.reason`, CancelledError; QueueShutDown when its runner has closed,
   *   RunnerDiedError. A `shutdown` does not end it.
   */
  join(options?: AwaitOptions): Promise<void> {
    return awaits(this, 'join', options, join)
  }

  /**
   * Blocks until every item that was put has been reported done.
   *
   * @throws EventLoopTimeoutError, WouldDeadlockError, InterruptedError; QueueShutDown when its runner has closed,
   *   RunnerDiedError. A `shutdown` does not end it.
   */
  joinWait(options?: WaitOptions): void {
    return blocks(this, 'joinWait', options, join)
  }

  /**
   * Returns at once: nothing more may be put; what is there may be taken, or is dropped if `immediate`. Waiting putters,
   * and getters once it is empty, end with QueueShutDown. A second call may only go from soft to immediate.
   */
  shutdown(options: { immediate?: boolean } = {}): void {
    const { immediate = false } = checkOptions(options, ['immediate'])
    checkType(immediate, 'options.immediate', 'boolean', this.shutdown)
    native.queueShutdown(Handle.idOf(this), immediate)
  }

  /** Returns whether it was shut down, by `shutdown` or by the end of its runner. */
  get isShutdown(): boolean {
    return queueState(Handle.idOf(this)).isShutdown
  }

  /** Returns sizes and waiters, all of one moment. */
  statistics(): QueueStatistics {
    const { isShutdown: _, ...statistics } = queueState(Handle.idOf(this), true)
    return statistics
  }

  /** Awaits one item per turn, never reading ahead; ends after shutdown and drain. */
  [Symbol.asyncIterator](): AsyncIterableIterator<T> {
    const id = Handle.idOf(this)
    return new Items<T>({
      failures: () => this.failures(),
      verb: 'get',
      id,
      begin: (door, timeout) => get(id, door, timeout),
      receive: value => receive(value) as T,
    })
  }

  /**
   * Awaits one to `max` items per turn, in order, as soon as there is one; ends after shutdown and drain. It never reads
   * ahead: a loop that was left takes nothing more, but what it was given is its own.
   *
   * @throws TypeError `ERR_INVALID_ARG_TYPE`, RangeError `ERR_OUT_OF_RANGE` at once; then as `getMany`, but for the
   *   QueueShutDown of a shutdown.
   *
   * @example
   * for await (const rows of queue.batches(100)) await insert(rows)
   */
  batches(max: number): AsyncIterableIterator<T[]> {
    const id = Handle.idOf(this)
    const most = checkCount(max, 'max', 1, MOST, MOST)
    return new Items<T[]>({
      failures: () => this.failures(),
      verb: 'batches',
      id,
      begin: (door, timeout) => native.queueGetMany(id, most, door, timeout),
      receive: () => receiveBatch(id) as T[],
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
    return failuresOf(this, 'queue', shutDown, shutDown, verb => reasonOf(this, verb))
  }
}

/** @internal How it is shown. */
export function looksOfQueue(queue: Queue<unknown>): Looks {
  const { size, maxsize, getters, putters, isShutdown } = queueState(Handle.idOf(queue))
  const fields: Record<string, unknown> = { ...named(queue), size, maxsize, getters }
  if (putters > 0) fields.putters = putters
  if (isShutdown) fields.isShutdown = true
  return { fields }
}

// --- which item is the next

/** What the core and other threads know of a class of queues. */
interface Species {
  readonly kind: HandleKind
  readonly order: Order
}

const species = new WeakMap<Function, Species>()

/** @internal Says in which order the items of a class of queues leave, and as what its objects travel. */
export function registerQueue(queueClass: typeof Queue, kind: HandleKind, order: Order): void {
  species.set(queueClass, { kind, order })
  Handle.register(kind, queueClass, looksOfQueue)
}

/** That of a class, or of the nearest it extends. */
function nearest(queueClass: Function): Species {
  for (let at = queueClass; ; at = Object.getPrototypeOf(at) as Function) {
    const known = species.get(at)
    if (known !== undefined) return known
  }
}

registerQueue(Queue, HandleKind.Queue, Order.First)

// --- how a wait for it fails

function shutDown(verb: string, what: string): QueueShutDown {
  return new QueueShutDown(hasEnded(verb, what, 'the queue was shut down'))
}

function empty(queue: Handle, verb: string): QueueEmpty {
  return new QueueEmpty(`${verb} on ${called(queue, 'queue')}: the queue is empty.`)
}

/** @internal */
export function full(queue: Handle, verb: string): QueueFull {
  return new QueueFull(`${verb} on ${called(queue, 'queue')}: ${fullness(queue)}.`)
}

/** What has kept a wait for a queue. */
function reasonOf(queue: Handle, verb: string): Reason {
  if (startsWith(verb, 'put')) return { words: `${fullness(queue)}, nobody takes from it`, isAll: true }
  if (!startsWith(verb, 'join')) return { words: 'the queue is empty' }
  const { unfinished } = queueState(Handle.idOf(queue))
  return { words: `${count(unfinished, 'item')} ${unfinished === 1 ? 'was' : 'were'} not reported done` }
}

function fullness(queue: Handle): string {
  const { size, bytes, maxBytes, maxsize } = queueState(Handle.idOf(queue))
  const isByBytes = size < maxsize && maxBytes !== Infinity
  return `the queue is full (${isByBytes ? `${bytes} of ${maxBytes} bytes` : count(size, 'item')})`
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`
}

/** @internal A queue as the waits of `putMany` see it. */
export function counting(queue: Queue<any>): Awaitable {
  return { countsItems: true, failures: () => queue.failures(), what: () => called(queue, 'queue') }
}

const queueOptions = ['name', 'maxsize', 'maxBytes']

const none: QueueOptions = Object.freeze({ __proto__: null } as object)

function checkBounds(
  options: QueueOptions = none,
): Required<Omit<QueueOptions, 'name'>> & { name: string | undefined } {
  const { name, maxsize = 0, maxBytes = 0 } = checkOptions(options, queueOptions)
  return {
    name: checkName(name),
    maxsize: checkCount(maxsize, 'options.maxsize', 0, MOST, 0),
    maxBytes: checkCount(maxBytes, 'options.maxBytes', 0, Number.MAX_SAFE_INTEGER, 0),
  }
}

function listOf<T>(items: Iterable<T>): T[] {
  if (Array.isArray(items)) return part(items as T[], 0, items.length)
  if (typeof (items as Iterable<T> | undefined)?.[Symbol.iterator] === 'function') return [...items]
  throw invalidArgType('items', 'an iterable', items, listOf)
}

const putOptions = ['timeout', 'signal', 'transfer']
const putWaitOptions = ['timeout', 'transfer']

/** @internal Puts, and detaches once the item is in. Each option is read once: a getter might give something else the second time. */
export async function transferring(
  options: AwaitOptions & PutOptions,
  put: (options: AwaitOptions) => Promise<void>,
): Promise<void> {
  const { timeout, signal, transfer } = checkOptions(options, putOptions)
  const buffers = checkTransfer(transfer)
  await put({ timeout, signal })
  detach(buffers)
}

// --- the native calls

function get(id: number, door: Door, timeout: number): unknown {
  return native.queueGet(id, door, timeout)
}

const spare = new Array<number>(200).fill(0)

/** Takes nothing where the stack has no room to spare for the calls that give back what cannot be read: it throws then. */
function takeAll(id: number): unknown {
  Reflect.apply(nothing, undefined, spare)
  return native.queueClear(id, 0, 0, 0)
}

function nothing(): void {}

function peek(id: number): unknown {
  return native.queuePeek(id)
}

function join(id: number, door: Door, timeout: number): unknown {
  return native.queueJoin(id, door, timeout)
}

function put(id: number, door: Door, timeout: number, item: unknown): unknown {
  const start = scratch.at
  const packed = pack(item, 'item')
  try {
    if (packed === undefined) throwCut() // Its getters may have waited.
    return native.queuePut(id, packed, door, timeout)
  } finally {
    scratch.at = start // No call: the item is in, and there may be no stack left for one.
    if (scratch.isLarge) unpack(start)
  }
}

function getMany(id: number, door: Door, timeout: number, max: number): unknown {
  return native.queueGetMany(id, checkCount(max, 'max', 1, MOST, MOST), door, timeout)
}

/** How many batches are being gathered: a getter in an item may itself put many. */
const gathering = threadWide('gathering', () => ({ count: 0 }))

function putMany(id: number, door: Door, timeout: number, items: Iterable<unknown>): unknown {
  return puttingMany(items, outer => native.queuePutMany(id, outer, door, timeout))
}

/**
 * @internal Encodes all items before `put` puts the first, so that an item that cannot cross leaves the queue untouched.
 */
export function puttingMany(items: Iterable<unknown>, put: (outer: number) => unknown): unknown {
  const list = listOf(items)
  const outer = gathering.count++
  const gather = (packed: unknown) => native.batchAdd(outer, packed)
  try {
    native.batchBegin(outer)
    for (let i = 0; i < list.length; i++) sending(list[i], `items[${i}]`, gather)
    throwCut()
    return put(outer)
  } catch (error) {
    native.batchDrop(outer)
    throw error
  } finally {
    gathering.count = outer
  }
}

/** As `getWait`. Not by `blocks`: at the end of the stack V8 can stop it where nothing gives the item back any more. */
function nextItem<T>(queue: Queue<T>, options: WaitOptions | undefined): T {
  const timeout = beforeBlocking('iterateWait', options)
  const id = Handle.idOf(queue)
  const value = get(id, Door.Block, timeout)
  const status = control[Word.Status]!
  try {
    if (!hasResult()) return afterBlocking(value, queue, 'iterateWait', timeout, nextItem, id) as T
    const item = receive(value) as T
    if (printed !== undefined) printed()
    return item
  } catch (error) {
    if (error !== hopeless) waitReturn(id, value, status)
    throw error
  }
}

function* blockingItems<T>(queue: Queue<T>, options: WaitOptions | undefined): IterableIterator<T> {
  for (;;) {
    let item: T
    try {
      item = nextItem(queue, options)
    } catch (error) {
      if (isA(error, QueueShutDown)) return
      throw error
    }
    yield item
  }
}
