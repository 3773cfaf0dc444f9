// One request of a script, from the moment it is taken until it has its answer.
//
// Promises that whatever goes wrong on the way to an answer becomes the answer: if a handler throws, or returns what
// cannot cross, the call rejects with that error. A promise is waited for, but for one that could never be settled,
// because this thread blocks until a script has ended. A request is known by a number, which may become a future, once.

import { follow } from '../methods.js'
import { isThenable, nearest } from '../arguments.js'
import { markAsOurs } from '../brands.js'
import { InvalidStateError } from '../errors.js'
import { Handle, HandleKind } from '../native/handle.js'
import { atCaller } from '../stack.js'
import { control, native } from '../native/native.js'
import { isFutureOfScript, isRequestOfScript } from '../native/of-script.js'
import { Word } from '../native/protocol.js'
import type { Carried } from '../wait/contexts.js'
import { promise, promiseSettled, type PromisedCall } from '../wait/promised.js'
import { pack, receiveCall, sending, unpack } from '../wire/payload.js'
import { beside } from '../wire/arrays/arrays.js'
import { scratch } from '../wire/scratch.js'
import { shortened } from '../wire/path.js'
import { encodingFor, isHopeless } from '../wire/wire.js'
import { inAnswerTo } from './answer.js'
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
  /** The stores of the caller that travel with its calls. */
  readonly stores: Carried | undefined
  /** Whether anything was done to handle it. */
  isBegun: boolean
  /** Why it cannot be read. The call was rejected with that, and there is nothing left to handle. */
  readonly unread?: { readonly error: unknown; readonly isScripts: boolean }
}

/** Where an answer goes. It never throws when it is given an error, however late. */
type Give = (value: unknown, isError: boolean) => void

/**
 * The request of a server that a native call has returned.
 *
 * @throws where the code that reads it has used up its stack: the request has to go back.
 */
export function receiveRequest(value: unknown, server: number): TakenRequest {
  const number = control[Word.Count]!
  try {
    const { 0: fun, 1: args } = receiveCall(value)
    control[Word.Count] = number // For those who give it back: reading may have made other calls.
    return { number, fun, args, stores: takeStores(args), isBegun: false }
  } catch (error) {
    control[Word.Count] = number
    if (!isHopeless(error)) throw error
    const isScripts = isRequestOfScript(number) // Whatever has failed, also where there was no memory for its bytes.
    answer(number, error, true, server)
    return {
      number,
      fun: '',
      args: [],
      stores: undefined,
      isBegun: true,
      unread: { error, isScripts },
    }
  }
}

function takeStores(args: unknown[]): Carried | undefined {
  const stores = (args as unknown as Record<string, Carried | undefined>)[beside]
  if (stores !== undefined) Reflect.deleteProperty(args, beside)
  return stores
}

/** @throws the error of a request that cannot be read. */
export function assertRead({ unread }: TakenRequest): void {
  if (unread !== undefined) throw unread.error
}

/** Answers a request, which ends it. If the answer cannot cross it throws UncloneableError, and the request goes on. */
function answer(number: number, value: unknown, isError: boolean, server: number): void {
  const start = scratch.at
  try {
    const packed = pack(value, isError ? 'error' : 'result', encodingFor(isRequestOfScript(number), isError))
    native.requestAnswer(number, packed, isError, server) // A request that is over stays as it is.
  } finally {
    unpack(start)
  }
}

/**
 * Answers the request of a server by its handler.
 *
 * @throws what the handler throws, or UncloneableError, after the call has been rejected with it.
 */
export function answerBy(handlers: object, taken: TakenRequest, server: Handle): void {
  const { number, fun, args } = taken
  // It keeps the server: the core knows that by its number only as long as there is an object of it.
  const give = (value: unknown, isError: boolean) => answer(number, value, isError, Handle.idOf(server))
  const isScripts = isRequestOfScript(number)
  try {
    const result = handleBy(handlers, fun, args, give, isScripts, taken)
    if (result === undefined) return
    answerLater(result, { server: Handle.idOf(server), fun, task: native.requestAsker(number), isScripts, give })
  } catch (error) {
    if (taken.isBegun) give(error, true) // Else it was not handled at all, and goes back.
    throw error
  }
}

/** Settles a future by a handler. If that throws, the caller has to settle the future with the error. */
export function settleBy(handlers: object, fun: string, args: unknown[], future: FutureHandle, server: number): void {
  const give = (value: unknown, isError: boolean) => (isError ? fail(future, value) : future.setResult(value))
  const isScripts = isFutureOfScript(Handle.idOf(future))
  const result = handleBy(handlers, fun, args, give, isScripts)
  if (result !== undefined) answerLater(result, { server, fun, task: askerOf(future), isScripts, give })
}

/** Calls the handler, and gives what it returns. Returns the promise that it returns instead. */
function handleBy(
  handlers: object,
  fun: string,
  args: unknown[],
  give: Give,
  isScripts: boolean,
  taken?: TakenRequest,
): PromiseLike<unknown> | undefined {
  if (taken !== undefined) taken.isBegun = true
  const handler = handlerOf(handlers, fun)
  if (handler === undefined) return void give(told(noHandler(fun, handlers), isScripts), true)
  const result: unknown = Reflect.apply(handler, handlers, args)
  if (isThenable(result)) return result
  try {
    give(result, false)
  } catch (error) {
    throw inAnswerTo(fun, error)
  }
  return undefined
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
  taken.isBegun = true
  try {
    const result = handle(request, future)
    if (!isThenable(result)) return
    // It answers by the future. Only what it throws after it has awaited something comes by its promise.
    const give = (value: unknown, isError: boolean) => (isError ? fail(future, value) : undefined)
    answerLater(result, { server, fun: taken.fun, task: askerOf(future), isScripts: isFutureOfScript(id), give })
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
    return [new Request(taken.fun, taken.args, future) as unknown as ExecutionRequest<never>, future, id]
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

  get client(): string | number {
    return native.requestClient(Handle.idOf(this.#future))
  }

  get task(): string | undefined {
    return native.requestTask(Handle.idOf(this.#future))
  }

  get cancelled(): boolean {
    return native.requestCancelled(Handle.idOf(this.#future))
  }
}

markAsOurs(Request.prototype)
Object.defineProperty(Request, 'name', { __proto__: null, value: 'ExecutionRequest' } as PropertyDescriptor)

// --- promises

/** A call whose handler has returned a promise. There is no caller to throw to any more: the script gets the error. */
interface Later {
  readonly server: number
  readonly fun: string
  /** The number of the task that has called. */
  readonly task: number
  readonly isScripts: boolean
  readonly give: Give
}

/** How many calls of `processUntil` this thread is in: until they end, no promise of this thread is settled. */
let blocking = 0

/** Runs what blocks until a script has ended. */
export function whileNoPromiseSettles(block: () => void): void {
  blocking++
  try {
    block()
  } finally {
    blocking--
  }
}

function answerLater(result: PromiseLike<unknown>, { server, fun, task, isScripts, give }: Later): void {
  const refuse = () => {
    promiseSettled(call)
    give(told(promiseRefused(fun), isScripts), true)
  }
  const call: PromisedCall = { runner: native.handleRunner(server), fun, task, refuse }
  const settled = (value: unknown, isError: boolean) => {
    promiseSettled(call)
    try {
      give(value, isError)
    } catch (error) {
      give(inAnswerTo(fun, error), true)
    }
  }
  if (blocking > 0) refuse()
  else promise(call)
  try {
    void follow(
      Promise.resolve(result),
      value => settled(value, false),
      error => settled(error, true),
    )
  } catch (error) {
    promiseSettled(call)
    throw error
  }
}

function promiseRefused(fun: string): InvalidStateError {
  const error = new InvalidStateError(
    `The handler of '${fun}' has returned a promise, which cannot be settled while processUntil blocks this thread. ` +
      'Answer at once, keep the future that handleRequest gets and settle it later, or serve from a live loop by serve().',
  )
  return error
}

/**
 * An error of ours, which points at the caller. A script gets no stack of this thread, and that takes ten times as long as all
 * else of a call: a script that calls what is not there, again and again, would hold the main loop up.
 */
function told(error: Error, isScripts: boolean): Error {
  return isScripts ? error : atCaller(error)
}

// --- what happens to a future

function askerOf(future: Handle): number {
  return native.futureAsker(Handle.idOf(future))
}

function fail(future: Handle, error: unknown): void {
  // An answer that was given before stays.
  const id = Handle.idOf(future)
  sending(error, 'error', packed => native.futureSettle(id, packed, true), encodingFor(isFutureOfScript(id), true))
}

function handlerOf(handlers: object, fun: string): ((...args: unknown[]) => unknown) | undefined {
  const handler: unknown = fun in Object.prototype ? undefined : (handlers as Record<string, unknown>)[fun]
  return typeof handler === 'function' ? (handler as (...args: unknown[]) => unknown) : undefined
}

function noHandler(fun: string, handlers: object): TypeError {
  const near = nearest(fun, namesOf(handlers), 1)
  const hint = near === undefined ? '' : ` Did you mean '${near}'?`
  const error = new TypeError(`The server has no method '${shortened(fun)}'.${hint}`)
  return Object.assign(error, { code: 'ERR_METHOD_NOT_IMPLEMENTED' })
}

function namesOf(handlers: object): readonly string[] {
  try {
    return Object.keys(handlers)
  } catch {
    return [] // A Proxy that does not tell.
  }
}
