// The strings of a packet, one behind the other: a piece of them is written, and read, at once.
//
// Promises that a string which is cut out of a piece keeps no more of it alive than `longestPiece` characters. The first
// strings of a packet, and those that are long, stand where they belong; so do the names of fields.
// A piece stands in the packet behind the values whose strings it has. The first word of a packet says where the first
// piece is, and the first word of each piece where the next is: behind the end of that one, so that no bytes are read twice.

import { charCodeAt, sliced } from '../methods.js'
import { scratch } from './scratch.js'
import { mostText, recentTexts, Tag } from './tags.js'

/** So many strings of a packet are written by themselves: below that, a piece does not pay. */
const alone = 12
const shortest = 3
/** A longer string is not written together with others. */
export const longest = 255
export const longestPiece = 1024
/** While strings do not come again, it is not looked for that. */
const mostCredit = 64
/** Nor is it before there were as many. */
const once = 8

const slots = 256

export interface TextMark {
  readonly piece: string
  readonly link: number
  readonly count: number
}

/** The strings of one packet that is being written. */
export class Texts {
  #start = 0
  #piece = ''
  /** Where the place of the next piece is to be written. */
  #link = 0
  #alone = 0
  #count = 0
  #credit = 0
  readonly #recent = Array.from<string | undefined>({ length: slots })
  readonly #numbers = new Int32Array(slots)
  #isUsed = false

  /** Leaves room for the place of the first piece. */
  begin(start: number): void {
    scratch.room(4)
    scratch.at = start + 4
    this.#start = start
    this.#link = start
    this.#alone = 0
    this.#count = 0
    this.#credit = mostCredit
  }

  string(text: string): void {
    const { length } = text
    if (length < shortest || length > longest) return scratch.string(text)
    if (this.#alone < alone) {
      this.#alone++
      return scratch.string(text)
    }
    if (length > mostText) return this.#add(text, length)
    if (this.#credit > 0 && this.#count >= once && this.#isAgain(text, length)) return
    this.#count++
    this.#add(text, length)
  }

  #add(text: string, length: number): void {
    if (this.#piece.length + length > longestPiece) this.flush()
    this.#piece += text
    if (length <= mostText) return scratch.byte(Tag.Text | length)
    scratch.byte(Tag.LongText)
    scratch.byte(length)
  }

  /** Whether one of the last strings was the same, which is then named. */
  #isAgain(text: string, length: number): boolean {
    const slot =
      (length + charCodeAt(text, 0) * 3 + charCodeAt(text, length >> 1) * 5 + charCodeAt(text, length - 1) * 7) &
      (slots - 1)
    const number = this.#numbers[slot]!
    if (this.#recent[slot] === text && this.#count - number <= recentTexts) {
      this.#credit += 4
      scratch.room(3)
      scratch.bytes[scratch.at] = Tag.TextAgain
      scratch.bytes[scratch.at + 1] = number
      scratch.bytes[scratch.at + 2] = (number & (recentTexts - 1)) >> 8
      scratch.at += 3
      return true
    }
    this.#credit--
    this.#recent[slot] = text
    this.#numbers[slot] = this.#count
    this.#isUsed = true
    return false
  }

  /** Writes the piece that has been begun, where there is one. */
  flush(): void {
    const piece = this.#piece
    if (piece === '') return
    scratch.byte(Tag.Piece)
    scratch.room(4)
    const { at } = scratch
    scratch.word(this.#link, at - this.#start)
    this.#link = at
    scratch.at = at + 4
    scratch.piece(piece)
    this.#piece = ''
  }

  mark(): TextMark {
    return { piece: this.#piece, link: this.#link, count: this.#count }
  }

  backTo({ piece, link, count }: TextMark): void {
    this.#piece = piece
    this.#link = link
    this.#count = count
    this.forget()
  }

  /** Lets go of all strings. */
  forget(): void {
    if (!this.#isUsed) return
    this.#isUsed = false
    for (let i = 0; i < slots; i++) this.#recent[i] = undefined
  }

  end(): void {
    if (this.#alone < alone) return
    this.#piece = ''
    this.forget()
  }
}

/** What reads a packet. */
interface Source {
  readonly start: number
  at: number
  word(at: number): number
  count(): number
  latin1(length: number): string
  wide(length: number): string
}

/** The strings of one packet that is being read. */
export class ReadTexts {
  readonly #reader: Source
  #piece = ''
  #at = 0
  /** Where the place of the next piece stands. */
  #link: number
  /** Where the last piece has ended. */
  #end = 0
  readonly #recent: string[] = []
  #count = 0

  constructor(reader: Source) {
    this.#reader = reader
    this.#link = reader.start
  }

  next(length: number): string {
    if (this.#at >= this.#piece.length) this.#begin()
    const at = this.#at
    return sliced(this.#piece, at, (this.#at = at + length))
  }

  /** The next string, which can be named again. */
  kept(length: number): string {
    const text = this.next(length)
    this.#recent[this.#count++ & (recentTexts - 1)] = text
    return text
  }

  again(number: number): string {
    return this.#recent[number]!
  }

  /** Reads the next piece, and goes back to where the packet has been read. */
  #begin(): void {
    const reader = this.#reader
    const { at } = reader
    this.#link = reader.start + reader.word(this.#link)
    if (this.#link < this.#end || this.#link < at) throw new TypeError('A packet has no piece for the strings in it.')
    reader.at = this.#link + 4
    const size = reader.count()
    const length = Math.floor(size / 2)
    if (length > longestPiece * 2) throw new TypeError('A packet has a piece of text that is too long.')
    this.#piece = size % 2 === 1 ? reader.wide(length / 2) : reader.latin1(length)
    this.#at = 0
    this.#end = reader.at
    reader.at = at
  }
}
