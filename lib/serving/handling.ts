// What a thread knows of the servers it has made, and how it handles one request.
//
// Promises that a request which was taken is handled, and that requests are not handled in two ways at a time: where a
// live loop serves them as they come, nothing that blocks takes any.

import { isOne } from '../brands.js'
import { InterruptedError, InvalidStateError } from '../errors.js'
import { Handle } from '../native/handle.js'
import { native, requestReturn } from '../native/native.js'
import { End } from '../native/protocol.js'
import { atCaller } from '../stack.js'
import { callerFromHere, within, type Caller } from '../wait/contexts.js'
import { runnerOf } from '../wait/outcome.js'
import type { RunnerHandle } from '../wait/runner-handle.js'
import { countReader } from '../wait/unanswered.js'
import type { Serving } from './options.js'
import { answerBy, answerThrough, assertRead, type TakenRequest } from './request.js'
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
  /** Calls handlers in the stores of the code that has made the server. */
  readonly callerThere: Caller
  /** How many loops of this thread serve the requests as they come. */
  readers: number
}

const made = new Map<number, Made>()

/** Remembers a server that this thread has made. */
export function remember(server: ServingHandle, runner: object, plain: Function, serving: Serving): void {
  const id = Handle.idOf(server)
  made.set(id, { ...serving, server, id, runner, plain, callerThere: callerFromHere(), readers: 0 })
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
  if (request.unread?.isScripts === true) return // A sandboxed script cannot have this thread throw.
  assertRead(request)
  here.callerThere(handleInStores, here, request)
}

function handleInStores(here: Made, request: TakenRequest): void {
  if (request.stores === undefined) handleHere(here, request)
  else within(request.stores, () => handleHere(here, request))
}

function handleHere(here: Made, request: TakenRequest): void {
  const { server, handlers } = here
  // The short way: no future is made where no code of the user's would see it.
  if (handlers !== undefined && server.handleRequest === here.plain) return answerBy(handlers, request, server)
  answerThrough((each, future: Handle) => server.handleRequest(each, future as never), request, here.id)
}

/**
 * An error of a handler is the script's alone: the call was rejected with it. What no handler has seen is not handled, and
 * its error is the caller's.
 */
export function handleQuietly(here: Made, request: TakenRequest): void {
  try {
    handleOpenly(here, request)
  } catch (error) {
    requestReturn(request.number, here.id, request.isBegun)
    if (!request.isBegun || isOne(error, InterruptedError)) throw error // Ctrl-C ends everything that blocks.
  }
}

/** A loop that serves the requests of a server as they come has begun; the function it returns says that it has ended. */
export function reads(here: Made | undefined): () => void {
  if (here === undefined) return () => {}
  let isReading = true
  const change = (by: 1 | -1) => {
    here.readers += by
    countReader(runner, by)
  }
  const runner = Handle.idOf(runnerOf(here.server)!)
  change(1)
  return () => {
    if (isReading) change(-1)
    isReading = false
  }
}
