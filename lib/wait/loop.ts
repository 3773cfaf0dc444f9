// Which loop this thread runs, if it is a runner's, and which task's code is running.
//
// Promises that blocking on a runner's loop is refused before any side effect, and that a task's cancellation reaches
// the waits that task is in, or else its next one, once. Knows neither runners nor tasks: the loop's worker says what
// this thread is, and tells a task's scope when it is cancelled.

import type { AsyncLocalStorage } from 'node:async_hooks'
import { CancelledError, WouldDeadlockError } from '../errors.js'
import type { Handle } from '../native/handle.js'

/** What a cancellation can cut short. */
export interface Cuttable {
  /** Ends the wait with this reason; false when it had been served already, and its value stands. */
  cut(reason: unknown): boolean
}

/** How many scopes have a cancellation that has cut nothing yet. While there is none, a wait need not ask whose it is. */
let pendingCuts = 0

/** So many immediates a cancelled task has for its cleanup before its loop counts as resting without it. */
const MOST_IMMEDIATES = 1000

/** One task, seen from inside: what it waits for, and whether it was cancelled. */
export class TaskScope {
  readonly id: number
  readonly name: string
  /** What the task waits for: one thing as a rule, and a set for that alone would cost as much as the wait. */
  #wait: Cuttable | undefined
  #otherWaits: Set<Cuttable> | undefined
  #isCutPending = false
  #controller: AbortController | undefined
  #hasEnded = false
  #immediatesAfterCancel = 0
  cancelled = false

  constructor(id: number, name: string) {
    this.id = id
    this.name = name
  }

  /** Aborted by the cancellation; made when first asked for. */
  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController()
      if (this.cancelled) this.#controller.abort(this.#reason())
    }
    return this.#controller.signal
  }

  /** One edge: aborts the signal, cuts the waits the task is in, or else its next one. */
  cancel(): void {
    if (this.cancelled) return
    this.cancelled = true
    const hasCut = this.#allWaits().filter(wait => wait.cut(this.#reason())).length > 0
    if (!hasCut) {
      this.#isCutPending = true
      pendingCuts++
    }
    this.#controller?.abort(this.#reason())
  }

  /** The reason with which a wait made now must end at once; the edge is used up by it. */
  takeCut(): unknown {
    if (!this.#isCutPending) return undefined
    this.#forgetCut()
    return this.#reason()
  }

  /** The task has ended: there is no next wait to cut, unless it has left work floating, which is cut no more. */
  end(): void {
    this.#hasEnded = true
    if (this.#isCutPending) this.#forgetCut()
    if (this.#isWaiting()) floating.add(this)
    if (this.#controller !== undefined && !this.cancelled) signalled.add(this)
  }

  /** Counts an immediate of it; false where that does not keep the loop from resting: cancelled, it has had its time. */
  countImmediate(): boolean {
    return !this.cancelled || ++this.#immediatesAfterCancel <= MOST_IMMEDIATES
  }

  #forgetCut(): void {
    this.#isCutPending = false
    pendingCuts--
  }

  enter(wait: Cuttable): void {
    if (!this.#isWaiting()) this.#wait = wait
    else (this.#otherWaits ??= new Set()).add(wait)
    if (this.#hasEnded) floating.add(this)
  }

  leave(wait: Cuttable): void {
    if (this.#wait === wait) this.#wait = undefined
    else this.#otherWaits?.delete(wait)
    if (!this.#hasEnded || this.#isWaiting()) return
    floating.delete(this)
    if (floating.size === 0) onFloatingEnded?.()
  }

  #isWaiting(): boolean {
    return this.#wait !== undefined || (this.#otherWaits !== undefined && this.#otherWaits.size > 0)
  }

  #allWaits(): Cuttable[] {
    return [...(this.#wait === undefined ? [] : [this.#wait]), ...(this.#otherWaits ?? [])]
  }

  #reason(): CancelledError {
    return new CancelledError(`Task '${this.name}' was cancelled.`)
  }
}

/** Tasks that have ended and have left work in a wait. */
const floating = new Set<TaskScope>()

/** Tasks that have ended and whose signal somebody may still listen to. Kept only while somebody else keeps them. */
const signalled = (() => {
  const references = new Set<WeakRef<TaskScope>>()
  let sweepAt = 256
  return {
    add(scope: TaskScope): void {
      references.add(new WeakRef(scope))
      if (references.size < sweepAt) return
      for (const reference of references) if (reference.deref() === undefined) references.delete(reference)
      sweepAt = Math.max(256, references.size * 2)
    },
    cancel(): void {
      for (const reference of references) reference.deref()?.cancel()
      references.clear()
    },
  }
})()

/** At the close of the loop: work that ended tasks have left behind sees the abort as well. */
export function cancelFloating(): void {
  for (const scope of [...floating]) scope.cancel()
  signalled.cancel()
}

let onFloatingEnded: (() => void) | undefined

/** Whether such work is in a wait. */
export function isFloating(): boolean {
  return floating.size > 0
}

/** Resolves when no such work is in a wait; it may go on to another. */
export function floatingEnded(): Promise<void> {
  return new Promise(resolve => {
    onFloatingEnded = resolve
    if (floating.size === 0) resolve()
  })
}

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
let scopes: AsyncLocalStorage<TaskScope> | undefined

/** Says, once, that this thread is a runner's loop. */
export function becomeLoop(loop: Loop): void {
  thisLoop = loop
  scopes = loop.scopes
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

/** The scope of the task whose code is running; undefined outside of tasks. */
export function currentScope(): TaskScope | undefined {
  return scopes === undefined ? undefined : scopes.getStore()
}

/** The reason with which a wait made now must end at once. */
export function takeCut(): unknown {
  return pendingCuts === 0 ? undefined : currentScope()?.takeCut()
}

/** How this thread is named where waits are described. */
export function threadName(): string {
  return thisLoop === undefined ? 'the waiting thread' : `runner '${thisLoop.name}'`
}

/** Throws where this thread must not block. */
export function assertMayBlock(verb: string): void {
  if (thisLoop === undefined || thisLoop.allowsBlocking) return
  throw new WouldDeadlockError(
    `${verb} would block the loop of runner '${thisLoop.name}'. ` +
      'Use the awaiting door, or make the runner with allowBlocking: true.',
  )
}
