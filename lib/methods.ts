// Methods of the language as functions, as they were when this package was loaded.
//
// Promises that whatever a program makes of `Array.prototype`, `Promise.prototype` and their like afterwards does not
// reach what calls these. Where a list is walked, it is walked by its indices: `for … of`, spread and patterns call what
// the program may have replaced. What global names mean is in `globals.ts`.
// Imports nothing.

/** Returns a method as a function of the object it is called on. */
export const uncurried = Function.prototype.bind.bind(Function.prototype.call as never) as unknown as <
  T,
  A extends unknown[],
  R,
>(
  method: (this: T, ...args: A) => R,
) => (self: T, ...args: A) => R

const instanceOf = uncurried(Function.prototype[Symbol.hasInstance])

/** As `instanceof`, where the class has not been given a way of its own to answer that. */
export function isA<T>(value: unknown, type: abstract new (...args: never[]) => T): value is T {
  return instanceOf(type, value)
}

// --- texts

const { prototype: text } = String
export const sliced = uncurried(text.slice)
export const startsWith = uncurried(text.startsWith)
export const endsWith = uncurried(text.endsWith)
export const indexInText = uncurried(text.indexOf)
export const contains = uncurried(text.includes)
export const trimmedEnd = uncurried(text.trimEnd)
export const splitAt = uncurried(text.split as (this: string, separator: string) => string[])
export const charCodeAt = uncurried(text.charCodeAt)
/** For expressions without flags `g` and `y`. */
export const matches = uncurried(RegExp.prototype.exec) as (self: RegExp, value: string) => RegExpExecArray | null

// --- symbols

export const descriptionOf = uncurried(
  Object.getOwnPropertyDescriptor(Symbol.prototype, 'description')!.get as (this: symbol) => string | undefined,
)

// --- sets

export const addTo = uncurried(Set.prototype.add) as <T>(self: Set<T>, item: T) => Set<T>
export const removeFrom = uncurried(Set.prototype.delete) as <T>(self: Set<T>, item: T) => boolean
export const forEachOf = uncurried(Set.prototype.forEach) as <T>(self: Set<T>, call: (item: T) => void) => void

// --- lists

export const indexIn = uncurried(Array.prototype.indexOf) as (self: readonly unknown[], item: unknown) => number

export function mapped<T, R>(list: ArrayLike<T>, map: (item: T, index: number) => R): R[] {
  const result: R[] = []
  for (let i = 0; i < list.length; i++) result[i] = map(list[i]!, i)
  return result
}

export function filtered<T>(list: ArrayLike<T>, isWanted: (item: T) => boolean): T[] {
  const result: T[] = []
  for (let i = 0; i < list.length; i++) if (isWanted(list[i]!)) result[result.length] = list[i]!
  return result
}

/** As `[...list, ...more]`. */
export function followedBy<T>(list: ArrayLike<T>, more: ArrayLike<T>): T[] {
  const result = mapped(list, item => item)
  for (let i = 0; i < more.length; i++) result[result.length] = more[i]!
  return result
}

/** As `slice`, for positions in the list. */
export function part<T>(list: ArrayLike<T>, from: number, to: number): T[] {
  const result: T[] = []
  for (let i = from; i < to && i < list.length; i++) result[i - from] = list[i]!
  return result
}

export function joined(list: ArrayLike<unknown>, separator: string): string {
  let result = ''
  for (let i = 0; i < list.length; i++) result += (i === 0 ? '' : separator) + String(list[i])
  return result
}

// --- promises

const { prototype: promise } = Promise
const { then: nativeThen } = promise
const then = uncurried(nativeThen) as (
  self: PromiseLike<unknown>,
  onValue: ((value: unknown) => unknown) | undefined,
  onError?: (error: unknown) => unknown,
) => Promise<unknown>
const { getPrototypeOf } = Object

/** As `then`. A promise that has a `then` of its own, or is none of the language's, is asked by that. */
export function follow<T>(
  thenable: PromiseLike<T>,
  onValue: ((value: T) => unknown) | undefined,
  onError?: (error: unknown) => unknown,
): PromiseLike<unknown> {
  const isPlain = getPrototypeOf(thenable) === promise && !Object.hasOwn(thenable, 'then')
  return isPlain ? then(thenable, onValue as (value: unknown) => unknown, onError) : thenable.then(onValue, onError)
}

/** Returns a promise of the language's, which what it is resolved with will ask by the language's own `then`. */
export function withOwnThen<T>(own: Promise<T>): Promise<T> {
  return Object.defineProperty(own, 'then', { __proto__: null, value: nativeThen } as PropertyDescriptor)
}

// --- memory

const { prototype: bytes } = Uint8Array
export const setBytes = uncurried(bytes.set as (this: Uint8Array, from: Uint8Array, at?: number) => void)
const { prototype: view } = DataView
export const setFloat64 = uncurried(view.setFloat64)
