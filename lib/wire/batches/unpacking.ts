// Many items at once, as the core hands them over: in packets, which it writes to the inbox (`src/binding/values/batch.rs`).
//
// Promises that what is read shares no memory with anything else that is read, strings included; and that what could not be
// read is in its queue again, in its place, wherever reading it has failed.

import { sliced } from '../../methods.js'
import { batchReturn, control, inbox, native } from '../../native/native.js'
import { Packed, Status, Word } from '../../native/protocol.js'
import { receive } from '../payload.js'
import { Reader } from '../reader.js'
import { decode, hopeless } from '../wire.js'

/**
 * The items of a batch that a native call has returned, up to one that cannot be read: that one and those behind it go
 * back to their queue. Where it is the first, it throws, and only the others go back, unless it may be read later.
 *
 * What has been read is returned even where the stack comes to its end behind it. Where it does before the first is
 * fetched, `Count` says so.
 */
export function receiveBatch(queue: number, wasCleared = false): unknown[] {
  const count = control[Word.Count]!
  const batch = control[Word.Extra]!
  const arriving = new Arriving(count)
  /** How many had arrived when some were fetched last. */
  let before = 0
  try {
    while (arriving.length < count) {
      const value = native.batchTake(batch)
      before = arriving.length
      if (control[Word.Status] === Status.Batch) arriving.packet(control[Word.Count]!)
      else arriving.add(receive(value))
    }
    if (count > 0) native.batchTake(batch) // The core keeps no item that has been read.
    return arriving.items
  } catch (error) {
    const { items, length } = arriving
    const isFirst = length === 0
    const read = isFirst && error === hopeless ? 1 : length - before
    batchReturn(queue, batch, read, wasCleared)
    control[Word.Count] = 0
    if (isFirst) throw error
    items.length = length
    return items
  }
}

/** The engine makes a list of more elements than this one by one. */
const longList = 1 << 24

/** The inbox, for numbers: the core writes them where such may lie. */
const ints = new Int32Array(inbox.buffer, inbox.byteOffset, inbox.byteLength / 4)
const doubles = new Float64Array(inbox.buffer, inbox.byteOffset, inbox.byteLength / 8)

class Arriving {
  items: unknown[]
  /** How many of them have been read. */
  length = 0
  /** So many are expected. */
  readonly #count: number

  constructor(count: number) {
    this.#count = count
    this.items = count > longList ? [] : new Array<unknown>(count)
  }

  add(item: unknown): void {
    this.items[this.length] = item
    this.length++
  }

  /** Reads the packet in the inbox. What that receives, where it runs user code, comes by another way. */
  packet(count: number): void {
    const outer = control[Word.Reading]!
    control[Word.Reading] = 1
    try {
      const reader = new Reader(inbox, 0, false)
      reader.at = 0 // Each object in it is a packet by itself.
      const end = this.length + count
      while (this.length < end) this.#record(reader)
    } finally {
      control[Word.Reading] = outer
    }
  }

  #record(reader: Reader): void {
    switch (reader.byte() as Packed) {
      case Packed.Undefined:
        return this.add(undefined)
      case Packed.Null:
        return this.add(null)
      case Packed.False:
        return this.add(false)
      case Packed.True:
        return this.add(true)
      case Packed.Numbers:
        return this.#doubles(reader, reader.int())
      case Packed.Ints:
        return this.#ints(reader, reader.int())
      case Packed.Encoded:
        return this.#encoded(reader, reader.int())
      case Packed.Texts:
        return this.#shortTexts(reader, reader.int())
      case Packed.Text:
        return this.add(reader.latin1(reader.int()))
      case Packed.WideText:
        return this.add(reader.wide(reader.int()))
      default:
        return this.#texts(reader, reader.int())
    }
  }

  #doubles(reader: Reader, count: number): void {
    const { items, length } = this
    const first = (reader.at + 7) >> 3
    for (let i = 0; i < count; i++) items[length + i] = doubles[first + i]
    reader.at = (first + count) * 8
    this.length = length + count
  }

  #ints(reader: Reader, count: number): void {
    const { items, length } = this
    const first = (reader.at + 3) >> 2
    for (let i = 0; i < count; i++) items[length + i] = ints[first + i]
    reader.at = (first + count) * 4
    this.length = length + count
  }

  #encoded(reader: Reader, size: number): void {
    const { at } = reader
    this.add(decode(inbox, at))
    reader.at = at + size
  }

  /** The engine makes copies of parts that are as short as these. */
  #shortTexts(reader: Reader, count: number): void {
    const { items, length } = this
    const first = (reader.at + 3) >> 2
    let size = 0
    for (let i = 0; i < count; i++) size += ints[first + i]!
    reader.at = (first + count) * 4
    const all = reader.latin1(size)
    for (let from = 0, i = 0; i < count; i++) {
      const to = from + ints[first + i]!
      items[length + i] = sliced(all, from, to)
      from = to
    }
    this.length = length + count
  }

  /** One call of the engine's parser makes strings that do not hold on to each other's memory, as parts of one would. */
  #texts(reader: Reader, count: number): void {
    const texts = JSON.parse(reader.latin1(reader.int())) as string[]
    if (count === this.#count) this.items = texts
    else for (let i = 0; i < count; i++) this.items[this.length + i] = texts[i]
    this.length += count
  }
}
