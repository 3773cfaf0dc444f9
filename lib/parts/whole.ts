// All that the package exports, and what its specs look at beside that: dist/threaded-async.front.cjs.
//
// Promises that the exports are in scope in every inline function once this is loaded.

import * as index from '../../index.js'
import {
  checkCount,
  checkMaker,
  checkOptions,
  checkSignal,
  checkType,
  invalidArgType,
  invalidArgValue,
  maker,
  outOfRange,
} from '../arguments.js'
import { registeredClass, registeredName } from '../errors.js'
import { refuseClones } from '../brands.js'
import { compile } from '../functions/compile.js'
import { describe, setExports } from '../functions/errand.js'
import { terminate } from '../maker/thread.js'
import { Handle, HandleKind } from '../native/handle.js'
import { native } from '../native/native.js'
import { ringAtEnd } from '../pool/loop.js'
import { inAnswerTo } from '../serving/answer.js'
import { isClockCall } from '../serving/clock.js'
import { withWaiter } from '../stack.js'
import { load, perform } from '../synchronized/loop.js'
import { blockFor } from '../task.js'
import { hrefOf } from '../task-module.js'
import { checkAwaitOptions, checkTimeout, checkWaitOptions } from '../timeout.js'
import { refuseKind } from '../wire/kinds.js'
import { announce, earsForThread, lookup, takeEars } from '../wire/shared-memory.js'
import { checkTransfer, detach } from '../wire/transfer.js'
import { decode, decodeForeign, decodeNamed, encode, encodeCall, onScratch, release } from '../wire/wire.js'

export { index }

/**
 * What the specs of this package look at beside its exports; they find both in dist/internals.js, which is not published.
 * The loops of synchronized modules and of pools find their halves in dist/synchronized.js and dist/pool.js. The entry for
 * NATS, which has a file of its own, takes all that it needs from here.
 */
export const internals = {
  announce,
  blockFor,
  checkAwaitOptions,
  checkCount,
  checkMaker,
  checkOptions,
  checkSignal,
  checkTimeout,
  checkTransfer,
  checkType,
  checkWaitOptions,
  compile: (source: string, namespace: Readonly<Record<string, unknown>>) => compile(source, () => namespace),
  decode,
  decodeForeign,
  decodeNamed,
  describe,
  detach,
  earsForThread,
  encode,
  encodeCall,
  Handle,
  hrefOf,
  HandleKind,
  inAnswerTo,
  invalidArgType,
  invalidArgValue,
  isClockCall,
  load,
  lookup,
  maker,
  native,
  onScratch,
  outOfRange,
  perform,
  refuseClones,
  refuseKind,
  registeredClass,
  registeredName,
  release,
  ringAtEnd,
  setExports,
  takeEars,
  terminate,
  withWaiter,
}

setExports(index)
