// How the thread that has made a server handles its requests: one, a round, until a task has ended, or as they come.
//
// Promises that a request which was taken is handled, and that requests are not handled in two ways at a time: where a
// live loop serves them as they come, nothing that blocks takes any.

import { isOne } from '../brands.js'
import { InterruptedError, InvalidStateError } from '../errors.js'
import { Handle } from '../native/handle.js'
import { control, native, requestReturn, waitReturn } from '../native/native.js'
import { Choice, Door, End, Status, Word } from '../native/protocol.js'
import { atCaller } from '../stack.js'
import type { TimeoutTimer } from '../timeout.js'
import { afterBlocking } from '../wait/doors.js'
import { parked, rejected } from '../wait/hub.js'
import { runnerOf, type Awaitable } from '../wait/outcome.js'
import { refusePromisedTo } from '../wait/promised.js'
import type { RunnerHandle } from '../wait/runner-handle.js'
import { takeCut } from '../wait/scope.js'
import type { Serving } from './options.js'
import {
  answerBy,
  answerThrough,
  assertRead,
  receiveRequest,
  whileNoPromiseSettles,
  type TakenRequest,
} from './request.js'
import { untilAtRestWithin, type Budget } from './rest.js'
import { ServerWait } from './server-wait.js'

/** A `Server`, as far as its requests go. */
type ServingHandle = Handle & { handleRequest(request: never, future: never): unknown }

/** What the thread that made a server knows of it. The object is kept: its class and its handlers are nowhere else. */
export interface Made extends Serving {
  readonly server: ServingHandle
  readonly id: number
  /** Kept, too: the loop of a runner whose object is gone is told so again and again, and does not rest meanwhile. */
  readonly runner: object
  /** What `handleRequest` is where it is not overridden. */
  readonly plain: Function
  /** How many loops of this thread serve the requests as they come. */
  readers: number
}

const made = new Map<number, Made>()

/** Remembers a server that this thread has made. */
export function remember(server: ServingHandle, runner: object, plain: Function, serving: Serving): void {
  const id = Handle.idOf(server)
  made.set(id, { ...serving, server, id, runner, plain, readers: 0 })
}

/** Forgets a server, which is closed. */
export function forget(server: Handle): void {
  made.delete(Handle.idOf(server))
}

/** What is known of a server that this thread has made. Requests can be handled nowhere else. */
export function madeHere(server: Handle, verb: string): Made {
  const here = made.get(Handle.idOf(server))
  if (here !== undefined) return here
  const { isRunning } = runnerOf(server) as RunnerHandle
  if (!isRunning) throw atCaller(new ServerWait(server).failures().ended(verb, End.Closed)!)
  const message = `${verb} handles requests on the thread that made the server; here, use requests().`
  throw atCaller(new InvalidStateError(message))
}

/** The same, for what blocks and handles requests. */
export function madeToBlock(server: Handle, verb: string): Made {
  const here = madeHere(server, verb)
  if (here.readers > 0) throw alreadyServed(verb)
  return here
}

/** What this thread knows of a server, wherever that was made. */
export function madeIfHere(server: Handle): Made | undefined {
  return made.get(Handle.idOf(server))
}

/** Says that nothing is there to handle, unless that is because a live loop, of any thread, has it as it comes. */
export function assertNobodyReads(here: Made, verb: string): void {
  if (!native.clientIsAlone(here.id)) throw alreadyServed(verb)
}

function alreadyServed(verb: string): InvalidStateError {
  const message = `${verb} cannot handle requests while serve() or requests() does. End that first: by its signal, or by leaving its loop.`
  return atCaller(new InvalidStateError(message))
}

// --- blocking

export function take(here: Made, choice: Choice): TakenRequest | undefined {
  const value = native.serverTake(here.id, choice, 0)
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
export function processRound(here: Made, most: number, budget: Budget, limit: TimeoutTimer | undefined): number {
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

/**
 * Handles a request. Where it throws, the caller returns the request, which its call had no stack for, or its answer.
 *
 * @throws what the handler throws, unless the server's errors are the scripts' alone.
 */
export function handle(here: Made, request: TakenRequest): void {
  if (here.rejectsOnly) handleQuietly(here, request)
  else handleOpenly(here, request)
}

function handleOpenly(here: Made, request: TakenRequest): void {
  assertRead(request)
  const { server, handlers } = here
  // The short way: no future is made where no code of the user's would see it.
  if (handlers !== undefined && server.handleRequest === here.plain) return answerBy(handlers, request, here.id)
  answerThrough((each, future: Handle) => server.handleRequest(each, future as never), request, here.id)
}

/**
 * An error of a handler is the script's alone: the call was rejected with it. What no handler has seen is not handled, and
 * its error is the caller's.
 */
function handleQuietly(here: Made, request: TakenRequest): void {
  try {
    handleOpenly(here, request)
  } catch (error) {
    requestReturn(request.number, here.id, request.isBegun)
    if (!request.isBegun || isOne(error, InterruptedError)) throw error // Ctrl-C ends everything that blocks.
  }
}

// --- on a live loop

/** A loop that serves the requests of a server as they come has begun; the function it returns says that it has ended. */
export function reads(here: Made | undefined): () => void {
  if (here === undefined) return () => {}
  let isReading = true
  here.readers++
  return () => {
    if (isReading) here.readers--
    isReading = false
  }
}

/** Handles each request as it comes, until the server is closed or the signal is aborted. */
export async function serveLive(here: Made, signal: AbortSignal | undefined): Promise<void> {
  const hasEnded = reads(here)
  try {
    while (signal?.aborted !== true) {
      const request = await nextLive(here, signal)
      if (request === undefined) return
      handleQuietly(here, request)
    }
  } finally {
    hasEnded()
  }
}

/** Resolves with the next request; with undefined where the server is closed or the signal was aborted. */
async function nextLive(here: Made, signal: AbortSignal | undefined): Promise<TakenRequest | undefined> {
  const cut = takeCut()
  if (cut !== undefined) throw cut
  try {
    return (await begin(here, signal)) as TakenRequest | undefined
  } catch (error) {
    if (signal?.aborted === true && error === signal.reason) return undefined
    throw error
  }
}

function begin(here: Made, signal: AbortSignal | undefined): Promise<unknown> {
  const target: Awaitable = {
    failures() {
      const failures = new ServerWait(here.server).failures()
      return { ...failures, ended: (verb, end) => (end === End.Died ? failures.ended(verb, end) : undefined) }
    },
    receive: value => receiveRequest(value, here.id),
  }
  try {
    const value = native.serverNext(here.id, 0, Door.Await, -1)
    const status = control[Word.Status]!
    try {
      return parked(value, target, 'serve', -1, signal)
    } catch (error) {
      waitReturn(here.id, value, status)
      throw error
    }
  } catch (error) {
    return rejected(error)
  }
}
