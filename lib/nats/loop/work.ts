// A host: takes the calls of one name, as many at a time as it may, and answers them.
//
// Promises that each place takes one call and is there again when that has been answered, so that never more are run than
// were allowed; that a call is begun once or sent back; and that callers hear of the host as long as it runs a task of theirs.

import { createInbox, type Msg, type Subscription } from '@nats-io/transport-node'
import type { BackgroundTask } from '../../task.js'
import { tooLarge } from '../packet.js'
import { fault, type WorkDeclaration } from '../protocol.js'
import type { Connection, Watcher } from './connection.js'
import { Crew } from './crew.js'
import { callsOf, errorOf, freeOf, HEARTBEAT, Letter, readCall } from './letters.js'

export class Work {
  readonly #connection: Connection
  readonly #declaration: WorkDeclaration
  readonly #crew: Crew
  /** Where it is told to cancel a call, by the subject on which that is answered. It is the host's name, too. */
  readonly #inbox = createInbox()
  #told: Subscription | undefined
  readonly #places = new Set<Subscription>()
  readonly #running = new Map<string, BackgroundTask<Uint8Array>>()
  readonly #cancelled = new WeakSet<BackgroundTask<Uint8Array>>()
  readonly #runs = new Set<Promise<void>>()
  #beating: NodeJS.Timeout | undefined
  #closing: Promise<void> | undefined
  #finish = (): void => {}

  constructor(connection: Connection, declaration: WorkDeclaration) {
    this.#connection = connection
    this.#declaration = declaration
    this.#crew = new Crew(declaration.name, declaration.url, declaration.concurrency)
  }

  /** Takes calls until it is closed. @throws what the module throws; the error with which the connection has ended. */
  async run(): Promise<void> {
    if (this.#closing !== undefined) return
    await this.#crew.load()
    await this.#connection.whenUp()
    if (this.#closing !== undefined) return
    this.#told = this.#connection.hear(this.#inbox, message => this.#cancel(message.string()))
    this.#beating = setInterval(() => this.#beat(), HEARTBEAT)
    for (let i = 0; i < this.#declaration.concurrency; i++) this.#addPlace()
    await this.#end()
  }

  /** One whose connection has ended for good would be deaf, and nobody would know. */
  async #end(): Promise<void> {
    const watcher: Watcher = {}
    const end = new Promise<void>((resolve, reject) => {
      watcher.ended = reject
      this.#finish = resolve
    })
    this.#connection.watchers.add(watcher)
    await end.finally(() => this.#connection.watchers.delete(watcher))
  }

  /** Callers may say it again. A second `cancel` would cut the task's cleanup. */
  #cancel(caller: string): void {
    const task = this.#running.get(caller)
    if (task === undefined || this.#cancelled.has(task)) return
    this.#cancelled.add(task)
    task.cancel()
  }

  #addPlace(): void {
    const { nc } = this.#connection
    if (this.#closing !== undefined || nc.isClosed()) return
    let isTaken = false
    const place: Subscription = nc.subscribe(callsOf(this.#declaration.name), {
      queue: 'hosts',
      max: 1,
      callback: (error, message) => {
        this.#places.delete(place)
        if (error) return
        // The server may have handed over another call before it had read that it may hand over one. The client drops what
        // comes behind the last, unless the subscription is drained.
        if (!isTaken) place.drain().catch(() => {})
        if (message.reply && (isTaken || this.#closing !== undefined)) {
          return this.#say(message.reply, Buffer.from([Letter.Again]))
        }
        if (isTaken) return
        isTaken = true
        if (!message.reply) return this.#addPlace()
        const run = this.#answer(message)
        this.#runs.add(run)
        void run.then(() => this.#runs.delete(run))
      },
    })
    this.#places.add(place)
    nc.publish(freeOf(this.#declaration.name))
  }

  async #answer({ reply, data }: Msg): Promise<void> {
    const caller = reply!
    this.#say(caller, Buffer.from([Letter.Taken]), this.#inbox)
    const call = readCall(data)
    let letter: Uint8Array
    try {
      if (call === undefined) throw fault('ERR_NATS_VERSION', 'The call was not sent by this version of this package.')
      const packet = Buffer.from(call.packet) // Only these bytes are to cross.
      const task = this.#crew.call(call.name, packet)
      this.#running.set(caller, task)
      letter = await task.result()
    } catch (error) {
      letter = errorOf(error)
    }
    this.#running.delete(caller)
    this.#say(caller, this.#fitting(letter, call?.name))
    this.#addPlace()
  }

  /** A server closes the connection of one that sends it more than it takes. */
  #fitting(letter: Uint8Array, name: string | undefined): Uint8Array {
    const most = this.#connection.mostBytes
    if (letter.length <= most) return letter
    const what = letter[0] === Letter.Value ? 'result' : 'error'
    return errorOf(tooLarge(`The ${what} of '${name}' takes`, letter.length, most))
  }

  #say(subject: string, letter: Uint8Array, reply?: string): void {
    const { nc } = this.#connection
    if (!nc.isClosed()) nc.publish(subject, letter, reply === undefined ? {} : { reply })
  }

  #beat(): void {
    if (!this.#connection.isUp) return
    const tickets = new Map<string, string>()
    for (const subject of this.#running.keys()) {
      const dot = subject.lastIndexOf('.')
      const caller = subject.slice(0, dot)
      tickets.set(caller, `${tickets.get(caller) ?? this.#inbox} ${subject.slice(dot + 1)}`)
    }
    for (const [caller, text] of tickets) this.#say(`${caller}.beat`, Buffer.from(text))
  }

  /** Takes no more; cancels what it runs, and resolves when that has been answered. */
  close(): Promise<void> {
    return (this.#closing ??= this.#close())
  }

  async #close(): Promise<void> {
    this.#finish()
    for (const place of this.#places) place.drain().catch(() => {})
    try {
      await this.#crew.close()
    } finally {
      await Promise.all(this.#runs)
      clearInterval(this.#beating)
      if (this.#told?.isClosed() === false) this.#told.unsubscribe()
    }
  }
}
