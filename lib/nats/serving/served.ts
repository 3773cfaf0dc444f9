// A server of this machine, as machines of scripts see it: what runs on the loop of the link.
//
// Promises that each remote client has a local one, made in the order in which they have joined, and that its calls are made
// by that, in their order, each once; so a server does not know which of its clients are elsewhere. The calls of a machine
// that has gone are given up: those that were not taken are never seen.

import type { Msg, Subscription } from '@nats-io/transport-node'
import { RunnerClosedError, RunnerDiedError } from '../../errors.js'
import type { Future } from '../../future.js'
import type { Server } from '../../server.js'
import { isClosed, type Connection } from '../loop/connection.js'
import { isUnheard } from '../loop/streams.js'
import { fault } from '../protocol.js'
import { bytesOf, messageOf, subjectsOf, type Counted, type Subjects, type Word } from './message.js'
import { Guests } from './guests.js'
import { Pulse } from './pulse.js'

/** How long the answer of another machine of the name is waited for until it is asked again, in milliseconds. */
const PATIENCE = 1000

export class Served {
  readonly #connection: Connection
  readonly #server: Server
  readonly #name: string
  readonly #heartbeat: number
  readonly #subjects: Subjects
  /** The later of two is larger. */
  readonly #epoch = `${Date.now().toString(36).padStart(9, '0')}-${crypto.randomUUID()}`
  readonly #guests = new Map<string, Guests>()
  readonly #over: Future<void>
  readonly #watcher = { up: () => this.#comeBack(), ended: (error: Error) => this.#fail(error) }
  #pulse: Pulse | undefined
  #subscriptions: Subscription[] = []

  constructor(connection: Connection, server: Server, name: string, heartbeat: number) {
    this.#connection = connection
    this.#server = server
    this.#name = name
    this.#heartbeat = heartbeat
    this.#subjects = subjectsOf(name)
    this.#over = server.createFuture()
  }

  /** Serves until the task is cancelled, or the server or the link is closed. */
  async run(): Promise<void> {
    let hasDied = false
    try {
      const over = this.#over.result()
      await this.#begin(over)
      await over
    } catch (error) {
      if (error instanceof RunnerClosedError || isClosed(this.#connection.fault)) return
      hasDied = error instanceof RunnerDiedError
      throw error
    } finally {
      this.#end(hasDied)
    }
  }

  async #begin(over: Promise<void>): Promise<void> {
    if (await this.#isServed(over)) throw this.#servedElsewhere()
    if (this.#over.done()) return
    const hearCall = (message: Msg) => this.#hear(message.data, word => message.respond(bytesOf(word)))
    this.#subscriptions.push(
      this.#connection.hear(this.#subjects.calls, hearCall),
      this.#connection.hear(this.#subjects.all, ({ data }) => this.#hearServers(data)),
    )
    this.#pulse = new Pulse(this.#heartbeat, isDue => this.#turn(isDue))
    this.#connection.watchers.add(this.#watcher)
    this.#sayUp()
  }

  /**
   * Asks whether another machine serves this name, until `over` says that it does not matter any more. One that is there and
   * silent for two heartbeats does not live.
   */
  async #isServed(over: Promise<void>): Promise<boolean> {
    const bytes = bytesOf({ kind: 'probe', epoch: this.#epoch })
    const ask = async () => {
      try {
        await this.#connection.nc.request(this.#subjects.calls, bytes, { timeout: PATIENCE })
        return true
      } catch (error) {
        return isUnheard(error) ? false : undefined
      }
    }
    for (let time = Math.max(2 * this.#heartbeat, PATIENCE); time > 0; time -= PATIENCE) {
      await Promise.race([this.#connection.whenUp(), over])
      const isServed = this.#over.done() ? false : await Promise.race([ask(), over])
      if (this.#connection.fault !== undefined) throw this.#connection.fault
      if (typeof isServed === 'boolean') return isServed
    }
    return false
  }

  #comeBack(): void {
    for (const guests of this.#guests.values()) guests.tell(true)
    this.#sayUp()
  }

  #sayUp(): void {
    this.#say(this.#subjects.all, { kind: 'up', epoch: this.#epoch })
  }

  /** While this machine was cut off, another may have begun to serve its name. The later one stays, and the other is told. */
  #hearServers(data: Uint8Array): void {
    const message = messageOf(data)
    if (typeof message !== 'object' || message.head.kind !== 'up' || message.head.epoch === this.#epoch) return
    if (message.head.epoch < this.#epoch) this.#sayUp()
    else this.#fail(this.#servedElsewhere())
  }

  #servedElsewhere(): Error {
    return fault('ERR_NATS_SERVED', `'${this.#name}' is served by another machine, or by another call of serve.`)
  }

  /** That the link was closed is no error: `run` looks for that. */
  #fail(error: Error): void {
    if (!this.#over.done()) this.#over.setException(error)
  }

  #finish(): void {
    if (!this.#over.done()) this.#over.setResult(undefined)
  }

  #end(hasDied: boolean): void {
    this.#finish()
    this.#pulse?.end()
    this.#connection.watchers.delete(this.#watcher)
    for (const guests of this.#guests.values()) guests.end()
    this.#guests.clear()
    const subscriptions = this.#subscriptions.splice(0)
    if (subscriptions.length > 0) this.#say(this.#subjects.all, { kind: 'down', epoch: this.#epoch, hasDied })
    for (const subscription of subscriptions) if (!subscription.isClosed()) subscription.unsubscribe()
  }

  /** Says that it serves no more, while there is a connection. */
  close(): void {
    this.#end(false)
  }

  // --- what is heard and said

  /** `answer` sends nothing where no answer is asked for. */
  #hear(data: Uint8Array, answer: (word: Word) => void): void {
    const message = messageOf(data)
    if (message === undefined) return
    // The other side finds its version by that of the answer.
    if (typeof message === 'number') return answer({ kind: 'served', epoch: this.#epoch })
    const { head, packet } = message
    if (head.kind === 'probe') {
      if (head.epoch !== this.#epoch) answer({ kind: 'served', epoch: this.#epoch })
    } else if (head.kind === 'hello') this.#welcome(head)
    else if ('session' in head && head.epoch === this.#epoch) this.#hearGuest(head, packet)
  }

  #welcome({ session, heartbeat, old }: Word & { kind: 'hello' }): void {
    this.#drop(old)
    if (!this.#guests.has(session)) {
      const limit = this.#pulse!.limitFor(heartbeat)
      const say = (head: Word | Counted, packet?: Uint8Array) =>
        this.#say(this.#subjects.session(session), head, packet)
      const most = () => this.#connection.mostBytes
      this.#guests.set(session, new Guests(this.#server, session, this.#epoch, limit, say, most))
    }
    const welcome = { kind: 'welcome', epoch: this.#epoch, heartbeat: this.#heartbeat } as const
    this.#say(this.#subjects.session(session), welcome)
  }

  #hearGuest(head: Exclude<Word | Counted, { kind: 'hello' }> & { session: string }, packet: Uint8Array): void {
    const { session } = head
    const guests = this.#guests.get(session)
    if (head.kind === 'bye') this.#drop(session)
    else if (guests !== undefined) guests.hear(head, packet)
    else this.#say(this.#subjects.session(session), { kind: 'gone', epoch: this.#epoch })
  }

  #drop(session: string): void {
    this.#guests.get(session)?.end()
    this.#guests.delete(session)
  }

  #turn(isDue: boolean): void {
    for (const [session, guests] of this.#guests) {
      if (guests.isSilent()) this.#drop(session)
      else if (isDue) guests.tell()
    }
  }

  #say(subject: string, head: Word | Counted, packet?: Uint8Array): void {
    const { nc, isUp } = this.#connection
    if (isUp && !nc.isClosed()) nc.publish(subject, bytesOf(head, packet))
  }
}
