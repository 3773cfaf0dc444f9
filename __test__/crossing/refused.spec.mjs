// What cannot cross a thread: it is refused with its path, before anything has happened.

/* oxlint-disable no-sparse-arrays, unicorn/no-new-array -- holes are among what crosses */

import test from 'ava'
import assert from 'node:assert'
import { createSecretKey } from 'node:crypto'
import { EventEmitter } from 'node:events'
import * as namespace from 'node:fs'
import vm from 'node:vm'
import { MessageChannel } from 'node:worker_threads'
import { decode, encode, release } from '../../dist/internals.js'
import { cross, lenient, refused, scratchTop } from './wire-fixture.mjs'

const { AggregateError, structuredClone } = globalThis

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

test('wherever the stack ends, nothing stays of a value or of what stands for it', t => {
  const value = { a: { b: { c: { d: [1, 2, { e: 3 }] } } } }
  const kinds = [
    () => release(encode(value, 'item')),
    () => release(encode({ value, f() {} }, 'item')),
    () => release(encode(value, 'error', lenient)),
    () => release(encode({ value, f() {} }, 'error', lenient)),
  ]
  const dive = (act, rest) => {
    try {
      act()
    } catch {
      // Refused.
    }
    dive(act, rest, ...rest)
  }
  const top = scratchTop()
  for (const act of kinds) {
    for (const size of [0, 1, 2, 3, 10]) {
      t.throws(() => dive(act, Array.from({ length: size })), { instanceOf: RangeError })
      t.is(scratchTop(), top)
    }
  }
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
      inner.push(decode(packet.bytes, packet.start))
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

test('what would take 4 GiB is refused before anything has happened, and what is written is taken back', t => {
  const top = scratchTop()
  // Never touched, so it takes no memory.
  const large = new ArrayBuffer(2 ** 32)
  refused(t, { list: [1, large] }, 'item.list[1]', /more than 4 GiB/)
  refused(t, new DataView(large), 'item', /more than 4 GiB/)
  t.is(scratchTop(), top)
  t.deepEqual(cross([1, 'two']), [1, 'two'])
})

test('names and keys of any length leave a short message', t => {
  const long = 'x'.repeat(1_000_000)
  for (const value of [{ [long]: () => {} }, new Map([[long, () => {}]]), new Map([[2n ** 100_000n, () => {}]])]) {
    const { message, code } = t.throws(() => encode(value, 'item'))
    t.is(code, 'ERR_UNCLONEABLE')
    t.true(message.length < 500)
  }
})
