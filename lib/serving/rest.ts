// Blocking until the loop of a server is at rest, for all that blocks on a server.
//
// Promises one deadline for everything that a call waits for, checked before the call has an effect, and the name of the
// task that keeps the loop from resting. When a loop is at rest, and how that is known, is told in
// `src/binding/rest.rs`.

import { Served } from '../client.js'
import { EventLoopTimeoutError } from '../errors.js'
import { Handle } from '../native/handle.js'
import { currentLoop } from '../wait/loop.js'
import { control, native } from '../native/native.js'
import { Found, Status, Word } from '../native/protocol.js'
import { receiveRequest } from './request.js'
import { type AsyncRunner, assertElsewhere } from '../runner.js'
import { TimeoutTimer, type WaitOptions } from '../timeout.js'
import { afterBlocking, beforeBlocking, lookAfterServices } from '../wait/doors.js'
import { type Awaitable, runnerOf } from '../wait/outcome.js'

/** For how long a call blocks in all, and how it is called. */
export interface Limit extends Awaitable {
  readonly verb: string
  /** Milliseconds. */
  readonly timeout: number
  readonly timer: TimeoutTimer | undefined
}

/** Checks all about a blocking call before it has an effect. */
export function limitOf(server: Handle, verb: string, options: WaitOptions | undefined): Limit {
  const given = beforeBlocking(verb, options)
  if (currentLoop() !== undefined) assertElsewhere(runnerOf(server) as AsyncRunner, verb)
  const timeout = given < 0 ? native.serverTimeout(Handle.idOf(server)) : given
  const served = new Served(server)
  return {
    verb,
    timeout,
    timer: timeout === Infinity ? undefined : new TimeoutTimer(timeout),
    failures: () => served.failures(),
    receive: receiveRequest,
  }
}

export function remainingOf({ timer }: Limit): number {
  return timer === undefined ? Infinity : timer.remaining
}

/** The same limit, of which so many milliseconds are left. */
export function limitedTo(limit: Limit, remaining: number): Limit {
  return limit.timer === undefined ? limit : { ...limit, timer: new TimeoutTimer(remaining) }
}

/** Blocks until the loop is at rest; `isSure`: until it has come round and is, whatever was known of it. */
export function settle(server: Handle, limit: Limit, isSure = false): void {
  const id = Handle.idOf(server)
  let isFresh = isSure
  for (;;) {
    const remaining = remainingOf(limit)
    // With no time left what is known of the loop is all there is to go by: coming round would take some.
    const value = native.serverSettle(id, isFresh && remaining > 0, remaining)
    const found = control[Word.Status] === Status.Done ? control[Word.Count] : Found.Nothing
    if (found === Found.Rest) return
    if (found === Found.Services) lookAfterServices()
    else {
      afterBlocking(value, limit, limit.verb, limit.timeout, settle)
      // One that was woken looks again: the loop may have been told something since.
      isFresh = false
    }
  }
}

/** The same, but false where a budget is used up first. */
export function settleWithin(server: Handle, limit: Limit, budget: TimeoutTimer | undefined, isSure: boolean): boolean {
  if (budget === undefined) {
    settle(server, limit, isSure)
    return true
  }
  if (budget.remaining === 0) return false
  const isTighter = budget.remaining < remainingOf(limit)
  try {
    settle(server, isTighter ? { ...limit, timer: budget } : limit, isSure)
  } catch (error) {
    if (isTighter && error instanceof EventLoopTimeoutError) return false
    throw error
  }
  return true
}
