// What an object of the language's own holds is what crosses, whatever its fields, its subclass or its prototype say.

import test from 'ava'
import assert from 'node:assert'
import { cross } from './wire-fixture.mjs'

const wrong = [-1, 0, 1e9, 2 ** 31, 2 ** 53, NaN, 'text', null, {}]

/** Own fields that lie, or throw. */
function shadowed(object, names, value) {
  for (const name of names) Object.defineProperty(object, name, { value })
  return object
}

function guarded(object, names) {
  const get = () => {
    throw new Error('it was asked')
  }
  for (const name of names) Object.defineProperty(object, name, { get })
  return object
}

const view = ['byteLength', 'byteOffset', 'buffer', 'length', 'BYTES_PER_ELEMENT', 'constructor', Symbol.iterator]
const memory = ['byteLength', 'maxByteLength', 'resizable', 'detached', 'growable', 'slice', 'constructor']
const names = {
  view,
  memory,
  container: ['size', 'forEach', 'entries', 'values', 'keys', 'get', 'has', 'constructor', Symbol.iterator],
  date: ['getTime', 'valueOf', 'toJSON', 'toISOString', Symbol.toPrimitive],
  regexp: ['source', 'flags', 'global', 'sticky', 'unicode', 'hasIndices', 'exec', 'toString', 'constructor'],
  box: ['valueOf', 'toString', Symbol.toPrimitive],
}
const bytes = [1, 2, 3, 4, 5, 6, 7, 8]
const all = [
  ...[Uint8Array, Int16Array, Float64Array, BigInt64Array, Uint8ClampedArray].map(Class => [
    'view',
    () => new Class(new Uint8Array([0, 0, 0, 0, 0, 0, 0, 0, ...bytes]).buffer, 8),
  ]),
  ['view', () => new DataView(new Uint8Array([0, ...bytes]).buffer, 1, 4)],
  ['view', () => Buffer.from(bytes)],
  ['view', () => new Uint8Array(new ArrayBuffer(8, { maxByteLength: 16 }))],
  ['view', () => new (class Mine extends Uint8Array {})(bytes)],
  ['memory', () => new Uint8Array(bytes).buffer],
  ['memory', () => new ArrayBuffer(4, { maxByteLength: 16 })],
  ['container', () => new Map([[1, { a: 1 }]])],
  ['container', () => new Set([1, { a: 1 }])],
  ['date', () => new Date(12_345)],
  ['regexp', () => /a(b)/dgy],
  ['regexp', () => /\p{L}/u],
  ['box', () => Object(5)],
  ['box', () => Object('text')],
  ['box', () => Object(true)],
  ['box', () => Object(7n)],
]

test('own fields that lie or throw are not asked', t => {
  for (const [kind, make] of all) {
    // A string has a length of its own.
    const plain = cross(make())
    for (const value of wrong) assert.deepStrictEqual(cross(shadowed(make(), names[kind], value)), plain)
    assert.deepStrictEqual(cross(guarded(make(), names[kind])), plain)
    assert.deepStrictEqual(cross({ in: [guarded(make(), names[kind])] }), { in: [plain] })
  }
  t.pass()
})

test('what a view is of is asked of neither', t => {
  const shared = guarded(new Uint8Array(bytes).buffer, memory)
  const [first, second] = cross([guarded(new Uint8Array(shared, 2, 3), view), guarded(new DataView(shared), view)])
  t.is(first.buffer, second.buffer)
  t.deepEqual([first.byteOffset, first.length, second.byteLength], [2, 3, 8])
})

test('a subclass that overrides what is asked is not asked', t => {
  const lie = { get: () => assert.fail('it was asked'), configurable: true }
  for (const [kind, make] of all) {
    const prototype = Object.create(Object.getPrototypeOf(make()))
    for (const name of names[kind]) if (name !== 'constructor') Object.defineProperty(prototype, name, lie)
    const value = Object.setPrototypeOf(make(), prototype)
    const copy = cross(value)
    t.is(Object.prototype.toString.call(copy), Object.prototype.toString.call(make()))
    if (kind !== 'view' && kind !== 'memory') assert.deepStrictEqual(copy, cross(make()))
  }
})

test('prototypes that were patched later are not asked', t => {
  const patched = [
    [Object.getPrototypeOf(Uint8Array.prototype), ['byteLength', 'byteOffset', 'buffer', 'length']],
    [DataView.prototype, ['byteLength', 'byteOffset', 'buffer']],
    [ArrayBuffer.prototype, ['byteLength', 'maxByteLength', 'resizable']],
    [Map.prototype, ['forEach', 'size']],
    [Set.prototype, ['forEach', 'size']],
    [Date.prototype, ['getTime', 'valueOf']],
    [RegExp.prototype, ['source', 'flags', 'global']],
    [Number.prototype, ['valueOf']],
  ]
  const made = all.map(([, make]) => make())
  const plain = made.map(value => cross(value))
  const saved = patched.map(([prototype]) => Object.getOwnPropertyDescriptors(prototype))
  let asked = 0
  let copies
  try {
    for (const [prototype, list] of patched) {
      for (const name of list) {
        const { value, get } = Object.getOwnPropertyDescriptor(prototype, name)
        const call = value ?? get
        const counted = function (...args) {
          if (made.includes(this)) asked++
          return Reflect.apply(call, this, args)
        }
        Object.defineProperty(prototype, name, value === undefined ? { get: counted } : { value: counted })
      }
    }
    copies = made.map(value => cross(value))
  } finally {
    patched.forEach(([prototype], index) => Object.defineProperties(prototype, saved[index]))
  }
  t.is(asked, 0)
  assert.deepStrictEqual(copies, plain)
})

test('a getter among the entries may change the container, and the copy is whole', t => {
  const map = new Map()
  const changing = {
    get a() {
      map.clear()
      return 1
    },
  }
  map.set('first', changing).set('second', 2)
  t.deepEqual(cross(map), new Map([['first', { a: 1 }], ['second', 2]])) // prettier-ignore
})
