// What a value is, told by what the engine keeps of it, not by what its prototype says.
//
// Promises that no question here throws or runs code of the value's, whatever it is: a revoked Proxy, an object whose
// prototype is a Proxy, an error of another realm (vm, jest).

import { filtered, indexIn, matches } from './methods.js'
import { types } from 'node:util'

const { getPrototypeOf } = Object
const errorPrototype = Error.prototype

export const { isNativeError, isProxy } = types

const { markAsUncloneable } = require('node:worker_threads') as { markAsUncloneable?: (object: object) => void }

/**
 * Has `structuredClone` and `postMessage` refuse an object, of which they would make a plain one without anything in it;
 * where Node can be told to, from 22.10 on. What refuses is the object, not its class.
 */
export const refuseClones = markAsUncloneable ?? (() => {})

/** The prototypes of a value, up to one that is a Proxy: its trap would be asked for the next. */
export function prototypesOf(value: object): readonly object[] {
  const links: object[] = []
  if (isProxy(value)) return links
  for (let link: object | null = getPrototypeOf(value); link !== null && !isProxy(link); link = getPrototypeOf(link)) {
    links[links.length] = link
  }
  return links
}

/** Whether a value is an Error, of whichever realm. A Proxy of one is not. */
export function isError(value: unknown): value is Error {
  return isNativeError(value) || isUnderError(value)
}

/** Whether a value has the prototype of errors among its own, as that of a subclass has. */
export function isUnderError(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false
  return filtered(prototypesOf(value), link => link === errorPrototype || isForeignErrorPrototype(link)).length > 0
}

function isForeignErrorPrototype(link: object): boolean {
  const constructor: unknown = Object.getOwnPropertyDescriptor(link, 'constructor')?.value
  return isNative(constructor) && constructor.prototype === link && constructor.name === 'Error'
}

const nativeText = /^function \w+\(\) \{ \[native code\] \}$/
const textOf = Function.prototype.call.bind(Function.prototype.toString) as (fn: Function) => string

/** Whether a value is a function of the engine's own, of whichever realm. */
export function isNative(value: unknown): value is Function {
  return typeof value === 'function' && !isProxy(value) && matches(nativeText, textOf(value)) !== null
}

/** Whether a value is an instance of a class, whatever `Symbol.hasInstance` says. */
export function isOne<T>(value: unknown, { prototype }: { readonly prototype: T }): value is T {
  return inherits(value, prototype as object)
}

function inherits(value: unknown, prototype: object): boolean {
  if (typeof value !== 'object' || value === null) return false
  return indexIn(prototypesOf(value), prototype) >= 0
}

// --- objects of this package

/** Marks handles of any loaded copy of the package, so that a foreign one can be named as such. */
export const handleBrand = Symbol.for('threaded-async.handle')

/** Only for the types: what each object of this package has, and what is given as options has not. */
export declare const ourOwn: unique symbol

/** What options are: an object of this package is none, though it may have a name, as options may. */
export interface PlainOptions {
  readonly [ourOwn]?: never
}

/** The prototypes of our classes, but for those that are known by the prototype of handles. */
const marked = new WeakSet<object>()

/** Says of a class that it is one of ours. Those of handles need it only where they have a Proxy among their prototypes. */
export function markAsOurs(prototype: object): void {
  marked.add(prototype)
}

/** Whether a value is an object of a class that was marked as ours. */
export function isMarkedAsOurs(value: object): boolean {
  return filtered(prototypesOf(value), link => marked.has(link)).length > 0
}

/** Whether a value is an object of a class of this package, or a handle of another loaded copy. */
export function isOurs(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false
  return filtered(prototypesOf(value), link => marked.has(link) || Object.hasOwn(link, handleBrand)).length > 0
}
