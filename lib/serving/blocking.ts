// How a thread that blocks handles the requests of its server: one, round by round, or until a task has ended.
//
// Promises that a request which was taken is handled, or goes back, and that a loop which has just come round is asked
// once more before it is said to have no request.

import { Handle } from '../native/handle.js'
import { control, native, requestReturn, waitReturn } from '../native/native.js'
import { Choice, Door, Status, Word } from '../native/protocol.js'
import { TimeoutTimer } from '../timeout.js'
import { afterBlocking, beginsToBlock } from '../wait/doors.js'
import { refusePromisedTo } from '../wait/promised.js'
import { assertNobodyReads, handle, handleQuietly, type Made } from './handling.js'
import type { ProcessOptions } from './options.js'
import { receiveRequest, whileNoPromiseSettles, type TakenRequest } from './request.js'
import { untilAtRest, untilAtRestWithin, type Budget } from './rest.js'

/** Handles one request, where there is one, between two waits for rest; see `Server.process`. */
export function processOne(here: Made, budget: Budget): boolean {
  untilAtRest(here.server, budget)
  let request = take(here, Choice.Next)
  if (request === undefined) {
    untilAtRest(here.server, budget, true)
    request = take(here, Choice.Next)
    if (request === undefined) {
      assertNobodyReads(here, budget.verb)
      return false
    }
  }
  let remaining: number
  try {
    remaining = budget.remaining
    handle(here, request)
  } catch (error) {
    requestReturn(request.number, here.id, request.isBegun)
    throw error
  }
  untilAtRest(here.server, budget.resumedWith(remaining)) // The time the handler took does not count.
  return true
}

/** Handles round after round, until there is nothing to handle or a limit is reached; see `Server.processAll`. */
export function processAll(here: Made, budget: Budget, { maxTime, maxRequests }: Required<ProcessOptions>): number {
  const limit = maxTime === Infinity ? undefined : new TimeoutTimer(maxTime)
  let count = 0
  let isSure = false
  try {
    while (count < maxRequests && untilAtRestWithin(here.server, budget, limit, isSure)) {
      const handled = processRound(here, maxRequests - count, budget, limit)
      if (handled === 0 && isSure) break
      isSure = handled === 0 // Only a loop that has come round is sure to have no request.
      count += handled
    }
  } finally {
    native.serverEndRound() // The core has kept back the answers that do not fill a part.
  }
  if (count === 0) assertNobodyReads(here, budget.verb)
  return count
}

function take(here: Made, choice: Choice): TakenRequest | undefined {
  const value = native.serverTake(here.id, choice)
  const status = control[Word.Status]!
  if (status === Status.Refused) return undefined
  try {
    return receiveRequest(value, here.id)
  } catch (error) {
    waitReturn(here.id, value, status)
    throw error
  }
}

let cancels = 0

/** A task was cancelled by this thread. Where that is done in a handler, its loop is given time to hear of it. */
export function countCancel(): void {
  cancels++
}

/** Handles one request of each client, `most` in all and while `limit` has time left; returns how many. */
function processRound(here: Made, most: number, budget: Budget, limit: TimeoutTimer | undefined): number {
  let handled = 0
  while (handled < most && limit?.remaining !== 0) {
    const request = take(here, handled === 0 ? Choice.BeginRound : Choice.InRound)
    if (request === undefined) break
    handled++
    const cancelsBefore = cancels
    try {
      handle(here, request)
    } catch (error) {
      requestReturn(request.number, here.id, request.isBegun)
      throw error
    }
    // A client that the handler has just cancelled is skipped in this round: wait until its loop has said so.
    if (cancels !== cancelsBefore && !untilAtRestWithin(here.server, budget, limit, false)) break
  }
  return handled
}

/** Serves until the task has ended. An error of a handler goes no further: the call was rejected with it. */
export function serveUntil(here: Made, task: Handle, budget: Budget): void {
  refusePromisedTo(Handle.idOf(task))
  whileNoPromiseSettles(() => {
    for (let request = next(here, task, budget); request !== undefined; request = next(here, task, budget)) {
      try {
        handleQuietly(here, request)
      } catch (error) {
        requestReturn(request.number, here.id, request.isBegun)
        throw error
      }
    }
  })
}

/** Blocks for the next request; undefined where the task has ended. */
function next(here: Made, task: Handle, budget: Budget): TakenRequest | undefined {
  beginsToBlock()
  const value = native.serverNext(here.id, Handle.idOf(task), Door.Block, budget.remaining)
  const status = control[Word.Status]!
  if (status === Status.Done) return undefined
  let result: unknown
  try {
    result = afterBlocking(value, budget, budget.verb, budget.timeout, next, here.id)
  } catch (error) {
    waitReturn(here.id, value, status)
    throw error
  }
  return typeof result === 'object' ? (result as TakenRequest) : undefined
}
