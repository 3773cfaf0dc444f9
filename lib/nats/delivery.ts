// One item that was taken, and what becomes of it.
//
// Promises that an item is settled once, and that one which cannot be read is still in the hand of who has taken it.

import { checkMaker } from '../arguments.js'
import { refuseClones } from '../brands.js'
import { InvalidStateError } from '../errors.js'
import { refuseKind } from '../wire/kinds.js'
import { checkDelay, type NakOptions } from './options.js'
import { itemOf } from './packet.js'
import { Verb } from './protocol.js'

/**
 * An item of a queue, as it was delivered. It counts as done once `ack` was called; without a word about it within the
 * queue's `ackWait`, the server delivers it again, to any consumer. All of its methods return at once: what they say goes out
 * with the connection, and where that is lost meanwhile, the item is delivered again.
 */
export class Delivery<T> {
  /** Under which it was put. */
  readonly id: string | undefined
  /** How often it was delivered, this time included. */
  readonly deliveries: number
  /** Its number among all that were put into the queue. */
  readonly sequence: number
  readonly #packet: Uint8Array
  readonly #tell: (verb: string, about: string) => void
  readonly #reply: string
  #item: { readonly value: T } | undefined
  #isSettled = false

  /** @internal */
  constructor(
    by: unknown,
    packet: Uint8Array,
    reply: string,
    deliveries: number,
    id: string | undefined,
    sequence: number,
    tell: (verb: string, about: string) => void,
  ) {
    checkMaker(by, 'Delivery', 'get of a queue')
    refuseClones(this)
    this.#packet = packet
    this.#reply = reply
    this.#tell = tell
    this.id = id
    this.deliveries = deliveries
    this.sequence = sequence
  }

  /**
   * Returns the item.
   *
   * @throws Error `ERR_NATS_VERSION` where another program, or another version, has put it; UncloneableError. The item is not
   *   settled by that.
   */
  get value(): T {
    this.#item ??= { value: itemOf(this.#packet) as T }
    return this.#item.value
  }

  /** Whether it was delivered before. */
  get redelivered(): boolean {
    return this.deliveries > 1
  }

  /** Returns at once: the item is done, and the server forgets it. @throws InvalidStateError when it was settled before. */
  readonly ack = (): void => {
    this.#settle('ack', Verb.Ack)
  }

  /** Returns at once: the item is to be delivered again. @throws InvalidStateError when it was settled before. */
  readonly nak = (options?: NakOptions): void => {
    const delay = checkDelay(options)
    this.#settle('nak', Verb.Nak, delay === undefined ? '' : `|${delay}`)
  }

  /** Returns at once: the item is never to be delivered again. @throws InvalidStateError when it was settled before. */
  readonly term = (): void => {
    this.#settle('term', Verb.Term)
  }

  /** Returns at once: the item is still worked on, and `ackWait` begins anew. */
  readonly working = (): void => {
    if (this.#isSettled) throw settledBefore('working')
    this.#tell(Verb.Working, this.#reply)
  }

  #settle(method: string, verb: string, behind = ''): void {
    if (this.#isSettled) throw settledBefore(method)
    this.#tell(verb, this.#reply + behind)
    this.#isSettled = true
  }
}

refuseKind(Delivery.prototype, 'a Delivery, which is settled where it was taken; send its value')

function settledBefore(method: string): InvalidStateError {
  return new InvalidStateError(`${method} on a delivery that was settled before.`)
}
