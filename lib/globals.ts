// What global names mean in this package: what they meant when it was loaded, whatever a program makes of them later.
//
// Promises that no file of `lib` looks a global up after that. The bundler puts these in the place of the names
// (`tools/bundle.mjs`): `Promise` becomes the export `Promise`, and `Object.keys` the export `Object_keys`. The methods
// of prototypes are in `methods.ts`; those of our own maps and sets are here, as the bundler gives us our own classes.
// The files themselves import nothing of this. Where the class that users see is meant, it is `globalThis.Map`.

import { runInThisContext } from 'node:vm'

// --- classes and functions

/** Another realm of the thread may have only what the language has: the rest is that of Node's own realm. */
function realm(): typeof globalThis {
  if ((module as { start?: object }).start !== undefined) return globalThis // It is started in Node's own realm only.
  const main = runInThisContext('globalThis') as typeof globalThis
  if (main === globalThis) return main
  const { create, getOwnPropertyDescriptors } = globalThis.Object
  return create(main, getOwnPropertyDescriptors(globalThis)) as typeof globalThis
}

export const {
  AbortController,
  AbortSignal,
  AggregateError,
  Array,
  ArrayBuffer,
  Atomics,
  BigInt,
  Boolean,
  Buffer,
  DOMException,
  Date,
  DataView,
  Error,
  FinalizationRegistry,
  Float64Array,
  Function,
  Int32Array,
  JSON,
  Math,
  Number,
  Object,
  Promise,
  Proxy,
  RangeError,
  Reflect,
  RegExp,
  SharedArrayBuffer,
  String,
  Symbol,
  SyntaxError,
  TypeError,
  URL,
  Uint8Array,
  clearImmediate,
  clearTimeout,
  process,
  setImmediate,
  setTimeout,
  structuredClone,
} = realm()

// --- their functions

export const {
  assign: Object_assign,
  create: Object_create,
  defineProperty: Object_defineProperty,
  entries: Object_entries,
  freeze: Object_freeze,
  fromEntries: Object_fromEntries,
  getOwnPropertyDescriptor: Object_getOwnPropertyDescriptor,
  getOwnPropertyNames: Object_getOwnPropertyNames,
  getOwnPropertySymbols: Object_getOwnPropertySymbols,
  getPrototypeOf: Object_getPrototypeOf,
  hasOwn: Object_hasOwn,
  is: Object_is,
  keys: Object_keys,
  setPrototypeOf: Object_setPrototypeOf,
  values: Object_values,
} = Object
export const {
  apply: Reflect_apply,
  construct: Reflect_construct,
  defineProperty: Reflect_defineProperty,
  deleteProperty: Reflect_deleteProperty,
  get: Reflect_get,
  ownKeys: Reflect_ownKeys,
  set: Reflect_set,
} = Reflect
export const { floor: Math_floor, imul: Math_imul, max: Math_max, min: Math_min } = Math
export const { parse: JSON_parse, stringify: JSON_stringify } = JSON
export const { wait: Atomics_wait } = Atomics
export const { isInteger: Number_isInteger } = Number
export const { fromCharCode: String_fromCharCode } = String
export const { isArray: Array_isArray } = Array
export const { isView: ArrayBuffer_isView } = ArrayBuffer
export const { allocUnsafeSlow: Buffer_allocUnsafeSlow, from: Buffer_from } = Buffer
export const { captureStackTrace: Error_captureStackTrace } = Error
export const { canParse: URL_canParse } = URL
export const AbortSignal_any = AbortSignal.any.bind(AbortSignal)
export const Promise_race = Promise.race.bind(Promise)
export const Promise_reject = Promise.reject.bind(Promise)
export const Promise_resolve = Promise.resolve.bind(Promise)

const { hrtime } = process
/** To load `performance` takes a thread's start two milliseconds; only differences are looked at. */
export const performance_now = (): number => {
  const now = hrtime()
  return now[0] * 1e3 + now[1] / 1e6
}
export const process_cwd = process.cwd.bind(process)
export const process_getBuiltinModule = process.getBuiltinModule.bind(process) as (id: string) => unknown
export const process_nextTick = process.nextTick.bind(process)

// --- collections

type Class = abstract new (...args: any[]) => object

/** Gives a subclass all methods of its base, and no other prototype to look for them. */
function withOwnMethods<C extends Class>(own: C, base: Class, iterator?: object): C {
  const { prototype } = own as { prototype: object }
  for (const key of Reflect_ownKeys(base.prototype)) {
    if (key === 'constructor') continue
    const descriptor = Object_getOwnPropertyDescriptor(base.prototype, key)!
    // With --frozen-intrinsics none is configurable, and `iterateBy` replaces two of them.
    Object_defineProperty(prototype, key, { __proto__: null, ...descriptor, configurable: true } as PropertyDescriptor)
  }
  if (iterator !== undefined) iterateBy(prototype as Iterables, iterator)
  Object_setPrototypeOf(prototype, null)
  return own
}

interface Iterables {
  [Symbol.iterator](): object
  values(): object
}

/** An iterator gets its `next` from a prototype as well. */
function iterateBy(prototype: Iterables, native: object): void {
  const { next } = Object_getPrototypeOf(native) as { next: unknown }
  const methods = Object_freeze({
    __proto__: null,
    next,
    [Symbol.iterator](this: unknown) {
      return this
    },
  })
  for (const key of [Symbol.iterator, 'values'] as const) {
    const begin = prototype[key]
    const value = function (this: object) {
      return Object_setPrototypeOf(Reflect_apply(begin, this, []), methods) as object
    }
    Object_defineProperty(prototype, key, { __proto__: null, value } as PropertyDescriptor)
  }
}

// Their constructors are written out: those the engine makes up spread their arguments.
class OwnMap<K, V> extends globalThis.Map<K, V> {
  constructor(entries?: Iterable<readonly [K, V]> | null) {
    super(entries)
  }
}

class OwnSet<T> extends globalThis.Set<T> {
  constructor(members?: Iterable<T> | null) {
    super(members)
  }
}

class OwnWeakMap<K extends WeakKey, V> extends globalThis.WeakMap<K, V> {
  constructor(entries?: Iterable<readonly [K, V]> | null) {
    super(entries!)
  }
}

class OwnWeakSet<T extends WeakKey> extends globalThis.WeakSet<T> {
  constructor() {
    super()
  }
}

class OwnWeakRef<T extends WeakKey> extends globalThis.WeakRef<T> {
  constructor(target: T) {
    super(target)
  }
}

export const Map = withOwnMethods(OwnMap, globalThis.Map, new globalThis.Map().values())
export const Set = withOwnMethods(OwnSet, globalThis.Set, new globalThis.Set().values())
export const WeakMap = withOwnMethods(OwnWeakMap, globalThis.WeakMap)
export const WeakSet = withOwnMethods(OwnWeakSet, globalThis.WeakSet)
export const WeakRef = withOwnMethods(OwnWeakRef, globalThis.WeakRef)
