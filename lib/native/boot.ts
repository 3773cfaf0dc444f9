// What the thread of a runner is told at its start, and by that whether this is one.
//
// Promises to be undefined on every other thread: also where another copy of this package is loaded on a runner's
// thread, which is not that copy's loop. Imports nothing of the package, as everything else is loaded by what it says.

import { workerData, type MessagePort } from 'node:worker_threads'

/** What the thread of a runner is told. */
export interface BootData {
  /** The file of the copy of this package that has made the runner. */
  file: string
  /** The native addon's file, where it is known. */
  addon: string | undefined
  runner: number
  name: string
  /** Whether there is time: nobody waits for the loop yet. */
  isAhead: boolean
  port: MessagePort
}

/** What this thread was told, if it is the thread of a runner of this very copy. */
export const bootData: BootData | undefined =
  (workerData as Partial<BootData> | null | undefined)?.file === __filename ? (workerData as BootData) : undefined
