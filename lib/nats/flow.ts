// Calls of several steps, written once for both doors.
//
// A call is a generator that yields what it waits for next, as a step that can be blocked for or awaited. Promises that a
// step's error is thrown where the step was yielded, so that the call can undo what it has begun.

import { CancelledError, EventLoopTimeoutError, ForcedThreadShutdown } from '../errors.js'
import { blockFor, type BackgroundTask } from '../task.js'
import { TimeoutTimer } from '../timeout.js'
import { linkClosed, type Loop } from './half.js'
import type { Call } from './options.js'

/** What is waited for. */
export interface Step {
  /** `what` is the name of the call, for errors. */
  block(timeout: number, what: string): unknown
  wait(timeout: number, signal: AbortSignal | undefined): Promise<unknown>
  /** Whether it is waited for whatever the call's own timeout and signal say: it takes care of them itself. */
  readonly isSure?: boolean
}

/** The end of a task of the link's loop. The end of the link cancels it, or ends it by force where the loop is slow. */
export function stepOf({ runner }: Loop, task: BackgroundTask<unknown>): Step {
  const isEnd = (error: unknown) => error instanceof CancelledError || error instanceof ForcedThreadShutdown
  const told = (error: unknown) => (isEnd(error) && task.done() && !runner.isRunning ? linkClosed() : error)
  return {
    block: (timeout, what) => {
      try {
        return blockFor(task, timeout, what)
      } catch (error) {
        throw told(error)
      }
    },
    wait: (timeout, signal) => task.result({ timeout, signal }).catch((error: unknown) => Promise.reject(told(error))),
  }
}

export type Flow<R> = Generator<Step, R, any>

/** A call on its way: its name for errors, and what is left of its time. */
export class Progress {
  readonly #timer: TimeoutTimer
  readonly signal: AbortSignal | undefined

  constructor(
    readonly what: string,
    readonly call: Call,
  ) {
    this.#timer = new TimeoutTimer(call.timeout)
    this.signal = call.signal
  }

  get remaining(): number {
    return this.#timer.remaining
  }

  timedOut(): EventLoopTimeoutError {
    return new EventLoopTimeoutError(`${this.what} timed out after ${this.call.timeout} ms.`)
  }
}

/** Blocks until the call has its result. */
export function blocking<R>(progress: Progress, flow: Flow<R>): R {
  let next = flow.next()
  while (!next.done) {
    const step = next.value
    let value: unknown
    try {
      value = step.block(step.isSure ? Infinity : progress.remaining, progress.what)
    } catch (error) {
      next = flow.throw(inWords(error, progress))
      continue
    }
    next = flow.next(value)
  }
  return next.value
}

/** Resolves with the result of the call. */
export async function awaiting<R>(progress: Progress, flow: Flow<R>): Promise<R> {
  if (progress.signal?.aborted) throw progress.signal.reason // One that is like a signal may have no more.
  let next = flow.next()
  while (!next.done) {
    const step = next.value
    let value: unknown
    try {
      value = step.isSure ? await step.wait(Infinity, undefined) : await step.wait(progress.remaining, progress.signal)
    } catch (error) {
      next = flow.throw(inWords(error, progress))
      continue
    }
    next = flow.next(value)
  }
  return next.value
}

function inWords(error: unknown, progress: Progress): unknown {
  return error instanceof EventLoopTimeoutError ? progress.timedOut() : error
}
