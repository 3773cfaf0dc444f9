// The clients of one machine of scripts, on the machine that serves.
//
// Promises that what that machine does is done once, in its order, and that with its end all of its calls are given up.

import { Client, type Client as ClientOf } from '../../client.js'
import { RunnerClosedError, RunnerDiedError } from '../../errors.js'
import type { Server } from '../../server.js'
import { isClockCall } from '../../serving/clock.js'
import { itemOf } from '../packet.js'
import { Channel } from './channel.js'
import type { Counted, Deed, Word } from './message.js'
import { answerOf } from './values.js'

interface Sent {
  readonly deed: Deed
  readonly packet?: Uint8Array
}

export class Guests {
  readonly #server: Server
  readonly #limit: number
  readonly #channel: Channel<Sent>
  readonly #most: () => number
  readonly #clients = new Map<number, ClientOf>()
  readonly #calls = new Map<number, { client: number; controller: AbortController }>()
  #silent = 0

  constructor(
    server: Server,
    session: string,
    epoch: string,
    limit: number,
    say: (head: Word | Counted, packet?: Uint8Array) => void,
    most: () => number,
  ) {
    this.#server = server
    this.#limit = limit
    this.#most = most
    this.#channel = new Channel<Sent>(
      (number, got, { deed, packet }) => say({ ...deed, session, epoch, number, got }, packet),
      beat => say({ kind: 'beat', session, epoch, now: server.now, ...beat }),
    )
  }

  tell(isAgain?: boolean): void {
    this.#channel.tell(isAgain)
  }

  /** Counts a turn in which nothing may have been heard; returns whether it is one too many. */
  isSilent(): boolean {
    return ++this.#silent > this.#limit
  }

  hear(head: Word | Counted, packet: Uint8Array): void {
    this.#silent = 0
    if (head.kind === 'beat') this.#channel.heard(head)
    else if ('number' in head && this.#channel.take(head.number, head.got)) this.#do(head, packet)
  }

  /** Gives up all calls and places. */
  end(): void {
    const calls = [...this.#calls.values()]
    this.#calls.clear()
    this.#clients.clear()
    for (const { controller } of calls) controller.abort()
  }

  #do(deed: Deed, packet: Uint8Array): void {
    if (deed.kind === 'join') this.#join(deed.client)
    else if (deed.kind === 'leave') this.#leave(deed.client)
    else if (deed.kind === 'call') this.#call(deed.client, deed.call, deed.fun, packet)
    else if (deed.kind === 'cancel') this.#cancel(deed.call)
  }

  #join(client: number): void {
    this.#clients.set(client, new Client<any>(this.#server) as ClientOf)
    this.#channel.post({ deed: { kind: 'joined', client } })
  }

  #leave(client: number): void {
    this.#clients.delete(client)
    for (const [number, call] of this.#calls) if (call.client === client) this.#cancel(number)
  }

  #cancel(number: number): void {
    const call = this.#calls.get(number)
    this.#calls.delete(number)
    call?.controller.abort()
  }

  #call(client: number, number: number, fun: string, packet: Uint8Array): void {
    const place = this.#clients.get(client)
    if (place === undefined) return // It has left.
    const controller = new AbortController()
    this.#calls.set(number, { client, controller })
    const answer = (value: unknown, isError: boolean) => {
      // The end of the server ends all of its calls by one word; those made later wait for the next server.
      if (isError && isEnd(value) && !this.#server.isRunning) return
      if (this.#calls.delete(number)) this.#answer(number, fun, value, isError)
    }
    made(place.with({ signal: controller.signal }), fun, packet).then(
      value => answer(value, false),
      (error: unknown) => answer(error, true),
    )
  }

  #answer(call: number, fun: string, value: unknown, error: boolean): void {
    const { packet, isError } = answerOf(fun, value, error, this.#most())
    this.#channel.post({ deed: { kind: 'answer', call, isError, now: this.#server.now }, packet })
  }
}

function isEnd(error: unknown): boolean {
  return error instanceof RunnerClosedError || error instanceof RunnerDiedError
}

/** Makes the call at once; what it throws comes by the promise. */
function made(client: ClientOf, fun: string, packet: Uint8Array): Promise<unknown> {
  try {
    const args = itemOf(packet)
    if (!Array.isArray(args)) throw new TypeError('The arguments of the call are no list.')
    if (!isClockCall(fun, args)) return client.execute(fun, ...(args as unknown[]))
    return fun === 'delay' ? client.delay(args[1] as number) : client.nextTick()
  } catch (error) {
    return Promise.reject(error)
  }
}
