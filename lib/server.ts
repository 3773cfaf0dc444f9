// Control inversion: async scripts call, and a main loop decides when each call is answered.
//
// Promises that `process` never says that there is nothing to do while a script is merely not scheduled yet, that calls
// are taken client by client in the order in which the clients were made, and that each is answered, rejected or
// cancelled once. Waiting for the loop is in `serving/rest.ts`, the life of one request in `serving/request.ts`.

import { isA } from './methods.js'
import { MOST, checkCount, checkObject, checkOptions, invalidArgType } from './arguments.js'
import { isOne } from './brands.js'
import { Client, type Client as ClientOf, type ExecutionRequest } from './client.js'
import { createTask } from './create-task.js'
import { InterruptedError, InvalidStateError } from './errors.js'
import { Future } from './future.js'
import { Handle, HandleKind } from './native/handle.js'
import { Items } from './wait/items.js'
import { control, native, requestReturn, runnerLoad, waitReturn } from './native/native.js'
import { Choice, Door, End, Status, Word } from './native/protocol.js'
import type { Handlers } from './serving/methods.js'
import {
  answerBy,
  answerThrough,
  assertRead,
  receiveRequest,
  settleBy,
  withFuture,
  type TakenRequest,
} from './serving/request.js'
import { Budget, budgetOf, untilAtRest, untilAtRestWithin } from './serving/rest.js'
import { ServerWait } from './serving/server-wait.js'
import { runnerOptions, runnerOptionsOf } from './maker/options.js'
import { AsyncRunner, lifeOf, type RunnerOptions } from './runner.js'
import { BackgroundTask, cancelCount, cleanUp } from './task.js'
import { atCaller } from './stack.js'
import { checkTimeout, TimeoutTimer, type WaitOptions } from './timeout.js'
import { afterBlocking } from './wait/doors.js'
import { runnerOf } from './wait/outcome.js'

export type { Handlers } from './serving/methods.js'

/** What a server is made with, beside the options of the runner whose loop the scripts run on. */
export interface ServerOptions<A> extends RunnerOptions {
  /** How many requests of one client are pending at most; those beyond wait in their order. 10 by default. */
  queueSize?: number
  /** The functions that answer, method by method, where `handleRequest` is not overridden. */
  handlers?: Handlers<A>
}

/** How far `processAll` goes. */
export interface ProcessOptions {
  /** Milliseconds after which no further request is taken, and the loop is waited for no longer. */
  maxTime?: number
  /** How many requests it handles at most. */
  maxRequests?: number
}

/** What `createBackgroundTask` takes beside the function and its arguments. */
export interface BackgroundTaskOptions extends WaitOptions {
  /** In errors and statistics; left out, the function's name. */
  name?: string
}

/** What the thread that made a server knows of it. The object is kept: its class and its handlers are nowhere else. */
interface Made {
  readonly server: object
  /** Kept, too: the loop of a runner whose object is gone is told so again and again, and does not rest meanwhile. */
  readonly runner: object
  readonly handlers: object | undefined
}

const made = new Map<number, Made>()

/** A loop for async scripts, whose calls are answered when its main loop says so. */
export class Server<A = any> extends Handle implements Disposable, AsyncDisposable {
  /**
   * Returns at once; the loop starts in the background.
   *
   * @throws TypeError `ERR_INVALID_ARG_TYPE`, RangeError `ERR_OUT_OF_RANGE`; no thread is started.
   */
  constructor(options: ServerOptions<A> = {}) {
    const { queueSize, handlers } = checkServerOptions(options)
    const runner = new AsyncRunner(runnerOptionsOf(options))
    const id = native.serverCreate(Handle.idOf(runner), queueSize)
    super(HandleKind.Server, id)
    made.set(id, { server: this, runner, handlers })
  }

  /**
   * Called by `process` and the other calls that handle requests, on the thread that made the server, for each request:
   * answers by settling the future, now or later, from any thread. To be overridden where the `handlers` of the options
   * are not enough. What it throws rejects the call.
   */
  handleRequest(request: ExecutionRequest<A>, future: Future<unknown>): void {
    const { handlers } = madeHere(this, 'handleRequest')
    if (handlers === undefined)
      throw atCaller(new InvalidStateError('The server has neither handlers nor a handleRequest.'))
    settleBy(handlers, request.fun, request.args, future)
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
    const id = Handle.idOf(this)
    const budget = budgetOf(this, 'process', options)
    const { handlers } = madeHere(this, 'process')
    untilAtRest(this, budget)
    let request = take(this, Choice.Next)
    if (request === undefined) {
      untilAtRest(this, budget, true)
      request = take(this, Choice.Next)
      if (request === undefined) return false
    }
    let remaining: number
    try {
      remaining = budget.remaining
      handle(this, handlers, request)
    } catch (error) {
      requestReturn(request.number, id, request.isBegun)
      throw error
    }
    untilAtRest(this, budget.resumedWith(remaining)) // The time the handler took does not count.
    return true
  }

  /**
   * Blocks while it handles requests, one of each client a round, until there are none or a limit is reached, and
   * returns how many it has handled. Within a round it does not wait for the loop, which makes it faster than `process`;
   * the order is the same whatever the machine does meanwhile.
   *
   * @throws as `process`; the requests before have been handled, and those behind stay where they are.
   */
  processAll(options: ProcessOptions = {}): number {
    const { maxTime, maxRequests } = checkProcessOptions(options)
    const budget = budgetOf(this, 'processAll', undefined)
    const { handlers } = madeHere(this, 'processAll')
    const limit = maxTime === Infinity ? undefined : new TimeoutTimer(maxTime)
    let count = 0
    let isSure = false
    while (count < maxRequests && untilAtRestWithin(this, budget, limit, isSure)) {
      const handled = processRound(this, handlers, maxRequests - count, budget, limit)
      if (handled === 0 && isSure) break
      isSure = handled === 0 // Only a loop that has come round is sure to have no request.
      count += handled
    }
    return count
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
    const { handlers } = madeHere(this, 'processUntil')
    try {
      serveUntil(this, handlers, task, budget)
    } catch (error) {
      if (isOne(error, InterruptedError)) {
        cleanUp(task, (verb, timeout) => serveUntil(this, handlers, task, budgetOf(this, verb, { timeout })))
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
   * Blocks until the loop is at rest, begins the next tick, blocks until the scripts it has woken are at rest, and
   * returns the tick's number; the first is 1. `timeout` as in `process`.
   *
   * @throws as `process`; an error that comes after the tick has begun has its number, as `tick`.
   */
  tick(options?: WaitOptions): number {
    const budget = budgetOf(this, 'tick', options)
    untilAtRest(this, budget, true)
    const number = native.serverTick(Handle.idOf(this))
    try {
      untilAtRest(this, budget)
    } catch (error) {
      throw Object.assign(error as Error, { tick: number })
    }
    return number
  }

  /**
   * Awaits each request with the future of its answer, on any thread whose loop is live; ends when the server is closed.
   *
   * @throws per request CancelledError, RunnerDiedError.
   */
  requests(): AsyncIterableIterator<[request: ExecutionRequest<A>, future: Future<unknown>]> {
    const id = Handle.idOf(this)
    return new Items({
      failures: () => new ServerWait(this).failures(),
      verb: 'requests',
      id,
      begin: (door, timeout) => native.serverNext(id, 0, door, timeout),
      receive(value) {
        const { 0: request, 1: future } = withFuture<Future<unknown>>(receiveRequest(value), id)
        return [request, future]
      },
    })
  }

  /** Returns how many requests wait to be handled, `queueSize` at most of each client. */
  get pending(): number {
    return native.serverPending(Handle.idOf(this))
  }

  // --- the scripts

  /** Returns a new client, which comes after all others in the round. */
  createClient(): ClientOf<A> {
    return new Client<A>(this) as ClientOf<A>
  }

  /** Returns a future that ends with this server. */
  createFuture<T>(): Future<T> {
    return new Future<T>(loopOf(this))
  }

  /**
   * Creates a task on the server's loop, and blocks until that is at rest. `fn` and `args` as in
   * `AsyncRunner.createTask`; `timeout` is in milliseconds, for the blocking; left out, `eventLoopTimeout`.
   *
   * @throws as `AsyncRunner.createTask`, no task is created; as `process`, the task is cancelled.
   */
  createBackgroundTask<R>(fn: () => R, args?: readonly [], options?: BackgroundTaskOptions): BackgroundTask<Awaited<R>>
  createBackgroundTask<P extends unknown[], R>(
    fn: (...args: P) => R,
    args: readonly [...P],
    options?: BackgroundTaskOptions,
  ): BackgroundTask<Awaited<R>>
  createBackgroundTask(fn: Function, args?: readonly unknown[], options: BackgroundTaskOptions = {}): unknown {
    const budget = budgetOf(this, 'createBackgroundTask', options, backgroundTaskOptions)
    const task = createTask(loopOf(this), fn, args, options.name === undefined ? undefined : { name: options.name })
    try {
      untilAtRest(this, budget)
    } catch (error) {
      task.cancel()
      throw error
    }
    return task
  }

  // --- the loop

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
   * Blocks until the server has ended: no call is taken any more, tasks are cancelled and clean up, and calls that are
   * left end. A second call does nothing.
   *
   * @throws as `AsyncRunner.close`.
   */
  close(): void {
    try {
      loopOf(this).close()
    } finally {
      made.delete(Handle.idOf(this))
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
      made.delete(Handle.idOf(this))
    }
  }

  [Symbol.dispose](): void {
    this.close()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.closeAsync()
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

/** What is known of a server that this thread has made. Requests can be handled nowhere else. */
function madeHere(server: Handle, verb: string): Made {
  const here = made.get(Handle.idOf(server))
  if (here !== undefined) return here
  if (!loopOf(server).isRunning) throw atCaller(new ServerWait(server).failures().ended(verb, End.Closed)!)
  const message = `${verb} handles requests on the thread that made the server; here, use requests().`
  throw atCaller(new InvalidStateError(message))
}

// --- requests

function take(server: Handle, choice: Choice): TakenRequest | undefined {
  const id = Handle.idOf(server)
  const value = native.serverTake(id, choice, 0)
  const status = control[Word.Status]!
  if (status === Status.Refused) return undefined
  try {
    return receiveRequest(value)
  } catch (error) {
    waitReturn(id, value, status)
    throw error
  }
}

/** Handles one request of each client, `most` in all and while `limit` has time left; returns how many. */
function processRound<A>(
  server: Server<A>,
  handlers: object | undefined,
  most: number,
  budget: Budget,
  limit: TimeoutTimer | undefined,
): number {
  const id = Handle.idOf(server)
  let handled = 0
  while (handled < most && limit?.remaining !== 0) {
    const request = take(server, handled === 0 ? Choice.BeginRound : Choice.InRound)
    if (request === undefined) break
    handled++
    let cancelsBefore: number
    try {
      cancelsBefore = cancelCount()
      handle(server, handlers, request)
    } catch (error) {
      requestReturn(request.number, id, request.isBegun)
      throw error
    }
    // A client that the handler has just cancelled is skipped in this round: wait until its loop has said so.
    if (cancelCount() !== cancelsBefore && !untilAtRestWithin(server, budget, limit, false)) break
  }
  return handled
}

/** Serves until the task has ended. An error of a handler goes no further: the call was rejected with it. */
function serveUntil<A>(
  server: Server<A>,
  handlers: object | undefined,
  task: BackgroundTask<unknown>,
  budget: Budget,
): void {
  const id = Handle.idOf(server)
  for (;;) {
    const request = next(server, task, budget)
    if (request === undefined) return
    try {
      handle(server, handlers, request)
    } catch (error) {
      requestReturn(request.number, id, request.isBegun)
      if (isOne(error, InterruptedError)) throw error // Ctrl-C ends everything that blocks.
    }
  }
}

/** Blocks for the next request; undefined where the task has ended. */
function next(server: Handle, task: BackgroundTask<unknown>, budget: Budget): TakenRequest | undefined {
  const id = Handle.idOf(server)
  const value = native.serverNext(id, Handle.idOf(task), Door.Block, budget.remaining)
  const status = control[Word.Status]!
  if (status === Status.Done) return undefined
  let result: unknown
  try {
    result = afterBlocking(value, budget, budget.verb, budget.timeout, next, id)
  } catch (error) {
    waitReturn(id, value, status)
    throw error
  }
  return typeof result === 'object' ? (result as TakenRequest) : undefined
}

function handle<A>(server: Server<A>, handlers: object | undefined, request: TakenRequest): void {
  assertRead(request)
  const isPlain = server.handleRequest === Server.prototype.handleRequest
  // The short way: no future is made where no code of the user's would see it.
  if (isPlain && handlers !== undefined) return answerBy(handlers, request)
  answerThrough((each, future: Future<unknown>) => server.handleRequest(each, future), request, Handle.idOf(server))
}

// --- what it is made with

const serverOptions = ['queueSize', 'handlers', ...runnerOptions]
const processOptions = ['maxTime', 'maxRequests']
const backgroundTaskOptions = ['timeout', 'name']

function checkServerOptions<A>(options: ServerOptions<A>): { queueSize: number; handlers: object | undefined } {
  const { queueSize = 10, handlers } = checkOptions(options, serverOptions)
  if (handlers !== undefined) checkObject(handlers, 'options.handlers')
  return { queueSize: checkCount(queueSize, 'options.queueSize', 1, MOST, MOST), handlers }
}

function checkProcessOptions(options: ProcessOptions): Required<ProcessOptions> {
  const { maxTime, maxRequests = Infinity } = checkOptions(options, processOptions)
  checkCount(maxRequests, 'options.maxRequests', 0, MOST, MOST)
  return { maxTime: checkTimeout(maxTime, 'options.maxTime') ?? Infinity, maxRequests }
}
