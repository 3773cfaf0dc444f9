// Durations and deadlines, explained once for the whole package.
//
// A `timeout` is a number of milliseconds from now. `Infinity` waits for ever; `0` polls once and does not wait;
// fractions count. Left out, a blocking door takes its runner's `callInLoopTimeout`, an awaiting door waits for
// ever. A wait that runs out throws EventLoopTimeoutError and has had no effect.
// NaN and negative numbers are refused with ERR_OUT_OF_RANGE, other types with ERR_INVALID_ARG_TYPE, before anything
// else happens and also where no wait would have been needed.

import { checkOptions, checkSignal, checkType, invalidThis, outOfRange } from './arguments.js'
import { markAsOurs, refuseClones, type ourOwn } from './brands.js'

/** What a call that blocks takes. */
export interface WaitOptions {
  /**
   * Milliseconds, fractions count. `Infinity` waits for ever, 0 polls once and does not wait. Left out, a call that blocks takes
   * its runner's `callInLoopTimeout`; a call that returns a promise waits for ever.
   */
  timeout?: number | undefined
}

/** What a call that returns a promise takes. */
export interface AwaitOptions extends WaitOptions {
  /** Ends the wait: it rejects with `signal.reason`, and takes nothing, even when aborted from the start. */
  signal?: AbortSignal | undefined
}

const none: AwaitOptions = Object.freeze({ __proto__: null } as object)

/** @internal Returns a duration as it is, once it is sure to be one; `undefined` passes. */
export function checkTimeout(value: unknown, name = 'timeout'): number | undefined {
  if (value === undefined || (typeof value === 'number' && value >= 0)) return value
  checkType(value, name, 'number', checkTimeout)
  throw outOfRange(name, '>= 0', value, checkTimeout)
}

/** The options of every blocking door, and of every awaiting one. */
const waitNames = ['timeout']
const awaitNames = ['timeout', 'signal']

/** @internal Returns the timeout of a blocking door's options. `known`: what options it has, where there are others. */
export function checkWaitOptions(options: WaitOptions | undefined, known = waitNames): number | undefined {
  if (options === undefined) return undefined
  return checkTimeout(checkOptions(options, known).timeout, 'options.timeout')
}

/**
 * @internal Returns the options of an awaiting door; an empty object where there are none. Each is read once: a getter
 * might give something else the second time.
 */
export function checkAwaitOptions(options: AwaitOptions | undefined): AwaitOptions {
  if (options === undefined) return none
  const { timeout, signal } = checkOptions(options, awaitNames)
  checkTimeout(timeout, 'options.timeout')
  checkSignal(signal, 'options.signal')
  return { timeout, signal }
}

/**
 * One deadline for several waits: it starts at once, and `remaining` is the timeout to pass to the next of them.
 *
 * Unlike Python's it needs no `with`, and a negative duration throws.
 *
 * @throws RangeError `ERR_OUT_OF_RANGE` or TypeError `ERR_INVALID_ARG_TYPE`; no timer is made.
 *
 * @example
 * const timer = new TimeoutTimer(500)
 * const first = queue.getWait({ timeout: timer.remaining })
 * const second = queue.getWait({ timeout: timer.remaining })
 */
export class TimeoutTimer {
  declare readonly [ourOwn]: true
  readonly #deadline: number

  /** `ms`: milliseconds from now; left out, for ever. */
  constructor(ms?: number) {
    this.#deadline = performance.now() + (checkTimeout(ms, 'ms') ?? Infinity)
    refuseClones(this)
  }

  /** Returns the milliseconds left: `Infinity` without a limit, never less than 0. */
  get remaining(): number {
    if (typeof this !== 'object' || this === null || !(#deadline in this)) throw invalidThis()
    return Math.max(0, this.#deadline - performance.now())
  }

  /** @internal */
  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return `TimeoutTimer { remaining: ${#deadline in this ? this.remaining : undefined} }`
  }
}

markAsOurs(TimeoutTimer.prototype)
