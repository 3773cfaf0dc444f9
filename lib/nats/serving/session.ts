// What a machine of scripts and a machine that serves have with each other, from the scripts' side.
//
// Promises that nothing is sent before the server has said that it is there, and that nothing which belongs to another
// session is taken for a part of this one.

import type { Subscription } from '@nats-io/transport-node'
import { Channel } from './channel.js'
import type { Counted, Deed, Word } from './message.js'

interface Sent {
  readonly deed: Deed
  readonly packet?: Uint8Array
}

type Say = (head: Word | Counted, packet?: Uint8Array, reply?: string) => void

export class Session {
  readonly id = crypto.randomUUID()
  /** The session before, which the server may not have given up yet. */
  readonly #old: string
  readonly #say: Say
  readonly #subscription: Subscription
  #epoch: string | undefined
  #channel: Channel<Sent> | undefined
  #limit = Infinity
  #silent = 0

  constructor(old: string, subscribe: (id: string) => Subscription, say: Say) {
    this.#old = old
    this.#say = say
    this.#subscription = subscribe(this.id)
  }

  get epoch(): string | undefined {
    return this.#epoch
  }

  get isWelcome(): boolean {
    return this.#epoch !== undefined
  }

  /** To be said again until there is an answer. One of another version answers, too, where it is told where. */
  greet(heartbeat: number, reply: string): void {
    this.#say({ kind: 'hello', session: this.id, heartbeat, old: this.#old }, undefined, reply)
  }

  enter(epoch: string, limit: number): void {
    const session = this.id
    this.#epoch = epoch
    this.#limit = limit
    this.#channel = new Channel<Sent>(
      (number, got, { deed, packet }) => this.#say({ ...deed, session, epoch, number, got }, packet),
      beat => this.#say({ kind: 'beat', session, epoch, now: 0, ...beat }),
    )
  }

  /** Before there is a server, nothing is sent: it is told all when it is there. */
  post(deed: Deed, packet?: Uint8Array): void {
    this.#channel?.post(packet === undefined ? { deed } : { deed, packet })
  }

  tell(isAgain?: boolean): void {
    this.#channel?.tell(isAgain)
  }

  /** Counts a turn in which nothing may have been heard; returns whether it is one too many. */
  isSilent(): boolean {
    return ++this.#silent > this.#limit
  }

  hear(head: Word | Counted, act: (deed: Deed) => void, tellTime: (now: number) => void): void {
    if (!('session' in head) || head.session !== this.id || this.#channel === undefined) return
    this.#silent = 0
    if (head.kind === 'beat') {
      this.#channel.heard(head)
      tellTime(head.now)
    } else if ('number' in head && this.#channel.take(head.number, head.got)) act(head)
  }

  end(): void {
    if (this.#epoch !== undefined) this.#say({ kind: 'bye', session: this.id, epoch: this.#epoch })
    this.#epoch = undefined
    this.#channel = undefined
    if (!this.#subscription.isClosed()) this.#subscription.unsubscribe()
  }
}
