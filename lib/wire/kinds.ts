// What kind of object a value is, as far as crossing goes, and why some are refused.
//
// Promises: an object is what its internal slots make it, not what its prototype pretends, with one exception: an
// object straight under Object.prototype counts as plain. Objects of other realms (vm, jest) are recognized, too.
// Refuses what structured clone refuses, and the platform's own objects (URL, Headers, AbortSignal, KeyObject and
// their like, also those that structuredClone would turn into `{}`): of these only an empty surface would arrive.

import { types } from 'node:util'
import { isNative, markAsOurs, prototypesOf } from '../brands.js'
import { descriptionOf, filtered, matches, splitAt, startsWith } from '../methods.js'
import { TimeoutTimer } from '../timeout.js'
import { isDOMException } from './slots.js'

/** Why something cannot cross: what comes after "it is". */
export class Refusal {
  constructor(readonly what: string) {}
}

export type KindName =
  | 'plain'
  | 'array'
  | 'map'
  | 'set'
  | 'date'
  | 'regexp'
  | 'boxed'
  | 'error'
  | 'domException'
  | 'buffer'
  | 'view'
  | 'memory'
export type Kind = KindName | Refusal

const iteratorPrototype = Object.getPrototypeOf(Object.getPrototypeOf([][Symbol.iterator]()))
const asyncIteratorPrototype = Object.getPrototypeOf(
  Object.getPrototypeOf(Object.getPrototypeOf((async function* () {})())),
)

const iterator = new Refusal('an iterator; collect it into an array first')
const asyncIterator = new Refusal('an asynchronous iterator')

/** The kind of a prototype whose chain tells nothing: each object is looked at by itself. */
const unknown = 'unknown'

const kinds = new WeakMap<object, Kind | typeof unknown>([
  [Object.prototype, 'plain'],
  [Array.prototype, 'array'],
  [globalThis.Map.prototype, 'map'],
  [globalThis.Set.prototype, 'set'],
  [Date.prototype, 'date'],
  [RegExp.prototype, 'regexp'],
  [Error.prototype, 'error'],
  [DOMException.prototype, 'domException'],
  [Buffer.prototype, 'buffer'],
  [Object.getPrototypeOf(Uint8Array.prototype), 'view'],
  [DataView.prototype, 'view'],
  [ArrayBuffer.prototype, 'memory'],
  [SharedArrayBuffer.prototype, 'memory'],
  ...[Number, String, Boolean, BigInt, Symbol].map(({ prototype }) => [prototype, 'boxed'] as const),
  [Promise.prototype, new Refusal('a Promise; await it first')],
  [globalThis.WeakMap.prototype, new Refusal('a WeakMap')],
  [globalThis.WeakSet.prototype, new Refusal('a WeakSet')],
  [iteratorPrototype, iterator],
  [asyncIteratorPrototype, asyncIterator],
  [TimeoutTimer.prototype, new Refusal('a TimeoutTimer; send its `remaining`')],
])

/** Says of a class of ours why its objects, and those of its subclasses, stay on their thread: what comes after "it is". */
export function refuseKind(prototype: object, what: string): void {
  markAsOurs(prototype)
  kinds.set(prototype, new Refusal(what))
}

const brands: Record<KindName, (value: object) => boolean> = {
  plain: () => true,
  array: Array.isArray,
  map: types.isMap,
  set: types.isSet,
  date: types.isDate,
  regexp: types.isRegExp,
  boxed: types.isBoxedPrimitive,
  error: () => true,
  domException: isDOMException,
  buffer: types.isUint8Array,
  view: ArrayBuffer.isView,
  memory: types.isAnyArrayBuffer,
}

/** The kind of an object that is no proxy. */
export function kindOf(value: object): Kind {
  const prototype = Object.getPrototypeOf(value) as object | null
  const kind = (prototype && kinds.get(prototype)) ?? learn(prototype)
  if (kind === unknown || (typeof kind === 'string' && !brands[kind](value))) return kindBySlots(value)
  return kind
}

/** Whether every object straight under a prototype is plain, as `kindOf` has found. */
export function isPlainPrototype(prototype: object): boolean {
  return kinds.get(prototype) === 'plain'
}

function learn(start: object | null): Kind | typeof unknown {
  if (start === null) return unknown
  let kind: Kind | typeof unknown | undefined = kindOfPrototype(start)
  const links = prototypesOf(start)
  for (let i = 0; i < links.length; i++) kind ??= kindOfPrototype(links[i]!)
  kinds.set(start, kind ?? unknown)
  return kind ?? unknown
}

function kindOfPrototype(link: object): Kind | typeof unknown | undefined {
  if (isProxy(link)) return undefined
  return kinds.get(link) ?? platformKind(link) ?? foreignKind(link)
}

/** Node and the web mark their classes: by methods for cloning, or by a tag that is also the class's global name. */
function platformKind(prototype: object): Refusal | undefined {
  const tag: unknown = Object.getOwnPropertyDescriptor(prototype, Symbol.toStringTag)?.value
  const isMarked = filtered(Object.getOwnPropertySymbols(prototype), isOfMessaging).length > 0
  const isTagged = typeof tag === 'string' && (tag === 'KeyObject' || globalNamed(tag)?.prototype === prototype)
  if (!isMarked && !isTagged) return undefined
  const name = isTagged ? tag : (prototype.constructor?.name ?? 'unnamed')
  return new Refusal(`an object of the platform's class ${name}`)
}

/** What another realm (vm, jest) has instead of one of this realm's prototypes. */
function foreignKind(prototype: object): Kind | undefined {
  const field = (name: PropertyKey): unknown => Object.getOwnPropertyDescriptor(prototype, name)?.value
  const tag = field(Symbol.toStringTag)
  if (typeof tag !== 'string') return kindByConstructor(prototype, field('constructor'))
  if (isNative(field('next'))) {
    if (startsWith(tag, 'Async')) return asyncIterator
    if (matches(/^Generator$|Iterator( Helper)?$/, tag) !== null) return iterator
  }
  return kindByConstructor(prototype, field('constructor'), tag)
}

function kindByConstructor(prototype: object, constructor: unknown, tag?: string): Kind | undefined {
  if (!isNative(constructor) || constructor.prototype !== prototype) return undefined
  const name = tag ?? constructor.name
  const ours = globalNamed(name)?.prototype
  if (typeof ours !== 'object' || ours === null || ours === Object.prototype) return undefined
  const kind = kinds.get(ours) ?? platformKind(ours)
  return kind === unknown ? undefined : kind
}

function isOfMessaging(symbol: symbol): boolean {
  return startsWith(descriptionOf(symbol) ?? '', 'messaging_')
}

/** The name of it can be deleted. */
const globals: unknown = globalThis

function globalNamed(path: string): { prototype?: unknown } | undefined {
  let found: unknown = globals
  const names = splitAt(path, '.')
  for (let i = 0; i < names.length; i++) found = (found as Record<string, unknown> | undefined)?.[names[i]!]
  return found as { prototype?: unknown } | undefined
}

const refusedSlots: { isOne: (value: object) => boolean; what: string }[] = [
  { isOne: types.isPromise, what: 'a Promise; await it first' },
  { isOne: types.isArgumentsObject, what: 'an arguments object; spread it into an array' },
  { isOne: types.isModuleNamespaceObject, what: 'a module namespace' },
  { isOne: types.isWeakMap, what: 'a WeakMap' },
  { isOne: types.isWeakSet, what: 'a WeakSet' },
  { isOne: types.isGeneratorObject, what: iterator.what },
  { isOne: types.isMapIterator, what: iterator.what },
  { isOne: types.isSetIterator, what: iterator.what },
  { isOne: types.isExternal, what: 'a pointer of native code' },
]

const bySlots = ['array', 'map', 'set', 'date', 'regexp', 'boxed', 'view', 'memory'] as const

function kindBySlots(value: object): Kind {
  for (let i = 0; i < refusedSlots.length; i++) {
    const { isOne, what } = refusedSlots[i]!
    if (isOne(value)) return new Refusal(what)
  }
  if (isNativeError(value)) return 'error'
  for (let i = 0; i < bySlots.length; i++) if (brands[bySlots[i]!](value)) return bySlots[i]!
  return 'plain'
}

export const { isArgumentsObject, isNativeError, isProxy } = types
