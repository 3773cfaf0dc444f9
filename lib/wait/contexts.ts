// Stores of `AsyncLocalStorage` that travel: from the code that creates a task, or makes a call, to the loop that runs it.
//
// A storage cannot cross threads, its name can: each thread has one for each name, and what travels is a copy of the store.
// Promises that a store which cannot cross is refused before there is a task; that while a thread has bound none, and none
// has arrived, a task and a call cost one look; and that functions which a program hands over to be called later find the
// stores of the code that handed them over.

import type { PlainOptions } from '../brands.js'
import { AsyncLocalStorage, AsyncResource } from 'node:async_hooks'
import { checkOptions, checkType, invalidArgType, invalidArgValue } from '../arguments.js'
import { native, runnerState } from '../native/native.js'
import { Phase } from '../native/protocol.js'
import { threadWide } from '../native/thread-wide.js'
import { sending } from '../wire/payload.js'
import { currentLoop } from './loop.js'
import { currentScope, type TaskScope } from './scope.js'

type Storage = AsyncLocalStorage<any>

/** Stores by the names of their storages. */
export type Carried = Record<string, unknown>

interface Named {
  storage: Storage
  /** Whether the program has it. If not, it was only made because a store of its name has arrived. */
  isKnown: boolean
}

interface Contexts {
  /** Whether any store travels from this thread, or has arrived here. */
  isUsed: boolean
  readonly byName: Map<string, Named>
  /** The names that are bound for runners, by their numbers. */
  readonly bound: Map<number, readonly string[]>
}

/** Those of every copy of this package on this thread. */
export const contexts = threadWide('contexts', (): Contexts => {
  return { isUsed: false, byName: new Map(), bound: new Map() }
})

/**
 * Returns this thread's `AsyncLocalStorage` of that name, the same each time. In a task, its `getStore()` gives a copy of the
 * store that the code had which created the task, if its runner was told so by `bindContext`.
 *
 * @throws TypeError `ERR_INVALID_ARG_TYPE`.
 *
 * @example
 * const requests = boundContext<{ id: number }>('requests')
 * runner.bindContext(requests)
 * requests.run({ id: 7 }, () => runner.run(() => console.log(boundContext('requests').getStore()))) // { id: 7 }
 */
export function boundContext<T = any>(name: string): AsyncLocalStorage<T> {
  const named = namedContext(checkType(name, 'name', 'string', boundContext))
  named.isKnown = true
  return named.storage
}

function namedContext(name: string): Named {
  let named = contexts.byName.get(name)
  if (named === undefined) contexts.byName.set(name, (named = { storage: new AsyncLocalStorage(), isKnown: false }))
  return named
}

/** What `bindContext` takes. */
export interface ContextOptions extends PlainOptions {
  /** The name by which tasks find it; left out, the one it has: by `boundContext`, or as its own `name`. */
  name?: string | undefined
}

/** The stores that the code has in this storage when it creates a task for the runner travel with that from now on. */
export function bindContext(
  runner: number,
  storage: unknown,
  options: ContextOptions | undefined,
  above: Function,
): void {
  if (!isStorage(storage)) throw invalidArgType('storage', 'an instance of AsyncLocalStorage', storage, above)
  const given = options === undefined ? undefined : checkOptions(options, ['name']).name
  const name = given === undefined ? nameOf(storage) : checkType(given, 'options.name', 'string', above)
  if (name === undefined) {
    throw invalidArgType('options.name', 'of type string: the AsyncLocalStorage has no name of its own', given, above)
  }
  const named = namedContext(name)
  if (named.storage !== storage && named.isKnown) {
    throw invalidArgValue('options.name', 'is that of another AsyncLocalStorage of this thread', name, above)
  }
  named.storage = storage
  named.isKnown = true
  dropEnded()
  const before = contexts.bound.get(runner) ?? []
  if (!before.includes(name)) contexts.bound.set(runner, [...before, name])
  contexts.isUsed = true
}

function isStorage(value: unknown): value is Storage {
  if (typeof value !== 'object' || value === null) return false
  const { run, getStore } = value as Partial<Storage>
  return typeof run === 'function' && typeof getStore === 'function'
}

function nameOf(storage: Storage): string | undefined {
  for (const [name, named] of contexts.byName) if (named.storage === storage) return name
  const { name } = storage as { name?: unknown }
  return typeof name === 'string' && name !== '' ? name : undefined
}

function dropEnded(): void {
  for (const id of contexts.bound.keys()) if (hasEnded(id)) contexts.bound.delete(id)
}

function hasEnded(runner: number): boolean {
  try {
    return runnerState(runner).phase === Phase.Ended
  } catch {
    return true // This thread has nothing of it any more.
  }
}

/** The names of the stores that have come with tasks. No field of theirs: nearly all have none. */
const arrived = threadWide('arrived stores', () => new WeakMap<TaskScope, readonly string[]>())

/** These stores have come with a task. */
export function arrive(scope: TaskScope, stores: Carried): void {
  arrived.set(scope, Object.keys(stores))
}

// --- there

/**
 * The stores that travel with a task of this runner, or with a call to its server, that is created now: those bound for it,
 * and those that have come with the running task.
 *
 * @throws UncloneableError for one that cannot cross.
 */
export function carriedBy(runner: number): Carried | undefined {
  const scope = currentScope()
  const come = scope === undefined ? undefined : arrived.get(scope)
  const names = new Set([...(contexts.bound.get(runner) ?? []), ...(come ?? [])])
  let carried: Carried | undefined
  for (const name of names) {
    const store: unknown = contexts.byName.get(name)?.storage.getStore()
    if (store === undefined) continue
    sending(store, `context ${JSON.stringify(name)}`, () => {})
    carried ??= {}
    Object.defineProperty(carried, name, { value: store, enumerable: true, configurable: true, writable: true })
  }
  return carried
}

/** The same for a call by a client. */
export function carriedByCall(client: number): Carried | undefined {
  return carriedBy(native.handleRunner(client))
}

// --- here

/** Calls a function in stores that have arrived. */
export function within<R>(carried: Carried | undefined, call: () => R): R {
  if (carried === undefined) return call()
  contexts.isUsed = true
  const names = Object.keys(carried)
  const enter = (i: number): R => {
    if (i === names.length) return call()
    return namedContext(names[i]!).storage.run(carried[names[i]!], () => enter(i + 1))
  }
  return enter(0)
}

/** Calls a function with two arguments: no list of them is made, which a program may have changed. */
export type Caller = <A, B>(fn: (one: A, other: B) => void, one: A, other: B) => void

/**
 * Returns what calls functions in the stores of the code that calls this. On a loop, the task that runs then is the running
 * one all the same: its cancellation ends what the function waits for.
 */
export function callerFromHere(): Caller {
  const resource = Object.assign(new AsyncResource('threaded-async.stores'), { hasRef: () => false })
  const loop = currentLoop()
  if (loop === undefined) return (fn, one, other) => resource.runInAsyncScope(fn, undefined, one, other)
  return (fn, one, other) => {
    const scope = currentScope() as TaskScope
    resource.runInAsyncScope(() => loop.scopes.run(scope, () => fn(one, other)))
  }
}

/** Functions that are called later: `onTaskError` and `onStuck`. */
interface Hooks {
  onTaskError?: ((failure: never) => void) | undefined
  onStuck?: ((report: never) => void) | undefined
}

/** Returns options whose functions find the stores of the code that calls this. */
export function withStoresHere<O extends Hooks>(options: O): O {
  const { onTaskError, onStuck } = options
  if (onTaskError === undefined && onStuck === undefined) return options
  const caller = callerFromHere()
  return {
    ...options,
    ...(onTaskError && { onTaskError: (failure: never) => caller(onTaskError, failure, undefined) }),
    ...(onStuck && { onStuck: (report: never) => caller(onStuck, report, undefined) }),
  }
}
