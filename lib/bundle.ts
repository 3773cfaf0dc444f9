// All of the package in one file, dist/threaded-async.cjs, which every thread loads; those of runners start with it.
//
// Promises one copy of each module in a thread: what else there is in dist, the front door too, only passes on what this
// exports. It is CommonJS, as starting the loader of ES modules and finding sixty files takes longer than all the rest of
// a loop's start. What a thread may never need is inside, but runs when it is first required.

import * as index from '../index.js'
import { bootData } from './native/boot.js'
import * as checks from './arguments.js'
import * as errors from './errors.js'
import { describe, setExportNames } from './functions/errand.js'
import * as event from './event.js'
import * as handle from './native/handle.js'
import { startLoop } from './loop/worker.js'
import * as scope from './wait/scope.js'
import * as native from './native/native.js'
import * as sharedMemory from './wire/shared-memory.js'
import { compile } from './functions/compile.js'
import { withWaiter } from './stack.js'
import * as timeout from './timeout.js'
import * as transfer from './wire/transfer.js'
import * as wire from './wire/wire.js'
import * as workerThread from './maker/thread.js'

export * from '../index.js'

/** For the specs of this package, which find it all in dist/internals.js. Not published. */
export const internals = {
  compile,
  describe,
  setExportNames,
  withWaiter,
  ...checks,
  ...errors,
  ...event,
  ...handle,
  ...scope,
  ...native,
  ...sharedMemory,
  ...timeout,
  ...transfer,
  ...wire,
  ...workerThread,
}

setExportNames(Object.keys(index))
if (bootData !== undefined) startLoop(bootData, index)
