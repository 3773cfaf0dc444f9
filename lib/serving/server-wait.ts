// How a wait for a server fails.

import { cancellationOf, RunnerClosedError, type CancelledError } from '../errors.js'
import type { Handle } from '../native/handle.js'
import { End } from '../native/protocol.js'
import { failuresOf, hasEnded, runnerOf, type Awaitable, type Failures } from '../wait/outcome.js'
import type { RunnerHandle } from '../wait/runner-handle.js'

/** A wait for a server, or through a client. It is no part of these objects, as a client's names are its interface's. */
export class ServerWait implements Awaitable {
  readonly #handle: Handle

  constructor(handle: Handle) {
    this.#handle = handle
  }

  /** The error of a wait for a server that is closing and will not answer; undefined while it is running. */
  unserved(verb: string): Error | undefined {
    const { isRunning } = runnerOf(this.#handle) as RunnerHandle
    return isRunning ? undefined : this.failures().ended(verb, End.Closed)
  }

  failures(): Failures {
    return failuresOf(this.#handle, 'server', closed, cancelled)
  }
}

function closed(verb: string, what: string): RunnerClosedError {
  return new RunnerClosedError(hasEnded(verb, what, 'the server is closed'))
}

function cancelled(verb: string): CancelledError {
  return cancellationOf(0, `${verb} was cancelled by the server.`)
}
