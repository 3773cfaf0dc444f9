// What every thread loads of the package: dist/threaded-async.cjs, with which the threads of runners start.
//
// Promises one copy of each module in a thread: what else there is in dist, the front door too, only passes on what this
// gives. It is CommonJS, as starting the loader of ES modules and finding sixty files takes longer than all the rest of
// a loop's start. What a thread may never need is in files of its own, which `native/parts.ts` loads.

import { join } from 'node:path'
import { isMainThread } from 'node:worker_threads'
import { bootData } from '../native/boot.js'
import { threadWide } from '../native/thread-wide.js'

/** Returns what the package exports. A runner's loop makes that when something of it is first needed, which may be never. */
export function everything(): typeof import('./whole.js') {
  return require('./whole.js') as typeof import('./whole.js')
}

// Where the beginning of the file, which `tools/bundle.mjs` writes, looks for it. An evaluation that comes later, after
// `jest.resetModules()` for instance, gets this copy.
Reflect.defineProperty(globalThis, Symbol.for(`threaded-async:${__filename}`), { value: module.exports })
// Where its user wants to look at the process from outside: see `lib/top/top.ts`, which has a file of its own.
if (isMainThread && process.env.THREADED_ASYNC_TOP) {
  threadWide('top', () => (require(join(__dirname, 'top.cjs')) as typeof import('../top/top.js')).top({ listen: true }))
}

// Another realm of the thread evaluates this again, and finds the loop there.
const boot = bootData
if (boot !== undefined) {
  threadWide('started', () => {
    const { startLoop } = require('../loop/worker.js') as typeof import('../loop/worker.js')
    startLoop(boot, () => everything().index)
  })
}
