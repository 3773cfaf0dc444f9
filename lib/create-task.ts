// How a function becomes a task: it is checked, given its number, and handed to the runner's loop.
//
// Promises that everything that can be refused is refused before there is a task, and before anything is transferred;
// that a task with an aborted signal never starts; and that however many tasks share a signal, it has one listener.

import type { PlainOptions } from './brands.js'
import { indexIn, part } from './methods.js'
import { checkOptions, checkSignal, checkType, invalidArgType, isArray, maker } from './arguments.js'
import {
  comesOfImport,
  errandOf,
  functionName,
  moduleOf,
  NEXT_ITERATION,
  numberOf,
  type Errand,
} from './functions/errand.js'
import { Handle } from './native/handle.js'
import { pack, sending, unpack } from './wire/payload.js'
import { scratch } from './wire/scratch.js'
import { native } from './native/native.js'
import { writeNote, type TaskNote } from './native/task-start.js'
import { InvalidStateError } from './errors.js'
import { listen, reasonOf, unlisten, type Abortable } from './wait/abort.js'
import { carriedBy, contexts, type Carried } from './wait/contexts.js'
import { currentScope, type TaskScope } from './wait/scope.js'
import { isTraced, traced } from './wait/traced.js'
import { notRunning, type RunnerHandle } from './wait/runner-handle.js'
import { BackgroundTask, createdAt, keepReason } from './task.js'
import { checkTimeout } from './timeout.js'
import { checkTransfer, detach } from './wire/transfer.js'
import { atCaller, framesOf, stackAbove } from './stack.js'

/** What `createTask` takes beside the function and its arguments. */
export interface TaskOptions extends PlainOptions {
  /** In errors and statistics; left out, the function's name. */
  name?: string | undefined
  /** Cancels the task when aborted. With a signal that is aborted already, the task never starts. */
  signal?: AbortSignal | undefined
  /** The task is cancelled after so many milliseconds, and ends with EventLoopTimeoutError. */
  timeout?: number | undefined
  /** ArrayBuffers among the arguments that are detached on this side; their bytes are copied. */
  transfer?: readonly ArrayBuffer[] | undefined
}

const debugRunners = new WeakMap<RunnerHandle, boolean>()

/** Whether a runner was made with `debug: true`, on whatever thread: its tasks remember where they were created. */
export function isDebug(runner: RunnerHandle): boolean {
  let is = debugRunners.get(runner)
  if (is === undefined) debugRunners.set(runner, (is = native.runnerIsDebug(Handle.idOf(runner))))
  return is
}

const plain: TaskOptions = Object.freeze({ __proto__: null } as object)

/**
 * Creates a task; the note is what only the runner itself says about it. Private: only the caller knows the task, waits for
 * it, and gives it up where it does not wait any more.
 */
export function createTask(
  runner: RunnerHandle,
  fn: Function,
  args: readonly unknown[] | undefined,
  options?: TaskOptions,
  note?: TaskNote,
  isPrivate = false,
): BackgroundTask<unknown> {
  checkType(fn, 'fn', 'function', createTask)
  if (args !== undefined && !isArray(args)) throw invalidArgType('args', 'an array', args, createTask)
  const errand = errandOf(fn)
  const scope = currentScope()
  if (scope !== undefined) note = withOrigin(scope, fn, errand, note)
  if (options === undefined && !isDebug(runner)) {
    const name = functionName(fn, errand)
    return request(runner, { errand, name, args, note, timeout: -1, abortable: undefined, isPrivate })
  }
  const { name = functionName(fn, errand), signal, timeout, transfer } = checkTaskOptions(options ?? plain)
  const buffers = checkTransfer(transfer)
  const stack = isDebug(runner) ? framesOf(stackAbove(createTask)) : undefined
  if (stack !== undefined) note = { ...note, createdAt: stack }
  const abortable = signal === undefined ? undefined : new AbortableTask()
  const create = () => request(runner, { errand, name, args, note, timeout: timeout ?? -1, abortable, isPrivate })
  const task = abortable === undefined ? create() : createWithSignal(signal!, abortable, create)
  if (stack !== undefined) createdAt(task, stack)
  detach(buffers)
  return task
}

/**
 * A module that starts tasks of its own as it is imported would do so again on the loop that imports it for them, and so
 * on: what comes of its import creates no task of it. Nor does the file of an inline function that imports that file.
 */
function withOrigin(scope: TaskScope, fn: Function, errand: Errand, note: TaskNote | undefined): TaskNote | undefined {
  let { origin } = scope
  if (comesOfImport(scope.source, createTask)) origin = withOne(origin, inline(scope.source))
  if (origin === undefined) return note
  const url = moduleOf(fn)
  if (indexIn(origin, url ?? inline(numberOf(errand))) >= 0) throw wouldCascade(functionName(fn, errand), url)
  return { ...note, origin }
}

/** An inline function, among the modules of whose import a task comes. */
function inline(source: number): string {
  return `inline ${source}`
}

function withOne(list: readonly string[] | undefined, item: string): readonly string[] {
  const longer = list === undefined ? [] : part(list, 0, list.length)
  longer[longer.length] = item
  return longer
}

function wouldCascade(name: string, url: string | undefined): InvalidStateError {
  const [what, whose] =
    url === undefined ? [`'${name}'`, 'the file of its function'] : [`'${name}' of ${url}`, 'that very module']
  return atCaller(
    new InvalidStateError(
      `Task ${what} was created by code that runs when a loop imports ${whose} for a task: ` +
        'each such loop would start another. Move the code to another module, or run it only where AsyncRunner.current ' +
        'is undefined.',
    ),
  )
}

/** Creates the task that does nothing but wait for the loop's next turn. */
export function createErrand(runner: RunnerHandle): BackgroundTask<unknown> {
  const { name } = NEXT_ITERATION
  const asked = { errand: NEXT_ITERATION, name, args: undefined, note: undefined, timeout: -1, abortable: undefined }
  return handOver(runner, { ...asked, isPrivate: true }, 0)
}

/** What is asked of a runner, once it has been checked. Nothing is left out: it would be looked up in `Object.prototype`. */
interface TaskRequest {
  readonly errand: Errand
  readonly name: string
  readonly args: readonly unknown[] | undefined
  readonly note: TaskNote | undefined
  /** Of the task's life, in milliseconds; -1 without end. */
  readonly timeout: number
  /** What hears of its signal: of one that is aborted by then, if only by a getter of the arguments, the task never starts. */
  readonly abortable: AbortableTask | undefined
  readonly isPrivate: boolean
}

/** How a task begins, as bits; `src/binding/objects/task.rs` knows the same. */
const CANCELLED = 1
const PRIVATE = 2
const OBSERVED = 4

function request(runner: RunnerHandle, asked: TaskRequest): BackgroundTask<unknown> {
  return isTraced() ? requestTraced(runner, asked) : handOver(runner, asked, 0)
}

/** Apart, as a function that makes another costs each of its calls something. */
function requestTraced(runner: RunnerHandle, asked: TaskRequest): BackgroundTask<unknown> {
  return traced(asked.name, runner.name, () => handOver(runner, asked, OBSERVED))
}

/** Hands a request to the core, in the way that `native/task-start.ts` describes. */
function handOver(runner: RunnerHandle, asked: TaskRequest, observed: number): BackgroundTask<unknown> {
  const { errand, name, args, note, timeout, abortable, isPrivate } = asked
  const ownName = name === errand.name ? undefined : name
  const number = Handle.idOf(runner)
  const carried = contexts.isUsed ? carriedBy(number) : undefined
  const text = writeNote(carried === undefined ? note : { ...note, hasStores: true })
  const start = scratch.at
  const packed = carried === undefined ? packArgs(args) : packWithStores(args, carried)
  let id: number
  try {
    const how = abortable?.isCut === true ? CANCELLED : isPrivate ? PRIVATE : 0
    id = native.taskCreate(number, numberOf(errand), ownName, packed, text, timeout, how | observed)
  } finally {
    unpack(start)
  }
  if (id !== 0) return taskOf(id)
  throw atCaller(notRunning(runner))
}

function packArgs(args: readonly unknown[] | undefined): unknown {
  return pack(args !== undefined && args.length > 0 ? args : undefined, 'args')
}

/** What cannot cross is refused by its place among the arguments. */
function packWithStores(args: readonly unknown[] = [], carried: Carried): unknown {
  sending(args, 'args', () => {})
  return pack([args, carried], 'args')
}

/** The object of a task that was created; if there can be none, nobody would see the task. */
function taskOf(id: number): BackgroundTask<unknown> {
  try {
    return new BackgroundTask(maker, id)
  } catch (error) {
    native.taskCancel(id)
    throw error
  }
}

/** A task that is about to be created, as its signal sees it. */
export class AbortableTask implements Abortable {
  #task: BackgroundTask<unknown> | undefined
  #isCut = false
  #reason: unknown

  get isCut(): boolean {
    return this.#isCut
  }

  cut(reason: unknown): boolean {
    this.#isCut = true
    this.#reason = reason
    if (this.#task === undefined) return true
    keepReason(this.#task, reason)
    this.#task.cancel()
    return true
  }

  hasEnded(): boolean {
    return this.#task?.done() === true
  }

  created(task: BackgroundTask<unknown>): void {
    this.#task = task
    if (this.#isCut) keepReason(task, this.#reason)
  }
}

/** Creates a task that its signal cancels: a signal that cannot be listened to is refused before. */
export function createWithSignal<T extends BackgroundTask<unknown>>(
  signal: AbortSignal,
  abortable: AbortableTask,
  create: () => T,
): T {
  if (signal.aborted) {
    abortable.cut(reasonOf(signal))
    const task = create()
    abortable.created(task)
    return task
  }
  listen(signal, abortable)
  try {
    const task = create()
    abortable.created(task)
    return task
  } catch (error) {
    unlisten(signal, abortable)
    throw error
  }
}

const taskOptions = ['name', 'signal', 'timeout', 'transfer']

/** Each option is read once: a getter might give something else the second time. */
export function checkTaskOptions(options: TaskOptions): TaskOptions {
  const { name, signal, timeout, transfer } = checkOptions(options, taskOptions)
  if (name !== undefined) checkType(name, 'options.name', 'string', checkTaskOptions)
  checkTimeout(timeout, 'options.timeout')
  checkSignal(signal, 'options.signal')
  return { name, signal, timeout, transfer }
}
