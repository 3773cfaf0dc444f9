// Two awaits against each other, as in Python's `async_utils`.
//
// Promises that the loser, when given as a function, is cancelled through the AbortSignal it was called with; a bare
// promise can only be left alone.

import { checkObject, checkOptions, invalidArgType, isThenable } from './arguments.js'
import { CancelledError, EventLoopTimeoutError } from './errors.js'
import { native } from './native/native.js'
import { atCaller } from './stack.js'
import { checkTimeout } from './timeout.js'
import { awaiting } from './wait/doors.js'
import type { Awaitable, Failures } from './wait/outcome.js'

/** Work that can be raced: a function that is handed a signal, or a promise. */
export type Work<R> = ((signal: AbortSignal) => PromiseLike<R> | R) | PromiseLike<R>

/** An event of ours, or anything with its awaiting door. */
export type AwaitableEvent =
  | { waitAsync(options: { signal: AbortSignal }): Promise<unknown> }
  | { wait(options: { signal: AbortSignal }): Promise<unknown> }

/** One side of a race. */
class Racer<R> {
  readonly #controller = new AbortController()
  readonly result: Promise<R>

  constructor(work: Work<R>) {
    this.result =
      typeof work === 'function' ? Promise.resolve().then(() => work(this.#controller.signal)) : Promise.resolve(work)
    this.result.catch(() => {}) // The error of the loser is not reported.
  }

  cancel(reason: unknown): void {
    this.#controller.abort(reason)
  }
}

function checkWork(work: unknown, name: string): void {
  if (typeof work !== 'function' && !isThenable(work))
    throw invalidArgType(name, 'of type function or a promise', work, checkWork)
}

function checkEvent(event: unknown): void {
  const { waitAsync, wait } = checkObject(event as { waitAsync?: unknown; wait?: unknown }, 'event')
  if (typeof waitAsync === 'function' || typeof wait === 'function') return
  throw invalidArgType('event', 'an instance of Event, or have a method wait', event, waitForOrCancel)
}

/** How a `waitForOrCancel` ends whose work does not. */
class Limit implements Awaitable {
  readonly #timeout: number
  /** The error with which it has ended, which is given its stack by the function that throws it. */
  error: Error | undefined

  constructor(timeout: number) {
    this.#timeout = timeout
  }

  failures(): Failures {
    const timedOut = () => this.#made(new EventLoopTimeoutError(`waitForOrCancel timed out after ${this.#timeout} ms.`))
    const cancelled = () => this.#made(new CancelledError('waitForOrCancel was cancelled.'))
    return { timedOut, ended: cancelled, cancelled }
  }

  isSet(): Error {
    return this.#made(new CancelledError('The event was set.'))
  }

  #made(error: Error): Error {
    return (this.error = error)
  }
}

/**
 * Resolves with the work's result, unless the event is set first.
 *
 * @throws CancelledError when the event was set first, EventLoopTimeoutError after `timeout` milliseconds; the work,
 *   when given as a function, is cancelled. What the work or the wait for the event rejects with.
 *
 * @example
 * const stop = new Event()
 * const response = await waitForOrCancel(signal => fetch('https://example.org/', { signal }), stop, { timeout: 5000 })
 */
export async function waitForOrCancel<R>(
  work: Work<R>,
  event: AwaitableEvent,
  options?: { timeout?: number | undefined },
): Promise<R> {
  checkWork(work, 'work')
  checkEvent(event)
  const timeout = checkTimeout(options && checkOptions(options, ['timeout']).timeout, 'options.timeout') ?? Infinity
  const stop = new AbortController()
  const { signal } = stop
  const isSet = 'waitAsync' in event ? event.waitAsync({ signal }) : event.wait({ signal })
  const main = new Racer(work)
  const limit = new Limit(timeout)
  const rivals: Promise<R>[] = [main.result, isSet.then(() => Promise.reject(limit.isSet()))]
  if (timeout !== Infinity)
    rivals.push(awaiting(() => native.waitSleep(timeout), limit, 'waitForOrCancel', { signal }) as Promise<R>)
  for (const rival of rivals) rival.catch(() => {})
  try {
    return await Promise.race(rivals)
  } catch (error) {
    if (limit.error !== undefined && error === limit.error) atCaller(limit.error)
    main.cancel(error)
    throw error
  } finally {
    stop.abort()
  }
}

/**
 * Resolves with the work's result, unless the raiser throws first. A raiser that returns has no effect.
 *
 * @throws what the raiser throws first (the work is cancelled), or what the work throws (the raiser is cancelled).
 *
 * @example
 * const alarm = async (signal: AbortSignal) => {
 *   await sleep(5000, { signal })
 *   throw new Error('too late')
 * }
 * const response = await runOrRaise(signal => fetch('https://example.org/', { signal }), alarm)
 */
export async function runOrRaise<R>(work: Work<R>, raiser: Work<unknown>): Promise<R> {
  checkWork(work, 'work')
  checkWork(raiser, 'raiser')
  const main = new Racer(work)
  const other = new Racer(raiser)
  const raised = new Promise<never>((_resolve, reject) => void other.result.catch(reject))
  try {
    return await Promise.race([main.result, raised])
  } finally {
    const over = new CancelledError('The other side of the race has ended.')
    main.cancel(over)
    other.cancel(over)
  }
}
