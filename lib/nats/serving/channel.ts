// What two machines send each other in order, over a connection that loses what is on its way when it is lost.
//
// Promises that what is sent arrives once and in order as long as both ends live; and nothing about when. A connection keeps
// order: so what comes behind a gap, or a beat that tells of more, shows that something was lost, which is asked for again.

import type { Beat } from './message.js'

/** After so many that were got, the other side is told, so that it can forget them. */
const MANY = 256

export class Channel<D> {
  readonly #send: (number: number, got: number, deed: D) => void
  readonly #beat: (beat: Beat) => void
  #sent = 0
  #got = 0
  /** What the other side has not said to have got; the last has the number `#sent`. */
  #kept: D[] = []
  #untold = 0
  #hasAsked = false

  constructor(send: (number: number, got: number, deed: D) => void, beat: (beat: Beat) => void) {
    this.#send = send
    this.#beat = beat
  }

  post(deed: D): void {
    this.#sent++
    this.#kept.push(deed)
    this.#untold = 0
    this.#send(this.#sent, this.#got, deed)
  }

  /** Something has come; returns whether it is the next. */
  take(number: number, got: number): boolean {
    this.#forget(got)
    if (number !== this.#got + 1) {
      if (number > this.#got) this.#ask()
      return false
    }
    this.#got = number
    this.#hasAsked = false
    if (++this.#untold >= MANY) this.tell()
    return true
  }

  /** The other side has said how far it has come. */
  heard({ sent, got, isAgain }: Beat): void {
    this.#forget(got)
    if (isAgain) {
      const first = this.#sent - this.#kept.length + 1
      for (const [at, deed] of [...this.#kept].entries()) this.#send(first + at, this.#got, deed)
    }
    if (sent > this.#got) this.#ask()
  }

  /** Says how far this side has come. What it has asked for and not got is asked for again by the next that shows it. */
  tell(isAgain = false): void {
    this.#untold = 0
    this.#hasAsked = isAgain
    this.#beat({ sent: this.#sent, got: this.#got, isAgain })
  }

  #ask(): void {
    if (!this.#hasAsked) this.tell(true)
  }

  #forget(got: number): void {
    const count = got - (this.#sent - this.#kept.length)
    if (count > 0) this.#kept.splice(0, count)
  }
}
