// A server on another machine, as this one has it: what runs on the loop of the link.
//
// Promises that calls go out in the order in which each client makes them, each once; that what is given up here is given up
// there; and that where the server has gone, the calls that it may have seen end, and those made later wait for the next.
//
// On this machine stands a server without handlers, whose clients are ordinary ones; its calls are passed on from here.

import type { Subscription } from '@nats-io/transport-node'
import type { Event } from '../../event.js'
import type { Future } from '../../future.js'
import type { Server } from '../../server.js'
import type { ExecutionRequest } from '../../serving/methods.js'
import { Handle } from '../../native/handle.js'
import { native } from '../../native/native.js'
import type { Connection } from '../loop/connection.js'
import { itemOf } from '../packet.js'
import { fault } from '../protocol.js'
import {
  bytesOf,
  messageOf,
  subjectsOf,
  VERSION,
  type Counted,
  type Deed,
  type Subjects,
  type Word,
} from './message.js'
import { hasClosed, hasGone, hasLeft, settle, untilClosed } from './outcomes.js'
import { Pulse } from './pulse.js'
import { Session } from './session.js'
import { argumentsOf } from './values.js'

interface Call {
  readonly number: number
  readonly client: number
  readonly fun: string
  readonly packet: Uint8Array
  readonly request: ExecutionRequest
  readonly future: Future<unknown>
  isSent: boolean
}

interface Place {
  isJoined: boolean
  readonly waiting: { resolve(isJoined: boolean): void; reject(error: unknown): void }[]
}

export class Relay {
  readonly #connection: Connection
  readonly #name: string
  readonly #server: Server
  readonly #event: Event
  readonly #heartbeat: number
  readonly #subjects: Subjects
  /** In the order in which they have joined. */
  readonly #places = new Map<number, Place>()
  /** In the order in which they were made. */
  readonly #calls = new Map<number, Call>()
  readonly #pulse: Pulse
  readonly #watcher = {
    up: () => (this.#session.isWelcome ? this.#session.tell(true) : this.#greet()),
    ended: (error: Error) => this.#finish(error),
  }
  #all: Subscription | undefined
  #session!: Session
  #lastCall = 0

  constructor(connection: Connection, name: string, server: Server, event: Event, heartbeat: number) {
    this.#connection = connection
    this.#name = name
    this.#server = server
    this.#event = event
    this.#heartbeat = heartbeat
    this.#subjects = subjectsOf(name)
    this.#all = connection.hear(this.#subjects.all, ({ data }) => this.#hear(data))
    this.#begin('')
    this.#pulse = new Pulse(heartbeat, isDue => this.#turn(isDue))
    connection.watchers.add(this.#watcher)
    void untilClosed(this.#takeCalls())
    void untilClosed(this.#watchCallers())
  }

  /** Resolves with whether the client has a place; it has none where it leaves meanwhile. */
  join(client: number): Promise<boolean> {
    if (this.#connection.fault !== undefined) return Promise.reject(this.#connection.fault)
    return new Promise((resolve, reject) => {
      this.#places.set(client, { isJoined: false, waiting: [{ resolve, reject }] })
      this.#session.post({ kind: 'join', client })
    })
  }

  /** Gives a place up; its calls end. */
  leave(client: number): void {
    const place = this.#places.get(client)
    if (place === undefined) return
    this.#places.delete(client)
    for (const { resolve } of place.waiting) resolve(false)
    for (const call of this.#callsOf(each => each.client === client)) this.#fail(call, hasLeft(call.fun))
    this.#session.post({ kind: 'leave', client })
  }

  /** The connection has ended for good. */
  #finish(error: Error): void {
    this.#pulse.end()
    this.#settleJoins(place => place.reject(error))
    for (const call of this.#callsOf(() => true)) this.#fail(call, error)
  }

  close(): void {
    this.#pulse.end()
    this.#connection.watchers.delete(this.#watcher)
    this.#settleJoins(place => place.resolve(false))
    this.#session.end()
    if (!this.#all!.isClosed()) this.#all!.unsubscribe()
  }

  #settleJoins(settle: (waiting: Place['waiting'][number]) => void): void {
    for (const { waiting } of this.#places.values()) waiting.splice(0).forEach(settle)
  }

  // --- the callers

  async #takeCalls(): Promise<void> {
    for await (const [request, future] of this.#server.requests()) this.#take(request, future)
  }

  #take(request: ExecutionRequest, future: Future<unknown>): void {
    const { fun } = request
    const client = request.client as number
    try {
      if (!this.#places.has(client)) throw hasLeft(fun)
      if (this.#connection.fault !== undefined) throw this.#connection.fault
      const packet = argumentsOf(fun, request.args, this.#connection.mostBytes)
      if (request.cancelled) return
      // Calls that were given up before this one was made are given up there before it comes.
      if (this.#event.isSet()) this.#dropGivenUp()
      const call: Call = { number: ++this.#lastCall, client, fun, packet, request, future, isSent: false }
      this.#calls.set(call.number, call)
      if (this.#session.isWelcome) this.#send(call)
    } catch (error) {
      settle(future, error, true)
    }
  }

  #send(call: Call): void {
    const { client, number, fun, packet } = call
    call.isSent = true
    this.#session.post({ kind: 'call', client, call: number, fun }, packet)
  }

  /** Something was given up, or is not held any more. */
  async #watchCallers(): Promise<void> {
    for (;;) {
      await this.#event.waitAsync()
      this.#event.clear()
      this.#dropGivenUp()
      for (const client of native.serverLeft(Handle.idOf(this.#server))) this.leave(client)
    }
  }

  #dropGivenUp(): void {
    for (const call of this.#callsOf(each => each.request.cancelled)) this.#drop(call)
  }

  #callsOf(matches: (call: Call) => boolean): Call[] {
    return [...this.#calls.values()].filter(matches)
  }

  #drop({ number, isSent }: Call): void {
    this.#calls.delete(number)
    if (isSent) this.#session.post({ kind: 'cancel', call: number })
  }

  #fail(call: Call, error: Error): void {
    this.#drop(call)
    settle(call.future, error, true)
  }

  // --- the server

  /** A session lasts as long as both sides hear of each other. */
  #begin(old: string): void {
    const subscribe = (id: string) => this.#connection.hear(this.#subjects.session(id), ({ data }) => this.#hear(data))
    const say = (head: Word | Counted, packet?: Uint8Array, reply?: string) => this.#say(head, packet, reply)
    this.#session = new Session(old, subscribe, say)
    this.#greet()
  }

  #greet(): void {
    this.#session.greet(this.#heartbeat, this.#subjects.session(this.#session.id))
  }

  #say(head: Word | Counted, packet?: Uint8Array, reply?: string): void {
    const { nc, isUp } = this.#connection
    if (isUp && !nc.isClosed()) nc.publish(this.#subjects.calls, bytesOf(head, packet), reply ? { reply } : undefined)
  }

  #hear(data: Uint8Array): void {
    const message = messageOf(data)
    if (message === undefined) return
    if (typeof message === 'number') return this.#session.isWelcome ? undefined : this.#refuse(message)
    const { head, packet } = message
    if (head.kind === 'welcome') this.#enter(head.epoch, head.heartbeat)
    else if (head.kind === 'up') this.#meet(head.epoch)
    else if (!('epoch' in head) || head.epoch !== this.#session.epoch) return
    else if (head.kind === 'gone') this.#lose(call => hasGone(call, this.#name))
    else if (head.kind === 'down') {
      this.#lose(call => (head.hasDied ? hasGone(call, this.#name) : hasClosed(call, this.#name)))
    } else
      this.#session.hear(
        head,
        deed => this.#do(deed, packet),
        now => this.#move(now),
      )
  }

  #enter(epoch: string, heartbeat: number): void {
    if (this.#session.isWelcome) return
    this.#session.enter(epoch, this.#pulse.limitFor(heartbeat))
    for (const client of this.#places.keys()) this.#session.post({ kind: 'join', client })
    for (const call of this.#calls.values()) this.#send(call)
  }

  /** A server begins to serve this name. The one before has gone. */
  #meet(epoch: string): void {
    if (this.#session.epoch === undefined) this.#greet()
    else if (epoch > this.#session.epoch) this.#lose(call => hasGone(call, this.#name))
  }

  #turn(isDue: boolean): void {
    if (!this.#session.isWelcome) this.#greet()
    else if (this.#session.isSilent()) this.#lose(call => hasGone(call, this.#name))
    else if (isDue) this.#session.tell()
  }

  /** Nobody knows what has become of the calls that were sent. */
  #lose(errorOf: (fun: string) => Error): void {
    const { id } = this.#session
    this.#session.end()
    for (const place of this.#places.values()) place.isJoined = false
    const lost = this.#callsOf(call => call.isSent)
    for (const { number } of lost) this.#calls.delete(number)
    this.#begin(id)
    for (const { fun, future } of lost) settle(future, errorOf(fun), true)
  }

  /** The server that is there is of a version that does not understand this one. */
  #refuse(version: number): void {
    const text = `'${this.#name}' is served by a version of this package that speaks version ${version}; this one speaks version ${VERSION}.`
    const error = fault('ERR_NATS_VERSION', text)
    this.#settleJoins(place => place.reject(error))
    for (const call of this.#callsOf(() => true)) this.#fail(call, error)
  }

  #do(deed: Deed, packet: Uint8Array): void {
    if (deed.kind === 'joined') this.#joined(deed.client)
    else if (deed.kind === 'answer') this.#answered(deed.call, deed.isError, packet, deed.now)
  }

  #joined(client: number): void {
    const place = this.#places.get(client)
    if (place === undefined) return
    place.isJoined = true
    for (const { resolve } of place.waiting.splice(0)) resolve(true)
  }

  #answered(number: number, isError: boolean, packet: Uint8Array, now: number): void {
    this.#move(now)
    const call = this.#calls.get(number)
    if (call === undefined) return
    this.#calls.delete(number)
    try {
      settle(call.future, itemOf(packet), isError)
    } catch (error) {
      settle(call.future, error, true)
    }
  }

  /** The clock of the server that stands here shows what the other has told last. */
  #move(now: number): void {
    if (now > this.#server.now) native.serverAdvance(Handle.idOf(this.#server), now)
  }
}
