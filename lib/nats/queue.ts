// `NatsQueue`: a queue that machines share, with a blocking and an awaiting end.
//
// Promises that a put which returned is stored by the server, that an item is delivered until it was acked, and that a get
// which ends without a delivery has taken nothing that is not delivered again.

import { checkMaker, maker } from '../arguments.js'
import { randomUUID } from 'node:crypto'
import { QueueShutDown, RunnerClosedError, RunnerDiedError } from '../errors.js'
import { refuseClones } from '../brands.js'
import { Queue } from '../queue.js'
import { blockFor, type BackgroundTask } from '../task.js'
import type { AwaitOptions, WaitOptions } from '../timeout.js'
import { refuseKind } from '../wire/kinds.js'
import { Delivery } from './delivery.js'
import { inOurs, unconfirmed } from './failing.js'
import { awaiting, blocking, Progress, stepOf, type Flow } from './flow.js'
import { linkClosed, type Loop } from './half.js'
import { checkCall, type NatsPutOptions } from './options.js'
import { packetOf } from './packet.js'
import { Verb, type Arrival, type Declaration, type Inbox, type QueueCounts, type Verdict } from './protocol.js'

/** What the server tells of a queue, all of one moment or nearly. */
export interface NatsQueueStatistics {
  /** Items that are stored, those being worked on included. */
  size: number
  /** Items that were delivered and not settled yet. */
  working: number
  /** Bytes that the items take. */
  bytes: number
  /** How many of those being worked on were delivered before. */
  redelivered: number
}

/** How many deliveries are kept ready while iterating, at least. */
const ITERATING = 16

const waitNames = ['timeout']
const awaitNames = ['timeout', 'signal']
const putWaitNames = ['timeout', 'id']
const putNames = ['timeout', 'signal', 'id']

let lastNumber = 0
let lastTicket = 0

/**
 * A queue that machines share: a work queue of NATS JetStream. Made by `link.queue`.
 *
 * @example
 * for await (const { value, ack } of link.queue<string>('jobs')) {
 *   console.log(value)
 *   ack()
 * }
 */
export class NatsQueue<T> implements AsyncIterable<Delivery<T>> {
  /** Its name on the server. */
  readonly name: string
  readonly #loop: Loop
  readonly #declaration: Declaration
  readonly #number = ++lastNumber
  readonly #inbox: Inbox
  #declaring: BackgroundTask<boolean> | undefined
  #isDeclared = false
  #isShutdown = false
  #iterations = 0
  readonly #tell = (verb: string, about: string): void => this.#loop.tell(verb + about)

  /** @internal */
  constructor(by: unknown, loop: Loop, declaration: Declaration) {
    checkMaker(by, 'NatsQueue', 'link.queue(name, options)')
    refuseClones(this)
    this.name = declaration.name
    this.#loop = loop
    this.#declaration = declaration
    this.#inbox = new Queue<Arrival>(loop.runner)
  }

  /**
   * Resolves when the server has stored the item. A full queue is waited for. A put that times out or is aborted while the
   * server's answer is on its way waits for that at most 500 ms more, and ends with what it says.
   *
   * @throws UncloneableError, Error `ERR_NATS_PAYLOAD` before anything is sent; EventLoopTimeoutError, `signal.reason`,
   *   CancelledError, QueueShutDown, RunnerClosedError, Error `ERR_NATS_REFUSED`, `ERR_NATS_CONFIGURATION`, `ERR_NATS`: the item
   *   was not stored. UnconfirmedError: that is not known, and it may be put again under the same id.
   */
  async put(item: T, options?: AwaitOptions & NatsPutOptions): Promise<void> {
    const progress = this.#progress('put', options, putNames)
    await awaiting(progress, this.#putting(progress, item))
  }

  /**
   * Blocks until the server has stored the item. A full queue is waited for. `timeout` is in milliseconds; left out, it waits
   * for ever.
   *
   * @throws as `put`; WouldDeadlockError, InterruptedError.
   */
  putWait(item: T, options?: WaitOptions & NatsPutOptions): void {
    const progress = this.#progress('putWait', options, putWaitNames)
    blocking(progress, this.#putting(progress, item))
  }

  /**
   * Resolves with the next delivery, also after an outage.
   *
   * @throws EventLoopTimeoutError, `signal.reason`, CancelledError, QueueShutDown, RunnerClosedError, RunnerDiedError,
   *   Error `ERR_NATS_REFUSED`, `ERR_NATS_CONFIGURATION`, `ERR_NATS`; what was delivered meanwhile is handed back.
   */
  async get(options?: AwaitOptions): Promise<Delivery<T>> {
    const progress = this.#progress('get', options, awaitNames)
    return awaiting(progress, this.#getting(progress))
  }

  /**
   * Blocks until there is a delivery, and returns it. `timeout` is in milliseconds; left out, it waits for ever.
   *
   * @throws as `get`; WouldDeadlockError, InterruptedError.
   */
  getWait(options?: WaitOptions): Delivery<T> {
    const progress = this.#progress('getWait', options, waitNames)
    return blocking(progress, this.#getting(progress))
  }

  /** Resolves with how many items the server stores, those being worked on included. @throws as `get`. */
  async qsize(options?: AwaitOptions): Promise<number> {
    const progress = this.#progress('qsize', options, awaitNames)
    return (await awaiting(progress, this.#counting())).size
  }

  /** Blocks until the server has told how many items it stores, those being worked on included. @throws as `getWait`. */
  qsizeWait(options?: WaitOptions): number {
    const progress = this.#progress('qsizeWait', options, waitNames)
    return blocking(progress, this.#counting()).size
  }

  /** Resolves with what the server tells of the queue. @throws as `get`. */
  async statistics(options?: AwaitOptions): Promise<NatsQueueStatistics> {
    const progress = this.#progress('statistics', options, awaitNames)
    return awaiting(progress, this.#counting())
  }

  /** Blocks until the server has told of the queue, and returns that. @throws as `getWait`. */
  statisticsWait(options?: WaitOptions): NatsQueueStatistics {
    const progress = this.#progress('statisticsWait', options, waitNames)
    return blocking(progress, this.#counting())
  }

  /**
   * Returns at once: this object puts and takes no more, and what is kept ready is handed back. Waiting getters end with
   * QueueShutDown, and iterations end. The queue on the server stays, for other machines and other objects.
   */
  shutdown(): void {
    if (this.#isShutdown) return
    this.#isShutdown = true
    if (!this.#loop.runner.isRunning) return
    // One that is still being declared is left by the loop once, or before, it is there.
    if (this.#declaring !== undefined) this.#tellWhileOpen(Verb.Leave)
    if (!this.#isDeclared) this.#inbox.shutdown()
  }

  /** Returns whether it was shut down, by `shutdown` or by the end of its link. */
  get isShutdown(): boolean {
    return this.#isShutdown || !this.#loop.runner.isRunning
  }

  /** Awaits one delivery per turn, and keeps some ready meanwhile; ends after `shutdown`. */
  [Symbol.asyncIterator](): AsyncGenerator<Delivery<T>, void, void> {
    const leaving = new AbortController()
    const turns = this.#turns(leaving.signal)
    const leave = (): Promise<IteratorResult<Delivery<T>, void>> => {
      leaving.abort()
      return turns.return()
    }
    // By itself a generator is left only once the turn has ended that it is in.
    return Object.assign(Object.create(turns) as AsyncGenerator<Delivery<T>, void, void>, {
      next: () => turns.next(),
      return: leave,
      throw: (error: unknown) => leave().then(() => turns.throw(error)),
      [Symbol.asyncIterator]() {
        return this
      },
    })
  }

  /** `leaving` ends the turn that goes on; what has come by then is handed back. */
  async *#turns(leaving: AbortSignal): AsyncGenerator<Delivery<T>, void, void> {
    try {
      this.#iterate(1)
      while (!this.#isShutdown) {
        const delivery = await this.get({ signal: leaving })
        if (!leaving.aborted) yield delivery
        else return this.#isShutdown ? undefined : delivery.nak()
      }
    } catch (error) {
      if (!(error instanceof QueueShutDown || leaving.aborted)) throw error
    } finally {
      this.#iterate(-1)
    }
  }

  /** Blocks for one delivery per turn, and keeps some ready meanwhile; ends after `shutdown`. `timeout` is per delivery. */
  *iterateWait(options?: WaitOptions): Generator<Delivery<T>, void, void> {
    try {
      this.#iterate(1)
      while (!this.#isShutdown) yield this.getWait(options)
    } catch (error) {
      if (!(error instanceof QueueShutDown)) throw error
    } finally {
      this.#iterate(-1)
    }
  }

  // --- the steps

  #progress(verb: string, options: (AwaitOptions & NatsPutOptions) | undefined, known: readonly string[]): Progress {
    return new Progress(`${verb} on queue '${this.name}'`, checkCall(options, known))
  }

  /** The connection is there, and the queue is on the server. */
  *#declared(): Flow<void> {
    this.#assertOpen()
    if (this.#isDeclared) return
    if (!(yield stepOf(this.#loop, this.#loop.opened()))) throw linkClosed()
    this.#assertOpen()
    const declaring = (this.#declaring ??= this.#declare())
    try {
      if (!(yield stepOf(this.#loop, declaring))) throw linkClosed()
    } catch (error) {
      if (declaring.done() && this.#declaring === declaring) this.#declaring = undefined // The next call tries again.
      throw error
    }
    this.#assertOpen()
    if (this.#isDeclared) return
    this.#isDeclared = true
    if (this.#iterations > 0) this.#tellPrefetch()
  }

  #assertOpen(): void {
    if (this.#isShutdown) throw new QueueShutDown(`The queue '${this.name}' was shut down.`)
  }

  #declare(): BackgroundTask<boolean> {
    const { half, task } = this.#loop
    return task(half.declareQueue, [this.#number, this.#declaration, this.#inbox], `declare ${this.name}`)
  }

  *#getting(progress: Progress): Flow<Delivery<T>> {
    yield* this.#declared()
    this.#loop.tell(Verb.Want + this.#number)
    let arrival: Arrival
    try {
      arrival = yield {
        block: timeout => this.#inbox.getWait({ timeout }),
        wait: (timeout, signal) => this.#inbox.get({ timeout, signal }),
      }
    } catch (error) {
      if (error instanceof QueueShutDown && !this.#isShutdown) throw linkClosed()
      if (!(error instanceof QueueShutDown)) this.#tellWhileOpen(Verb.Unwant)
      throw error instanceof QueueShutDown ? new QueueShutDown(`${progress.what}: it was shut down.`) : error
    }
    if (arrival instanceof Error) throw inOurs(arrival)
    const [packet, reply, deliveries, id, sequence] = arrival
    return new Delivery<T>(maker, packet, reply, deliveries, id, sequence, this.#tell)
  }

  *#putting(progress: Progress, item: T): Flow<void> {
    const packet = packetOf(item)
    const { id = randomUUID() } = progress.call
    yield* this.#declared()
    const { half, task } = this.#loop
    const ticket = ++lastTicket
    const putting = task(half.put, [ticket, this.#number, packet, id, progress.remaining], `put ${this.name}`)
    const verdict: Verdict = yield* this.#judged(progress, putting, ticket, id)
    if (verdict === 'stored' || verdict === 'duplicate') return
    if (verdict === 'unconfirmed') throw unconfirmed(progress, id)
    if (verdict === 'timeout') throw progress.timedOut()
    throw verdict instanceof Error ? inOurs(verdict) : linkClosed()
  }

  /** How a put ends. Whatever else ends the wait, the loop is asked what has become of the put. */
  *#judged(progress: Progress, putting: BackgroundTask<Verdict>, ticket: number, id: string): Flow<Verdict> {
    try {
      return yield {
        block: (_, what) => blockFor(putting, Infinity, what),
        wait: () => putting.result({ signal: progress.signal }),
      }
    } catch (reason) {
      let verdict: Verdict = 'unconfirmed'
      if (!(reason instanceof RunnerDiedError || reason instanceof RunnerClosedError)) {
        try {
          yield { ...stepOf(this.#loop, this.#loop.task(this.#loop.half.abandon, [ticket], 'abandon')), isSure: true }
          verdict = yield { ...stepOf(this.#loop, putting), isSure: true }
        } catch {
          // The loop has gone meanwhile.
        }
      }
      if (verdict === 'withdrawn' || verdict === 'timeout' || verdict === 'closed') throw reason
      if (verdict === 'unconfirmed') throw unconfirmed(progress, id, reason)
      return verdict
    }
  }

  *#counting(): Flow<QueueCounts> {
    yield* this.#declared()
    const { half, task } = this.#loop
    const counts: QueueCounts | undefined = yield stepOf(
      this.#loop,
      task(half.counts, [this.name], `counts ${this.name}`),
    )
    if (counts === undefined) throw linkClosed()
    return counts
  }

  #iterate(by: number): void {
    this.#iterations += by
    const isTold = this.#isDeclared && this.#iterations === (by > 0 ? 1 : 0)
    if (isTold && !this.#isShutdown) this.#tellPrefetch()
  }

  #tellPrefetch(): void {
    const { prefetch } = this.#declaration
    const count = this.#iterations > 0 ? Math.max(prefetch, ITERATING) : prefetch
    this.#tellWhileOpen(Verb.Prefetch, `|${count}`)
  }

  /** Where the link closes, that takes care of all that it was to be told. */
  #tellWhileOpen(verb: string, more = ''): void {
    if (!this.#loop.runner.isRunning) return
    try {
      this.#loop.tell(verb + this.#number + more)
    } catch (error) {
      if (!(error instanceof RunnerClosedError)) throw error
    }
  }
}

refuseKind(NatsQueue.prototype, 'a NatsQueue, which belongs to the thread that made its link; send its name')
