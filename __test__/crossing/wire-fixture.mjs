// What the specs of the wire share: a value crosses as it would between threads, or is refused.

import assert from 'node:assert'
import { readFileSync } from 'node:fs'
import { inspect } from 'node:util'
import { decode, encode, release, UncloneableError } from '../../dist/internals.js'

const { structuredClone } = globalThis

const tags = readFileSync(new URL('../../lib/wire/tags.ts', import.meta.url), 'utf8')

/** The first bytes of values, as the package has them. */
export const Tag = Object.fromEntries(
  [...tags.matchAll(/^ {2}(\w+): (0x\w+|\d+),$/gm)].map(([, name, number]) => [name, Number(number)]),
)

/** Errors cross whatever is in them. */
export const lenient = { lenient: true }

/** Crosses as a thread would: the memory is used again before anybody looks at the value. */
export function cross(value, root = 'item', options) {
  const packet = encode(value, root, options)
  const bytes = packet.bytes.slice(packet.start, packet.end)
  packet.bytes.fill(0xaa, packet.start, packet.end)
  release(packet)
  const copy = decode(bytes, 0)
  bytes.fill(0xaa)
  return copy
}

/** The bytes of a packet, in memory of their own. */
export function packed(value, options) {
  const packet = encode(value, 'item', options)
  const bytes = packet.bytes.slice(packet.start, packet.end)
  release(packet)
  return new Uint8Array(bytes)
}

/** Where the next packet would begin: unchanged when nothing was left behind. */
export function scratchTop() {
  const packet = encode(0, 'item')
  release(packet)
  return packet.start
}

/** Crosses, and compares with what structuredClone makes of the value. */
export const sameAsClone = (t, value) => {
  const copy = cross(value)
  const clone = structuredClone(value)
  assert.deepStrictEqual(copy, clone)
  t.is(inspect(copy, { depth: 9, showHidden: true }), inspect(clone, { depth: 9, showHidden: true }))
  return copy
}

/** Refused with this path and for this reason, with nothing left behind. */
export const refused = (t, value, path, what) => {
  const top = scratchTop()
  const error = t.throws(() => encode(value, 'item'), { instanceOf: UncloneableError, code: 'ERR_UNCLONEABLE' })
  t.is(error.path, path)
  t.true(error.message.startsWith(`${path} cannot cross threads: it is `), error.message)
  t.regex(error.message, what)
  t.is(scratchTop(), top)
}
