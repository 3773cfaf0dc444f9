// One call to a host, those that go to the hosts of one name, and what a call may end with.

import type { Subscription } from '@nats-io/transport-node'
import { CancelledError, RunnerDiedError } from '../../errors.js'
import { isClosed } from './connection.js'
import { HEARTBEAT, type Outcome } from './letters.js'

/** A call that has not ended. */
export interface Call {
  readonly ticket: number
  readonly what: string
  readonly pool: Pool
  readonly payload: Uint8Array
  /** When it was sent; 0 while it waits. */
  sentAt: number
  /** Where its host is told of it, and what that is called. */
  host: string | undefined
  isCancelled: boolean
  /** Its time is over, and a word of a host is waited for a moment longer. */
  isLate: boolean
  /** The time that it was given, in milliseconds. */
  readonly given: number
  /** Counts as timed out after so many milliseconds. */
  wait(time: number): void
  end(outcome: Outcome): void
}

/** What goes to the hosts of one name. */
export interface Pool {
  readonly name: string
  readonly waiting: Call[]
  window: number
  offered: number
  pause: number
  timer: NodeJS.Timeout | undefined
  /** Each word of a host that it has room is heard by one of all callers that wait, or have waited lately. */
  listening: Subscription | undefined
}

/** What `call` takes. */
export interface Asked {
  readonly name: string
  readonly fn: string
  readonly packet: Uint8Array
  readonly timeout: number
  readonly given: number
  readonly signal: AbortSignal
}

/** The end of a link cancels its tasks. */
export function endOf(fault: Error): Error {
  return isClosed(fault) ? cancelled() : fault
}

export function cancelled(): CancelledError {
  return new CancelledError('The task was cancelled.')
}

export function unanswered(what: string): RunnerDiedError {
  return new RunnerDiedError(`The host of ${what} has ended it, and the answer was lost. It is not begun again.`)
}

export function died(what: string): RunnerDiedError {
  const text = `The host of ${what} is gone: nothing was heard of it for ${2 * HEARTBEAT} ms. What the task has done until then is not known, and it is not begun again.`
  return new RunnerDiedError(text)
}
