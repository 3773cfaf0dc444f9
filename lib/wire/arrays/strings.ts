// Strings that stand side by side in an array: their lengths first, a byte each, then the characters of all.
//
// Promises that each string arrives as it is, lone surrogates included, and that what is kept of them keeps no more alive
// than `longestPiece` characters for each.

import { sliced } from '../../methods.js'
import type { Reader } from '../reader.js'
import { scratch } from '../scratch.js'
import { Tag } from '../tags.js'
import { longest, longestPiece } from '../texts.js'
import type { Writer } from '../writer.js'

/** Fewer strings than this are written one by one. */
export const shortList = 16
/** So many characters are written by one call, or little more. */
const mostCharacters = 32 * 1024

/**
 * Writes the strings that stand in an array from index `from` on, up to `to` at most, the first of which is `first`. Returns
 * where they end; `scratch.next` is what stands there, which was read once.
 */
export function writeStrings(
  writer: Writer,
  array: readonly unknown[],
  from: number,
  to: number,
  first: string,
): number {
  let value = (scratch.next = from + 1 < to ? array[from + 1] : undefined)
  if (typeof value !== 'string') return (writer.value(first), from + 1)
  const texts = [first]
  while (typeof value === 'string' && value.length <= longest && texts.length < shortList) {
    texts[texts.length] = value
    value = from + texts.length < to ? array[from + texts.length] : undefined
  }
  scratch.next = value
  const next = from + texts.length
  const isList = texts.length === shortList && !comeAgain(texts)
  return isList ? writeList(texts, array, next, to) : writeEach(writer, texts, array, next, to)
}

/** Whether strings that come again are many: each is better told once. */
function comeAgain(texts: readonly string[]): boolean {
  let again = 0
  for (let i = 1; i < texts.length; i++) {
    let k = 0
    while (texts[k] !== texts[i]) k++
    if (k < i) again++
  }
  return again * 4 >= texts.length
}

/** Writes these, and those that stand behind them, one by one. */
function writeEach(
  writer: Writer,
  texts: readonly string[],
  array: readonly unknown[],
  from: number,
  to: number,
): number {
  for (let i = 0; i < texts.length; i++) writer.value(texts[i])
  let i = from
  let value = scratch.next
  while (typeof value === 'string') {
    writer.value(value)
    value = ++i < to ? array[i] : undefined
  }
  scratch.next = value
  return i
}

/** Writes these, and those that stand behind them, as one. */
function writeList(texts: readonly string[], array: readonly unknown[], from: number, to: number): number {
  scratch.room(5)
  const head = scratch.at
  scratch.bytes[head] = Tag.Strings
  scratch.at = head + 5
  let all = ''
  for (let i = 0; i < texts.length; i++) {
    all += texts[i]!
    scratch.byte(texts[i]!.length)
  }
  let i = from
  let value = scratch.next
  while (typeof value === 'string' && value.length <= longest && all.length < mostCharacters) {
    all += value
    scratch.byte(value.length)
    value = ++i < to ? array[i] : undefined
  }
  scratch.word(head + 1, texts.length + i - from)
  scratch.piece(all)
  scratch.next = value
  return i
}

/** Reads strings into an array, from index `from` on; returns the index behind them. */
export function readStrings(reader: Reader, array: unknown[], from: number): number {
  const { bytes } = reader
  const count = reader.run(1)
  let length = reader.at
  const end = length + count
  reader.at = end
  const isWide = reader.count() % 2 === 1
  let i = from
  while (length < end) {
    let size = bytes[length]!
    let next = length + 1
    while (next < end && size + bytes[next]! <= longestPiece) size += bytes[next++]!
    const piece = isWide ? reader.wide(size) : reader.latin1(size)
    for (let at = 0; length < next; length++) array[i++] = sliced(piece, at, (at += bytes[length]!))
  }
  return i
}
