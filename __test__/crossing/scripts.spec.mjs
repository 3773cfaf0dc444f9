// Bytes that a script has written, which say so in front: they are read as those of another process are, and refused in words.

import test from 'ava'
import { CancelledError, Event, InterruptedError, Queue, registerError, UncloneableError } from 'threaded-async'
import { decode, decodeForeign, decodeNamed, encode, encodeCall, release } from '../../dist/internals.js'
import { Tag } from './wire-fixture.mjs'

function bytesOf(packet) {
  const bytes = packet.bytes.slice(packet.start, packet.end)
  release(packet)
  return bytes
}

/** The bytes of a packet as they come from a script. */
const scripts = packet => Uint8Array.from([0, 0, 0, 0, Tag.Foreign, ...bytesOf(packet)])
const value = what => scripts(encode(what, 'item', { leaves: true }))
const raw = (...bytes) => Uint8Array.from([0, 0, 0, 0, Tag.Foreign, 0, 0, 0, 0, ...bytes])
const message = 'What the script has sent cannot be read: it is no value that this version of Node.js knows.'
const refused = { instanceOf: UncloneableError, code: 'ERR_UNCLONEABLE', message }

test('values of a script are read, with their strings in pieces, their shapes and their numbers', t => {
  const rows = Array.from({ length: 80 }, (_, i) => ({
    id: i,
    name: `row number ${i % 7}`,
    at: [i / 2, 'ü'.repeat(i)],
  }))
  const cyclic = { rows, self: undefined }
  cyclic.self = cyclic
  for (const isOwned of [false, true]) {
    const bytes = value(cyclic)
    const copy = decode(bytes, 0, isOwned)
    t.is(copy.self, copy)
    t.deepEqual(copy.rows, rows)
    const moved = Uint8Array.from([1, 2, 3, ...bytes])
    t.deepEqual(decode(moved, 3, isOwned).rows, rows)
  }
})

test('calls of a script are read', t => {
  const rows = Array.from({ length: 30 }, (_, i) => ({ id: i, name: `row number ${i}` }))
  for (const name of ['walk', 'a name that is longer than those that are remembered', 'ü', '__proto__', '']) {
    t.deepEqual(decodeNamed(scripts(encodeCall(name, [rows, 'two', rows])), 0), [name, [rows, 'two', rows]])
    t.deepEqual(decodeNamed(scripts(encodeCall(name, [])), 0), [name, []])
  }
})

test('an error of a script is of the class that is known here, with the stack of the script', t => {
  const error = Object.assign(new RangeError('no'), {
    code: 'E_NO',
    stack: 'RangeError: no\n    at walk (script.js:3:5)',
  })
  const copy = decode(value(error), 0)
  t.true(copy instanceof RangeError)
  t.is(copy.stack, error.stack)
  t.is(copy.code, 'E_NO')
  const cancelled = decode(value(new CancelledError('enough')), 0)
  t.true(cancelled instanceof CancelledError)
})

test('a script can name no object of this process, and no shared memory', t => {
  for (const what of [new Queue(), [new Event()], new SharedArrayBuffer(8)]) {
    t.throws(() => decode(scripts(encode(what, 'item')), 0), refused)
    t.throws(() => decodeNamed(scripts(encodeCall('walk', [what])), 0), refused)
  }
})

test('what a script sends with a call is a list of arguments, with nothing beside it', t => {
  const wrong = [{ length: 3 }, 'text', 7, undefined, new Map()]
  for (const what of wrong) {
    const call = bytesOf(encodeCall('walk', []))
    const bytes = Uint8Array.from([
      0,
      0,
      0,
      0,
      Tag.Foreign,
      ...call.slice(0, -2),
      ...bytesOf(encode(what, 'item')).slice(4),
    ])
    t.throws(() => decodeNamed(bytes, 0), refused)
  }
  t.throws(() => decodeNamed(scripts(encodeCall('walk', [1], { store: 1 })), 0), refused)
  t.throws(
    () => decodeNamed(raw(Tag.ShortString | 1, 97, Tag.SparseArray, 255, 255, 255, 255, 15, Tag.End), 0),
    refused,
  )
  t.throws(() => decodeNamed(raw(Tag.End), 0), refused)
})

test('bytes that are no value are refused in words, wherever they end', t => {
  const bytes = value({ list: [1, 'two', 3.5, new Date(5)], map: new Map([[1, 2n]]) })
  for (let end = 9; end < bytes.length; end++) {
    const error = t.throws(() => decode(bytes.slice(0, end), 0), refused)
    t.true(error.cause instanceof Error)
  }
})

test('a value that is nested too deeply to be read is refused in words', t => {
  const bytes = [0, 0, 0, 0, Tag.Foreign, 0, 0, 0, 0, ...Array.from({ length: 300_000 }, () => [Tag.Array, 1]).flat()]
  t.throws(() => decode(Uint8Array.from(bytes), 0), { instanceOf: UncloneableError, message: /nested too deeply/ })
})

test('the bytes of a script begin a packet, or nothing', t => {
  t.throws(() => decode(raw(Tag.Foreign, 0, 0, 0, 0, Tag.Null), 0), refused)
  t.throws(() => decode(raw(Tag.Array, 1, Tag.Foreign, 0, 0, 0, 0, Tag.Null), 0), refused)
  t.throws(() => decode(Uint8Array.from([0, 0, 0, 0, Tag.Array, 1, Tag.Foreign, 0, 0, 0, 0, Tag.Null]), 0), {
    message: /begins within another/,
  })
  t.throws(() => decodeForeign(raw(Tag.Null), 0), { message: /begins within another/ })
})

test('memory that may grow in a script does not where it arrives: a process has no places for very many', t => {
  const memory = new ArrayBuffer(8, { maxByteLength: 64 })
  const copy = decode(value([memory, new Uint8Array(memory), new Uint16Array(memory, 2)]), 0)
  t.deepEqual(
    copy.map(each => each.byteLength),
    [8, 8, 6],
  )
  t.is(copy[1].buffer, copy[0])
  t.false(copy[0].resizable)
})

test('arrays in arrays that claim more elements than there are bytes get no room for them', t => {
  const claimed = [Tag.Array, 0xf0, 0xff, 0x1f] // Some 520,000 elements: 4 MiB.
  const before = raw(...Array.from({ length: 900 }, () => claimed).flat())
  const bytes = new Uint8Array(2 ** 20).fill(Tag.Null)
  bytes.set(before)
  const { rss } = process.memoryUsage()
  t.throws(() => decode(bytes, 0), refused)
  const more = process.memoryUsage().rss - rss
  t.true(more < 2 ** 30, `${more}`)
})

test('a piece of text is as long as the strings in it may keep alive, and no longer', t => {
  const piece = length => {
    const text = new Uint8Array(length).fill(97)
    const size = length * 2
    const place = [9, 0, 0, 0]
    return Uint8Array.from([
      0,
      0,
      0,
      0,
      Tag.Foreign,
      ...place,
      Tag.Text | 20,
      0,
      0,
      0,
      Tag.Piece,
      0,
      0,
      0,
      0,
      (size & 0x7f) | 0x80,
      ((size >> 7) & 0x7f) | 0x80,
      size >> 14,
      ...text,
    ])
  }
  t.is(decode(piece(2000), 0), 'a'.repeat(20))
  t.throws(() => decode(piece(3000), 0), refused)
})

test('an error of a script is never one that ends the loop of a server whose handler throws it', t => {
  const copy = decode(value([new InterruptedError('mine')]), 0)[0]
  t.false(copy instanceof InterruptedError)
  class Stop extends InterruptedError {}
  registerError(Stop)
  t.false(decode(value([new Stop('mine')]), 0)[0] instanceof InterruptedError)
  t.true(decode(bytesOf(encode(new Stop('ours'), 'item')), 0) instanceof Stop)
  t.deepEqual([copy.name, copy.message, copy.code], ['InterruptedError', 'mine', 'ERR_INTERRUPTED'])
  t.true(decode(bytesOf(encode(new InterruptedError('ours'), 'item')), 0) instanceof InterruptedError)
})

test('a call of a script has no more arguments than any stack has room for', t => {
  const call = count => scripts(encodeCall('walk', new Array(count).fill(1)))
  t.is(decodeNamed(call(2 ** 14), 0)[1].length, 2 ** 14)
  for (const count of [2 ** 14 + 1, 65_534, 2 ** 20]) {
    const message = `The call cannot be made: it has ${count} arguments, which is more than 16384: give a list as one argument.`
    t.throws(() => decodeNamed(call(count), 0), { instanceOf: UncloneableError, code: 'ERR_UNCLONEABLE', message })
  }
  t.is(decodeNamed(bytesOf(encodeCall('walk', new Array(65_534).fill(1))), 0)[1].length, 65_534)
})
