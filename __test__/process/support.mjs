// What several of the programs need, a line or two each, so that what they show stands out.

import { writeSync } from 'node:fs'
import { EventLoopTimeoutError, Event } from 'threaded-async'

const never = new Event()

/** Blocks for so many milliseconds, by the library's own door. */
export function pause(ms) {
  try {
    never.wait({ timeout: ms })
  } catch (error) {
    if (!(error instanceof EventLoopTimeoutError)) throw error
  }
}

/** Blocks until `look` returns something true, and returns it. The deadline is for what hangs: a busy machine takes long. */
export function until(look, deadline = 60_000) {
  for (const end = performance.now() + deadline; performance.now() < end; pause(1)) {
    const found = look()
    if (found) return found
  }
  throw new Error(`It did not happen within ${deadline} ms: ${look}`)
}

/** Writes to standard output at once, whatever becomes of the process. */
export function written(text) {
  writeSync(1, text)
}

/** Throws unless it is true. */
export function check(claim, what) {
  if (!claim) throw new Error(`Not so: ${what}`)
}

/** Returns what `body` throws. */
export function thrown(body) {
  try {
    body()
  } catch (error) {
    return error
  }
  throw new Error('It did not throw.')
}

/** Resolves with what a promise rejects with. */
export function rejection(promise) {
  return promise.then(
    value => {
      throw new Error(`It resolved with ${value}.`)
    },
    error => error,
  )
}

export function median(numbers) {
  return numbers.toSorted((a, b) => a - b)[numbers.length >> 1]
}
