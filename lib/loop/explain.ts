// What to do about an error that has its cause in how loops are started.
//
// A thread of a runner is a worker. What reads TypeScript for the main thread of Node.js 20 is not installed on workers, so
// the import of a `.ts` file fails there. Promises to add one sentence to such an error, once, and nothing to any other.

import { contains, matches } from '../methods.js'
import { setMessage } from '../stack.js'

const advice =
  'This Node.js does not read TypeScript by itself, and what reads it on the main thread is not installed on other ' +
  "threads. Install it on the runner's thread before anything is imported there, by a task such as " +
  "async () => void (await import('tsx/esm/api')).register(), or name the JavaScript file, or use Node.js 22.18 or later."

/** Adds what to do to the message of an error, if that is known. */
export function explain(error: Error): void {
  try {
    if ((error as { code?: unknown }).code !== 'ERR_UNKNOWN_FILE_EXTENSION') return
    const { message } = error
    if (contains(message, advice) || matches(/"\.[cm]?tsx?"/, message) === null) return
    setMessage(error, `${message}. ${advice}`)
  } catch {
    // Whatever a program has made of it, it is told as it is.
  }
}
