// What Node itself offers to wait for, cut by the cancellation of the task that waits.
//
// Promises that `fetch` and the functions of `node:timers/promises`, called inside a task, end with CancelledError on
// the task's cancellation, and behave as ever outside of tasks and in a task's cleanup. Immediates are counted here,
// too: while one is due, the loop does not poll.

import { syncBuiltinESMExports } from 'node:module'
import { control, native } from '../native/native.js'
import { Word } from '../native/protocol.js'
import { currentScope, type Cuttable, type TaskScope } from '../wait/scope.js'

/** Makes what a runner's loop offers its tasks follow their cancellation. */
export function patchLoop(report: (error: unknown, scope: TaskScope | undefined) => void): void {
  patchMicrotasks(report)
  countImmediates()
  patchTimers()
  patchFetch()
  syncBuiltinESMExports()
}

/** When a microtask throws, Node has forgotten whose it was. */
function patchMicrotasks(report: (error: unknown, scope: TaskScope | undefined) => void): void {
  const queue = globalThis.queueMicrotask
  globalThis.queueMicrotask = callback => {
    if (typeof callback !== 'function') return queue(callback)
    queue(() => {
      try {
        callback()
      } catch (error) {
        report(error, currentScope())
      }
    })
  }
}

function countImmediates(): void {
  const timers = require('node:timers') as typeof import('node:timers')
  const { setImmediate: set, clearImmediate: clear } = timers
  const due = new WeakSet<object>()
  const counted = function (callback: (...args: unknown[]) => void, ...args: unknown[]) {
    if (typeof callback !== 'function') return set(callback as never, ...args)
    const isCounted = currentScope()?.countImmediate() !== false
    const immediate: NodeJS.Immediate = set(() => {
      if (due.delete(immediate)) oneLess()
      const scope = currentScope()
      if (scope !== undefined) control[Word.Current] = scope.id
      callback(...args)
    })
    if (isCounted) {
      due.add(immediate)
      control[Word.Immediates]!++
    }
    return immediate
  }
  const uncounted = (immediate: NodeJS.Immediate | undefined) => {
    if (typeof immediate === 'object' && immediate !== null && due.delete(immediate)) oneLess()
    clear(immediate)
  }
  const prototype = Object.getPrototypeOf(cleared(set, clear)) as { [Symbol.dispose]?: () => void }
  if (prototype[Symbol.dispose] !== undefined) {
    prototype[Symbol.dispose] = function (this: NodeJS.Immediate) {
      uncounted(this)
    }
  }
  const promised = require('node:timers/promises') as { setImmediate: (...args: unknown[]) => Promise<unknown> }
  const value = (...args: unknown[]) => promised.setImmediate(...args) // Patched below: counted, too.
  Object.defineProperty(counted, Symbol.for('nodejs.util.promisify.custom'), { value, enumerable: true })
  Object.assign(globalThis, { setImmediate: counted, clearImmediate: uncounted })
  Object.assign(timers, { setImmediate: counted, clearImmediate: uncounted })
}

/** An immediate that will not run. */
function cleared(set: typeof setImmediate, clear: typeof clearImmediate): NodeJS.Immediate {
  const immediate = set(() => {})
  clear(immediate)
  return immediate
}

/** An immediate less is due. A server's loop may have come to rest by that: it looks when this turn is over. */
function oneLess(): void {
  control[Word.Immediates]!--
  if (control[Word.OneByOne] === 1) native.loopStir()
}

type WithSignal = { signal?: AbortSignal } | undefined

/** Starts something that takes a signal, so that the running task's cancellation cuts it. */
function cuttable<R>(
  signal: AbortSignal | undefined,
  start: (signal: AbortSignal | undefined) => Promise<R>,
): Promise<R> {
  const scope = currentScope()
  // What is no signal is for Node to refuse.
  if (scope === undefined || (signal !== undefined && !(signal instanceof AbortSignal))) return start(signal)
  const cut = scope.takeCut()
  if (cut !== undefined) return Promise.reject(cut)
  // A task that cleans up after its cancellation waits as any other; a close waits for it.
  if (scope.cancelled) return cutBy(scope, start(signal))
  return cutBy(scope, start(signal === undefined ? scope.signal : AbortSignal.any([signal, scope.signal])))
}

function cutBy<R>(scope: TaskScope, promise: Promise<R>): Promise<R> {
  return new Promise((resolve, reject) => {
    let isOver = false
    const wait: Cuttable = {
      cut(reason) {
        if (isOver) return false
        over()
        reject(reason)
        return true
      },
    }
    const over = () => {
      isOver = true
      scope.leave(wait)
    }
    scope.enter(wait)
    promise.then(
      value => {
        over()
        control[Word.Current] = scope.id
        resolve(value)
      },
      error => {
        over()
        control[Word.Current] = scope.id
        reject(error)
      },
    )
  })
}

function patchTimers(): void {
  const timers = require('node:timers/promises') as {
    setTimeout: (ms?: number, value?: unknown, options?: WithSignal) => Promise<unknown>
    setImmediate: (value?: unknown, options?: WithSignal) => Promise<unknown>
    setInterval: (ms?: number, value?: unknown, options?: WithSignal) => AsyncIterable<unknown>
    scheduler: { wait: (ms: number, options?: WithSignal) => Promise<unknown>; yield: () => Promise<unknown> }
  }
  const { setTimeout, setImmediate, setInterval, scheduler } = timers
  timers.setTimeout = (ms, value, options) =>
    cuttable(options?.signal, signal => setTimeout(ms, value, withSignal(options, signal)))
  timers.setImmediate = (value, options) => {
    const isCounted = currentScope()?.countImmediate() !== false
    const promise = cuttable(options?.signal, signal => setImmediate(value, withSignal(options, signal)))
    if (!isCounted) return promise
    control[Word.Immediates]!++
    promise.then(oneLess, oneLess)
    return promise
  }
  timers.setInterval = (ms, value, options) => {
    const scope = currentScope()
    const stop = new AbortController()
    const signals = [options?.signal, scope?.cancelled ? undefined : scope?.signal, stop.signal]
    const signal = AbortSignal.any(signals.filter(each => each !== undefined))
    return intervals(setInterval(ms, value, withSignal(options, signal)), stop)
  }
  const wait = scheduler.wait.bind(scheduler)
  scheduler.yield = () => timers.setImmediate()
  scheduler.wait = (ms, options) => cuttable(options?.signal, signal => wait(ms, withSignal(options, signal)))
}

function withSignal<T extends WithSignal>(options: T, signal: AbortSignal | undefined): T {
  return signal === undefined ? options : ({ ...options, signal } as T)
}

/** `stop` ends the timer inside, which would not look up before its next tick. */
async function* intervals(ticks: AsyncIterable<unknown>, stop: AbortController): AsyncIterable<unknown> {
  const iterator = ticks[Symbol.asyncIterator]()
  try {
    for (;;) {
      const { value, done } = await cuttable(undefined, () => iterator.next())
      if (done) return
      yield value
    }
  } finally {
    stop.abort()
  }
}

function patchFetch(): void {
  const fetch = globalThis.fetch
  if (typeof fetch !== 'function') return
  globalThis.fetch = async (input, init) => {
    const given = init?.signal ?? (input instanceof Request ? input.signal : undefined)
    const response = await cuttable(given, signal => fetch(input, signal === undefined ? init : { ...init, signal }))
    return currentScope() === undefined ? response : withCuttableBody(response)
  }
}

const bodyReaders = ['arrayBuffer', 'blob', 'bytes', 'formData', 'json', 'text'] as const

/** Reading a body is a wait of its own. */
function withCuttableBody(response: Response): Response {
  for (const reader of bodyReaders) {
    const read = (response as unknown as Record<string, unknown>)[reader] as (() => Promise<unknown>) | undefined
    if (read === undefined) continue
    const value = () => cuttable(undefined, () => read.call(response))
    Object.defineProperty(response, reader, { value, configurable: true, writable: true })
  }
  return response
}
