// Many items as one packet, both ways: a native call for all of them, where each would need one of its own.
//
// The core cuts what is sent here into items again (`src/binding/values/batch.rs`), and packs those that are taken
// together. Promises that an item arrives as it does when it is sent alone; that each element of a list is read once, in
// order; and that a packet is short: an item that stays in a queue for long keeps no more than that in memory.
// What is large, or holds handles, travels alone.

import { getInt32, matches, part, setInt32, sliced } from '../methods.js'
import { batchReturn, control, inbox, native } from '../native/native.js'
import { Packed, Status, Word } from '../native/protocol.js'
import { receive, send, sending, unpack } from './payload.js'
import { Reader } from './reader.js'
import { latin1Write, scratch, twoByte, ucs2Write } from './scratch.js'
import { decode, hopeless, writeSeveral } from './wire.js'
import type { Writer } from './writer.js'

/** A packet ends behind the item with which it comes to so many bytes. */
const longPacket = 16 * 1024
/** An item of more bytes, or of a text of more characters, travels alone. */
const longItem = 2 * 1024
/** A kind, and a count. */
const head = 5

// --- sent

/**
 * Has the core gather these items, within `outer` other batches. `root`: what error paths begin with.
 *
 * @throws as `encode`, for the first item that cannot cross.
 */
export function sendSeveral(items: ArrayLike<unknown>, root: string, outer: number): void {
  const start = scratch.at
  try {
    writeSeveral(root, writer => new Packing(items, root, outer, writer).all())
  } finally {
    unpack(start)
  }
}

/** A list on its way into packets, in the scratch from `start` on. */
class Packing {
  readonly #start = scratch.at
  readonly #root: string
  readonly #outer: number
  readonly #writer: Writer
  #list: ArrayLike<unknown>
  /** So many elements of the list travel. */
  readonly #count: number
  /** How many of them stood before the first of `#list`. */
  #before = 0
  /** The element that was read last, and the place of the next. */
  #item: unknown
  #at = 0

  constructor(list: ArrayLike<unknown>, root: string, outer: number, writer: Writer) {
    this.#list = list
    this.#root = root
    this.#outer = outer
    this.#writer = writer
    this.#count = list.length
  }

  all(): void {
    let goesOn = this.#read()
    while (goesOn) {
      const item = this.#item
      if (typeof item === 'number') goesOn = this.#numbers(item)
      else if (typeof item === 'string') goesOn = this.#texts(item)
      else goesOn = this.#other(item)
      if (scratch.at - this.#start >= longPacket) this.#flush(scratch.at)
    }
    this.#flush(scratch.at)
  }

  /** Reads the next element; false where there is none. An element of a list may be a getter, which may do anything. */
  #read(): boolean {
    if (this.#at >= this.#list.length || this.#at + this.#before >= this.#count) return false
    this.#item = this.#list[this.#at++]
    return true
  }

  /** Each of these writes the element that was read, and such as come behind it, and returns whether there is another. */
  #numbers(first: number): boolean {
    if (!isInt(first)) return this.#doubles(first)
    const place = begin()
    const most = this.#start + longPacket
    let number: unknown = first
    let goesOn: boolean
    do {
      scratch.int(number as number)
      goesOn = this.#read()
      number = this.#item
    } while (goesOn && isInt(number) && scratch.at < most)
    put(place, Packed.Ints, (scratch.at - place - head) / 4)
    return goesOn
  }

  #doubles(first: number): boolean {
    const place = begin()
    const most = this.#start + longPacket
    let number: unknown = first
    let goesOn: boolean
    do {
      scratch.double(number as number)
      goesOn = this.#read()
      number = this.#item
    } while (goesOn && typeof number === 'number' && scratch.at < most)
    put(place, Packed.Numbers, (scratch.at - place - head) / 8)
    return goesOn
  }

  #texts(first: string): boolean {
    if (first.length > longItem) return this.#alone(first)
    const place = begin()
    const most = longPacket - (place - this.#start)
    let all = ''
    let text: unknown = first
    let goesOn: boolean
    do {
      all += text as string
      scratch.int((text as string).length)
      goesOn = this.#read()
      text = this.#item
    } while (goesOn && typeof text === 'string' && text.length <= longItem && all.length < most)
    finishTexts(place, all)
    return goesOn
  }

  #other(item: unknown): boolean {
    if (item === undefined) scratch.byte(Packed.Undefined)
    else if (item === null) scratch.byte(Packed.Null)
    else if (typeof item === 'boolean') scratch.byte(item ? Packed.True : Packed.False)
    else if (typeof item === 'object') this.#object(item)
    else return this.#alone(item)
    return this.#read()
  }

  /** What is in it may be a getter, too, and change the list. */
  #object(item: object): void {
    if (this.#before === 0) this.#keepRest()
    const place = begin()
    const writer = this.#writer
    writer.next(this.#before + this.#at - 1)
    writer.value(item)
    const length = scratch.at - place - head
    const { handles } = writer
    if (handles.length === 0 && length <= longItem) return put(place, Packed.Encoded, length)
    const end = scratch.at
    scratch.room(8 * handles.length)
    this.#flush(place)
    send({ bytes: scratch.bytes, start: place + head, end, handles })
    native.batchAdd(this.#outer, undefined)
    unpack(this.#start)
  }

  #keepRest(): void {
    this.#list = part(this.#list, this.#at, this.#count)
    this.#before = this.#at
    this.#at = 0
  }

  /** Sends an item by itself, in its place. */
  #alone(item: unknown): boolean {
    this.#flush(scratch.at)
    const place = `${this.#root}[${this.#before + this.#at - 1}]`
    sending(item, place, packed => native.batchAdd(this.#outer, packed))
    return this.#read()
  }

  /** Sends what stands before `end`. */
  #flush(end: number): void {
    const start = this.#start
    if (end === start) return
    send({ bytes: scratch.bytes, start, end, handles: none })
    native.batchAddSeveral(this.#outer)
    if (end === scratch.at) scratch.at = start
  }
}

const none: readonly number[] = []

function isInt(value: unknown): boolean {
  return typeof value === 'number' && (value | 0) === value && !Object.is(value, -0)
}

/** Leaves room for the kind and the count of what is written next, and returns its place. */
function begin(): number {
  const place = scratch.at
  scratch.room(head)
  scratch.at = place + head
  return place
}

function put(place: number, kind: Packed, count: number): void {
  scratch.bytes[place] = kind
  setInt32(scratch.view, place + 1, count, true)
}

/** Writes texts, all in one, behind their lengths. */
function finishTexts(place: number, all: string): void {
  if (matches(twoByte, all) !== null) return widthByWidth(place, all)
  put(place, Packed.Texts, (scratch.at - place - head) / 4)
  scratch.room(all.length)
  latin1Write(scratch.bytes, all, scratch.at, all.length)
  scratch.at += all.length
}

/** Where some have two bytes a character, each gets what it needs: its size must not depend on its neighbours. */
function widthByWidth(place: number, all: string): void {
  const texts: string[] = []
  let from = 0
  for (let at = place + head; at < scratch.at; at += 4) {
    const to = from + getInt32(scratch.view, at, true)
    texts[texts.length] = sliced(all, from, to)
    from = to
  }
  scratch.at = place
  for (let i = 0; i < texts.length;) i = ofOneWidth(texts, i)
}

function ofOneWidth(texts: readonly string[], first: number): number {
  const isWide = matches(twoByte, texts[first]!) !== null
  const place = begin()
  let all = ''
  let i = first
  do {
    all += texts[i]!
    scratch.int(texts[i]!.length)
    i++
  } while (i < texts.length && (matches(twoByte, texts[i]!) !== null) === isWide)
  put(place, isWide ? Packed.WideTexts : Packed.Texts, i - first)
  const size = isWide ? all.length * 2 : all.length
  scratch.room(size)
  if (isWide) ucs2Write(scratch.bytes, all, scratch.at, size)
  else latin1Write(scratch.bytes, all, scratch.at, size)
  scratch.at += size
  return i
}

// --- received

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
