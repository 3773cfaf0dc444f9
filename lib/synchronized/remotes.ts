// What stands here for the objects that stay on the loop.
//
// Promises that reading a method of such an object costs nothing, every other field one blocking call; that the same
// object is the same here as long as it is held; and that the loop is told when it is not. A thread that only blocks
// never runs finalizers, so each call also looks at a few objects, as the handles of this package do.
//
// Refuses objects of another module, and those whose loop was replaced.

import { inspect } from 'node:util'
import { InvalidStateError, UncloneableError } from '../errors.js'
import { Event } from '../event.js'
import { Handle } from '../native/handle.js'
import { native } from '../native/native.js'
import { Link, type LinkOptions } from './link.js'
import type { Description, References, Reply, Shape, Target, Verb } from './protocol.js'
import { isContainer, isObject, replaceAll, type Verdict } from './tree.js'

/** One object of the loop, as it is known here. */
interface Remote {
  readonly module: SynchronizedLoop
  readonly generation: number
  readonly target: Target
  /** For errors: `db.query`. */
  readonly name: string
  /** What is known without asking; undefined of a function that was read from another object. */
  readonly shape: () => Shape | undefined
  /** Kept as long as this is: the core tells by it whether this was collected. */
  readonly anchor: object | undefined
  isDisposed: boolean
}

const remotes = new WeakMap<object, Remote>()

/** What the loop holds for this thread. */
interface Entry {
  readonly id: number
  /** The number of the object that is collected together with what stands for it. */
  anchor: number
  /** How often it has arrived. */
  times: number
}

/** How many objects each call looks at. */
const SWEEP = 8

export class SynchronizedLoop {
  readonly #link: Link
  readonly #entries = new Map<number, Entry>()
  #sweep: Iterator<Entry> | undefined
  readonly #released: (readonly [id: number, times: number])[] = []
  readonly #shapes = new Map<number, Shape>()
  readonly #standing = new WeakMap<object, object>()
  readonly #finalizers = new FinalizationRegistry<number>(() => this.#collected())
  #isTelling = false
  #generation = 0

  constructor(options: LinkOptions) {
    this.#link = new Link(options, {
      take: () => (this.#released.length === 0 ? undefined : this.#released.splice(0)),
      putBack: released => this.#released.push(...released),
    })
  }

  /** What stands for the module itself. */
  module(name: string): object {
    const target: Target = { id: 0, path: [] }
    const shape = (): Shape => this.#link.shape(shape)
    return this.#standFor({ ...this.#remote(target, name), shape }, false)
  }

  close(): void {
    this.#link.close()
  }

  /** Blocks until the loop has answered. `above`: the function the user called. */
  ask(remote: Remote, verb: Verb, args: readonly unknown[], above: Function, step?: string): unknown {
    const reply = this.#askFor(remote, verb, args, above, step)
    return reply.length === 0 ? this.#member(remote, step!) : this.#received(reply, above)
  }

  #askFor(remote: Remote, verb: Verb, args: readonly unknown[], above: Function, step?: string): Reply {
    if (remote.isDisposed) throw new InvalidStateError(`'${remote.name}' was disposed.`)
    const { target, name } = step === undefined ? remote : memberOf(remote, step)
    this.#link.shape(above)
    this.#forgetOthers()
    this.#sweepSome()
    // What stands for an object is looked at when it is sure which loop is asked.
    const { args: sent, references } = this.#referring(args)
    return this.#link.call(remote.generation, { target, verb, args: sent, references, name }, above)
  }

  /** A function that was read from an object; it is found there again whenever it is called. */
  #member(remote: Remote, step: string): object {
    return this.#standFor({ ...remote, ...memberOf(remote, step), shape: () => undefined, isDisposed: false }, true)
  }

  /** A function of the object that is known without asking. */
  member(remote: Remote, step: string): object {
    return this.#member(remote, step)
  }

  #remote(target: Target, name: string): Remote {
    const generation = this.#link.generation
    return { module: this, generation, target, name, shape: () => undefined, anchor: undefined, isDisposed: false }
  }

  #standFor(remote: Remote, isCallable: boolean): object {
    const target = isCallable ? function () {} : shownAs(remote.name)
    if (isCallable) Object.defineProperty(target, 'name', { value: remote.target.path.at(-1) ?? remote.name })
    const proxy = new Proxy(target, new Traps(remote))
    remotes.set(proxy, remote)
    return proxy
  }

  // --- what is sent

  #referring(args: readonly unknown[]): { args: readonly unknown[]; references: References | undefined } {
    if (!holdsObject(args)) return { args, references: undefined }
    const marks: object[] = []
    const targets: Target[] = []
    const verdictOf = (value: object): Verdict =>
      remotes.has(value) ? 'stood for' : isContainer(value) ? 'open' : 'whole'
    const standFor = (value: object): object => {
      targets.push(this.#ownTarget(remotes.get(value)!))
      const mark = {}
      marks.push(mark)
      return mark
    }
    // Only a Proxy can be one of theirs.
    const sent = replaceAll(args, verdictOf, standFor, () => false)
    return { args: sent as unknown[], references: marks.length === 0 ? undefined : [marks, targets] }
  }

  #ownTarget({ module, target, name, generation, isDisposed }: Remote): Target {
    if (module !== this) {
      throw new UncloneableError('args', `'${name}' stays on the loop of another synchronized module.`)
    }
    if (isDisposed || (target.id !== 0 && generation !== this.#link.generation)) {
      throw new InvalidStateError(`'${name}' was disposed, or its loop was replaced.`)
    }
    return target
  }

  // --- what arrives

  #received(reply: Reply, above: Function): unknown {
    const [value, marks, standing] = reply as readonly [unknown, (readonly object[])?, (readonly Description[])?]
    if (marks === undefined || standing === undefined) return value
    const found = new Map<object, object>()
    for (let i = 0; i < marks.length; i++) found.set(marks[i]!, this.#arrived(standing[i]!, above))
    const verdictOf = (part: object): Verdict => (found.has(part) ? 'stood for' : isContainer(part) ? 'open' : 'whole')
    return replaceAll(value, verdictOf, mark => found.get(mark))
  }

  #arrived([id, shapeId, told]: Description, above: Function): object {
    if (told !== undefined) this.#shapes.set(shapeId, told)
    const shape = this.#shapes.get(shapeId) ?? this.#askShape(shapeId, above)
    const entry = this.#entries.get(id)
    if (entry !== undefined) entry.times++
    const known = entry && native.handleObject(entry.anchor)
    const standing = known && this.#standing.get(known)
    if (standing !== undefined && !remotes.get(standing)!.isDisposed) return standing
    const anchor = new Event()
    const remote = { ...this.#remote({ id, path: [] }, shape.name), shape: () => shape, anchor }
    const proxy = this.#standFor(remote, shape.isCallable)
    this.#standing.set(anchor, proxy)
    this.#finalizers.register(anchor, id)
    if (entry !== undefined) entry.anchor = Handle.idOf(anchor)
    else this.#entries.set(id, { id, anchor: Handle.idOf(anchor), times: 1 })
    return proxy
  }

  /** The answer that told it has not been seen. */
  #askShape(shapeId: number, above: Function): Shape {
    const shape = this.#askFor(this.#remote({ id: 0, path: [] }, 'Module'), 'shape', [shapeId], above)[0] as Shape
    this.#shapes.set(shapeId, shape)
    return shape
  }

  // --- what is let go of

  /** Lets go of one object at once. */
  letGo(remote: Remote): void {
    remote.isDisposed = true
    const entry = this.#entries.get(remote.target.id)
    if (entry === undefined || remote.target.path.length > 0 || remote.generation !== this.#link.generation) return
    this.#drop(entry)
    this.#tell()
  }

  #drop(entry: Entry): void {
    this.#entries.delete(entry.id)
    this.#released.push([entry.id, entry.times])
  }

  /** Looks at the next few objects, round and round. */
  #sweepSome(): void {
    if (this.#entries.size === 0) return
    for (let i = 0; i < SWEEP; i++) {
      const { done, value } = (this.#sweep ??= this.#entries.values()).next()
      if (done === true) {
        this.#sweep = undefined
        return
      }
      if (native.handleObject(value.anchor) === undefined) this.#drop(value)
    }
  }

  /** A finalizer has run, so more may be gone, and this thread's loop is live. */
  #collected(): void {
    if (this.#isTelling) return
    this.#isTelling = true
    setImmediate(() => {
      this.#isTelling = false
      this.#forgetOthers()
      for (const entry of this.#entries.values()) if (native.handleObject(entry.anchor) === undefined) this.#drop(entry)
      this.#tell()
    }).unref()
  }

  #tell(): void {
    if (this.#released.length > 0) this.#link.release()
  }

  /** What was known of the objects of a loop that was replaced means nothing any more. */
  #forgetOthers(): void {
    if (this.#generation === this.#link.generation) return
    this.#generation = this.#link.generation
    this.#entries.clear()
    this.#shapes.clear()
    this.#sweep = undefined
    this.#released.length = 0
  }
}

function holdsObject(args: readonly unknown[]): boolean {
  for (let i = 0; i < args.length; i++) if (isObject(args[i])) return true
  return false
}

function memberOf({ target, name }: Remote, step: string): { target: Target; name: string } {
  return { target: { id: target.id, path: [...target.path, step] }, name: `${name}.${step}` }
}

/** What `console.log` shows of an object that is not here. */
function shownAs(name: string): object {
  return Object.create(null, { [inspect.custom]: { value: () => `[Synchronized ${name}]`, configurable: true } })
}

/** What the language asks of a stand-in becomes a call. */
class Traps implements ProxyHandler<object> {
  readonly #remote: Remote
  readonly #members = new Map<string, object>()

  constructor(remote: Remote) {
    this.#remote = remote
  }

  /** The REPL shows proxies with their traps. */
  [inspect.custom](): string {
    return '{}'
  }

  get = (target: object, key: string | symbol): unknown => {
    if (typeof key === 'symbol') return this.#symbol(target, key)
    if (key === 'then' || (key === 'prototype' && typeof target === 'function')) return undefined
    const remote = this.#remote
    const { module } = remote
    if (remote.shape()?.methods.includes(key) !== true) {
      if (remote.target.id === 0 && key === 'toJSON') return undefined
      return module.ask(remote, 'get', [], this.get, key)
    }
    let member = this.#members.get(key)
    if (member === undefined) this.#members.set(key, (member = module.member(remote, key)))
    return member
  }

  #symbol(target: object, key: symbol): unknown {
    const remote = this.#remote
    const { module } = remote
    if (key === Symbol.dispose) return remote.target.id === 0 ? this.#close : this.#dispose
    if (key === Symbol.hasInstance) return this.#hasInstance
    if (key === Symbol.iterator && remote.shape()?.isIterable === true) return () => iterate(module, remote)
    return key === inspect.custom ? Reflect.get(target, key) : undefined
  }

  #close = (): void => {
    if (this.#remote.target.path.length === 0) this.#remote.module.close()
  }

  #dispose = (): void => {
    const remote = this.#remote
    if (remote.isDisposed) return
    try {
      if (remote.shape()?.isDisposable === true) remote.module.ask(remote, 'dispose', [], this.#dispose)
    } finally {
      remote.module.letGo(remote)
    }
  }

  #hasInstance = (value: unknown): boolean => {
    const isOfLoop = (typeof value === 'object' || typeof value === 'function') && value !== null && remotes.has(value)
    return isOfLoop && this.#remote.module.ask(this.#remote, 'isInstance', [value], this.#hasInstance) === true
  }

  set = (_target: object, key: string | symbol, value: unknown): boolean => {
    if (typeof key === 'symbol') return false
    this.#remote.module.ask(this.#remote, 'set', [value], this.set, key)
    return true
  }

  apply = (_target: object, _self: unknown, args: unknown[]): unknown =>
    this.#remote.module.ask(this.#remote, 'call', args, this.apply)

  construct = (_target: object, args: unknown[]): object =>
    this.#remote.module.ask(this.#remote, 'construct', args, this.construct) as object

  has = (target: object, key: string | symbol): boolean => {
    if (typeof key === 'symbol') return this.#symbol(target, key) !== undefined
    if (this.#remote.shape()?.methods.includes(key) === true) return true
    return Reflect.has(target, key) || this.#remote.module.ask(this.#remote, 'has', [], this.has, key) === true
  }

  deleteProperty = (_target: object, key: string | symbol): boolean =>
    typeof key === 'string' && this.#remote.module.ask(this.#remote, 'delete', [], this.deleteProperty, key) === true

  defineProperty = (): boolean => false

  ownKeys = (target: object): string[] => {
    if (typeof target === 'function') return Reflect.ownKeys(target) as string[]
    return this.#remote.module.ask(this.#remote, 'keys', [], this.ownKeys) as string[]
  }

  getOwnPropertyDescriptor = (target: object, key: string | symbol): PropertyDescriptor | undefined => {
    const own = Reflect.getOwnPropertyDescriptor(target, key)
    if (own !== undefined || typeof key === 'symbol' || typeof target === 'function') return own
    if (!this.ownKeys(target).includes(key)) return undefined
    return { value: this.get(target, key), writable: true, enumerable: true, configurable: true }
  }

  preventExtensions = (): boolean => false

  setPrototypeOf = (): boolean => false
}

/** Iterates over an object of the loop, sync or async there; one blocking call for each step. */
function* iterate(module: SynchronizedLoop, remote: Remote): Generator<unknown, unknown> {
  const iteration = module.ask(remote, 'iterate', [], iterate) as {
    next(): { done: boolean; value: unknown }
    return(): void
    [Symbol.dispose](): void
  }
  let isOver = false
  try {
    for (;;) {
      const { done, value } = iteration.next()
      if (done) {
        isOver = true
        return value
      }
      yield value
    }
  } catch (error) {
    isOver = true // What its own `next` has thrown has ended it.
    throw error
  } finally {
    if (!isOver) iteration.return()
    iteration[Symbol.dispose]()
  }
}
