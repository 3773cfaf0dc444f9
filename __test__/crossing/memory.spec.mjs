// Memory that crosses a thread: views, Buffers, what packets are written to, and what is transferred.

import test from 'ava'
import { markAsUntransferable, MessageChannel } from 'node:worker_threads'
import * as ours from '../../dist/internals.js'
import { cross, packed, sameAsClone } from './wire-fixture.mjs'

const { checkTransfer, decode, detach, encode, onScratch, release } = ours
const { structuredClone } = globalThis

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
  const { large, small, memory } = decode(bytes, 0, true)
  t.true(Buffer.isBuffer(large) && large.equals(value.large) && small.equals(value.small))
  t.is(large.buffer, bytes.buffer)
  t.not(small.buffer, bytes.buffer)
  t.not(memory, bytes.buffer)
  t.not(decode(bytes, 0).large.buffer, bytes.buffer)
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
  t.deepEqual(decode(outer.bytes, outer.start), { a: 1 })
  t.deepEqual(decode(latest, outer.start), { a: 1 })
  release(inner)
  release(outer)
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
