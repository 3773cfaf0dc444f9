// The loop's half of a synchronized module: imports it, does what it is asked, and keeps what cannot be copied.
//
// Promises that plain data is copied, that every other object stays here under a number as long as the other thread has
// it, and that what resolves is awaited. An object that is sent again has the number it had; how often it was sent is
// counted, so that a release which crosses with it on the way does not let it go.
//
// Refuses numbers that were released.

import { types } from 'node:util'
import { isArray, isThenable } from '../arguments.js'
import { isNative, isNativeError, isProxy, isUnderError } from '../brands.js'
import { currentTask } from '../current-task.js'
import { InvalidStateError } from '../errors.js'
import { importFrom } from '../functions/compile.js'
import { ownerOf } from '../functions/errand.js'
import { Handle } from '../native/handle.js'
import { currentScope } from '../wait/scope.js'
import { kindOf } from '../wire/kinds.js'
import type { Description, References, Released, Reply, Shape, Target, Verb } from './protocol.js'
import { eachPart, isContainer, isObject, replaceAll, type Verdict } from './tree.js'

interface Held {
  readonly object: object
  sends: number
}

type Fields = Record<string, unknown>

let module: Fields = {}
let lastId = 0
const held = new Map<number, Held>()
const ids = new WeakMap<object, number>()

/** Imports the module as the file `base` would, and tells what it exports. */
export async function load(specifier: string, base: string): Promise<Shape> {
  module = (await importFrom(base)(specifier)) as Fields
  const methods = new Set<string>()
  const own = isObject(module.default) ? namesOf(module.default) : []
  for (const name of [...Object.keys(module), ...own]) {
    if (typeof fieldOf(ownerOf(module, name), name) === 'function') methods.add(name)
  }
  methods.delete('then')
  return { name: 'Module', methods: [...methods], isCallable: false, isIterable: false, isDisposable: false }
}

/** Does what is asked of an object, and answers with a copy of the result, or with what stands for it. */
export async function perform(
  args: readonly unknown[],
  id: number,
  path: readonly string[],
  verb: Verb,
  references: References | undefined,
  released: Released | undefined,
): Promise<Reply> {
  if (released !== undefined) letGo(released)
  if (verb === 'shape') return [shapes[args[0] as number]]
  const result: unknown = await verbs[verb]({ id, path }, references === undefined ? args : restored(args, references))
  // Nobody would ever release what the answer to a call that was given up holds.
  if (currentScope()?.cancelled === true) currentTask()?.throwIfCancelled()
  return verb === 'get' && typeof result === 'function' ? [] : replyOf(result)
}

function letGo(released: Released): void {
  for (const [id, times] of released) {
    const entry = held.get(id)
    if (entry === undefined || (entry.sends -= times) > 0) continue
    held.delete(id)
    ids.delete(entry.object)
  }
}

// --- what is asked

const verbs: Record<Exclude<Verb, 'shape'>, (target: Target, args: readonly unknown[]) => unknown> = {
  get: target => valueAt(target),
  set(target, { 0: value }) {
    const { owner, name } = placeOf(target)
    ;(owner as Fields)[name] = value
  },
  delete(target) {
    const { owner, name } = placeOf(target)
    return Reflect.deleteProperty(owner, name)
  },
  has(target) {
    const { owner, name } = placeOf(target)
    return name in owner
  },
  keys: target => Object.keys(valueAt(target) as object),
  call(target, args) {
    if (target.path.length === 0) return Reflect.apply(valueAt(target) as Function, undefined, args)
    const { owner, name } = placeOf(target)
    const fn = fieldOf(owner, name)
    if (typeof fn !== 'function') throw new TypeError(`${name} is not a function`)
    return Reflect.apply(fn, owner === module ? undefined : owner, args)
  },
  construct: (target, args) => Reflect.construct(valueAt(target) as Function, args),
  isInstance: (target, { 0: value }) => value instanceof (valueAt(target) as new () => unknown),
  iterate(target) {
    const value = valueAt(target) as { [Symbol.asyncIterator]?(): object; [Symbol.iterator](): object }
    // As an object of its own, even where it is a list by now.
    return new Iteration((value[Symbol.asyncIterator]?.() ?? value[Symbol.iterator]()) as Iterator<unknown>)
  },
  async dispose(target) {
    const value = valueAt(target) as Partial<Disposable & AsyncDisposable>
    await (value[Symbol.asyncDispose]?.() ?? value[Symbol.dispose]?.())
  },
}

/** An iteration that goes on here. */
class Iteration {
  readonly #iterator: Iterator<unknown>

  constructor(iterator: Iterator<unknown>) {
    this.#iterator = iterator
  }

  async next(): Promise<unknown> {
    const { done, value } = await this.#iterator.next()
    return { done: done === true, value: await value }
  }

  async return(): Promise<void> {
    await this.#iterator.return?.()
  }
}

function placeOf({ id, path }: Target): { owner: object; name: string } {
  const name = path[path.length - 1]!
  if (id === 0 && path.length === 1) return { owner: ownerOf(module, name), name }
  // Node's own default export of a CommonJS module is the whole.
  if (id === 0 && path.length === 2 && path[0] === 'default' && name === 'default') {
    return { owner: Object(module.default) as object, name }
  }
  return { owner: Object(valueAt({ id, path: path.slice(0, -1) })) as object, name }
}

function valueAt(target: Target): unknown {
  if (target.path.length > 0) {
    const { owner, name } = placeOf(target)
    return fieldOf(owner, name)
  }
  if (target.id === 0) return module
  const entry = held.get(target.id)
  if (entry === undefined) throw new InvalidStateError('The object was disposed.')
  return entry.object
}

function fieldOf(owner: object, name: string): unknown {
  return (owner as Fields)[name]
}

function restored(args: readonly unknown[], [marks, targets]: References): readonly unknown[] {
  const values = new Map<object, unknown>(marks.map((mark, index) => [mark, valueAt(targets[index]!)]))
  const verdictOf = (value: object): Verdict =>
    values.has(value) ? 'stood for' : isContainer(value) ? 'open' : 'whole'
  return replaceAll(args, verdictOf, mark => values.get(mark)) as unknown[]
}

// --- what is answered

function replyOf(value: unknown): Reply {
  const marks: object[] = []
  const standing: Description[] = []
  const standFor = (object: object): object => {
    const mark = {}
    marks.push(mark)
    standing.push(describe(object))
    return mark
  }
  const copied = replaceAll(value, verdictOf, standFor, isThenable)
  return marks.length === 0 ? [copied] : [copied, marks, standing]
}

/** What is data is copied; what has a class of its own, or holds a function or a promise, stays. */
function verdictOf(value: object): Verdict {
  if (typeof value === 'function' || isProxy(value)) return 'stood for'
  if (Handle.is(value) || isNativeError(value)) return 'whole'
  const prototype = Object.getPrototypeOf(value) as object | null
  // Most objects of large data are of these two, of which it is known.
  if (prototype !== Object.prototype && prototype !== Array.prototype) {
    if (isUnderError(value)) return 'whole'
    if (!isPlainClass(prototype)) return 'stood for'
  }
  if (isContainer(value)) return holdsCode(value) ? 'stood for' : 'open'
  return typeof kindOf(value) === 'string' ? 'whole' : 'stood for'
}

/** Whether a prototype is of the language, of whichever realm, or Node's of a Buffer. */
function isPlainClass(prototype: object | null): boolean {
  if (prototype === null || prototype === Object.prototype || prototype === Buffer.prototype) return true
  const constructor: unknown = Object.getOwnPropertyDescriptor(prototype, 'constructor')?.value
  return isNative(constructor) && constructor.prototype === prototype
}

function holdsCode(value: object): boolean {
  const isKeyed = !isArray(value) && !types.isMap(value) && !types.isSet(value)
  let holds = false
  eachPart(value, part => {
    holds ||= (isKeyed && typeof part === 'function') || (isObject(part) && !isProxy(part) && isThenable(part))
  })
  return holds
}

function describe(object: object): Description {
  let id = ids.get(object)
  if (id === undefined) {
    ids.set(object, (id = ++lastId))
    held.set(id, { object, sends: 0 })
  }
  held.get(id)!.sends++
  const { shapeId, isNew } = shapeOf(object)
  return isNew ? [id, shapeId, shapes[shapeId]!] : [id, shapeId]
}

const shapes: Shape[] = []
const shapeIds = new WeakMap<object, number>()
/** Of objects without a class, by what they look like. */
const likes = new Map<string, number>()

function shapeOf(object: object): { shapeId: number; isNew: boolean } {
  const prototype = typeof object === 'function' ? null : (Object.getPrototypeOf(object) as object | null)
  const hasClass = prototype !== null && prototype !== Object.prototype && !isProxy(object) && !shadows(object)
  const known = hasClass ? shapeIds.get(prototype) : undefined
  if (known !== undefined) return { shapeId: known, isNew: false }
  const shape = newShape(object, hasClass ? prototype : object)
  const like = hasClass ? '' : JSON.stringify(shape)
  const alike = hasClass ? undefined : likes.get(like)
  if (alike !== undefined) return { shapeId: alike, isNew: false }
  const shapeId = shapes.push(shape) - 1
  if (hasClass) shapeIds.set(prototype, shapeId)
  else likes.set(like, shapeId)
  return { shapeId, isNew: true }
}

/** Whether an object has a field of its own under the name of something in its class. */
function shadows(object: object): boolean {
  const prototype = Object.getPrototypeOf(object) as object
  return Object.keys(object).some(key => key in prototype)
}

function newShape(object: object, from: object): Shape {
  const constructor: unknown = isProxy(object) ? undefined : (object as { constructor?: unknown }).constructor
  const name =
    typeof object === 'function' ? object.name : typeof constructor === 'function' ? constructor.name : 'Object'
  return {
    name,
    methods: isProxy(object) ? [] : namesOf(from).filter(name => isMethod(object, name)),
    isCallable: typeof object === 'function',
    isIterable: Symbol.iterator in object || Symbol.asyncIterator in object,
    isDisposable: Symbol.dispose in object || Symbol.asyncDispose in object,
  }
}

/** The names an object has, and its class gives it; those of every object are left out. */
function namesOf(object: object): string[] {
  const names = new Set<string>()
  let link: object | null = object
  for (
    ;
    link !== null && link !== Object.prototype && link !== Function.prototype;
    link = Object.getPrototypeOf(link)
  ) {
    if (isProxy(link)) break
    for (const name of Object.getOwnPropertyNames(link)) names.add(name)
  }
  names.delete('constructor')
  return [...names]
}

/** Getters are not called. */
function isMethod(object: object, name: string): boolean {
  for (let link: object | null = object; link !== null && !isProxy(link); link = Object.getPrototypeOf(link)) {
    const found = Object.getOwnPropertyDescriptor(link, name)
    if (found !== undefined) return typeof found.value === 'function'
  }
  return false
}
