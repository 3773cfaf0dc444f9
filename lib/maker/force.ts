// What is said of a runner that did not end in time, and is ended by force.
//
// Promises to return soon, with or without the stack of its loop.

import { joined, mapped } from '../methods.js'
import type { Worker } from 'node:worker_threads'
import { native } from '../native/native.js'
import { say } from '../wait/stderr.js'
import { stuckStack } from './stuck-stack.js'

/** Says on stderr where the loop is. Straight to the descriptor: this thread may not come back to its own loop soon. */
export function sayForced(id: number, worker: Worker): void {
  const tasks = native.runnerHolders(id)
  const where =
    tasks.length === 0
      ? 'outside of any task'
      : `in task ${joined(
          mapped(tasks, task => `'${task}'`),
          ' or ',
        )}`
  const stack =
    stuckStack(worker.threadId) ??
    '    (its stack cannot be taken: native code holds it, or this is not the main thread)'
  say(`runner '${native.runnerName(id)}' did not end in time and is stopped by force, ${where}:\n${stack}`)
}
