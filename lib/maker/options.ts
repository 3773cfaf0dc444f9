// What a runner is made with, and how that is checked.

import type { PlainOptions } from '../brands.js'
import { SHARE_ENV, type ResourceLimits } from 'node:worker_threads'
import {
  checkObject,
  checkOptions,
  checkType,
  invalidArgType,
  invalidArgValue,
  isArray,
  outOfRange,
} from '../arguments.js'
import { checkTimeout } from '../timeout.js'

/**
 * An error a task ended with, or that its floating work left unhandled, when it happened.
 *
 * @example
 * const onTaskError = ({ error, task, runner }: TaskFailure) => console.error(`${task} on ${runner} failed:`, error)
 * new AsyncRunner({ onTaskError })
 */
export interface TaskFailure {
  readonly error: unknown
  /** The task's name. */
  readonly task: string
  /** The runner's name. */
  readonly runner: string
}

/**
 * A loop that is held by code which does not return, as `onStuck` is told of it.
 *
 * @example
 * const onStuck = ({ task, stuckFor, stack }: StuckReport) => console.error(`${task}: ${stuckFor} ms\n${stack}`)
 * new AsyncRunner({ stuckAfter: 1000, onStuck })
 */
export interface StuckReport {
  /** The runner's name. */
  readonly runner: string
  /** The name of the task that holds the loop; '' where none does, or where it may be one of several. */
  readonly task: string
  /** That name, or those of the tasks of which one holds the loop; empty where none does. */
  readonly heldBy: readonly string[]
  /** For how many milliseconds, at least, the loop had not come round when that was noticed. */
  readonly stuckFor: number
  /**
   * `'spinning'`: its code does not return. `'microtasks'`: it does, and each time leaves another microtask. `'parked'`: the
   * thread sleeps in native code, such as `Atomics.wait` or `execSync`. `'unknown'` where that cannot be told.
   */
  readonly state: 'spinning' | 'microtasks' | 'parked' | 'unknown'
  /** Where its JavaScript is, if that can be told: by a runner that the main thread has made, of code that V8 can stop. */
  readonly stack?: string
  /** Where the task was created, on a debug runner. */
  readonly createdAt?: string
}

/**
 * What a runner is made with. All durations are in milliseconds.
 *
 * @example
 * const options: RunnerOptions = { name: 'scripts', exitTimeout: 500, env: { LANG: 'C' }, stdout: 'main' }
 * AsyncRunner.use(runner => runner.run(() => console.log(process.env.LANG)), options)
 */
export interface RunnerOptions extends PlainOptions {
  /** In thread names, errors and statistics; left out, one is made up. */
  name?: string | undefined
  /** How long `close` waits for an orderly end before it forces; 1000 by default. */
  exitTimeout?: number | undefined
  /** The default timeout of blocking doors tied to this runner; `Infinity` by default. */
  callInLoopTimeout?: number | undefined
  /**
   * Errors and timeouts of tasks also say where the task was created. Tasks that still run when the process ends are named on
   * standard error.
   */
  debug?: boolean | undefined
  /** Whether the place where a stuck loop was forced to stop is written to stderr; true by default. */
  logForcedShutdownStackTrace?: boolean | undefined
  /** Whether blocking doors may be used on the loop itself; false by default. */
  allowBlocking?: boolean | undefined
  /**
   * How long the loop, and threads that block for what depends on it, look for an answer before they sleep: a sleep costs
   * 5 to 60 µs to wake from. `'adaptive'`, the default, as long as it has lately paid, up to 100 µs, and where calls take
   * about as long as one another, when the answer is due; `'off'` not at all; or a number of microseconds, up to 1000. On
   * a machine with one core, no thread looks; where other threads need the core, a look ends sooner.
   */
  spin?: 'adaptive' | 'off' | number | undefined
  /**
   * Whether a failed task ends the waits, blocking and awaiting, for what the runner owns: its queues, events, futures, its
   * server, and its other tasks; false by default. They end with `TaskFailedError`, which has the task's error as its
   * `cause`, and so do later waits until that error was retrieved. A call that need not wait goes on working, as do `run`
   * and `createTask`, and a failure for which somebody waits ends nothing else.
   */
  failFast?: boolean | undefined
  /** As in `node:worker_threads`; at least 3 MB of old generation and 0.25 MB of stack. */
  resourceLimits?: ResourceLimits | undefined
  /**
   * The environment variables that the loop sees in `process.env`: those of this object, copied now; or, by default and with
   * `SHARE_ENV` of `node:worker_threads`, those of this thread, where each sees what the other changes.
   */
  env?: NodeJS.Dict<string> | typeof SHARE_ENV | undefined
  /** What the loop finds in `process.argv`, as strings, from index 2 on; nothing by default. */
  argv?: readonly unknown[] | undefined
  /**
   * The flags of Node that the loop's thread starts with, such as `['--conditions', 'development']`; by default those of the process. What
   * a thread cannot have, such as flags of V8, is refused.
   */
  execArgv?: readonly string[] | undefined
  /**
   * Where the loop's `console`, `process.stdout` and `process.stderr` write. `'direct'`, the default: straight to the file
   * descriptor, at once. `'main'`: through `process.stdout` and `process.stderr` of the thread that makes the runner, which a
   * test reporter or a logger may have replaced. That thread writes when its loop turns, when it waits in a blocking call,
   * when the runner ends and when the process does; each of its waits ends after what the loop printed before.
   * Until it writes them, the lines are kept in memory.
   */
  stdout?: 'direct' | 'main' | undefined
  /**
   * Called on the creating thread, from its loop or from inside a blocking call, when a task fails, and for each task that
   * the death of the runner's thread has ended (one call with an empty name where it has ended none). The error counts as
   * retrieved then: `close` does not throw it. Where the function throws, it does not, and what it throws is an uncaught
   * exception of the thread, which does not end that call.
   */
  onTaskError?: ((failure: TaskFailure) => void) | undefined
  /**
   * The loop counts as stuck when it has not come round for so many milliseconds; 5000 by default, 1 at least, never with
   * `Infinity`. A loop that is idle, that sleeps in a blocking call, or that is still starting is not stuck.
   */
  stuckAfter?: number | undefined
  /**
   * Called on the creating thread, from its loop or from inside a blocking call, once each time the loop gets stuck. What it
   * throws is treated as what `onTaskError` throws. Not called while the inspector is open: a loop that a debugger has
   * stopped would look stuck. On the main thread, taking the stack takes up to 100 ms, and longer for code that V8 cannot
   * stop.
   */
  onStuck?: ((report: StuckReport) => void) | undefined
}

/** Their names. */
export const runnerOptions = [
  'name',
  'exitTimeout',
  'callInLoopTimeout',
  'debug',
  'logForcedShutdownStackTrace',
  'allowBlocking',
  'spin',
  'failFast',
  'resourceLimits',
  'env',
  'argv',
  'execArgv',
  'stdout',
  'onTaskError',
  'stuckAfter',
  'onStuck',
] as const satisfies (keyof RunnerOptions)[]

const limitNames = ['maxYoungGenerationSizeMb', 'maxOldGenerationSizeMb', 'codeRangeSizeMb', 'stackSizeMb']

/** Those of a runner among the options of something that is made with one. */
export function runnerOptionsOf(options: RunnerOptions): RunnerOptions {
  const own: Record<string, unknown> = {}
  for (let i = 0; i < runnerOptions.length; i++) own[runnerOptions[i]!] = options[runnerOptions[i]!]
  return own
}

const flags = ['debug', 'logForcedShutdownStackTrace', 'allowBlocking', 'failFast'] as const

/** Returns options as they are, once they are sure to be those of a runner. `above`: the function the user called. */
export function checkRunnerOptions(options: RunnerOptions, above: Function): RunnerOptions {
  checkOptions(options, runnerOptions)
  const { name, onTaskError, onStuck, resourceLimits } = options
  if (name !== undefined) checkType(name, 'options.name', 'string', above)
  for (let i = 0; i < flags.length; i++) {
    const flag = flags[i]!
    const value = options[flag]
    if (value !== undefined) checkType(value, `options.${flag}`, 'boolean', above)
  }
  checkTimeout(options.exitTimeout, 'options.exitTimeout')
  checkTimeout(options.callInLoopTimeout, 'options.callInLoopTimeout')
  if (onTaskError !== undefined) checkType(onTaskError, 'options.onTaskError', 'function', above)
  if (onStuck !== undefined) checkType(onStuck, 'options.onStuck', 'function', above)
  checkThread(options, above)
  checkStuckAfter(options.stuckAfter, above)
  checkSpin(options.spin, above)
  if (resourceLimits !== undefined) {
    checkLimits(checkOptions(resourceLimits, limitNames, 'options.resourceLimits'), above)
  }
  return options
}

/** What Node would refuse, or would take as something else, when the thread is started. */
function checkThread({ env, argv, execArgv, stdout }: RunnerOptions, above: Function): void {
  if (env !== undefined && env !== SHARE_ENV) checkVariables(checkObject(env as object, 'options.env'), above)
  if (argv !== undefined) checkList(argv, 'options.argv', above)
  if (execArgv !== undefined) {
    checkList(execArgv, 'options.execArgv', above)
    for (let i = 0; i < execArgv.length; i++) checkType(execArgv[i], `options.execArgv[${i}]`, 'string', above)
  }
  if (stdout !== undefined && stdout !== 'direct' && stdout !== 'main') {
    throw invalidArgValue('options.stdout', "must be 'direct' or 'main'", stdout, above)
  }
}

function checkVariables(env: object, above: Function): void {
  const names = Object.keys(env)
  for (let i = 0; i < names.length; i++) {
    const value: unknown = (env as Record<string, unknown>)[names[i]!]
    if (typeof value === 'symbol') throw invalidArgType(`options.env.${names[i]!}`, 'of type string', value, above)
  }
}

function checkList(value: unknown, name: string, above: Function): void {
  if (!isArray(value)) throw invalidArgType(name, 'an instance of Array', value, above)
}

/** Whether a thread that was started ahead will do: what it has from its start is then nobody's in particular. */
export function takesAnyThread(options: RunnerOptions): boolean {
  const { name, resourceLimits, env, argv, execArgv, stdout = 'direct' } = options
  const isOwn = name !== undefined || resourceLimits !== undefined || argv !== undefined || execArgv !== undefined
  return !isOwn && (env === undefined || env === SHARE_ENV) && stdout === 'direct'
}

function checkStuckAfter(stuckAfter: unknown, above: Function): void {
  if (stuckAfter === undefined) return
  checkType(stuckAfter, 'options.stuckAfter', 'number', above)
  if (!((stuckAfter as number) >= 1)) throw outOfRange('options.stuckAfter', '>= 1', stuckAfter, above)
}

/** With less than this, in MB, V8 ends the process before it could say that a thread cannot start. */
const LEAST = { maxOldGenerationSizeMb: 3, stackSizeMb: 0.25 }

function checkLimits(limits: ResourceLimits, above: Function): void {
  const names = Object.keys(LEAST) as (keyof typeof LEAST)[]
  for (let i = 0; i < names.length; i++) {
    const name = names[i]!
    const least = LEAST[name]
    const value = limits[name]
    if (typeof value === 'number' && value > 0 && value < least) {
      throw outOfRange(`options.resourceLimits.${name}`, `>= ${least}`, value, above)
    }
  }
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
