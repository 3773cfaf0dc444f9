// What a thread has once, however often this package is evaluated on it.
//
// A second realm of a thread (one of `vm`, a test file of Jest) has its own copy of the package, as its values need its
// own classes. Promises that all copies of a thread share one core, and what goes with it: what the core keeps one of, and
// what listens to the thread or stays open in it. Nothing else is shared; objects of another copy are refused.

import { runInThisContext } from 'node:vm'
import { start } from './boot.js'

/** The global object of the realm that Node itself runs in, which is there for as long as the thread. */
export const main = start === undefined ? (runInThisContext('globalThis') as typeof globalThis) : globalThis

const key = Symbol.for(`threaded-async:thread:${__filename}`)
const shared = sharedIn(main as unknown as Record<symbol, Record<string, unknown>>)

function sharedIn(place: Record<symbol, Record<string, unknown>>): Record<string, unknown> {
  if (place[key] === undefined) Reflect.defineProperty(place, key, { value: { __proto__: null } })
  return place[key]!
}

/** Returns what the first copy on this thread has made under a name. */
export function threadWide<T>(name: string, make: () => T): T {
  if (!(name in shared)) shared[name] = make()
  return shared[name] as T
}
