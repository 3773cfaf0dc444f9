// Whether a debugger may look at this process.
//
// Promises to cost next to nothing: what can tell is loaded only once it was asked for a few times. Only the main thread knows: its inspector is the one that
// editors talk to, also about other threads. On any other thread, and where Node was built without one, it is closed.

import { isMainThread } from 'node:worker_threads'

/** Loading Node's module takes 2 ms, which a program that blocks for short times only is spared. */
const FIRST_QUESTIONS = 5

let questions = 0
let url: (() => string | undefined) | undefined

/** Whether the inspector is open: by `--inspect`, by `inspector.open()`, or by an editor that has attached itself. */
export function isInspected(): boolean {
  if (!isMainThread || !process.features.inspector || ++questions <= FIRST_QUESTIONS) return false
  url ??= (require('node:inspector') as typeof import('node:inspector')).url
  return url() !== undefined
}
