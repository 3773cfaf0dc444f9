// What a program does to its loop, or to its main thread, is its own affair: the package goes on with what it has
// captured.
//
// Each entry of the table (`tamperings.mjs`) is done to a fresh loop, and to the main thread, by `tampering.mjs`, which
// then uses everything and compares what comes. Here a part of the table is done; STRESS=10 does all of it.

import { fileURLToPath } from 'node:url'
import test from 'ava'
import { ends, passes, stress } from '../support/program.mjs'

const program = fileURLToPath(new URL('tampering.mjs', import.meta.url))
const step = stress > 1 ? 1 : 16
const deadline = 120_000 * stress

for (const [where, thread] of Object.entries({ loop: 'a loop', main: 'the main thread' })) {
  test(`whatever is done to the globals and prototypes of ${thread}, everything goes on`, async t => {
    await passes(t, [program, where, stress > 1 ? '0' : '1', String(step)], { deadline })
  })
}

for (const [name, tampering] of [
  ['all listeners are removed', 'process.removeAllListeners()'],
  ['the stacks are tampered with', 'Error.prepareStackTrace = function'],
  ['captureStackTrace is gone', 'delete Error.captureStackTrace'],
  ['iteration is broken', 'delete Array.prototype[Symbol.iterator]'],
  ['promises are patched', 'Promise.prototype.then ='],
  ['everything is frozen', 'Object.freeze(each)'],
  ['there is no global any more', 'delete globalThis[name]'],
]) {
  test(`where ${name} on a loop, tasks, errors and the close are as ever`, async t => {
    await passes(t, [program, 'loop', '0', '1', tampering])
  })
}

test('where process.emit is replaced, an uncaught error ends the loop, and every wait for it is told', async t => {
  await ends(t, [fileURLToPath(new URL('deaf.mjs', import.meta.url))])
})
