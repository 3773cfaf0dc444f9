// Bytes as another process may send them, most of them no value at all: packets with changed bytes, cut off, put together, and
// such as are made to cost much. Reading each gives a value or an error. The argument says how many changed ones.

import assert from 'node:assert/strict'
import { inspect } from 'node:util'
import { decodeForeign, encode, release } from '../../dist/internals.js'
import { spoiled } from '../support/spoiled.mjs'

const count = Number(process.argv[2] ?? 20_000)
let state = 12_345

/** A number below `most`, the same in each run. */
function below(most) {
  state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
  return Math.floor((state / 2 ** 32) * most)
}

function packed(value) {
  const packet = encode(value, 'item', { leaves: true })
  const bytes = packet.bytes.slice(packet.start, packet.end)
  release(packet)
  return bytes
}

const cyclic = { list: [1, 'ü', null], self: undefined }
cyclic.self = cyclic
const rows = Array.from({ length: 80 }, (_, i) => ({ id: i, name: `row number ${i % 7}`, tags: ['a', `tag ${i}`] }))
const view = new Float64Array([1, 2.5, NaN])
const samples = [
  Object.assign([1, 2, 3, 1.5], { 5: 'text' }),
  Array.from({ length: 200 }, (_, i) => i * 0.5),
  Array.from({ length: 200 }, (_, i) => i),
  Object.assign([1, 2], { more: true }),
  Object.assign([], { 5000: 1 }),
  { a: { b: { c: 'ü'.repeat(300) } }, __proto__: { c: 1 } },
  JSON.parse('{"__proto__": 1, "constructor": 2, "3": 4}'),
  Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`field ${i}`, i])),
  cyclic,
  rows,
  new Map([[{ a: 1 }, new Set([1, 'two'])]]),
  [new Date(5), /a(b)/dgy, Object('boxed'), 12345678901234567890n, -5n],
  [new Uint8Array([1, 2, 3]), view, view.buffer, new DataView(view.buffer, 8), Buffer.from('bytes')],
  new ArrayBuffer(8, { maxByteLength: 64 }),
  Object.assign(new RangeError('no', { cause: new Error('why') }), { code: 'E', more: rows[0] }),
  new AggregateError([new Error('one'), 2], 'several'),
  new DOMException('gone', 'AbortError'),
].map(packed)

/** Reads and looks at what comes of it; whatever that is, nothing of it is of this process. */
function read(bytes) {
  let value
  try {
    value = decodeForeign(bytes, 0)
  } catch (error) {
    assert(error instanceof Error)
    return false
  }
  if (typeof value !== 'symbol') inspect(value, { maxArrayLength: 5, maxStringLength: 5, breakLength: Infinity })
  assert.equal({}.polluted, undefined)
  return true
}

function number(value) {
  const bytes = []
  for (; value >= 0x80; value = Math.floor(value / 0x80)) bytes.push((value % 0x80) | 0x80)
  return [...bytes, value]
}

const repeated = (bytes, times) => Array.from({ length: times }, () => bytes).flat()
const [OBJECT, ARRAY, FIELDS, SPARSE, MAP, ERROR, BUFFER, MEMORY, VIEW, NEW_SHAPE, SHAPED, DICTIONARY, INTS, DOUBLES] = [12, 13, 14, 15, 16, 23, 25, 26, 28, 29, 30, 31, 32, 33] // prettier-ignore
const huge = number(2 ** 52)
const text = string => [0x80 | string.length, ...Buffer.from(string)]
const list = (count, each) => [ARRAY, ...number(count), ...repeated(each, count)]
/** Many of what V8 would give room for all that is not there, where it is read as it is. */
const farApart = [100, 1000, 4000].flatMap(index => {
  const field = [...text(String(index)), 0x41]
  return [
    [OBJECT, ...field, 0],
    [DICTIONARY, 1, ...field],
    [SPARSE, ...number(index + 1), ...field, 0],
    [SPARSE, ...number(index + 1), 0],
    [ERROR, 0, 2, 2, ...field, 0, 0, 0],
    [ERROR, 0, 2, 2, 0, 0, ...field, 0],
  ]
})
const lengths = [2 ** 24, 2 ** 25 - 1, 2 ** 25, 2 ** 26, 2 ** 32 - 1]
const costly = [
  [ARRAY, ...huge],
  [SPARSE, ...number(2 ** 32 - 1), 0],
  [SPARSE, ...huge],
  [MAP, ...huge],
  [BUFFER, ...huge],
  [MEMORY, 0, ...huge],
  [MEMORY, ...huge, 0],
  [ARRAY, ...number(2000), ...repeated([MEMORY, ...number(2 ** 30), 0], 2000)],
  [VIEW, 0, MEMORY, 0, 0, ...huge, ...huge],
  [DICTIONARY, ...huge],
  [NEW_SHAPE, ...huge],
  [INTS, 0xff, 0xff, 0xff, 0x7f],
  [ARRAY, ...huge, DOUBLES, 0xff, 0xff, 0xff, 0x0f, 7],
  repeated([ARRAY, 1], 500_000),
  repeated([MAP, 1], 500_000),
  [ARRAY, ...number(100_000), NEW_SHAPE, 0, ...repeated([SHAPED, 0], 99_999)],
  Array.from({ length: 1000 }, () => 0xff),
  ...farApart.map(each => list(50_000, each)),
  ...lengths.map(length => list(1000, [SPARSE, ...number(length), 0])),
  ...lengths.map(length => [FIELDS, 0, ...text('length'), 7, ...new Uint8Array(Float64Array.of(length).buffer), 0]),
  [FIELDS, 0, ...text('1000'), 0x41, 0],
  [ARRAY, ...number(50_000), NEW_SHAPE, 1, ...text('1000'), 0x41, ...repeated([SHAPED, 0, 0x41], 49_999)],
  list(80_000, [MEMORY, ...number(8194), 1, 0]),
  [ARRAY, 2, MEMORY, ...repeated([0x80], 200), 0, 0, MEMORY, ...huge, 0],
]
/** Each string names a piece anew that is the rest of the packet; or the same piece, or one before the packet. */
function pieces(first, next) {
  const length = 300_000
  const bytes = new Uint8Array(4 + length).fill(0xff)
  const words = new DataView(bytes.buffer)
  words.setInt32(0, first, true)
  bytes.set([ARRAY, ...number(100_000)], 4)
  for (let at = 100_000; at < length - 100; at += 16) {
    words.setInt32(at, next(at), true)
    bytes.set(number((length - at - 50) * 2), at + 4)
  }
  return bytes
}

for (const sample of samples) assert(read(sample))
for (const bytes of [...costly, ...farApart]) read(Uint8Array.from([0, 0, 0, 0, ...bytes]))
read(pieces(100_000, at => at + 16))
read(pieces(100_000, at => at))
read(pieces(-4096, at => -at))
let values = 0
for (let i = 0; i < count; i++) if (read(spoiled(samples[below(samples.length)], below))) values++
assert(values > count / 100 && values < count)
assert.deepEqual(Object.keys(Object.prototype), [])
console.log('pass')
