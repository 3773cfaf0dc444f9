// What a runner is made with, and how that is checked.

import type { ResourceLimits } from 'node:worker_threads'
import { checkObject, checkType, invalidArgType, outOfRange } from '../arguments.js'
import { checkTimeout } from '../timeout.js'

/** An error a task ended with, or that its floating work left unhandled, when it happened. */
export interface TaskFailure {
  readonly error: unknown
  /** The task's name. */
  readonly task: string
  /** The runner's name. */
  readonly runner: string
}

/** What a runner is made with. All durations are in milliseconds. */
export interface RunnerOptions {
  /** In thread names, errors and statistics; left out, one is made up. */
  name?: string
  /** How long `close` waits for an orderly end before it forces; 1000 by default. */
  exitTimeout?: number
  /** The default timeout of blocking doors tied to this runner; `Infinity` by default. */
  callInLoopTimeout?: number
  /** Errors and timeouts of tasks also say where the task was created. */
  debug?: boolean
  /** Whether the place where a stuck loop was forced to stop is written to stderr; true by default. */
  logForcedShutdownStackTrace?: boolean
  /** Whether blocking doors may be used on the loop itself; false by default. */
  allowBlocking?: boolean
  /**
   * How long the loop, and threads that block for what depends on it, look for an answer before they sleep: a sleep costs
   * 5 to 60 µs to wake from. `'adaptive'`, the default, as long as it has lately paid, up to 100 µs; `'off'` not at all;
   * or a number of microseconds, up to 1000. On a machine with one core, no thread looks.
   */
  spin?: 'adaptive' | 'off' | number
  /** As in `node:worker_threads`. */
  resourceLimits?: ResourceLimits
  /**
   * Called on the creating thread, from its loop or from inside a blocking door, when a task fails. What it throws is an
   * uncaught exception of that thread, and does not end the door's wait.
   */
  onTaskError?: (failure: TaskFailure) => void
}

const flags = ['debug', 'logForcedShutdownStackTrace', 'allowBlocking'] as const

/** Returns options as they are, once they are sure to be those of a runner. `above`: the function the user called. */
export function checkRunnerOptions(options: RunnerOptions, above: Function): RunnerOptions {
  checkObject(options)
  const { name, onTaskError, resourceLimits } = options
  if (name !== undefined) checkType(name, 'options.name', 'string', above)
  for (const flag of flags) {
    const value = options[flag]
    if (value !== undefined) checkType(value, `options.${flag}`, 'boolean', above)
  }
  checkTimeout(options.exitTimeout, 'options.exitTimeout')
  checkTimeout(options.callInLoopTimeout, 'options.callInLoopTimeout')
  if (onTaskError !== undefined) checkType(onTaskError, 'options.onTaskError', 'function', above)
  checkSpin(options.spin, above)
  if (resourceLimits !== undefined) checkObject(resourceLimits, 'options.resourceLimits')
  return options
}

/** The longest a thread looks for an answer, in microseconds: timers and sockets of a busy loop wait for so long. */
const LONGEST_SPIN = 1000

function checkSpin(spin: unknown, above: Function): void {
  if (spin === undefined || spin === 'adaptive' || spin === 'off') return
  if (typeof spin !== 'number') {
    throw invalidArgType('options.spin', "'adaptive', 'off' or of type number", spin, above)
  }
  if (!(spin >= 0 && spin <= LONGEST_SPIN)) {
    throw outOfRange('options.spin', `>= 0 and <= ${LONGEST_SPIN}`, spin, above)
  }
}

/** In microseconds; negative for adaptive. */
export function spinOf(spin: RunnerOptions['spin']): number {
  return typeof spin === 'number' ? spin : spin === 'off' ? 0 : -1
}
