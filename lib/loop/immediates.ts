// Immediates, counted: while one is due, the loop does not poll, and a server's loop is not at rest.
//
// Promises that each immediate is counted from the call until it has run or was cleared, however it is made: by the
// global function, by `node:timers`, by `node:timers/promises` or by `util.promisify`. Those of a cancelled task are
// counted up to a limit: a cleanup that goes on for ever must not keep its loop from resting.

import { follow } from '../methods.js'
import { control, native } from '../native/native.js'
import { Word } from '../native/protocol.js'
import { currentScope } from '../wait/scope.js'

type SetImmediate = (callback: (...args: unknown[]) => void, ...args: unknown[]) => NodeJS.Immediate
type ClearImmediate = (immediate: NodeJS.Immediate | undefined) => void

/** Counted immediates that are due. */
const due = new WeakSet<object>()

/** Counts the immediates of this thread from now on. The caller has ES modules see what is patched here. */
export function countImmediates(): void {
  const timers = require('node:timers') as { setImmediate: SetImmediate; clearImmediate: ClearImmediate }
  const { setImmediate: set, clearImmediate: clear } = timers
  const clearImmediate: ClearImmediate = immediate => {
    if (typeof immediate === 'object' && immediate !== null && due.delete(immediate)) oneLess()
    clear(immediate)
  }
  const setImmediate = counted(set)
  patchDispose(cleared(set, clear), clearImmediate)
  Object.assign(globalThis, { setImmediate, clearImmediate })
  Object.assign(timers, { setImmediate, clearImmediate })
}

function counted(set: SetImmediate): SetImmediate {
  const setImmediate: SetImmediate = (callback, ...args) => {
    if (typeof callback !== 'function') return Reflect.apply(set, undefined, [callback])
    const isCounted = mayCount()
    const immediate = set(() => {
      if (due.delete(immediate)) oneLess()
      const scope = currentScope()
      if (scope !== undefined) control[Word.Current] = scope.id
      Reflect.apply(callback, undefined, args)
    })
    if (isCounted) {
      due.add(immediate)
      control[Word.Immediates]!++
    }
    return immediate
  }
  const promised = require('node:timers/promises') as { setImmediate: (...args: unknown[]) => Promise<unknown> }
  // Looked up at each call, as it will be patched and count, too.
  const value = (...args: unknown[]) => Reflect.apply(promised.setImmediate, promised, args)
  return Object.defineProperty(setImmediate, Symbol.for('nodejs.util.promisify.custom'), { value, enumerable: true })
}

/** An immediate that will not run. */
function cleared(set: SetImmediate, clear: ClearImmediate): NodeJS.Immediate {
  const immediate = set(() => {})
  clear(immediate)
  return immediate
}

/** `using` an immediate clears it, except in older versions of Node. */
function patchDispose(immediate: NodeJS.Immediate, clearImmediate: ClearImmediate): void {
  const prototype = Object.getPrototypeOf(immediate) as { [Symbol.dispose]?: () => void }
  if (prototype[Symbol.dispose] === undefined) return
  prototype[Symbol.dispose] = function (this: NodeJS.Immediate) {
    clearImmediate(this)
  }
}

/** Counts an immediate that is a promise, until that is settled. */
export function whileDue<R>(begin: () => Promise<R>): Promise<R> {
  const isCounted = mayCount()
  const promise = begin()
  if (!isCounted) return promise
  control[Word.Immediates]!++
  follow(promise, oneLess, oneLess)
  return promise
}

/** Whether one more immediate of the running task is counted. */
function mayCount(): boolean {
  return currentScope()?.countImmediate() !== false
}

/** A server's loop may be at rest now: it looks when this turn is over. */
function oneLess(): void {
  control[Word.Immediates]!--
  if (control[Word.OneByOne] === 1) native.loopStir()
}
