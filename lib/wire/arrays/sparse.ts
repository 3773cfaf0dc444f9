// Elements that stand far apart.
//
// Promises that what is read of a few bytes takes no more memory than a few bytes may. V8 keeps elements side by side, with room
// for all that are not there: for up to 2^25 of an array that is told its length, and for some 1,500 of any object that is
// given one. Where they once stood farther apart it keeps a dictionary, until that would take more.

import { charCodeAt } from '../../methods.js'

const { defineProperty } = Object
const longest = 2 ** 32 - 1
/** So many places may be left free in any object. */
const few = 16
/** An element as far as this behind another is not kept beside it. */
const far = 5000
/** V8 keeps an element behind this one in a dictionary by itself. */
const farthest = 2 ** 26
const element = Object.setPrototypeOf({ value: undefined, configurable: true }, null) as PropertyDescriptor

/** Gives an array without elements a length, and no room for any. */
export function setSparseLength(array: unknown[], length: number): void {
  array.length = longest
  array.length = length
}

/** Whether a name may be that of an element. */
export function mayBeIndex(name: string): boolean {
  return isDigit(charCodeAt(name, 0))
}

/** The code of a digit, or of no character. */
export function isDigit(code: number): boolean {
  return (code - 0x30) >>> 0 <= 9
}

/**
 * Makes an object that is no array ready for the element `name`, which follows `count` others. Returns how many it has then;
 * Infinity where it need not be asked any more.
 */
export function readyFor(object: object, name: string, count: number): number {
  const index = Number(name)
  if (!(index > 2 * count + few && index < farthest)) return count + 1
  const behind = String(2 * index + far)
  defineProperty(object, behind, element)
  delete (object as Record<string, unknown>)[behind]
  return Infinity
}
