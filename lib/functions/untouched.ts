// The language as it was made, for as long as a function is read.
//
// The parser, and what is asked of its tree, walk texts and lists by the methods that everybody uses. A program may have
// replaced those, before or after this package was loaded. Promises that what runs in `untouched` sees none of that, and
// that the program's own stand again afterwards. Refuses to go on where the program has frozen what it has made.

import { runInNewContext } from 'node:vm'
import { InvalidStateError } from '../errors.js'
import { indexIn } from '../methods.js'

/** A property as the language has it. */
interface Original {
  readonly owner: object
  readonly key: PropertyKey
  readonly descriptor: PropertyDescriptor
}

type Realm = Record<string, any>

const { apply, defineProperty, deleteProperty, ownKeys } = Reflect
const { getOwnPropertyDescriptor, getPrototypeOf, setPrototypeOf } = Object
const objectPrototype = Object.prototype
const generatorPrototype = getPrototypeOf(function* () {}).prototype as object

const own: Realm = {
  Object,
  Function,
  Array,
  String,
  Number,
  Boolean,
  RegExp,
  Symbol,
  BigInt,
  JSON,
  Reflect,
  Math,
}
// In this package these names mean classes of its own, which are derived from the language's.
own.Map = getPrototypeOf(Map)
own.Set = getPrototypeOf(Set)
own.WeakMap = getPrototypeOf(WeakMap)
own.WeakSet = getPrototypeOf(WeakSet)
const names = Object.keys(own)
/** Of these only the names matter: a program may well set their properties. */
const errors: Realm = { Error, SyntaxError, TypeError }

/** What a property is, as an object that has nothing of what a program has made of `Object.prototype`. */
function descriptorOf(owner: object, key: PropertyKey): PropertyDescriptor | undefined {
  const descriptor = getOwnPropertyDescriptor(owner, key)
  return descriptor && (setPrototypeOf(descriptor, null) as PropertyDescriptor) // A copy without one takes V8 ten times as long.
}

/** Everything that has methods, in one order for every realm; undefined for what cannot be found. */
function ownersIn(realm: Realm, generators: object): (object | undefined)[] {
  const owners: (object | undefined)[] = [generators, getPrototypeOf(generators)]
  for (let i = 0; i < names.length; i++) {
    const global = realm[names[i]!] as { prototype?: object }
    owners[owners.length] = global
    owners[owners.length] = global.prototype
  }
  owners[owners.length] = iteratorOf(() => new realm.Array()[Symbol.iterator]())
  owners[owners.length] = iteratorOf(() => new realm.String('')[Symbol.iterator]())
  owners[owners.length] = iteratorOf(() => new realm.String('').matchAll(new realm.RegExp('', 'g')))
  owners[owners.length] = iteratorOf(() => new realm.Map().entries())
  owners[owners.length] = iteratorOf(() => new realm.Set().values())
  return owners
}

function iteratorOf(iterator: () => object): object | undefined {
  try {
    return getPrototypeOf(iterator())
  } catch {
    return undefined // The program has replaced what leads there.
  }
}

/** What is there by now is told from what the language has by a realm in which no program has been. */
function findOriginals(): Original[] {
  const { 0: realm, 1: generators } = runInNewContext(
    '[globalThis, Object.getPrototypeOf(function* () {}).prototype]', // To make a realm takes a millisecond.
  ) as [Realm, object]
  ownOfObject = ownKeys((realm.Object as ObjectConstructor).prototype)
  const ours = ownersIn(own, generatorPrototype)
  const theirs = ownersIn(realm, generators)
  const textOf = realm.Function.prototype.toString as (this: unknown) => string
  const found: Original[] = []
  for (let i = 0; i < theirs.length; i++) {
    const owner = ours[i]
    const other = theirs[i]
    if (owner === undefined || other === undefined) continue
    const keys = ownKeys(other)
    for (let k = 0; k < keys.length; k++) {
      const descriptor = originalOf(descriptorOf(owner, keys[k]!), descriptorOf(other, keys[k]!)!, textOf)
      if (descriptor !== undefined) found[found.length] = { owner, key: keys[k]!, descriptor }
    }
  }
  const globals: Realm = { __proto__: null, ...own, ...errors }
  const all = ownKeys(globals) as string[]
  for (let i = 0; i < all.length; i++) {
    const descriptor = { __proto__: null, ...descriptorOf(realm, all[i]!), value: globals[all[i]!] as unknown }
    found[found.length] = { owner: globalThis, key: all[i]!, descriptor }
  }
  return found
}

/** Undefined for what no program can have replaced. */
function originalOf(
  ours: PropertyDescriptor | undefined,
  theirs: PropertyDescriptor,
  textOf: (this: unknown) => string,
): PropertyDescriptor | undefined {
  // With --frozen-intrinsics they are read by getters, which nothing can replace.
  const isFixed = ours?.configurable === false
  if (theirs.configurable !== true || (isFixed && ours?.get !== undefined)) return undefined
  const isSame = (mine: unknown, other: unknown) => {
    if (typeof mine !== typeof other) return false
    if (typeof mine === 'function') return apply(textOf, mine, []) === apply(textOf, other, [])
    return typeof mine === 'object' || mine === other
  }
  if (ours === undefined) return theirs
  return isSame(ours.value, theirs.value) && isSame(ours.get, theirs.get) && isSame(ours.set, theirs.set)
    ? ours
    : theirs
}

let originals: Original[] | undefined
/** Of `Object.prototype`. What a program adds there is read where a property is left out. */
let ownOfObject: readonly PropertyKey[] = []

/** What the program has made of a property; undefined where it has none. */
interface Replaced {
  readonly owner: object
  readonly key: PropertyKey
  readonly descriptor: PropertyDescriptor | undefined
}

/** Calls a function that calls no program's code, and returns what it returns. */
export function untouched<T>(body: () => T): T {
  if (originals === undefined) {
    originals = findOriginals()
  }
  const replaced: Replaced[] = []
  try {
    restore(originals, replaced)
    return body()
  } finally {
    for (let i = replaced.length - 1; i >= 0; i--) {
      const { owner, key, descriptor } = replaced[i]!
      if (descriptor === undefined) deleteProperty(owner, key)
      else defineProperty(owner, key, descriptor)
    }
  }
}

/** Puts in place what the language has; what was there goes to `replaced`. */
function restore(originals: readonly Original[], replaced: Replaced[]): void {
  for (let i = 0; i < originals.length; i++) {
    const { owner, key, descriptor } = originals[i]!
    if (descriptor.get === undefined && (owner as Realm)[key as string] === descriptor.value) continue
    const there = descriptorOf(owner, key)
    if (
      there !== undefined &&
      there.get === descriptor.get &&
      there.set === descriptor.set &&
      there.value === descriptor.value
    )
      continue
    put(owner, key, descriptor, replaced)
  }
  const keys = ownKeys(objectPrototype)
  if (keys.length <= ownOfObject.length) return
  for (let i = 0; i < keys.length; i++) {
    if (indexIn(ownOfObject, keys[i]) < 0) put(objectPrototype, keys[i]!, undefined, replaced)
  }
}

function put(owner: object, key: PropertyKey, wanted: PropertyDescriptor | undefined, replaced: Replaced[]): void {
  const descriptor = descriptorOf(owner, key)
  const isPut = wanted === undefined ? deleteProperty(owner, key) : defineProperty(owner, key, wanted)
  if (isPut) {
    replaced[replaced.length] = { owner, key, descriptor }
    return
  }
  throw new InvalidStateError(
    `The function cannot be read: the program has replaced '${String(key)}', which the language has, for good.`,
  )
}
