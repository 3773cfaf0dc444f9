// What the cases of circles.mjs have in common.

import assert from 'node:assert/strict'
import { Server } from 'threaded-async'

export const patience = { timeout: 20_000 }
export const options = name => ({ name, allowBlocking: true, logForcedShutdownStackTrace: false })
export const scripts = (handlers, name = 'scripts') => new Server({ ...options(name), handlers })

/** Asserts that a call is refused as a circle, naming these threads in this order. */
export function refused(call, ...names) {
  assert.throws(call, error => isCircle(error, names))
}

export function isCircle(error, names) {
  assert.equal(error.code, 'ERR_WOULD_DEADLOCK')
  assert.match(error.message, new RegExp(names.join('.*')))
  return true
}

/** Blocks until a script blocks for main. */
export function untilAsked(server) {
  while (server.pending === 0) pause(1)
}

const nap = new Int32Array(new SharedArrayBuffer(4))

export function pause(milliseconds) {
  Atomics.wait(nap, 0, 0, milliseconds)
}

export const open = []

/** Something that is closed at the end of the case. */
export function kept(closable) {
  open.unshift(closable)
  return closable
}
