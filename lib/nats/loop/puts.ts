// What is put, on its way to the server.
//
// Promises that a put ends with what is known of it: stored; or surely not stored, as it was not sent or the server has
// said so; or unconfirmed, when it went out and the answer is lost. A full queue refuses at once; the put is sent again,
// under the same id, after pauses that grow. Nothing else is ever sent again. A put that is given up while an answer is on
// its way waits a moment longer for that answer: whether it is stored is known then, and not a matter of luck.

import { errors } from '@nats-io/transport-node'
import { JetStreamApiError } from '@nats-io/jetstream'
import { HEADERS, tooLarge } from '../packet.js'
import { isUnheard } from './streams.js'
import { fault, LAST_WAIT, LONGEST, subjectOf, wordsOf, type Verdict } from '../protocol.js'
import type { Connection } from './connection.js'

const FIRST_PAUSE = 4
const LONGEST_PAUSE = 250
/** A stream that holds as many messages as it may. */
const FULL = 10_077

interface Put {
  isSent: boolean
  isOver: boolean
  /** What it ends with unless it turns out to be stored, since it was given up. */
  givenUp: Verdict | undefined
  settle(verdict: Verdict): void
  giveUp(verdict: Verdict, patience: number): void
}

export class Puts {
  readonly #connection: Connection
  readonly #pending = new Map<number, Put>()
  #isClosing = false
  #emptied: (() => void) | undefined

  constructor(connection: Connection) {
    this.#connection = connection
    connection.watchers.add({
      down: () => this.#each(put => put.isSent && put.settle('unconfirmed')),
      ended: error => this.#each(put => put.settle(put.isSent ? 'unconfirmed' : this.#isClosing ? 'closed' : error)),
    })
  }

  /** Resolves with how the put has ended. `redeclare` makes the queue again, where the server has lost it. */
  put(
    ticket: number,
    queue: string,
    packet: Uint8Array,
    id: string,
    timeout: number,
    redeclare: () => Promise<void>,
  ): Promise<Verdict> {
    return new Promise(resolve => {
      let timer: NodeJS.Timeout | undefined
      const put: Put = {
        isSent: false,
        isOver: false,
        givenUp: undefined,
        settle: verdict => {
          if (put.isOver) return
          put.isOver = true
          clearTimeout(timer)
          this.#pending.delete(ticket)
          resolve(verdict)
          if (this.#pending.size === 0) this.#emptied?.()
        },
        giveUp: (verdict, patience) => {
          if (!put.isSent) return put.settle(verdict)
          if (put.isOver || put.givenUp !== undefined) return
          put.givenUp = verdict
          clearTimeout(timer)
          timer = setTimeout(() => put.settle('unconfirmed'), patience)
        },
      }
      this.#pending.set(ticket, put)
      if (this.#isClosing) return put.settle('closed')
      if (timeout <= LONGEST) timer = setTimeout(() => put.giveUp('timeout', LAST_WAIT), timeout)
      this.#send(put, queue, packet, id, redeclare).catch((error: unknown) => {
        put.settle(error instanceof Error ? error : new Error(String(error)))
      })
    })
  }

  async #send(put: Put, queue: string, packet: Uint8Array, id: string, redeclare: () => Promise<void>): Promise<void> {
    for (let pause = FIRST_PAUSE; ; pause = Math.min(2 * pause, LONGEST_PAUSE)) {
      await this.#connection.whenUp()
      if (put.isOver) return
      // Each server of them may have a limit of its own.
      const most = this.#connection.mostBytes
      if (packet.length + HEADERS + id.length > most) throw tooLarge('The item takes', packet.length, most)
      put.isSent = true
      try {
        const { duplicate } = await this.#connection.js.publish(subjectOf(queue), packet, {
          msgID: id,
          timeout: LONGEST,
        })
        return put.settle(duplicate ? 'duplicate' : 'stored')
      } catch (error) {
        if (put.isOver) return
        const isRefused = error instanceof JetStreamApiError
        const isGone = isUnheard(error)
        if (!isRefused && !isGone) return put.settle(isUnsent(error) ? (error as Error) : 'unconfirmed')
        put.isSent = false
        if (isRefused && error.code !== FULL)
          return put.settle(fault('ERR_NATS', `The NATS server: ${wordsOf(error)}`, error))
        if (put.givenUp !== undefined) return put.settle(put.givenUp)
        if (isGone) await redeclare()
      }
      await new Promise(resolve => setTimeout(resolve, pause))
      if (put.isOver) return
    }
  }

  /** Gives a put up, unless it has ended already. */
  abandon(ticket: number): void {
    this.#pending.get(ticket)?.giveUp('withdrawn', LAST_WAIT)
  }

  /** What was not sent is not sent any more; the answers to the rest are waited for so long. */
  async close(patience: number): Promise<void> {
    this.#isClosing = true
    this.#each(put => put.giveUp('closed', patience))
    if (this.#pending.size > 0) await new Promise<void>(resolve => (this.#emptied = resolve))
  }

  #each(action: (put: Put) => void): void {
    for (const put of [...this.#pending.values()]) action(put)
  }
}

/** What the client refuses by itself. */
function isUnsent(error: unknown): boolean {
  return error instanceof errors.InvalidArgumentError || error instanceof errors.InvalidSubjectError
}
