// Writes one value, and whatever hangs on it, as bytes: a walk that visits every object once.
//
// Promises: what arrives equals what structuredClone would make, but for what the head of `wire.ts` lists. Getters
// are read once; an object met again is a reference. What cannot cross is refused with an UncloneableError that names
// the path; the error of a getter passes through. What was written until then is the caller's to take back.

import { isOne } from '../brands.js'
import { isA, matches, part, uncurried } from '../methods.js'
import { UncloneableError } from '../errors.js'
import { Handle } from '../native/handle.js'
import { isPlainPrototype, isProxy, kindOf, Refusal, type KindName } from './kinds.js'
import { pathText, shortened } from './path.js'
import type { PathPart } from './path.js'
import { Oversize, scratch } from './scratch.js'
import { Seen } from './seen.js'
import { SharedShapes, type Shape } from './shapes.js'
import { Tag } from './tags.js'
import { Texts, type TextMark } from './texts.js'

// What one thread's stack can write another's must be able to read, whatever is on it already.
const deepest = 1000
// The names of so many objects stand beside them: a small packet is not worth a shape.
const shapeless = 16

const { getPrototypeOf, hasOwn } = Object
const hexadecimal = uncurried(BigInt.prototype.toString)
const objectPrototype = Object.prototype
const arrayPrototype = Array.prototype

/** How objects are written, by what they are; each part of the grammar adds its own. */
export const writers = {} as Record<KindName | 'object' | 'handle', (writer: Writer, value: any) => void>

/** A point to which a writer can go back. */
export interface Mark {
  readonly at: number
  readonly count: number
  readonly handles: number
  readonly depth: number
  readonly shapes: number
  readonly texts: TextMark
}

let packets = 0

export class Writer {
  root = ''
  isLenient = false
  /** The number of the value among those that are sent together; -1 for one alone. */
  #number = -1
  /** Whether the bytes are for another process, where handles and shared memory mean nothing. */
  leaves = false
  /**
   * Whether a sandboxed script reads the bytes. It counts the steps of that, so the same value has to be the same bytes whatever
   * this thread has written before, and wherever its files are: shapes are those of the packet, and errors have no stack.
   */
  forScript = false
  /** The ids of the handles written, each once. */
  handles: number[] = []
  readonly #path: PathPart[] = []
  #depth = 0
  readonly #seen = new Seen()
  readonly #texts = new Texts()
  /** Tells shapes and strings of this packet from those of others. */
  #packet = 0
  #shapes = 0
  readonly #shared = new SharedShapes()
  /** The last prototypes of plain objects that are not Object's own. */
  #plain0: unknown = objectPrototype
  #plain1: unknown = objectPrototype
  #plain2: unknown = objectPrototype

  /** Begins a packet where the scratch stands. */
  begin(root: string, isLenient: boolean, leaves = false, forScript = false): void {
    this.root = root
    this.isLenient = isLenient
    this.leaves = leaves
    this.forScript = forScript
    this.#number = -1
    this.#beginPacket()
  }

  /** Begins several values that are sent together, each by `next`. */
  beginSeveral(root: string): void {
    this.root = root
    this.isLenient = false
    this.leaves = false
    this.forScript = false
  }

  /** Begins another of them; each is a packet by itself. */
  next(number: number): void {
    if (this.handles.length > 0) this.handles = []
    this.#number = number
    this.#depth = 0
    this.#seen.forget(0)
    this.#texts.end()
    this.#beginPacket()
  }

  #beginPacket(): void {
    this.#packet = ++packets
    this.#shapes = 0
    this.#texts.begin(scratch.at)
  }

  /** Writes what stands behind all values. */
  finish(): void {
    this.#texts.flush()
  }

  /** Lets go of everything the last value held. */
  end(): void {
    this.handles = []
    this.#depth = 0
    this.#seen.forget(0)
    this.#texts.end()
    if (this.#plain0 !== objectPrototype) this.#plain0 = this.#plain1 = this.#plain2 = objectPrototype
  }

  value(value: unknown): void {
    switch (typeof value) {
      case 'string':
        return this.#texts.string(value)
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
      scratch.string(name)
      this.field(level, name!, value)
    }
    this.leave(level)
    scratch.byte(Tag.End)
  }

  /** The shape by which an object with these names is written; undefined where its names have to be written beside it. */
  shapeOf(names: readonly string[]): Shape | undefined {
    return this.#seen.count < shapeless ? undefined : this.#shared.of(names, this.#packet, this.forScript)
  }

  /** Writes which shape an object has; behind it come its fields, a hole for each that is not there any more. */
  shape(shape: Shape): void {
    if (shape.number >= 0) {
      scratch.byte(Tag.Shaped)
      return scratch.count(shape.number)
    }
    shape.number = this.#shapes++
    const { names } = shape
    scratch.byte(Tag.NewShape)
    scratch.count(names.length)
    for (let i = 0; i < names.length; i++) scratch.string(names[i]!)
  }

  /** Writes what stands at a place of a level. */
  field(level: number, part: PathPart, value: unknown): void {
    this.#path[level] = part
    this.value(value)
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
    return {
      at: scratch.at,
      count: this.#seen.count,
      handles: this.handles.length,
      depth: this.#depth,
      shapes: this.#shapes,
      texts: this.#texts.mark(),
    }
  }

  /** Takes back everything written since the mark. */
  backTo({ at, count, handles, depth, shapes, texts }: Mark): void {
    scratch.at = at
    this.handles.length = handles
    this.#depth = depth
    this.#packet = ++packets // What was named behind the mark is not any more.
    this.#shapes = shapes
    this.#texts.backTo(texts)
    this.#seen.forget(count)
  }

  /** The error for what is being written. `what`: the words after "it is". */
  refusal(what: string, options?: ErrorOptions): UncloneableError {
    const root = this.#number < 0 ? this.root : `${this.root}[${this.#number}]`
    const path = pathText(root, part(this.#path, 0, this.#depth))
    const border = this.leaves ? 'leave the process' : this.forScript ? 'enter a sandboxed script' : 'cross threads'
    return new UncloneableError(path, `${path} cannot ${border}: it is ${what}.`, options)
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
    else if (this.#isPlain(value, prototype)) writers.object(this, value)
    else this.#special(value)
  }

  /** Writes a reference to an object met before; a new object gets the next number. */
  #isKnown(value: object): boolean {
    const number = this.#seen.numberOf(value)
    if (number === undefined) return false
    scratch.byte(Tag.Ref)
    scratch.count(number)
    return true
  }

  /** Gives an object the next number. */
  remember(value: object): void {
    this.#seen.add(value)
  }

  /** Whether it is an object of a class that was seen to be like any other. Many objects are of few classes. */
  #isPlain(value: object, prototype: unknown): boolean {
    return (
      (prototype === this.#plain0 || prototype === this.#plain1 || prototype === this.#plain2) &&
      !Handle.is(value) &&
      !Handle.isForeign(value)
    )
  }

  #special(value: object): void {
    if (Handle.is(value)) return writers.handle(this, value)
    if (isProxy(value)) throw this.refusal('a Proxy')
    if (Handle.isForeign(value)) throw this.refusal(Handle.refusalOf(value))
    const kind = kindOf(value)
    if (kind instanceof Refusal) throw this.refusal(kind.what)
    if (kind !== 'plain') return writers[kind](this, value)
    this.#learn(getPrototypeOf(value))
    writers.object(this, value)
  }

  #learn(prototype: unknown): void {
    if (prototype === null || !isPlainPrototype(prototype as object)) return
    this.#plain2 = this.#plain1
    this.#plain1 = this.#plain0
    this.#plain0 = prototype
  }
}

/** Whether an error says that the stack is full. */
export function isOverflow(error: unknown): boolean {
  return (
    isOne(error, RangeError) &&
    matches(/call stack/, String(Object.getOwnPropertyDescriptor(error, 'message')?.value)) !== null
  )
}

/** What a class calls `static name` is not its name. */
function nameOf(fn: Function): string | undefined {
  const name: unknown = Object.getOwnPropertyDescriptor(fn, 'name')?.value
  return typeof name === 'string' ? shortened(name) : undefined
}
