// Several runners under one name: each task goes to the one with the fewest.
//
// Promises that a loop is started when it is first needed, that a loop which has died is replaced before the next task,
// that one which is stuck gets a task only where all are, and that `close` is the end of all of them, with the errors of
// all.

import type { AsyncLocalStorage } from 'node:async_hooks'
import { inspect, type InspectOptions } from 'node:util'
import { followedBy } from '../methods.js'
import { checkCount, checkOptions, checkType, invalidArgType, invalidThis } from '../arguments.js'
import { refuseClones, type ourOwn } from '../brands.js'
import { createTask } from '../create-task.js'
import { RunnerClosedError } from '../errors.js'
import { fixed } from '../functions/errand.js'
import { closeAsync, closeBlocking } from '../maker/close.js'
import { runnerOptions } from '../maker/options.js'
import { Handle } from '../native/handle.js'
import { native } from '../native/native.js'
import { AsyncRunner, type RunnerOptions, type RunnerStatistics, type TaskOptions } from '../runner.js'
import { atCaller } from '../stack.js'
import { waitOrCancel, type BackgroundTask } from '../task.js'
import { checkTimeout, checkWaitOptions, type WaitOptions } from '../timeout.js'
import { bindContext, withStoresHere, type ContextOptions } from '../wait/contexts.js'
import { fetchFailures, poolGroup, type Failed } from '../wait/failures.js'
import { assertMayBlock } from '../wait/loop.js'
import { refuseKind } from '../wire/kinds.js'
import { mapAwaiting, mapBlocking, type Mapping } from './map.js'

/** What a pool is made with, beside the options of each of its runners. */
export interface RunnerPoolOptions extends RunnerOptions {
  /** How many loops it has at most; left out, as many as the machine has cores. */
  size?: number | undefined
  /** In errors and statistics; its runners are called `name-1`, `name-2` and so on. `pool` by default. */
  name?: string | undefined
}

/** How `map` and `mapWait` go about it. */
export interface MapOptions {
  /** How many items are begun and not yet handed on, at most; left out, as many as the pool has loops. */
  concurrency?: number | undefined
  /** Whether results come in the order of the items; true by default. If not, they come as they are ready. */
  ordered?: boolean | undefined
}

/** A pool at one moment. */
export interface RunnerPoolStatistics {
  /** How many loops it may have, and how many run. */
  size: number
  running: number
  /** Tasks that wait for their start, and tasks that have started and not ended, of all loops. */
  tasksQueued: number
  tasksRunning: number
  /** How many loops have died and were replaced. */
  replaced: number
  /** The same of each runner, with its name. */
  runners: (RunnerStatistics & { name: string })[]
}

const poolOptions = followedBy(['size'], runnerOptions)

function cores(): number {
  return (require('node:os') as typeof import('node:os')).availableParallelism()
}
const mapOptions = ['concurrency', 'ordered']
const mapWaitOptions = ['concurrency', 'ordered', 'timeout']

/** How a pool is shown, apart from its own methods. */
abstract class Shown {
  abstract readonly name: string
  abstract readonly size: number
  abstract readonly isRunning: boolean
  abstract statistics(): RunnerPoolStatistics

  /** @internal */
  [inspect.custom](depth: number, options: InspectOptions): string {
    if (depth < 0) return '[RunnerPool]'
    const { name, size, isRunning } = this
    const { running, tasksQueued, tasksRunning } = this.statistics()
    const state = isRunning ? 'running' : 'closed'
    return `RunnerPool ${inspect({ name, state, size, runners: running, tasks: tasksQueued + tasksRunning }, options)}`
  }
}

/**
 * Several event loops on background threads, for work that takes more than one core.
 *
 * @example
 * const pool = new RunnerPool({ size: 4 })
 * for await (const sum of pool.map(async file => (await import('./hash.js')).hash(file), files)) console.log(sum)
 * pool.close()
 */
export class RunnerPool extends Shown implements Disposable, AsyncDisposable {
  declare readonly [ourOwn]: true
  readonly #name: string
  readonly #size: number
  readonly #options: RunnerOptions
  #runners: AsyncRunner[] = []
  /** Those that have died: their errors, if nobody has seen them, come out of `close`. */
  #dead: AsyncRunner[] = []
  /** What each of its loops is told when it is started. */
  #bindings: ((runner: AsyncRunner) => void)[] = []
  #started = 0
  #isClosed = false

  /**
   * Returns at once; its loops are started as they are needed.
   *
   * @throws TypeError `ERR_INVALID_ARG_TYPE`, RangeError `ERR_OUT_OF_RANGE`; no thread is started.
   *
   * @example
   * using pool = new RunnerPool({ name: 'images', size: 4 })
   */
  constructor(options: RunnerPoolOptions = {}) {
    super()
    const { size = cores(), name = 'pool', ...runner } = checkOptions(options, poolOptions)
    this.#size = checkCount(size, 'options.size', 1)
    this.#name = checkType(name, 'options.name', 'string', RunnerPool)
    this.#options = withStoresHere(runner)
    refuseClones(this)
    this.#start() // What is wrong with the options is said now.
  }

  static #check(pool: RunnerPool): void {
    if (typeof pool !== 'object' || pool === null || !(#name in pool)) throw invalidThis()
  }

  get name(): string {
    RunnerPool.#check(this)
    return this.#name
  }

  /** Returns how many loops it has at most. */
  get size(): number {
    RunnerPool.#check(this)
    return this.#size
  }

  /** Returns whether it takes work: until it is closed. */
  get isRunning(): boolean {
    RunnerPool.#check(this)
    return !this.#isClosed
  }

  /**
   * Returns at once: the loop with the fewest tasks will call `fn` with copies of `args`; see `AsyncRunner.createTask`. A
   * loop that is stuck (`stuckAfter`), or blocked and has let a task wait for as long, is taken only where all are. Within
   * the task, `AsyncRunner.current` is that loop's runner, and tasks created by it stay on that loop.
   *
   * @throws as `AsyncRunner.createTask`; no task is created.
   */
  createTask<R>(fn: () => R, args?: readonly [], options?: TaskOptions): BackgroundTask<Awaited<R>>
  createTask<A extends unknown[], R>(
    fn: (...args: A) => R,
    args: readonly [...A],
    options?: TaskOptions,
  ): BackgroundTask<Awaited<R>>
  createTask(fn: Function, args?: readonly unknown[], options?: TaskOptions): BackgroundTask<unknown> {
    RunnerPool.#check(this)
    checkType(fn, 'fn', 'function', this.createTask)
    return createTask(this.#next(), fn, args, options)
  }

  /**
   * Blocks until the loop with the fewest tasks has run `fn`, and returns its result; see `AsyncRunner.run`.
   *
   * @throws as `createTask` and `BackgroundTask.wait`; on expiry the task is cancelled.
   */
  run<R>(fn: () => R, args?: readonly [], options?: WaitOptions): Awaited<R>
  run<A extends unknown[], R>(fn: (...args: A) => R, args: readonly [...A], options?: WaitOptions): Awaited<R>
  run(fn: Function, args?: readonly unknown[], options?: WaitOptions): unknown {
    RunnerPool.#check(this)
    const timeout = checkWaitOptions(options)
    checkType(fn, 'fn', 'function', this.run)
    assertMayBlock('run')
    return waitOrCancel(createTask(this.#next(), fn, args), timeout, 'run', this.run)
  }

  /**
   * Resolves with `fn` of one item after the other, as an async iterable: each item is a task of its own. `items` may be
   * iterated asynchronously. Nothing begins before the first result is asked for, and then no more than `concurrency`
   * items are begun and not yet handed on.
   *
   * The first error cancels the other tasks, waits for their cleanup, up to `exitTimeout` milliseconds, and is thrown;
   * if `ordered`, the results before it come first, and only what is behind it is cancelled. All errors of the map's
   * tasks count as seen. Leaving the loop early cancels and waits likewise.
   *
   * @throws at once, as `createTask` for the function, TypeError `ERR_INVALID_ARG_TYPE`, RangeError `ERR_OUT_OF_RANGE`:
   *   no item is taken. Later, what a task throws, what `items` throws, UncloneableError for an item.
   *
   * @example
   * for await (const page of pool.map(async url => (await fetch(url)).text(), urls, { ordered: false })) index(page)
   */
  map<T, R>(
    fn: (item: T) => R,
    items: Iterable<T> | AsyncIterable<T>,
    options?: MapOptions,
  ): AsyncIterableIterator<Awaited<R>>
  map(fn: Function, items: object, options?: MapOptions): AsyncIterableIterator<unknown> {
    RunnerPool.#check(this)
    const mapping = this.#mapping(fn, options, this.map, mapOptions)
    const ofAsync: unknown = (items as Partial<AsyncIterable<unknown>> | null | undefined)?.[Symbol.asyncIterator]
    const begin =
      typeof ofAsync === 'function' ? ofAsync : iteratorOf(items, 'an iterable or an async iterable', this.map)
    return mapAwaiting(Reflect.apply(begin, items, []) as Iterator<unknown>, mapping)
  }

  /**
   * As `map`, for a thread that blocks: an iterable whose every step blocks until the next result is there. `timeout`, in
   * milliseconds, is per result; left out, the `callInLoopTimeout` of the pool's options.
   *
   * @throws as `map`; EventLoopTimeoutError, WouldDeadlockError, InterruptedError: the tasks are cancelled.
   *
   * @example
   * for (const { name, size } of pool.mapWait(tasks.compress, files)) bar.advance(name, size)
   */
  mapWait<T, R>(
    fn: (item: T) => R,
    items: Iterable<T>,
    options?: MapOptions & WaitOptions,
  ): IterableIterator<Awaited<R>>
  mapWait(fn: Function, items: object, options?: MapOptions & WaitOptions): IterableIterator<unknown> {
    RunnerPool.#check(this)
    const mapping = this.#mapping(fn, options, this.mapWait, mapWaitOptions)
    const begin = iteratorOf(items, 'an iterable', this.mapWait)
    assertMayBlock('mapWait')
    return mapBlocking(Reflect.apply(begin, items, []) as Iterator<unknown>, mapping)
  }

  #mapping(fn: Function, options: MapOptions & WaitOptions = {}, above: Function, known: string[]): Mapping {
    checkType(fn, 'fn', 'function', above)
    const {
      concurrency = this.#size,
      ordered = true,
      timeout = this.#options.callInLoopTimeout ?? Infinity,
    } = checkOptions(options, known)
    checkCount(concurrency, 'options.concurrency', 1)
    checkType(ordered, 'options.ordered', 'boolean', above)
    checkTimeout(timeout, 'options.timeout')
    this.#assertOpen()
    const what = fixed(fn)
    const create = (item: unknown) => createTask(this.#next(), what, [item])
    return { create, concurrency, ordered, timeout, exitTimeout: this.#options.exitTimeout ?? 1000, pool: this.#name }
  }

  /**
   * Blocks until all loops have ended in order; see `AsyncRunner.close`. A second call does nothing.
   *
   * @throws ExceptionGroup of the errors of tasks that nobody has retrieved, of all loops: the pool is closed all the
   *   same; WouldDeadlockError on a loop that must not block.
   */
  close(): void {
    RunnerPool.#check(this)
    assertMayBlock('close')
    const unseen: Unseen = { failures: [], others: [] }
    for (const runner of this.#allBegunToClose()) {
      try {
        closeBlocking(Handle.idOf(runner), runner.name)
        unseen.failures.push(...failuresOf(runner))
      } catch (error) {
        unseen.others.push(error)
      }
    }
    this.#throwAll(unseen)
  }

  /**
   * Resolves when all loops have ended in order; see `close`.
   *
   * @throws ExceptionGroup of the errors of tasks that nobody has retrieved.
   */
  async closeAsync(): Promise<void> {
    RunnerPool.#check(this)
    const unseen: Unseen = { failures: [], others: [] }
    const closed = this.#allBegunToClose().map(async runner => {
      await closeAsync(Handle.idOf(runner), runner.name)
      return failuresOf(runner)
    })
    for (const result of await Promise.allSettled(closed)) {
      if (result.status === 'fulfilled') unseen.failures.push(...result.value)
      else unseen.others.push(result.reason)
    }
    this.#throwAll(unseen)
  }

  [Symbol.dispose](): void {
    RunnerPool.#check(this)
    this.close()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    RunnerPool.#check(this)
    await this.closeAsync()
  }

  /** Returns numbers about it. */
  statistics(): RunnerPoolStatistics {
    RunnerPool.#check(this)
    const runners = this.#runners.map(runner => ({ name: runner.name, ...runner.statistics() }))
    const sum = (read: (runner: RunnerStatistics) => number) =>
      runners.reduce((total, runner) => total + read(runner), 0)
    return {
      size: this.#size,
      running: sum(({ isRunning }) => Number(isRunning)),
      tasksQueued: sum(({ tasksQueued }) => tasksQueued),
      tasksRunning: sum(({ tasksRunning }) => tasksRunning),
      replaced: this.#dead.length,
      runners,
    }
  }

  /** Returns the runner for the next task. A stuck one has the greater burden, however many tasks the others have. */
  #next(): AsyncRunner {
    this.#assertOpen()
    let best: AsyncRunner | undefined
    let least = Infinity
    let hasDead = false
    for (const runner of this.#runners) {
      const burden = native.runnerBurden(Handle.idOf(runner))
      if (burden < 0) hasDead = true
      else if (burden < least) {
        best = runner
        least = burden
      }
    }
    if (hasDead) this.#dropDead()
    return best === undefined || (least > 0 && this.#runners.length < this.#size) ? this.#start() : best
  }

  /**
   * Returns at once: does for each of its loops, also for those that are started later, what `runner.bindContext` does.
   *
   * @throws as `runner.bindContext`.
   */
  bindContext(storage: AsyncLocalStorage<any>, options?: ContextOptions): void {
    RunnerPool.#check(this)
    const bind = (runner: AsyncRunner) => bindContext(Handle.idOf(runner), storage, options, this.bindContext)
    for (const runner of this.#runners) bind(runner)
    this.#bindings.push(bind)
  }

  #dropDead(): void {
    for (const runner of this.#runners) if (!runner.isRunning) this.#dead.push(runner)
    this.#runners = this.#runners.filter(runner => runner.isRunning)
  }

  #start(): AsyncRunner {
    const runner = new AsyncRunner({ ...this.#options, name: `${this.#name}-${this.#started + 1}` })
    this.#started++
    for (const bind of this.#bindings) bind(runner)
    this.#runners.push(runner)
    return runner
  }

  #assertOpen(): void {
    if (this.#isClosed) throw new RunnerClosedError(`Pool '${this.#name}' is closed.`)
  }

  /** All are told before the first is waited for. */
  #allBegunToClose(): AsyncRunner[] {
    this.#isClosed = true
    const all = [...this.#dead, ...this.#runners]
    for (const runner of all) native.runnerClose(Handle.idOf(runner))
    return all
  }

  #throwAll({ failures, others }: Unseen): void {
    if (failures.length + others.length === 0) return
    throw atCaller(poolGroup(failures, others, this.#name, this.#throwAll))
  }
}

/** What a close throws: what nobody has asked for, and what kept it from waiting for the end of a loop. */
interface Unseen {
  readonly failures: Failed[]
  readonly others: unknown[]
}

function failuresOf(runner: AsyncRunner): Failed[] {
  return fetchFailures(native.runnerFailures(Handle.idOf(runner)))
}

refuseKind(RunnerPool.prototype, 'a RunnerPool, which belongs to the thread that made it')

function iteratorOf(items: unknown, expected: string, above: Function): () => Iterator<unknown> {
  const begin: unknown = (items as Partial<Iterable<unknown>> | null | undefined)?.[Symbol.iterator]
  if (typeof begin === 'function') return begin as () => Iterator<unknown>
  throw invalidArgType('items', expected, items, above)
}
