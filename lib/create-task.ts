// How a function becomes a task: it is checked, given its number, and handed to the runner's loop.
//
// Promises that everything that can be refused is refused before there is a task, and before anything is transferred;
// that a task with an aborted signal never starts; and that however many tasks share a signal, it has one listener.

import { checkObject, checkSignal, checkType, invalidArgType } from './arguments.js'
import { errandOf, functionName, NEXT_ITERATION, type Errand, type Note } from './functions/errand.js'
import { Handle } from './native/handle.js'
import { pack, unpack } from './wire/payload.js'
import { native } from './native/native.js'
import { notRunning, type RunnerHandle } from './wait/runner-handle.js'
import { BackgroundTask, createdAt } from './task.js'
import { checkTimeout } from './timeout.js'
import { checkTransfer, detach } from './wire/transfer.js'
import { framesOf, stackAbove } from './wire/errors.js'

/** What `createTask` takes beside the function and its arguments. */
export interface TaskOptions {
  /** In errors and statistics; left out, the function's name. */
  name?: string
  /** Cancels the task when aborted; one that is aborted already makes a task that never starts. */
  signal?: AbortSignal
  /** The task is cancelled after so many milliseconds, and ends with EventLoopTimeoutError. */
  timeout?: number
  /** ArrayBuffers among the arguments that are detached on this side; their bytes are copied. */
  transfer?: readonly ArrayBuffer[]
}

const debugRunners = new WeakMap<RunnerHandle, boolean>()

/** Whether a runner was made with `debug: true`, on whatever thread: its tasks remember where they were created. */
function isDebug(runner: RunnerHandle): boolean {
  let is = debugRunners.get(runner)
  if (is === undefined) debugRunners.set(runner, (is = native.runnerIsDebug(Handle.idOf(runner))))
  return is
}

const plain: TaskOptions = Object.freeze({})

/** Creates a task; `more` is what only the runner itself says about it. */
export function createTask(
  runner: RunnerHandle,
  fn: Function,
  args: unknown,
  options?: TaskOptions,
  more?: Note,
): BackgroundTask<unknown> {
  checkType(fn, 'fn', 'function', createTask)
  if (args !== undefined && !Array.isArray(args)) throw invalidArgType('args', 'an array', args, createTask)
  const errand = errandOf(fn)
  if (options === undefined && more === undefined && !isDebug(runner)) {
    return send(runner, errand, functionName(fn), args, '', -1, false)
  }
  const { name = functionName(fn), signal, timeout, transfer } = checkTaskOptions(options ?? plain)
  const buffers = checkTransfer(transfer)
  const stack = isDebug(runner) ? framesOf(stackAbove(createTask)) : undefined
  const note: Note = { ...more, ...(stack && { createdAt: stack }) }
  const text = Object.keys(note).length === 0 ? '' : JSON.stringify(note)
  const task = send(runner, errand, name, args, text, timeout ?? -1, signal?.aborted === true)
  if (stack !== undefined) createdAt(task, stack)
  detach(buffers)
  if (signal !== undefined && !signal.aborted) cancelOn(signal, task)
  return task
}

/** Creates the errand that does nothing but wait for the loop's next turn. */
export function createErrand(runner: RunnerHandle): BackgroundTask<unknown> {
  return send(runner, NEXT_ITERATION, NEXT_ITERATION.name, undefined, '', -1, false)
}

function send(
  runner: RunnerHandle,
  errand: Errand,
  name: string,
  args: unknown,
  note: string,
  timeout: number,
  isCancelled: boolean,
): BackgroundTask<unknown> {
  const packed = Array.isArray(args) && args.length > 0 ? pack(args, 'args') : undefined
  try {
    const own = name === errand.name ? undefined : name
    const id = native.taskCreate(Handle.idOf(runner), errand.number, own, packed, note, timeout, isCancelled)
    if (id !== 0) return new BackgroundTask(id)
  } finally {
    unpack()
  }
  throw notRunning(runner, 'createTask')
}

const tasksBySignal = new WeakMap<AbortSignal, { tasks: Set<BackgroundTask<unknown>>; sweepAt: number }>()

/** Cancels the task on abort: one listener per signal, however many tasks, and none of them kept once they have ended. */
function cancelOn(signal: AbortSignal, task: BackgroundTask<unknown>): void {
  let group = tasksBySignal.get(signal)
  if (group === undefined) {
    const { tasks } = (group = { tasks: new Set(), sweepAt: 64 })
    tasksBySignal.set(signal, group)
    signal.addEventListener('abort', () => tasks.forEach(each => each.cancel()), { once: true })
  }
  group.tasks.add(task)
  if (group.tasks.size < group.sweepAt) return
  for (const each of group.tasks) if (each.done()) group.tasks.delete(each)
  group.sweepAt = Math.max(64, group.tasks.size * 2)
}

function checkTaskOptions(options: TaskOptions): TaskOptions {
  const { name } = checkObject(options)
  if (name !== undefined) checkType(name, 'options.name', 'string', checkTaskOptions)
  checkTimeout(options.timeout, 'options.timeout')
  checkSignal(options.signal, 'options.signal')
  return options
}
