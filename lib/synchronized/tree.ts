// Data in which some objects are stood for by others: what stays on the loop, and what stands for it here.
//
// Promises that data without such objects is handed on as it is; else it is copied down to them, however deep, with its
// circles and what it holds twice. Nothing here calls functions of the data but the getters of plain objects.

import { types } from 'node:util'
import { isArray } from '../arguments.js'
import { isProxy } from '../brands.js'
import { uncurried } from '../methods.js'

/** What becomes of an object: it is left as it is, looked into, or another stands for it. */
export type Verdict = 'whole' | 'open' | 'stood for'

const eachEntry = uncurried(globalThis.Map.prototype.forEach)
const eachMember = uncurried(globalThis.Set.prototype.forEach)
const setEntry = uncurried(globalThis.Map.prototype.set)
const addMember = uncurried(globalThis.Set.prototype.add)

/** Whether a value is an object or a function. */
export function isObject(value: unknown): value is object {
  return (typeof value === 'object' && value !== null) || typeof value === 'function'
}

/** Whether an object is one that is looked into: a list, a Map, a Set, or one without a class. */
export function isContainer(value: object): boolean {
  if (typeof value === 'function' || isProxy(value)) return false
  if (isArray(value) || types.isMap(value) || types.isSet(value)) return true
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === null || prototype === Object.prototype
}

/**
 * Returns the data with what `standFor` gives in the place of each object of that verdict. `isCode` is given where lists, and
 * objects without a class, are all open, but for those that hold a function, or what it says to be like one.
 */
export function replaceAll(
  root: unknown,
  verdictOf: (value: object) => Verdict,
  standFor: (value: object) => unknown,
  isCode?: (value: object) => boolean,
): unknown {
  if (!isObject(root) || !findsOne(root, verdictOf, isCode)) return root
  const copies = new Map<object, unknown>()
  const work: [from: object, to: object][] = []
  const copyOf = (value: unknown): unknown => {
    if (!isObject(value)) return value
    if (copies.has(value)) return copies.get(value)
    const verdict = verdictOf(value)
    const copy = verdict === 'whole' ? value : verdict === 'open' ? shellOf(value) : standFor(value)
    copies.set(value, copy)
    if (verdict === 'open') work[work.length] = [value, copy as object]
    return copy
  }
  const result = copyOf(root)
  for (let pair = work.pop(); pair !== undefined; pair = work.pop()) fill(pair[0], pair[1], copyOf)
  return result
}

/** Whether there may be one to be stood for. Most data is of plain objects and lists, at which it only takes a look. */
function findsOne(root: object, verdictOf: (value: object) => Verdict, isCode?: (value: object) => boolean): boolean {
  const seen = new Set<object>()
  const work: object[] = [root]
  const look = (value: unknown): void => {
    if (isObject(value)) work[work.length] = value
  }
  for (let value = work.pop(); value !== undefined; value = work.pop()) {
    const { size } = seen
    if (seen.add(value).size === size) continue
    const isPlain = isCode !== undefined && isPlainAtSight(value)
    if (isPlain && isCode(value)) return true
    const verdict = isPlain ? 'open' : verdictOf(value)
    if (verdict === 'stood for') return true
    if (isPlain) lookInto(value, work)
    else if (verdict === 'open') eachPart(value, look)
  }
  return false
}

/** Whether an object is a list, or without a class, in the way that most are. */
function isPlainAtSight(value: object): boolean {
  if (typeof value === 'function' || isProxy(value)) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || (prototype === Array.prototype && isArray(value))
}

/** Adds the objects that a plain one holds to a list, and the functions it inherits: V8 is fast where it may tell those. */
function lookInto(value: object, work: object[]): void {
  if (isArray(value)) {
    for (let i = 0; i < value.length; i++) {
      const part = value[i]
      if (isObject(part)) work[work.length] = part
    }
    return
  }
  for (const name in value) {
    const part = (value as Record<string, unknown>)[name]
    if (isObject(part)) work[work.length] = part
  }
}

/** Calls `look` with all that an open object holds. */
export function eachPart(value: object, look: (part: unknown) => void): void {
  if (isArray(value)) {
    for (let i = 0; i < value.length; i++) look(value[i])
  } else if (types.isMap(value)) {
    eachEntry(value, (member, key) => {
      look(key)
      look(member)
    })
  } else if (types.isSet(value)) {
    eachMember(value, look)
  } else {
    const keys = Object.keys(value)
    for (let i = 0; i < keys.length; i++) look((value as Record<string, unknown>)[keys[i]!])
  }
}

function shellOf(value: object): object {
  if (isArray(value)) return new globalThis.Array(value.length)
  if (types.isMap(value)) return new globalThis.Map()
  if (types.isSet(value)) return new globalThis.Set()
  return Object.getPrototypeOf(value) === null ? Object.create(null) : {}
}

function fill(from: object, to: object, copyOf: (value: unknown) => unknown): void {
  if (types.isMap(from)) {
    eachEntry(from, (value, key) => void setEntry(to as Map<unknown, unknown>, copyOf(key), copyOf(value)))
  } else if (types.isSet(from)) {
    eachMember(from, value => void addMember(to as Set<unknown>, copyOf(value)))
  } else {
    // The holes of a list stay holes; `__proto__` is a name like any other.
    const keys = Object.keys(from)
    for (let i = 0; i < keys.length; i++) {
      const value = copyOf((from as Record<string, unknown>)[keys[i]!])
      Object.defineProperty(to, keys[i]!, { value, writable: true, enumerable: true, configurable: true })
    }
  }
}
