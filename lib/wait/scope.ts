// One task as its waits see it: whether it was cancelled, and what a cancellation cuts.
//
// Promises that each cancellation of a task reaches the waits the task is in, or else its next one, once; that a
// cancellation which has cut nothing yet is one with those that follow; and that work which a task has left behind at
// its end sees the close of the loop. The loop's worker makes the scopes and cancels them.

import { filtered, part, uncurried } from '../methods.js'
import type { AsyncLocalStorage } from 'node:async_hooks'
import { cancellationOf, EventLoopTimeoutError, type CancelledError } from '../errors.js'
import { threadWide } from '../native/thread-wide.js'
import { atCaller } from '../stack.js'
import { control, native, type UnansweredFacts } from '../native/native.js'
import { Status, Word } from '../native/protocol.js'
import { receiveOrError } from '../wire/payload.js'
import { SweptSet } from './swept-set.js'
import { sentencesOf } from './unanswered.js'

/** What a cancellation can cut short. */
export interface Cuttable {
  /** Whether it is for the answer to a call. */
  readonly isCall?: boolean
  /**
   * Ends the wait with this reason; false when it had been served already, and its value stands. `isOwn`: the reason was
   * made for this wait, so that it may be given its stack.
   */
  cut(reason: unknown, isOwn?: boolean): boolean
}

/** A wait of a task. */
export interface TaskWait extends Cuttable {
  /** The waits that the task has begun before and after it, while they go on. Written by `TaskScope` alone. */
  before: TaskWait | undefined
  after: TaskWait | undefined
}

const abort = uncurried(AbortController.prototype.abort)

/** The scopes of a thread, which all copies of this package on it share. */
interface Scopes {
  /** Where that of the running task is found, on a thread that has tasks. */
  storage: AsyncLocalStorage<TaskScope> | undefined
  /** How many have a cancellation that has cut nothing yet. While it is 0, a wait need not look for its scope. */
  pendingCuts: number
}

const scopes = threadWide('scopes', (): Scopes => ({ storage: undefined, pendingCuts: 0 }))

/** After so many immediates in its cleanup, those of a cancelled task keep the loop from resting no more. */
const MOST_IMMEDIATES = 1000

/** What a task waits for, and whether it was cancelled. */
export class TaskScope {
  readonly id: number
  readonly name: string
  /** What the task waits for, in the order in which it has begun to. A set would cost as much as the wait. */
  #first: TaskWait | undefined
  #last: TaskWait | undefined
  #isCutPending = false
  #controller: AbortController | undefined
  /** Whether the task is over; what it has left may go on. */
  hasEnded = false
  #immediatesAfterCancel = 0
  /** Whether the core still knows its name, though it is over: it has a call. */
  #isNameKept = false
  /** The modules of whose import on loops this code comes; undefined for nearly all. */
  #origin: readonly string[] | undefined
  #importing: TaskScope | undefined
  cancelled = false
  /** The number of what it runs; 0 where that is no function of the program's. */
  source = 0

  constructor(id: number, name: string) {
    this.id = id
    this.name = name
  }

  /** Aborted by the cancellation; made when first asked for. */
  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController()
      if (this.cancelled) abort(this.#controller, this.#reason())
    }
    return this.#controller.signal
  }

  /** Cuts the waits the task is in, or else its next one; the first time, it aborts the task's signal as well. */
  cancel(): void {
    if (this.#isCutPending) return
    this.cancelled = true
    this.#importing?.cancel()
    let hasCut = false
    try {
      hasCut = filtered(this.#allWaits(), wait => wait.cut(this.#reason(), true)).length > 0
    } finally {
      // Also where the stack is at its end, and no wait could be cut.
      if (!hasCut) {
        this.#isCutPending = true
        scopes.pendingCuts++
      }
    }
    if (this.#controller !== undefined) abort(this.#controller, this.#reason())
  }

  /** The reason with which a wait that begins now must end at once, where the cancellation has cut nothing yet. */
  takeCut(): unknown {
    if (!this.#isCutPending) return undefined
    this.#forgetCut()
    return atCaller(this.#reason())
  }

  /** The task has ended, so there is no next wait to cut. Work that it has left in a wait goes on until the close. */
  end(): void {
    this.hasEnded = true
    this.#importing?.end()
    if (this.#isCutPending) this.#forgetCut()
    if (this.#isWaiting()) {
      floating.add(this)
      if (filtered(this.#allWaits(), wait => wait.isCall === true).length > 0) this.#keepName()
    }
    if (this.#controller !== undefined && !this.cancelled) signalled.add(new WeakRef(this))
  }

  get origin(): readonly string[] | undefined {
    return this.#origin
  }

  /** Says of the import of which modules the task comes. */
  comesOf(origin: readonly string[]): void {
    this.#origin = origin
  }

  /** The scope in which the task's module is imported: what comes of the module's own code is known by it. */
  importing(url: string): TaskScope {
    const scope = new TaskScope(this.id, this.name)
    const origin = this.#origin === undefined ? [] : part(this.#origin, 0, this.#origin.length)
    origin[origin.length] = url
    scope.comesOf(origin)
    return (this.#importing = scope)
  }

  /** Counts an immediate of this task; returns false once a cancelled task has used up its immediates. */
  countImmediate(): boolean {
    return !this.cancelled || ++this.#immediatesAfterCancel <= MOST_IMMEDIATES
  }

  #forgetCut(): void {
    this.#isCutPending = false
    scopes.pendingCuts--
  }

  enter(wait: TaskWait): void {
    const last = this.#last
    this.#last = wait
    if (last === undefined) this.#first = wait
    else {
      wait.before = last
      last.after = wait
    }
    if (this.hasEnded) floating.add(this)
  }

  /** The number by which a call that it makes now is known as its call: of a task that is over, the name is kept. */
  asks(): number {
    this.#keepName()
    return this.id
  }

  /** The call has been made, or could not be made. */
  hasAsked(): void {
    if (!this.#isWaiting()) this.#forgetName()
  }

  #keepName(): void {
    if (this.#isNameKept || this.id === 0) return
    this.#isNameKept = true
    native.loopTaskLeft(this.id, this.name)
  }

  #forgetName(): void {
    if (!this.#isNameKept) return
    this.#isNameKept = false
    native.loopTaskLeft(this.id, undefined)
  }

  leave(wait: TaskWait): void {
    this.#unlink(wait)
    if (!this.hasEnded || this.#isWaiting()) return
    floating.delete(this)
    this.#forgetName()
    if (floating.size === 0) onFloatingEnded?.()
  }

  /** A wait that has not been entered, or has left, stays out. */
  #unlink(wait: TaskWait): void {
    const { before, after } = wait
    if (before === undefined && this.#first !== wait) return
    if (before === undefined) this.#first = after
    else before.after = after
    if (after === undefined) this.#last = before
    else after.before = before
    wait.before = undefined
    wait.after = undefined
  }

  #isWaiting(): boolean {
    return this.#first !== undefined
  }

  #allWaits(): TaskWait[] {
    const waits: TaskWait[] = []
    for (let wait = this.#first; wait !== undefined; wait = wait.after) waits[waits.length] = wait
    return waits
  }

  #reason(): CancelledError {
    return cancellationOf(this.id, `Task '${this.name}' was cancelled.`, reasonIn(native.loopTaskReason(this.id)))
  }
}

/** What a signal was aborted with that has cancelled a task, as the cause of an error. */
function reasonIn(value: unknown): ErrorOptions | undefined {
  return control[Word.Status] === Status.Refused ? undefined : { cause: receiveOrError(value) }
}

/** The error of a task that was cancelled because its time, in milliseconds, was over, and of what it waited for then. */
export function expired(name: string, lifetime: number, facts: UnansweredFacts | undefined): EventLoopTimeoutError {
  const message = `The task '${name}' timed out after ${lifetime} ms and was cancelled.${sentencesOf(facts)}`
  return atCaller(new EventLoopTimeoutError(message))
}

/** Tasks that have ended and have left work in a wait. */
const floating = new Set<TaskScope>()

/** Tasks that have ended and whose signal may still have listeners; held weakly. */
const signalled = new SweptSet<WeakRef<TaskScope>>(reference => reference.deref() === undefined, 256)

/** At the close of the loop: cancels what ended tasks have left behind. */
export function cancelFloating(cancel: (scope: TaskScope) => void): void {
  const left: (TaskScope | undefined)[] = []
  floating.forEach(scope => {
    left[left.length] = scope
  })
  signalled.forEach(reference => {
    left[left.length] = reference.deref()
  })
  for (let i = 0; i < left.length; i++) if (left[i]?.cancelled === false) cancel(left[i]!)
  signalled.clear()
}

let onFloatingEnded: (() => void) | undefined

/** Whether work that an ended task has left is in a wait. */
export function isFloating(): boolean {
  return floating.size > 0
}

/** Resolves when no such work is in a wait any more; it may begin another. */
export function floatingEnded(): Promise<void> {
  return new Promise(resolve => {
    onFloatingEnded = resolve
    if (floating.size === 0) resolve()
  })
}

/** Says where the scope of the running task is found, on a thread that has tasks. */
export function followScopes(storage: AsyncLocalStorage<TaskScope>): void {
  scopes.storage = storage
}

/** The scope of the task whose code is running; undefined outside of tasks. */
export function currentScope(): TaskScope | undefined {
  const { storage } = scopes
  return storage === undefined ? undefined : storage.getStore()
}

/** Throws where a wait that begins now must end at once: after user code has run that may have waited, too. */
export function throwCut(): void {
  const cut = takeCut()
  if (cut !== undefined) throw cut
}

/** The reason with which a wait that begins now must end at once; undefined where there is none. */
export function takeCut(): unknown {
  return scopes.pendingCuts === 0 ? undefined : currentScope()?.takeCut()
}
