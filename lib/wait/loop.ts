// Which loop this thread runs, if it is a runner's, and whether it may block.
//
// Promises that blocking on a runner's loop is refused before any side effect. The loop's worker says what this thread
// is; this file knows no runners.

import type { AsyncLocalStorage } from 'node:async_hooks'
import { WouldDeadlockError } from '../errors.js'
import type { Handle } from '../native/handle.js'
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

let thisLoop: Loop | undefined
let isDebug = false

/** Says, once, that this thread is a runner's loop. */
export function becomeLoop(loop: Loop): void {
  thisLoop = loop
  followScopes(loop.scopes)
}

/** Says that its runner is a debug runner: waits remember where they were begun. */
export function debugLoop(): void {
  isDebug = true
}

export function isDebugging(): boolean {
  return isDebug
}

/** The loop this thread runs; undefined on any other thread. */
export function currentLoop(): Loop | undefined {
  return thisLoop
}

/** How this thread is named where waits are described. */
export function threadName(): string {
  return thisLoop === undefined ? 'the waiting thread' : `runner '${thisLoop.name}'`
}

/** @throws WouldDeadlockError where this thread must not block. */
export function assertMayBlock(verb: string): void {
  if (thisLoop === undefined || thisLoop.allowsBlocking) return
  throw new WouldDeadlockError(
    `${verb} would block the loop of runner '${thisLoop.name}'. ` +
      'Use the awaiting door, or make the runner with allowBlocking: true.',
  )
}
