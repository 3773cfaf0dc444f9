// Blocking until the loop of a server is at rest, for everything that blocks on a server.
//
// Promises one deadline for all that a call waits for, checked before the call has an effect, and the name of the task
// that keeps the loop from resting. When a loop is at rest, and how that is known, is told in `src/binding/waits/rest.rs`.

import { isA } from '../methods.js'
import { EventLoopTimeoutError } from '../errors.js'
import { Handle } from '../native/handle.js'
import { control, native } from '../native/native.js'
import { Found, Status, Word } from '../native/protocol.js'
import { TimeoutTimer, type WaitOptions } from '../timeout.js'
import { afterBlocking, beforeBlocking, beginsToBlock, lookAfterServices } from '../wait/doors.js'
import { currentLoop, insteadOfServing } from '../wait/loop.js'
import { called, runnerOf, type Awaitable, type Failures } from '../wait/outcome.js'
import { assertElsewhere, type RunnerHandle } from '../wait/runner-handle.js'
import { receiveRequest, type TakenRequest } from './request.js'
import { ServerWait } from './server-wait.js'

/** The time that one blocking call on a server has for all of its waits, and the call's name for their errors. */
export class Budget implements Awaitable {
  readonly verb: string
  /** Milliseconds, as they were given. */
  readonly timeout: number
  readonly #server: Handle
  readonly #timer: TimeoutTimer | undefined

  constructor(server: Handle, verb: string, timeout: number, timer: TimeoutTimer | undefined) {
    this.verb = verb
    this.timeout = timeout
    this.#server = server
    this.#timer = timer
  }

  what(): string {
    return called(this.#server, 'server')
  }

  /** The milliseconds left. */
  get remaining(): number {
    return this.#timer === undefined ? Infinity : this.#timer.remaining
  }

  /** The same budget with so many milliseconds left from now on. */
  resumedWith(remaining: number): Budget {
    return this.#timer === undefined ? this : this.measuredBy(new TimeoutTimer(remaining))
  }

  /** The same budget by another clock. */
  measuredBy(timer: TimeoutTimer): Budget {
    return new Budget(this.#server, this.verb, this.timeout, timer)
  }

  failures(): Failures {
    return new ServerWait(this.#server).failures()
  }

  receive(value: unknown): TakenRequest {
    return receiveRequest(value, Handle.idOf(this.#server))
  }
}

/** Checks everything about a blocking call before it has an effect; `known` as in `beforeBlocking`. */
export function budgetOf(server: Handle, verb: string, options: WaitOptions | undefined, known?: string[]): Budget {
  const given = beforeBlocking(verb, options, known, insteadOfServing)
  if (currentLoop() !== undefined) assertElsewhere(runnerOf(server) as RunnerHandle, verb)
  const timeout = given < 0 ? native.serverTimeout(Handle.idOf(server)) : given
  return new Budget(server, verb, timeout, timeout === Infinity ? undefined : new TimeoutTimer(timeout))
}

/** How far a loop moves its clock by itself before it rests: to the first instant that a script waits for, or to all. */
export interface March {
  readonly until: number
  readonly isOne: boolean
}

/**
 * Blocks until the loop is at rest. With `isSure` the loop has to come round first, whatever was known of it before; then
 * it may be told to `march`.
 */
export function untilAtRest(server: Handle, budget: Budget, isSure = false, march?: March): void {
  const id = Handle.idOf(server)
  let isFresh = isSure
  for (;;) {
    const { remaining } = budget
    beginsToBlock()
    // With no time left, only what is known of the loop already can be used: coming round would take some.
    const value =
      march !== undefined && isFresh && remaining > 0
        ? native.serverMarch(id, march.until, march.isOne, remaining)
        : native.serverSettle(id, isFresh && remaining > 0, remaining)
    const found = control[Word.Status] === Status.Done ? control[Word.Count] : Found.Nothing
    if (found === Found.Rest) return
    if (found === Found.Services) lookAfterServices({ verb: budget.verb, above: untilAtRest, target: budget })
    else {
      afterBlocking(value, budget, budget.verb, budget.timeout, untilAtRest)
      // This thread was woken, and looks again: the loop may have been told something since.
      isFresh = false
    }
  }
}

/** The same, but returns false when the time of `limit` is over first. */
export function untilAtRestWithin(
  server: Handle,
  budget: Budget,
  limit: TimeoutTimer | undefined,
  isSure: boolean,
): boolean {
  if (limit === undefined) {
    untilAtRest(server, budget, isSure)
    return true
  }
  const { remaining } = limit
  if (remaining === 0) return false
  const isTighter = remaining < budget.remaining
  try {
    untilAtRest(server, isTighter ? budget.measuredBy(limit) : budget, isSure)
  } catch (error) {
    if (isTighter && isA(error, EventLoopTimeoutError)) return false
    throw error
  }
  return true
}
