// The calling end of control inversion: a stub whose methods are answered by a server's main loop.
//
// Promises that a call is made once and answered, rejected or cancelled once; that the server never sees a call that was
// given up before; and that a client, which has a method of nearly every name, has no `then` and no `toJSON`. Refuses
// arguments that cannot cross before the call is made.

import { checkCount, checkType, invalidArgType } from './arguments.js'
import { WouldDeadlockError } from './errors.js'
import { Handle, HandleKind } from './native/handle.js'
import { parked, rejected } from './wait/hub.js'
import { afterBlocking, beforeBlocking } from './wait/doors.js'
import { currentScope, takeCut, throwCut } from './wait/scope.js'
import { native } from './native/native.js'
import { Door } from './native/protocol.js'
import { packCall, unpack } from './wire/payload.js'
import { scratch } from './wire/scratch.js'
import type { Arguments, ClientName, MethodName, Methods, Result, SyncMethods } from './serving/methods.js'
import { atCaller } from './stack.js'
import { runnerOf } from './wait/outcome.js'
import { ServerWait } from './serving/server-wait.js'

export type { ExecutionRequest, MethodName, Methods, SyncMethods } from './serving/methods.js'

/** A stub for the methods of `A`, on any thread. */
export type Client<A = any> = ClientBase<A> & Methods<A>

/** A `Server`, as far as a client needs one. */
export interface ServerHandle<A> extends Handle {
  createClient(): Client<A>
}

/** What every client has; its methods are those of its server's interface. */
class ClientBase<A> extends Handle implements Record<ClientName, unknown> {
  /**
   * Makes a client that comes after all others in the round. Inside a task, `server` is the handle that has arrived.
   *
   * @throws TypeError `ERR_INVALID_ARG_TYPE` when `server` is not a server.
   */
  constructor(server: ServerHandle<A>) {
    super(HandleKind.Client, native.clientCreate(serverId(server)))
  }

  /**
   * Resolves with the server's answer to a call of the method `fun`; for stubs that are written by hand.
   *
   * @throws what the server answered with; UncloneableError before the call is made; CancelledError when the task is
   *   cancelled: a call that the server has not taken by then is withdrawn. RunnerClosedError, RunnerDiedError: there
   *   will be no answer.
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
    if (count === 0) return // Never by way of the hub: its place among the answers there would be left to chance.
    const target = new ServerWait(this)
    try {
      await parked(native.serverDelay(Handle.idOf(this), count, Door.Await), target, 'delay', -1)
    } catch (error) {
      await rejected(error)
    }
  }
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

  /** @internal Blocks as `execute`, with the arguments as a list. */
  static callBy(sync: SyncBase<any>, fun: string, args: readonly unknown[]): unknown {
    return callWait(sync.#client, fun, args, sync.execute)
  }

  /** Blocks until the server has begun so many more ticks. */
  delay(ticks: number): void {
    const count = checkCount(ticks, 'ticks', 0)
    beforeBlocking('delay', undefined)
    assertElsewhere(this.#client, 'delay')
    if (count > 0) assertAnswered(this.#client, 'delay')
    const value = native.serverDelay(Handle.idOf(this.#client), count, Door.Block)
    afterBlocking(value, new ServerWait(this.#client), 'delay', -1, this.delay)
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
  const start = scratch.at
  try {
    const target = new ServerWait(client)
    const packed = packCall(fun, args)
    throwCut() // The getters of the arguments may have waited.
    return parked(native.clientCall(Handle.idOf(client), packed, Door.Await, -1), target, fun, -1)
  } catch (error) {
    return rejected(error)
  } finally {
    unpack(start)
  }
}

function callWait(client: Handle, fun: string, args: readonly unknown[], above: Function): unknown {
  checkType(fun, 'fun', 'string', above)
  beforeBlocking(fun, undefined)
  assertElsewhere(client, fun)
  assertAnswered(client, fun)
  let value: unknown
  const start = scratch.at
  try {
    const packed = packCall(fun, args)
    throwCut()
    value = native.clientCall(Handle.idOf(client), packed, Door.Block, Infinity)
  } finally {
    unpack(start)
  }
  return afterBlocking(value, new ServerWait(client), fun, -1, above)
}

/** A task that was cancelled must not block for a server that is closing: it would wait for ever, and hold the loop. */
function assertAnswered(client: Handle, verb: string): void {
  if (currentScope()?.cancelled !== true) return
  const error = new ServerWait(client).unserved(verb)
  if (error !== undefined) throw atCaller(error)
}

/** The thread that answers must not wait for the answer. */
function assertElsewhere(client: Handle, verb: string): void {
  if (!native.clientIsAlone(Handle.idOf(client))) return
  const message = `${verb} would wait for an answer that only this thread can give.`
  throw atCaller(new ServerWait(client).unserved(verb) ?? new WouldDeadlockError(message))
}

function serverId(server: unknown): number {
  if (typeof server === 'object' && server !== null && Handle.is(server)) {
    if (Handle.kindOf(server) === HandleKind.Server) return Handle.idOf(server)
  }
  throw invalidArgType('server', 'an instance of Server', server, ClientBase)
}

// --- the methods of an interface: every name that is not taken

/**
 * Gives a prototype a prototype that makes a method for every name it is asked for and does not have. Each method is
 * made once, so calling it costs no more than calling any other.
 */
function withMethods(prototype: object, parent: object, make: (name: string) => Function): void {
  const methods: object = Object.create(
    new Proxy(Object.create(parent) as object, {
      get(target, name, receiver) {
        // What every object has, and what would make a promise or a text of a client.
        if (typeof name === 'symbol' || name in target || name === 'then' || name === 'toJSON') {
          return Reflect.get(target, name, receiver) as unknown
        }
        const method = make(name)
        Object.defineProperty(method, 'name', { __proto__: null, value: name } as PropertyDescriptor)
        const field = { __proto__: null, value: method, configurable: true, writable: true }
        Object.defineProperty(methods, name, field as PropertyDescriptor)
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
    return SyncBase.callBy(this, name, args)
  }
  return method
})

function detached(name: string): TypeError {
  const message = `'${name}' was called without its client; call it as client.${name}(…).`
  return atCaller(Object.assign(new TypeError(message), { code: 'ERR_INVALID_THIS' }))
}

/** The class of clients. Its instances have every method that their server answers; `Client<A>` is their type. */
export const Client: { new <A>(server: ServerHandle<A>): ClientBase<A>; readonly prototype: ClientBase<any> } =
  ClientBase

Object.defineProperty(ClientBase, 'name', { value: 'Client' })
Object.defineProperty(SyncBase, 'name', { value: 'SyncClient' })
Handle.register(HandleKind.Client, ClientBase, client => ({ fields: { server: runnerOf(client)?.name } }))
