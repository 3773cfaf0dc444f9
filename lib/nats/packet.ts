// A value as the bytes that travel to other machines: a small head, then what it is among threads.
//
// Promises that a value which means something in this process only is refused by its path before anything is sent, and that
// bytes of another version, or of another program, are refused by name.

import { decode, encode, release } from '../wire/wire.js'
import { fault } from './protocol.js'

/** The version of the wire's bytes; to be raised with every change of the grammar in `wire/tags.ts`. */
const VERSION = 1
const HEAD = [0x74, 0x61, 0x71, VERSION] as const

/** Returns an item as bytes. @throws UncloneableError with the path. */
export function packetOf(item: unknown): Uint8Array {
  const packet = encode(item, 'item', { leaves: true })
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

/** Returns the item. @throws Error `ERR_NATS_VERSION`, or what reading throws. */
export function itemOf(bytes: Uint8Array): unknown {
  const isOurs = bytes.length > HEAD.length && HEAD.every((byte, at) => at === 3 || bytes[at] === byte)
  if (!isOurs) throw fault('ERR_NATS_VERSION', 'The item was not put by this package: its bytes have no head of ours.')
  if (bytes[3] !== VERSION) {
    const text = `The item was put by a version of this package that writes format ${bytes[3]}; this one reads format ${VERSION}.`
    throw fault('ERR_NATS_VERSION', text)
  }
  return decode(bytes, HEAD.length)
}
