// wire.mjs <cases> [seed]: so many generated values cross, and so many packets that no writer has written are read.
//
// Shows that a value arrives as structured clone would make it, and that bytes which were changed, cut off or made up
// make `decode` throw or return: it neither crashes nor hangs, takes no memory to speak of, and leaves the prototypes
// alone. Such bytes cannot come from outside of the process; this is about what a fault elsewhere would lead to.

import assert from 'node:assert/strict'
import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import { packed, cross } from '../crossing/wire-fixture.mjs'
import { decode } from '../../dist/internals.js'
import { random } from './chaos-tasks.mjs'
import { check } from './support.mjs'

const cases = Number(process.argv[2])
const seed = Number(process.argv[3] ?? Date.now() % 1_000_000)
const next = random(seed)
const below = bound => Math.floor(next() * bound)
console.log(`seed ${seed}`)

const memory = fc.uint8Array({ maxLength: 40 }).map(bytes => bytes.slice().buffer)
const values = [
  fc.string({ unit: 'binary' }),
  fc.double(),
  fc.maxSafeInteger(),
  fc.boolean(),
  fc.constantFrom(null, undefined, -0, '__proto__', 'constructor'),
  fc.bigInt(),
  fc.date({ noInvalidDate: true }),
  fc.constantFrom(/a+[^b]/giu, /\//y),
  memory,
  memory.map(buffer => [new DataView(buffer), new Uint8Array(buffer, buffer.byteLength >> 1), buffer]),
  fc.string().map(text => new RangeError(text, { cause: [text] })),
]
const anything = fc.anything({
  key: fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('__proto__', 'constructor', 'toString', '0', '-1')),
  values,
  maxDepth: 3,
  withBigInt: true,
  withBoxedValues: true,
  withMap: true,
  withNullPrototype: true,
  withSet: true,
  withSparseArray: true,
  withTypedArray: true,
})

/** How packets are spoiled; each returns other bytes. */
const spoilers = [
  bytes => bytes.subarray(0, below(bytes.length)),
  bytes => bytes.map(byte => (next() < 0.1 ? below(256) : byte)),
  bytes => bytes.with(below(bytes.length), below(256)),
  bytes => bytes.with(below(bytes.length), 255),
  bytes => Uint8Array.of(...bytes.subarray(below(bytes.length)), ...bytes),
  bytes => bytes.toReversed(),
  () => Uint8Array.from({ length: 1 + below(60) }, () => below(256)),
  () => Uint8Array.from({ length: 1 + below(60) }, () => below(30)),
  () => new Uint8Array(1 + below(100)).fill(below(32)),
]

const LONG = 1000
const counts = { crossed: 0, thrown: 0, returned: 0 }
const prototypes = [Object, Array, Map, Set, Error, Uint8Array].map(({ prototype }) => prototype)
const names = () => prototypes.map(prototype => Reflect.ownKeys(prototype).map(String).join()).join('\n')
const namesBefore = names()

function crosses(value) {
  const clone = structuredClone(value)
  // To Node 20 no invalid Date equals another.
  if (!isDeepStrictEqual(clone, structuredClone(value))) return
  assert.deepStrictEqual(cross(value), clone)
  counts.crossed++
}

function isReadSafely(bytes) {
  const shown = () => `decode(Uint8Array.of(${bytes}))`
  const before = process.cpuUsage()
  try {
    decode(bytes, 0, next() < 0.2)
    counts.returned++
  } catch (error) {
    check(error instanceof Error, `${shown()} throws an error, not ${String(error)}`)
    counts.thrown++
  }
  const { user, system } = process.cpuUsage(before) // On a busy machine a moment may take seconds.
  const ms = (user + system) / 1000
  check(ms < LONG, `${shown()} is over at once, not after ${ms} ms`)
}

/** What the most of memory was, in MB, seen now and then. */
let most = 0

function look() {
  const { rss, arrayBuffers } = process.memoryUsage()
  most = Math.max(most, rss >> 20, arrayBuffers >> 20)
  check(most < 1500, `memory stays within bounds: ${most} MB`)
}

function one(value) {
  crosses(value)
  const bytes = packed(value)
  isReadSafely(spoilers[below(spoilers.length)](bytes))
  if (counts.crossed % 500 === 0) look()
}

fc.assert(fc.property(anything, one), { numRuns: cases, seed })
look()
check(names() === namesBefore, 'no prototype has changed')
console.log(`${JSON.stringify(counts)}, at most ${most} MB`)
console.log('pass')
