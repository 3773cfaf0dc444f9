// Strings that stand side by side in an array: their lengths first, a byte each, then the characters of all.
//
// Promises that each string arrives as it is, lone surrogates included, and that what is kept of them keeps no more alive
// than `longestPiece` characters for each.

import { sliced } from '../../methods.js'
import type { Reader } from '../reader.js'
import { scratch } from '../scratch.js'
import { Tag } from '../tags.js'
import { longest, longestPiece } from '../texts.js'

/** Fewer strings than this are written one by one. */
export const shortList = 16
/** So many characters are written by one call, or little more. */
const mostCharacters = 32 * 1024

/**
 * Writes the strings that stand in an array from index `from` on, up to `to` at most, the first of which is `first`. Returns
 * where they end; `scratch.next` is what stands there, which was read once.
 */
export function writeStrings(array: readonly unknown[], from: number, to: number, first: string): number {
  scratch.room(5)
  const head = scratch.at
  scratch.bytes[head] = Tag.Strings
  scratch.at = head + 5
  let all = ''
  let i = from
  let value: unknown = first
  while (typeof value === 'string' && value.length <= longest && all.length < mostCharacters) {
    all += value
    scratch.byte(value.length)
    value = ++i < to ? array[i] : undefined
  }
  scratch.word(head + 1, i - from)
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
