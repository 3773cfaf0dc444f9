// Whether a debugger may look at this process.
//
// Promises to cost next to nothing after the first question, which loads Node's module and takes 2 ms. Only the main thread knows: its inspector is the one that
// editors talk to, also about other threads. On any other thread, and where Node was built without one, it is closed.

import { isMainThread } from 'node:worker_threads'

let url: (() => string | undefined) | undefined

/** Whether the process was started with the inspector open. It may be opened later all the same. */
export function isInspectorWanted(): boolean {
  return [...process.execArgv, process.env.NODE_OPTIONS ?? ''].some(flag => flag.includes('--inspect'))
}

/** Whether the inspector is open: by `--inspect`, by `inspector.open()`, or by an editor that has attached itself. */
export function isInspected(): boolean {
  if (!isMainThread || !process.features.inspector) return false
  url ??= (require('node:inspector') as typeof import('node:inspector')).url
  return url() !== undefined
}
