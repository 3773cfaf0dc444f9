// How the calls of remote clients end on the scripts' machine.

import { InvalidStateError, RunnerClosedError, RunnerDiedError } from '../../errors.js'
import type { Future } from '../../future.js'

export function settle(future: Future<unknown>, value: unknown, isError: boolean): void {
  if (future.done()) return
  if (isError) future.setException(value)
  else future.setResult(value)
}

export function hasLeft(fun: string): InvalidStateError {
  return new InvalidStateError(`${fun} was called by a client that has left its server.`)
}

export function hasGone(fun: string, name: string): RunnerDiedError {
  const what = 'it has gone, or was not reached for two heartbeats'
  return new RunnerDiedError(`${fun} on server '${name}' ended without an answer: ${what}. It may have been handled.`)
}

export function hasClosed(fun: string, name: string): RunnerClosedError {
  return new RunnerClosedError(`${fun} on server '${name}' ended without an answer: the server is closed.`)
}

const ends = new Set<unknown>(['ERR_RUNNER_CLOSED', 'ERR_RUNNER_DIED', 'ERR_CANCELLED'])

/** What goes on for as long as the link: its end is no error. */
export async function untilClosed(work: Promise<void>): Promise<void> {
  try {
    await work
  } catch (error) {
    if (!ends.has((error as { code?: unknown } | undefined)?.code)) throw error
  }
}
