// One request of a script, from the moment it is taken until it has its answer.
//
// Promises that whatever goes wrong on the way to an answer becomes the answer: if a handler throws, or returns what
// cannot cross, the call rejects with that error. A request is known by a number, which may become a future, once.

import { follow } from '../methods.js'
import { isThenable } from '../arguments.js'
import { Handle, HandleKind } from '../native/handle.js'
import { atCaller } from '../stack.js'
import { control, native } from '../native/native.js'
import { FutureState, Word } from '../native/protocol.js'
import { pack, receiveCall, sending, unpack } from '../wire/payload.js'
import { scratch } from '../wire/scratch.js'
import { hopeless } from '../wire/wire.js'
import type { ExecutionRequest } from './methods.js'

/** A `Future`, as far as a request needs one. */
export interface FutureHandle extends Handle {
  setResult(value: unknown): void
}

/** A request that was taken: its number, and what was called with what. */
export interface TakenRequest {
  readonly number: number
  readonly fun: string
  readonly args: unknown[]
  /** Whether anything was done to handle it. */
  isBegun: boolean
  /** Why it cannot be read. The call was rejected with that, and there is nothing left to handle. */
  readonly unread?: { readonly error: unknown }
}

/**
 * The request that a native call has returned.
 *
 * @throws where the code that reads it has used up its stack: the request has to go back.
 */
export function receiveRequest(value: unknown): TakenRequest {
  const number = control[Word.Count]!
  try {
    const { 0: fun, 1: args } = receiveCall(value)
    control[Word.Count] = number // For those who give it back: reading may have made other calls.
    return { number, fun, args, isBegun: false }
  } catch (error) {
    control[Word.Count] = number
    if (error !== hopeless) throw error
    answer(number, error, true)
    return { number, fun: '', args: [], isBegun: true, unread: { error } }
  }
}

/** @throws the error of a request that cannot be read. */
export function assertRead({ unread }: TakenRequest): void {
  if (unread !== undefined) throw unread.error
}

/** Answers a request, which ends it. If the answer cannot cross it throws UncloneableError, and the request goes on. */
function answer(number: number, value: unknown, isError: boolean): void {
  const start = scratch.at
  try {
    const packed = pack(value, isError ? 'error' : 'result', isError)
    native.requestAnswer(number, packed, isError) // A request that is over stays as it is.
  } finally {
    unpack(start)
  }
}

/**
 * Answers the request by its handler.
 *
 * @throws what the handler throws, or UncloneableError, after the call has been rejected with it.
 */
export function answerBy(handlers: object, taken: TakenRequest): void {
  const { number, fun, args } = taken
  const give = (value: unknown, isError: boolean) => answer(number, value, isError)
  try {
    handleBy(handlers, fun, args, give, taken)
  } catch (error) {
    if (taken.isBegun) give(error, true) // Else it was not handled at all, and goes back.
    throw error
  }
}

/** Settles a future by a handler. If that throws, the caller has to settle the future with the error. */
export function settleBy(handlers: object, fun: string, args: unknown[], future: FutureHandle): void {
  handleBy(handlers, fun, args, (value, isError) => (isError ? fail(future, value) : future.setResult(value)))
}

/** Calls the handler, and gives what it returns or resolves with. `give` never throws when it is given an error. */
function handleBy(
  handlers: object,
  fun: string,
  args: unknown[],
  give: (value: unknown, isError: boolean) => void,
  taken?: TakenRequest,
): void {
  if (taken !== undefined) taken.isBegun = true
  const handler = handlerOf(handlers, fun)
  if (handler === undefined) return give(noHandler(fun), true)
  const result: unknown = Reflect.apply(handler, handlers, args)
  if (!isThenable(result)) return give(result, false)
  // There is no caller to throw to any more: the script gets the error.
  const giveValue = (value: unknown) => {
    try {
      give(value, false)
    } catch (error) {
      give(error, true)
    }
  }
  void follow(Promise.resolve(result), giveValue, error => give(error, true))
}

/**
 * Hands the request and its future to `handle`.
 *
 * @throws what `handle` throws, after the call has been rejected with it unless it was answered.
 */
export function answerThrough<F extends Handle>(
  handle: (request: ExecutionRequest<never>, future: F) => unknown,
  taken: TakenRequest,
  server: number,
): void {
  const { 0: request, 1: future, 2: id } = withFuture<F>(taken, server)
  try {
    const result = handle(request, future)
    // A handler that awaits something first fails later, when there is no caller to throw to any more.
    if (isThenable(result)) void follow(Promise.resolve(result), undefined, error => fail(future, error))
  } catch (error) {
    try {
      fail(future, error)
    } catch {
      native.futureCancel(id) // There is no stack left to say why.
    }
    throw error
  }
}

/** A request as users see it, and where its answer goes, with its number: `F` is the class of futures. */
export function withFuture<F extends Handle>(
  taken: TakenRequest,
  server: number,
): [request: ExecutionRequest<never>, future: F, id: number] {
  assertRead(taken)
  const id = native.requestFuture(taken.number, server)
  try {
    const future = Handle.objectFor(HandleKind.Future, id) as F
    return [new Request(taken.fun, taken.args, future) as ExecutionRequest<never>, future, id]
  } catch (error) {
    native.futureCancel(id) // There is no stack left to handle it.
    throw error
  }
}

/** What `ExecutionRequest` describes. */
class Request {
  readonly #future: Handle

  constructor(
    readonly fun: string,
    readonly args: unknown[],
    future: Handle,
  ) {
    this.#future = future
  }

  get cancelled(): boolean {
    const id = Handle.idOf(this.#future)
    return native.futureState(id) === FutureState.Pending && native.futureWaiters(id) === 0
  }
}

Object.defineProperty(Request, 'name', { value: 'ExecutionRequest' })

function fail(future: Handle, error: unknown): void {
  // An answer that was given before stays.
  sending(error, 'error', packed => native.futureSettle(Handle.idOf(future), packed, true), true)
}

function handlerOf(handlers: object, fun: string): ((...args: unknown[]) => unknown) | undefined {
  const handler: unknown = fun in Object.prototype ? undefined : (handlers as Record<string, unknown>)[fun]
  return typeof handler === 'function' ? (handler as (...args: unknown[]) => unknown) : undefined
}

function noHandler(fun: string): TypeError {
  const error = new TypeError(`The server has no method '${fun}'.`)
  return atCaller(Object.assign(error, { code: 'ERR_METHOD_NOT_IMPLEMENTED' }))
}
