// A worker thread that a user has made: it knows the package by its name only, and no runner is its own.
//
// Promises to run bodies of the specs through both doors and to tell which failed; or to block, or to await, for ever,
// saying so first, so that its end can be watched.

import { parentPort, workerData } from 'node:worker_threads'
import { AsyncRunner, Queue } from 'threaded-async'
import { doors } from '../support/doors.mjs'

const { duty, urls = [] } = workerData

if (duty === 'bodies') {
  const failures = []
  const modules = await Promise.all(urls.map(url => import(url)))
  for (const [title, body] of modules.flatMap(module => Object.entries(module.default))) {
    for (const door of Object.values(doors)) {
      try {
        await body(door)
      } catch (error) {
        failures.push(`${title} (${door.name}): ${error.stack}`)
      }
    }
  }
  parentPort.postMessage({ failures, isCurrent: AsyncRunner.current !== undefined })
}

const queue = new Queue()

if (duty === 'block') {
  parentPort.postMessage('about to block')
  queue.getWait()
}

if (duty === 'await') {
  parentPort.postMessage('about to await')
  await queue.get()
}

if (duty === 'idle') {
  const runner = new AsyncRunner()
  parentPort.postMessage(runner.run(queue => queue.putNowait(1) ?? 'idle', [queue]))
}
