// What is checked before anything happens: types, ranges, counts, options and signals.
//
// Promises that a check has no effect but its error, which is in the words Node itself uses, has Node's codes, and points
// at the caller. Each check returns what it was given, as the type it is sure to have.

import { types } from 'node:util'
import { isOurs } from './brands.js'
import {
  charCodeAt,
  contains,
  filtered,
  indexIn,
  joined,
  mapped,
  matches,
  part,
  sliced,
  startsWith,
  uncurried,
} from './methods.js'
import { atCaller } from './stack.js'

/** The most a number of things can be: the core counts in 32 bits. */
export const MOST = 0xffff_ffff

/** The types `checkType` knows, by the names `typeof` has for them. */
export interface Types {
  boolean: boolean
  function: Function
  number: number
  string: string
}

/** @internal Returns a value of this type. `above`: the function whose caller is to blame. */
export function checkType<T extends keyof Types>(
  value: unknown,
  name: string,
  type: T,
  above: Function = checkType,
): Types[T] {
  if (typeof value === type) return value as Types[T]
  throw invalidArgType(name, `of type ${type}`, value, above)
}

/** @internal Returns an integer of this range; `infinity` is what Infinity counts as, where it is allowed. */
export function checkCount(value: unknown, name: string, least: number, most = MOST, infinity?: number): number {
  const count = checkType(value, name, 'number', checkCount)
  if (count === Infinity && infinity !== undefined) return infinity
  if (Number.isInteger(count) && count >= least && count <= most) return count
  const range = `an integer >= ${least} and <= ${most}${infinity === undefined ? '' : ', or Infinity'}`
  throw outOfRange(name, range, value, checkCount)
}

/** @internal Returns options as they are, once they are sure to be an object. */
export function checkObject<T>(options: T, name = 'options'): T & object {
  if (typeof options === 'object' && options !== null) return options
  throw invalidArgType(name, 'of type object', options, checkObject)
}

/** @internal Returns an object that has values by their names; in a list, a Map or a Set no name would be found. */
export function checkNamed<T>(values: T, name: string): T & object {
  const checked = checkObject(values, name)
  if (!isArray(checked) && !types.isMap(checked) && !types.isSet(checked)) return checked
  throw invalidArgType(name, 'an object that has values by their names', values, checkNamed)
}

/**
 * @internal Returns options as they are, once they are sure to be an object that has none but those `known`. Each public
 * function that takes options has the list of their names beside its check. Looked at are the names of an object's own,
 * enumerable properties whose value is defined; what is inherited is read as ever.
 */
export function checkOptions<T>(options: T, known: readonly string[], name = 'options'): T & object {
  const checked = checkObject(options, name)
  const prototype: unknown = prototypeOf(checked)
  if (prototype !== plainPrototype && prototype !== null && isNoOptions(checked, known)) {
    throw invalidArgType(name, 'an object that has options by their names', options, checkOptions)
  }
  for (const key in checked) if (indexIn(known, key) < 0) refuseIfGiven(checked, key, known, name)
  return checked
}

const { getPrototypeOf: prototypeOf, prototype: plainPrototype } = Object

/**
 * Whether an object with a prototype is plainly meant for something else: one of ours, whose names may be those of options
 * by chance; or one of a class that says what its objects are, such as an AbortSignal, a Promise or a Map, without any option.
 */
function isNoOptions(value: object, known: readonly string[]): boolean {
  // A Map has a `size`, and memory a method `transfer`.
  if (isOurs(value) || types.isMap(value) || types.isSet(value) || types.isAnyArrayBuffer(value)) return true
  return tagOf(value) !== '[object Object]' && filtered(known, name => name in value).length === 0
}

const tagOf = uncurried(Object.prototype.toString as (this: unknown) => string)

function refuseIfGiven(options: object, key: string, known: readonly string[], name: string): void {
  if (!Object.hasOwn(options, key) || (options as Record<string, unknown>)[key] === undefined) return
  const group = startsWith(name, 'options.') ? `${sliced(name, 'options.'.length)}.` : ''
  const near = nearest(key, known)
  const instead =
    near !== undefined
      ? `: did you mean '${near}'?`
      : `: there ${known.length === 1 ? 'is' : 'are'} ${listed(mapped(known, each => `'${each}'`))}.`
  const text = `The option '${group}${key}' does not exist${instead}`
  throw coded(new TypeError(text), 'ERR_INVALID_ARG_VALUE')
}

/** @internal Words as a list in a sentence: 'a', 'a and b', 'a, b and c'. */
export function listed(words: readonly string[]): string {
  const last = words.length - 1
  return last < 1 ? joined(words, '') : `${joined(part(words, 0, last), ', ')} and ${words[last]}`
}

/** @internal Returns a signal as it is, once it is sure to be one; `undefined` passes. */
export function checkSignal(signal: unknown, name = 'signal'): AbortSignal | undefined {
  // A signal of another realm counts as well, hence no instanceof.
  if (signal === undefined || isSignal(signal)) return signal as AbortSignal | undefined
  throw invalidArgType(name, 'an instance of AbortSignal', signal, checkSignal)
}

function isSignal(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || !('aborted' in value)) return false
  const { addEventListener, removeEventListener } = value as Partial<AbortSignal>
  return typeof addEventListener === 'function' && typeof removeEventListener === 'function'
}

/** @internal Whether a value is awaited rather than taken as it is: it has a method `then`, as `await` sees it. */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as { then?: unknown } | null | undefined)?.then === 'function'
}

/** @internal The error for a method that was called on nothing, on a Proxy of its object, or on something else. */
export function invalidThis(): TypeError {
  const text = 'A method was called without its object, or on another one: call it as object.method(…), or bind it.'
  return coded(new TypeError(text), 'ERR_INVALID_THIS')
}

/** @internal What this package passes to the constructors of classes whose objects only it makes. */
export const maker = Symbol('maker')

/** @internal Refuses `new` to everybody else. `how`: what makes an object of the class instead. */
export function checkMaker(given: unknown, name: string, how: string): void {
  if (given !== maker) {
    const text = `new ${name}() is not for programs: ${how} makes what is one.`
    throw coded(new TypeError(text), 'ERR_ILLEGAL_CONSTRUCTOR', checkMaker)
  }
}

/** @internal The error for an argument of the wrong type. `above`: the function whose caller is to blame. */
export function invalidArgType(name: string, expected: string, value: unknown, above?: Function): TypeError {
  const text = `The "${name}" ${wordFor(name)} must be ${expected}. Received ${received(value)}`
  return coded(new TypeError(text), 'ERR_INVALID_ARG_TYPE', above)
}

/** @internal The error for an argument of the right type that is none of the values allowed. */
export function invalidArgValue(name: string, reason: string, value: unknown, above?: Function): TypeError {
  const text = `The ${wordFor(name)} '${name}' ${reason}. Received ${shown(value)}`
  return coded(new TypeError(text), 'ERR_INVALID_ARG_VALUE', above)
}

/** @internal The error for a number outside its range. */
export function outOfRange(name: string, range: string, value: unknown, above?: Function): RangeError {
  const text = `The value of "${name}" is out of range. It must be ${range}. Received ${shown(value)}`
  return coded(new RangeError(text), 'ERR_OUT_OF_RANGE', above)
}

function coded<E extends Error>(error: E, code: string, above?: Function): E & { code: string } {
  return atCaller(Object.assign(error, { code }), above)
}

function wordFor(name: string): string {
  return contains(name, '.') ? 'property' : 'argument'
}

function received(value: unknown): string {
  if (value == null) return String(value)
  if (typeof value !== 'object' && typeof value !== 'function') return `type ${typeof value} (${shown(value)})`
  try {
    return nameOf(value)
  } catch {
    return typeof value === 'function' ? 'a function' : 'an object' // It does not let itself be looked at.
  }
}

function nameOf(value: object): string {
  if (typeof value === 'function') return `function ${value.name}`
  const { constructor } = value
  return typeof constructor === 'function' && constructor.name ? `an instance of ${constructor.name}` : 'an object'
}

/** @internal Whether a value is an array, of whichever realm. A Proxy that was revoked is none. */
export function isArray(value: unknown): value is unknown[] {
  try {
    return Array.isArray(value)
  } catch {
    return false
  }
}

/** @internal A value in a message: never throws, never long. */
export function shown(value: unknown): string {
  if (typeof value === 'string') return `'${value.length > 25 ? `${sliced(value, 0, 25)}...` : value}'`
  if (typeof value === 'bigint') return `${value}n`
  if (Object.is(value, -0)) return '-0'
  const isPlain = value == null || (typeof value !== 'object' && typeof value !== 'function')
  return isPlain ? String(value) : received(value)
}

// --- which name was meant: upper and lower case, `_` and `-` make no difference

/**
 * @internal The nearest of these names; undefined where none is near. A letter too many, too few, another one, or two that have changed
 * places make a little; a name that contains the other is near as well: `abortSignal`, `size`. `most`: how many such letters.
 */
export function nearest(written: string, names: readonly string[], most = Infinity): string | undefined {
  const plainWritten = plain(written)
  let found: string | undefined
  let least = Infinity
  for (let i = 0; i < names.length; i++) {
    const distance = distanceOf(plainWritten, plain(names[i]!))
    if (distance < least && distance <= most) {
      least = distance
      found = names[i]
    }
  }
  return found
}

const LONGEST = 40

function plain(name: string): string {
  let result = ''
  for (let i = 0; i < name.length && i < LONGEST; i++) {
    if (matches(/[_-]/, name[i]!) === null) result += name[i]!.toLowerCase()
  }
  return result
}

/** `Infinity` for names that have too little in common. */
function distanceOf(a: string, b: string): number {
  const most = Math.max(1, Math.floor(Math.max(a.length, b.length) / 3))
  const edits = editsBetween(a, b)
  if (edits <= most) return edits
  const isPart = Math.min(a.length, b.length) >= 4 && (contains(a, b) || contains(b, a))
  return isPart ? most + Math.abs(a.length - b.length) : Infinity
}

/** How many letters must be added, dropped, changed or exchanged with their neighbours. */
function editsBetween(a: string, b: string): number {
  const rows: number[][] = []
  for (let i = 0; i <= a.length; i++) {
    rows[i] = []
    for (let j = 0; j <= b.length; j++) rows[i]![j] = i === 0 || j === 0 ? i + j : step(rows, a, b, i, j)
  }
  return rows[a.length]![b.length]!
}

function step(rows: number[][], a: string, b: string, i: number, j: number): number {
  const isSame = charCodeAt(a, i - 1) === charCodeAt(b, j - 1)
  const least = Math.min(rows[i - 1]![j]! + 1, rows[i]![j - 1]! + 1, rows[i - 1]![j - 1]! + (isSame ? 0 : 1))
  const isSwapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]
  return isSwapped ? Math.min(least, rows[i - 2]![j - 2]! + 1) : least
}
