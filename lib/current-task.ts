// A task from inside: its name, its signal, and sleeping.
//
// Promises that `currentTask` follows the task across its awaits, and that `sleep` is cut by the task's cancellation.
// Outside of tasks there is no current task, and `sleep` is cut by its signal only.

import { checkOptions, checkType } from './arguments.js'
import { CancelledError, cancellationOf, RunnerClosedError } from './errors.js'
import { native } from './native/native.js'
import { atCaller } from './stack.js'
import { checkTimeout, type AwaitOptions } from './timeout.js'
import { Event } from './event.js'
import { Handle } from './native/handle.js'
import { Door } from './native/protocol.js'
import { afterBlocking, awaiting, beforeBlocking } from './wait/doors.js'
import type { Awaitable } from './wait/outcome.js'
import { currentScope, type TaskScope } from './wait/scope.js'

/** The running task, as its own code sees it. */
export interface CurrentTask {
  readonly name: string
  /** Aborted, with a CancelledError, when the task is cancelled. */
  readonly signal: AbortSignal
  /** Whether the task was asked to end. */
  readonly cancelled: boolean
  /** Throws CancelledError if the task was asked to end. */
  throwIfCancelled(): void
}

const views = new WeakMap<TaskScope, CurrentTask>()

/**
 * Returns the task whose code is running, across its awaits; undefined outside of tasks.
 *
 * @example
 * runner.run(async url => {
 *   const response = await fetch(url, { signal: currentTask()?.signal })
 *   return response.text()
 * }, ['https://example.org/'])
 */
export function currentTask(): CurrentTask | undefined {
  const scope = currentScope()
  if (scope === undefined || scope.id === 0) return undefined
  let view = views.get(scope)
  if (view === undefined) views.set(scope, (view = viewOf(scope)))
  return view
}

function viewOf(scope: TaskScope): CurrentTask {
  return {
    name: scope.name,
    get signal() {
      return scope.signal
    },
    get cancelled() {
      return scope.cancelled
    },
    throwIfCancelled() {
      if (!scope.cancelled) return
      scope.takeCut()
      throw atCaller(cancellationOf(scope.id, `Task '${scope.name}' was cancelled.`))
    },
  }
}

function napOptions(options: { signal?: AbortSignal | undefined } | undefined): AwaitOptions | undefined {
  return options && ({ __proto__: null, signal: checkOptions(options, ['signal']).signal } as AwaitOptions)
}

/** For a sleep, the end of its time is success. */
const nap: Awaitable = {
  failures: () => ({
    what: () => 'its time to pass',
    timedOut: () => undefined,
    ended: verb => new RunnerClosedError(`${verb} has ended.`),
    cancelled: verb => new CancelledError(`${verb} was cancelled.`),
  }),
}

/** Nobody sets it. */
let never: Event | undefined

/**
 * Blocks for `ms` milliseconds; with `Infinity`, for ever. As every blocking call, it serves meanwhile what this thread is
 * asked for (`onTaskError`, `onStuck`, the end of a stuck runner), and it is cut by the cancellation of its task.
 *
 * @throws RangeError `ERR_OUT_OF_RANGE` or TypeError `ERR_INVALID_ARG_TYPE`; WouldDeadlockError on a loop that must not
 *   block, each at once; InterruptedError, CancelledError, before the time is over.
 *
 * @example
 * ```js
 * while (!isReady()) sleepWait(100)
 * ```
 */
export function sleepWait(ms: number): void {
  checkTimeout(ms, 'ms')
  const duration = checkType(ms, 'ms', 'number', sleepWait)
  beforeBlocking('sleepWait', undefined)
  never ??= new Event()
  const value = native.eventWait(Handle.idOf(never), Door.Block, duration)
  afterBlocking(value, nap, 'sleepWait', duration, sleepWait)
}

/**
 * Resolves after `ms` milliseconds; `Infinity` never. It keeps the process alive meanwhile.
 *
 * @throws `signal.reason`; CancelledError when the task that sleeps is cancelled; RangeError `ERR_OUT_OF_RANGE` or
 *   TypeError `ERR_INVALID_ARG_TYPE` at once.
 *
 * @example
 * runner.run(async () => {
 *   await sleep(100)
 *   console.log('100 ms later')
 * })
 */
export async function sleep(ms: number, options?: { signal?: AbortSignal | undefined }): Promise<void> {
  checkTimeout(ms, 'ms')
  const duration = checkType(ms, 'ms', 'number', sleep)
  await awaiting(() => native.waitSleep(duration), nap, 'sleep', napOptions(options))
}
