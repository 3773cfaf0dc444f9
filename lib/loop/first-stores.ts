// The first immediate and the first promise of a loop, made for what V8 learns from them.
//
// Up to Node.js 22 each of them carries the scope of its task in a property, which one function of Node's writes. Where V8
// has first seen immediates with a scope there, and then one without, that function writes no property fast any more: 15 ns
// for each promise, as long as the thread lives. Promises that V8 has seen one without a scope before.

import type { AsyncLocalStorage } from 'node:async_hooks'

const [later, unset] = [setImmediate, clearImmediate]

/** What V8 knows of objects of one kind ends with the last of them. */
const kept: object[] = []

/** To be called outside of tasks, before the first of them. */
export function rehearseStores(scopes: AsyncLocalStorage<any>): void {
  scopes.enterWith(undefined) // Before that, nothing is written.
  const immediate = later(() => {})
  unset(immediate)
  kept[0] = immediate
  kept[1] = Promise.resolve()
}
