// A queue with a blocking and an awaiting end, for any number of producers and consumers on any thread.
//
// Promises that waits are served first come first served, that a wait which ends without success took and inserted
// nothing, and that nothing is lost or doubled when a waiter gives up or dies. The state lives in the native core
// (`src/core/queue/`); sizes and shutdown answer at once whatever the loops do. What its methods do is in `queue/`.

import { checkOptions, checkType, maker } from './arguments.js'
import { InvalidStateError } from './errors.js'
import { waitChannel } from './native/channels.js'
import { Handle, HandleKind } from './native/handle.js'
import { control, native, queueState } from './native/native.js'
import { Door, Order, Status, Word } from './native/protocol.js'
import { counting, empty, full, reasonOf, shutDown } from './queue/failing.js'
import { batches, blockingItems, items } from './queue/iterating.js'
import { checkBounds, putWaitOptions, transferring } from './queue/options.js'
import type { PutOptions, QueueOptions, QueueStatistics } from './queue/options.js'
import { put, putMany } from './queue/putting.js'
import { nearest, registerQueue } from './queue/species.js'
import { clear, get, getMany, join, peek, takeWait } from './queue/taking.js'
import { atCaller } from './stack.js'
import type { AwaitOptions, WaitOptions } from './timeout.js'
import { afterBlocking, attempts, awaits, beforeBlocking, blocks, tellBlocked } from './wait/doors.js'
import { called, failuresOf, type Failures } from './wait/outcome.js'
import { giveName, isMeantAsRunner, runnerId, type RunnerHandle } from './wait/runner-handle.js'
import { SelectOp } from './wait/select.js'
import { sending } from './wire/payload.js'
import { checkTransfer, detach, transferOf } from './wire/transfer.js'

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
    const hasRunner = second !== undefined || isMeantAsRunner(first)
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
    Handle.check(this)
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
    return takeWait(this, 'getWait', options, this)
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
    const value = put(Handle.idOf(this), Door.Block, timeout, item) // Not by `blocks`: here the engine sees what is called.
    if (control[Word.Status] !== Status.Done) afterBlocking(value, this, 'putWait', timeout, this)
    else if (waitChannel.hasSubscribers) tellBlocked(this, 'putWait')
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
    Handle.check(this)
    return new SelectOp(maker, this, outer => native.selectGet(outer, Handle.idOf(this)))
  }

  /**
   * Returns the wait for room for this item as one of several that `select` may take; nothing happens before. The item is
   * encoded when a select begins, so the op may be used again, with what the item is by then. Its value is undefined.
   */
  putOp(item: T): SelectOp<void> {
    const id = Handle.idOf(this)
    return new SelectOp(maker, this, outer => sending(item, 'item', packed => native.selectPut(outer, id, packed)))
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
    return clear(Handle.idOf(this)) as T[]
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
  shutdown(options: { immediate?: boolean | undefined } = {}): void {
    Handle.check(this)
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
    return items(this)
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
    return batches(this, max)
  }

  /**
   * Blocks for one item per turn; ends after shutdown and drain. `timeout`, in milliseconds, is per item.
   *
   * @throws per item as `getWait`; WouldDeadlockError at once.
   */
  iterateWait(options?: WaitOptions): IterableIterator<T> {
    Handle.check(this)
    beforeBlocking('iterateWait', options)
    return blockingItems(this, options)
  }

  /** @internal */
  failures(): Failures {
    const ended = (verb: string, what: string) => shutDown(this, verb, what)
    return failuresOf(this, 'queue', ended, ended, verb => reasonOf(this, verb))
  }
}

registerQueue(Queue, HandleKind.Queue, Order.First)
