// Where packets are read: tags, numbers, strings and the names of fields, from bytes that will be used again.
//
// Promises: nothing that is read shares memory with the bytes, unless they are its own. Reading the same bytes twice
// gives equal values, and different objects. Bytes that no writer has written make it throw or give some value, within the
// time and the memory that as many bytes may take. Those that have `left` another process give nothing that is of this one.
// Each part of the grammar adds how its own tags are read to `readers`.

import { charCodeAt, setBytes, sliced, uncurried } from '../methods.js'
import { isDigit, mayBeIndex } from './arrays/sparse.js'
import { double, doubleBytes } from './scratch.js'
import { isInherited, lookAtPrototype, type KnownShape } from './shapes.js'
import { ReadTexts } from './texts.js'
import { absent, longText, mostText, Tag } from './tags.js'

interface RawBuffer {
  latin1Slice(start: number, end: number): string
  ucs2Slice(start: number, end: number): string
}

// What Buffer's `toString` comes down to. They take any Uint8Array; @types/node does not list them.
const raw = Buffer.prototype as unknown as RawBuffer
const latin1Slice = uncurried(raw.latin1Slice as (this: Uint8Array, start: number, end: number) => string)
const ucs2Slice = uncurried(raw.ucs2Slice as (this: Uint8Array, start: number, end: number) => string)

const shortText = 12
/** What the last seven bits of a count are multiplied by, at most. */
const largestScale = 2 ** 49
/** So few are read one by one. */
const fewDoubles = 16
/** How the value after a tag is read; each part of the grammar adds its own tags. */
export const readers: ((reader: Reader) => unknown)[] = []

// Names of fields come again and again; found here, they are not built anew. Those that Object.prototype has are
// left out: they have to be defined, not assigned.
const names = Array.from<string | undefined>({ length: 1024 })
/** Which of them have been read once only. */
const wereRead = new Uint8Array(names.length)
/** So many new names of a packet are remembered, and one in eight of the others. */
const mostNew = 64

function copyOf(bytes: Uint8Array): Float64Array {
  const doubles = new Float64Array(bytes.length / 8)
  setBytes(new Uint8Array(doubles.buffer), bytes)
  return doubles
}

/** Where one packet is read. */
export class Reader {
  readonly bytes: Uint8Array
  /** The objects read so far, in the order in which they were written. */
  readonly refs: object[] = []
  /** The shapes named so far. */
  shapes: KnownShape[] | undefined
  at: number
  /** Whether a sandboxed script has written what is read. */
  isOfScript = false
  /** How far all memory that may grow may grow, in bytes; counted for another process only. */
  room = 0
  /** How many elements the arrays have for which room was made. */
  #elements = 0
  /** How often a key has met others at its place, beyond what is usual; counted for what is foreign only. */
  meetings = 0
  /** Whether something was `absent`. */
  hasAbsent = false
  /** Where the packet begins. */
  start: number
  #texts: ReadTexts | undefined
  /** How many names were not remembered. */
  #new = 0
  /** Whether the name just read may be assigned like any other, and is no element's. */
  isPlainName = false

  /**
   * `isOwned`: the bytes will not be overwritten, and what is read may stay in them. `left`: they come from another process,
   * and numbers in them mean something there.
   */
  constructor(
    bytes: Uint8Array,
    start: number,
    readonly isOwned: boolean,
    public left = false,
  ) {
    this.bytes = bytes
    this.at = start + 4
    this.start = start
  }

  value(): unknown {
    return this.tagged(this.bytes[this.at++])
  }

  /** A value that is a string: what else stood in its place might have methods that do something. */
  text(): string {
    const text = this.value()
    if (typeof text === 'string') return text
    throw new TypeError('A packet has something else where a string must be.')
  }

  /** The value whose tag has been read. */
  tagged(tag: number): unknown {
    if (tag >= Tag.Text) return this.texts().kept(tag & mostText)
    if (tag >= Tag.ShortString) return this.#text(tag & mostText)
    if (tag >= Tag.SmallInt) return tag & 0x3f
    return readers[tag](this)
  }

  /** Remembers an object under the next number, before what is in it is read. */
  keep<T extends object>(object: T): T {
    this.refs[this.refs.length] = object
    return object
  }

  byte(): number {
    return this.bytes[this.at++]
  }

  count(): number {
    let value = 0
    let scale = 1
    for (;;) {
      const byte = this.byte()
      value += (byte & 0x7f) * scale
      // Behind the end there is no byte, and no number that goes on.
      if (!(byte >= 0x80)) return value
      scale *= 0x80
      // What came of more would be no number, and no comparison holds for that.
      if (scale > largestScale) throw new RangeError('A packet has a count that is too large.')
    }
  }

  int(): number {
    this.at += 4
    return this.word(this.at - 4)
  }

  word(at: number): number {
    const { bytes } = this
    return bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16) | (bytes[at + 3] << 24)
  }

  double(): number {
    const { bytes, at } = this
    doubleBytes[0] = bytes[at]!
    doubleBytes[1] = bytes[at + 1]!
    doubleBytes[2] = bytes[at + 2]!
    doubleBytes[3] = bytes[at + 3]!
    doubleBytes[4] = bytes[at + 4]!
    doubleBytes[5] = bytes[at + 5]!
    doubleBytes[6] = bytes[at + 6]!
    doubleBytes[7] = bytes[at + 7]!
    this.at = at + 8
    return double[0]!
  }

  /**
   * Whether so many elements may follow, besides those of the arrays before: each has a byte at least. Arrays in arrays that claim
   * more would have room made for each of them.
   */
  hasElements(count: number): boolean {
    if (count > this.bytes.length - this.start - this.#elements) return false
    this.#elements += count
    return true
  }

  /** How many numbers follow, of `size` bytes each. */
  run(size: number): number {
    const count = this.int()
    if (count > 0 && this.at + count * size <= this.bytes.length) return count
    throw new RangeError('A packet ends before the numbers in it.')
  }

  /** Reads doubles into an array, from index `from` on; returns the index behind them. */
  doubles(array: unknown[], from: number): number {
    const end = from + this.run(8)
    const padding = this.byte() // So that they lie as such numbers do in memory.
    this.at += padding
    if (end - from < fewDoubles) {
      for (let i = from; i < end; i++) array[i] = this.double()
      return end
    }
    const data = this.data((end - from) * 8)
    const isInPlace = data.byteOffset % 8 === 0
    const doubles = isInPlace ? new Float64Array(data.buffer, data.byteOffset, end - from) : copyOf(data)
    for (let i = from; i < end; i++) array[i] = doubles[i - from]
    return end
  }

  /** A view of `length` bytes, good until the packet's memory is used again. */
  data(length: number): Uint8Array {
    this.#pass(length)
    return new Uint8Array(this.bytes.buffer, this.bytes.byteOffset + this.at - length, length)
  }

  /** Node.js 26 reads what there is where there is less than was asked for. */
  #pass(length: number): void {
    this.at += length
    if (this.at > this.bytes.length) throw new RangeError('A packet ends before what is in it.')
  }

  latin1(length: number): string {
    this.#pass(length)
    return latin1Slice(this.bytes, this.at - length, this.at)
  }

  wide(length: number): string {
    this.#pass(length * 2)
    return ucs2Slice(this.bytes, this.at - length * 2, this.at)
  }

  /** Goes on with the packet of a script, which begins here: from now on the bytes are anybody's. */
  foreign(): unknown {
    if (this.left || this.at !== this.start + 5) throw new TypeError('A packet begins within another.')
    this.left = true
    this.isOfScript = true
    this.start = this.at
    this.at += 4
    return this.value()
  }

  /** The strings of this packet that are read piece by piece. */
  texts(): ReadTexts {
    return (this.#texts ??= new ReadTexts(this))
  }

  /** What stands behind a piece. */
  pastPiece(): unknown {
    this.at += 4
    const size = this.count()
    this.#pass(Math.floor(size / 2))
    return this.value()
  }

  #text(length: number): string {
    if (length > shortText) return this.latin1(length)
    if (length > 2) return this.#shortText(length)
    let text = ''
    for (let i = 0; i < length; i++) text += String.fromCharCode(this.byte())
    return text
  }

  /** One call with too many characters is faster than one call for each. */
  #shortText(length: number): string {
    const { bytes: b, at: i } = this
    this.at += length
    // prettier-ignore
    return sliced(String.fromCharCode(
      b[i], b[i + 1], b[i + 2], b[i + 3], b[i + 4], b[i + 5],
      b[i + 6], b[i + 7], b[i + 8], b[i + 9], b[i + 10], b[i + 11],
    ), 0, length)
  }

  /** The name of a field, or undefined at the end of the fields. */
  name(): string | undefined {
    const tag = this.bytes[this.at]
    if (tag === Tag.End) return this.#endOfFields()
    const length = tag & mostText
    if (tag < Tag.ShortString || length > longText) return this.#rareName()
    const slot = this.#slotOf(length)
    const name = names[slot]
    if (name === undefined || !this.#isNext(name, length)) return this.#newName(slot)
    this.isPlainName = !isDigit(this.bytes[this.at + 1]!)
    this.at += 1 + length
    // The engine's own copy of a name is found faster than one of equal content.
    if (wereRead[slot] === 1) return (names[slot] = Object.keys({ [name]: (wereRead[slot] = 0) })[0])
    return name
  }

  #endOfFields(): undefined {
    this.at++
    return undefined
  }

  #slotOf(length: number): number {
    let hash = length
    for (let i = 1; i <= length; i++) hash = (Math.imul(hash, 31) + this.bytes[this.at + i]) | 0
    return hash & (names.length - 1)
  }

  #isNext(name: string, length: number): boolean {
    if (name.length !== length) return false
    for (let i = 0; i < length; i++) if (charCodeAt(name, i) !== this.bytes[this.at + 1 + i]) return false
    return true
  }

  #newName(slot: number): string {
    const name = this.#rareName()
    if (++this.#new === mostNew) lookAtPrototype()
    if ((this.isPlainName || mayBeIndex(name)) && (this.#new <= mostNew || this.#new % 8 === 0)) {
      names[slot] = name
      wereRead[slot] = this.isPlainName ? 1 : 0
    }
    return name
  }

  #rareName(): string {
    const name = this.text()
    this.isPlainName = !(mayBeIndex(name) || (this.#new > mostNew ? isInherited(name) : name in Object.prototype))
    return name
  }
}

readers[Tag.Undefined] = () => undefined
readers[Tag.Null] = () => null
readers[Tag.True] = () => true
readers[Tag.False] = () => false
readers[Tag.Int] = reader => reader.int()
readers[Tag.Double] = reader => reader.double()
readers[Tag.Latin1] = reader => reader.latin1(reader.count())
readers[Tag.Wide] = reader => reader.wide(reader.count())
readers[Tag.Ref] = reader => reader.refs[reader.count()]
readers[Tag.Hole] = reader => {
  reader.hasAbsent = true
  return absent
}
readers[Tag.Piece] = reader => reader.pastPiece()
readers[Tag.Foreign] = reader => reader.foreign()
readers[Tag.LongText] = reader => reader.texts().next(reader.byte())
readers[Tag.TextAgain] = reader => reader.texts().again(reader.byte() + reader.byte() * 0x100)
