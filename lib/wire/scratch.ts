// Where packets are written: tags, numbers and strings as bytes, in one stretch of memory for each thread.
//
// Promises: what `Scratch` writes, `Reader` (reader.ts) reads to the bit, -0, NaN and lone surrogates included. A
// string takes one byte a character where its content allows, else two; small integers and short strings carry their
// tag in their first byte. The memory is a stack: a packet begun while another is being written lies behind it.
// Refuses a packet of 4 GiB or more (`Oversize`): the native side counts in 32 bits. Packets that are being written at a
// time share them.

import { charCodeAt, matches, setBytes, setFloat64, setInt32, uncurried } from '../methods.js'
import { longText, Tag } from './tags.js'

interface RawBuffer {
  latin1Write(text: string, at: number, size: number): number
  ucs2Write(text: string, at: number, size: number): number
}

// What Buffer's `write` comes down to; @types/node does not list them.
const raw = Buffer.prototype as unknown as RawBuffer
type Write = (this: Uint8Array, text: string, at: number, size: number) => number
export const latin1Write = uncurried(raw.latin1Write as Write)
export const ucs2Write = uncurried(raw.ucs2Write as Write)

/** A packet would not fit. What was written of it is the writer's to take back. */
export class Oversize extends RangeError {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options)
  }
}

const initialSize = 64 * 1024
// A message of 1 MiB needs a little more than that; fresh pages for each would cost more than its copying.
const keptSize = 2 * 1024 * 1024
const largestPacket = 0xffff_ffff
// Fails at once where the engine itself keeps a string in one byte a character.
export const twoByte = /[\u0100-\uffff]/

/** Where packets are written: one stretch of memory for each thread, used as a stack. */
export class Scratch {
  bytes = new Uint8Array(initialSize)
  view = new DataView(this.bytes.buffer)
  at = 0
  /** Whether there is so much memory that it should be given back when nothing is written in it. */
  isLarge = false
  #limit = initialSize
  #listeners: ((bytes: Uint8Array) => void)[] = []

  /** Tells `listener` of the memory in use, now and whenever it is replaced. */
  listen(listener: (bytes: Uint8Array) => void): void {
    this.#listeners[this.#listeners.length] = listener
    listener(this.bytes)
  }

  /** Gives back everything from `start` on. */
  release(start: number): void {
    this.at = start
    if (start !== 0 || !this.isLarge) return
    try {
      this.#allocate(initialSize)
    } catch {
      // What it was for has happened. The memory stays until there is less of it to be had.
    }
  }

  /** Makes sure of room for `count` more bytes. The bytes written so far stay valid in the old memory as well. */
  room(count: number): void {
    if (this.at + count > this.#limit) this.#grow(this.at + count)
  }

  #grow(needed: number): void {
    if (needed > largestPacket) throw new Oversize('more than 4 GiB')
    let size = this.#limit * 2
    while (size < needed) size *= 2
    const written = new Uint8Array(this.bytes.buffer, 0, this.at)
    this.#allocate(Math.min(size, largestPacket), needed)
    setBytes(this.bytes, written)
  }

  #allocate(size: number, least = size): void {
    let bytes: Uint8Array<ArrayBuffer>
    try {
      bytes = new Uint8Array(size)
    } catch (cause) {
      if (least < size) return this.#allocate(least)
      throw new Oversize('more than the memory there is', { cause })
    }
    const view = new DataView(bytes.buffer)
    this.bytes = bytes
    this.view = view
    this.#limit = size
    this.isLarge = size > keptSize
    for (let i = 0; i < this.#listeners.length; i++) this.#listeners[i]!(this.bytes)
  }

  byte(value: number): void {
    this.room(1)
    this.bytes[this.at++] = value
  }

  /** A whole number from 0 to 2^53, small ones in fewer bytes. */
  count(value: number): void {
    this.room(8)
    while (value > 0x7f) {
      this.bytes[this.at++] = (value % 0x80) | 0x80
      value = Math.floor(value / 0x80)
    }
    this.bytes[this.at++] = value
  }

  number(value: number): void {
    this.room(9)
    if ((value | 0) !== value || Object.is(value, -0)) {
      this.bytes[this.at] = Tag.Double
      setFloat64(this.view, this.at + 1, value, true)
      this.at += 9
    } else if (value >= 0 && value < 0x40) {
      this.bytes[this.at++] = Tag.SmallInt | value
    } else {
      this.bytes[this.at] = Tag.Int
      setInt32(this.view, this.at + 1, value, true)
      this.at += 5
    }
  }

  int(value: number): void {
    this.room(4)
    setInt32(this.view, this.at, value, true)
    this.at += 4
  }

  double(value: number): void {
    this.room(8)
    setFloat64(this.view, this.at, value, true)
    this.at += 8
  }

  string(text: string): void {
    const { length } = text
    if (length > longText) return this.#longString(text)
    this.room(1 + length)
    const { bytes, at } = this
    let bits = 0
    bytes[at] = Tag.ShortString | length
    for (let i = 0; i < length; i++) {
      const code = charCodeAt(text, i)
      bits |= code
      bytes[at + 1 + i] = code
    }
    if (bits > 0xff) return this.#longString(text)
    this.at = at + 1 + length
  }

  #longString(text: string): void {
    const isWide = matches(twoByte, text) !== null
    if (isWide || text.length > 0x7f) {
      this.byte(isWide ? Tag.Wide : Tag.Latin1)
      this.count(text.length)
    } else {
      this.byte(Tag.ShortString | text.length)
    }
    const size = isWide ? text.length * 2 : text.length
    this.room(size)
    if (isWide) ucs2Write(this.bytes, text, this.at, size)
    else latin1Write(this.bytes, text, this.at, size)
    this.at += size
  }

  /** `length`: how many bytes there are, whatever an own field of the data says. */
  data(data: Uint8Array, length: number): void {
    this.room(length)
    setBytes(this.bytes, data, this.at)
    this.at += length
  }
}

export const scratch = new Scratch()
