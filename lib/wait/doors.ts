// The doors of every wait: blocking, awaiting, and trying once.
//
// A blocking door stays in the core until there is an outcome, or until this thread is asked for a service; then it
// serves and goes on where it was. An awaiting door parks its wait at the hub. Promises that everything about a wait is
// checked before it has an effect.

import { indexIn } from '../methods.js'
import { Handle } from '../native/handle.js'
import { waitChannel } from '../native/channels.js'
import { control, native, waitReturn } from '../native/native.js'
import { Door, Status, Word } from '../native/protocol.js'
import { checkAwaitOptions, checkWaitOptions, type AwaitOptions, type WaitOptions } from '../timeout.js'
import { parked, rejected, serveNow, type BlockedCall } from './hub.js'
import './interrupt.js'
import { assertMayBlock, type Advice } from './loop.js'
import { tellWait } from './observed.js'
import { failed, hasResult, resultOf, withInserted, type Awaitable } from './outcome.js'
import { currentScope, takeCut, type TaskWait } from './scope.js'
import { hopeless } from '../wire/wire.js'

/** Something of ours, which is waited for by its methods. */
type Target = Handle & Awaitable

/**
 * Writes what loops have printed through this thread's streams and this thread has not written; undefined while no loop
 * prints that way. A door that has a result calls it last: what the loop printed before it served the wait comes first.
 */
export let printed: (() => void) | undefined

const writing: (() => void)[] = []

/** Says how that is written, or, where `isOn` is false, that no loop prints in this way any more. */
export function onPrinted(write: () => void, isOn: boolean): void {
  const index = indexIn(writing, write)
  if (isOn === index >= 0) return
  if (isOn) writing[writing.length] = write
  else {
    writing[index] = writing[writing.length - 1]!
    writing.length--
  }
  printed = writing.length < 2 ? writing[0] : writeAll
}

function writeAll(): void {
  for (let i = 0; i < writing.length; i++) writing[i]!()
}

/**
 * Makes the native call of a door. `timeout` is in milliseconds, -1 left out; `rest` is what else the call needs.
 *
 * Each noun wraps its native functions for this: a call of a native function is fast only at a place that calls no other.
 */
export type Begin<R = undefined> = (id: number, door: Door, timeout: number, rest: R) => unknown

/**
 * Resolves with the result of a wait. `verb`: the method the user called; `target`: what is waited for, if that is not the
 * handle itself.
 */
export function awaits<R = undefined>(
  handle: Target,
  verb: string,
  options: AwaitOptions | undefined,
  begin: Begin<R>,
  rest?: R,
  target: Awaitable = handle,
): Promise<any> {
  try {
    const id = Handle.idOf(handle)
    if (options !== undefined) {
      return awaiting(timeout => begin(id, Door.Await, timeout, rest as R), target, verb, options, id)
    }
    const cut = takeCut()
    if (cut !== undefined) return Promise.reject(cut)
    return begun(begin(id, Door.Await, -1, rest as R), target, verb, -1, undefined, id)
  } catch (error) {
    return rejected(error)
  }
}

/** The promise of a wait that has begun. What it has taken at once, and nobody could read, goes back. */
function begun(
  value: unknown,
  target: Awaitable,
  verb: string,
  timeout: number,
  signal: AbortSignal | undefined,
  id: number,
): Promise<unknown> {
  const status = control[Word.Status]!
  if (status === Status.Done) return Promise.resolve(target.countsItems ? control[Word.Count] : undefined)
  try {
    const result = parked(value, target, verb, timeout, signal)
    if (printed !== undefined && status !== Status.Parked) printed()
    return result
  } catch (error) {
    if (error !== hopeless) waitReturn(id, value, status)
    if (printed !== undefined) printed()
    throw error
  }
}

/** Blocks for the result of a wait, and returns it; see `awaits`. */
export function blocks<R = undefined>(
  handle: Target,
  verb: string,
  options: WaitOptions | undefined,
  begin: Begin<R>,
  rest?: R,
  target: Awaitable = handle,
): any {
  const timeout = beforeBlocking(verb, options)
  const id = Handle.idOf(handle)
  const value = begin(id, Door.Block, timeout, rest as R)
  const status = control[Word.Status]!
  if (status === Status.Done) {
    const count = control[Word.Count]!
    if (waitChannel.hasSubscribers) tellBlocked(target, verb)
    if (target.countsItems) return count
    if (printed !== undefined) printed()
    return undefined
  }
  try {
    if (!hasResult()) return afterBlocking(value, target, verb, timeout, handle, id)
    const result = resultOf(value, target)
    if (printed !== undefined) printed()
    if (waitChannel.hasSubscribers) tellBlocked(target, verb)
    return result
  } catch (error) {
    if (error !== hopeless) waitReturn(id, value, status)
    if (printed !== undefined) printed()
    throw error
  }
}

/** Returns what there is now; where there is nothing, throws what `refusal` makes. `isCopy`: what there is stays there. */
export function attempts<R = undefined>(
  handle: Target,
  verb: string,
  begin: Begin<R>,
  refusal: (handle: Handle, verb: string) => Error,
  rest?: R,
  isCopy = false,
): any {
  const id = Handle.idOf(handle)
  const value = begin(id, Door.Try, 0, rest as R)
  const status = control[Word.Status]!
  if (status === Status.Done) return undefined
  try {
    if (hasResult()) return resultOf(value, handle)
  } catch (error) {
    if (error !== hopeless) waitReturn(isCopy ? 0 : id, value, status)
    throw error
  }
  if (status !== Status.Refused) return failed(value, { target: handle, verb, timeout: 0, above: handle })
  const error = refusal(handle, verb)
  Error.captureStackTrace(error, (handle as unknown as Record<string, Function>)[verb])
  throw error
}

/**
 * The awaiting door of anything: `begin` makes the native call, with the timeout in milliseconds or -1. `id`: the handle
 * from which it may take something.
 */
export function awaiting(
  begin: (timeout: number) => unknown,
  target: Awaitable,
  verb: string,
  options: AwaitOptions | undefined,
  id = 0,
): Promise<unknown> {
  try {
    const { timeout = -1, signal } = checkAwaitOptions(options)
    // Before the signal is looked at: a task that waits with its own signal must be cut once, not twice.
    const cut = takeCut()
    if (cut !== undefined) return Promise.reject(cut)
    if (signal?.aborted) return Promise.reject(signal.reason)
    return begun(begin(timeout), target, verb, timeout, signal, id)
  } catch (error) {
    return rejected(error)
  }
}

// --- blocking, step by step

/**
 * Checks everything about a blocking call before it has an effect; returns the timeout in milliseconds, or -1. `known`:
 * what options the call has, where there are others than a timeout; `advice`: what a task writes in its place.
 */
export function beforeBlocking(
  verb: string,
  options: WaitOptions | undefined,
  known?: string[],
  advice?: Advice,
): number {
  const timeout = options === undefined ? -1 : (checkWaitOptions(options, known) ?? -1)
  assertMayBlock(verb, advice)
  const cut = takeCut()
  if (cut !== undefined) throw cut
  beginsToBlock()
  return timeout
}

/** When the last blocking call has begun to wait; known only where somebody is told of waits. */
let began = 0

/** A blocking call is about to wait. */
export function beginsToBlock(): void {
  if (waitChannel.hasSubscribers) began = performance.now()
}

/** Tells of a blocking call that has its result, where it was not served in between. */
export function tellBlocked(target: Awaitable, verb: string): void {
  tellWait(target, verb, true, began, undefined)
}

/**
 * The result of a blocking call, serving what this thread is asked for in the meantime. `id`: the handle from which it may
 * have taken something.
 */
export function afterBlocking(
  value: unknown,
  target: Awaitable,
  verb: string,
  timeout: number,
  above: Function | Handle,
  id = 0,
): unknown {
  let status = control[Word.Status]!
  const since = began // Services may block, too.
  try {
    while (status === Status.Service) {
      const ticket = control[Word.Extra]!
      status = Status.Gone
      serveBlocked(ticket, target, { verb, above, target })
      value = native.waitResume(ticket)
      status = control[Word.Status]!
    }
    const result = hasResult() ? resultOf(value, target) : failed(value, { target, verb, timeout, above })
    if (printed !== undefined) printed()
    if (waitChannel.hasSubscribers) tellWait(target, verb, true, since, undefined)
    return result
  } catch (error) {
    if (error !== hopeless) waitReturn(id, value, status)
    if (printed !== undefined) printed()
    if (waitChannel.hasSubscribers) tellWait(target, verb, true, since, error)
    throw error
  }
}

/** Serves what this thread is asked for. Where that throws, the wait is over. */
function serveBlocked(ticket: number, target: Awaitable, call: BlockedCall): void {
  control[Word.Unclaimed] = 0
  const wait: Blocked = { ticket, isOver: false, reason: undefined }
  try {
    serveNow(call)
    cutBlocked(wait, target, call.verb)
  } catch (error) {
    // Where there is no stack left for the call, the next one gives the wait up.
    if (!wait.isOver) control[Word.Unclaimed] = ticket + 1
    native.waitSweep()
    throw error
  }
  if (wait.isOver) throw wait.reason
}

/** A blocking wait that was left for a service. */
interface Blocked {
  readonly ticket: number
  /** Whether it was ended here, and with what. */
  isOver: boolean
  reason: unknown
}

/** Does what this thread was asked for, where a blocking call did not have to sleep. */
export function lookAfterServices(call: BlockedCall): void {
  serveNow(call)
  const scope = currentScope()
  if (scope === undefined || !native.loopTaskTakeCut(scope.id, scope.cancelled)) return
  scope.cancel()
  const cut = scope.takeCut()
  if (cut !== undefined) throw cut
}

/** Here a task that blocks its loop is told that it was cancelled, or that the loop closes. */
function cutBlocked(blocked: Blocked, target: Awaitable, verb: string): void {
  const scope = currentScope()
  if (scope === undefined) return
  if (!native.loopTaskTakeCut(scope.id, scope.cancelled)) {
    if (scope.cancelled) endUnserved(blocked, target, verb)
    return
  }
  const wait: TaskWait = {
    before: undefined,
    after: undefined,
    cut(reason) {
      if (!native.waitAbandon(blocked.ticket)) return false
      blocked.isOver = true
      blocked.reason = withInserted(reason, target, true)
      return true
    },
  }
  scope.enter(wait)
  try {
    scope.cancel()
  } finally {
    scope.leave(wait)
  }
}

/** A task that was cancelled already must not keep its loop from closing by blocking for an answer that will not come. */
function endUnserved(blocked: Blocked, target: Awaitable, verb: string): void {
  const error = target.unserved?.(verb)
  if (error === undefined || !native.waitAbandon(blocked.ticket)) return
  blocked.isOver = true
  blocked.reason = error
}
