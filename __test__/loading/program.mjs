// Loads the package through each door, and prints as JSON how that ended: undefined where it is there, or else the code, the
// message and the code of the cause. Promises to run on every Node.js that has ES modules.

import { createRequire } from 'node:module'
import { isMainThread, parentPort, Worker } from 'node:worker_threads'

const told = ({ code, message, cause }) => ({ code, message, cause: cause && cause.code })
const attempted = load =>
  load().then(
    () => null,
    error => told(error),
  )

const imported = () => import('threaded-async')
const required = async () => createRequire(import.meta.url)('threaded-async')

const ended = worker =>
  new Promise(resolve => {
    worker.on('message', resolve)
    worker.on('error', error => resolve(told(error)))
  })

if (isMainThread) {
  const outcomes = {
    import: await attempted(imported),
    again: await attempted(imported),
    require: await attempted(required),
  }
  outcomes.worker = await ended(new Worker(new URL(import.meta.url)))
  console.log(JSON.stringify(outcomes))
} else {
  await imported()
  parentPort.postMessage(null)
}
