// What crosses a thread: everything structuredClone can do, measured against it; and where we differ.

/* oxlint-disable no-sparse-arrays, unicorn/no-new-array -- holes are among what crosses */

import test from 'ava'
import assert from 'node:assert'
import { isDeepStrictEqual } from 'node:util'
import vm from 'node:vm'
import fc from 'fast-check'
import * as ours from '../../dist/internals.js'
import { cross, refused, sameAsClone } from './wire-fixture.mjs'

const { decode, encode, Event, release } = ours
const { structuredClone } = globalThis

test('primitives arrive as they are', t => {
  const numbers = [0, -0, 1, -1, 63, 64, 2 ** 31 - 1, -(2 ** 31), 2 ** 31, 2 ** 53, 0.1, NaN, Infinity, -Infinity]
  const bigints = [0n, 1n, -1n, 2n ** 64n, -(2n ** 200n), 0xffn]
  const texts = ['', 'a', 'é', 'ÿ', 'Ā', '漢字', '😀', '\ud800', 'a\udc00b', '\0', 'x'.repeat(24), 'x'.repeat(25)]
  for (const value of [undefined, null, true, false, ...numbers, ...bigints, ...texts]) {
    t.is(cross(value), value)
    t.is(cross([value])[0], value)
    t.is(cross({ value }).value, value)
  }
})

test('strings of every length and width arrive as they are', t => {
  for (const unit of ['a', 'é', 'Ā', '\ud83d', 'aĀ']) {
    for (let length = 0; length < 300; length++) {
      const text = unit.repeat(length)
      t.is(cross(text), text)
    }
    const long = unit.repeat(100_000)
    t.is(cross({ [long]: long })[long], long)
  }
})

test('any value arrives as structuredClone would make it', t => {
  const anything = fc.anything({
    key: fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('__proto__', 'constructor', 'toString', '0', '-1')),
    maxDepth: 4,
    withBigInt: true,
    withBoxedValues: true,
    withDate: true,
    withMap: true,
    withNullPrototype: true,
    withObjectString: true,
    withSet: true,
    withSparseArray: true,
    withTypedArray: true,
    withUnicodeString: true,
  })
  fc.assert(
    fc.property(anything, value => {
      const clone = structuredClone(value)
      // To Node 20 no invalid Date equals another; those have a test of their own.
      fc.pre(isDeepStrictEqual(clone, structuredClone(value)))
      assert.deepStrictEqual(cross(value), clone)
    }),
    { numRuns: 2000 },
  )
  t.pass()
})

test('any graph keeps its cycles and shared references', t => {
  const kinds = fc.constantFrom('object', 'array', 'map', 'set', 'error')
  const graphs = fc.tuple(
    fc.array(kinds, { minLength: 1, maxLength: 40 }),
    fc.array(fc.tuple(fc.nat(39), fc.nat(39)), { maxLength: 120 }),
  )
  const make = {
    object: () => ({}),
    array: () => [],
    map: () => new Map(),
    set: () => new Set(),
    error: () => new Error('e'),
  }
  const link = (from, to, i) => {
    if (Array.isArray(from)) from.push(to)
    else if (from instanceof Map) from.set(i % 2 ? to : i, i % 2 ? i : to)
    else if (from instanceof Set) from.add(to)
    else if (from instanceof Error) from.cause = to
    else from[`k${i}`] = to
  }
  fc.assert(
    fc.property(graphs, ([names, links]) => {
      const nodes = names.map(name => make[name]())
      links.forEach(([from, to], i) => link(nodes[from % nodes.length], nodes[to % nodes.length], i))
      assertSameShape(cross(nodes), nodes)
    }),
    { numRuns: 500 },
  )
  t.pass()
})

/** Walks both graphs together: the same object must always meet the same object. */
function assertSameShape(left, right, pairs = new Map()) {
  if (typeof right !== 'object' || right === null) return assert.strictEqual(left, right)
  if (pairs.has(right)) return assert.strictEqual(left, pairs.get(right))
  pairs.set(right, left)
  assert.strictEqual(Object.getPrototypeOf(left), Object.getPrototypeOf(right))
  const parts = value =>
    value instanceof Map
      ? [...value].flat()
      : value instanceof Set
        ? [...value]
        : value instanceof Error
          ? [value.cause]
          : Object.entries(value).flat()
  const [ofLeft, ofRight] = [parts(left), parts(right)]
  assert.strictEqual(ofLeft.length, ofRight.length)
  ofRight.forEach((part, i) => assertSameShape(ofLeft[i], part, pairs))
}

test('plain objects: own enumerable fields by string, getters read once, in order', t => {
  class Point {
    x = 1
    #hidden = 2
    get length() {
      return this.#hidden
    }
  }
  let reads = 0
  const values = [
    {},
    { a: undefined },
    { 'a b': 1, 2: 3, '': 4 },
    Object.create(null, { a: { value: 1, enumerable: true }, b: { value: 2 } }),
    new Point(),
    { [Symbol('s')]: 1, a: 2 },
    Object.create({ inherited: 1 }),
    Object.freeze({ frozen: { deep: 1 } }),
    Math,
    Object.create(Map.prototype),
    new (class Tagged {
      x = 1
      get [Symbol.toStringTag]() {
        return 'Tagged'
      }
    })(),
  ]
  for (const value of values) sameAsClone(t, value)
  t.deepEqual(
    cross({
      get a() {
        return ++reads
      },
    }),
    { a: 1 },
  )
  const shrinking = () => ({
    get a() {
      delete this.b
      this.c = 1
      return 0
    },
    b: 2,
  })
  t.deepEqual(cross(shrinking()), structuredClone(shrinking()))
})

test('names of Object.prototype are fields like any other', t => {
  const value = JSON.parse('{"__proto__":{"x":1},"constructor":2,"toString":3,"hasOwnProperty":4}')
  for (let i = 0; i < 3; i++) {
    const copy = sameAsClone(t, value)
    t.is(Object.getPrototypeOf(copy), Object.prototype)
    t.deepEqual(Object.getOwnPropertyDescriptor(copy, '__proto__'), Object.getOwnPropertyDescriptor(value, '__proto__'))
  }
})

test('elements that stand far apart arrive as they are, whatever else stands beside them', t => {
  const far = [16, 17, 100, 1000, 1023, 5000, 2 ** 25, 2 ** 26, 2 ** 29, 2 ** 32 - 2, 2 ** 32 - 1, 2 ** 32]
  const fields = Object.fromEntries([...far, 'text', '', '1a', '0x10', '-1', '1e3'].map(name => [name, String(name)]))
  const dense = Object.fromEntries(Array.from({ length: 60 }, (_, i) => [i, i]))
  const many = Object.fromEntries(Array.from({ length: 300 }, (_, i) => [i * 700, i]))
  for (const value of [fields, dense, many, { ...dense, 20_000: 1 }, { 40: 1, ...dense }, { 1000: { 1000: [] } }]) {
    for (let round = 0; round < 3; round++) sameAsClone(t, [value, { ...value, b: 1 }, value])
  }
  const error = Object.assign(new Error('no'), fields)
  t.deepEqual(Object.entries(cross(error)), Object.entries(error))
})

test('arrays of mostly holes have the length they had, at the borders of what V8 keeps side by side', t => {
  for (const length of [200, 1000, 2 ** 24, 2 ** 25 - 1, 2 ** 25, 2 ** 26, 2 ** 32 - 1]) {
    for (const indices of [[], [0], [5, length - 1], [100, 150, length - 2]]) {
      const array = []
      array.length = 2 ** 32 - 1
      array.length = length
      for (const index of indices) array[index] = { index }
      array.field = 1
      const copy = cross({ array }).array
      t.is(copy.length, length)
      t.deepEqual(Object.entries(copy), Object.entries(array))
    }
  }
})

test('arrays keep holes, length and named fields', t => {
  const many = Array.from({ length: 500 }, (_, i) => i)
  const values = [
    [],
    [1, , 3],
    [, ,],
    [undefined, ,],
    Object.assign([1, 2], { name: 'x', '-1': 2, 4294967295: 3 }),
    Object.assign([1, , 2], { name: 'x' }),
    Object.assign([...many], { name: 'x' }),
    many,
    many.map(String),
    many.map(i => i / 3),
    Object.assign([], { length: 4294967295 }),
    Object.assign([], { 4294967294: 1, 5: 2 }),
    Object.assign([...many], { length: 100_000 }),
    Object.assign(new Array(1000), { 999: 1 }),
    new (class List extends Array {})(3),
  ]
  for (const value of values) {
    const copy = sameAsClone(t, value)
    t.is(copy.length, value.length)
    t.deepEqual(Object.keys(copy), Object.keys(value))
  }
  const shrinking = () =>
    Object.defineProperty([1, 2, 3], 0, {
      get() {
        this.length = 2
        return 9
      },
      enumerable: true,
    })
  assert.deepStrictEqual(cross(shrinking()), structuredClone(shrinking()))
})

test('the language’s other containers arrive as what they are inside', t => {
  class Dictionary extends Map {
    forEach() {}
    get size() {
      return 7
    }
  }
  const values = [
    new Map([
      [1, { a: 1 }],
      [{ k: 1 }, new Map()],
    ]),
    new Set([1, 'a', { a: 1 }, new Set()]),
    new Dictionary([[1, 2]]),
    Object.assign(new Map(), { extra: 1 }),
    new Date(0),
    new Date(1234567890123),
    /a\/b[/]\n/giu,
    new RegExp(''),
    Object(1),
    Object(-0),
    Object('text'),
    Object(true),
    Object(5n),
    Object.setPrototypeOf(new Map([[1, 2]]), null),
  ]
  for (const value of values) sameAsClone(t, value)
  t.is(cross(new Date(NaN)).getTime(), NaN)
  const expression = /a/g
  expression.lastIndex = 3
  t.is(cross(expression).lastIndex, 0)
  const box = Object(1)
  const [left, right] = cross([box, box])
  t.is(left, right)
})

test('what is an object in another realm is one here', t => {
  const foreign = vm.runInNewContext(
    '({ map: new Map([[1, 2]]), set: new Set([1]), date: new Date(1), re: /x/g, list: [1, , 2], data: new Uint8Array(3), o: { a: 1 }, n: Object(1) })',
  )
  const copy = cross(foreign)
  assert.deepStrictEqual(copy, structuredClone(foreign))
  t.true(copy.map instanceof Map)
  const error = cross(
    vm.runInNewContext('class Mine extends TypeError { name = "Mine" }; new Mine("x", { cause: new RangeError("y") })'),
  )
  t.true(error instanceof TypeError)
  t.is(error.name, 'Mine')
  t.true(error.cause instanceof RangeError)
})

test('a map or set changed by a getter in it crosses as it was', t => {
  const map = new Map()
  map
    .set('a', {
      get x() {
        map.delete('b')
        return 1
      },
    })
    .set('b', 2)
  assert.deepStrictEqual(
    cross(map),
    new Map([
      ['a', { x: 1 }],
      ['b', 2],
    ]),
  )
  t.pass()
})

// Other than structuredClone

test('a handle arrives as the same object, and its number is told once', t => {
  const event = new Event()
  const packet = encode({ event, list: [event, { event }] }, 'item')
  t.is(packet.handles.length, 1)
  const copy = decode(packet.bytes, packet.start)
  release(packet)
  t.is(copy.event, event)
  t.is(copy.list[1].event, event)
  t.is(packet.handles.length, 1)
  t.deepEqual(encode([], 'item').handles, [])
})

test('there is room behind a packet for the numbers of its handles', t => {
  const events = Array.from({ length: 30_000 }, () => new Event())
  const packet = encode(events, 'item')
  t.is(packet.handles.length, events.length)
  t.true(packet.bytes.length >= packet.end + 4 * events.length)
  release(packet)
})

test('a handle of another loaded copy is refused by name', t => {
  const foreign = new (class Queue {})()
  Object.defineProperty(foreign, Symbol.for('threaded-async.handle'), { value: true })
  refused(t, { queue: foreign }, 'item.queue', /another loaded copy of threaded-async/)
})

test('a DOMException arrives as one', t => {
  const error = new DOMException('stopped', 'AbortError')
  const copy = cross({ error }).error
  t.true(copy instanceof DOMException)
  t.deepEqual([copy.name, copy.message, copy.code, copy.stack], ['AbortError', 'stopped', 20, error.stack])
  t.deepEqual(Object.keys(copy), [])
})

test('bytes that no writer has written are refused, without a hang and without memory for what they announce', t => {
  const tag = { latin1: 9, wide: 10, array: 13, sparse: 15, map: 16, set: 17, buffer: 25, memory: 26, view: 28, int: 6 }
  const vast = [255, 255, 255, 255, 15]
  const cases = {
    nothing: [],
    'a text without its length': [tag.latin1],
    'a length that goes on for ever': [tag.wide, 255],
    'a long array that ends at once': [tag.array, ...vast],
    'a map without entries': [tag.map, ...vast],
    'a set without members': [tag.set, ...vast],
    'a sparse array without an end': [tag.sparse, 5],
    'a Buffer longer than its packet': [tag.buffer, ...vast],
    'memory longer than its packet': [tag.memory, 0, ...vast],
    'a view of a number': [tag.view, 1, tag.int, 255, 255, 255, 63, 0, 0],
    'a view of a list': [tag.view, 1, tag.array, 0, 0, 0],
    'an unknown tag': [37],
  }
  // A packet begins with the place of its strings.
  for (const [what, bytes] of Object.entries(cases)) {
    t.throws(() => decode(Uint8Array.from([0, 0, 0, 0, ...bytes]), 0), undefined, what)
  }
})
