// An event loop on a background thread, from outside.
//
// Promises that work queues from the first moment, that a blocked caller is released within 100 ms when the loop's
// thread ends, and that `close` is one orderly end, however often and from wherever it is called. What runs inside is
// `loop/worker.ts`; the worker thread, and what its maker does for it, is `maker/thread.ts`.

import type { AsyncLocalStorage } from 'node:async_hooks'
import { isA } from './methods.js'
import { checkType, isThenable } from './arguments.js'
import { checkTaskOptions, createErrand, createTask, type TaskOptions } from './create-task.js'
import { ExceptionGroup, InvalidStateError, ShutdownType } from './errors.js'
import { Handle, HandleKind } from './native/handle.js'
import { bindContext, type ContextOptions } from './wait/contexts.js'
import { exceptionGroup, fetchFailures } from './wait/failures.js'
import { currentLoop } from './wait/loop.js'
import { reasonOf } from './wait/abort.js'
import { assertElsewhere } from './wait/runner-handle.js'
import { native, runnerLoad, runnerState, type RunnerState } from './native/native.js'
import { Phase } from './native/protocol.js'
import { closeAsync, closeBlocking } from './maker/close.js'
import { atCaller } from './stack.js'
import { waitOrCancel, type BackgroundTask } from './task.js'
import { checkTimeout, checkWaitOptions, type WaitOptions } from './timeout.js'
import { noticeEnd } from './maker/let-go.js'
import { keepAlive } from './maker/thread.js'
import { prewarm, startRunner } from './maker/prewarm.js'
import { checkRunnerOptions, type RunnerOptions } from './maker/options.js'

export type { TaskOptions } from './create-task.js'
export type { RunnerOptions, StuckReport, TaskFailure } from './maker/options.js'

/** What `run` and `callInLoop` take: what `createTask` does, but `timeout` is that of the wait. */
export interface RunOptions extends Omit<TaskOptions, 'timeout'>, WaitOptions {}

const defaults: object = Object.freeze({ __proto__: null } as object)

/** A runner at one moment. */
export interface RunnerStatistics {
  isRunning: boolean
  /** Tasks that wait for their start, and tasks that have started and not ended. */
  tasksQueued: number
  tasksRunning: number
  /**
   * What the loop does: it is starting, it runs or is idle, it sleeps in a blocking call (and `blockedBy` says for what), it
   * is stuck, or it has ended.
   */
  loop: 'starting' | 'running' | 'blocked' | 'stuck' | 'ended'
  blockedBy: string
  /** For how many milliseconds, at least, the loop has not come round; 0 where it is not stuck (`stuckAfter`). */
  stuckFor: number
  /** The task that holds the loop, or several of which one does; empty where the loop is free. */
  heldBy: string[]
  /** What the loop has been told and has not looked at yet, and for how many milliseconds it has not looked. */
  backlog: number
  loopLag: number
  /** Waits, on all threads, for its tasks and for the primitives made for it. */
  waiters: number
  /** Bytes, about, of the items in its queues. */
  bytesQueued: number
}

/**
 * An event loop on a background thread. One that is never closed ends some time after the last object of it was
 * collected, when its loop has nothing left that would keep a loop alive; with `debug` that is printed.
 *
 * @example
 * const runner = new AsyncRunner({ name: 'files' })
 * const text = runner.run(async name => (await import('node:fs/promises')).readFile(name, 'utf8'), ['package.json'])
 * runner.close()
 * console.log(text.length)
 */
export class AsyncRunner extends Handle implements Disposable, AsyncDisposable {
  /**
   * Returns at once; the loop starts in the background, and what it is given meanwhile waits for it.
   *
   * @throws TypeError `ERR_INVALID_ARG_TYPE`, RangeError `ERR_OUT_OF_RANGE`; no thread is started.
   */
  constructor(options: RunnerOptions = defaults) {
    const checked = checkRunnerOptions(options, AsyncRunner)
    super(HandleKind.Runner, startRunner(checked))
    noticeEnd(this)
  }

  /**
   * Returns at once: from now on `n` loops are kept ready on this thread, so that a runner made without `name`,
   * `resourceLimits`, `env`, `argv`, `execArgv` and `stdout` takes one instead of starting a thread; the next is then started in the background. `prewarm(0)`
   * lets them go. Returns how many are ready now; without `n` that is all it does.
   *
   * A loop that is ready takes memory as a runner's does. It keeps no process alive, and ends with this thread.
   *
   * @throws TypeError `ERR_INVALID_ARG_TYPE`, RangeError `ERR_OUT_OF_RANGE`; nothing has changed.
   */
  static prewarm(n?: number): number {
    return prewarm(n)
  }

  /** Makes a runner, calls `body` with it, closes it, and returns (or resolves with) what `body` did. */
  static use<R>(body: (runner: AsyncRunner) => R, options?: RunnerOptions): R {
    checkType(body, 'body', 'function', AsyncRunner.use)
    const runner = new AsyncRunner(options)
    let result: R
    try {
      result = body(runner)
    } catch (error) {
      closeAfter(error, () => runner.close())
      throw error
    }
    if (isThenable(result)) return useAsync(runner, result) as R
    runner.close()
    return result
  }

  /** Returns, inside a task, its runner; elsewhere undefined. */
  static get current(): AsyncRunner | undefined {
    const loop = currentLoop()
    return loop && (loop.own as AsyncRunner)
  }

  get name(): string {
    return native.runnerName(Handle.idOf(this))
  }

  /** Returns whether it takes work: from the constructor on until it is closed or its thread has ended. */
  get isRunning(): boolean {
    return stateOf(this).isRunning
  }

  /** Returns whether this code runs on the runner's own loop. */
  get inRunnerLoop(): boolean {
    return currentLoop()?.runner === Handle.idOf(this)
  }

  /** Returns how it ended, or that it has not. */
  get shutdownType(): ShutdownType {
    return stateOf(this).shutdownType
  }

  /** The time in milliseconds that `close` leaves for an orderly end. */
  get exitTimeout(): number {
    return stateOf(this).exitTimeout
  }

  set exitTimeout(milliseconds: number) {
    native.runnerSetTimeouts(Handle.idOf(this), required(milliseconds, 'exitTimeout'), this.callInLoopTimeout)
  }

  /** The timeout in milliseconds of blocking doors tied to this runner that are given none. */
  get callInLoopTimeout(): number {
    return stateOf(this).callInLoopTimeout
  }

  set callInLoopTimeout(milliseconds: number) {
    native.runnerSetTimeouts(Handle.idOf(this), this.exitTimeout, required(milliseconds, 'callInLoopTimeout'))
  }

  /**
   * Returns at once: the loop will call `fn` with copies of `args`. `fn` is an inline function that captures nothing, or
   * a function of a `taskModule`.
   *
   * @throws CapturedVariableError, UncloneableError, RunnerClosedError, RunnerDiedError, InvalidStateError where a module
   *   creates tasks of itself as a loop imports it, TypeError
   *   `ERR_INVALID_ARG_TYPE`, RangeError `ERR_OUT_OF_RANGE`; no task is created and nothing is transferred.
   */
  createTask<R>(fn: () => R, args?: readonly [], options?: TaskOptions): BackgroundTask<Awaited<R>>
  createTask<A extends unknown[], R>(
    fn: (...args: A) => R,
    args: readonly [...A],
    options?: TaskOptions,
  ): BackgroundTask<Awaited<R>>
  createTask(fn: Function, args?: readonly unknown[], options?: TaskOptions): BackgroundTask<unknown> {
    return createTask(this, fn, args, options)
  }

  /**
   * Blocks until the loop has run `fn`, and returns its result. On expiry and Ctrl-C the task is cancelled, and where
   * `signal` is aborted: with one that is aborted already, the task never starts.
   *
   * @throws as `createTask` and `BackgroundTask.wait`; `signal.reason`, when the signal has cancelled the task.
   */
  run<R>(fn: () => R, args?: readonly [], options?: RunOptions): Awaited<R>
  run<A extends unknown[], R>(fn: (...args: A) => R, args: readonly [...A], options?: RunOptions): Awaited<R>
  run(fn: Function, args?: readonly unknown[], options?: RunOptions): unknown {
    const { timeout, ...asked } = checkTaskOptions(options ?? defaults)
    assertElsewhere(this, 'run')
    const task = createTask(this, fn, args, options && asked, undefined, true)
    return outcomeOf(task, asked.signal, () => waitOrCancel(task, timeout, 'run', this.run))
  }

  /**
   * Blocks until the loop has called the plain function `fn`, and returns its result; called inline on the loop itself.
   * On expiry a call that has not begun never does.
   *
   * @throws as `run`.
   */
  callInLoop<R>(fn: () => R, args?: readonly [], options?: RunOptions): R
  callInLoop<A extends unknown[], R>(fn: (...args: A) => R, args: readonly [...A], options?: RunOptions): R
  callInLoop(fn: Function, args: readonly unknown[] = [], options?: RunOptions): unknown {
    Handle.check(this)
    const { timeout, ...asked } = checkTaskOptions(options ?? defaults)
    checkType(fn, 'fn', 'function', this.callInLoop)
    if (this.inRunnerLoop) return Reflect.apply(fn, undefined, args)
    assertElsewhere(this, 'callInLoop')
    const task = createTask(this, fn, args, options && asked, { isPlain: true }, true)
    return outcomeOf(task, asked.signal, () => waitOrCancel(task, timeout, 'callInLoop', this.callInLoop))
  }

  /**
   * Blocks until the loop has come round once.
   *
   * @throws EventLoopTimeoutError, which names the task that holds the loop; as `run`.
   */
  waitForNextEventloopIteration(options?: WaitOptions): void {
    const timeout = checkWaitOptions(options)
    assertElsewhere(this, 'waitForNextEventloopIteration')
    waitOrCancel(createErrand(this), timeout, 'waitForNextEventloopIteration', this.waitForNextEventloopIteration)
  }

  /**
   * Blocks until the runner has ended in order: cancels what is left, waits for its `finally` blocks up to
   * `exitTimeout` milliseconds, then forces. A second call does nothing.
   *
   * @throws ExceptionGroup of the errors of tasks that nobody has retrieved, and of a RunnerDiedError where the loop has
   *   ended by itself and nobody was told (the runner is closed all the same); WouldDeadlockError on its own loop, or on
   *   one that must not block.
   */
  close(): void {
    assertElsewhere(this, 'close')
    closeBlocking(Handle.idOf(this), this.name)
    throwFailures(this)
  }

  /**
   * Resolves when the runner has ended in order; see `close`. On its own loop it starts the close and resolves at once:
   * no code is left there to see the end.
   *
   * @throws ExceptionGroup of the errors of tasks that nobody has retrieved.
   */
  async closeAsync(): Promise<void> {
    Handle.check(this)
    if (this.inRunnerLoop) {
      native.runnerClose(Handle.idOf(this))
      return
    }
    await closeAsync(Handle.idOf(this), this.name)
    throwFailures(this)
  }

  [Symbol.dispose](): void {
    Handle.check(this)
    this.close()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    Handle.check(this)
    await this.closeAsync()
  }

  /**
   * Returns at once: from now on this runner, as long as it is open, keeps the process alive, whether it is idle or busy.
   * Without that an open runner does not; a pending awaiting call does. Does nothing where the runner has ended.
   *
   * @throws InvalidStateError on another thread than the one that made the runner; nothing has changed.
   * @example
   * runner.createTask(sendMails)
   * runner.ref() // The program goes on until it has closed the runner, or called unref().
   */
  ref(): void {
    keep(this, true)
  }

  /**
   * Returns at once: this runner does not keep the process alive any more. That is how each begins; see `ref`.
   *
   * @throws as `ref`.
   */
  unref(): void {
    keep(this, false)
  }

  /**
   * Returns at once: from now on, each task that code of this thread creates for this runner gets a copy of the store which
   * that code has in `storage` then; `run`, `callInLoop`, and the tasks that such a task creates included. In the task,
   * `boundContext(name).getStore()` gives it.
   *
   * @throws TypeError `ERR_INVALID_ARG_TYPE`, also where the storage has no name; `ERR_INVALID_ARG_VALUE` where another
   *   storage of this thread has the name, or an option does not exist. A store that cannot cross is refused with
   *   UncloneableError where a task is created.
   *
   * @example
   * import { AsyncLocalStorage } from 'node:async_hooks'
   *
   * const requests = new AsyncLocalStorage<{ id: number }>()
   * runner.bindContext(requests, { name: 'requests' })
   * requests.run({ id: 7 }, () => runner.run(() => console.log(boundContext('requests').getStore()))) // { id: 7 }
   */
  bindContext(storage: AsyncLocalStorage<any>, options?: ContextOptions): void {
    bindContext(Handle.idOf(this), storage, options, this.bindContext)
  }

  /** Returns numbers about it, all of about one moment. */
  statistics(): RunnerStatistics {
    const id = Handle.idOf(this)
    const { 0: condition, 1: stuckFor, 3: blockedBy } = native.runnerCondition(id)
    const heldBy = native.runnerHolders(id)
    return { isRunning: this.isRunning, ...runnerLoad(id), loop: conditions[condition], blockedBy, stuckFor, heldBy }
  }
}

/** What a loop does, in the order of the core's numbers for it. */
const conditions = ['starting', 'running', 'blocked', 'stuck', 'ended'] as const

Handle.register(HandleKind.Runner, AsyncRunner, runner => {
  const { tasksQueued, tasksRunning } = runnerLoad(Handle.idOf(runner))
  return { fields: { name: runner.name, state: lifeOf(runner), tasks: tasksQueued + tasksRunning } }
})

/** @internal How far a runner's life has come, in a word or two. */
export function lifeOf(runner: Handle): string {
  const { phase, shutdownType, isUp } = runnerState(Handle.idOf(runner))
  if (phase === Phase.Closing) return 'closing'
  if (phase !== Phase.Ended) return isUp ? 'running' : 'starting'
  if (shutdownType === ShutdownType.UNKNOWN) return 'died'
  return shutdownType === ShutdownType.STOPPED ? 'closed' : 'stopped by force'
}

function stateOf(runner: AsyncRunner): RunnerState {
  return runnerState(Handle.idOf(runner))
}

/** Returns what the wait for a task does. What has cancelled the task is thrown by the caller's name for it. */
function outcomeOf(task: BackgroundTask<unknown>, signal: AbortSignal | undefined, wait: () => unknown): unknown {
  if (signal === undefined) return wait()
  try {
    return wait()
  } catch (error) {
    if (signal.aborted && task.cancelled()) throw reasonOf(signal)
    throw error
  }
}

function throwFailures(runner: AsyncRunner): void {
  const failures = fetchFailures(native.runnerFailures(Handle.idOf(runner)))
  if (failures.length > 0) throw atCaller(exceptionGroup(failures, runner.name, throwFailures))
}

function keep(runner: AsyncRunner, isKept: boolean): void {
  if (keepAlive(Handle.idOf(runner), isKept) || !runner.isRunning) return
  const verb = isKept ? 'ref' : 'unref'
  throw atCaller(new InvalidStateError(`${verb} on runner '${runner.name}' is for the thread that made it.`))
}

function required(value: number, name: string): number {
  checkTimeout(value, name)
  return checkType(value, name, 'number', required)
}

/** Closes after the body has failed. If the close throws, too, its error has that of the body as its cause. */
function closeAfter(error: unknown, close: () => void): void {
  try {
    close()
  } catch (failure) {
    throw withCause(failure, error)
  }
}

async function useAsync(runner: AsyncRunner, result: PromiseLike<unknown>): Promise<unknown> {
  let value: unknown
  try {
    value = await result
  } catch (error) {
    try {
      await runner.closeAsync()
    } catch (failure) {
      throw withCause(failure, error)
    }
    throw error
  }
  await runner.closeAsync()
  return value
}

function withCause(failure: unknown, cause: unknown): unknown {
  if (!isA(failure, ExceptionGroup)) return new ExceptionGroup([failure], 'The runner failed to close.', { cause })
  return Object.defineProperty(failure, 'cause', { value: cause, configurable: true, writable: true })
}
