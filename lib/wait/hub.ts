// The two doors of every wait, and the one place where outcomes arrive.
//
// An awaiting door parks under a ticket; when its outcome comes, the core calls `settle` with that ticket. A blocking
// door stays in the core until there is an outcome, or until this thread is asked for a service; then it serves and
// goes on where it was. Promises that a wait which ends without success has had no effect and leaves no listener.

import { isMainThread } from 'node:worker_threads'
import { listen, unlisten } from './abort.js'
import { CancelledError, InterruptedError, RunnerDiedError, WouldDeadlockError } from '../errors.js'
import { Handle, HandleKind } from '../native/handle.js'
import './interrupt.js'
import { assertMayBlock, isDebugging, threadName } from './loop.js'
import { control, native, runnerState } from '../native/native.js'
import { Door, End, Message, Status, Word } from '../native/protocol.js'
import { receive, receiveBatch } from '../wire/payload.js'
import { checkAwaitOptions, checkWaitOptions, type AwaitOptions, type WaitOptions } from '../timeout.js'
import { stackAbove, withWaiter } from '../wire/errors.js'
import { currentScope, type Cuttable, takeCut, type TaskScope } from './scope.js'

/** How a wait for something fails. */
export interface Failures {
  /** The error of a wait that took too long, in milliseconds; undefined where that is how it succeeds. */
  timedOut(verb: string, timeout: number): Error | undefined
  /** The error of a wait that will never be served; undefined where that is how it succeeds. */
  ended(verb: string, end: End): Error | undefined
  /** The error of a wait for something cancelled. */
  cancelled(verb: string): Error
}

/** What is waited for. */
export interface Subject {
  /** How that fails, once it has. */
  failures(): Failures
  /** Reads in its own way what has come. */
  receive?(value: unknown): unknown
  /** The error of a wait for what will not come, because what is waited for is closing; else undefined. */
  unserved?(verb: string): Error | undefined
  /** What a wait resolves with that has come to an end which is no error. */
  end?(): unknown
}

// --- how a wait ends

/** The result of a wait that is over, or its error. `above` is the function the user called. */
function outcome(
  value: unknown,
  subject: Subject,
  verb: string,
  timeout: number,
  above: Function,
  waiter: { readonly stack?: string } | undefined,
): unknown {
  const status = control[Word.Status]!
  if (status <= Status.EncodedApart) {
    if (control[Word.IsError] === 0) return subject.receive === undefined ? receive(value) : subject.receive(value)
    throw withWaiter(receive(value), `[${threadName()} waits in ${verb}]`, waiter ?? stackAbove(above))
  }
  if (status === Status.Done) return isPutMany(subject, verb) ? control[Word.Count] : undefined
  if (status === Status.Batch) return receiveBatch(control[Word.Count]!)
  const inserted = control[Word.Count]!
  const error = failureOf(status, value, subject, verb, timeout < 0 ? defaultTimeout(subject) : timeout)
  if (error === undefined) return subject.end?.()
  Error.captureStackTrace(error, above)
  throw isPutMany(subject, verb) ? Object.assign(error, { inserted }) : error
}

/** Whether it is told how many items went in. Of a client, verbs are the user's own. */
function isPutMany(subject: Subject, verb: string): boolean {
  return verb.startsWith('putMany') && Handle.is(subject)
}

function failureOf(status: number, value: unknown, subject: Subject, verb: string, timeout: number): Error | undefined {
  switch (status) {
    case Status.TimedOut:
      return subject.failures().timedOut(verb, timeout)
    case Status.Ended:
      return subject.failures().ended(verb, control[Word.Extra]!)
    case Status.Cancelled:
      return subject.failures().cancelled(verb)
    case Status.Deadlock:
      return new WouldDeadlockError(`${verb} would never return: ${String(value)}.`)
    case Status.Interrupted:
      if (isMainThread) staySomeTurns()
      return new InterruptedError(`${verb} was ended by Ctrl-C or by the end of the process.`)
    default:
      return new InterruptedError(`${verb} was ended: its thread is about to end.`)
  }
}

/** The runner of a handle, as an object of this thread. */
export function runnerOf(handle: Handle): (Handle & { readonly name: string }) | undefined {
  const id = native.handleRunner(Handle.idOf(handle))
  return id === 0 ? undefined : (Handle.revive(HandleKind.Runner, id) as Handle & { readonly name: string })
}

/**
 * Node looks for signals once a turn, and a program that has nothing else to do would end before its listener ran. Two
 * turns, for this one may have looked already.
 */
function staySomeTurns(): void {
  setImmediate(() => setImmediate(() => {}))
}

/** The timeout, in milliseconds, of a blocking door that was given none. */
function defaultTimeout(subject: Subject): number {
  const runner = Handle.is(subject) ? runnerOf(subject) : undefined
  return runner === undefined ? Infinity : runnerState(Handle.idOf(runner)).callInLoopTimeout
}

/** A sentence that names the task that holds the loop a thing belongs to, if it is known to be held. */
export function heldBy(handle: Handle): string {
  const runner = runnerOf(handle)
  if (runner !== undefined && !runnerState(Handle.idOf(runner)).isUp) return ' Its loop has not started yet.'
  const names = runner === undefined ? [] : native.runnerHolders(Handle.idOf(runner))
  if (names.length === 0) return ''
  const [first, ...others] = names.slice(0, 4).map(name => `'${name}'`)
  return others.length === 0
    ? ` Its loop is held by task ${first}.`
    : ` Its loop is held by one of the tasks ${[first, ...others].join(', ')}${names.length > 4 ? ', …' : ''}.`
}

/** The error of a wait whose runner's thread has ended by itself. */
export function runnerDied(handle: Handle, verb: string): RunnerDiedError {
  const runner = runnerOf(handle)
  if (runner === undefined) return new RunnerDiedError(`${verb} has ended: its runner's thread has ended by itself.`)
  const id = Handle.idOf(runner)
  const { exitCode } = runnerState(id)
  const cause = receiveIfAny(native.runnerCause(id))
  const how = exitCode === undefined ? '' : ` with exit code ${exitCode}`
  return new RunnerDiedError(`${verb} has ended: the thread of runner '${runner.name}' has ended by itself${how}.`, {
    exitCode,
    ...(cause === undefined ? {} : { cause }),
  })
}

function receiveIfAny(value: unknown): unknown {
  return control[Word.Status] === Status.Refused ? undefined : receive(value)
}

// --- the blocking door

let serve: () => void = () => {}

/** Says what this thread does when it is asked for a service. */
export function onService(server: () => void): void {
  serve = server
}

/** Does what this thread was asked for, where a blocking call did not have to sleep. */
export function lookAfterServices(): void {
  serve()
  const scope = currentScope()
  if (scope === undefined || scope.cancelled || !native.loopTaskIsCut(scope.id)) return
  scope.cancel()
  const cut = scope.takeCut()
  if (cut !== undefined) throw cut
}

/** Checks everything about a blocking call before it has an effect; returns the timeout in milliseconds, or -1. */
export function beforeBlocking(verb: string, options: WaitOptions | undefined): number {
  const timeout = options === undefined ? -1 : (checkWaitOptions(options) ?? -1)
  assertMayBlock(verb)
  const cut = takeCut()
  if (cut !== undefined) throw cut
  return timeout
}

/** The result of a blocking call, serving what this thread is asked for in the meantime. */
export function afterBlocking(
  value: unknown,
  subject: Subject,
  verb: string,
  timeout: number,
  above: Function,
): unknown {
  while (control[Word.Status] === Status.Service) {
    const ticket = control[Word.Extra]!
    serve()
    cutBlocked(ticket, subject, verb)
    value = native.waitResume(ticket)
  }
  return outcome(value, subject, verb, timeout, above, undefined)
}

/** A task that blocks its loop hears of its cancellation, and of the loop's close, here. */
function cutBlocked(ticket: number, subject: Subject, verb: string): void {
  const scope = currentScope()
  if (scope === undefined || !native.loopTaskIsCut(scope.id)) return
  if (scope.cancelled) return endUnserved(ticket, subject, verb)
  let cut: unknown
  const wait: Cuttable = {
    cut(reason) {
      if (!native.waitAbandon(ticket)) return false
      cut = withInserted(reason, subject, verb)
      return true
    },
  }
  scope.enter(wait)
  scope.cancel()
  scope.leave(wait)
  if (cut !== undefined) throw cut
}

/** A loop that is to close cannot, while a task of it that was cancelled before blocks for what will not come. */
function endUnserved(ticket: number, subject: Subject, verb: string): void {
  const error = subject.unserved?.(verb)
  if (error !== undefined && native.waitAbandon(ticket)) throw error
}

/** A reason of the user's own is passed on as it is. */
function withInserted(reason: unknown, subject: Subject, verb: string): unknown {
  const isOurs = isPutMany(subject, verb) && reason instanceof CancelledError
  return isOurs ? Object.assign(reason, { inserted: control[Word.Count] }) : reason
}

// --- the awaiting door

/** One awaiting door that is parked. */
class Wait implements Cuttable {
  readonly promise: Promise<unknown>
  readonly #ticket: number
  readonly #subject: Subject
  readonly #verb: string
  readonly #timeout: number
  #resolve!: (value: unknown) => void
  #reject!: (reason: unknown) => void
  #signal: AbortSignal | undefined
  #scope: TaskScope | undefined
  /** Where the wait was begun, on a debug runner. When it ends, nothing is left of that on the stack. */
  readonly #waiter = isDebugging() ? stackAbove(parked) : undefined

  constructor(ticket: number, subject: Subject, verb: string, timeout: number) {
    this.#ticket = ticket
    this.#subject = subject
    this.#verb = verb
    this.#timeout = timeout
    this.promise = new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
    })
  }

  endBy(signal: AbortSignal | undefined, scope: TaskScope | undefined): void {
    if (scope !== undefined) (this.#scope = scope).enter(this)
    if (signal === undefined) return
    listen((this.#signal = signal), this)
  }

  cut(reason: unknown): boolean {
    if (waits[this.#ticket] !== this || !native.waitAbandon(this.#ticket)) return false
    waits[this.#ticket] = undefined
    this.#leave()
    this.#reject(withInserted(reason, this.#subject, this.#verb))
    return true
  }

  settle(value: unknown): void {
    this.#leave()
    // The task whose wait this is runs next; should it never come back, it can be named.
    if (this.#scope !== undefined) control[Word.Current] = this.#scope.id
    try {
      this.#resolve(outcome(value, this.#subject, this.#verb, this.#timeout, settle, this.#waiter))
    } catch (error) {
      this.#reject(error)
    }
  }

  #leave(): void {
    this.#scope?.leave(this)
    if (this.#signal !== undefined) unlisten(this.#signal, this)
  }
}

const waits: (Wait | undefined)[] = []
/** Node's own, whatever the global one becomes. */
const later = setImmediate

/** The awaiting door: `begin` makes the native call, with the timeout in milliseconds or -1. */
export function awaiting(
  begin: (timeout: number) => unknown,
  subject: Subject,
  verb: string,
  options: AwaitOptions | undefined,
): Promise<unknown> {
  try {
    const { timeout = -1, signal } = checkAwaitOptions(options)
    // First: a task that hands on its own signal is cut once, not by the signal and then again.
    const cut = takeCut()
    if (cut !== undefined) return Promise.reject(cut)
    if (signal?.aborted) return Promise.reject(signal.reason)
    return parked(begin(timeout), subject, verb, timeout, signal)
  } catch (error) {
    return Promise.reject(error)
  }
}

/** The promise of a native call through the awaiting door: kept at once, or when its ticket is settled. */
export function parked(
  value: unknown,
  subject: Subject,
  verb: string,
  timeout: number,
  signal?: AbortSignal,
): Promise<unknown> {
  const status = control[Word.Status]
  if (status === Status.ParkedForTurn) later(native.loopTurn)
  else if (status !== Status.Parked) {
    try {
      return Promise.resolve(outcome(value, subject, verb, timeout, parked, undefined))
    } catch (error) {
      return Promise.reject(error)
    }
  }
  const ticket = control[Word.Extra]!
  const wait = new Wait(ticket, subject, verb, timeout)
  waits[ticket] = wait
  const scope = currentScope()
  if (signal !== undefined || scope !== undefined) wait.endBy(signal, scope)
  return wait.promise
}

/** Whether the last call through the awaiting door has its value already. */
export function hasValue(): boolean {
  return control[Word.Status]! <= Status.EncodedApart
}

/** Door numbers, for those who make the native calls. */
export const AWAIT = Door.Await
export const BLOCK = Door.Block
export const TRY = Door.Try

// --- what the core tells

/** What a runner's loop does when it is told. */
export interface LoopDuties {
  start(id: number, source: number, args: unknown): void
  cancel(id: number): void
  close(): void
}

let duties: LoopDuties | undefined

/** Says what this thread, being a runner's loop, does when it is told. */
export function onLoopMessage(loopDuties: LoopDuties): void {
  duties = loopDuties
}

function settle(ticket: number, value: unknown): void {
  const wait = waits[ticket]
  waits[ticket] = undefined
  wait?.settle(value)
}

function message(kind: Message, id: number, source: number, value: unknown): void {
  switch (kind) {
    case Message.Start:
      return duties?.start(id, source, receive(value))
    case Message.Cancel:
      return duties?.cancel(id)
    case Message.Close:
      return duties?.close()
    case Message.Serve:
      return serve()
  }
}

native.listen(settle, message)
