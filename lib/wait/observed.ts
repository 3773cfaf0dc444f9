// What is told of a wait that has ended, on the channel `threaded-async:wait`.
//
// Promises to be asked only where somebody has subscribed, and to tell of a wait when its caller is about to get the
// outcome. Looks at what was waited for, and changes nothing.

import { isMainThread, threadId } from 'node:worker_threads'
import { waitChannel } from '../native/channels.js'
import { Handle, HandleKind } from '../native/handle.js'
import { native } from '../native/native.js'
import { currentLoop } from './loop.js'
import type { Awaitable } from './outcome.js'
import { currentScope } from './scope.js'

/**
 * A wait that has ended, as it is told on the channel `threaded-async:wait`.
 *
 * @example
 * import { subscribe } from 'node:diagnostics_channel'
 *
 * subscribe('threaded-async:wait', message => {
 *   const { verb, what, waited } = message as WaitMessage
 *   console.log(`${verb} ${what}: ${waited} ms`)
 * })
 */
export interface WaitMessage {
  /** The method that waited: `getWait`, `result`, the method of a client. */
  readonly verb: string
  /** What it waited for, in words: `queue 'jobs'`; '' where there is nothing to name. */
  readonly what: string
  /** That very thing, where it is one of this package's. */
  readonly target: object | undefined
  /** Whether it blocked its thread. A call that awaits is told of only where it could not be answered at once. */
  readonly isBlocking: boolean
  /** For how many milliseconds. */
  readonly waited: number
  /** The thread that waited: `main`, `worker 3`, or the name of the runner whose loop it was. */
  readonly thread: string
  /** The name of the task that waited, if one did. */
  readonly task: string | undefined
  /** What the wait has ended with, where that is an error. */
  readonly error: unknown
}

/** Tells of a wait that began at `since`. `task`: the name of the one that waited, where the caller knows it. */
export function tellWait(
  target: Awaitable,
  verb: string,
  isBlocking: boolean,
  since: number,
  error: unknown,
  task = currentScope()?.name,
): void {
  const waited = performance.now() - since
  const handle = handleOf(target)
  const what = handle === undefined ? (target.what?.() ?? '') : nameOf(handle)
  const message: WaitMessage = { verb, what, target: handle, isBlocking, waited, thread: threadName(), task, error }
  waitChannel.publish(message)
}

/** What is awaited as the type of an async resource: `threaded-async:Queue.get 'jobs'`. */
export function resourceType(target: Awaitable, verb: string): string {
  const handle = handleOf(target)
  if (handle !== undefined) return `threaded-async:${Handle.classOf(handle)}.${verb}${quoted(givenName(handle))}`
  const what = target.what?.()
  return `threaded-async:${verb}${what === undefined ? '' : ` (${what})`}`
}

function handleOf(target: Awaitable): Handle | undefined {
  return Handle.is(target) ? target : target.handle
}

const nouns = {
  [HandleKind.Queue]: 'queue',
  [HandleKind.Event]: 'event',
  [HandleKind.Future]: 'future',
  [HandleKind.Task]: 'task',
  [HandleKind.Runner]: 'runner',
  [HandleKind.Server]: 'server',
  [HandleKind.Client]: 'client',
  [HandleKind.LifoQueue]: 'queue',
  [HandleKind.PriorityQueue]: 'queue',
  [HandleKind.Script]: 'task',
}

/** What a thing is called: `queue 'jobs'`, or `queue` where it has no name. */
function nameOf(handle: Handle): string {
  return `${nouns[Handle.kindOf(handle)]}${quoted(givenName(handle))}`
}

function givenName(handle: Handle): string | undefined {
  const id = Handle.idOf(handle)
  const kind = Handle.kindOf(handle)
  return kind === HandleKind.Task || kind === HandleKind.Script ? native.taskName(id) : native.handleName(id)
}

function quoted(name: string | undefined): string {
  return name === undefined ? '' : ` '${name}'`
}

function threadName(): string {
  return currentLoop()?.name ?? (isMainThread ? 'main' : `worker ${threadId}`)
}
