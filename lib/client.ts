// The calling end of control inversion: a stub whose methods are answered by a server's main loop.
//
// Promises that a call is made once and answered, rejected or cancelled once; that one given up before the server took
// it is never seen there; and that a client is no promise and no container, whatever asks it. Refuses arguments that
// cannot cross before the call is made.

import { checkCount, checkType, invalidArgType } from './arguments.js'
import { CancelledError, RunnerClosedError, WouldDeadlockError } from './errors.js'
import { Handle, HandleKind } from './native/handle.js'
import { parked } from './wait/hub.js'
import { native } from './native/native.js'
import { Door, End } from './native/protocol.js'
import { packCall, unpack } from './wire/payload.js'
import type { RunnerHandle } from './wait/runner-handle.js'
import type { Server } from './server.js'
import { afterBlocking, beforeBlocking } from './wait/doors.js'
import { type Failures, failuresOf, runnerOf } from './wait/outcome.js'
import { currentScope, takeCut } from './wait/scope.js'

// --- the types

/** A function of any kind. */
type AnyFunction = (...args: never[]) => unknown

/** Names no method of an interface can have: those of every client, of every object, and what a promise would have. */
export type ReservedName = keyof ClientBase<unknown> | keyof typeof Object.prototype | 'then' | 'toJSON'

/** The names of an interface's methods that clients can call. */
export type MethodName<A> = {
  [K in keyof A]-?: K extends string
    ? NonNullable<A[K]> extends AnyFunction
      ? Exclude<K, ReservedName>
      : never
    : never
}[keyof A] &
  string

/** Where nothing is known of a method, it takes and gives anything. */
type IsAny<F> = 0 extends 1 & F ? true : false
type Arguments<F> = IsAny<F> extends true ? any[] : NonNullable<F> extends (...args: infer P) => unknown ? P : never
type Result<F> = IsAny<F> extends true ? any : NonNullable<F> extends (...args: never[]) => infer R ? Awaited<R> : never

/** An interface as its clients see it: every method resolves. */
export type Methods<A> = { readonly [K in MethodName<A>]: (...args: Arguments<A[K]>) => Promise<Result<A[K]>> }

/** An interface as straight-line scripts see it: every method blocks. */
export type SyncMethods<A> = { readonly [K in MethodName<A>]: (...args: Arguments<A[K]>) => Result<A[K]> }

/** One call, as the server sees it; `switch (request.fun)` narrows `request.args`. */
export type ExecutionRequest<A = any> = {
  [K in MethodName<A>]: {
    /** The method that was called. */
    readonly fun: K
    /** Copies of what it was called with. */
    readonly args: Arguments<A[K]>
    /** Whether the client has given the call up: an answer will not be seen. */
    readonly cancelled: boolean
  }
}[MethodName<A>]

/** A stub for the methods of `A`, on any thread. */
export type Client<A = any> = ClientBase<A> & Methods<A>

// --- the classes

/** What every client has; its methods are those of its server's interface. */
class ClientBase<A> extends Handle {
  /**
   * A new client, which stands behind all others in the round. Inside a task, `server` is the handle that has arrived.
   *
   * @throws TypeError `ERR_INVALID_ARG_TYPE` when `server` is none.
   */
  constructor(server: Server<A>) {
    super(HandleKind.Client, native.clientCreate(serverId(server)))
  }

  /**
   * Resolves with the server's answer to a call of the method `fun`: what hand-written stubs are made of.
   *
   * @throws what the server answered with; UncloneableError before the call is made; CancelledError when the task is
   *   cancelled: a call that was not taken yet never is. RunnerClosedError, RunnerDiedError: there will be no answer.
   */
  execute<K extends MethodName<A>>(fun: K, ...args: Arguments<A[K]>): Promise<Result<A[K]>> {
    return call(this, fun, args) as Promise<Result<A[K]>>
  }

  /** The same methods for straight-line scripts: each blocks until it is answered. Needs `allowBlocking`. */
  get sync(): SyncClient<A> {
    let sync = syncs.get(this)
    if (sync === undefined) syncs.set(this, (sync = new SyncBase<A>(this)))
    return sync as SyncClient<A>
  }

  /**
   * Resolves when the server begins its next tick.
   *
   * @throws CancelledError, RunnerClosedError, RunnerDiedError.
   */
  nextTick(): Promise<void> {
    return this.delay(1)
  }

  /**
   * Resolves when the server has begun so many more ticks; 0 resolves at once.
   *
   * @throws as `nextTick`; TypeError `ERR_INVALID_ARG_TYPE`, RangeError `ERR_OUT_OF_RANGE`.
   */
  async delay(ticks: number): Promise<void> {
    const count = checkCount(ticks, 'ticks', 0)
    const cut = takeCut()
    if (cut !== undefined) throw cut
    if (count === 0) return // Never by way of the hub, where it would meet answers in an order of the moment.
    await parked(native.serverDelay(Handle.idOf(this), count, Door.Await), new Served(this), 'delay', -1)
  }
}

/** @internal What waits for a server, or through a client, wait for. Their own methods' names are the user's. */
export class Served {
  readonly #handle: Handle

  constructor(handle: Handle) {
    this.#handle = handle
  }

  /** The error of a wait for a server that closes: nobody will serve it. */
  unserved(verb: string): Error | undefined {
    const { isRunning } = runnerOf(this.#handle) as RunnerHandle
    return isRunning ? undefined : this.failures().ended(verb, End.Closed)
  }

  failures(): Failures {
    return failuresOf(this.#handle, 'a server', closed, cancelled)
  }
}

function closed(verb: string): RunnerClosedError {
  return new RunnerClosedError(`${verb} has ended: the server is closed.`)
}

function cancelled(verb: string): CancelledError {
  return new CancelledError(`${verb} was cancelled by the server.`)
}

/** What `client.sync` has beside the methods. */
class SyncBase<A> {
  readonly #client: ClientBase<A>

  constructor(client: ClientBase<A>) {
    this.#client = client
  }

  /**
   * Blocks until the server has answered a call of the method `fun`.
   *
   * @throws as `client.execute`; WouldDeadlockError, InterruptedError.
   */
  execute<K extends MethodName<A>>(fun: K, ...args: Arguments<A[K]>): Result<A[K]> {
    return callWait(this.#client, fun, args, this.execute) as Result<A[K]>
  }

  /** Blocks until the server begins its next tick. */
  nextTick(): void {
    this.delay(1)
  }

  /** Blocks until the server has begun so many more ticks. */
  delay(ticks: number): void {
    const count = checkCount(ticks, 'ticks', 0)
    beforeBlocking('delay', undefined)
    assertElsewhere(this.#client, 'delay')
    if (count > 0) assertAnswered(this.#client, 'delay')
    const value = native.serverDelay(Handle.idOf(this.#client), count, Door.Block)
    afterBlocking(value, new Served(this.#client), 'delay', -1, this.delay)
  }
}

/** The methods of `A`, each of which blocks; `client.sync`. */
export type SyncClient<A = any> = SyncBase<A> & SyncMethods<A>

const syncs = new WeakMap<object, object>()

// --- the calls

function call(client: Handle, fun: string, args: readonly unknown[]): Promise<unknown> {
  if (typeof fun !== 'string') return Promise.reject(invalidArgType('fun', 'of type string', fun, call))
  const cut = takeCut()
  if (cut !== undefined) return Promise.reject(cut)
  try {
    const value = native.clientCall(Handle.idOf(client), packCall(fun, args), Door.Await, -1)
    return parked(value, new Served(client), fun, -1)
  } catch (error) {
    return Promise.reject(error)
  } finally {
    unpack()
  }
}

function callWait(client: Handle, fun: string, args: readonly unknown[], above: Function): unknown {
  checkType(fun, 'fun', 'string', above)
  beforeBlocking(fun, undefined)
  assertElsewhere(client, fun)
  assertAnswered(client, fun)
  let value: unknown
  try {
    value = native.clientCall(Handle.idOf(client), packCall(fun, args), Door.Block, Infinity)
  } finally {
    unpack()
  }
  return afterBlocking(value, new Served(client), fun, -1, above)
}

/** A task that its loop's close has cut blocks in vain: the loop cannot come to its close, nor anybody to an answer. */
function assertAnswered(client: Handle, verb: string): void {
  if (currentScope()?.cancelled !== true) return
  const error = new Served(client).unserved(verb)
  if (error !== undefined) throw error
}

/** Who answers must not wait for the answer. */
function assertElsewhere(client: Handle, verb: string): void {
  if (!native.clientIsAlone(Handle.idOf(client))) return
  const message = `${verb} would wait for an answer that this very thread is to give.`
  throw new Served(client).unserved(verb) ?? new WouldDeadlockError(message)
}

function serverId(server: unknown): number {
  if (typeof server === 'object' && server !== null && Handle.is(server)) {
    if (Handle.kindOf(server) === HandleKind.Server) return Handle.idOf(server)
  }
  throw invalidArgType('server', 'an instance of Server', server, ClientBase)
}

// --- the methods: any name that nothing else has

/**
 * Puts an object behind a prototype that makes a method of every name it is asked for and does not have. Each is made
 * once, so a call costs no more than that of any method.
 */
function withMethods(prototype: object, parent: object, make: (name: string) => Function): void {
  const methods: object = Object.create(
    new Proxy(Object.create(parent) as object, {
      get(target, name, receiver) {
        // What every object has; what would make a promise of it, or a text.
        if (typeof name === 'symbol' || name in target || name === 'then' || name === 'toJSON') {
          return Reflect.get(target, name, receiver) as unknown
        }
        const method = make(name)
        Object.defineProperty(method, 'name', { value: name })
        Object.defineProperty(methods, name, { value: method, configurable: true, writable: true })
        return method
      },
    }),
  ) as object
  Object.setPrototypeOf(prototype, methods)
}

withMethods(ClientBase.prototype, Handle.prototype, name => {
  return function (this: Handle, ...args: unknown[]) {
    if (!(this instanceof ClientBase)) return Promise.reject(detached(name))
    return call(this, name, args)
  }
})

withMethods(SyncBase.prototype, Object.prototype, name => {
  const method = function (this: SyncBase<any>, ...args: unknown[]) {
    if (!(this instanceof SyncBase)) throw detached(name)
    return (this.execute as (fun: string, ...args: unknown[]) => unknown)(name, ...args)
  }
  return method
})

function detached(name: string): TypeError {
  const message = `'${name}' was called without its client; call it as client.${name}(…).`
  return Object.assign(new TypeError(message), { code: 'ERR_INVALID_THIS' })
}

/** The class of clients. What it makes has every method its server answers; `Client<A>` is its type. */
export const Client: { new <A>(server: Server<A>): ClientBase<A>; readonly prototype: ClientBase<any> } = ClientBase

Object.defineProperty(ClientBase, 'name', { value: 'Client' })
Handle.register(HandleKind.Client, ClientBase)
