// What crosses a thread: everything structuredClone can do, measured against it; where we differ; and what is refused.

/* oxlint-disable no-sparse-arrays, unicorn/no-new-array -- holes are among what crosses */

import test from 'ava'
import assert from 'node:assert'
import { execFile } from 'node:child_process'
import { createSecretKey } from 'node:crypto'
import { EventEmitter } from 'node:events'
import * as namespace from 'node:fs'
import { inspect, promisify, types, isDeepStrictEqual } from 'node:util'
import { setFlagsFromString } from 'node:v8'
import vm from 'node:vm'
import { markAsUntransferable, MessageChannel, Worker } from 'node:worker_threads'
import fc from 'fast-check'
import * as ours from '../../dist/internals.js'

const { checkTransfer, decode, detach, encode, Event, onScratch, registerWord, release, withWaiter } = ours
const { AggregateError, structuredClone } = globalThis
const lenient = { lenient: true }

/** Crosses as a thread would: the memory is used again before anybody looks at the value. */
function cross(value, root = 'item', options) {
  const packet = encode(value, root, options)
  const bytes = packet.bytes.slice(packet.start, packet.end)
  packet.bytes.fill(0xaa, packet.start, packet.end)
  release(packet)
  const copy = decode(bytes, 0, bytes.length)
  bytes.fill(0xaa)
  return copy
}

/** Where the next packet would begin: unchanged when nothing was left behind. */
function scratchTop() {
  const packet = encode(0, 'item')
  release(packet)
  return packet.start
}

const sameAsClone = (t, value) => {
  const copy = cross(value)
  const clone = structuredClone(value)
  assert.deepStrictEqual(copy, clone)
  t.is(inspect(copy, { depth: 9, showHidden: true }), inspect(clone, { depth: 9, showHidden: true }))
  return copy
}

const refused = (t, value, path, what) => {
  const top = scratchTop()
  const error = t.throws(() => encode(value, 'item'), { instanceOf: ours.UncloneableError, code: 'ERR_UNCLONEABLE' })
  t.is(error.path, path)
  t.true(error.message.startsWith(`${path} cannot cross threads: it is `), error.message)
  t.regex(error.message, what)
  t.is(scratchTop(), top)
}

// Plain values

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

// Memory

const viewClasses = [
  Int8Array, Uint8Array, Uint8ClampedArray, Int16Array, Uint16Array, Int32Array, Uint32Array,
  ...(globalThis.Float16Array ? [globalThis.Float16Array] : []),
  Float32Array, Float64Array, BigInt64Array, BigUint64Array, DataView,
] // prettier-ignore

test('views arrive with their memory, offset and length', t => {
  const memory = new ArrayBuffer(64)
  new Uint8Array(memory).forEach((_, i, all) => (all[i] = i))
  for (const View of viewClasses) {
    for (const view of [new View(memory), new View(memory, 8), new View(memory, 16, 2), new View(memory, 64, 0)]) {
      const copy = sameAsClone(t, view)
      t.is(copy.constructor, View)
      t.is(copy.buffer.byteLength, 64)
      t.deepEqual([copy.byteOffset, copy.byteLength], [view.byteOffset, view.byteLength])
    }
  }
  sameAsClone(t, memory)
  sameAsClone(t, new (class Mine extends Uint8Array {})(2))
  sameAsClone(t, new WebAssembly.Memory({ initial: 1 }).buffer)
})

test('views of one memory go on sharing it', t => {
  const memory = new ArrayBuffer(8)
  const { a, b, c, d } = cross({
    a: new Uint8Array(memory),
    b: memory,
    c: new DataView(memory, 4),
    d: new Uint8Array(8),
  })
  t.is(a.buffer, b)
  t.is(c.buffer, b)
  t.not(d.buffer, b)
  a[4] = 7
  t.is(c.getUint8(0), 7)
})

test('resizable memory stays resizable, and a view that tracks its length goes on', t => {
  const memory = new ArrayBuffer(8, { maxByteLength: 16 })
  for (const [view, after] of [
    [new Uint8Array(memory), 12],
    [new Uint8Array(memory, 2), 10],
    [new Uint8Array(memory, 0, 8), 8],
    [new DataView(memory, 4), 8],
    [new DataView(memory, 4, 4), 4],
    [new Float64Array(memory), 8],
  ]) {
    const copy = sameAsClone(t, view)
    t.is(copy.buffer.maxByteLength, 16)
    copy.buffer.resize(12)
    t.is(copy.byteLength, after)
  }
  t.is(memory.byteLength, 8)
  t.true(cross(memory).resizable)
  t.false(cross(new ArrayBuffer(8)).resizable)
})

test('a Buffer arrives as a Buffer, with its own bytes and its own memory', t => {
  for (const buffer of [
    Buffer.from('pooled'),
    Buffer.alloc(0),
    Buffer.alloc(5000, 1),
    Buffer.from(new ArrayBuffer(99), 9, 7),
  ]) {
    const copy = cross(buffer)
    t.true(Buffer.isBuffer(copy))
    t.true(copy.equals(buffer))
    t.is(copy.buffer.byteLength, buffer.length)
    t.is(copy.byteOffset, 0)
  }
  const one = Buffer.from('x')
  const [left, right] = cross([one, one])
  t.is(left, right)
})

test('a Buffer may stay in bytes that nobody else will touch, if it is most of them', t => {
  const value = { large: Buffer.alloc(100_000, 'abc'), small: Buffer.from('small'), memory: new ArrayBuffer(8) }
  const bytes = packed(value)
  const { large, small, memory } = decode(bytes, 0, bytes.length, true)
  t.true(Buffer.isBuffer(large) && large.equals(value.large) && small.equals(value.small))
  t.is(large.buffer, bytes.buffer)
  t.not(small.buffer, bytes.buffer)
  t.not(memory, bytes.buffer)
  t.not(decode(bytes, 0, bytes.length).large.buffer, bytes.buffer)
})

test('a large value arrives, and its memory is given back', t => {
  const memories = []
  onScratch(bytes => memories.push(bytes.length))
  const big = Buffer.alloc(5_000_000, 'ab')
  t.true(cross({ big, after: [1, 2] }).big.equals(big))
  t.true(memories.at(-2) > big.length)
  t.is(memories.at(-1), 64 * 1024)
  const mebibyte = Buffer.alloc(1024 * 1024)
  cross(mebibyte)
  const count = memories.length
  cross(mebibyte)
  t.is(memories.length, count)
  cross(big)
})

test('the listener hears of the memory that packets are in', t => {
  let latest
  onScratch(bytes => (latest = bytes))
  const outer = encode({ a: 1 }, 'item')
  t.is(outer.bytes, latest)
  const inner = encode('x'.repeat(200_000), 'item')
  t.is(inner.bytes, latest)
  t.is(inner.start, outer.end)
  // The outer packet is whole in the old memory as well as in the new.
  t.deepEqual(decode(outer.bytes, outer.start, outer.end), { a: 1 })
  t.deepEqual(decode(latest, outer.start, outer.end), { a: 1 })
  release(inner)
  release(outer)
})

// Other than structuredClone

test('a handle arrives as the same object, and its number is told once', t => {
  const event = new Event()
  const packet = encode({ event, list: [event, { event }] }, 'item')
  t.is(packet.handles.length, 1)
  const copy = decode(packet.bytes, packet.start, packet.end)
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

test('an object of ours that is no handle crosses as its word says', t => {
  class Pair {
    static #made = new WeakSet()
    static owns = value => Pair.#made.has(value)
    constructor(left) {
      this.left = left
      const proxy = new Proxy(this, {})
      Pair.#made.add(proxy)
      return proxy
    }
  }
  registerWord({
    name: 'pair',
    owns: Pair.owns,
    pack: pair => ({ left: pair.left }),
    unpack: ({ left }) => new Pair(left),
  })
  const shared = { a: 1 }
  const pair = new Pair(shared)
  const copy = cross([shared, pair, pair])
  t.true(Pair.owns(copy[1]))
  t.is(copy[1], copy[2])
  t.is(copy[1].left, copy[0])
})

test('a DOMException arrives as one', t => {
  const error = new DOMException('stopped', 'AbortError')
  const copy = cross({ error }).error
  t.true(copy instanceof DOMException)
  t.deepEqual([copy.name, copy.message, copy.code, copy.stack], ['AbortError', 'stopped', 20, error.stack])
  t.deepEqual(Object.keys(copy), [])
})

// Errors

const builtins = [Error, TypeError, RangeError, SyntaxError, ReferenceError, EvalError, URIError]

test('a built-in error arrives with class, message, stack and cause', t => {
  for (const Class of builtins) {
    const error = new Class('text', { cause: { a: 1 } })
    const copy = cross(error)
    t.true(types.isNativeError(copy))
    t.is(Object.getPrototypeOf(copy), Class.prototype)
    t.deepEqual([copy.name, copy.message, copy.stack], [Class.name, 'text', error.stack])
    t.deepEqual(copy.cause, { a: 1 })
    t.deepEqual(Object.keys(copy), [])
    t.deepEqual(Object.getOwnPropertyNames(copy).sort(), ['cause', 'message', 'stack'])
  }
})

test('no cause is not the same as an undefined one', t => {
  t.false('cause' in cross(new Error('x')))
  t.true(Object.hasOwn(cross(new Error('x', { cause: undefined })), 'cause'))
  t.false(Object.hasOwn(cross(new Error()), 'message'))
})

test('own fields arrive, as enumerable as they were', t => {
  const error = Object.assign(new Error('x'), { code: 'E_X', errno: -2, details: { list: [1] } })
  Object.defineProperty(error, 'name', { value: 'Named' })
  const copy = cross(error)
  t.deepEqual({ ...copy }, { code: 'E_X', errno: -2, details: { list: [1] } })
  t.is(copy.name, 'Named')
  t.is(cross(Object.assign(new Error('x'), { name: 'Assigned' })).name, 'Assigned')
  t.deepEqual(Object.keys(cross(Object.assign(new Error('x'), { name: 'Assigned' }))), ['name'])
})

test('a class nobody registered arrives as its built-in ancestor, under its own name', t => {
  class Plain extends TypeError {}
  class Field extends RangeError {
    name = 'Field'
    code = 7
  }
  class Getter extends Error {
    get name() {
      return 'Getter'
    }
    get code() {
      return 'E_GETTER'
    }
    get message() {
      return 'computed'
    }
  }
  t.true(cross(new Plain('x')) instanceof TypeError)
  t.is(cross(new Plain('x')).name, 'TypeError')
  t.true(cross(new Field('x')) instanceof RangeError)
  t.deepEqual({ ...cross(new Field('x')) }, { name: 'Field', code: 7 })
  const copy = cross(new Getter())
  t.deepEqual([copy.name, copy.code, copy.message], ['Getter', 'E_GETTER', 'computed'])
  t.deepEqual(Object.keys(copy), [])
})

test('a registered class arrives as the very class; its constructor does not run', t => {
  let made = 0
  class Registered extends RangeError {
    constructor(a, b) {
      super(`${a} ${b}`)
      this.pair = { a, b }
      made++
    }
    get name() {
      return 'Registered'
    }
  }
  class Derived extends Registered {}
  ours.registerError(Registered)
  for (const error of [new Registered(1, 2), new Derived(1, 2)]) {
    const before = made
    const copy = cross(error)
    t.is(made, before)
    t.is(Object.getPrototypeOf(copy), Registered.prototype)
    t.true(types.isNativeError(copy))
    t.deepEqual([copy.name, copy.message, copy.pair, copy.stack], ['Registered', '1 2', { a: 1, b: 2 }, error.stack])
    t.false(Object.hasOwn(copy, 'name'))
  }
})

test('every error of ours arrives as itself', t => {
  const cases = [
    new ours.CancelledError('x'),
    new ours.UncloneableError('args[0]', 'x'),
    new ours.CapturedVariableError('v', 'x'),
    new ours.RunnerDiedError('x', { exitCode: 3, cause: new Error('why') }),
    new ours.ExceptionGroup([new TypeError('a'), 'b'], 'm', { cause: 1 }),
  ]
  for (const error of cases) {
    const copy = cross(error)
    t.is(copy.constructor, error.constructor)
    t.deepEqual(
      [copy.name, copy.code, copy.message, { ...copy }],
      [error.name, error.code, error.message, { ...error }],
    )
    t.deepEqual(Object.getOwnPropertyNames(copy).sort(), Object.getOwnPropertyNames(error).sort())
  }
  const group = cross(cases.at(-1))
  t.deepEqual([group.exceptions[0].message, group.exceptions[1], group.cause], ['a', 'b', 1])
  t.is(group.tracebacks[0], cases.at(-1).errors[0].stack)
})

test('causes and aggregates nest, also in a circle', t => {
  const inner = new Error('inner')
  const error = new AggregateError([inner, new TypeError('other'), 'text'], 'many', { cause: inner })
  inner.cause = error
  const copy = cross(error)
  t.true(copy instanceof AggregateError)
  t.is(copy.errors[0], copy.cause)
  t.is(copy.cause.cause, copy)
  t.true(copy.errors[1] instanceof TypeError)
  t.is(copy.errors[2], 'text')
  t.false(Object.keys(copy).includes('errors'))
})

test('an error in the old style is an error', t => {
  function Old(message) {
    this.message = message
  }
  Old.prototype = Object.create(Error.prototype, { name: { value: 'Old' } })
  const copy = cross(new Old('x'))
  t.true(types.isNativeError(copy))
  t.deepEqual([copy.name, copy.message, copy.stack], ['Old', 'x', 'Old: x'])
})

test('a field of an error that cannot cross is refused with its path', t => {
  refused(t, Object.assign(new Error('x'), { retry() {} }), 'item.retry', /the function retry/)
  refused(t, new Error('x', { cause: { a: [() => {}] } }), 'item.cause.a[0]', /a function/)
  refused(t, { e: new AggregateError([1, Symbol('s')]) }, 'item.e.errors[1]', /a symbol/)
})

test('leniently, what cannot cross is left out, and the rest arrives', t => {
  const error = Object.assign(new TypeError('x', { cause: Object.assign(new Error('why'), { socket: { on() {} } }) }), {
    fine: { a: 1 },
    retry() {},
    deep: { a: [{ b: Symbol('s') }] },
    promise: Promise.resolve(),
    last: 1,
  })
  const get = () => {
    throw new Error('never')
  }
  Object.defineProperties(error, { code: { get }, thrower: { get, enumerable: true } })
  const copy = cross(error, 'error', lenient)
  t.true(copy instanceof TypeError)
  t.deepEqual({ ...copy }, { fine: { a: 1 }, last: 1 })
  t.deepEqual([copy.cause.message, { ...copy.cause }], ['why', {}])
  t.false(Object.hasOwn(cross(new Error('x', { cause: () => {} }), 'error', lenient), 'cause'))
})

test('leniently, references to what was left out are not dangling', t => {
  const shared = { s: 1 }
  const many = Array.from({ length: 30 }, (_, i) => ({ i }))
  const error = Object.assign(new Error('x'), {
    bad: [shared, many, () => {}],
    good: [shared, many, shared],
    more: many,
  })
  const { good, more } = cross(error, 'error', lenient)
  t.deepEqual(good, [shared, many, shared])
  t.is(good[0], good[2])
  t.is(good[1], more)
})

test('leniently, handles that were left out are not counted', t => {
  const packet = encode(Object.assign(new Error('x'), { bad: [new Event(), () => {}] }), 'error', lenient)
  release(packet)
  t.deepEqual(packet.handles, [])
})

test('leniently, a list of errors keeps its places', t => {
  const copy = cross(new AggregateError([new Error('a'), () => {}, { fine: 1 }, Symbol('s')]), 'error', lenient)
  t.is(copy.errors.length, 4)
  t.is(copy.errors[0].message, 'a')
  t.regex(copy.errors[1].message, /Function/)
  t.deepEqual(copy.errors[2], { fine: 1 })
  t.is(copy.errors[3].message, 'Symbol(s)')
})

test('leniently, nothing ever throws', t => {
  const hostile = new Proxy(
    {},
    {
      getPrototypeOf() {
        throw new Error('no')
      },
      ownKeys() {
        throw new Error('no')
      },
    },
  )
  const unreadable = Object.defineProperty(new Error('x'), 'stack', {
    get() {
      throw new Error('no')
    },
  })
  const nameless = Object.defineProperty(new Error('x'), 'name', {
    get() {
      throw new Error('no')
    },
  })
  let chain = new Error('end')
  for (let i = 0; i < 100_000; i++) chain = new Error(`${i}`, { cause: chain })
  for (const thrown of [
    () => {},
    Symbol('s'),
    hostile,
    unreadable,
    nameless,
    chain,
    Promise.resolve(),
    { f() {} },
    new WeakMap(),
  ]) {
    t.true(cross(thrown, 'error', lenient) instanceof Error)
  }
  for (const thrown of [undefined, null, 0, 'text', { a: 1 }]) t.deepEqual(cross(thrown, 'error', lenient), thrown)
  t.is(cross({ f() {} }, 'error', lenient).message, inspect({ f() {} }))
  t.is(cross(chain, 'error', lenient).message, '99999')
})

test('a stack that somebody prepared otherwise is none', t => {
  const prepare = Error.prepareStackTrace
  Error.prepareStackTrace = (_, sites) => sites
  try {
    t.is(cross(new TypeError('x')).stack, 'TypeError: x')
  } finally {
    Error.prepareStackTrace = prepare
  }
  const limit = Error.stackTraceLimit
  cross(new Error('x'))
  t.is(Error.stackTraceLimit, limit)
})

test('the waiting caller’s frames follow the remote ones', t => {
  function door(error) {
    const waiter = {}
    Error.captureStackTrace(waiter, door)
    return withWaiter(error, '[main waits in wait]', waiter)
  }
  const error = cross(new TypeError('x'))
  const remote = error.stack
  function caller() {
    return door(error)
  }
  t.is(caller(), error)
  t.true(error.stack.startsWith(`${remote}\n    at [main waits in wait]\n`))
  t.regex(error.stack.slice(remote.length).split('\n')[2], /caller/)
  const once = error.stack
  t.false(Object.keys(error).includes('stack'))
  t.is(once.split('[main waits in wait]').length, 2)
  for (const value of ['text', undefined, null, { stack: 1 }, Object.freeze(new Error('x'))]) t.is(door(value), value)
})

// Refused

test('what structured clone refuses is refused, with its path', t => {
  const gone = new ArrayBuffer(8)
  const views = { u8: new Uint8Array(gone), dv: new DataView(gone), buffer: Buffer.from(gone) }
  structuredClone(gone, { transfer: [gone] })
  const shrunk = new ArrayBuffer(8, { maxByteLength: 8 })
  const beyond = [new Uint8Array(shrunk, 4, 4), new DataView(shrunk, 4, 4), new Uint8Array(shrunk, 4)]
  shrunk.resize(2)
  const all = [
    [() => {}, /a function/],
    [class Foo {}, /the function Foo/],
    [
      class Foo {
        static name() {}
      },
      /a function/,
    ],
    [Symbol('s'), /a symbol/],
    [Object(Symbol('s')), /a symbol/],
    [Promise.resolve(), /a Promise/],
    [new (class Later extends Promise {})(() => {}), /a Promise/],
    [new WeakMap(), /a WeakMap/],
    [new WeakSet(), /a WeakSet/],
    [new WeakRef({}), /class WeakRef/],
    [new FinalizationRegistry(() => {}), /class FinalizationRegistry/],
    [new Proxy({}, {}), /a Proxy/],
    [new Proxy([], {}), /a Proxy/],
    [(function* () {})(), /an iterator/],
    [(async function* () {})(), /an asynchronous iterator/],
    [[].values(), /an iterator/],
    [new Map().entries(), /an iterator/],
    ['x'.matchAll(/x/g), /an iterator/],
    [new Intl.NumberFormat(), /class Intl.NumberFormat/],
    [
      (function () {
        return arguments
      })(),
      /an arguments object/,
    ],
    [
      (function () {
        return arguments
      })(1),
      /an arguments object/,
    ],
    [namespace, /a module namespace/],
    [vm.runInNewContext('Promise.resolve()'), /a Promise/],
    [vm.runInNewContext('new WeakMap()'), /a WeakMap/],
    [gone, /detached/],
    [views.u8, /detached/],
    [views.dv, /detached/],
    [views.buffer, /detached/],
    ...beyond.map(view => [view, /beyond the end/]),
  ]
  for (const [value, what] of all) {
    assert.throws(() => structuredClone(value))
    refused(t, value, 'item', what)
    refused(t, { list: [1, value] }, 'item.list[1]', what)
  }
})

test('the platform’s own objects are refused, also where structuredClone would leave an empty one', t => {
  const { port1, port2 } = new MessageChannel()
  const all = [
    new URL('http://a'), new URLSearchParams(), new Headers(), new Response(), new FormData(), new Blob([]),
    new AbortController(), new AbortController().signal, new EventTarget(), new globalThis.Event('x'), new TextDecoder(),
    new ReadableStream(), port1, createSecretKey(Buffer.from('a')), performance, globalThis.crypto,
    new WebAssembly.Module(new Uint8Array([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0])), new WebAssembly.Memory({ initial: 1 }),
    new (class Mine extends URL {})('http://a')
  ] // prettier-ignore
  for (const value of all) refused(t, { value }, 'item.value', /of the platform's class/)
  port1.close()
  port2.close()
  t.deepEqual(Object.keys(cross(new EventEmitter())), Object.keys(structuredClone(new EventEmitter())))
})

test('the path leads to what is refused', t => {
  const bad = () => {}
  const key = { k: bad }
  const cases = [
    [[{ options: { onProgress: bad } }], 'item[0].options.onProgress'],
    [{ 'a b': bad }, 'item["a b"]'],
    [{ "it's": { '': bad } }, 'item["it\'s"][""]'],
    [{ $ünder_1: bad }, 'item.$ünder_1'],
    [{ 1: bad }, 'item["1"]'],
    [new Map([['k', bad]]), 'item.get("k")'],
    [
      new Map([
        [1, 0],
        [null, bad],
      ]),
      'item.get(null)',
    ],
    [
      new Map([
        [1, 0],
        [5n, bad],
      ]),
      'item.get(5)',
    ],
    [new Map([[{}, bad]]), 'item.values()[0]'],
    [
      new Map([
        [1, 0],
        [2, 0],
        [key, 0],
      ]),
      'item.keys()[2].k',
    ],
    [new Set([bad]), 'item.values()[0]'],
    [new Set([1, { a: bad }]), 'item.values()[1].a'],
    [new Error('x', { cause: bad }), 'item.cause'],
    [new AggregateError([1, { a: bad }]), 'item.errors[1].a'],
    [Object.assign([1], { name: bad }), 'item.name'],
    [Object.assign(Array.from({ length: 500 }), { 400: bad }), 'item[400]'],
    [[[], {}, [{}, [bad]]], 'item[2][1][0]'],
  ]
  for (const [value, path] of cases) refused(t, value, path, /a function|the function/)
  t.is(t.throws(() => encode([bad], 'args')).path, 'args[0]')
})

test('a very deep value is refused, not crashed on; a deep one crosses', t => {
  const nest = depth => {
    let value = null
    for (let i = 0; i < depth; i++) value = i % 3 ? { next: value } : [value]
    return value
  }
  refused(t, nest(100_000), t.throws(() => encode(nest(100_000), 'item')).path, /nested/)
  t.true(t.throws(() => encode(nest(100_000), 'item')).message.length < 500)
  assert.deepStrictEqual(cross(nest(900)), nest(900))
})

test('near the end of the stack a value is refused before anything has happened', t => {
  const value = { a: { b: { c: { d: [1, 2, { e: 3 }] } } } }
  const top = scratchTop()
  const seen = new Set()
  const dive = () => {
    try {
      release(encode(value, 'item'))
    } catch (error) {
      seen.add(error.name)
    }
    dive()
  }
  t.throws(dive, { instanceOf: RangeError })
  t.is(scratchTop(), top)
  seen.delete('RangeError')
  t.true(seen.size <= 1)
  t.deepEqual(cross(value), value)
})

test('a getter’s own error passes through, and nothing stays', t => {
  const top = scratchTop()
  const boom = new Error('boom')
  const value = {
    a: [1, 2],
    get b() {
      throw boom
    },
  }
  t.is(
    t.throws(() => encode(value, 'item')),
    boom,
  )
  t.is(scratchTop(), top)
  t.deepEqual(cross({ a: [1] }), { a: [1] })
})

test('a getter may encode by itself', t => {
  const inner = []
  const value = {
    a: [1],
    get b() {
      const packet = encode({ self: [this.a, 'x'.repeat(100_000)] }, 'item')
      inner.push(decode(packet.bytes, packet.start, packet.end))
      release(packet)
      t.throws(() => encode({ f() {} }, 'inner'), { message: /^inner\.f cannot/ })
      return 2
    },
    get c() {
      return this.a
    },
  }
  const copy = cross(value)
  t.deepEqual(copy, { a: [1], b: 2, c: [1] })
  t.is(copy.a, copy.c)
  t.deepEqual(inner, [{ self: [[1], 'x'.repeat(100_000)] }])
})

// Shared memory

test('shared memory arrives as the same memory', t => {
  const memory = new SharedArrayBuffer(16)
  const whole = new Int32Array(memory)
  const copy = cross({ memory, whole, part: new Uint8Array(memory, 4, 4), buffer: Buffer.from(memory, 8, 4) })
  t.is(copy.whole.buffer, copy.memory)
  whole[1] = 0x01020304
  t.deepEqual([...copy.part], [4, 3, 2, 1])
  whole[2] = 0x41
  t.true(Buffer.isBuffer(copy.buffer))
  t.is(copy.buffer[0], 0x41)
  t.is(copy.buffer.length, 4)
})

test('shared memory that grows, grows on both sides', t => {
  const memory = new SharedArrayBuffer(8, { maxByteLength: 16 })
  const { tracking, fixed } = cross({ tracking: new Uint8Array(memory), fixed: new Uint8Array(memory, 0, 8) })
  memory.grow(12)
  t.deepEqual([tracking.length, fixed.length], [12, 8])
})

const internals = new URL('../../dist/internals.js', import.meta.url).href

function startEcho(workerData) {
  const code = `
    const { parentPort, receiveMessageOnPort, workerData } = require('node:worker_threads')
    import(${JSON.stringify(internals)}).then(({ decode, setBootPort }) => {
      if (workerData.port) setBootPort(workerData.port)
      parentPort.postMessage('up')
      parentPort.on('message', bytes => {
        try {
          new Int32Array(decode(bytes, 0, bytes.length).memory)[0]++
          parentPort.postMessage('done')
        } catch (error) {
          parentPort.postMessage(error.message)
        }
      })
    })`
  return new Worker(code, { eval: true, workerData, transferList: workerData.port ? [workerData.port] : [] })
}

const reply = worker => new Promise((resolve, reject) => worker.once('message', resolve).once('error', reject))

function packed(value) {
  const packet = encode(value, 'item')
  const bytes = packet.bytes.slice(packet.start, packet.end)
  release(packet)
  return new Uint8Array(bytes)
}

test('shared memory reaches a thread that was alive when it was sent, again and again', async t => {
  const worker = startEcho({})
  t.is(await reply(worker), 'up')
  const memory = new SharedArrayBuffer(4)
  for (let i = 1; i <= 3; i++) {
    worker.postMessage(packed({ memory }))
    t.is(await reply(worker), 'done')
    t.is(new Int32Array(memory)[0], i)
  }
  await worker.terminate()
})

test('shared memory reaches a thread that never goes back to its loop', async t => {
  const gate = new Int32Array(new SharedArrayBuffer(8))
  const code = `
    const { parentPort, receiveMessageOnPort, workerData: gate } = require('node:worker_threads')
    import(${JSON.stringify(internals)}).then(({ decode }) => {
      Atomics.store(gate, 0, 1)
      Atomics.notify(gate, 0)
      for (let i = 0; i < 2; i++) {
        let next
        while (!(next = receiveMessageOnPort(parentPort))) Atomics.wait(gate, 1, 0, 1)
        new Int32Array(decode(next.message, 0, next.message.length).memory)[0]++
      }
    })`
  const worker = new Worker(code, { eval: true, workerData: gate })
  const ended = new Promise((resolve, reject) => worker.once('exit', resolve).once('error', reject))
  Atomics.wait(gate, 0, 0)
  const memory = new SharedArrayBuffer(4)
  worker.postMessage(packed({ memory }))
  worker.postMessage(packed({ memory }))
  t.is(await ended, 0)
  t.is(new Int32Array(memory)[0], 2)
})

test('having sent shared memory keeps no process alive', async t => {
  const code = `
    const { encode } = await import(${JSON.stringify(internals)})
    encode(new SharedArrayBuffer(4), 'item')
    process.on('exit', code => console.log('pass', code))`
  const { stdout, stderr } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', code])
  t.deepEqual([stdout, stderr], ['pass 0\n', ''])
})

test('shared memory sent before a thread was up reaches it by the boot port, and is missed without', async t => {
  const { addBootingPort, removeBootingPort } = ours
  const memory = new SharedArrayBuffer(4)
  const packets = [packed({ memory })]
  const { port1, port2 } = new MessageChannel()
  addBootingPort(port1)
  packets.push(packed({ memory: new SharedArrayBuffer(4) }))
  const workers = [startEcho({ port: port2 }), startEcho({})]
  // A thread is online before it has loaded anything.
  workers[0].once('online', () => packets.push(packed({ memory: new SharedArrayBuffer(4) })))
  t.deepEqual(await Promise.all(workers.map(reply)), ['up', 'up'])
  t.is(packets.length, 3)
  for (const [i, bytes] of packets.entries()) {
    workers.forEach(worker => worker.postMessage(bytes))
    const [told, untold] = await Promise.all(workers.map(reply))
    t.is(told, 'done')
    // The last may reach it by the channel, if it was quick.
    if (i < 2) t.regex(untold, /before this loop was alive/)
  }
  t.is(new Int32Array(memory)[0], 1)
  await Promise.all(workers.map(worker => worker.terminate()))
  removeBootingPort(port1)
  port1.close()
})

test('memory nobody holds any more is let go of', async t => {
  const { announce, lookup } = ours
  const mine = new SharedArrayBuffer(8)
  const first = announce(mine)
  const dropped = announce(new SharedArrayBuffer(8))
  for (let i = 0; i < 3000; i++) announce(new SharedArrayBuffer(8))
  t.is(lookup(first), mine)
  t.is(announce(mine), first)
  setFlagsFromString('--expose-gc')
  const gc = vm.runInNewContext('gc')
  await new Promise(resolve => setImmediate(resolve))
  gc()
  t.throws(() => lookup(dropped), { instanceOf: ours.UncloneableError })
})

// Transfer

test('a transfer list of ArrayBuffers passes, is untouched by the check, and is detached afterwards', t => {
  const memories = [
    new ArrayBuffer(8),
    new ArrayBuffer(0),
    Buffer.allocUnsafeSlow(4).buffer,
    new ArrayBuffer(4, { maxByteLength: 8 }),
  ]
  const checked = checkTransfer(memories)
  t.deepEqual(
    memories.map(memory => memory.byteLength),
    [8, 0, 4, 4],
  )
  t.deepEqual(checked, memories)
  detach(checked)
  t.deepEqual(
    memories.map(memory => memory.byteLength),
    [0, 0, 0, 0],
  )
  for (const memory of memories) t.throws(() => new Uint8Array(memory))
  t.notThrows(() => detach(checked))
  t.deepEqual(checkTransfer(undefined), [])
  t.notThrows(() => detach(checkTransfer(undefined)))
})

test('a transfer list of anything else is refused before anything happens', t => {
  for (const wrong of [null, 1, 'x', {}, new Set(), new ArrayBuffer(1)]) {
    t.throws(() => checkTransfer(wrong), { instanceOf: TypeError, code: 'ERR_INVALID_ARG_TYPE' })
  }
  for (const wrong of [
    null,
    1,
    new Uint8Array(1),
    Buffer.alloc(1),
    new SharedArrayBuffer(1),
    new MessageChannel().port1,
  ]) {
    t.throws(() => checkTransfer([new ArrayBuffer(1), wrong]), {
      code: 'ERR_INVALID_ARG_TYPE',
      message: /transfer\[1\]/,
    })
    wrong?.close?.()
  }
})

test('memory that cannot be detached is refused, and the rest of the list untouched', t => {
  const fine = new ArrayBuffer(8)
  const gone = new ArrayBuffer(8)
  structuredClone(gone, { transfer: [gone] })
  const marked = new ArrayBuffer(8)
  markAsUntransferable(marked)
  const pooled = Buffer.from('pooled')
  for (const [list, what] of [
    [[fine, fine], /twice/],
    [[fine, gone], /already/],
    [[fine, marked], /cannot be detached/],
    [[fine, pooled.buffer], /cannot be detached/],
    [[fine, new WebAssembly.Memory({ initial: 1 }).buffer], /cannot be detached/],
  ]) {
    const error = t.throws(() => checkTransfer(list), { instanceOf: ours.UncloneableError, message: what })
    t.is(error.path, 'transfer[1]')
    t.is(fine.byteLength, 8)
  }
  t.is(String(pooled), 'pooled')
})
