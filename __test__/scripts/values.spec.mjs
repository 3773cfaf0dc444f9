// The values of a script: what the engine reads of the host's bytes, and what the host reads of the engine's.

import assert from 'node:assert/strict'
import { inspect } from 'node:util'
import test from 'ava'
import { Event, LifoQueue, Queue, Server } from 'threaded-async'
import { decode, encode, release } from '../../dist/internals.js'
import { ends, stress } from '../support/program.mjs'
import { spoiled } from '../support/spoiled.mjs'
import { packed, Script } from './packets.mjs'
import { chance, generated, vectors } from './vectors.mjs'

/** `deepStrictEqual` finds a date without a time different from itself, and has no stack for what is nested so deeply. */
const byLooks = new Set(['dates', 'nested arrays', 'nested objects'])
const looks = { depth: 20, showHidden: true, maxArrayLength: 1000, maxStringLength: 1000 }

/** Cuts the lines off the stacks of all errors in a value: a script has its own. */
function withoutLines(value, seen = new Set()) {
  if (value === null || typeof value !== 'object' || ArrayBuffer.isView(value) || seen.has(value)) return value
  seen.add(value)
  if (value instanceof Error) {
    const stack = value.stack.replace(/(\n {4}at .*)+$/, '')
    Object.defineProperty(value, 'stack', { value: stack, writable: true, enumerable: false, configurable: true })
  }
  if (value instanceof Map || value instanceof Set) for (const [key, other] of value.entries()) [key, other].forEach(each => withoutLines(each, seen)) // prettier-ignore
  for (const name of [...Object.keys(value), 'cause', 'errors']) {
    const field = Object.getOwnPropertyDescriptor(value, name)
    if (field !== undefined) withoutLines(field.value, seen)
  }
  return value
}

function comesBack(t, script, title, make) {
  const bytes = packed(make())
  const copy = withoutLines(script.back(undefined, bytes))
  const sent = withoutLines(decode(bytes, 0))
  if (!byLooks.has(title)) assert.deepStrictEqual(copy, sent, title)
  t.is(inspect(copy, looks), inspect(sent, looks), title)
}

for (const [title, make] of Object.entries(vectors)) {
  test(`B7: a script gives back what it is given: ${title}`, t => comesBack(t, new Script(), title, make))
}

test('B1: what takes a script a few KiB takes its host no gigabyte, wherever it is sent', async t => {
  await ends(t, ['--max-old-space-size=64', 'script-holes.mjs'])
})

test('a value that is nested as deeply as it may be comes back whole', t => {
  const script = new Script()
  for (const title of ['nested arrays', 'nested objects']) {
    let value = script.back(vectors[title]())
    let levels = 0
    for (; typeof value === 'object'; levels++) value = Array.isArray(value) ? value[0] : value.value
    t.deepEqual([levels, value], [999, 'deep'])
  }
})

test('a script gives back what it is given: generated values', t => {
  const script = new Script()
  for (let seed = 0; seed < 300 * stress; seed++) comesBack(t, script, `seed ${seed}`, () => generated(seed))
})

test('any bytes give a script a value or an error, and what it then sends can be read', t => {
  const samples = [...Object.values(vectors).map(make => make()), ...Array.from({ length: 40 }, (_, i) => generated(i))]
  const packets = samples.map(packed).filter(({ length }) => length < 10_000)
  const below = chance(12_345)
  const script = new Script()
  let values = 0
  for (let i = 0; i < 20_000 * stress; i++) {
    try {
      script.back(undefined, spoiled(packets[below(packets.length)], below))
      values++
    } catch (error) {
      assert(typeof error.message === 'string')
      assert(!/has used up its memory|unreachable/.test(error.message), error)
    }
  }
  t.true(values > 1000)
})

test('bytes that announce more than there is are refused', t => {
  const script = new Script()
  const huge = [255, 255, 255, 255, 255, 255, 255, 15]
  for (const tag of [9, 10, 13, 14, 16, 17, 25, 27, 29, 30, 31, 11, 32, 33, 22, 36, 35, 0x80 | 20, 0xc0 | 20]) {
    const error = t.throws(
      () => script.back(undefined, Uint8Array.from([0, 0, 0, 0, tag, ...huge])),
      undefined,
      `${tag}`,
    )
    t.is(error.code, 'ERR_UNCLONEABLE', `${tag}: ${error.message}`)
  }
  const deep = Uint8Array.from({ length: 100_000 }, (_, i) => (i < 4 ? 0 : i % 2 === 0 ? 13 : 1))
  t.throws(() => script.back(undefined, deep), { message: /nested too deeply|stack/ })
  t.is(script.back('still there'), 'still there')
})

test('B7: what a script cannot have is refused by name', t => {
  const script = new Script()
  const bytesOf = value => {
    const packet = encode(value, 'value')
    const bytes = packet.bytes.slice(packet.start, packet.end)
    release(packet)
    return bytes
  }
  const server = new Server()
  for (const [value, name] of [
    [new Queue(), 'Queue'],
    [[new Event()], 'Event'],
    [{ q: new LifoQueue() }, 'LifoQueue'],
    [server.createClient(), 'Client'],
  ]) {
    // prettier-ignore
    const message = `What has arrived cannot be read: a script cannot have an object of the class ${name}.`
    t.throws(() => script.back(undefined, bytesOf(value)), { message, code: 'ERR_UNCLONEABLE' })
  }
  const message = 'What has arrived cannot be read: a script cannot have a SharedArrayBuffer.'
  t.throws(() => script.back(undefined, bytesOf(new SharedArrayBuffer(8))), { message })
})

test('a Buffer arrives in a script as a Uint8Array of its own', t => {
  const script = new Script('value => [value.constructor.name, value.byteOffset, value.buffer.byteLength, value]')
  t.deepEqual(script.back(Buffer.from('bytes')), ['Uint8Array', 0, 5, new Uint8Array(Buffer.from('bytes'))])
})

test('fields are a value’s own in a script, __proto__ included, whatever it makes of its prototypes', t => {
  const script = new Script(`value => {
    for (const name of ['a', '__proto__', '0']) {
      for (const { prototype } of [Object, Array, Error, Map]) {
        Object.defineProperty(prototype, name, { set() { throw 'set' }, get() { return 'inherited' }, configurable: true })
      }
    }
    return [Object.keys(value), Object.getPrototypeOf(value) === Object.prototype]
  }`)
  const value = JSON.parse('{"__proto__": 1, "a": 2, "0": 3}')
  t.deepEqual(script.back(value), [['0', '__proto__', 'a'], true])
  t.deepEqual(script.back(value), [['0', '__proto__', 'a'], true])
})

const refusals = {
  '() => () => {}': ['args[0]', 'a function'],
  '() => ({ f() {} })': ['args[0].f', 'the function f'],
  '() => [[class Robot {}]]': ['args[0][0][0]', 'the function Robot'],
  '() => ({ "odd key": new Set([1, Symbol()]) })': ['args[0]["odd key"].values()[1]', 'a symbol'],
  '() => new Map([["key", () => {}]])': ['args[0].get("key")', 'a function'],
  '() => new Map([[{}, new Proxy([], {})]])': ['args[0].values()[0]', 'a Proxy'],
  '() => new Map([[new WeakMap(), 1]])': ['args[0].keys()[0]', 'a WeakMap'],
  '() => [Promise.resolve()]': ['args[0][0]', 'a Promise; await it first'],
  '() => [].values()': ['args[0]', 'an iterator; collect it into an array first'],
  '() => (function* () {})()': ['args[0]', 'an iterator; collect it into an array first'],
  '() => (async function* () {})()': ['args[0]', 'an asynchronous iterator'],
  'function () { return [arguments] }': ['args[0][0]', 'an arguments object; spread it into an array'],
  '() => import("script.js").then(module => [module])': ['args[0][0]', 'a module namespace'],
  '() => Object(Symbol())': ['args[0]', 'a symbol'],
  '() => Object.assign(new Error("no"), { retry() {} })': ['args[0].retry', 'the function retry'],
  '() => { const b = new ArrayBuffer(8); b.transfer(); return [b] }': [
    'args[0][0]',
    'an ArrayBuffer that has been detached',
  ],
  '() => { const v = new Uint8Array(8); v.buffer.transfer(); return v }': [
    'args[0]',
    'a view of memory that has been detached',
  ],
  '() => { const b = new ArrayBuffer(8, { maxByteLength: 8 }), v = new Uint8Array(b, 4, 4); b.resize(4); return v }': ['args[0]', 'a view beyond the end of its memory'], // prettier-ignore
  '() => new ArrayBuffer(8, { maxByteLength: 2 ** 31 - 1 })': ['args[0]', 'memory that may grow to more than 1 GiB'],
  '() => { let a = 1; for (let i = 0; i < 1001; i++) a = [a]; return a }': [`args${'[0]'.repeat(16)}…[0][0]`, 'nested more than 1000 levels deep'], // prettier-ignore
  '() => [host]': ['args[0][0]', "an object of the host's"],
}

for (const [made, [path, what]] of Object.entries(refusals)) {
  test(`what cannot leave a script is refused by its path: ${what}, ${made.slice(0, 60)}`, t => {
    const script = new Script(made)
    const error = t.throws(() => script.back(0))
    t.is(error.message, `${path} cannot leave the script: it is ${what}.`)
    t.is(error.code, 'ERR_UNCLONEABLE')
    t.is(error.path, path)
  })
}

const written = {
  'getters are read once, in order': [
    '() => { let n = 0; return { get a() { return ++n }, get b() { return ++n } } }',
    { a: 1, b: 2 },
  ],
  'a field that a getter deletes is left out': [
    '() => ({ get a() { delete this.b; return 1 }, b: 2, c: 3 })',
    { a: 1, c: 3 },
  ],
  'a field that a getter adds is left out': ['() => ({ get a() { this.z = 1; return 1 }, b: 2 })', { a: 1, b: 2 }],
  'an array that a getter shortens keeps its length': ['() => { const a = [{ get x() { a.length = 1; return 5 } }, 2]; return a }', Object.assign(new Array(2), { 0: { x: 5 } })], // prettier-ignore
  'a Map that a getter clears crosses as it was': ['() => { const m = new Map(); return m.set({ get k() { m.clear(); return 1 } }, 2).set(3, 4) }', new Map([[{ k: 1 }, 2], [3, 4]])], // prettier-ignore
  'objects of a class arrive with their own fields': [
    '() => new (class { x = 1; #y = 2; get z() { return 3 } })()',
    { x: 1 },
  ],
  'a subclass of Map is a Map': [
    '() => new (class extends Map { get size() { return 9 } })([[1, 2]])',
    new Map([[1, 2]]),
  ],
  'an object without a prototype is plain': ['() => Object.assign(Object.create(null), { a: 1 })', { a: 1 }],
  'an object under Object.prototype is plain': ['() => Object.setPrototypeOf(new Map([[1, 2]]), Object.prototype)', {}],
  'what only looks like a Map is plain': ['() => Object.create(Map.prototype)', {}],
  'a string made of many arrives whole': ['() => "Ω".repeat(3) + "x".repeat(9000) + "é"', `ΩΩΩ${'x'.repeat(9000)}é`],
  'a string that is kept wide needs no more room': ['() => ("Ω" + "é").slice(1)', 'é'],
  'fields that are symbols or hidden are left out': [
    '() => Object.defineProperty({ [Symbol()]: 1, a: 2 }, "b", { value: 3 })',
    { a: 2 },
  ],
}

for (const [title, [made, expected]] of Object.entries(written)) {
  test(`what a script sends: ${title}`, t => t.deepEqual(new Script(made).back(0), expected))
}
