// The calls of clients, and their waits for the server's clock.
//
// Promises that a call is made once and answered, rejected or cancelled once; that the server never sees a call that was
// given up before; and that a wait which could never end is refused before it begins.

import { checkType, invalidArgType } from '../arguments.js'
import { WouldDeadlockError } from '../errors.js'
import { Handle } from '../native/handle.js'
import { control, native } from '../native/native.js'
import { Door, Status, Word } from '../native/protocol.js'
import { atCaller } from '../stack.js'
import { carriedByCall, contexts } from '../wait/contexts.js'
import { afterBlocking, beforeBlocking } from '../wait/doors.js'
import { insteadOfSync } from '../wait/loop.js'
import { parked, rejected } from '../wait/hub.js'
import { runnerOf } from '../wait/outcome.js'
import { currentScope, takeCut, throwCut, type TaskScope } from '../wait/scope.js'
import { packCall, unpack } from '../wire/payload.js'
import { scratch } from '../wire/scratch.js'
import { checkDelay, clockCall, refusedDelay } from './clock.js'
import { CallWait } from './server-wait.js'

/** When a call is given up: all of the same shape, so that reading them costs nothing. */
export interface Limits {
  /** In milliseconds; undefined for never. */
  readonly timeout: number | undefined
  readonly signal: AbortSignal | undefined
}

/** Never. */
export const none: Limits = { timeout: undefined, signal: undefined }

/** Resolves with the server's answer; rejects where the call is refused, given up or not answered. */
export function call(client: Handle, fun: string, args: readonly unknown[], limits: Limits): Promise<unknown> {
  if (typeof fun !== 'string') return Promise.reject(invalidArgType('fun', 'of type string', fun, call))
  const cut = takeCut()
  if (cut !== undefined) return Promise.reject(cut)
  const { timeout = -1, signal } = limits
  if (signal !== undefined && signal.aborted) return Promise.reject(signal.reason)
  const scope = currentScope()
  const start = scratch.at
  try {
    const target = new CallWait(client)
    const packed = packCall(fun, args, contexts.isUsed ? carriedByCall(Handle.idOf(client)) : undefined)
    throwCut() // The getters of the arguments may have waited.
    const task = taskOf(scope)
    const value = native.clientCall(Handle.idOf(client), packed, task, Door.Await, timeout)
    return parked(value, target, fun, timeout, signal, scope)
  } catch (error) {
    return rejected(error)
  } finally {
    unpack(start)
    if (scope !== undefined && scope.hasEnded) scope.hasAsked()
  }
}

/** Blocks until the server has answered. `above`: the function the user called. */
export function callWait(
  client: Handle,
  fun: string,
  args: readonly unknown[],
  { timeout = -1, signal }: Limits,
  above: Function,
): unknown {
  checkType(fun, 'fun', 'string', above)
  beforeBlocking(fun, undefined, undefined, insteadOfSync)
  if (signal?.aborted) throw signal.reason
  assertElsewhere(client, fun)
  assertAnswered(client, fun)
  let value: unknown
  const scope = currentScope()
  const start = scratch.at
  try {
    const packed = packCall(fun, args, contexts.isUsed ? carriedByCall(Handle.idOf(client)) : undefined)
    throwCut()
    value = native.clientCall(Handle.idOf(client), packed, taskOf(scope), Door.Block, timeout)
  } finally {
    unpack(start)
  }
  try {
    return afterBlocking(value, new CallWait(client), fun, timeout, above)
  } finally {
    if (scope !== undefined && scope.hasEnded) scope.hasAsked()
  }
}

/** The number of the task that makes a call. */
function taskOf(scope: TaskScope | undefined): number {
  if (scope === undefined) return 0
  return scope.hasEnded ? scope.asks() : scope.id
}

/**
 * Awaits a time, which is checked where `above` is given; a negative one is the next tick. Where the clock is in another
 * process, that is a call.
 */
export function delay(
  client: Handle,
  time: number,
  verb: string,
  { timeout = -1, signal }: Limits,
  above?: Function,
): Promise<void> {
  try {
    if (above !== undefined) checkDelay(time, above)
    const cut = takeCut()
    if (cut !== undefined) return Promise.reject(cut)
    if (signal?.aborted) return Promise.reject(signal.reason)
    if (time === 0) return Promise.resolve() // Never by way of the hub: its place there would be left to chance.
    const target = new CallWait(client)
    const value = untilTime(client, time, Door.Await, timeout, above ?? delay)
    if (control[Word.Status] === Status.Refused) {
      const limits = timeout < 0 ? { timeout: undefined, signal } : { timeout, signal }
      return call(client, verb, clockCall(time), limits) as Promise<void>
    }
    return parked(value, target, verb, timeout, signal) as Promise<void>
  } catch (error) {
    return rejected(error)
  }
}

function untilTime(client: Handle, time: number, door: Door, timeout: number, above: Function): unknown {
  try {
    return native.serverDelay(Handle.idOf(client), time, door, timeout)
  } catch (error) {
    throw refusedDelay(error, time, above)
  }
}

/** Blocks for a time, which has been checked; a negative one is the next tick. */
export function delayWait(
  client: Handle,
  time: number,
  verb: string,
  { timeout = -1, signal }: Limits,
  above: Function,
): void {
  beforeBlocking(verb, undefined, undefined, insteadOfSync)
  if (signal?.aborted) throw signal.reason
  assertElsewhere(client, verb)
  if (time !== 0) assertAnswered(client, verb)
  const value = untilTime(client, time, Door.Block, timeout, above)
  if (control[Word.Status] === Status.Refused) {
    callWait(client, verb, clockCall(time), { timeout, signal }, above)
    return
  }
  afterBlocking(value, new CallWait(client), verb, timeout, above)
}

/** A task that was cancelled must not block for a server that is closing: it would wait for ever, and hold the loop. */
function assertAnswered(client: Handle, verb: string): void {
  if (currentScope()?.cancelled !== true) return
  const error = new CallWait(client).unserved(verb)
  if (error !== undefined) throw atCaller(error)
}

/** The thread that answers must not wait for the answer. */
function assertElsewhere(client: Handle, verb: string): void {
  if (!native.clientIsAlone(Handle.idOf(client))) return
  const name = runnerOf(client)?.name
  const message =
    `'${verb}' would never return: only this thread answers calls of server '${name}'. ` +
    "Call it in a task, which the server's createTask starts."
  throw atCaller(new CallWait(client).unserved(verb) ?? new WouldDeadlockError(message))
}
