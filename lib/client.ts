// The calling end of control inversion: a stub whose methods are answered by a server's main loop.
//
// Promises that a client, which has a method of nearly every name, has no `then` and no `toJSON`, and that none of them
// does anything for an object of another class. What a call does, and how it ends, is in `serving/calls.ts`.

import { inspect, type InspectOptions } from 'node:util'
import { checkObject, invalidArgType, invalidThis } from './arguments.js'
import { markAsOurs, refuseClones } from './brands.js'
import { Handle, HandleKind } from './native/handle.js'
import { native } from './native/native.js'
import { call, callWait, delay, delayWait, none, type Limits } from './serving/calls.js'
import { checkDelay } from './serving/clock.js'
import { detached, withMethods } from './serving/every-method.js'
import type { Arguments, ClientName, MethodName, Methods, Result, SyncMethods } from './serving/methods.js'
import { checkAwaitOptions, type AwaitOptions } from './timeout.js'
import { runnerOf } from './wait/outcome.js'

export type { ExecutionRequest, MethodName, Methods, SyncMethods } from './serving/methods.js'

/**
 * A stub for the methods of `A`, on any thread.
 *
 * @example
 * const server = new Server({ handlers: { walk: (direction: string) => direction === 'north' } })
 * const client = server.createClient()
 * server.createBackgroundTask(async client => {
 *   while (await client.walk('north')) await client.nextTick()
 * }, [client])
 */
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
    super(HandleKind.Client, native.clientCreate(serverId(server), undefined))
  }

  /**
   * Resolves with the server's answer to a call of the method `fun`; for stubs that are written by hand.
   *
   * @throws what the server answered with; UncloneableError before the call is made; CancelledError when the task is
   *   cancelled: a call that the server has not taken by then is withdrawn. RunnerClosedError, RunnerDiedError: there
   *   will be no answer.
   */
  execute<K extends MethodName<A>>(fun: K, ...args: Arguments<A[K]>): Promise<Result<A[K]>> {
    return call(this, fun, args, none) as Promise<Result<A[K]>>
  }

  /** The same methods for straight-line scripts: each blocks until it is answered. Needs `allowBlocking`. */
  get sync(): SyncClient<A> {
    Handle.check(this)
    let sync = syncs.get(this)
    if (sync === undefined) syncs.set(this, (sync = new SyncBase<A>(this, none)))
    return sync as SyncClient<A>
  }

  /**
   * Returns the same client, in the same place of the round, each of whose calls can be given up: when `signal` is aborted
   * or `timeout` milliseconds have passed since the call. A call that is given up before the server has taken it is never
   * seen; one that was taken has `request.cancelled` from then on, and its answer is dropped. The same holds for
   * `nextTick`, `delay` and `sync`, whose calls look at the signal only before they block. What is left out is as it was.
   *
   * @throws TypeError `ERR_INVALID_ARG_TYPE`, RangeError `ERR_OUT_OF_RANGE`. A call that is given up rejects with
   *   `signal.reason` or EventLoopTimeoutError, and leaves nothing pending.
   *
   * @example
   * const door = await client.with({ timeout: 500 }).openDoor()
   * const losing = new AbortController()
   * const patient = client.with({ signal: losing.signal })
   * await Promise.race([patient.table(), patient.delay(10)]).finally(() => losing.abort())
   */
  with(options: AwaitOptions): Client<A> {
    Handle.check(this)
    return new ClientView<A>(this, none, checkAwaitOptions(checkObject(options))) as unknown as Client<A>
  }

  /** Returns its number among the clients of its server, which count from 1; `request.client` where it has no name. */
  get id(): number {
    return native.clientId(Handle.idOf(this))
  }

  /** Returns the time on the server's clock: 0 until `server.tick` or `server.advance` have moved it. */
  get now(): number {
    return native.serverNow(Handle.idOf(this))
  }

  /**
   * Resolves when the server begins its next tick, which is the next whole number on its clock.
   *
   * @throws CancelledError, RunnerClosedError, RunnerDiedError.
   */
  nextTick(): Promise<void> {
    return delay(this, -1, 'nextTick', none)
  }

  /**
   * Resolves when the server's clock has moved on by so much, in whatever unit the simulation has; 0 resolves at once.
   *
   * @throws as `nextTick`; TypeError `ERR_INVALID_ARG_TYPE`, RangeError `ERR_OUT_OF_RANGE` unless it is a finite number
   *   from 0 on, which is over at 2^52 on the clock at the latest.
   *
   * @example
   * await client.delay(2.5)
   * console.log(client.now)
   */
  delay(time: number): Promise<void> {
    return delay(this, time, 'delay', none, ClientBase.prototype.delay)
  }
}

/** What `client.sync` has beside the methods. */
class SyncBase<A> {
  readonly #client: Handle
  readonly #options: Limits

  constructor(client: Handle, options: Limits) {
    this.#client = client
    this.#options = options
    refuseClones(this)
  }

  static #check(sync: SyncBase<any>): void {
    if (typeof sync !== 'object' || sync === null || !(#client in sync)) throw invalidThis()
  }

  /**
   * Blocks until the server has answered a call of the method `fun`.
   *
   * @throws as `client.execute`; WouldDeadlockError, InterruptedError.
   */
  execute<K extends MethodName<A>>(fun: K, ...args: Arguments<A[K]>): Result<A[K]> {
    SyncBase.#check(this)
    return callWait(this.#client, fun, args, this.#options, this.execute) as Result<A[K]>
  }

  /** Blocks until the server begins its next tick. */
  nextTick(): void {
    SyncBase.#check(this)
    delayWait(this.#client, -1, 'nextTick', this.#options, this.nextTick)
  }

  /** @internal Blocks as `execute`, with the arguments as a list. */
  static callBy(sync: SyncBase<any>, fun: string, args: readonly unknown[]): unknown {
    return callWait(sync.#client, fun, args, sync.#options, sync.execute)
  }

  /** Blocks until the server's clock has moved on by so much. */
  delay(time: number): void {
    SyncBase.#check(this)
    delayWait(this.#client, checkDelay(time, this.delay), 'delay', this.#options, this.delay)
  }
}

/** The methods of `A`, each of which blocks; `client.sync`. */
export type SyncClient<A = any> = SyncBase<A> & SyncMethods<A>

const syncs = new WeakMap<object, object>()

/** What `client.with(…)` returns. Its prototype chain, set below, makes it a client that is no handle. */
class ClientView<A> implements Record<ClientName, unknown> {
  readonly #client: ClientBase<A>
  readonly #options: Limits

  constructor(client: ClientBase<A>, before: Limits, { timeout, signal }: AwaitOptions) {
    this.#client = client
    this.#options = { timeout: timeout ?? before.timeout, signal: signal ?? before.signal }
    refuseClones(this)
  }

  execute(fun: string, ...args: readonly unknown[]): Promise<unknown> {
    if (!ClientView.is(this)) return Promise.reject(invalidThis())
    return call(this.#client, fun, args, this.#options)
  }

  /** Whether a value is one, and calls go by it. */
  static is(value: unknown): value is ClientView<any> {
    return typeof value === 'object' && value !== null && #options in value
  }

  static #check(view: ClientView<any>): void {
    if (!ClientView.is(view)) throw invalidThis()
  }

  get sync(): unknown {
    ClientView.#check(this)
    return new SyncBase<A>(this.#client, this.#options)
  }

  with(options: AwaitOptions): unknown {
    ClientView.#check(this)
    return new ClientView<A>(this.#client, this.#options, checkAwaitOptions(checkObject(options)))
  }

  get id(): number {
    ClientView.#check(this)
    return this.#client.id
  }

  get now(): number {
    ClientView.#check(this)
    return this.#client.now
  }

  nextTick(): Promise<void> {
    if (!ClientView.is(this)) return Promise.reject(invalidThis())
    return delay(this.#client, -1, 'nextTick', this.#options)
  }

  async delay(time: number): Promise<void> {
    ClientView.#check(this)
    await delay(this.#client, time, 'delay', this.#options, ClientView.prototype.delay)
  }

  /** Shows it as the client it comes from, with what limits its calls. */
  [inspect.custom](depth: number, options: InspectOptions, inspectValue: typeof inspect): string {
    const { timeout, signal } = this.#options
    const limits = { ...(timeout !== undefined && { timeout }), ...(signal !== undefined && { signal }) }
    return Handle.shown(this.#client, limits, depth, options, inspectValue)
  }
}

function serverId(server: unknown): number {
  if (typeof server === 'object' && server !== null && Handle.is(server)) {
    if (Handle.kindOf(server) === HandleKind.Server) return Handle.idOf(server)
  }
  throw invalidArgType('server', 'an instance of Server', server, ClientBase)
}

markAsOurs(ClientBase.prototype)
markAsOurs(ClientView.prototype)
markAsOurs(SyncBase.prototype)

// --- the methods of an interface: every name that is not taken

withMethods(ClientBase.prototype, Handle.prototype, Handle.prototype, name => {
  return function (this: Handle, ...args: unknown[]) {
    if (!(this instanceof ClientBase)) return Promise.reject(detached(name))
    return call(this, name, args, none)
  }
})

delete (ClientView.prototype as { constructor?: unknown }).constructor // That of every client.
withMethods(ClientView.prototype, ClientBase.prototype, Handle.prototype, name => {
  return function (this: ClientView<unknown>, ...args: unknown[]) {
    if (!ClientView.is(this)) return Promise.reject(detached(name))
    return ClientView.prototype.execute.call(this, name, ...args)
  }
})

withMethods(SyncBase.prototype, Object.prototype, Object.prototype, name => {
  const method = function (this: SyncBase<any>, ...args: unknown[]) {
    if (!(this instanceof SyncBase)) throw detached(name)
    return SyncBase.callBy(this, name, args)
  }
  return method
})

/**
 * The class of clients. Its instances have every method that their server answers; `Client<A>` is their type.
 *
 * @example
 * const server = new Server({ handlers: { walk: (direction: string) => direction === 'north' } })
 * const client = server.createClient()
 * server.createBackgroundTask(async client => {
 *   while (await client.walk('north')) await client.nextTick()
 * }, [client])
 */
export const Client: { new <A>(server: ServerHandle<A>): ClientBase<A>; readonly prototype: ClientBase<any> } =
  ClientBase

Object.defineProperty(ClientBase, 'name', { __proto__: null, value: 'Client' } as PropertyDescriptor)
Object.defineProperty(SyncBase, 'name', { __proto__: null, value: 'SyncClient' } as PropertyDescriptor)
Handle.register(HandleKind.Client, ClientBase, client => ({ fields: { server: runnerOf(client)?.name } }))
Handle.refuse(ClientView.prototype, 'a client made by with(…), which stays on its thread; send the client itself')
