// How puts, gets and calls fail.

import { UnconfirmedError } from '../errors.js'
import type { Progress } from './flow.js'
import { linkClosed } from './half.js'
import { fault } from './protocol.js'

export function unconfirmed(progress: Progress, id: string, cause?: unknown): UnconfirmedError {
  const text = `${progress.what}: the item went out, and the answer was lost; whether it is stored is not known. Put it again under the id '${id}': the server does not store it twice as long as it knows that id.`
  return new UnconfirmedError(id, text, cause === undefined ? undefined : { cause })
}

/** What the head of a message takes beside its id, or what it calls, at most. */
export const HEADERS = 64

/** `what`: 'The item takes'. */
export function tooLarge(what: string, size: number, most: number): Error {
  const text = `${what} ${size} bytes, more than the NATS server takes at once (max_payload: ${most}).`
  return fault('ERR_NATS_PAYLOAD', text)
}

/** The loop tells of the link's end by an error that says so. */
export function inOurs(error: Error): Error {
  return (error as { code?: unknown }).code === 'ERR_RUNNER_CLOSED' ? linkClosed() : error
}
