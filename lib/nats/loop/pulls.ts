// What is taken of one queue: as many deliveries are asked for as are waited for, and as are to be kept ready.
//
// Promises that what arrives in surplus is handed back at once, that what is kept ready is not taken for lost by the
// server, and that all goes on by itself after the connection was gone.
//
// `credit` counts the waits that were told of, less those that have given up, less what was handed over. So the inbox holds
// what was handed over and nobody has taken: where that is more than is to be ready, it is taken out again.
//
// What was asked for and is not wanted any more must be forgotten by the server before anything is handed back. A server (2.9)
// that comes to deliver something again, and finds that all who have asked are gone, puts it aside until `ackWait` has passed,
// and delivers another item a second time. To be asked about the consumer, it forgets who is gone. What it has on its way itself
// as the one who has asked leaves, it may still put aside so: that item comes again after `ackWait`.

import { createInbox, type Msg, type Subscription } from '@nats-io/transport-node'
import { QueueShutDown } from '../../errors.js'
import { fault, type Arrival, type Inbox } from '../protocol.js'
import type { Connection } from './connection.js'
import { CONSUMER } from './streams.js'

const EXPIRES = 30_000
const HEARTBEAT = 5_000
const MILLISECOND = 1e6
/** After what the server has refused. */
const PAUSE = 250
/** So long a server that is up may take to forget who is gone. */
const PATIENCE = 5000

export class Pulls {
  readonly #connection: Connection
  /** Where the server is asked for deliveries, and about the consumer. */
  readonly #subject: string
  readonly #about: string
  readonly #inbox: Inbox
  readonly #redeclare: () => Promise<void>
  #prefetch: number
  #credit = 0
  #asked = 0
  #session: Subscription | undefined
  #heard = 0
  /** What was left, and what has arrived there since. */
  readonly #leaving = new Map<Subscription, string[]>()
  #lastLeft = Promise.resolve()
  /** Where the server waits for word of what was handed over last; the end of it may be in the inbox still. */
  #ready: string[] = []
  #closing: Promise<void> | undefined
  readonly #timers: NodeJS.Timeout[]
  readonly #watcher = {
    up: () => this.look(),
    down: () => this.#leaveSession(false),
    ended: () => this.look(),
  }

  constructor(
    connection: Connection,
    name: string,
    inbox: Inbox,
    prefetch: number,
    ackWait: number,
    redeclare: () => Promise<void>,
  ) {
    this.#connection = connection
    this.#subject = `$JS.API.CONSUMER.MSG.NEXT.${name}.${CONSUMER}`
    this.#about = `$JS.API.CONSUMER.INFO.${name}.${CONSUMER}`
    this.#inbox = inbox
    this.#prefetch = prefetch
    this.#redeclare = redeclare
    connection.watchers.add(this.#watcher)
    const every = (time: number, action: () => void) => setInterval(action, time).unref()
    this.#timers = [every(HEARTBEAT, () => this.#checkSession()), every(ackWait / 3, () => this.#keepReady())]
  }

  /** So many more are waited for; `look` is called once all that was told has been counted. */
  want(count: number): void {
    this.#credit += count
  }

  prefetch(count: number): void {
    this.#prefetch = count
  }

  /** Asks for what is needed, and hands back what is not. */
  look(): void {
    if (this.#closing !== undefined) return
    if (this.#connection.fault !== undefined) return this.#fail(this.#connection.fault)
    const surplus = this.#connection.isUp ? this.#takeOut() : []
    const needed = Math.max(0, this.#credit + this.#prefetch)
    if (this.#connection.isUp && this.#prefetch === 0 && this.#asked > needed) this.#leaveSession(true)
    this.#handBackLater(surplus)
    if (!this.#connection.isUp) return
    const more = needed - this.#asked
    if (more > 0 && (this.#credit > this.#asked || more >= this.#prefetch / 2)) this.#ask(more)
  }

  /** Of what is kept ready there may be more for a while than was asked to be. */
  get #most(): number {
    return 2 * this.#prefetch
  }

  #fail(error: Error): void {
    while (this.#credit > 0) this.#handOver(error)
  }

  /** Where the inbox is shut down, its queue is about to leave. */
  #handOver(arrival: Arrival): void {
    this.#credit--
    try {
      this.#inbox.putNowait(arrival)
    } catch (error) {
      if (!(error instanceof QueueShutDown)) throw error
      if (!(arrival instanceof Error)) this.#handBackLater([arrival[1]])
    }
  }

  /** What nobody has taken and is too much; all of it is to be handed back. */
  #takeOut(): string[] {
    const surplus: string[] = []
    while (this.#credit < -this.#most && this.#inbox.qsize() > 0) {
      const arrival = this.#inbox.getNowait()
      this.#credit++
      if (!(arrival instanceof Error)) surplus.push(arrival[1])
    }
    return surplus
  }

  /** What was left before is forgotten first. */
  #handBackLater(replies: readonly string[]): void {
    if (replies.length > 0) void this.#lastLeft.then(() => replies.forEach(reply => this.#handBack(reply)))
  }

  #handBack(reply: string): void {
    if (!this.#connection.nc.isClosed()) this.#connection.nc.publish(reply, '-NAK')
  }

  // --- asking

  #ask(count: number): void {
    const { nc } = this.#connection
    this.#session ??= this.#newSession()
    this.#asked += count
    this.#heard = performance.now()
    const request = { batch: count, expires: EXPIRES * MILLISECOND, idle_heartbeat: HEARTBEAT * MILLISECOND }
    nc.publish(this.#subject, JSON.stringify(request), { reply: this.#session.getSubject() })
  }

  #newSession(): Subscription {
    const session: Subscription = this.#connection.nc.subscribe(createInbox(), {
      callback: (error, message) => {
        if (error) return
        const isCurrent = session === this.#session
        if (isCurrent) this.#heard = performance.now()
        const code = message.headers?.code ?? 0
        if (code === 0) this.#arrive(message, isCurrent, this.#leaving.get(session))
        else if (code !== 100 && isCurrent) this.#refused(message, code)
      },
    })
    return session
  }

  /** What was asked for there is not counted any more. `isUp`: what is on its way still arrives. */
  #leaveSession(isUp: boolean): void {
    const session = this.#session
    this.#session = undefined
    this.#asked = 0
    if (session === undefined || session.isClosed()) return
    if (!isUp) return session.unsubscribe()
    const late: string[] = []
    this.#leaving.set(session, late)
    session.drain().catch(() => {})
    const over = () => {
      this.#leaving.delete(session)
      for (const reply of late) this.#handBack(reply)
    }
    const before = this.#lastLeft
    const asked = this.#connection.nc.request(this.#about, '', { timeout: PATIENCE })
    this.#lastLeft = asked.then(over, over).then(() => before)
  }

  /** The server says how many of those asked for will not come, or that none will. */
  #refused(message: Msg, code: number): void {
    const left = Number(message.headers!.get('Nats-Pending-Messages'))
    this.#asked = left > 0 ? Math.max(0, this.#asked - left) : 0
    if (code === 408) return this.look()
    const isGone = code === 503 || /deleted/i.test(message.headers!.description)
    setTimeout(() => {
      if (isGone && this.#connection.isUp) this.#redeclare().then(() => this.look(), this.#lost)
      else this.look()
    }, PAUSE)
  }

  /** The queue can be had no more: each who waits is told. */
  readonly #lost = (error: unknown): void => {
    if (this.#closing === undefined) this.#fail(error instanceof Error ? error : fault('ERR_NATS', String(error)))
  }

  /** The server tells that it is there as long as something is asked for. */
  #checkSession(): void {
    if (this.#asked === 0 || performance.now() - this.#heard < 2.5 * HEARTBEAT) return
    this.#leaveSession(this.#connection.isUp)
    this.look()
  }

  // --- what arrives

  /** `late` takes what is to be handed back once nothing more can arrive there. */
  #arrive(message: Msg, isCurrent: boolean, late: string[] | undefined): void {
    const { reply } = message
    if (isCurrent) this.#asked = Math.max(0, this.#asked - 1)
    if (reply === undefined || reply === '') return
    const isWanted = this.#credit > (this.#prefetch > 0 ? -this.#most : 0)
    if (this.#closing !== undefined || !isWanted)
      return late === undefined ? this.#handBackLater([reply]) : void late.push(reply)
    const { data } = message
    // As a Buffer only these bytes cross, not all of the memory they are in.
    const packet = Buffer.from(data.buffer, data.byteOffset, data.byteLength)
    const { deliveries, sequence } = countsIn(reply)
    this.#ready.push(reply)
    if (this.#ready.length > 1000 + 2 * this.#inbox.qsize()) this.#trim()
    this.#handOver([packet, reply, deliveries, message.headers?.get('Nats-Msg-Id') || undefined, sequence])
  }

  #trim(): void {
    const size = this.#inbox.qsize()
    this.#ready = size === 0 ? [] : this.#ready.slice(-size)
  }

  #keepReady(): void {
    this.#trim()
    if (!this.#connection.isUp) return
    for (const reply of this.#ready) this.#connection.nc.publish(reply, '+WPI')
  }

  /** Waits for more end. Resolves once all is handed back that nobody has taken. */
  close(): Promise<void> {
    return (this.#closing ??= this.#close())
  }

  async #close(): Promise<void> {
    this.#timers.forEach(clearInterval)
    this.#connection.watchers.delete(this.#watcher)
    const rest = this.#inbox.clear()
    this.#inbox.shutdown()
    this.#leaveSession(this.#connection.isUp)
    await this.#lastLeft
    for (const arrival of rest) if (!(arrival instanceof Error)) this.#handBack(arrival[1])
  }
}

/** What the server tells of a delivery stands in the subject on which it waits for word. */
function countsIn(reply: string): { deliveries: number; sequence: number } {
  const words = reply.split('.')
  const at = words.length === 9 ? 4 : 6 // The longer form names a domain and an account, too.
  return { deliveries: Number(words[at]), sequence: Number(words[at + 1]) }
}
