// What comes one by one, for `for await`: the items of a queue, the requests of a server.
//
// Promises that nothing is taken before it is asked for, that a loop which is left takes nothing more, and that it ends
// where nothing more will ever come. A runner that dies is an error.

import { type Door, End } from '../native/protocol.js'
import { AWAIT, parked, type Failures, type Subject } from './hub.js'
import { takeCut } from './scope.js'

/** What is waited for, how the wait for the next one begins, and how what has come is read. */
export interface Source<T> {
  failures(): Failures
  readonly verb: string
  begin(door: Door, timeout: number): unknown
  receive(value: unknown): T
}

/** Items awaited one by one. */
export class Items<T> implements AsyncIterableIterator<T> {
  readonly #source: Source<T>
  readonly #subject: Subject
  #isOver = false

  constructor(source: Source<T>) {
    this.#source = source
    this.#subject = {
      failures: () => this.#failures(),
      receive: value => ({ value: source.receive(value), done: false }),
      end: () => ({ value: undefined, done: true }),
    }
  }

  next(): Promise<IteratorResult<T>> {
    if (this.#isOver) return this.return()
    const cut = takeCut()
    if (cut !== undefined) return Promise.reject(cut)
    const { verb } = this.#source
    return parked(this.#source.begin(AWAIT, -1), this.#subject, verb, -1) as Promise<IteratorResult<T>>
  }

  return(): Promise<IteratorResult<T>> {
    this.#isOver = true
    return Promise.resolve({ value: undefined, done: true })
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  #failures(): Failures {
    const failures = this.#source.failures()
    const ended = (verb: string, end: End) => {
      this.#isOver = true
      return end === End.Died ? failures.ended(verb, end) : undefined
    }
    return { ...failures, ended }
  }
}
