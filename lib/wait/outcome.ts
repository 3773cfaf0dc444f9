// How a wait ends: with its result, or with an error that says why there is none.
//
// Promises that every wait for one kind of thing fails in the same words, whichever door it came by, and that the error
// has the stack of that door's caller.

import { joined, mapped, part } from '../methods.js'
import { isMainThread } from 'node:worker_threads'
import {
  EventLoopTimeoutError,
  InterruptedError,
  RunnerDiedError,
  TaskFailedError,
  WouldDeadlockError,
} from '../errors.js'
import { Handle, HandleKind } from '../native/handle.js'
import { control, native, runnerState } from '../native/native.js'
import { Condition, End, Status, Word } from '../native/protocol.js'
import { receiveBatch } from '../wire/batches/unpacking.js'
import { receive, receiveOrError } from '../wire/payload.js'
import { atCaller, headOf, setStack, stackAbove, withWaiter } from '../stack.js'
import { threadName } from './loop.js'
import { promisedBy } from './promised.js'
import { unansweredFor } from './unanswered.js'

/** How a wait for something fails. */
export interface Failures {
  /** What the thing is called: `queue 'jobs'`. */
  what?(): string
  /** The error of a wait that took too long, in milliseconds, -1 left out; undefined where that is how it succeeds. */
  timedOut(verb: string, timeout: number): Error | undefined
  /** The error of a wait that will never be served; undefined where that is how it succeeds. */
  ended(verb: string, end: End): Error | undefined
  /** The error of a wait for something cancelled. */
  cancelled(verb: string): Error
}

/** What is waited for. */
export interface Awaitable {
  /** How a wait for it fails; asked for once one has. */
  failures(): Failures
  /** Whether its waits count items: their result, and `inserted` of their errors, is how many went in. */
  readonly countsItems?: boolean
  /** What it is called in messages, where it is no handle. */
  what?(): string
  /** The handle for which it stands, where it is none itself. */
  readonly handle?: Handle
  /** Whether it is the answer to a call. */
  readonly isCall?: boolean
  /** Reads in its own way what has come. */
  receive?(value: unknown): unknown
  /** The error of a wait for what will not come, because what is waited for is closing; else undefined. */
  unserved?(verb: string): Error | undefined
  /** What a wait resolves with whose end is no error. */
  end?(): unknown
  /** Where its waits may be given up together: those that are parked. */
  readonly parked?: Set<ParkedWait>
  /** Says of an error that was waited for which of several things it came from; `count` is in the words of the call. */
  blame?(error: unknown, count: number): void
}

/** A wait that is parked. */
export interface ParkedWait {
  /** Ends it with what `end` says, unless it has been served: then its outcome is on its way. */
  giveUp(): void
}

/** One wait, as its error describes it. */
export interface Wait {
  readonly target: Awaitable
  readonly verb: string
  /** In milliseconds, -1 left out. */
  readonly timeout: number
  /** The function the user called, or the object whose method `verb` it is. */
  readonly above: Function | Handle
  /** Where the wait was begun, if that is not on the stack any more. */
  readonly waiter?: { readonly stack?: string }
}

/** Whether the last native call has ended its wait with a result. */
export function hasResult(): boolean {
  const status = control[Word.Status]!
  return status <= Status.EncodedApart ? control[Word.IsError] === 0 : status === Status.Done || status === Status.Batch
}

/** The result of a wait that has one. */
export function resultOf(value: unknown, target: Awaitable): unknown {
  const status = control[Word.Status]!
  if (status === Status.Done) return target.countsItems ? control[Word.Count] : undefined
  if (target.receive !== undefined) return target.receive(value)
  return status === Status.Batch ? receiveBatch(Handle.idOf(target as Awaitable & Handle)) : receive(value)
}

/**
 * Throws the error of a wait that has no result, unless its end is no error. Reads all words of the call before anything
 * that could make another.
 */
export function failed(value: unknown, wait: Wait): unknown {
  const failure = failureOf(value, wait)
  if (failure === undefined) return wait.target.end?.()
  if (failure.isRemote) throw withWaiter(failure.error, placeOf(wait), stackAbove(aboveOf(wait)))
  takeStack(failure.error as Error, wait)
  throw failure.error
}

/** How a wait has failed: with what somebody else has thrown, or with an error of ours that has no stack yet. */
export interface Failure {
  readonly error: unknown
  readonly isRemote: boolean
}

/** How a wait has failed that has no result; undefined where its end is no error. */
export function failureOf(value: unknown, wait: Wait): Failure | undefined {
  const inserted = control[Word.Count]!
  if (control[Word.Status]! <= Status.EncodedApart) {
    const error = receive(value)
    wait.target.blame?.(error, inserted)
    return { error, isRemote: true }
  }
  const error = errorOf(control[Word.Status]!, control[Word.Extra]!, value, wait)
  if (error !== undefined && wait.target.countsItems) Object.assign(error, { inserted })
  return error === undefined ? undefined : { error, isRemote: false }
}

/**
 * Rejects with the error of a wait that was parked, whose caller is not on the stack any more: it gets the stack of the
 * `await` that gets it. V8 tells that stack once the promise of this function stands for that of the wait, some ticks later.
 */
export async function thrownToAwait({ error, isRemote }: Failure, wait: Wait): Promise<never> {
  for (let tick = 0; tick < TICKS; tick++) await undefined
  if (!isRemote) throw atCaller(error as Error, thrownToAwait)
  throw withWaiter(error, placeOf(wait), wait.waiter ?? stackAbove(thrownToAwait))
}

const TICKS = 3

function placeOf({ verb }: Wait): string {
  return `[${threadName()} waits in ${verb}]`
}

/** A poll may fail often, so the method that the user called cuts its stack. Any other function may be one of our own. */
function takeStack(error: Error, { above, verb }: Wait): void {
  if (typeof above === 'function') atCaller(error)
  else Error.captureStackTrace(error, methodOf(above, verb))
}

function aboveOf({ above, verb }: Wait): Function {
  return typeof above === 'function' ? above : methodOf(above, verb)
}

function methodOf(handle: Handle, verb: string): Function {
  return (handle as unknown as Record<string, Function>)[verb]!
}

/**
 * The reason with which a wait is cut. One of the user's own is passed on as it is; but where items have gone in by then,
 * it is the `cause` of an error that says how many.
 */
export function withInserted(reason: unknown, target: Awaitable, isOwn = false): unknown {
  const inserted = control[Word.Count]!
  if (!target.countsItems) return reason
  if (isOwn) return Object.assign(reason as Error, { inserted })
  return inserted === 0 ? reason : abortedAfter(inserted, reason, target)
}

/** As Node's own AbortError. */
function abortedAfter(inserted: number, cause: unknown, target: Awaitable): Error {
  const items = inserted === 1 ? '1 item had gone in' : `${inserted} items had gone in`
  const error = new Error(`putMany on ${target.what?.()} was aborted after ${items}.`, { cause })
  Object.defineProperty(error, 'name', {
    __proto__: null,
    value: 'AbortError',
    configurable: true,
  } as PropertyDescriptor)
  return Object.assign(error, { code: 'ABORT_ERR', inserted })
}

/** `extra`: an `End`, or the number by which the error of a failed task is fetched. */
function errorOf(status: Status, extra: number, value: unknown, { target, verb, timeout }: Wait): Error | undefined {
  switch (status) {
    case Status.TimedOut:
      return target.failures().timedOut(verb, timeout)
    case Status.Ended:
      return target.failures().ended(verb, extra as End)
    case Status.Cancelled:
      return target.failures().cancelled(verb)
    case Status.TaskFailed:
      return taskFailed(target, verb, String(value), extra)
    case Status.Deadlock:
      return new WouldDeadlockError(`${verb} would never return: ${String(value)}.`)
    case Status.Interrupted:
      if (isMainThread) staySomeTurns()
      return new InterruptedError(`${verb} was ended by Ctrl-C or by the end of the process.`)
    default:
      return new InterruptedError(`${verb} was ended: its thread is about to end.`)
  }
}

function taskFailed(target: Awaitable, verb: string, task: string, number: number): TaskFailedError {
  const cause = receiveOrError(native.failureTake(number))
  const what = target.failures().what?.()
  const wait = what === undefined ? verb : `${verb} on ${what}`
  const message = `${wait} was ended: task '${task}' has failed, and its runner was made with failFast.`
  return new TaskFailedError(task, message, { cause })
}

/**
 * Node looks for signals once a turn, and a program that has nothing else to do would end before its listener ran. Two
 * turns, for this one may have looked already.
 */
function staySomeTurns(): void {
  setImmediate(() => setImmediate(() => {}))
}

// --- how waits for a thing of ours fail

/** The name a thing was given, as a field; none where it has none. */
export function named(handle: Handle): { name?: string } {
  const name = native.handleName(Handle.idOf(handle))
  return name === undefined ? {} : { name }
}

/** What a thing is called in messages: `queue 'jobs'`, or `a queue` where it has no name. */
export function called(handle: Handle, noun: Noun): string {
  const { name } = noun === 'server' ? runnerOf(handle)! : named(handle)
  if (name !== undefined) return `${noun} '${name}'`
  return noun === 'event' ? 'an event' : `a ${noun}`
}

export type Noun = 'queue' | 'event' | 'future' | 'server'

/** The words for a wait that a close, a shutdown or a death has ended: `why` says which. */
export function hasEnded(verb: string, what: string, why: string): string {
  return `${verb} on ${what} has ended: ${why}.`
}

/**
 * How waits for a handle fail. `closed` makes the error of a wait that a close has ended, `cancelled` that of a wait for
 * something cancelled; both are told the wait and what it is for, `get on queue 'jobs'`. `reason` tells what a wait that
 * took too long has waited for.
 */
export function failuresOf(
  handle: Handle,
  noun: Noun,
  closed: (verb: string, what: string) => Error,
  cancelled: (verb: string, what: string) => Error = closed,
  reason?: (verb: string) => Reason,
): Failures {
  const what = () => called(handle, noun)
  return {
    what,
    timedOut(verb, timeout) {
      const isForRest = noun === 'server' && verb !== 'processUntil'
      return timedOut(handle, `${verb} on ${what()}`, timeout, reason?.(verb), '', isForRest)
    },
    ended: (verb, end) => (end === End.Died ? runnerDied(handle, `${verb} on ${what()}`) : closed(verb, what())),
    cancelled: verb => cancelled(verb, what()),
  }
}

/** Why a wait took too long. */
export interface Reason {
  /** Follows the colon: `the queue is empty`. */
  readonly words: string
  /** Whether it is not the loop, of its runner, that has kept the wait; else the message says what the loop does. */
  readonly isAll?: boolean
}

/**
 * The error of a wait for a handle that took too long. `what`: the wait, with its noun; `more` ends the message. For rest, which
 * no answer would bring: what scripts wait for is not told.
 */
export function timedOut(
  handle: Handle,
  what: string,
  timeout: number,
  reason?: Reason,
  more = '',
  isForRest = false,
): EventLoopTimeoutError {
  const milliseconds = timeout < 0 ? defaultTimeout(handle) : timeout
  const why = reason === undefined ? '' : `: ${reason.words}`
  const held = reason?.isAll === true ? '' : heldBy(handle)
  const promised = promisedBy(native.handleRunner(Handle.idOf(handle)))
  // A poll has not waited for anything, and may fail often.
  const unanswered = isForRest || milliseconds === 0 ? '' : unansweredFor(handle, promised !== '')
  return new EventLoopTimeoutError(
    `${what} timed out after ${milliseconds} ms${why}.${held}${promised}${unanswered}${more}`,
  )
}

/** The timeout, in milliseconds, of a blocking door that was given none. */
export function defaultTimeout(handle: Handle): number {
  const runner = runnerOf(handle)
  return runner === undefined ? Infinity : runnerState(Handle.idOf(runner)).callInLoopTimeout
}

/** The runner of a handle, as an object of this thread. */
export function runnerOf(handle: Handle): (Handle & { readonly name: string }) | undefined {
  const id = native.handleRunner(Handle.idOf(handle))
  return id === 0 ? undefined : (Handle.revive(HandleKind.Runner, id) as Handle & { readonly name: string })
}

/** A sentence that names the task that holds the loop a thing belongs to, if it is known to be held. */
function heldBy(handle: Handle): string {
  const runner = runnerOf(handle)
  return runner === undefined ? '' : holdersOf(runner, 'Its loop')
}

/** A sentence that names the task that holds the loop of a runner, if it is known to be held. `loop` begins it. */
export function holdersOf(runner: Handle, loop: string): string {
  const id = Handle.idOf(runner)
  if (!runnerState(id).isUp) return ` ${loop} has not started yet.`
  const { 0: condition, 2: heldFor, 3: blockedBy } = native.runnerCondition(id)
  const names = native.runnerHolders(id)
  const since = heldFor < 1 ? '' : ` It has not come round for ${Math.floor(heldFor)} ms.`
  if (names.length === 0) return ''
  const shown = joined(
    mapped(part(names, 0, 4), name => `'${name}'`),
    ', ',
  )
  const held = condition === Condition.Blocked ? `blocked: it waits for ${blockedBy}, in` : 'held by'
  return names.length === 1
    ? ` ${loop} is ${held} task ${shown}.${since}`
    : ` ${loop} is ${held} one of the tasks ${shown}${names.length > 4 ? ', …' : ''}.${since}`
}

/** The error of a wait whose runner's thread has ended by itself. `what`: what has come to nothing by that. */
export function runnerDied(handle: Handle, what: string): RunnerDiedError {
  seesDeath(runnerOf(handle))
  return deathError(handle, what)
}

/** The same error where nobody has seen it by that. */
export function deathError(handle: Handle, what: string): RunnerDiedError {
  const runner = runnerOf(handle)
  if (runner === undefined) return new RunnerDiedError(`${what} failed: its runner's thread has ended by itself.`)
  const death = deathOf(runner)
  return new RunnerDiedError(`${what} failed: the thread of runner '${runner.name}' ${death.how}.`, death)
}

/** The error of using a runner whose thread has ended by itself. */
export function isDead(runner: Handle & { readonly name: string }): RunnerDiedError {
  seesDeath(runner)
  const death = deathOf(runner)
  return new RunnerDiedError(`Runner '${runner.name}' takes nothing more: its thread ${death.how}.`, death)
}

/** An error that tells of this death is about to be thrown, or was told: it is no matter of the close any more. */
export function seesDeath(runner: Handle | undefined): void {
  if (runner !== undefined) native.runnerDeathSeen(Handle.idOf(runner))
}

/** How a runner's thread has ended, in words, and as options of an error. */
function deathOf(runner: Handle): { how: string; exitCode?: number; cause?: unknown } {
  const id = Handle.idOf(runner)
  const { exitCode } = runnerState(id)
  const cause = outOfMemory(id) ?? receiveIfAny(native.runnerCause(id))
  const how = isOutOfMemory(cause)
    ? 'has run out of memory'
    : `has ended by itself${exitCode === undefined ? '' : ` with exit code ${exitCode}`}`
  return { how, ...(exitCode !== undefined && { exitCode }), ...(cause !== undefined && { cause }) }
}

/** What a native call has returned, if anything, as the cause of an error. */
export function causeIn(value: unknown): ErrorOptions | undefined {
  return control[Word.Status] === Status.Refused ? undefined : { cause: receiveOrError(value) }
}

const OUT_OF_MEMORY = 'ERR_WORKER_OUT_OF_MEMORY'

function isOutOfMemory(cause: unknown): boolean {
  return (cause as { code?: unknown } | null | undefined)?.code === OUT_OF_MEMORY
}

/** What Node says of a worker whose heap was full, and how large that was allowed to be. */
function outOfMemory(runner: number): Error | undefined {
  const megabytes = native.runnerFullHeap(runner)
  if (megabytes < 0) return undefined
  const limit = megabytes > 0 ? ` The limit is ${megabytes} MB (resourceLimits.maxOldGenerationSizeMb).` : ''
  const error = new Error(`Worker terminated due to reaching memory limit: JS heap out of memory.${limit}`)
  setStack(error, headOf(error)) // It was not thrown here.
  return Object.assign(error, { code: OUT_OF_MEMORY })
}

function receiveIfAny(value: unknown): unknown {
  return control[Word.Status] === Status.Refused ? undefined : receiveOrError(value)
}
