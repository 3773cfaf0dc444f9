// A runner's loop from inside: what its background thread runs.
//
// Promises that tasks start in the order in which they were created, that an outcome is told once, that only its own
// cancellation ends a task as cancelled, that an uncaught error is reported and does not end the loop, and that a close
// lets `finally` blocks run before the thread ends. The order of a close is: catch up, cancel, wait, end.

import { follow } from '../methods.js'
import { AsyncLocalStorage } from 'node:async_hooks'
import { types } from 'node:util'
import { resourceLimits } from 'node:worker_threads'
import { isError } from '../brands.js'
import type { BootData } from '../native/boot.js'
import { redirectOutput, tellPrinted } from './console.js'
import { patchNode } from './cuttable.js'
import { cancellationIn, isForeign } from './cancelled.js'
import { endIfLetGo } from './let-go.js'
import { explain } from './explain.js'
import { rehearseStores } from './first-stores.js'
import { errandFunction, errandName, NEXT_ITERATION } from '../functions/errand.js'
import { Handle, HandleKind } from '../native/handle.js'
import { onLoopMessage } from '../wait/hub.js'
import { pack, receive, sending, unpack } from '../wire/payload.js'
import { scratch } from '../wire/scratch.js'
import { leniently } from '../wire/wire.js'
import { becomeLoop, debugLoop } from '../wait/loop.js'
import { control, native, runnerState } from '../native/native.js'
import { takeEars } from '../wire/shared-memory.js'
import { compile, type Namespace } from '../functions/compile.js'
import { Word } from '../native/protocol.js'
import { headOf, setStack, stackOf } from '../stack.js'
import { hasMore, readNote, sourceOf, type TaskNote } from '../native/task-start.js'
import { arrive, within, type Carried } from '../wait/contexts.js'
import { cancelFloating, currentScope, expired, floatingEnded, isFloating, TaskScope } from '../wait/scope.js'

const scopes = withOwnMethods(new AsyncLocalStorage<TaskScope>())
const later = setImmediate
const exit = process.exit.bind(process)
const reallyExit = (process as unknown as { reallyExit(code: number): never }).reallyExit.bind(process)
let runner: number
let name: string
/** Returns what the package exports, which is in scope in every inline function. */
let namespace: Namespace
/** Known from the first task on: this thread may have been started before its runner was made. */
let allowsBlocking: boolean | undefined

/** Tasks that have started and not ended. */
const running = new Map<number, TaskScope>()
let onAllEnded: (() => void) | undefined

/** Tasks may replace the methods of its class. */
function withOwnMethods<T>(storage: AsyncLocalStorage<T>): AsyncLocalStorage<T> {
  const { run, getStore, enterWith } = storage
  return Object.assign(storage, { run, getStore, enterWith })
}

// --- tasks

/** Whatever keeps a task from starting, such as arguments that cannot be read here, is its error. */
function start(id: number, sourceAndMore: number, packed: unknown): void {
  try {
    begin(id, sourceAndMore, (receive(packed) ?? []) as unknown[])
  } catch (error) {
    fail(id, error, undefined)
  }
}

/** `sourceAndMore` is read as `native/task-start.ts` describes. */
function begin(id: number, sourceAndMore: number, args: unknown[]): void {
  if (allowsBlocking === undefined) employed()
  const source = sourceOf(sourceAndMore)
  if (source === NEXT_ITERATION.number) return void later(() => settle(id, undefined))
  const note = hasMore(sourceAndMore) ? readNote(id) : undefined
  let stores: Carried | undefined
  if (note?.hasStores) [args, stores] = args as [unknown[], Carried]
  if (note?.isPlain) return callPlain(id, source, args, stores)
  const scope = new TaskScope(id, hasMore(sourceAndMore) ? native.loopTaskName(id) : errandName(source))
  scope.source = source
  if (note?.origin !== undefined) scope.comesOf(note.origin)
  if (stores !== undefined) arrive(scope, stores)
  running.set(id, scope)
  scopes.run(scope, run, scope, source, args, note, stores)
}

/** When the first task arrives, the runner has been made. */
function employed(): void {
  allowsBlocking = native.runnerAllowsBlocking(runner)
  if (native.runnerIsDebug(runner)) debugLoop()
  rehearseStores(scopes)
}

function run(
  scope: TaskScope,
  source: number,
  args: unknown[],
  note: TaskNote | undefined,
  stores: Carried | undefined,
): void {
  try {
    const fn = errandFunction(source, namespace, importing)
    const result: unknown = typeof fn === 'function' ? callIn(stores, fn, args) : enter(fn, args, stores)
    const then = thenOf(result)
    if (then === undefined) return ended(scope, result, false, note)
    const promise = then === promiseThen || isPlainPromise(result) ? result : adopted(result, then)
    Reflect.apply(promiseThen, promise, [
      (value: unknown) => ended(scope, value, false, note),
      (error: unknown) => ended(scope, error, true, note),
    ])
  } catch (error) {
    ended(scope, error, true, note)
  }
}

/** Code of a module runs apart from the task it is imported for: what it creates is known by where it comes from. */
function importing(url: string, begin: () => Promise<Function>): Promise<Function> {
  const scope = currentScope() ?? new TaskScope(0, name) // A plain call has none.
  return scopes.run(scope.importing(url), begin)
}

const { prototype: promisePrototype } = Promise
const { then: promiseThen } = promisePrototype
const { isPromise } = types

/** Whether it is a promise as the language makes them, whatever has been made of their class. */
function isPlainPromise(result: unknown): boolean {
  return isPromise(result) && Object.getPrototypeOf(result) === promisePrototype && !Object.hasOwn(result, 'then')
}

/** The method that makes a value one to be awaited, read once: it may be a getter. */
function thenOf(result: unknown): Function | undefined {
  const then: unknown = (result as { then?: unknown } | null | undefined)?.then
  return typeof then === 'function' ? then : undefined
}

/** The promise of what a foreign `then` does: settled once, whatever it calls how often. */
function adopted(result: unknown, then: Function): Promise<unknown> {
  return new Promise((resolve, reject) => {
    Reflect.apply(then, result, [resolve, reject])
  })
}

function callIn(stores: Carried | undefined, fn: Function, args: unknown[]): unknown {
  if (stores === undefined) return Reflect.apply(fn, undefined, args) as unknown
  return within(stores, () => Reflect.apply(fn, undefined, args) as unknown)
}

/** The loop does not rest while a task waits for its module. */
async function enter(imported: Promise<Function>, args: unknown[], stores: Carried | undefined): Promise<unknown> {
  control[Word.Entering]!++
  try {
    return callIn(stores, await imported, args)
  } finally {
    control[Word.Entering]!--
    native.loopStir()
  }
}

function ended(scope: TaskScope, value: unknown, isError: boolean, note: TaskNote | undefined): void {
  running.delete(scope.id)
  scope.end()
  if (isError) fail(scope.id, value, note)
  else settle(scope.id, value)
  if (running.size === 0) onAllEnded?.()
}

function settle(id: number, result: unknown): void {
  const start = scratch.at
  try {
    native.loopTaskSettle(id, pack(result, 'result'), false)
  } catch (error) {
    unpack(start)
    return fail(id, error, undefined)
  }
  unpack(start)
}

function fail(id: number, error: unknown, note: TaskNote | undefined): void {
  const cancellation = cancellationIn(error)
  if (cancellation !== undefined && !isForeign(cancellation, id)) {
    const lifetime = native.loopTaskExpiredAfter(id)
    if (lifetime < 0) return native.loopTaskCancelled(id)
    error = expired(native.loopTaskName(id), lifetime, native.loopTaskUnanswered(id))
  }
  if (note?.createdAt !== undefined && isError(error)) addCreation(error, note.createdAt)
  if (isError(error)) explain(error)
  tell(error, packed => native.loopTaskSettle(id, packed, true))
}

function addCreation(error: Error, createdAt: string): void {
  setStack(error, `${stackOf(error) ?? headOf(error)}\n    [the task was created]\n${createdAt}`)
}

/** Sends an error; where there is no memory for all that is in it, the error that says so. */
function tell(error: unknown, call: (packed: unknown) => void): void {
  try {
    sending(error, 'error', call, leniently)
  } catch (failure) {
    sending(failure, 'error', call, leniently)
  }
}

/** Unless the task has taken it up while it blocked. */
function cancel(id: number): void {
  const scope = running.get(id)
  if (scope !== undefined && native.loopTaskTakeCut(id, true)) cut(scope)
}

function callPlain(id: number, source: number, args: unknown[], stores: Carried | undefined): void {
  const fn = errandFunction(source, namespace, importing)
  const call = (plain: Function) => {
    try {
      settle(id, callIn(stores, plain, args))
    } catch (error) {
      fail(id, error, undefined)
    }
  }
  if (typeof fn === 'function') return call(fn)
  void follow(fn, call, error => fail(id, error, undefined))
}

// --- errors that no task has caught

function report(error: unknown): void {
  const scope = currentScope()
  const cancellation = cancellationIn(error)
  const isFailure = cancellation === undefined || (scope?.cancelled === false && isForeign(cancellation, scope.id))
  if (!isFailure) return
  const task = scope?.name ?? name
  tell(error, packed => native.loopReport(packed, task, scope !== undefined))
}

/** Hears of errors and of the end before any listener does, and not as one of them: a task may remove those. */
function listenForGood(): void {
  const { emit } = process as { emit: (name: string | symbol, ...args: unknown[]) => boolean }
  const value = function (this: unknown, event: string | symbol, ...args: unknown[]): boolean {
    const isFault = event === 'uncaughtException' || event === 'unhandledRejection'
    if (isFault) report(args[0])
    else if (event === 'exit') native.loopExit(args[0] as number)
    else if (event === 'beforeExit') outOfWork()
    for (let i = args.length; i > 0; i--) args[i] = args[i - 1]
    args[0] = event
    return Reflect.apply(emit, this, args) || isFault
  }
  Object.defineProperty(process, 'emit', { value, configurable: true, writable: true })
}

/** By the time Node reports what a microtask has thrown, it has lost the task. */
function reportMicrotasks(): void {
  const queue = globalThis.queueMicrotask
  globalThis.queueMicrotask = callback => {
    if (typeof callback !== 'function') return queue(callback)
    queue(() => {
      try {
        callback()
      } catch (error) {
        report(error)
      }
    })
  }
}

// --- the end

/** Whether the close of the runner has cut what its tasks waited for. */
let hasCut = false

/** Nothing keeps the loop alive: as its runner does until it closes, that runner was let go of. */
function outOfWork(): void {
  if (!hasCut) return endIfLetGo(runner, name)
  native.loopClosed() // What is left can never settle.
  leave()
}

async function close(): Promise<void> {
  await turn()
  native.loopCancelled()
  new Set(running.values()).forEach(cutOnce)
  cancelFloating(cut)
  native.loopCut()
  hasCut = true
  while (running.size > 0) {
    await new Promise<void>(resolve => {
      onAllEnded = resolve
    })
  }
  await floatingCleanup()
  native.loopClosed()
  leave()
}

/** A listener of the task's own may throw; the other tasks are cancelled all the same. */
function cut(scope: TaskScope): void {
  try {
    scope.cancel()
  } catch (error) {
    report(error)
  }
}

/** Ends the thread, whatever tasks have made of `process`. */
function leave(): never {
  try {
    exit(0)
  } catch (error) {
    report(error)
  }
  return reallyExit(0)
}

/** What was cut before has its cleanup, and is cut once more later: see `close` in `src/binding/threads/closing.rs`. */
function cutOnce(scope: TaskScope): void {
  if (!scope.cancelled && native.loopTaskTakeCut(scope.id, false)) cut(scope)
}

/** In so many parts the time for floating work passes: a process that has stood still has lost one of them. */
const PARTS = 4

/** Waits for the `finally` blocks of floating work, up to half of the time a close has. */
async function floatingCleanup(): Promise<void> {
  await turn()
  if (!isFloating()) return
  const part = Math.min(runnerState(runner).exitTimeout / 2 / PARTS, 0x7fff_ffff)
  await new Promise<void>(resolve => {
    let left = PARTS
    const pass = () => void (left-- > 0 ? setTimeout(pass, part) : resolve())
    pass()
    follow(allCleanedUp(), () => resolve(), report)
  })
}

/** One turn after its wait has ended, floating work is in its next wait or has ended. */
async function allCleanedUp(): Promise<void> {
  while (isFloating()) {
    await floatingEnded()
    await turn()
  }
}

function turn(): Promise<void> {
  return new Promise(resolve => void later(resolve))
}

// --- the start

/** Has V8 compile and Node load now what the first task would have to wait for. */
function rehearse(): void {
  namespace()
  const values = [{ a: [1, 'a'] }, new Error('rehearsal')]
  const fn = compile(JSON.stringify({ code: 'async values => values', bindings: {} }), namespace)
  const scope = new TaskScope(0, 'rehearsal')
  scopes.run(scope, () => void fn(values))
  scope.end()
  sending(values, 'result', () => {})
}

/** Makes this thread the loop of the runner it was started for; its tasks have what `exported` returns in scope. */
export function startLoop({ runner: id, name: given, isAhead, ears, outlet }: BootData, exported: Namespace): void {
  runner = id
  name = given
  namespace = exported
  redirectOutput(outlet)
  reportMicrotasks()
  patchNode()
  takeEars(ears)
  listenForGood()
  onLoopMessage({ start, cancel, close: () => void close() })
  if (isAhead) rehearse()
  if (!native.loopAttach(runner, resourceLimits.maxOldGenerationSizeMb ?? 0)) leave()
  tellPrinted(outlet)
  becomeLoop({
    runner,
    own: Handle.reviveAhead(HandleKind.Runner, runner),
    name,
    get allowsBlocking() {
      return allowsBlocking ?? false
    },
    scopes,
  })
}
