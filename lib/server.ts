// Control inversion: async scripts call, and a main loop decides when each call is answered.
//
// Promises that `process` never says that there is nothing to do while a script is merely not scheduled yet, that calls
// are taken client by client in the order in which the clients were made, and that each is answered, rejected or
// cancelled once. Waiting for the loop is in `serving/rest.ts`, the life of one request in `serving/request.ts`.

import type { AsyncLocalStorage } from 'node:async_hooks'
import { followedBy, isA, mapped } from './methods.js'
import { checkOptions, checkType, invalidArgType } from './arguments.js'
import { isOne } from './brands.js'
import { Client, type Client as ClientOf, type ExecutionRequest } from './client.js'
import { createTask, type TaskOptions } from './create-task.js'
import { InterruptedError, InvalidStateError, type ShutdownType } from './errors.js'
import { Future } from './future.js'
import { Handle, HandleKind } from './native/handle.js'
import { native, runnerLoad } from './native/native.js'
import { processAll, processOne, serveUntil } from './serving/blocking.js'
import { advance, checkServers, checkUntil, clockOf, tick, tickAll } from './serving/clock.js'
import { assertNobodyReads, forget, madeHere, madeIfHere, madeToBlock, remember } from './serving/handling.js'
import { requestsOf, serveLive } from './serving/live.js'
import {
  advanceOptions,
  backgroundTaskOptions,
  checkProcessOptions,
  checkServeOptions,
  checkServingOptions,
  clientOptions,
  servingOptions,
  type AdvanceOptions,
  type BackgroundTaskOptions,
  type ClientOptions,
  type ProcessOptions,
  type ServeOptions,
  type ServingOptions,
} from './serving/options.js'
import { settleBy } from './serving/request.js'
import { budgetOf, untilAtRest } from './serving/rest.js'
import { runnerOptions, runnerOptionsOf } from './maker/options.js'
import { listenToScripts } from './maker/script-output.js'
import { AsyncRunner, lifeOf, type RunnerOptions, type RunnerStatistics } from './runner.js'
import { createScript, type Script, type ScriptOptions } from './script.js'
import { abandon, BackgroundTask, cleanUp } from './task.js'
import { atCaller } from './stack.js'
import { checkTimeout, type WaitOptions } from './timeout.js'
import { bindContext, type ContextOptions } from './wait/contexts.js'
import { runnerOf } from './wait/outcome.js'

export type { Handlers } from './serving/methods.js'
export type { ScriptOutput } from './wait/script-output.js'

export type {
  AdvanceOptions,
  BackgroundTaskOptions,
  ClientOptions,
  ProcessOptions,
  ServeOptions,
} from './serving/options.js'

/** What a server is made with, beside the options of the runner whose loop the scripts run on. */
export interface ServerOptions<A> extends RunnerOptions, ServingOptions<A> {}

/** A server and its runner at one moment. */
export interface ServerStatistics extends RunnerStatistics {
  /** Requests that were handed out, those that were answered, and those that wait to be handled (`pending`). */
  requestsTaken: number
  requestsAnswered: number
  requestsPending: number
  /** For how many milliseconds this thread, or others, have waited for the loop to come to rest. */
  waitedForRest: number
}

const plain: BackgroundTaskOptions = Object.freeze({ __proto__: null } as object)

const serverOptions = followedBy(servingOptions, runnerOptions)

/**
 * A loop for async scripts, whose calls are answered when its main loop says so.
 *
 * @example
 * const server = new Server({ handlers: { add: (a: number, b: number) => a + b } })
 * const task = server.createBackgroundTask(async client => client.add(1, 2), [server.createClient()])
 * server.processAll() // runs the handlers here
 * console.log(task.wait())
 * server.close()
 */
export class Server<A = any> extends Handle implements Disposable, AsyncDisposable {
  /**
   * Returns at once; the loop starts in the background.
   *
   * @throws TypeError `ERR_INVALID_ARG_TYPE`, RangeError `ERR_OUT_OF_RANGE`; no thread is started.
   */
  constructor(options: ServerOptions<A> = {}) {
    const serving = checkServingOptions(checkOptions(options, serverOptions))
    const runner = new AsyncRunner(runnerOptionsOf(options))
    super(HandleKind.Server, native.serverCreate(Handle.idOf(runner), serving.queueSize, serving.scriptThreads))
    if (serving.onOutput !== undefined) listenToScripts(Handle.idOf(runner), serving.onOutput)
    remember(this, runner, Server.prototype.handleRequest, serving)
  }

  /**
   * Called by `process` and the other calls that handle requests, on the thread that made the server, for each request:
   * answers by settling the future, once, now or later, from any thread; the answer to a call that is over is dropped. To
   * be overridden where the `handlers` of the options are not enough. What it throws rejects the call.
   */
  handleRequest(request: ExecutionRequest<A>, future: Future<unknown>): void {
    const { handlers } = madeHere(this, 'handleRequest')
    if (handlers === undefined) throw nothingAnswers(` that answers '${request.fun}'`)
    settleBy(handlers, request.fun, request.args, future, Handle.idOf(this))
  }

  // --- the main loop

  /**
   * Blocks until the loop is at rest, handles one request, blocks until it is at rest again, and returns true; false
   * where there is no request. At rest: no script has anything to run but timers and I/O. `timeout` is in milliseconds and
   * for all of the waiting; left out, `eventLoopTimeout`.
   *
   * @throws EventLoopTimeoutError, which names the task that keeps the loop busy (what was handled has been);
   *   what the handler throws, after its call was rejected with it; RunnerClosedError, RunnerDiedError,
   *   WouldDeadlockError, InterruptedError.
   */
  process(options?: WaitOptions): boolean {
    const budget = budgetOf(this, 'process', options)
    return processOne(madeToBlock(this, 'process'), budget)
  }

  /**
   * Blocks while it handles requests, one of each client a round, until there are none or a limit is reached, and
   * returns how many it has handled. Within a round it does not wait for the loop, which makes it faster than `process`;
   * the order is the same whatever the machine does meanwhile.
   *
   * @throws as `process`; the requests before have been handled, and those behind stay where they are.
   */
  processAll(options: ProcessOptions = {}): number {
    const checked = checkProcessOptions(options)
    const budget = budgetOf(this, 'processAll', undefined)
    return processAll(madeToBlock(this, 'processAll'), budget, checked)
  }

  /**
   * Blocks until the task has ended, serving each request as it comes, and returns the task's result: how a synchronous
   * program calls an async library that calls back. What a handler throws rejects its call, and no more.
   * `timeout` is in milliseconds; left out, `eventLoopTimeout`. Ctrl-C cancels the task.
   *
   * @throws the task's error; EventLoopTimeoutError (the task goes on), CancelledError, RunnerClosedError,
   *   RunnerDiedError, WouldDeadlockError, InterruptedError.
   */
  processUntil<R>(task: BackgroundTask<R>, options?: WaitOptions): R {
    if (!isA(task, BackgroundTask)) {
      throw invalidArgType('task', 'an instance of BackgroundTask', task, this.processUntil)
    }
    const budget = budgetOf(this, 'processUntil', options)
    const here = madeToBlock(this, 'processUntil')
    assertNobodyReads(here, 'processUntil')
    try {
      serveUntil(here, task, budget)
    } catch (error) {
      if (isOne(error, InterruptedError)) {
        cleanUp(task, (verb, timeout) => serveUntil(here, task, budgetOf(this, verb, { timeout })))
      }
      throw error
    }
    return task.wait()
  }

  /**
   * Blocks until the loop is at rest.
   *
   * @throws as `process`.
   */
  settle(options?: WaitOptions): void {
    untilAtRest(this, budgetOf(this, 'settle', options), true)
  }

  /**
   * Blocks until the loop is at rest, moves the server's clock to the next whole number, and returns that: the number of
   * the tick; the first is 1. Scripts that wait for times in between, and then those that wait for the tick, are woken
   * instant by instant, and each time it blocks until they are at rest. `timeout` as in `process`.
   *
   * @throws as `process`; an error that comes after the tick has begun has its number, as `tick`. InvalidStateError at
   *   2^53 - 1, where the clock stops.
   */
  tick(options?: WaitOptions): number {
    return tick(clockOf(this, 'tick', options))
  }

  /**
   * Blocks until the loops of several servers are at rest at one moment, and moves each server's clock to its next whole
   * number, as `tick` does; servers whose clocks show the same time pass through their instants together. Returns the
   * numbers of the ticks. `timeout` is in milliseconds and for all of the waiting; left out, each server's
   * `eventLoopTimeout`.
   *
   * @throws as `tick`; TypeError `ERR_INVALID_ARG_TYPE`, `ERR_INVALID_ARG_VALUE` where a server is named twice; no clock
   *   has moved then.
   *
   * @example
   * Server.tickAll([north, south])
   * for (const server of [north, south]) server.processAll()
   */
  static tickAll(servers: readonly Server[], options?: WaitOptions): number[] {
    return tickAll(mapped(checkServers(servers, Server, Server.tickAll), server => clockOf(server, 'tickAll', options)))
  }

  /**
   * Blocks until the loop is at rest, moves the server's clock to the earliest time that a script waits for, blocks until
   * the scripts it has woken are at rest, and returns that time. Where no script waits for a time up to `until`, the time
   * is `until` from now on if it was given, and undefined is returned. `timeout` as in `process`.
   *
   * @throws as `process`, where `server.now` tells whether the clock has moved; TypeError `ERR_INVALID_ARG_TYPE`,
   *   RangeError `ERR_OUT_OF_RANGE` unless `until` is a number from `server.now` to 2^53 - 1.
   *
   * @example
   * const server = new Server({ handlers: { say: (text: string) => console.log(text) } })
   * server.createBackgroundTask(async client => {
   *   await client.delay(2.5)
   *   await client.say('hello')
   * }, [server.createClient()])
   * while (server.advance({ until: 100 }) !== undefined) server.processAll()
   */
  advance(options: AdvanceOptions = plain): number | undefined {
    const clock = clockOf(this, 'advance', options, advanceOptions)
    return advance(clock, checkUntil(options.until, clock.id, this.advance))
  }

  /** Returns the time on the server's clock: 0 until `tick` or `advance` have moved it. */
  get now(): number {
    return native.serverNow(Handle.idOf(this))
  }

  /**
   * Awaits each request with the future of its answer, on any thread whose loop is live; ends when the server is closed.
   *
   * @throws per request CancelledError, RunnerDiedError.
   */
  requests(): AsyncIterableIterator<[request: ExecutionRequest<A>, future: Future<unknown>]> {
    return requestsOf<ExecutionRequest<A>, Future<unknown>>(this)
  }

  /**
   * Handles each request as it comes, on the thread that made the server, whose loop has to be live; resolves when the
   * server is closed, or the signal aborted: the server then stays open, and what handlers have begun goes on. A handler
   * that returns a promise answers when that is settled. What a handler throws rejects its call, and no more.
   * Meanwhile `process`, `processAll` and `processUntil` throw InvalidStateError.
   *
   * @throws RunnerDiedError; CancelledError where a task serves and is cancelled; InvalidStateError on other threads, and
   *   where there is nothing that would answer; TypeError `ERR_INVALID_ARG_TYPE`. No request is lost: what was not taken
   *   waits for whatever handles requests next.
   *
   * @example
   * const server = new Server({ handlers: { read: name => fs.promises.readFile(name, 'utf8') } })
   * const task = server.createTask(client => client.read('package.json'), [server.createClient()])
   * const serving = server.serve()
   * console.log(await task.result())
   * await server.closeAsync()
   * await serving
   */
  async serve(options?: ServeOptions): Promise<void> {
    const signal = checkServeOptions(options)
    const here = madeHere(this, 'serve')
    if (here.handlers === undefined && this.handleRequest === Server.prototype.handleRequest) throw nothingAnswers()
    await serveLive(here, signal)
  }

  /** Returns how many requests wait to be handled, `queueSize` at most of each client. */
  get pending(): number {
    return native.serverPending(Handle.idOf(this))
  }

  // --- the scripts

  /**
   * Returns a new client, which comes after all others in the round. Its requests say who asks, by `request.client`: the
   * `name`, which no script can give itself, else `client.id`.
   *
   * @throws TypeError `ERR_INVALID_ARG_TYPE`; InvalidStateError for a name on another thread than that which made the
   *   server; RunnerClosedError for a name after `close`. No client is made.
   */
  createClient(options: ClientOptions = plain): ClientOf<A> {
    Handle.check(this)
    const { name } = checkOptions(options, clientOptions)
    if (name === undefined) return new Client<A>(this) as ClientOf<A>
    checkType(name, 'options.name', 'string', this.createClient)
    if (madeIfHere(this) === undefined && loopOf(this).isRunning) {
      throw atCaller(new InvalidStateError('createClient gives names only on the thread that made the server.'))
    }
    madeHere(this, 'createClient')
    const id = native.clientCreate(Handle.idOf(this), name)
    return Handle.objectFor(HandleKind.Client, id) as unknown as ClientOf<A>
  }

  /**
   * Returns at once: from now on, stores in `storage` travel with the tasks that code of this thread creates for this
   * server, as `runner.bindContext` says, and with the calls of its clients: a handler finds the store of the script that
   * calls, if that has one.
   *
   * @throws as `runner.bindContext`.
   */
  bindContext(storage: AsyncLocalStorage<any>, options?: ContextOptions): void {
    bindContext(Handle.idOf(loopOf(this)), storage, options, this.bindContext)
  }

  /** Returns a future that ends with this server. */
  createFuture<T>(): Future<T> {
    return new Future<T>(loopOf(this))
  }

  /**
   * Returns at once: the server's loop will call `fn` with copies of `args`. Everything is as in
   * `AsyncRunner.createTask`. A program whose own loop is live uses this; `createBackgroundTask` blocks.
   *
   * @throws as `AsyncRunner.createTask`; no task is created.
   *
   * @example
   * const task = server.createTask(async client => client.walk('north'), [server.createClient()], { timeout: 1000 })
   * await task.result()
   */
  createTask<R>(fn: () => R, args?: readonly [], options?: TaskOptions): BackgroundTask<Awaited<R>>
  createTask<P extends unknown[], R>(
    fn: (...args: P) => R,
    args: readonly [...P],
    options?: TaskOptions,
  ): BackgroundTask<Awaited<R>>
  createTask(fn: Function, args?: readonly unknown[], options?: TaskOptions): BackgroundTask<unknown> {
    return createTask(loopOf(this), fn, args, options)
  }

  /**
   * Creates a task on the server's loop, and blocks until that is at rest. `fn`, `args` and `signal` as in
   * `AsyncRunner.createTask`, whose `timeout` is here called `lifetime`; `timeout` is in milliseconds, for the blocking;
   * left out, `eventLoopTimeout`.
   *
   * @throws as `AsyncRunner.createTask`, no task is created; as `process`, the task is cancelled.
   */
  createBackgroundTask<R>(fn: () => R, args?: readonly [], options?: BackgroundTaskOptions): BackgroundTask<Awaited<R>>
  createBackgroundTask<P extends unknown[], R>(
    fn: (...args: P) => R,
    args: readonly [...P],
    options?: BackgroundTaskOptions,
  ): BackgroundTask<Awaited<R>>
  createBackgroundTask(
    fn: Function,
    args?: readonly unknown[],
    options: BackgroundTaskOptions = plain,
  ): BackgroundTask<unknown> {
    const budget = budgetOf(this, 'createBackgroundTask', options, backgroundTaskOptions)
    const { name, signal, lifetime } = options
    checkTimeout(lifetime, 'options.lifetime')
    const isPlain = name === undefined && signal === undefined && lifetime === undefined
    const task = createTask(loopOf(this), fn, args, isPlain ? undefined : { name, signal, timeout: lifetime })
    try {
      untilAtRest(this, budget)
    } catch (error) {
      abandon(task)
      throw error
    }
    return task
  }

  /**
   * Returns at once: `source`, an ES module that somebody else may have written, runs in an engine of its own on one of the
   * server's `scriptThreads`, with nothing but `host`, its client. What it exports as default, if that is a function, is called
   * with the client, and its result is the script's. Whatever it does, other scripts, this thread and the server's loop go on.
   *
   * @throws SyntaxError with `fileName`, `line` and `column`, and Error `ERR_MODULE_NOT_FOUND` for an import that is not among
   *   the `modules`; TypeError `ERR_INVALID_ARG_TYPE`, `ERR_INVALID_ARG_VALUE`, RangeError `ERR_OUT_OF_RANGE`,
   *   UncloneableError, ScriptRestoreError, RunnerClosedError, RunnerDiedError; no script is made then. Error
   *   `ERR_SCRIPTS_UNAVAILABLE` where the addon was built without an engine.
   *
   * @example
   * const server = new Server({ handlers: { walk: (direction: string) => direction === 'north' } })
   * const script = server.createScript(`
   *   while (await host.walk('north')) await host.nextTick()
   * `)
   * for (let i = 0; i < 3; i++) {
   *   server.processAll()
   *   server.tick()
   * }
   * script.cancel()
   */
  createScript<R = unknown>(source: string, options: ScriptOptions<A> = plain): Script<R> {
    return createScript<R>(this, loopOf(this), source, options)
  }

  // --- the loop

  /** Returns the name of its runner: that of the options, or one of its own. */
  get name(): string {
    return loopOf(this).name
  }

  /** Returns whether it takes calls and tasks: from the constructor on until it is closed or its thread has ended. */
  get isRunning(): boolean {
    return loopOf(this).isRunning
  }

  /** Returns how it ended, or that it has not. */
  get shutdownType(): ShutdownType {
    return loopOf(this).shutdownType
  }

  /** Returns numbers about it and its runner, all of about one moment. */
  statistics(): ServerStatistics {
    const { 0: requestsTaken, 1: requestsAnswered, 2: waitedForRest } = native.serverStatistics(Handle.idOf(this))
    const requestsPending = this.pending
    return { ...loopOf(this).statistics(), requestsTaken, requestsAnswered, requestsPending, waitedForRest }
  }

  /** The timeout, in milliseconds, of blocking calls that are given none; `Infinity` unless set. */
  get eventLoopTimeout(): number {
    return native.serverTimeout(Handle.idOf(this))
  }

  set eventLoopTimeout(milliseconds: number) {
    loopOf(this).callInLoopTimeout = milliseconds
  }

  /** The time, in milliseconds, that `close` leaves for an orderly end. */
  get eventLoopExitTimeout(): number {
    return loopOf(this).exitTimeout
  }

  set eventLoopExitTimeout(milliseconds: number) {
    loopOf(this).exitTimeout = milliseconds
  }

  /**
   * Returns at once: from now on this server, as long as it is open, keeps the process alive; see `AsyncRunner.ref`.
   *
   * @throws as `AsyncRunner.ref`.
   */
  ref(): void {
    loopOf(this).ref()
  }

  /**
   * Returns at once: this server does not keep the process alive any more. That is how each begins.
   *
   * @throws as `AsyncRunner.unref`.
   */
  unref(): void {
    loopOf(this).unref()
  }

  /**
   * Blocks until the server has ended: no call is taken any more, tasks are cancelled and clean up, and calls that are
   * left end. A second call does nothing.
   *
   * @throws as `AsyncRunner.close`.
   */
  close(): void {
    try {
      loopOf(this).close()
    } finally {
      forget(this)
    }
  }

  /**
   * Resolves when the server has ended; see `close`.
   *
   * @throws as `AsyncRunner.closeAsync`.
   */
  async closeAsync(): Promise<void> {
    try {
      await loopOf(this).closeAsync()
    } finally {
      forget(this)
    }
  }

  [Symbol.dispose](): void {
    Handle.check(this)
    this.close()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    Handle.check(this)
    await this.closeAsync()
  }
}

Handle.register(HandleKind.Server, Server, server => {
  const runner = loopOf(server)
  const { tasksQueued, tasksRunning } = runnerLoad(Handle.idOf(runner))
  const tasks = tasksQueued + tasksRunning
  return { fields: { name: runner.name, state: lifeOf(runner), tasks, pending: server.pending } }
})

function loopOf(server: Handle): AsyncRunner {
  return runnerOf(server) as AsyncRunner
}

function nothingAnswers(what = ''): InvalidStateError {
  return atCaller(new InvalidStateError(`The server has neither handlers nor a handleRequest${what}.`))
}
