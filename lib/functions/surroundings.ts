// What compilers have put around a function, told by the values that names have there.
//
// A compiler that rewrites an import leaves a variable with a module object; one that replaces syntax leaves functions,
// which call others. Whatever they are named and wherever they come from, their values tell what they are: exports of
// this package, one by one or as members of an object; what every thread has; helpers. A function that a compiler has put
// there, and that needs nothing but more of this, travels along as text.
//
// Refuses every other value. Promises to call nothing but the getters that `members.ts` calls.

import { types } from 'node:util'
import { isA, startsWith, uncurried } from '../methods.js'
import { CapturedVariableError } from '../errors.js'
import { type Captured, valuesAround } from './closure.js'
import { globalNameOf, globalNames, languagePaths } from './helpers/everywhere.js'
import { canonicalHelper } from './helpers/names.js'
import { keysOf, memberOf, nameOf } from './helpers/members.js'
import { capturesOf, type FreeName } from './reading.js'
import type { Binding, Surroundings } from './scope.js'

/** A function that travels along with one that calls it. */
export interface Carried {
  code: string
  bindings: Record<string, Binding>
}

/** What the file that calls tells of names. */
export interface Origin {
  /** Whether a compiler has given it. */
  isMade(name: string): boolean
  /** Whether it is that of a variable of the file itself. */
  isOfFile(name: string): boolean
}

type Known = Binding | 'global' | 'refused' | undefined

const textOf = uncurried(Function.prototype.toString)
const refused = 'refused'
const anyUse: FreeName = { isWritten: false, isOnlyTypeof: false, members: undefined }

/** What a module object has besides what its module exports. */
const ofInterop = new Set(['default', '__esModule', 'module.exports'])

/** More than this a helper does not need; a program of its own is no helper. */
const mostCarried = 50

/** The values around one function and around what it calls. */
export class ValuesAround implements Surroundings {
  /** What travels along, in the order in which bindings number it. */
  readonly carried: Carried[] = []
  /** Another function of the same text may have other values around it. */
  isOwn = false
  readonly #places = new Map<Function, number>()
  readonly #exports: ReadonlyMap<string, unknown>
  readonly #names: Map<unknown, string>
  readonly #origin: Origin
  readonly #values: Map<string, Captured> | undefined

  constructor(fn: Function, names: Iterable<string>, exports: ReadonlyMap<string, unknown>, origin: Origin) {
    this.#exports = exports
    this.#names = new Map(Array.from(exports, ([name, value]) => [value, name]))
    this.#origin = origin
    this.#values = valuesAround(fn, names)
  }

  bindingOf(name: string, use: FreeName): Known {
    const captured = this.#values?.get(name)
    if (captured === undefined) return undefined
    this.isOwn ||= captured.isInner && !this.#origin.isOfFile(name)
    return this.#ofValue(name, captured.value, use, this.#origin.isMade(name))
  }

  #ofValue(name: string, value: unknown, use: FreeName, isMade: boolean): Known {
    const exported = value === undefined ? undefined : this.#names.get(value)
    if (exported !== undefined) return { kind: 'export', target: exported }
    if (globalNames.has(name) && value === Reflect.get(globalThis, name)) return 'global'
    if (Object(value) !== value || types.isProxy(value)) return refused
    const global = globalNameOf(value)
    if (global !== undefined) return { kind: 'language', target: global }
    const members = this.#ofMembers(value as object, use, isMade)
    if (members) return members
    if (typeof value !== 'function' || !isMade) return refused
    const path = languagePaths().get(value)
    if (path !== undefined) return { kind: 'language', target: path }
    const known = this.#ofFunction(value)
    // It may keep what it was given before; that is of no use elsewhere.
    return known === refused && use.isOnlyInterop === true
      ? { kind: 'helper', target: '_interopRequireWildcard' }
      : known
  }

  /** What is read of a module object, wherever it was declared; all of this package, where more than members are read. */
  #ofMembers(value: object, { members }: FreeName, isMade: boolean): Binding | undefined {
    if (this.#isPackage(value, members)) return { kind: 'namespace' }
    const found: Record<string, Binding> = {}
    for (const key of members ?? []) {
      const helper = key.startsWith('_') && key.length > 1 ? canonicalHelper(key) : undefined
      const binding = helper ? { kind: 'helper' as const, target: helper } : this.#ofMember(value, key, isMade)
      if (binding === undefined || binding === refused) return undefined
      found[key] = binding === 'global' ? { kind: 'language', target: key } : binding
    }
    return Object.keys(found).length === 0 ? undefined : { kind: 'members', members: found }
  }

  #ofMember(value: object, key: string, isMade: boolean): Known {
    const member = memberOf(value, key)
    // A module that a program has written may be imported in the same way: that one's functions do not travel.
    const isHelper = isMade && typeof member === 'function' && startsWith(nameOf(member), '_')
    return member === undefined ? undefined : this.#ofValue(key, member, anyUse, isHelper)
  }

  /** Whether it has all that this package exports, and nothing else that may be asked for. */
  #isPackage(value: object, members: ReadonlySet<string> | undefined): boolean {
    if (this.#exports.size === 0 || members?.has('default') === true) return false
    for (const [name, exported] of this.#exports) {
      if (exported === undefined || memberOf(value, name) !== exported) return false
    }
    const isKnown = (key: string) => this.#exports.has(key) || ofInterop.has(key)
    return keysOf(value).every(isKnown) || (members !== undefined && [...members].every(isKnown))
  }

  #ofFunction(fn: Function): Known {
    const known = this.#places.get(fn)
    if (known !== undefined) return { kind: 'function', at: known }
    const at = this.carried.length
    if (at >= mostCarried) return refused
    this.#places.set(fn, at)
    const carried: Carried = { code: '', bindings: {} }
    this.carried.push(carried)
    if (this.#carry(fn, carried)) return { kind: 'function', at }
    this.#letGo(at)
    return refused
  }

  /** What was added for a function that cannot travel goes with it. */
  #letGo(from: number): void {
    this.carried.length = from
    for (const [fn, at] of this.#places) if (at >= from) this.#places.delete(fn)
  }

  #carry(fn: Function, carried: Carried): boolean {
    const text = textOf(fn)
    try {
      const { code, freeNames, usesImport } = capturesOf(fn, text, () => 'The function', true)
      if (usesImport || /\bsuper\b/.test(text)) return false
      carried.code = code
      const values = valuesAround(fn, freeNames.keys())
      for (const [name, use] of freeNames) {
        const binding = this.#calleesName(name, use, values)
        if (binding === undefined || binding === refused) return false
        if (binding !== 'global') carried.bindings[name] = binding
      }
      return true
    } catch (error) {
      if (isA(error, CapturedVariableError) || isA(error, TypeError)) return false
      throw error
    }
  }

  /** What a compiler has put there calls only what a compiler has put there. */
  #calleesName(name: string, use: FreeName, values: Map<string, Captured> | undefined): Known {
    const helper = canonicalHelper(name)
    if (helper !== undefined) return { kind: 'helper', target: helper }
    const captured = values?.get(name)
    if (captured !== undefined) return use.isWritten ? refused : this.#ofValue(name, captured.value, use, true)
    return use.isOnlyTypeof || globalNames.has(name) ? 'global' : refused
  }
}
