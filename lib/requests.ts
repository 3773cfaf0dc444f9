// The requests of a server as they come, for a thread whose loop is live.
//
// Promises that a request is handed out once, to whoever has waited longest on any thread, that a loop which is left
// takes nothing more, and that it ends when the server is closed.

import { Served, type ExecutionRequest } from './client.js'
import { RunnerClosedError } from './errors.js'
import type { Future } from './future.js'
import { Handle } from './handle.js'
import { AWAIT, awaiting } from './hub.js'
import { native } from './native.js'
import { receiveRequest, withFuture, type Taken } from './request.js'

/** What a wait for a request waits for. */
class Serving extends Served {
  receive(value: unknown): Taken {
    return receiveRequest(value)
  }
}

/** `server.requests()`. */
export class Requests<A> implements AsyncIterableIterator<[ExecutionRequest<A>, Future<unknown>]> {
  readonly #server: number
  readonly #subject: Serving
  #isOver = false

  constructor(server: Handle) {
    this.#server = Handle.idOf(server)
    this.#subject = new Serving(server)
  }

  async next(): Promise<IteratorResult<[ExecutionRequest<A>, Future<unknown>]>> {
    if (this.#isOver) return { value: undefined, done: true }
    const begin = (timeout: number) => native.serverNext(this.#server, 0, AWAIT, timeout)
    try {
      const taken = (await awaiting(begin, this.#subject, 'requests', undefined)) as Taken
      return { value: withFuture(taken, this.#server) as [ExecutionRequest<A>, Future<unknown>], done: false }
    } catch (error) {
      this.#isOver = true
      if (error instanceof RunnerClosedError) return { value: undefined, done: true }
      throw error
    }
  }

  async return(): Promise<IteratorResult<[ExecutionRequest<A>, Future<unknown>]>> {
    this.#isOver = true
    return { value: undefined, done: true }
  }

  [Symbol.asyncIterator](): this {
    return this
  }
}
