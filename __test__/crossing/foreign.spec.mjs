// Bytes that come from another process: what of them is read, and what is not.

import test from 'ava'
import { CancelledError, Event, Queue, registerError } from 'threaded-async'
import { decode, decodeForeign, encode, release } from '../../dist/internals.js'
import { ends, stress } from '../support/program.mjs'
import { packed, Tag } from './wire-fixture.mjs'

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

test('an array that says two lengths, a shape of elements and a count beyond 2^53 are refused', t => {
  const text = name => [Tag.ShortString | name.length, ...Buffer.from(name)]
  const wrong = {
    length: [Tag.ArrayWithFields, 0, ...text('length'), 0x7f, Tag.End],
    'length of a sparse array': [Tag.SparseArray, 5, ...text('length'), 0x45, Tag.End],
    'an element behind the last': [Tag.SparseArray, 5, ...text('5'), 0x41, Tag.End],
    'elements of a shape': [Tag.NewShape, 1, ...text('1000'), 0x41],
    'a long count': [Tag.Buffer, ...Array.from({ length: 200 }, () => 0x80), 0],
  }
  for (const [name, bytes] of Object.entries(wrong)) {
    const message = /two lengths|the names of a shape|too large/
    t.throws(() => decodeForeign(Uint8Array.from([0, 0, 0, 0, ...bytes]), 0), { message }, name)
  }
})

test('memory that may grow is refused where there is too much of it, or too many', t => {
  const lists = { 'too much': [3, 2 ** 29], 'too many': [2000, 100] }
  for (const [name, [length, maxByteLength]] of Object.entries(lists)) {
    const list = Array.from({ length }, () => new ArrayBuffer(8, { maxByteLength }))
    t.throws(() => decodeForeign(left(list), 0), { message: /may grow to more than 1 GiB, or has too much/ }, name)
  }
  const few = decodeForeign(left(Array.from({ length: 500 }, () => new ArrayBuffer(8, { maxByteLength: 100 }))), 0)
  t.is(few.length, 500)
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

// --- the hashes of V8, as its sources have them

const bits = 2n ** 64n - 1n

function hashOfLong(key) {
  let hash = key & bits
  hash = ((~hash & bits) + (hash << 18n)) & bits
  hash ^= hash >> 31n
  hash = (hash * 21n) & bits
  hash ^= hash >> 11n
  hash = (hash + (hash << 6n)) & bits
  return Number((hash ^ (hash >> 22n)) & 0x3fff_ffffn)
}

function hashOfDouble(key) {
  const view = new DataView(new ArrayBuffer(8))
  view.setFloat64(0, key)
  return hashOfLong(view.getBigUint64(0))
}

function hashOfInt(key) {
  let hash = (~key + (key << 15)) | 0
  hash ^= hash >>> 12
  hash = (hash + (hash << 2)) | 0
  hash ^= hash >>> 4
  hash = Math.imul(hash, 2057)
  return (hash ^ (hash >>> 16)) & 0x3fff_ffff
}

function colliding(count, hash, first) {
  const keys = []
  const places = 2 ** Math.ceil(Math.log2(count)) / 2
  for (let key = first; keys.length < count; key++) if (hash(key) % places === 1) keys.push(key)
  return keys
}

const entries = keys => keys.map(key => [key, 1])

test('keys that V8 puts into one place of a Map or a Set, where a search takes as long as there are keys, are refused', t => {
  const numbers = {
    ints: colliding(2000, hashOfInt, 0),
    negative: colliding(2000, hashOfInt, -(2 ** 31)),
    doubles: colliding(800, hashOfDouble, 0.5),
    bigints: Array.from({ length: 2000 }, (_, i) => (BigInt(i) << 64n) + 5n),
    'negative bigints': Array.from({ length: 2000 }, (_, i) => -(BigInt(i) << 64n) - 5n),
  }
  for (const [name, keys] of Object.entries(numbers)) {
    const among = keys.flatMap(key => [`text ${key}`, key])
    for (const value of [new Map(entries(keys)), new Set(keys), new Set(among)]) {
      t.throws(() => decodeForeign(left(value), 0), { instanceOf: RangeError, message: /collide/ }, name)
      t.is(decode(left(value), 0).size, value.size) // Of this process it is no stranger.
    }
  }
  const small = Array.from({ length: 600 }, (_, i) => numbers.bigints.slice(i, i + 100))
  t.throws(() => decodeForeign(left(small.map(keys => new Set(keys))), 0), { message: /collide/ }, 'many small ones')
})

test('keys as programs have them are no attack', t => {
  const numbers = (make, count = 20_000) => Array.from({ length: count }, (_, i) => make(i))
  const sets = [
    numbers(i => i, 300_000),
    numbers(i => i * 65_536),
    numbers(i => -i * 1024),
    numbers(i => i + 0.5),
    numbers(i => i * 2 ** 32),
    numbers(i => 1 / (i + 1)),
    numbers(i => BigInt(i)),
    numbers(i => BigInt(i) * 2n ** 32n),
    numbers(i => 2n ** BigInt(i), 500),
    numbers(i => [`text ${i}`, i, null][i % 3]),
    [NaN, 0, Infinity, -Infinity, ...numbers(i => 2 ** (i - 1000), 2000)],
  ]
  for (const keys of sets) {
    t.is(decodeForeign(left(new Set(keys)), 0).size, new Set(keys).size)
    t.is(decodeForeign(left(new Map(entries(keys))), 0).size, new Set(keys).size)
  }
})
