// Many items as packets: one native call for some thousand bytes of them, where each would need one of its own.
//
// The core cuts a packet into items again (`src/binding/values/packet.rs`). Promises that an item arrives as it does when
// it is sent alone; that each element of a list is read once, in order; and that a packet is short: an item that stays in a
// queue for long keeps no more than that in memory. What is large, or holds handles, travels alone.

import { matches, part, sliced } from '../../methods.js'
import { native } from '../../native/native.js'
import { Packed } from '../../native/protocol.js'
import { send, sending, unpack } from '../payload.js'
import { latin1Write, scratch, twoByte, ucs2Write } from '../scratch.js'
import { writeSeveral } from '../wire.js'
import type { Writer } from '../writer.js'

/** A packet ends behind the item with which it comes to so many bytes. */
const longPacket = 16 * 1024
/** An item of more bytes, or a text of more characters, travels alone. */
const longItem = 2 * 1024
/** A kind, and a count. */
const head = 5

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
    writer.finish()
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
  scratch.word(place + 1, count)
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
    const to = from + scratch.wordAt(at)
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
