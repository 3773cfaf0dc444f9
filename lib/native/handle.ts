// What every object that travels between threads has in common: a number.
//
// Queues, events, futures, tasks, runners, servers and clients live in the native core; their JavaScript objects only
// hold a handle, the core's number for the thing. Two objects with one number never exist on one thread: the
// core keeps a weak table from number to object, so that what travels arrives as the same object.

import { invalidThis } from '../arguments.js'
import { handleBrand, refuseClones, type ourOwn } from '../brands.js'
import { UncloneableError } from '../errors.js'
import type { inspect as inspectValue, InspectOptions } from 'node:util'
import { native } from './native.js'
import { part } from './parts.js'

/** The kinds of thing a handle can stand for. Only this side knows these numbers. */
export const HandleKind = {
  Queue: 1,
  Event: 2,
  Future: 3,
  Task: 4,
  Runner: 5,
  Server: 6,
  Client: 7,
  LifoQueue: 8,
  PriorityQueue: 9,
  Script: 10,
} as const
export type HandleKind = (typeof HandleKind)[keyof typeof HandleKind]

/** What `console.log` and `util.inspect` ask an object for. */
const custom = Symbol.for('nodejs.util.inspect.custom')

/** What is shown of an object: its fields, and behind them what a reader may have looked for instead. */
export interface Looks {
  readonly fields: Record<string, unknown>
  readonly hint?: string
}

interface Kind {
  readonly handleClass: { prototype: Handle }
  readonly looksOf: (handle: never) => Looks
}

const kinds = new Map<number, Kind>()

/** Whether all classes are there. A loop loads them when it first needs one, which may be never. */
let hasClasses = false

/** It knows its runner before that. */
let ahead: { readonly kind: number; readonly handle: Handle } | undefined

/** Why objects of a class do not travel, though they are of ours; by the prototype of that class. */
const refusals = new WeakMap<object, string>()

/** The prototypes of our classes. */
const ours = new WeakSet<object>()

/** The base of every class whose objects travel. */
export abstract class Handle {
  declare readonly [ourOwn]: true
  readonly #id: number
  readonly #kind: HandleKind

  /** `id` is a number the core has just given out, or one that has arrived. */
  protected constructor(kind: HandleKind, id: number) {
    this.#kind = kind
    this.#id = id
    native.handleAttach(id, this)
    refuseClones(this)
  }

  static {
    Object.defineProperty(Handle.prototype, handleBrand, { value: true })
  }

  /** @internal The core's number for this object. What is none, a method was called on; that costs nothing to find. */
  static idOf(handle: Handle): number {
    try {
      return handle.#id
    } catch {
      throw invalidThis()
    }
  }

  /** @internal Throws where a method was called on what is no handle, for methods that look at something else of it first. */
  static check(handle: Handle): void {
    if (typeof handle !== 'object' || handle === null || !(#id in handle)) throw invalidThis()
  }

  /** @internal What kind of thing it is. */
  static kindOf(handle: Handle): HandleKind {
    return handle.#kind
  }

  /** @internal The name of the class of its kind. */
  static classOf(handle: Handle): string {
    return kinds.get(handle.#kind)!.handleClass.prototype.constructor.name
  }

  /** @internal Whether a value is a handle of this copy of the package. */
  static is(value: object): value is Handle {
    return #id in value
  }

  /** @internal Whether a value is a handle of another loaded copy of the package. */
  static isForeign(value: object): boolean {
    try {
      return !(#id in value) && handleBrand in value
    } catch {
      return false // A Proxy among its prototypes, which is none of ours.
    }
  }

  /** @internal Says why objects of a class do not travel, though they are of ours: what comes after "it is". */
  static refuse(prototype: object, what: string): void {
    refusals.set(prototype, what)
  }

  /** @internal Why an object that is no handle, and has the methods of one, does not travel. */
  static refusalOf(value: object): string {
    return refusals.get(Object.getPrototypeOf(value) as object) ?? 'an object of another loaded copy of threaded-async'
  }

  /** @internal Says which class stands for a kind, and how it is shown; called once by each class's own file. */
  static register<H extends Handle>(
    kind: HandleKind,
    handleClass: { prototype: H },
    looksOf: (handle: H) => Looks,
  ): void {
    kinds.set(kind, { handleClass, looksOf })
    ours.add(handleClass.prototype)
    if (ahead?.kind === kind) Object.setPrototypeOf(ahead.handle, handleClass.prototype)
  }

  /**
   * @internal Why a handle does not travel: what comes after "it is". An object of a subclass would arrive as one of our
   * class, without the subclass's methods. Those of servers and runners belong to the thread that made them.
   */
  static lossOf(handle: Handle): string | undefined {
    const prototype = Object.getPrototypeOf(handle) as object
    if (ours.has(prototype) || handle.#kind === HandleKind.Server || handle.#kind === HandleKind.Runner)
      return undefined
    const { name } = kinds.get(handle.#kind)!.handleClass.prototype.constructor
    const advice =
      handle.#kind === HandleKind.Client
        ? 'make it in the task, from the server, which does travel'
        : `send an object of the class ${name} itself, and keep what the subclass adds on this thread`
    return `an object of a subclass of ${name}, whose own methods would not arrive; ${advice}`
  }

  /** @internal Returns a line about it, whatever has become of it. */
  [custom](depth: number, options: InspectOptions, inspect: typeof inspectValue): string {
    return Handle.shown(this, {}, depth, options, inspect)
  }

  /** @internal The line about a handle, and what else is to be said of it. */
  static shown(
    handle: Handle,
    more: object,
    depth: number,
    options: InspectOptions,
    inspect: typeof inspectValue,
  ): string {
    const name = classNameOf(handle)
    if (depth < 0) return `[${name}]`
    const { fields, hint } = looksOf(handle, more)
    const isAlone = hint !== undefined && depth >= DEFAULT_DEPTH
    return `${name} ${inspect(fields, options)}${isAlone ? ` (${hint})` : ''}`
  }

  /** @internal How a handle of its kind is shown; undefined for an object that only has its prototype. */
  static looksOf(handle: Handle): Looks | undefined {
    return #id in handle ? kinds.get(handle.#kind)?.looksOf(handle as never) : undefined
  }

  /** @internal The object for a number that has arrived: the one this thread has, or a new one. */
  static revive(kind: number, id: number): Handle {
    if (!hasClasses) loadClasses()
    const known = native.handleObject(id)
    if (known === undefined) return Handle.objectFor(kind, id)
    if (#id in known) return known
    throw new UncloneableError('', 'What has arrived here is an object of another loaded copy of threaded-async.')
  }

  /** @internal As `revive`, but where the classes are not loaded yet, the object becomes one of its class when they are. */
  static reviveAhead(kind: HandleKind, id: number): Handle {
    if (kinds.has(kind)) return Handle.revive(kind, id)
    const handle = new Revived(kind, id)
    ahead = { kind, handle }
    return handle
  }

  /** @internal A new object for a number that has none on this thread. */
  static objectFor(kind: number, id: number): Handle {
    const handleClass = kinds.get(kind)?.handleClass
    if (handleClass === undefined) throw new Error(`A handle of the unknown kind ${kind} has arrived.`)
    return Reflect.construct(Revived, [kind, id], handleClass as never) as Handle
  }
}

/** They register themselves. */
function loadClasses(): void {
  part('front')
  hasClasses = true
}

/** How deep Node looks into what it shows, unless it is told. */
const DEFAULT_DEPTH = 2

function classNameOf(handle: Handle): string {
  try {
    return handle.constructor.name || 'Object'
  } catch {
    return 'Object'
  }
}

/** What of ours is known of it, what `more` adds, and the fields that a subclass has given it. */
function looksOf(handle: Handle, more: object): Looks {
  let looks: Looks = { fields: {} }
  try {
    looks = Handle.looksOf(handle) ?? looks
    Object.assign(looks.fields, more)
    const own = Object.keys(handle)
    for (let i = 0; i < own.length; i++) {
      Object.defineProperty(looks.fields, own[i]!, Object.getOwnPropertyDescriptor(handle, own[i]!)!)
    }
  } catch {
    // It is shown without them.
  }
  return looks
}

/** Builds an object of `new.target` without running that class's constructor. */
class Revived extends Handle {
  constructor(kind: HandleKind, id: number) {
    super(kind, id)
  }
}
