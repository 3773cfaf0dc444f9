// Whether what a task has thrown is a cancellation, and whose.
//
// Promises that a task ends as cancelled by its own cancellation, and by a CancelledError that the user has made; that
// of another task, or of a future, is an error like any other. Never throws, whatever was thrown.

import { isError, isOne } from '../brands.js'
import { CancelledError, originOf } from '../errors.js'
import { native } from '../native/native.js'

/** So many errors, at most, may have passed a CancelledError on as their cause. */
const MOST_LINKS = 8

/** The CancelledError that this is, or that a function of Node passes on in its AbortError. */
export function cancellationIn(error: unknown): CancelledError | undefined {
  try {
    let link = error
    for (let i = 0; i < MOST_LINKS && isError(link); i++) {
      if (isOne(link, CancelledError)) return link
      if (link.name !== 'AbortError') return undefined
      link = link.cause
    }
  } catch {
    // A getter or a trap of the user's has thrown.
  }
  return undefined
}

/** Whether it came from another task, or from a future, and this task was not cancelled itself. */
export function isForeign(cancellation: CancelledError, task: number): boolean {
  const origin = originOf(cancellation)
  return origin !== undefined && origin !== task && !native.loopTaskIsCancelled(task)
}
