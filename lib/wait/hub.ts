// Tickets and promises: the one place where the core tells this thread something.
//
// A wait that has to wait is parked under a ticket; when its outcome comes, the core calls `deliver` with that ticket.
// Promises that a wait which ends without success has had no effect and leaves no listener, also one that cannot be
// waited for because something fails in between: a signal's own method, a global that was replaced, the end of the stack.

import { isMainThread, threadId } from 'node:worker_threads'
import { addTo, follow, removeFrom, withOwnThen } from '../methods.js'
import type { Handle } from '../native/handle.js'
import { waitChannel } from '../native/channels.js'
import { native, control } from '../native/native.js'
import { Message, Status, Word } from '../native/protocol.js'
import { threadWide } from '../native/thread-wide.js'
import { stackAbove } from '../stack.js'
import { listen, unlisten } from './abort.js'
import { isInspected, isInspectorWanted } from '../native/inspector.js'
import { isDebugging } from './loop.js'
import { tellWait } from './observed.js'
import { showWaits } from './resources.js'
import {
  failed,
  failureOf,
  hasResult,
  resultOf,
  thrownToAwait,
  withInserted,
  type Awaitable,
  type ParkedWait,
  type Wait,
} from './outcome.js'
import { currentScope, type TaskScope, type TaskWait } from './scope.js'

/** One wait that is parked. */
class Pending implements Wait, TaskWait, ParkedWait {
  readonly promise: Promise<unknown>
  readonly target: Awaitable
  readonly verb: string
  readonly timeout: number
  readonly #ticket: number
  #resolve!: (value: unknown) => void
  #reject!: (reason: unknown) => void
  #signal: AbortSignal | undefined
  #scope: TaskScope | undefined
  before: TaskWait | undefined = undefined
  after: TaskWait | undefined = undefined
  /** What it has failed with. */
  #error: unknown
  /** On a debug runner only. */
  readonly waiter = isDebugging() ? stackAbove(parked) : undefined
  /** When it began; 0 where nobody is told of it. */
  readonly #since = waitChannel.hasSubscribers ? performance.now() : 0

  constructor(ticket: number, target: Awaitable, verb: string, timeout: number) {
    this.#ticket = ticket
    this.target = target
    this.verb = verb
    this.timeout = timeout
    this.promise = new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
    })
  }

  get isCall(): boolean {
    return this.target.isCall === true
  }

  get above(): Function {
    return deliver
  }

  /** Whether its promise can be settled. Where no stack was left for that, the promise was rejected as it was made. */
  get isBegun(): boolean {
    return this.#reject !== undefined
  }

  endBy(signal: AbortSignal | undefined, scope: TaskScope | undefined): void {
    if (scope !== undefined) (this.#scope = scope).enter(this)
    if (signal === undefined) return
    listen((this.#signal = signal), this)
    // It may have been aborted since it was looked at: by a getter of what is put, for instance.
    if (signal.aborted) this.cut(signal.reason)
  }

  cut(reason: unknown, isOwn = false): boolean {
    if (pending[this.#ticket] !== this || !native.waitAbandon(this.#ticket)) return false
    pending[this.#ticket] = undefined
    // The words of the call are read before the signal's own methods run, which may make other calls.
    const why = withInserted(reason, this.target, isOwn)
    this.leave()
    if (this.#since !== 0) this.#tell(why)
    if (isOwn || why !== reason) this.#rejectWithStack(why)
    else this.#reject(why)
    return true
  }

  giveUp(): void {
    if (pending[this.#ticket] !== this || !native.waitAbandon(this.#ticket)) return
    pending[this.#ticket] = undefined
    this.leave()
    if (this.#since !== 0) this.#tell(undefined)
    this.#resolve(this.target.end?.())
  }

  deliver(value: unknown): void {
    let result: unknown
    let settle = this.#resolve
    try {
      result = hasResult() ? resultOf(value, this.target) : this.#failed(value)
    } catch (error) {
      result = this.#error = error
      settle = this.#reject
    }
    this.leave()
    if (this.#since !== 0) this.#tell(this.#error)
    // The task that waited runs next. If it blocks its loop, errors can name it.
    if (this.#scope !== undefined) control[Word.Current] = this.#scope.id
    settle(result)
  }

  /** What it resolves with: the promise of its error, unless its end is no error. */
  #failed(value: unknown): unknown {
    const failure = failureOf(value, this)
    this.#error = failure?.error
    return failure === undefined ? this.target.end?.() : withOwnThen(thrownToAwait(failure, this))
  }

  #tell(error: unknown): void {
    tellWait(this.target, this.verb, false, this.#since, error, this.#scope?.name)
  }

  #rejectWithStack(error: unknown): void {
    try {
      this.#resolve(withOwnThen(thrownToAwait({ error, isRemote: false }, this)))
    } catch {
      this.#reject(error) // There may be no stack left for more.
    }
  }

  traceThrough(place: Promise<never>): void {
    void follow(place, this.#resolve, nothing)
  }

  leave(): void {
    if (this.target.parked !== undefined) removeFrom(this.target.parked, this)
    this.#scope?.leave(this)
    if (this.#signal !== undefined) unlisten(this.#signal, this)
  }
}

/** By their tickets, those of every copy of this package on this thread. */
const pending = threadWide('waits', (): (Pending | undefined)[] => [])
showWaits(pending)

/** Node's own, whatever the global one becomes. */
const later = setImmediate

/**
 * The promise of a native call through the awaiting door: kept at once, or when its ticket's outcome is delivered.
 * `scope`: that of the task that waits, where the caller has looked for it.
 *
 * @throws why there is no result, where the call has found that out at once.
 */
export function parked(
  value: unknown,
  target: Awaitable,
  verb: string,
  timeout: number,
  signal?: AbortSignal,
  scope?: TaskScope,
): Promise<unknown> {
  const status = control[Word.Status]
  if (status === Status.Parked || status === Status.ParkedForTurn) return claimed(target, verb, timeout, signal, scope)
  return Promise.resolve(
    hasResult() ? resultOf(value, target) : failed(value, { target, verb, timeout, above: parked }),
  )
}

/** The promise of the wait that the last native call has parked. */
function claimed(
  target: Awaitable,
  verb: string,
  timeout: number,
  signal: AbortSignal | undefined,
  known: TaskScope | undefined,
): Promise<unknown> {
  const ticket = control[Word.Extra]!
  const unclaimed = control[Word.Unclaimed]!
  control[Word.Unclaimed] = 0
  let wait: Pending | undefined
  try {
    if (unclaimed < 0) later(native.loopTurn)
    wait = new Pending(ticket, target, verb, timeout)
    if (!wait.isBegun) {
      control[Word.Unclaimed] = unclaimed
      native.waitSweep()
      return wait.promise
    }
    pending[ticket] = wait
    if (target.parked !== undefined) addTo(target.parked, wait)
    const scope = known ?? currentScope()
    if (signal !== undefined || scope !== undefined) wait.endBy(signal, scope)
    return wait.promise
  } catch (error) {
    if (pending[ticket] === wait) {
      pending[ticket] = undefined
      // Where there is no stack left for the call, the next one gives the wait up.
      control[Word.Unclaimed] = unclaimed
      native.waitSweep()
    }
    wait?.leave()
    throw error
  }
}

/** The promise of a wait that could not begin. If the core has parked it, it is given up. */
export function rejected(error: unknown): Promise<never> {
  if (control[Word.Unclaimed] !== 0) native.waitSweep()
  return Promise.reject(error)
}

// --- what the core tells

interface Duties {
  serve?: () => void
  loop?: LoopDuties
}

/** The core tells them to the first copy of this package on this thread. */
const duties = threadWide('duties', (): Duties => ({ __proto__: null }) as Duties)

/** Says what this thread does when it is asked for a service, unless it has been said. */
export function onService(server: () => void): void {
  duties.serve ??= server
}

/** A blocking call of this thread. */
export interface BlockedCall {
  readonly verb: string
  /** The function the user called, or the object whose method `verb` it is. */
  readonly above: Function | Handle
  /** What is waited for. */
  readonly target?: Awaitable
}

/** That of any copy, for another may have made the runner of which this thread is told something. */
const blocked = threadWide('blocked', (): { call?: BlockedCall | undefined } => ({ __proto__: null }) as object)

/** The blocking call in which this thread does what it is asked for now, if it is in one. */
export function blockedCall(): BlockedCall | undefined {
  return blocked.call
}

/** The wait of this thread's loop that has this ticket, while it goes on. */
export function awaitedWait(ticket: number): Wait | undefined {
  return pending[ticket]
}

/** Does what this thread is asked for; `call`: the blocking call in which it does. */
export function serveNow(call?: BlockedCall): void {
  const outer = blocked.call
  blocked.call = call
  try {
    duties.serve?.()
  } finally {
    blocked.call = outer
  }
}

/** What a runner's loop does when it is told. */
export interface LoopDuties {
  /** `args` have still to be received, before any other native call. */
  start(id: number, source: number, args: unknown): void
  cancel(id: number): void
  close(): void
}

/** Says what this thread, being a runner's loop, does when it is told. */
export function onLoopMessage(loopDuties: LoopDuties): void {
  duties.loop = loopDuties
}

function deliver(ticket: number, value: unknown): void {
  const wait = pending[ticket]
  pending[ticket] = undefined
  wait?.deliver(value)
}

/** Tickets of waits, and behind each of them the primitive that is its result: a part of a round. */
function deliverAll(...outcomes: unknown[]): void {
  for (let i = 0; i < outcomes.length; i += 2) {
    control[Word.Status] = Status.Value
    control[Word.IsError] = 0
    deliver(outcomes[i] as number, outcomes[i + 1])
  }
}

function message(kind: Message, id: number, source: number, value: unknown): void {
  switch (kind) {
    case Message.Start:
      return duties.loop?.start(id, source, value)
    case Message.Cancel:
      return duties.loop?.cancel(id)
    case Message.Close:
      return duties.loop?.close()
    case Message.Serve:
      return serveNow()
    case Message.Turn:
      return void later(native.loopTurn)
  }
}

/**
 * A thread that blocks calls it from time to time, for what V8 does wherever a function is entered: what a debugger has
 * asked this thread for, and through it, on the main thread, all others.
 */
function lookUp(): void {
  control[Word.Inspected] = ++looks > FIRST_LOOKS && isInspected() ? 1 : 0
}

/** Does nothing, whatever it is called with, and need not be compiled: the core calls it to learn whether the stack has room. */
const nothing = Function.prototype as () => void

/** A program that was not started for a debugger is spared the question until it has blocked for some seconds. */
const FIRST_LOOKS = 50

let looks = isInspectorWanted() ? FIRST_LOOKS : 0

threadWide('listening', () =>
  native.listen(
    deliver,
    deliverAll,
    message,
    lookUp,
    nothing,
    isMainThread ? 'the main thread' : `worker thread ${threadId}`,
  ),
)
