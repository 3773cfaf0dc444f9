// A task from outside: wait for it, look at it, cancel it.
//
// Promises that a wait which times out consumes nothing, that every wait sees the same outcome, and that a cancel
// before the start is never lost. The task's own view is `current-task.ts`.

import { checkMaker } from './arguments.js'
import { isOne } from './brands.js'
import { cancellationOf, ForcedThreadShutdown, InterruptedError, ShutdownType } from './errors.js'
import { resultOf } from './future.js'
import { resultOpOf, type SelectOp } from './wait/select.js'
import { Handle, HandleKind, type Looks } from './native/handle.js'
import { afterBlocking, awaits, beforeBlocking, beginsToBlock } from './wait/doors.js'
import { sending } from './wire/payload.js'
import { leniently } from './wire/wire.js'
import { causeIn, runnerDied, runnerOf, timedOut, type Failures } from './wait/outcome.js'
import { expired } from './wait/scope.js'
import { tellIfEnded } from './wait/traced.js'
import { native, runnerState } from './native/native.js'
import { countCancel } from './serving/blocking.js'
import { Door, End, FutureState } from './native/protocol.js'
import type { AwaitOptions, WaitOptions } from './timeout.js'

/** Where debug runners' tasks were created. */
const creationStacks = new WeakMap<BackgroundTask<unknown>, string>()

/** @internal Remembers where a task was created. */
export function createdAt(task: BackgroundTask<unknown>, stack: string): void {
  creationStacks.set(task, stack)
}

/**
 * A function running on a runner's loop. Made by `runner.createTask`.
 *
 * @example
 * const task = runner.createTask(async (a, b) => a + b, [1, 2])
 * console.log(task.wait()) // or `await task.result()`; the task itself is no promise
 */
export class BackgroundTask<R> extends Handle {
  /** @internal */
  constructor(by: unknown, id: number, kind: HandleKind = HandleKind.Task) {
    checkMaker(by, 'BackgroundTask', 'createTask of a runner, a pool or a server')
    super(kind, id)
  }

  /** Returns the name given to it, or that of its function. */
  get name(): string {
    return native.taskName(Handle.idOf(this))
  }

  /**
   * Blocks until the task has ended, and returns its result; as often as you like. `timeout` is in milliseconds; left
   * out, the runner's `callInLoopTimeout`. Ctrl-C cancels the task, waits for its cleanup and then throws.
   *
   * @throws the task's error; CancelledError, EventLoopTimeoutError (the task goes on), RunnerDiedError,
   *   ForcedThreadShutdown, WouldDeadlockError, InterruptedError.
   */
  wait(options?: WaitOptions): R {
    Handle.check(this)
    return block(this, beforeBlocking('wait', options), 'wait', this.wait) as R
  }

  /**
   * Resolves with the task's result.
   *
   * @throws the task's error; CancelledError, EventLoopTimeoutError (the task goes on), `signal.reason` (the task goes
   *   on), RunnerDiedError, ForcedThreadShutdown.
   */
  result(options?: AwaitOptions): Promise<R> {
    return awaits(this, 'result', options, resultOf)
  }

  /**
   * Returns the wait for its result as one of several that `select` may take; nothing happens before. An error of the
   * task counts as seen only if it is the one taken.
   */
  resultOp(): SelectOp<R> {
    return resultOpOf(this)
  }

  /** Returns whether it has ended, with its result, an error or by cancellation. */
  done(): boolean {
    return native.futureState(Handle.idOf(this)) !== FutureState.Pending
  }

  /**
   * Returns at once: a task that has not started never will; in one that has, `currentTask().signal` aborts and the
   * wait it is in, or else its next one, rejects with CancelledError. A call after that does the same again, also to a
   * wait of its cleanup; one before does nothing more.
   */
  cancel(): void {
    countCancel()
    native.taskCancel(Handle.idOf(this))
  }

  /**
   * Returns whether it has ended by being cancelled itself. One that has ended by the CancelledError of another task, or
   * of a future, has failed with that error.
   */
  cancelled(): boolean {
    return native.futureState(Handle.idOf(this)) === FutureState.Cancelled
  }

  /** @internal */
  failures(): Failures {
    return {
      what: () => `task '${this.name}'`,
      timedOut: (verb, timeout) =>
        timedOut(this, `${verb} on task '${this.name}'`, timeout, undefined, creationOf(this)),
      ended: (verb, end) => ended(this, verb, end),
      cancelled: () => cancelled(this),
    }
  }
}

Handle.register(HandleKind.Task, BackgroundTask, looksOf)

/** @internal How a task is shown. */
export function looksOf(task: BackgroundTask<unknown>): Looks {
  const fields = { name: task.name, state: stateOf(task), runner: runnerOf(task)?.name }
  return { fields, hint: 'await task.result()' }
}

function stateOf(task: BackgroundTask<unknown>): string {
  switch (native.futureState(Handle.idOf(task))) {
    case FutureState.Pending:
      return native.taskIsStarted(Handle.idOf(task)) ? 'running' : 'queued'
    case FutureState.Value:
      return 'done'
    case FutureState.Cancelled:
      return 'cancelled'
    default:
      return 'failed'
  }
}

/** Blocks for a task's result. `timeout` is in milliseconds, -1 left out; `above` is the function the user called. */
function block(task: BackgroundTask<unknown>, timeout: number, verb: string, above: Function): unknown {
  beginsToBlock()
  const value = resultOf(Handle.idOf(task), Door.Block, timeout)
  try {
    const result = afterBlocking(value, task, verb, timeout, above)
    tellIfEnded(task)
    return result
  } catch (error) {
    tellIfEnded(task, error)
    if (isOne(error, InterruptedError)) cleanUp(task)
    throw error
  }
}

/**
 * @internal Blocks for the result of a task that others wait for, too: Ctrl-C ends this wait, and the task goes on. `what` is
 * what the wait is called in errors.
 */
export function blockFor<R>(task: BackgroundTask<R>, timeout: number, what: string): R {
  const milliseconds = beforeBlocking(what, { timeout })
  const value = resultOf(Handle.idOf(task), Door.Block, milliseconds)
  try {
    const result = afterBlocking(value, task, what, milliseconds, blockFor) as R
    tellIfEnded(task)
    return result
  } catch (error) {
    tellIfEnded(task, error)
    throw error
  }
}

/** @internal Blocks for the result of a task that only the caller knows; if the wait fails, the task is cancelled. */
export function waitOrCancel(
  task: BackgroundTask<unknown>,
  timeout: number | undefined,
  verb: string,
  above: Function,
): unknown {
  try {
    return block(task, timeout ?? -1, verb, above)
  } catch (error) {
    // After Ctrl-C it has been cancelled, and the time for its cleanup is over.
    abandon(task, !isOne(error, InterruptedError))
    throw error
  }
}

/**
 * @internal Says that nobody can ask for a task's outcome any more: what it fails with from now on is told by `onTaskError`
 * or as a warning, and not by `close`. `cancels`: it is cancelled, too, unless it has ended.
 */
export function abandon(task: BackgroundTask<unknown>, cancels = true): void {
  if (cancels && !task.done()) task.cancel()
  native.taskGiveUp(Handle.idOf(task))
}

/**
 * @internal After Ctrl-C: cancels the task and blocks until it has cleaned up, a second Ctrl-C comes, or the runner's
 * `exitTimeout` is over. `wait` blocks for so many milliseconds for the task's end.
 */
export function cleanUp(task: BackgroundTask<unknown>, wait = waitFor(task)): void {
  const runner = runnerOf(task)
  const exitTimeout = runner === undefined ? 0 : runnerState(Handle.idOf(runner)).exitTimeout
  task.cancel()
  try {
    wait('wait', exitTimeout)
  } catch {
    // The caller throws what ended the wait before.
  }
}

/** Waits without `block`, which would answer a second Ctrl-C with another cleanup. */
function waitFor(task: BackgroundTask<unknown>) {
  return (verb: string, timeout: number): void => {
    const value = resultOf(Handle.idOf(task), Door.Block, timeout)
    afterBlocking(value, task, verb, timeout, cleanUp)
  }
}

function creationOf(task: BackgroundTask<unknown>): string {
  const stack = creationStacks.get(task)
  return stack === undefined ? '' : `\nThe task was created at:\n${stack}`
}

/** What the signals that have cancelled tasks were aborted with, on the thread that has these very values. */
const reasons = new WeakMap<BackgroundTask<unknown>, { readonly reason: unknown }>()

/** @internal Says what the signal was aborted with that is about to cancel a task. */
export function keepReason(task: BackgroundTask<unknown>, reason: unknown): void {
  reasons.set(task, { reason })
  sending(reason, 'error', packed => native.taskSetReason(Handle.idOf(task), packed), leniently)
}

/** That reason as an option of an error; none where the task was cancelled otherwise. */
function causeOf(task: BackgroundTask<unknown>): ErrorOptions | undefined {
  const kept = reasons.get(task)
  return kept === undefined ? causeIn(native.taskReason(Handle.idOf(task))) : { cause: kept.reason }
}

function cancelled(task: BackgroundTask<unknown>): Error {
  const lifetime = native.taskExpiredAfter(Handle.idOf(task))
  if (lifetime >= 0) return expired(task.name, lifetime, native.taskUnanswered(Handle.idOf(task)))
  return cancellationOf(Handle.idOf(task), `Task '${task.name}' was cancelled.`, causeOf(task))
}

function ended(task: BackgroundTask<unknown>, verb: string, end: End): Error {
  if (end === End.Died) return runnerDied(task, `${verb} on task '${task.name}'`)
  const runner = runnerOf(task)
  const isStopped = runner !== undefined && runnerState(Handle.idOf(runner)).shutdownType === ShutdownType.STOPPED
  if (isStopped) return cancellationOf(Handle.idOf(task), `Task '${task.name}' ended with its runner.`)
  return new ForcedThreadShutdown(`Task '${task.name}' ended when its runner's thread was stopped by force.`)
}
