// An event loop on a background thread, from outside.
//
// Promises that work queues from the first moment, that a blocked caller is released within 100 ms when the loop's
// thread ends, and that `close` is one orderly end, whoever asks for it. What runs inside is `loop-worker.ts`; the
// worker thread itself, and whom it belongs to, is `worker-thread.ts`.

import { ExceptionGroup, invalidArgType, RunnerClosedError, ShutdownType, WouldDeadlockError } from './errors.js'
import { errandNumber, NEXT_ITERATION, type Note } from './errand.js'
import { Handle, HandleKind } from './handle.js'
import { pack, receive, runnerDied, unpack } from './hub.js'
import { assertMayBlock, currentLoop } from './loop.js'
import { native } from './native.js'
import { closeAsync, closeBlocking } from './runner-close.js'
import { BackgroundTask, createdAt } from './task.js'
import { checkObject, checkSignal, checkTimeout, checkWaitOptions, type WaitOptions } from './timeout.js'
import { checkTransfer, detach } from './transfer.js'
import { startWorker, type RunnerOptions } from './worker-thread.js'

export type { RunnerOptions, TaskFailure } from './worker-thread.js'

/** What `createTask` takes beside the function and its arguments. */
export interface TaskOptions {
  /** In errors and statistics; left out, the function's name. */
  name?: string
  /** Cancels the task when aborted; one that is aborted already makes a task that never starts. */
  signal?: AbortSignal
  /** The task is cancelled after so many milliseconds, and ends with EventLoopTimeoutError. */
  timeout?: number
  /** ArrayBuffers among the arguments that are detached on this side; their bytes are copied. */
  transfer?: readonly ArrayBuffer[]
}

/** A runner at one moment. */
export interface RunnerStatistics {
  /** Tasks that have been created and have not ended. */
  tasks: number
  /** What the loop has been told and has not looked at yet. */
  backlog: number
  isRunning: boolean
  /** The task whose code has run last and has not come back to the loop, as far as is known. */
  currentTask: string | undefined
}

/** An event loop on a background thread. */
export class AsyncRunner extends Handle implements Disposable, AsyncDisposable {
  /**
   * Returns at once; the loop starts in the background, and what it is given meanwhile waits for it.
   *
   * @throws TypeError `ERR_INVALID_ARG_TYPE`, RangeError `ERR_OUT_OF_RANGE`; no thread is started.
   */
  constructor(options: RunnerOptions = {}) {
    const checked = checkRunnerOptions(options)
    super(HandleKind.Runner, startWorker(checked))
    if (checked.debug) debugged.add(Handle.idOf(this))
  }

  /** Makes a runner, calls `body` with it, closes it, and returns (or resolves with) what `body` did. */
  static use<R>(body: (runner: AsyncRunner) => R, options?: RunnerOptions): R {
    if (typeof body !== 'function') throw invalidArgType('body', 'of type function', body, AsyncRunner.use)
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
    return loop && (Handle.revive(HandleKind.Runner, loop.runner) as AsyncRunner)
  }

  get name(): string {
    return native.runnerName(Handle.idOf(this))
  }

  /** Returns whether it takes work: from the constructor on until it is closed or its thread has ended. */
  get isRunning(): boolean {
    return stateOf(this)[0]! < 2
  }

  /** Returns whether this code runs on the runner's own loop. */
  get inRunnerLoop(): boolean {
    return currentLoop()?.runner === Handle.idOf(this)
  }

  /** Returns how it ended, or that it has not. */
  get shutdownType(): ShutdownType {
    return stateOf(this)[1] as ShutdownType
  }

  /** The time in milliseconds that `close` leaves for an orderly end. */
  get exitTimeout(): number {
    return stateOf(this)[3]!
  }

  set exitTimeout(milliseconds: number) {
    native.runnerSetTimeouts(Handle.idOf(this), required(milliseconds, 'exitTimeout'), this.callInLoopTimeout)
  }

  /** The timeout in milliseconds of blocking doors tied to this runner that are given none. */
  get callInLoopTimeout(): number {
    return stateOf(this)[4]!
  }

  set callInLoopTimeout(milliseconds: number) {
    native.runnerSetTimeouts(Handle.idOf(this), this.exitTimeout, required(milliseconds, 'callInLoopTimeout'))
  }

  /**
   * Returns at once: the loop will call `fn` with copies of `args`. `fn` is an inline function that captures nothing, or
   * a function of a `taskModule`.
   *
   * @throws CapturedVariableError, UncloneableError, RunnerClosedError, RunnerDiedError, TypeError
   *   `ERR_INVALID_ARG_TYPE`, RangeError `ERR_OUT_OF_RANGE`; no task is created and nothing is transferred.
   */
  createTask<A extends unknown[], R>(
    fn: (...args: A) => R,
    args?: NoInfer<A>,
    options?: TaskOptions,
  ): BackgroundTask<Awaited<R>> {
    return create(this, fn, args, options, undefined) as BackgroundTask<Awaited<R>>
  }

  /**
   * Blocks until the loop has run `fn`, and returns its result. On expiry and Ctrl-C the task is cancelled.
   *
   * @throws as `createTask` and `BackgroundTask.wait`.
   */
  run<A extends unknown[], R>(fn: (...args: A) => R, args?: NoInfer<A>, options?: WaitOptions): Awaited<R> {
    const timeout = checkWaitOptions(options)
    assertElsewhere(this, 'run')
    const task = this.createTask(fn, args)
    try {
      return task.wait({ timeout })
    } catch (error) {
      if (!task.done()) task.cancel()
      throw error
    }
  }

  /**
   * Blocks until the loop has called the plain function `fn`, and returns its result; called inline on the loop itself.
   * On expiry a call that has not begun never does.
   *
   * @throws as `run`.
   */
  callInLoop<A extends unknown[], R>(fn: (...args: A) => R, args?: NoInfer<A>, options?: WaitOptions): R {
    const timeout = checkWaitOptions(options)
    if (typeof fn !== 'function') throw invalidArgType('fn', 'of type function', fn, this.callInLoop)
    if (this.inRunnerLoop) return fn(...((args ?? []) as A))
    return awaitErrand(create(this, fn, args, undefined, { isPlain: true }), timeout) as R
  }

  /**
   * Blocks until the loop has come round once.
   *
   * @throws EventLoopTimeoutError, which names the task that holds the loop; as `run`.
   */
  waitForNextEventloopIteration(options?: WaitOptions): void {
    const timeout = checkWaitOptions(options)
    assertElsewhere(this, 'waitForNextEventloopIteration')
    awaitErrand(send(this, NEXT_ITERATION, 'next iteration', undefined, ''), timeout)
  }

  /**
   * Blocks until the runner has ended in order: cancels what is left, waits for its `finally` blocks up to
   * `exitTimeout` milliseconds, then forces. A second call is nothing.
   *
   * @throws ExceptionGroup of the errors of tasks that nobody has retrieved (the runner is closed all the same);
   *   WouldDeadlockError on its own loop, or on one that must not block.
   */
  close(): void {
    assertElsewhere(this, 'close')
    closeBlocking(Handle.idOf(this), this.name)
    throwFailures(this)
  }

  /**
   * Resolves when the runner has ended in order; see `close`. On its own loop it starts the close, and nobody is left to
   * hear of its end.
   *
   * @throws ExceptionGroup of the errors of tasks that nobody has retrieved.
   */
  async closeAsync(): Promise<void> {
    if (this.inRunnerLoop) {
      native.runnerClose(Handle.idOf(this))
      return
    }
    await closeAsync(Handle.idOf(this), this.name)
    throwFailures(this)
  }

  [Symbol.dispose](): void {
    this.close()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.closeAsync()
  }

  /** Returns numbers about it, all of about one moment. */
  statistics(): RunnerStatistics {
    const [phase, , , , , tasks, backlog] = stateOf(this) as [number, number, number, number, number, number, number]
    return { tasks, backlog, isRunning: phase < 2, currentTask: native.runnerCurrentTask(Handle.idOf(this)) }
  }
}

Handle.register(HandleKind.Runner, AsyncRunner)

function stateOf(runner: AsyncRunner): number[] {
  return native.runnerState(Handle.idOf(runner))
}

function assertElsewhere(runner: AsyncRunner, verb: string): void {
  if (runner.inRunnerLoop)
    throw new WouldDeadlockError(`${verb} on runner '${runner.name}' would wait for its own loop.`)
  assertMayBlock(verb)
}

/** Waits for an errand of the loop; one that times out is withdrawn. */
function awaitErrand(task: BackgroundTask<unknown>, timeout: number | undefined): unknown {
  try {
    return task.wait({ timeout })
  } catch (error) {
    task.cancel()
    throw error
  }
}

function create(
  runner: AsyncRunner,
  fn: Function,
  args: unknown,
  options: TaskOptions | undefined,
  more: Note | undefined,
) {
  if (typeof fn !== 'function') throw invalidArgType('fn', 'of type function', fn, runner.createTask)
  if (args !== undefined && !Array.isArray(args)) throw invalidArgType('args', 'an array', args, runner.createTask)
  if (more?.isPlain) assertElsewhere(runner, 'callInLoop')
  const number = errandNumber(fn)
  const name = options?.name ?? fn.name
  if (options === undefined && more === undefined && !debugged.has(Handle.idOf(runner))) {
    return send(runner, number, name, args, '')
  }
  return createWithOptions(runner, number, name, args, options ?? {}, more)
}

function createWithOptions(
  runner: AsyncRunner,
  number: number,
  name: string,
  args: unknown,
  options: TaskOptions,
  more: Note | undefined,
) {
  const { signal, timeout, transfer } = checkTaskOptions(options)
  const buffers = checkTransfer(transfer)
  const stack = debugged.has(Handle.idOf(runner)) ? stackAbove(runner.createTask) : undefined
  const note: Note = { ...more, ...(timeout === undefined ? {} : { timeout }), ...(stack && { createdAt: stack }) }
  const task = send(runner, number, name, args, Object.keys(note).length === 0 ? '' : noteText(note))
  if (stack !== undefined) createdAt(task, stack)
  detach(buffers)
  if (signal?.aborted) task.cancel()
  else if (signal !== undefined) cancelOn(signal, task)
  return task
}

function send(runner: AsyncRunner, number: number, name: string, args: unknown, note: string): BackgroundTask<unknown> {
  const packed = Array.isArray(args) && args.length > 0 ? pack(args, 'args') : undefined
  try {
    const id = native.taskCreate(Handle.idOf(runner), number, name, packed, note)
    if (id !== 0) return new BackgroundTask(id)
  } finally {
    unpack()
  }
  throw notRunning(runner)
}

function notRunning(runner: AsyncRunner): Error {
  const [phase, shutdown] = stateOf(runner)
  if (phase === 3 && shutdown === ShutdownType.UNKNOWN) return runnerDied(runner, 'createTask')
  return new RunnerClosedError(`Runner '${runner.name}' is closed.`)
}

function throwFailures(runner: AsyncRunner): void {
  const names = native.runnerFailures(Handle.idOf(runner))
  if (names.length === 0) return
  const errors = names.map(() => receive(native.failureTake()))
  throw new ExceptionGroup(
    errors,
    `${names.length} ${names.length === 1 ? 'task' : 'tasks'} of runner '${runner.name}' failed.`,
  )
}

/** The runners of this thread made with `debug: true`. */
const debugged = new Set<number>()

function noteText(note: Note): string {
  return JSON.stringify(note)
}

function stackAbove(above: Function): string {
  const holder = { stack: '' }
  Error.captureStackTrace(holder, above)
  return holder.stack.split('\n').slice(1).join('\n')
}

const tasksBySignal = new WeakMap<AbortSignal, { tasks: Set<BackgroundTask<unknown>>; sweepAt: number }>()

/** Cancels the task on abort: one listener per signal, however many tasks, and none of them kept once they have ended. */
function cancelOn(signal: AbortSignal, task: BackgroundTask<unknown>): void {
  let group = tasksBySignal.get(signal)
  if (group === undefined) {
    const { tasks } = (group = { tasks: new Set(), sweepAt: 64 })
    tasksBySignal.set(signal, group)
    signal.addEventListener('abort', () => tasks.forEach(each => each.cancel()), { once: true })
  }
  group.tasks.add(task)
  if (group.tasks.size < group.sweepAt) return
  for (const each of group.tasks) if (each.done()) group.tasks.delete(each)
  group.sweepAt = Math.max(64, group.tasks.size * 2)
}

function required(value: number, name: string): number {
  const checked = checkTimeout(value, name)
  if (checked === undefined) throw invalidArgType(name, 'of type number', value, required)
  return checked
}

function checkTaskOptions(options: TaskOptions): TaskOptions {
  const { name } = checkObject(options)
  if (name !== undefined && typeof name !== 'string') {
    throw invalidArgType('options.name', 'of type string', name, checkTaskOptions)
  }
  checkTimeout(options.timeout, 'options.timeout')
  checkSignal(options.signal, 'options.signal')
  return options
}

const flags = ['debug', 'logForcedShutdownStackTrace', 'allowBlocking'] as const

function checkRunnerOptions(options: RunnerOptions): RunnerOptions {
  checkObject(options)
  if (options.name !== undefined && typeof options.name !== 'string') {
    throw invalidArgType('options.name', 'of type string', options.name, AsyncRunner)
  }
  for (const flag of flags) {
    const value = options[flag]
    if (value !== undefined && typeof value !== 'boolean') {
      throw invalidArgType(`options.${flag}`, 'of type boolean', value, AsyncRunner)
    }
  }
  checkTimeout(options.exitTimeout, 'options.exitTimeout')
  checkTimeout(options.callInLoopTimeout, 'options.callInLoopTimeout')
  if (options.onTaskError !== undefined && typeof options.onTaskError !== 'function') {
    throw invalidArgType('options.onTaskError', 'of type function', options.onTaskError, AsyncRunner)
  }
  if (options.resourceLimits !== undefined) checkObject(options.resourceLimits, 'options.resourceLimits')
  return options
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as { then?: unknown } | undefined)?.then === 'function'
}

/** Closes after the body has failed; what the close throws, too, must not hide the body's error, nor be hidden. */
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
    await runner.closeAsync().catch((failure: unknown) => {
      throw withCause(failure, error)
    })
    throw error
  }
  await runner.closeAsync()
  return value
}

function withCause(failure: unknown, cause: unknown): unknown {
  if (!(failure instanceof ExceptionGroup))
    return new ExceptionGroup([failure], 'The runner failed to close.', { cause })
  return Object.defineProperty(failure, 'cause', { value: cause, configurable: true, writable: true })
}
