// The internal slots of the language's own objects, read by the getters and methods that were there when this was loaded.
//
// Promises that what a value holds is read, not what it says: an own `byteLength`, `buffer`, `size` or `flags`, a
// subclass that overrides them and a patched prototype change nothing. They take objects of every realm.
// Each throws a TypeError for an object of another kind.

import { types } from 'node:util'

type Method<T, R> = (self: T) => R

const { isBigIntObject, isBooleanObject, isDataView, isNumberObject, isSharedArrayBuffer, isStringObject } = types
const { call } = Function.prototype
const { getOwnPropertyDescriptor, getPrototypeOf } = Object

/** A method as a function of its `this`. */
function uncurried(method: Function): (self: any, ...args: any[]) => any {
  return call.bind(method) as never
}

function getter<T, R>(prototype: object, name: PropertyKey): Method<T, R> {
  return uncurried(getOwnPropertyDescriptor(prototype, name)!.get!)
}

// --- memory

const arrayPrototype = getPrototypeOf(Uint8Array.prototype) as object

/** The name of a typed array's class; undefined for a DataView. */
export const nameOfView = getter<ArrayBufferView, string | undefined>(arrayPrototype, Symbol.toStringTag)
/** How many elements a typed array has, and how many bytes a Buffer. */
export const lengthOf = getter<ArrayBufferView, number>(arrayPrototype, 'length')

interface Place {
  buffer: Method<ArrayBufferView, ArrayBufferLike>
  byteOffset: Method<ArrayBufferView, number>
  byteLength: Method<ArrayBufferView, number>
}

function placeBy(prototype: object): Place {
  const slot = <R>(name: string) => getter<ArrayBufferView, R>(prototype, name)
  return { buffer: slot('buffer'), byteOffset: slot('byteOffset'), byteLength: slot('byteLength') }
}

const arrayPlace = placeBy(arrayPrototype)
const dataViewPlace = placeBy(DataView.prototype)

/** How to ask where a view lies. */
export function placeOf(view: ArrayBufferView): Place {
  return isDataView(view) ? dataViewPlace : arrayPlace
}

/** The memory a view is of. */
export function memoryOf(view: ArrayBufferView): ArrayBufferLike {
  return placeOf(view).buffer(view)
}

const ownSize = getter<ArrayBufferLike, number>(ArrayBuffer.prototype, 'byteLength')
const sharedSize = getter<ArrayBufferLike, number>(SharedArrayBuffer.prototype, 'byteLength')
const isResizable = getter<ArrayBufferLike, boolean>(ArrayBuffer.prototype, 'resizable')
const isGrowable = getter<ArrayBufferLike, boolean>(SharedArrayBuffer.prototype, 'growable')

/** How many bytes memory has. */
export function sizeOf(memory: ArrayBufferLike): number {
  return isSharedArrayBuffer(memory) ? sharedSize(memory) : ownSize(memory)
}

/** Whether the size of memory can change. */
export function changesSize(memory: ArrayBufferLike): boolean {
  return isSharedArrayBuffer(memory) ? isGrowable(memory) : isResizable(memory)
}

/** How large an ArrayBuffer can become. */
export const mostBytes = getter<ArrayBufferLike, number>(ArrayBuffer.prototype, 'maxByteLength')

// --- containers and the like

type Each<T> = (self: T, take: (value: unknown, key: unknown) => void) => void

export const eachOfMap: Each<Map<unknown, unknown>> = uncurried(globalThis.Map.prototype.forEach)
export const eachOfSet: Each<Set<unknown>> = uncurried(globalThis.Set.prototype.forEach)
export const timeOf: Method<Date, number> = uncurried(Date.prototype.getTime)
export const sourceOf = getter<RegExp, string>(RegExp.prototype, 'source')

/** Not every Node has all of them. `flags` itself asks the object for each by its name. */
const flags = (
  [
    ['d', 'hasIndices'],
    ['g', 'global'],
    ['i', 'ignoreCase'],
    ['m', 'multiline'],
    ['s', 'dotAll'],
    ['u', 'unicode'],
    ['v', 'unicodeSets'],
    ['y', 'sticky'],
  ] as const
)
  .filter(([, name]) => name in RegExp.prototype)
  .map(([flag, name]) => ({ flag, isSet: getter<RegExp, boolean>(RegExp.prototype, name) }))

export function flagsOf(expression: RegExp): string {
  let text = ''
  for (let i = 0; i < flags.length; i++) if (flags[i]!.isSet(expression)) text += flags[i]!.flag
  return text
}

const [numberIn, stringIn, booleanIn, bigintIn, symbolIn] = [Number, String, Boolean, BigInt, Symbol].map(
  ({ prototype }) => uncurried(prototype.valueOf) as Method<object, unknown>,
)

/** The primitive in an object of it. */
export function unboxed(box: object): unknown {
  if (isNumberObject(box)) return numberIn!(box)
  if (isStringObject(box)) return stringIn!(box)
  if (isBooleanObject(box)) return booleanIn!(box)
  return isBigIntObject(box) ? bigintIn!(box) : symbolIn!(box)
}

// --- DOMException, which keeps what its getters tell where nobody else sees it

export const messageOfDOM = getter<DOMException, string>(DOMException.prototype, 'message')
export const nameOfDOM = getter<DOMException, string>(DOMException.prototype, 'name')

export function isDOMException(value: object): boolean {
  try {
    nameOfDOM(value as DOMException)
    return true
  } catch {
    return false
  }
}
