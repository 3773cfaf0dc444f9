// A value as the bytes that travel to other machines: a small head, then what it is among threads.
//
// Promises that a value which means something in this process only is refused by its path before anything is sent; that
// bytes of another version, or of another program, are refused by name; and that bytes, whatever they are, are read within
// the time and the memory that as many may take.

import { decodeForeign, encode, release } from '../wire/wire.js'
import { fault, wordsOf } from './protocol.js'

/** The version of the wire's bytes; to be raised with every change of the grammar in `wire/tags.ts`. */
const VERSION = 1
const HEAD = [0x74, 0x61, 0x71, VERSION] as const

/** What the head of a message takes beside its id, or what it calls, at most. */
export const HEADERS = 64

/** `what`: 'The item takes'. */
export function tooLarge(what: string, size: number, most: number): Error {
  const text = `${what} ${size} bytes, more than the NATS server takes at once (max_payload: ${most}).`
  return fault('ERR_NATS_PAYLOAD', text)
}

/**
 * Returns a value as bytes. `root` and `lenient` are as in `encode`.
 *
 * @throws UncloneableError with the path.
 */
export function packetOf(item: unknown, root = 'item', lenient = false): Uint8Array {
  const packet = encode(item, root, { lenient, leaves: true, forScript: false })
  try {
    const size = packet.end - packet.start
    const bytes = Buffer.allocUnsafeSlow(HEAD.length + size)
    bytes.set(HEAD)
    bytes.set(packet.bytes.subarray(packet.start, packet.end), HEAD.length)
    return bytes
  } finally {
    release(packet)
  }
}

/**
 * Returns the value. `what` is what errors call it.
 *
 * @throws Error `ERR_NATS_VERSION`; a later call may succeed where this thread's stack was full.
 */
export function itemOf(bytes: Uint8Array, what = 'The item'): unknown {
  const isOurs = bytes.length > HEAD.length && HEAD.every((byte, at) => at === 3 || bytes[at] === byte)
  const another = `${what} was not written by this package:`
  if (!isOurs) throw fault('ERR_NATS_VERSION', `${another} its bytes have no head of ours.`)
  if (bytes[3] !== VERSION) {
    const text = `${what} was written by a version of this package that has format ${bytes[3]}; this one reads format ${VERSION}.`
    throw fault('ERR_NATS_VERSION', text)
  }
  try {
    return decodeForeign(bytes, HEAD.length)
  } catch (error) {
    throw fault('ERR_NATS_VERSION', `${another} its bytes cannot be read. ${wordsOf(error)}`, error)
  }
}
