// Where packets are written: tags, numbers and strings as bytes, in one stretch of memory for each thread.
//
// Promises: what `Scratch` writes, `Reader` (reader.ts) reads to the bit, -0, NaN and lone surrogates included. A
// string takes one byte a character where its content allows, else two; small integers and short strings carry their
// tag in their first byte. The memory is a stack: a packet begun while another is being written lies behind it.
// Refuses a packet of 4 GiB or more (`Oversize`): the native side counts in 32 bits. Packets that are being written at a
// time share them.

import { charCodeAt, matches, setBytes, uncurried } from '../methods.js'
import { longText, mostText, Tag } from './tags.js'

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

/** A number as the bytes that this machine has for it. */
export const double = new Float64Array(1)
export const doubleBytes = new Uint8Array(double.buffer)

function isInt32(value: number): boolean {
  return (value | 0) === value && !Object.is(value, -0)
}

/** Where packets are written: one stretch of memory for each thread, used as a stack. */
export class Scratch {
  bytes = new Uint8Array(initialSize)
  /** The same memory. */
  doubles = new Float64Array(this.bytes.buffer)
  at = 0
  /** What has ended `numbers`. */
  next: unknown
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
    const doubles = new Float64Array(bytes.buffer, 0, Math.floor(size / 8))
    this.bytes = bytes
    this.doubles = doubles
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
    if (!isInt32(value)) {
      this.bytes[this.at++] = Tag.Double
      this.#double(value)
    } else if (value >= 0 && value < 0x40) {
      this.bytes[this.at++] = Tag.SmallInt | value
    } else {
      this.bytes[this.at++] = Tag.Int
      this.#int(value)
    }
  }

  int(value: number): void {
    this.room(4)
    this.#int(value)
  }

  double(value: number): void {
    this.room(8)
    this.#double(value)
  }

  #double(value: number): void {
    const { bytes, at } = this
    double[0] = value
    bytes[at] = doubleBytes[0]!
    bytes[at + 1] = doubleBytes[1]!
    bytes[at + 2] = doubleBytes[2]!
    bytes[at + 3] = doubleBytes[3]!
    bytes[at + 4] = doubleBytes[4]!
    bytes[at + 5] = doubleBytes[5]!
    bytes[at + 6] = doubleBytes[6]!
    bytes[at + 7] = doubleBytes[7]!
    this.at = at + 8
  }

  /** A whole number of 32 bits. Methods of a DataView would be calls where V8 does not know what it is of. */
  #int(value: number): void {
    this.word(this.at, value)
    this.at += 4
  }

  /** Writes a whole number of 32 bits at a place that has been left for it. */
  word(at: number, value: number): void {
    const { bytes } = this
    bytes[at] = value
    bytes[at + 1] = value >> 8
    bytes[at + 2] = value >> 16
    bytes[at + 3] = value >> 24
  }

  /** Reads what `word` has written. */
  wordAt(at: number): number {
    const { bytes } = this
    return bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)
  }

  /**
   * Writes the numbers that stand in an array from index `from` to `to` at most, the first of which is `first`. Returns
   * where they end; `next` is what stands there, which was read once.
   */
  numbers(array: readonly unknown[], from: number, to: number, first: number): number {
    this.room(5)
    const head = this.at
    this.at = head + 5
    const isInt = isInt32(first)
    const end = isInt ? this.#ints(array, from, to, first) : this.#doubles(array, from, to, first)
    this.bytes[head] = isInt ? Tag.Ints : Tag.Doubles
    this.word(head + 1, end - from)
    return end
  }

  #ints(array: readonly unknown[], from: number, to: number, first: number): number {
    let value: unknown = first
    let i = from
    while (typeof value === 'number' && isInt32(value)) {
      this.room(4)
      this.#int(value)
      if (++i === to) break
      value = array[i]
    }
    this.next = value
    return i
  }

  #doubles(array: readonly unknown[], from: number, to: number, first: number): number {
    let value: unknown = first
    let i = from
    this.room(8)
    const padding = 7 - (this.at & 7)
    this.bytes[this.at] = padding
    this.at += 1 + padding
    while (typeof value === 'number') {
      this.room(8)
      this.doubles[this.at / 8] = value
      this.at += 8
      if (++i === to) break
      value = array[i]
    }
    this.next = value
    return i
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

  /** Strings that are read at once: how many bytes, the lowest bit says whether two for each character, and these. */
  piece(text: string): void {
    const isWide = matches(twoByte, text) !== null
    const size = isWide ? text.length * 2 : text.length
    this.count(size * 2 + (isWide ? 1 : 0))
    this.#characters(text, size, isWide)
  }

  #longString(text: string): void {
    const isWide = matches(twoByte, text) !== null
    if (isWide || text.length > mostText) {
      this.byte(isWide ? Tag.Wide : Tag.Latin1)
      this.count(text.length)
    } else {
      this.byte(Tag.ShortString | text.length)
    }
    this.#characters(text, isWide ? text.length * 2 : text.length, isWide)
  }

  #characters(text: string, size: number, isWide: boolean): void {
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
