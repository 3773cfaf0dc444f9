// How a live loop handles the requests of a server: each as it comes, until the server is closed.
//
// Promises that no request is taken before it is asked for, and that nothing that blocks takes any meanwhile.

import { Handle } from '../native/handle.js'
import { control, native, waitReturn } from '../native/native.js'
import { Door, End, Word } from '../native/protocol.js'
import { parked, rejected } from '../wait/hub.js'
import { Items, nothing } from '../wait/items.js'
import type { Awaitable } from '../wait/outcome.js'
import { takeCut } from '../wait/scope.js'
import { handleQuietly, madeIfHere, reads, type Made } from './handling.js'
import { receiveRequest, withFuture, type TakenRequest } from './request.js'
import { ServerWait } from './server-wait.js'

/** Each request with the future of its answer, one by one; see `Server.requests`. */
export function requestsOf<Request, Answer extends Handle>(
  server: Handle,
): AsyncIterableIterator<[request: Request, future: Answer]> {
  const id = Handle.idOf(server)
  return new Items({
    failures: () => new ServerWait(server).failures(),
    verb: 'requests',
    handle: server,
    id,
    begin: (door, timeout) => native.serverNext(id, 0, door, timeout),
    passesOver: true,
    receive(value) {
      const taken = receiveRequest(value, id)
      if (taken.unread?.isScripts === true) return nothing // A sandboxed script cannot end this loop.
      const { 0: request, 1: future } = withFuture<Answer>(taken, id)
      return [request as Request, future]
    },
    begun: () => reads(madeIfHere(server)),
  })
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
    handle: here.server,
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
