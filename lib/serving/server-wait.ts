// How a wait for a server, or through a client, fails.

import {
  cancellationOf,
  EventLoopTimeoutError,
  RunnerClosedError,
  RunnerDiedError,
  type CancelledError,
} from '../errors.js'
import { Handle } from '../native/handle.js'
import { native } from '../native/native.js'
import { End } from '../native/protocol.js'
import {
  called,
  defaultTimeout,
  failuresOf,
  hasEnded,
  runnerOf,
  type Awaitable,
  type Failures,
} from '../wait/outcome.js'
import { promisedBy } from '../wait/promised.js'
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

/** A wait, through a client, for what only the server's main loop gives: an answer, or a time. */
export class CallWait implements Awaitable {
  readonly #handle: Handle

  constructor(handle: Handle) {
    this.#handle = handle
  }

  what(): string {
    return called(this.#handle, 'server')
  }

  get isCall(): boolean {
    return true
  }

  unserved(verb: string): Error | undefined {
    return new ServerWait(this.#handle).unserved(verb)
  }

  failures(): Failures {
    const timedOut = (verb: string, timeout: number) => {
      const promised = promisedBy(native.handleRunner(Handle.idOf(this.#handle)))
      const what = verb === 'delay' || verb === 'nextTick' ? 'moved its clock so far' : 'answered'
      const wait = `${verb} on ${called(this.#handle, 'server')}`
      const milliseconds = timeout < 0 ? defaultTimeout(this.#handle) : timeout
      return new EventLoopTimeoutError(
        `${wait} timed out after ${milliseconds} ms: the server has not ${what}.${promised}`,
      )
    }
    const failures = new ServerWait(this.#handle).failures()
    return { ...failures, timedOut, ended: (verb, end) => this.#unanswered(verb, end) ?? failures.ended(verb, end) }
  }

  /** Where the server runs, it was the thread that has taken the call which has ended. */
  #unanswered(verb: string, end: End): RunnerDiedError | undefined {
    if (end !== End.Died || !(runnerOf(this.#handle) as RunnerHandle).isRunning) return undefined
    const call = `${verb} on ${called(this.#handle, 'server')}`
    return new RunnerDiedError(`${call} will not be answered: the thread that had taken the call has ended.`)
  }
}

function closed(verb: string, what: string): RunnerClosedError {
  return new RunnerClosedError(hasEnded(verb, what, 'the server is closed'))
}

function cancelled(verb: string): CancelledError {
  return cancellationOf(0, `${verb} was cancelled by the server.`)
}
