// Calls to hosts, as the loop of the caller's link keeps them.
//
// Promises that a call is given to one host and never begun twice; that those of one name go out in their order; that a call
// waits as long as no host can take it; and that it ends when nothing is heard of its host for two heartbeats, or when the host
// does not run it any more and the answer has not come.
//
// A host takes one call at each of its subscriptions. Where there is none, the server says so at once, and the call waits for
// a host's word that it can take calls again, or for a while. `window` says how many are offered at a time: one after a
// refusal, and one more after each that was taken. Few are: those that are on their way when the server is killed are lost.

import { createInbox, type Msg } from '@nats-io/transport-node'
import { EventLoopTimeoutError } from '../../errors.js'
import { cancelled, died, endOf, unanswered, type Asked, type Call, type Pool } from './call.js'
import type { Connection } from './connection.js'
import { tooLarge } from '../packet.js'
import { LAST_WAIT, LONGEST } from '../protocol.js'
import { callOf, callsOf, freeOf, HEARTBEAT, Letter, outcomeIn, type Outcome } from './letters.js'

const FIRST_PAUSE = 20
const LONGEST_PAUSE = 1000
const MOST_OFFERED = 32
/** So often it is looked whether hosts are silent, in milliseconds. */
const LOOK = HEARTBEAT / 8

export class Remote {
  readonly #connection: Connection
  #inbox = ''
  #lastTicket = 0
  readonly #calls = new Map<number, Call>()
  readonly #pools = new Map<string, Pool>()
  /** What was sent and not answered yet: by its ticket, when it was. */
  readonly #offers = new Map<number, { pool: Pool; at: number }>()
  /** When each host was heard of last. */
  readonly #heard = new Map<string, number>()
  #looking: NodeJS.Timeout | undefined
  #lookedAt = 0
  /** Before this, nothing could be heard. */
  #deafUntil = 0
  #isClosing = false
  #allAnswered: (() => void) | undefined

  constructor(connection: Connection) {
    this.#connection = connection
    connection.watchers.add({
      up: () => {
        this.#deafUntil = performance.now()
        for (const pool of this.#pools.values()) this.#offer(pool)
      },
      down: () => this.#allAnswered?.(),
      ended: error => this.#endAll(endOf(error)),
    })
  }

  /**
   * Resolves with how the call has ended. `signal` cancels it: it then ends when its host has said how, or at once where
   * there is none. `timeout` is what is left of the time that the call was given.
   */
  call({ name, fn, packet, timeout, given, signal }: Asked): Promise<Outcome> {
    const { fault } = this.#connection
    if (fault !== undefined) return Promise.resolve({ error: endOf(fault) })
    if (this.#isClosing) return Promise.resolve({ error: cancelled() })
    return new Promise(resolve => {
      const pool = this.#poolOf(name)
      const ticket = ++this.#lastTicket
      const cancel = () => this.#cancel(call)
      let timer: NodeJS.Timeout | undefined
      const call: Call = {
        ticket,
        pool,
        what: `'${fn}' of '${name}'`,
        payload: callOf(fn, packet),
        sentAt: 0,
        host: undefined,
        isCancelled: false,
        isLate: false,
        given,
        wait: time => {
          timer = setTimeout(() => this.#timeOut(call), time)
        },
        end: outcome => {
          clearTimeout(timer)
          signal.removeEventListener('abort', cancel)
          const at = call.sentAt === 0 ? pool.waiting.indexOf(call) : -1
          if (at >= 0) pool.waiting.splice(at, 1)
          if (this.#calls.delete(ticket)) resolve(outcome)
        },
      }
      if (timeout <= LONGEST) call.wait(timeout)
      this.#calls.set(ticket, call)
      signal.addEventListener('abort', cancel)
      if (this.#connection.isUp && this.#isTooLarge(call)) return
      pool.waiting.push(call)
      if (signal.aborted) return cancel()
      this.#startLooking()
      this.#offer(pool)
    })
  }

  #poolOf(name: string): Pool {
    const found = this.#pools.get(name)
    if (found !== undefined) return found
    const pool: Pool = {
      name,
      waiting: [],
      window: 1,
      offered: 0,
      pause: FIRST_PAUSE,
      timer: undefined,
      listening: undefined,
    }
    this.#pools.set(name, pool)
    return pool
  }

  /**
   * Tells the hosts of those that are run that nobody waits for them any more. Waits at most so many milliseconds for hosts that
   * take one meanwhile, to tell them, too.
   */
  async close(patience: number): Promise<void> {
    this.#isClosing = true
    for (const call of this.#calls.values()) this.#cancel(call)
    this.#endAll(cancelled())
    if (this.#offers.size === 0 || !this.#connection.isUp) return
    let timer: NodeJS.Timeout | undefined
    await new Promise<void>(resolve => {
      this.#allAnswered = resolve
      timer = setTimeout(resolve, patience)
    })
    clearTimeout(timer)
  }

  #endAll(error: Error): void {
    for (const call of [...this.#calls.values()]) call.end({ error })
    for (const { timer } of this.#pools.values()) clearTimeout(timer)
    clearInterval(this.#looking)
  }

  // --- what goes out

  #offer(pool: Pool): void {
    const { nc, isUp } = this.#connection
    if (!isUp) return
    if (this.#inbox === '') this.#listen()
    while (pool.waiting.length > 0 && pool.offered < pool.window && pool.timer === undefined) {
      const call = pool.waiting.shift()!
      if (this.#isTooLarge(call)) continue
      call.sentAt = performance.now()
      pool.offered++
      this.#offers.set(call.ticket, { pool, at: call.sentAt })
      nc.publish(callsOf(pool.name), call.payload, { reply: `${this.#inbox}.${call.ticket}` })
    }
  }

  /** Ends what the server does not take; each server may have a limit of its own. */
  #isTooLarge(call: Call): boolean {
    const size = call.payload.length
    const most = this.#connection.mostBytes
    if (size <= most) return false
    call.end({ error: tooLarge(`The arguments of ${call.what} take`, size, most) })
    return true
  }

  #listen(): void {
    this.#inbox = createInbox()
    const hear = (message: Msg) => this.#hear(message, message.subject.slice(this.#inbox.length + 1))
    this.#connection.hear(`${this.#inbox}.*`, hear)
  }

  #retry(pool: Pool, pause: number): void {
    clearTimeout(pool.timer)
    pool.timer = undefined
    pool.pause = pause
    this.#offer(pool)
  }

  #cancel(call: Call): void {
    call.isCancelled = true
    if (call.host !== undefined) this.#tellCancelled(call.host, call.ticket)
    if (call.sentAt === 0 || !this.#connection.isUp) call.end({ error: cancelled() })
  }

  #tellCancelled(host: string, ticket: number): void {
    const { nc } = this.#connection
    if (!nc.isClosed()) nc.publish(host, `${this.#inbox}.${ticket}`)
  }

  /** Where it was offered, whether a host has taken it is known once there is an answer. */
  #timeOut(call: Call): void {
    const { host, ticket, given, what } = call
    const isOffered = host === undefined && call.sentAt > 0
    if (isOffered && !call.isLate && this.#connection.isUp) {
      call.isLate = true
      return call.wait(LAST_WAIT)
    }
    if (host !== undefined) this.#tellCancelled(host, ticket)
    const untaken = this.#connection.isUp ? 'no host has taken it' : 'there was no connection to the NATS server'
    const unsure = isOffered ? 'whether a host has taken it is not known' : untaken
    const state = host === undefined ? unsure : 'its host was told to cancel it'
    call.end({ error: new EventLoopTimeoutError(`${what} timed out after ${given} ms: ${state}.`) })
  }

  // --- what comes in

  #hear(message: Msg, about: string): void {
    if (about === 'beat') return this.#hearBeat(message.string())
    const ticket = Number(about)
    const call = this.#calls.get(ticket)
    const letter = message.data[0]
    const isRefused = message.headers?.code === 503 || letter === Letter.Again
    const pool = isRefused || letter === Letter.Taken ? this.#answered(ticket) : undefined
    if (letter === Letter.Taken) return this.#taken(pool, call, ticket, message.reply!)
    if (isRefused) return this.#refused(pool, call, letter === Letter.Again)
    if (letter === Letter.Value || letter === Letter.Error) call?.end(outcomeIn(message.data))
  }

  /** A host tells what it runs of ours. With a connection, letters may have been lost. */
  #hearBeat(text: string): void {
    const [host = '', ...tickets] = text.split(' ')
    const running = new Set(tickets.map(Number))
    this.#heard.set(host, performance.now())
    for (const ticket of running) {
      const call = this.#calls.get(ticket)
      if (call === undefined || call.host !== host || call.isCancelled) {
        this.#taken(this.#answered(ticket), call, ticket, host)
      }
    }
    for (const call of [...this.#calls.values()]) {
      if (call.host === host && !running.has(call.ticket)) call.end({ error: unanswered(call.what) })
    }
  }

  /** The name of what was sent and is answered now; undefined where it was given up meanwhile. */
  #answered(ticket: number): Pool | undefined {
    const pool = this.#offers.get(ticket)?.pool
    if (this.#offers.delete(ticket)) pool!.offered--
    if (this.#offers.size === 0) this.#allAnswered?.()
    return pool
  }

  #taken(pool: Pool | undefined, call: Call | undefined, ticket: number, host: string): void {
    this.#heard.set(host, performance.now())
    if (call !== undefined) call.host = host
    if (call === undefined || call.isCancelled) this.#tellCancelled(host, ticket)
    else if (call.isLate) this.#timeOut(call)
    if (pool === undefined) return
    pool.window = Math.min(pool.window + 1, MOST_OFFERED)
    this.#retry(pool, FIRST_PAUSE)
  }

  /** The call was not begun. `isSentBack`: its host ends, and another may take it. */
  #refused(pool: Pool | undefined, call: Call | undefined, isSentBack: boolean): void {
    if (call !== undefined) this.#putBack(call)
    if (pool === undefined) return
    if (isSentBack) return this.#offer(pool)
    pool.window = 1
    if (pool.waiting.length === 0) return
    const callback = () => this.#hearFree(pool)
    pool.listening ??= this.#connection.nc.subscribe(freeOf(pool.name), { queue: 'callers', callback })
    pool.timer ??= setTimeout(() => this.#retry(pool, Math.min(2 * pool.pause, LONGEST_PAUSE)), pool.pause)
  }

  #hearFree(pool: Pool): void {
    if (pool.waiting.length > 0) return this.#retry(pool, FIRST_PAUSE)
    // It is for another that waits; this one does not listen any more.
    pool.listening?.unsubscribe()
    pool.listening = undefined
    const { nc } = this.#connection
    if (!nc.isClosed()) nc.publish(freeOf(pool.name))
  }

  #putBack(call: Call): void {
    const { waiting } = call.pool
    call.sentAt = 0
    if (call.isCancelled) return call.end({ error: cancelled() })
    if (call.isLate) return this.#timeOut(call)
    const at = waiting.findIndex(({ ticket }) => ticket > call.ticket)
    waiting.splice(at < 0 ? waiting.length : at, 0, call)
  }

  // --- hosts that are silent

  #startLooking(): void {
    if (this.#looking !== undefined) return
    this.#lookedAt = performance.now()
    this.#looking = setInterval(() => this.#look(), LOOK)
  }

  #look(): void {
    const now = performance.now()
    const wasHeldUp = now - this.#lookedAt > 2 * LOOK
    this.#lookedAt = now
    if (wasHeldUp) this.#deafUntil = now
    const limit = now - 2 * HEARTBEAT
    if (this.#calls.size === 0 && this.#offers.size === 0) this.#stopLooking()
    if (!this.#connection.isUp || this.#deafUntil > limit) return
    for (const call of [...this.#calls.values()]) {
      const { host, sentAt, what } = call
      if (sentAt > 0 && Math.max(sentAt, this.#heard.get(host ?? '') ?? 0) < limit) call.end({ error: died(what) })
    }
    for (const [host, at] of this.#heard) if (at < limit) this.#heard.delete(host)
    const lost = [...this.#offers].filter(([, { at }]) => at < limit)
    for (const [ticket, { pool }] of lost) {
      this.#answered(ticket)
      this.#offer(pool)
    }
  }

  #stopLooking(): void {
    clearInterval(this.#looking)
    this.#looking = undefined
  }
}
