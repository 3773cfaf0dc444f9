// All of the package in one file, dist/threaded-async.cjs, which every thread loads; those of runners start with it.
//
// Promises one copy of each module in a thread: what else there is in dist, the front door too, only passes on what this
// exports. It is CommonJS, as starting the loader of ES modules and finding sixty files takes longer than all the rest of
// a loop's start. What a thread may never need is inside, but runs when it is first required.

import { join } from 'node:path'
import { isMainThread } from 'node:worker_threads'
import * as index from '../index.js'
import { checkSignal, invalidArgType, invalidArgValue, outOfRange } from './arguments.js'
import { registeredClass, registeredName } from './errors.js'
import { compile } from './functions/compile.js'
import { describe, setExports } from './functions/errand.js'
import { startLoop } from './loop/worker.js'
import { terminate } from './maker/thread.js'
import { bootData } from './native/boot.js'
import { Handle } from './native/handle.js'
import { native } from './native/native.js'
import { threadWide } from './native/thread-wide.js'
import { ringAtEnd } from './pool/loop.js'
import { withWaiter } from './stack.js'
import { load, perform } from './synchronized/loop.js'
import { checkAwaitOptions, checkTimeout, checkWaitOptions } from './timeout.js'
import { announce, earsForThread, lookup, takeEars } from './wire/shared-memory.js'
import { checkTransfer, detach } from './wire/transfer.js'
import { decode, encode, onScratch, release } from './wire/wire.js'

export * from '../index.js'

/**
 * What the specs of this package look at beside its exports; they find both in dist/internals.js, which is not published.
 * The loops of synchronized modules and of pools find their halves in dist/synchronized.js and dist/pool.js.
 */
export const internals = {
  announce,
  checkAwaitOptions,
  checkSignal,
  checkTimeout,
  checkTransfer,
  checkWaitOptions,
  compile,
  decode,
  describe,
  detach,
  earsForThread,
  encode,
  Handle,
  invalidArgType,
  invalidArgValue,
  load,
  lookup,
  native,
  onScratch,
  outOfRange,
  perform,
  registeredClass,
  registeredName,
  release,
  ringAtEnd,
  setExports,
  takeEars,
  terminate,
  withWaiter,
}

// Where the beginning of the file, which `tools/bundle.mjs` writes, looks for it. An evaluation that comes later, after
// `jest.resetModules()` for instance, gets this copy.
Reflect.defineProperty(globalThis, Symbol.for(`threaded-async:${__filename}`), { value: module.exports })
setExports(index)
// Where its user wants to look at the process from outside: see `lib/top/top.ts`, which has a file of its own.
if (isMainThread && process.env.THREADED_ASYNC_TOP) {
  threadWide('top', () => (require(join(__dirname, 'top.cjs')) as typeof import('./top/top.js')).top({ listen: true }))
}

// Another realm of the thread evaluates this again, and finds the loop there.
const boot = bootData
if (boot !== undefined) threadWide('started', () => startLoop(boot, index))
