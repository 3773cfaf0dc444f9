// Durations and deadlines, explained once for the whole package.
//
// A `timeout` is a number of milliseconds from now. `Infinity` waits for ever; `0` polls once and does not wait;
// fractions count. Left out, a blocking door takes its runner's `callInLoopTimeout`, an awaiting door waits for
// ever. A wait that runs out throws EventLoopTimeoutError and has had no effect.
// Refuses NaN and negative numbers (ERR_OUT_OF_RANGE) and what is no number (ERR_INVALID_ARG_TYPE), always before
// anything else happens, also where no wait would have been needed.

import { invalidArgType, outOfRange } from './errors.js'

/** What a blocking door takes. */
export interface WaitOptions {
  /** Milliseconds; see the head of `timeout.ts`. */
  timeout?: number
}

/** What an awaiting door takes. */
export interface AwaitOptions extends WaitOptions {
  /** Ends the wait: it rejects with `signal.reason`, and takes nothing, even when aborted from the start. */
  signal?: AbortSignal
}

const none: AwaitOptions = Object.freeze({})

/** @internal Returns a duration as it is, once it is sure to be one; `undefined` passes. */
export function checkTimeout(value: unknown, name = 'timeout'): number | undefined {
  if (value === undefined || (typeof value === 'number' && value >= 0)) return value
  if (typeof value !== 'number') throw invalidArgType(name, 'of type number', value, checkTimeout)
  throw outOfRange(name, '>= 0', value, checkTimeout)
}

/** @internal Returns the timeout of a blocking door's options. */
export function checkWaitOptions(options: WaitOptions | undefined): number | undefined {
  if (options === undefined) return undefined
  return checkTimeout(checkObject(options).timeout, 'options.timeout')
}

/** @internal Returns the options of an awaiting door; an empty object where there are none. */
export function checkAwaitOptions(options: AwaitOptions | undefined): AwaitOptions {
  if (options === undefined) return none
  checkTimeout(checkObject(options).timeout, 'options.timeout')
  checkSignal(options.signal, 'options.signal')
  return options
}

/** @internal Returns options as they are, once they are sure to be an object. */
export function checkObject<T>(options: T, name = 'options'): T & object {
  if (typeof options === 'object' && options !== null) return options
  throw invalidArgType(name, 'of type object', options, checkObject)
}

/** @internal Returns a signal as it is, once it is sure to be one; `undefined` passes. */
export function checkSignal(signal: unknown, name = 'signal'): AbortSignal | undefined {
  // A signal of another realm counts as well, hence no instanceof.
  if (signal === undefined || isSignal(signal)) return signal as AbortSignal | undefined
  throw invalidArgType(name, 'an instance of AbortSignal', signal, checkSignal)
}

function isSignal(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || !('aborted' in value)) return false
  const { addEventListener, removeEventListener } = value as Partial<AbortSignal>
  return typeof addEventListener === 'function' && typeof removeEventListener === 'function'
}

/**
 * One deadline for several waits: it starts at once, and `remaining` is the timeout to pass to the next of them.
 *
 * Unlike Python's it needs no `with`, and a negative duration throws.
 *
 * @throws RangeError `ERR_OUT_OF_RANGE` or TypeError `ERR_INVALID_ARG_TYPE`; no timer is made.
 */
export class TimeoutTimer {
  readonly #deadline: number

  /** `ms`: milliseconds from now; left out, for ever. */
  constructor(ms?: number) {
    this.#deadline = performance.now() + (checkTimeout(ms, 'ms') ?? Infinity)
  }

  /** Returns the milliseconds left: `Infinity` without a limit, never less than 0. */
  get remaining(): number {
    return Math.max(0, this.#deadline - performance.now())
  }
}
