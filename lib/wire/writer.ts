// Writes one value, and whatever hangs on it, as bytes: a walk that visits every object once.
//
// Promises: what arrives equals what structuredClone would make, but for what the head of `wire.ts` lists. Getters
// are read once; an object met again is a reference. What cannot cross is refused with an UncloneableError that names
// the path; the error of a getter passes through. What was written until then is the caller's to take back.

import { isOne } from '../brands.js'
import { isA, matches, part, uncurried } from '../methods.js'
import { UncloneableError } from '../errors.js'
import { Handle } from '../native/handle.js'
import { isProxy, kindOf, Refusal, type KindName } from './kinds.js'
import { pathText, shortened } from './path.js'
import type { PathPart } from './path.js'
import { Oversize, scratch } from './scratch.js'
import { Tag } from './tags.js'

// What one thread's stack can write another's must be able to read, whatever is on it already.
const deepest = 1000
// So many objects are found by comparing; more take a Map.
const few = 16

const { getPrototypeOf, hasOwn } = Object
const hexadecimal = uncurried(BigInt.prototype.toString)
const objectPrototype = Object.prototype
const arrayPrototype = Array.prototype

/** How objects are written, by what they are; each part of the grammar adds its own. */
export const writers = {} as Record<KindName | 'handle', (writer: Writer, value: any) => void>

/** A point to which a writer can go back. */
export interface Mark {
  readonly at: number
  readonly count: number
  readonly handles: number
  readonly depth: number
}

export class Writer {
  root = ''
  isLenient = false
  /** The number of the value among those that are sent together; -1 for one alone. */
  #number = -1
  /** The ids of the handles written, each once. */
  handles: number[] = []
  readonly #path: PathPart[] = []
  #depth = 0
  readonly #seen = Array.from<object | undefined>({ length: few })
  #index: Map<object, number> | undefined
  #count = 0

  begin(root: string, isLenient: boolean): void {
    this.root = root
    this.isLenient = isLenient
    this.#number = -1
  }

  /** Begins another of several values that are sent together; each is a packet by itself. */
  next(number: number): void {
    if (this.handles.length > 0) this.handles = []
    this.#number = number
    this.#depth = 0
    this.#forget(0)
  }

  /** Lets go of everything the last value held. */
  end(): void {
    this.handles = []
    this.#depth = 0
    this.#forget(0)
  }

  value(value: unknown): void {
    switch (typeof value) {
      case 'string':
        return scratch.string(value)
      case 'number':
        return scratch.number(value)
      case 'object':
        return value === null ? scratch.byte(Tag.Null) : this.#object(value)
      case 'boolean':
        return scratch.byte(value ? Tag.True : Tag.False)
      case 'undefined':
        return scratch.byte(Tag.Undefined)
      case 'bigint':
        scratch.byte(Tag.BigInt)
        return scratch.string(hexadecimal(value, 16))
      case 'function':
        throw this.refusal(nameOf(value) ? `the function ${nameOf(value)}` : 'a function')
      default:
        throw this.refusal('a symbol')
    }
  }

  /** Writes these fields of an object, each value after its name, and an end. */
  fields(owner: object, names: readonly string[]): void {
    const level = this.enter()
    for (let i = 0; i < names.length; i++) {
      const name = names[i]
      const value = (owner as Record<string, unknown>)[name]
      // The getter of a field before this one has deleted it.
      if (value === undefined && !hasOwn(owner, name)) continue
      this.#path[level] = name
      scratch.string(name)
      this.value(value)
    }
    this.leave(level)
    scratch.byte(Tag.End)
  }

  /** Goes one level down, which `step` and `leave` then take. */
  enter(): number {
    if (this.#depth >= deepest) throw this.refusal(`nested more than ${deepest} levels deep`)
    return this.#depth++
  }

  /** Says what is written next at a level. */
  step(level: number, part: PathPart): void {
    this.#path[level] = part
  }

  leave(level: number): void {
    this.#depth = level
  }

  mark(): Mark {
    return { at: scratch.at, count: this.#count, handles: this.handles.length, depth: this.#depth }
  }

  /** Takes back everything written since the mark. */
  backTo({ at, count, handles, depth }: Mark): void {
    scratch.at = at
    this.handles.length = handles
    this.#depth = depth
    this.#forget(count)
  }

  /** Forgets the objects from number `count` on. */
  #forget(count: number): void {
    for (let i = Math.min(this.#count, few) - 1; i >= count; i--) this.#seen[i] = undefined
    if (count <= few) this.#index = undefined
    else
      this.#index!.forEach((number, object) => {
        if (number >= count) this.#index!.delete(object)
      })
    this.#count = count
  }

  /** The error for what is being written. `what`: the words after "it is". */
  refusal(what: string, options?: ErrorOptions): UncloneableError {
    const root = this.#number < 0 ? this.root : `${this.root}[${this.#number}]`
    const path = pathText(root, part(this.#path, 0, this.#depth))
    return new UncloneableError(path, `${path} cannot cross threads: it is ${what}.`, options)
  }

  /** What to throw for an error that has ended the walk. */
  explained(error: unknown): unknown {
    if (isA(error, Oversize)) return this.refusal(error.message, { cause: error })
    return isOverflow(error) ? this.refusal('nested too deeply for what is left of the stack') : error
  }

  #object(value: object): void {
    if (this.#isKnown(value)) return
    if (isProxy(value)) return this.#special(value)
    const prototype: unknown = getPrototypeOf(value)
    if (prototype === objectPrototype) writers.plain(this, value)
    else if (prototype === arrayPrototype && Array.isArray(value)) writers.array(this, value)
    else this.#special(value)
  }

  /** Writes a reference to an object met before; a new object gets the next number. */
  #isKnown(value: object): boolean {
    const number = this.#index === undefined ? this.#find(value) : this.#index.get(value)
    if (number === undefined) {
      this.remember(value)
      return false
    }
    scratch.byte(Tag.Ref)
    scratch.count(number)
    return true
  }

  #find(value: object): number | undefined {
    for (let i = 0; i < this.#count; i++) if (this.#seen[i] === value) return i
    return undefined
  }

  /** Gives an object the next number. */
  remember(value: object): void {
    if (this.#count < few) this.#seen[this.#count] = value
    else if (this.#index === undefined) this.#index = indexOf(this.#seen)
    this.#index?.set(value, this.#count)
    this.#count++
  }

  #special(value: object): void {
    if (Handle.is(value)) return writers.handle(this, value)
    if (isProxy(value)) throw this.refusal('a Proxy')
    if (Handle.isForeign(value)) throw this.refusal(Handle.refusalOf(value))
    const kind = kindOf(value)
    if (kind instanceof Refusal) throw this.refusal(kind.what)
    writers[kind](this, value)
  }
}

/** Whether an error says that the stack is full. */
export function isOverflow(error: unknown): boolean {
  return (
    isOne(error, RangeError) &&
    matches(/call stack/, String(Object.getOwnPropertyDescriptor(error, 'message')?.value)) !== null
  )
}

function indexOf(seen: readonly (object | undefined)[]): Map<object, number> {
  const index = new Map<object, number>()
  for (let i = 0; i < seen.length; i++) index.set(seen[i]!, i)
  return index
}

/** What a class calls `static name` is not its name. */
function nameOf(fn: Function): string | undefined {
  const name: unknown = Object.getOwnPropertyDescriptor(fn, 'name')?.value
  return typeof name === 'string' ? shortened(name) : undefined
}
