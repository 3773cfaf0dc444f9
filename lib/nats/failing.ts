// How puts and gets of a queue fail.

import { UnconfirmedError } from '../errors.js'
import type { Progress } from './flow.js'
import { linkClosed } from './half.js'

export function unconfirmed(progress: Progress, id: string, cause?: unknown): UnconfirmedError {
  const text = `${progress.what}: the item went out, and the answer was lost; whether it is stored is not known. Put it again under the id '${id}': the server does not store it twice as long as it knows that id.`
  return new UnconfirmedError(id, text, cause === undefined ? undefined : { cause })
}

/** The loop tells of the link's end by an error that says so. */
export function inOurs(error: Error): Error {
  return (error as { code?: unknown }).code === 'ERR_RUNNER_CLOSED' ? linkClosed() : error
}
