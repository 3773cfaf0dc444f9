// `NatsLink`: a connection to NATS on a loop of its own, for a thread that may block.
//
// Promises that heartbeats, reconnects and redeliveries go on while this thread blocks; that nothing of NATS is loaded on
// this thread; and that every call which waits when the link is closed ends with RunnerClosedError, or, for a put that
// went out, with UnconfirmedError.

import { maker } from '../arguments.js'
import { refuseClones } from '../brands.js'
import type { Client } from '../client.js'
import { ExceptionGroup, QueueShutDown } from '../errors.js'
import { Queue } from '../queue.js'
import { AsyncRunner } from '../runner.js'
import type { Server } from '../server.js'
import type { BackgroundTask } from '../task.js'
import { hrefOf } from '../task-module.js'
import type { AwaitOptions, WaitOptions } from '../timeout.js'
import { refuseKind } from '../wire/kinds.js'
import { half, linkClosed, type Loop } from './half.js'
import { checkLink, checkName, checkQueue, checkWork } from './options.js'
import type { NatsLinkOptions, NatsQueueOptions, NatsWorkOptions } from './options.js'
import { fault, type Command, type Commands, type ConnectionData } from './protocol.js'
import { NatsQueue } from './queue.js'
import { Remotes } from './serving/remotes.js'
import { NatsTasks } from './tasks.js'
import { NatsWork } from './work.js'

/** The clients, which are not installed with this package. */
const needed = ['@nats-io/transport-node', '@nats-io/jetstream']

/**
 * A connection to NATS. It belongs to the thread that has made it.
 *
 * @example
 * import { NatsLink } from 'threaded-async/nats'
 *
 * const link = new NatsLink({ servers: 'nats://127.0.0.1:4222' })
 * const jobs = link.queue<string>('jobs')
 * jobs.putWait('a job')
 * const delivery = jobs.getWait({ timeout: 5000 })
 * delivery.ack()
 * link.close()
 */
export class NatsLink implements Disposable, AsyncDisposable {
  readonly #runner: AsyncRunner
  readonly #commands: Commands
  readonly #data: ConnectionData
  readonly #loop: Loop
  readonly #remotes: Remotes
  #opening: BackgroundTask<boolean> | undefined

  /**
   * Returns at once; the connection is made meanwhile, and made anew whenever it is lost, for ever.
   *
   * @throws TypeError `ERR_INVALID_ARG_TYPE`, `ERR_INVALID_ARG_VALUE`; Error `ERR_NATS_CLIENT_MISSING` where the client for
   *   NATS is not installed. Nothing is started then.
   */
  constructor(options: NatsLinkOptions) {
    this.#data = checkLink(options)
    assertInstalled()
    refuseClones(this)
    this.#runner = new AsyncRunner({ name: this.#data.name ?? 'threaded-async/nats', exitTimeout: PATIENCE })
    this.#commands = new Queue(this.#runner)
    this.#loop = {
      half,
      runner: this.#runner,
      opened: () => this.#opened(),
      task: (fn, args, name) => this.#task(fn, args, name),
      tell: command => this.#tell(command),
    }
    this.#remotes = new Remotes(this.#loop, this.#data.heartbeat ?? HEARTBEAT)
    this.#opened()
  }

  /**
   * Returns the queue of this name, which all machines share. It is made on the server by the first call that needs it, which
   * also tells where one is there that was made otherwise (`ERR_NATS_CONFIGURATION`).
   *
   * @throws TypeError `ERR_INVALID_ARG_TYPE`, `ERR_INVALID_ARG_VALUE`, RangeError `ERR_OUT_OF_RANGE`, RunnerClosedError
   */
  queue<T>(name: string, options?: NatsQueueOptions): NatsQueue<T> {
    const declaration = checkQueue(name, options)
    if (!this.#runner.isRunning) throw linkClosed()
    return new NatsQueue<T>(maker, this.#loop, declaration)
  }

  /**
   * Returns a host at once, which runs functions of the module at `url` for callers of this name anywhere, on loops of its
   * own. It is there once the module is imported and there is a connection.
   *
   * @throws TypeError `ERR_INVALID_ARG_TYPE`, `ERR_INVALID_ARG_VALUE`, RangeError `ERR_OUT_OF_RANGE`, RunnerClosedError
   */
  work(name: string, url: URL | string, options?: NatsWorkOptions): NatsWork {
    const declaration = checkWork(name, hrefOf(url), options)
    if (!this.#runner.isRunning) throw linkClosed()
    return new NatsWork(maker, this.#loop, declaration)
  }

  /**
   * Returns the tasks of this name, whose hosts have the functions of the module `M`.
   *
   * @throws TypeError `ERR_INVALID_ARG_TYPE`, `ERR_INVALID_ARG_VALUE`, RunnerClosedError
   */
  tasks<M>(name: string): NatsTasks<M> {
    checkName(name)
    if (!this.#runner.isRunning) throw linkClosed()
    return new NatsTasks<M>(maker, this.#loop, name)
  }

  /**
   * Returns at once: clients on other machines take part in the server's round from now on, each as one of its own, in the
   * order in which they join. The task that is returned ends with the server and with the link; cancelling it ends the
   * serving. Where another machine is known under the name and does not answer, serving begins after two heartbeats.
   *
   * @throws TypeError `ERR_INVALID_ARG_TYPE`, `ERR_INVALID_ARG_VALUE`, RunnerClosedError where the server or the link is
   *   closed. The task fails with Error `ERR_NATS_SERVED` where the name is served already, or `ERR_NATS_REFUSED`.
   *
   * @example
   * const server = new Server({ handlers: { walk: (direction: string) => direction === 'north' } })
   * link.serve(server, 'arena')
   * while (server.isRunning) server.processAll()
   */
  serve(server: Server, name: string): BackgroundTask<void> {
    return this.#remotes.serve(server, name)
  }

  /**
   * Resolves with a client of the server that another machine serves under this name, once it has its place in the round.
   * Where no machine does, it waits for one. The client is as any other, and is sent to tasks as any other. Its calls wait
   * where the server is gone; those that the server may have seen end with RunnerDiedError.
   *
   * @throws EventLoopTimeoutError, `signal.reason`, CancelledError, RunnerClosedError, Error `ERR_NATS_REFUSED`,
   *   `ERR_NATS_VERSION`. It has no place then.
   *
   * @example
   * const client = await link.client<{ walk(direction: string): boolean }>('arena')
   * while (await client.walk('north')) await client.nextTick()
   */
  client<T>(name: string, options?: AwaitOptions): Promise<Client<T>> {
    return this.#remotes.client<T>(name, options)
  }

  /**
   * Blocks until there is a client as `client` gives it, and returns it. `timeout` is in milliseconds; left out, it waits for
   * ever.
   *
   * @throws as `client`; WouldDeadlockError, InterruptedError.
   */
  clientWait<T>(name: string, options?: WaitOptions): Client<T> {
    return this.#remotes.clientWait<T>(name, options)
  }

  /**
   * Returns at once: the client gives up its place, and its calls end with InvalidStateError. A client that nothing holds any
   * more does so by itself.
   *
   * @throws TypeError `ERR_INVALID_ARG_TYPE` unless it is a client that this link has given.
   */
  leave(client: Client): void {
    this.#remotes.leave(client)
  }

  /**
   * Blocks until the link is closed: what was told of deliveries has gone out, those that nobody has taken are handed back,
   * and the answers to puts and tasks that were sent have come, or a second has passed. Its hosts are closed, and its tasks are
   * cancelled where they are. A second call does nothing.
   *
   * @throws ExceptionGroup, as `AsyncRunner.close`, with errors of tasks that nobody has seen.
   */
  close(): void {
    const closing = this.#close()
    let error: unknown
    try {
      closing?.wait({ timeout: PATIENCE })
    } catch (caught) {
      error = caught
    }
    this.#runner.close()
    throwGroup(error)
  }

  /** Resolves when the link is closed; as `close`. */
  async closeAsync(): Promise<void> {
    const closing = this.#close()
    let error: unknown
    try {
      await closing?.result({ timeout: PATIENCE })
    } catch (caught) {
      error = caught
    }
    await this.#runner.closeAsync()
    throwGroup(error)
  }

  [Symbol.dispose](): void {
    this.close()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.closeAsync()
  }

  #close(): BackgroundTask<void> | undefined {
    this.#remotes.end()
    return this.#runner.isRunning ? this.#task<void>(half.close, [], 'close') : undefined
  }

  /** Connecting is tried again by the next call after it was refused. */
  #opened(): BackgroundTask<boolean> {
    const opening = this.#opening
    if (opening !== undefined && !(opening.done() && hasFailed(opening))) return opening
    return (this.#opening = this.#task(half.open, [this.#data, this.#commands], 'connect'))
  }

  #task<R>(fn: (...args: any[]) => R | Promise<R>, args: readonly unknown[], name: string): BackgroundTask<R> {
    return this.#runner.createTask(fn, args as never, { name }) as BackgroundTask<R>
  }

  #tell(command: Command): void {
    try {
      this.#commands.putNowait(command)
    } catch (error) {
      throw error instanceof QueueShutDown ? linkClosed() : error
    }
  }
}

refuseKind(NatsLink.prototype, 'a NatsLink, which belongs to the thread that made it; make another there')

/**
 * How long `close` waits for the loop, in milliseconds: longer than the loop waits for the server. Nothing of the program runs
 * there: what is late is late because the machine is busy.
 */
const PATIENCE = 5000

/** In milliseconds. */
const HEARTBEAT = 5000

/** Of a task that has ended. Its error counts as seen then. */
function hasFailed(task: BackgroundTask<unknown>): boolean {
  try {
    task.wait({ timeout: 0 })
    return false
  } catch {
    return true
  }
}

/** What hosts have thrown. With any other the loop has ended, or does not come back; its runner's close says so. */
function throwGroup(error: unknown): void {
  if (error instanceof ExceptionGroup) throw error
}

function assertInstalled(): void {
  const missing = needed.filter(name => {
    try {
      require.resolve(name)
      return false
    } catch {
      return true
    }
  })
  if (missing.length === 0) return
  const text = `threaded-async/nats needs ${missing.join(' and ')}: npm install ${missing.join(' ')}`
  throw fault('ERR_NATS_CLIENT_MISSING', text)
}
