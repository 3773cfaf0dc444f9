// Bytes that come from another process: what of them is read, and what is not.

import test from 'ava'
import { CancelledError, Event, Queue, registerError } from 'threaded-async'
import { decodeForeign, encode, release } from '../../dist/internals.js'
import { ends, stress } from '../support/program.mjs'
import { packed } from './wire-fixture.mjs'

function left(value) {
  const packet = encode(value, 'item', { leaves: true })
  const bytes = packet.bytes.slice(packet.start, packet.end)
  release(packet)
  return bytes
}

test('any bytes give a value or an error, within the time and the memory that as many may take', async t => {
  await ends(t, ['--max-old-space-size=256', 'foreign-bytes.mjs', String(20_000 * stress)])
})

test('the numbers of handles and of shared memory are refused', t => {
  for (const value of [new Queue(), { events: [new Event()] }]) {
    t.throws(() => decodeForeign(packed(value), 0), { instanceOf: TypeError, message: /the number of an object/ })
  }
  for (const value of [new SharedArrayBuffer(8), new Uint8Array(new SharedArrayBuffer(8))]) {
    t.throws(() => decodeForeign(packed(value), 0), { instanceOf: TypeError, message: /memory that is shared there/ })
  }
})

test('an error keeps the name of a class that this thread does not know, for one that does', t => {
  class ForeignError extends Error {}
  registerError(ForeignError)
  const bytes = left(new ForeignError('no'))
  const at = Buffer.from(bytes).indexOf('ForeignError')
  bytes[at] = 'f'.charCodeAt(0)
  const unknown = decodeForeign(bytes, 0)
  t.is(Object.getPrototypeOf(unknown), Error.prototype)
  t.true(Buffer.from(left(unknown)).includes('foreignError'))
  bytes[at] = 'F'.charCodeAt(0)
  t.true(decodeForeign(bytes, 0) instanceof ForeignError)
})

test('a cancellation says nothing of whose it was', t => {
  const error = decodeForeign(left(new CancelledError('enough')), 0)
  t.true(error instanceof CancelledError)
  t.is(error.message, 'enough')
})
