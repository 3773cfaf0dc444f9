// The other end: the file a runner's background thread runs.
//
// Promises that tasks start in the order in which they were created, that an outcome is told once, that an error
// nobody caught is reported and does not end the loop, and that a close lets `finally` blocks run before the thread
// ends. The order of a close is: catch up, cancel, wait, end.

import { AsyncLocalStorage } from 'node:async_hooks'
import { workerData } from 'node:worker_threads'
import * as namespace from '../index.js'
import { redirectOutput } from './console.js'
import { patchLoop } from './cuttable.js'
import { CancelledError, EventLoopTimeoutError } from './errors.js'
import { errandFunction, HAS_NOTE, NEXT_ITERATION, type Note } from './errand.js'
import { onLoopMessage, pack, unpack } from './hub.js'
import { becomeLoop, currentScope, TaskScope } from './loop.js'
import { native } from './native.js'
import { setBootPort } from './shared-memory.js'
import type { WorkerData } from './worker-thread.js'

const { runner, name, allowsBlocking, port } = workerData as WorkerData
const scopes = new AsyncLocalStorage<TaskScope>()
const later = setImmediate

/** Tasks that have started and not ended. */
const running = new Map<number, TaskScope>()
/** Tasks of which something is left: themselves, or work they have left floating in a wait. */
const remaining = new Set<TaskScope>()
let onAllEnded: (() => void) | undefined

redirectOutput()
patchLoop()
setBootPort(port)
becomeLoop({ runner, name, allowsBlocking, scopes })

// --- tasks

function start(id: number, numberAndNote: number, args: unknown): void {
  const number = (numberAndNote & ~HAS_NOTE) >>> 0
  if (number === NEXT_ITERATION) return void later(() => settle(id, undefined))
  const note = numberAndNote >= HAS_NOTE ? (JSON.parse(native.loopTaskNote(id)) as Note) : undefined
  if (note?.isPlain) return callPlain(id, number, (args ?? []) as unknown[])
  const scope = new TaskScope(id, native.loopTaskName(id))
  running.set(id, scope)
  remaining.add(scope)
  sweepRemaining()
  scopes.run(scope, run, scope, number, (args ?? []) as unknown[], note)
}

function run(scope: TaskScope, number: number, args: unknown[], note: Note | undefined): void {
  const expiry = note?.timeout === undefined ? undefined : expire(scope, note.timeout)
  const end = (error: unknown, isError: boolean) => {
    expiry?.stop()
    ended(scope, expiry?.error(error) ?? error, isError, note)
  }
  try {
    const fn = errandFunction(number, namespace)
    const result: unknown = fn instanceof Function ? fn(...args) : fn.then(imported => imported(...args))
    if (isThenable(result)) {
      result.then(
        value => end(value, false),
        error => end(error, true),
      )
    } else end(result, false)
  } catch (error) {
    end(error, true)
  }
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as { then?: unknown } | undefined)?.then === 'function'
}

/** Lets a task live so long; what it then ends with by being cancelled, is a timeout. */
function expire(scope: TaskScope, timeout: number) {
  let hasExpired = false
  const longest = 0x7fff_ffff
  const timer = setTimeout(
    () => {
      hasExpired = true
      scope.cancel()
    },
    Math.min(timeout, longest),
  )
  return {
    stop: () => clearTimeout(timer),
    error: (error: unknown) =>
      hasExpired && error instanceof CancelledError
        ? new EventLoopTimeoutError(`Task '${scope.name}' was cancelled after ${timeout} ms.`)
        : undefined,
  }
}

function ended(scope: TaskScope, value: unknown, isError: boolean, note: Note | undefined): void {
  running.delete(scope.id)
  scope.end()
  if (!scope.isWaiting) remaining.delete(scope)
  if (isError) fail(scope.id, value, note)
  else settle(scope.id, value)
  if (running.size === 0) onAllEnded?.()
}

function settle(id: number, result: unknown): void {
  let packed: unknown
  try {
    packed = pack(result, 'result')
  } catch (error) {
    unpack()
    return fail(id, error, undefined)
  }
  native.loopTaskSettle(id, packed, false)
  unpack()
}

function fail(id: number, error: unknown, note: Note | undefined): void {
  if (error instanceof CancelledError) return native.loopTaskCancelled(id)
  if (note?.createdAt !== undefined && error instanceof Error) {
    error.stack = `${error.stack}\n    [the task was created]\n${note.createdAt}`
  }
  native.loopTaskSettle(id, pack(error, 'error', true), true)
  unpack()
}

function callPlain(id: number, number: number, args: unknown[]): void {
  const fn = errandFunction(number, namespace)
  const call = (plain: Function) => {
    try {
      settle(id, plain(...args))
    } catch (error) {
      fail(id, error, undefined)
    }
  }
  if (fn instanceof Function) return call(fn)
  fn.then(call, error => fail(id, error, undefined))
}

let sweepAt = 1024

/** Tasks that have left work floating are forgotten once that, too, has ended. */
function sweepRemaining(): void {
  if (remaining.size < sweepAt) return
  for (const scope of remaining) if (!running.has(scope.id) && !scope.isWaiting) remaining.delete(scope)
  sweepAt = Math.max(1024, remaining.size * 2)
}

// --- errors that no task has caught

function report(error: unknown): void {
  if (error instanceof CancelledError) return
  const packed = pack(error, 'error', true)
  native.loopReport(packed, currentScope()?.name ?? name)
  unpack()
}

process.on('uncaughtException', report)
process.on('unhandledRejection', report)
process.on('exit', code => native.loopExit(code))

// --- the end

async function close(): Promise<void> {
  await turn()
  for (const scope of remaining) scope.cancel()
  while (running.size > 0) {
    await new Promise<void>(resolve => {
      onAllEnded = resolve
    })
  }
  await turn() // Floating work that the abort has reached gets its `finally`.
  native.loopClosed()
  process.exit(0)
}

function turn(): Promise<void> {
  return new Promise(resolve => void later(resolve))
}

onLoopMessage({
  start,
  cancel: id => running.get(id)?.cancel(),
  close: () => void close(),
})

if (!native.loopAttach(runner)) process.exit(0)
