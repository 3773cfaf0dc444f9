// What the server's specs share: servers that end with their test, and scripts for their loops.
//
// Promises that a server is closed whatever its test does, and that scripts put what they do into a queue that any
// thread can read.

import { Server } from 'threaded-async'
import { closedAfter, patient } from './runner-fixture.mjs'

/** A server that is closed when its test ends. One whose loop does not come round at its close needs an `exitTimeout`. */
export function serverFor(t, options, ServerClass = Server) {
  return closedAfter(t, new ServerClass({ ...patient, ...options }))
}

/** Answers nothing; keeps every request and its future. Python: AsyncServer. */
export class KeepingServer extends Server {
  taken = []
  futures = []

  handleRequest(request, future) {
    this.taken.push(request)
    this.futures.push(future)
  }

  get last() {
    return this.futures.at(-1)
  }
}

/** Answers `increment(n)` with n + 1 and everything else with what it was called with. Python: SyncServer. */
export class AnsweringServer extends KeepingServer {
  handleRequest(request, future) {
    super.handleRequest(request, future)
    future.setResult(request.fun === 'increment' ? request.args[0] + 1 : [request.fun, ...request.args])
  }
}

export const increment = { increment: n => n + 1 }

/** As a script: so many requests, one after the other; the sum of their answers. */
export async function sumUp(client, count) {
  let sum = 0
  for (let i = 0; i < count; i++) sum += await client.increment(i)
  return sum
}

/** Calls `process` until it returns false; how often it returned true. */
export function drain(server, most = Infinity) {
  let count = 0
  while (count < most && server.process()) count++
  return count
}
