// Which loop this thread runs, if it is a runner's, and whether it may block.
//
// Promises that blocking on a runner's loop is refused before any side effect. The loop's worker says what this thread
// is; this file knows no runners.

import type { AsyncLocalStorage } from 'node:async_hooks'
import { WouldDeadlockError } from '../errors.js'
import type { Handle } from '../native/handle.js'
import { endsWith, sliced, startsWith } from '../methods.js'
import { threadWide } from '../native/thread-wide.js'
import { atCaller } from '../stack.js'
import { followScopes, type TaskScope } from './scope.js'

/** What a runner's loop knows about itself. */
export interface Loop {
  readonly runner: number
  /** Its runner's object on this thread, kept as long as the loop lives. */
  readonly own: Handle
  readonly name: string
  readonly allowsBlocking: boolean
  readonly scopes: AsyncLocalStorage<TaskScope>
}

interface Here {
  loop: Loop | undefined
  isDebug: boolean
}

const here = threadWide('loop', (): Here => ({ loop: undefined, isDebug: false }))

/** Says, once, that this thread is a runner's loop. */
export function becomeLoop(loop: Loop): void {
  here.loop = loop
  followScopes(loop.scopes)
}

/** Says that its runner is a debug runner: waits remember where they were begun. */
export function debugLoop(): void {
  here.isDebug = true
}

export function isDebugging(): boolean {
  return here.isDebug
}

/** The loop this thread runs; undefined on any other thread. */
export function currentLoop(): Loop | undefined {
  return here.loop
}

/** How this thread is named where waits are described. */
export function threadName(): string {
  return here.loop === undefined ? 'the waiting thread' : `runner '${here.loop.name}'`
}

/** What a task writes in the place of a blocking call, as the beginning of a sentence. */
export type Advice = (verb: string) => string

/** @throws WouldDeadlockError where this thread must not block. */
export function assertMayBlock(verb: string, advice: Advice = insteadOf): void {
  const { loop } = here
  if (loop === undefined || loop.allowsBlocking) return
  const message =
    `${verb} would block the loop of runner '${loop.name}', and every task on it. ` +
    `${advice(verb)}, or make the runner with allowBlocking: true.`
  throw atCaller(new WouldDeadlockError(message))
}

/** Of the methods that are not of servers, clients or modules. */
function insteadOf(verb: string): string {
  if (verb === 'iterateWait') return 'Write `for await`'
  if (verb === 'run' || verb === 'callInLoop') return 'Write `await createTask(…).result()`'
  if (verb === 'close') return 'Write `await closeAsync()`'
  if (verb === 'waitForNextEventloopIteration') return outside()
  if (verb === 'mapWait') return 'Write `for await` with map(…)'
  if (endsWith(verb, 'Wait')) return `Write \`await ${sliced(verb, 0, -4)}(…)\``
  return 'Await the method that returns a promise'
}

function outside(): string {
  return 'Nothing awaits the same: call it outside of tasks'
}

/** Of a server and its scripts. */
export function insteadOfServing(verb: string): string {
  if (verb === 'createBackgroundTask') return 'Write `createTask(…)`, which does not block'
  return startsWith(verb, 'process') ? 'Write `for await (… of server.requests())`' : outside()
}

/** Of the methods of a client's `sync`, whatever they are called. */
export function insteadOfSync(): string {
  return 'Await it as a method of the client itself, without `sync`'
}

/** Of the functions of a module that is synchronized, whatever they are called. */
export function insteadOfModule(): string {
  return 'Import the module in the task'
}
