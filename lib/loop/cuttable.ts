// What Node itself offers to wait for, cut by the cancellation of the task that waits.
//
// Promises that `fetch` and the functions of `node:timers/promises`, called inside a task, end with CancelledError on
// the task's cancellation, also in its cleanup on the next one, and behave as ever outside of tasks.

import { filtered, follow } from '../methods.js'
import { syncBuiltinESMExports } from 'node:module'
import { control } from '../native/native.js'
import { Word } from '../native/protocol.js'
import { isOne } from '../brands.js'
import { currentScope, type TaskScope, type TaskWait } from '../wait/scope.js'
import { countImmediates, whileDue } from './immediates.js'

/** Makes what Node offers the tasks of this loop follow their cancellation, and counts the immediates. */
export function patchNode(): void {
  countImmediates()
  patchTimers()
  patchFetch()
  syncBuiltinESMExports()
}

type WithSignal = { signal?: AbortSignal | undefined } | undefined

/** Starts something that takes a signal, so that the running task's cancellation cuts it. */
function cuttable<R>(
  signal: AbortSignal | undefined,
  start: (signal: AbortSignal | undefined) => Promise<R>,
): Promise<R> {
  const scope = currentScope()
  if (scope === undefined) return start(signal)
  const cut = scope.takeCut()
  if (cut !== undefined) return Promise.reject(cut)
  // A signal of another realm cannot be joined with ours, and Node refuses what is not a signal.
  if (signal !== undefined && !isOne(signal, AbortSignal)) return cutBy(scope, start(signal))
  // A task that cleans up after its cancellation waits as any other, until it is cancelled once more.
  if (scope.cancelled) return cutInCleanup(scope, signal, start)
  return cutBy(scope, start(signal === undefined ? scope.signal : AbortSignal.any([signal, scope.signal])))
}

/** The task's own signal is aborted already. */
function cutInCleanup<R>(
  scope: TaskScope,
  signal: AbortSignal | undefined,
  start: (signal: AbortSignal) => Promise<R>,
): Promise<R> {
  const stop = new AbortController()
  const either = signal === undefined ? stop.signal : AbortSignal.any([signal, stop.signal])
  return cutBy(scope, start(either), stop)
}

/** `stop`, if given, is aborted by a cut. */
function cutBy<R>(scope: TaskScope, promise: Promise<R>, stop?: AbortController): Promise<R> {
  return new Promise((resolve, reject) => {
    let isOver = false
    const wait: TaskWait = {
      before: undefined,
      after: undefined,
      cut(reason) {
        if (isOver) return false
        over()
        reject(reason)
        stop?.abort(reason)
        return true
      },
    }
    const over = () => {
      isOver = true
      scope.leave(wait)
    }
    scope.enter(wait)
    follow(
      promise,
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
  timers.setImmediate = (value, options) =>
    whileDue(() => cuttable(options?.signal, signal => setImmediate(value, withSignal(options, signal))))
  timers.setInterval = (ms, value, options) => {
    const scope = currentScope()
    const stop = new AbortController()
    const signals = [options?.signal, scope?.cancelled ? undefined : scope?.signal, stop.signal]
    const signal = AbortSignal.any(filtered(signals, each => each !== undefined) as AbortSignal[])
    return intervals(setInterval(ms, value, withSignal(options, signal)), stop)
  }
  const wait = scheduler.wait.bind(scheduler)
  scheduler.yield = () => timers.setImmediate()
  scheduler.wait = (ms, options) => cuttable(options?.signal, signal => wait(ms, withSignal(options, signal)))
}

function withSignal<T extends WithSignal>(options: T, signal: AbortSignal | undefined): T {
  return signal === undefined ? options : ({ ...options, signal } as T)
}

/** `stop` ends the timer inside, which would notice the end of the iteration only at its next tick. */
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
    const value = () => cuttable(undefined, () => Reflect.apply(read, response, []) as Promise<unknown>)
    Object.defineProperty(response, reader, {
      __proto__: null,
      value,
      configurable: true,
      writable: true,
    } as PropertyDescriptor)
  }
  return response
}
