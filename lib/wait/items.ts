// What comes one by one, for `for await`: the items of a queue, the requests of a server.
//
// Promises that nothing is taken before it is asked for, that a loop which was left takes nothing more, also by what it
// was waiting for then, and that a loop ends when nothing more will come. If the runner dies, the loop throws.
// What is `nothing` is passed over.

import { follow, forEachOf } from '../methods.js'
import type { Handle } from '../native/handle.js'
import { control, waitReturn } from '../native/native.js'
import { Door, End, Word } from '../native/protocol.js'
import { hopeless } from '../wire/wire.js'
import { parked, rejected } from './hub.js'
import type { Awaitable, Failures, ParkedWait } from './outcome.js'
import { takeCut } from './scope.js'

/** What has come, and is no item. */
export const nothing: unique symbol = Symbol('nothing')

/** What is waited for, how the wait for the next one begins, and how what has come is read. */
export interface Feed<T> {
  failures(): Failures
  readonly verb: string
  /** From which it is taken. */
  readonly handle: Handle
  readonly id: number
  begin(door: Door, timeout: number): unknown
  receive(value: unknown): T | typeof nothing
  /** Whether what has come may be `nothing`. */
  readonly passesOver?: boolean
  /** A `for await` begins; the function it returns is called when that has ended. */
  begun?(): () => void
}

const over = (): IteratorReturnResult<undefined> => ({ value: undefined, done: true })

/** Items awaited one by one. */
export class Items<T> implements AsyncIterableIterator<T> {
  readonly #feed: Feed<T>
  readonly #target: Awaitable
  readonly #parked = new Set<ParkedWait>()
  #isOver = false
  /** What has come since goes back. */
  #isLeft = false
  #hasEnded: (() => void) | undefined

  constructor(feed: Feed<T>) {
    this.#feed = feed
    this.#target = {
      handle: feed.handle,
      failures: () => this.#failures(),
      receive: value => this.#received(value),
      end: () => over(),
      parked: this.#parked,
    }
  }

  next(): Promise<IteratorResult<T>> {
    return (this.#feed.passesOver === true ? this.#nextItem() : this.#next()) as Promise<IteratorResult<T>>
  }

  /** An async function, so that each wait is one of the task that has asked. */
  async #nextItem(): Promise<IteratorResult<T | typeof nothing>> {
    for (;;) {
      const next = await this.#next()
      if (next.value !== nothing) return next
    }
  }

  #next(): Promise<IteratorResult<T | typeof nothing>> {
    if (this.#isOver) return Promise.resolve(over())
    const cut = takeCut()
    if (cut !== undefined) {
      this.#end()
      return Promise.reject(cut)
    }
    const { verb, id } = this.#feed
    try {
      const value = this.#feed.begin(Door.Await, -1)
      const status = control[Word.Status]!
      let item: Promise<IteratorResult<T | typeof nothing>>
      try {
        item = parked(value, this.#target, verb, -1) as typeof item
      } catch (error) {
        if (error !== hopeless) waitReturn(id, value, status)
        throw error
      }
      // A `for await` that ends by an error does not call `return`.
      if (this.#hasEnded !== undefined) void follow(item, undefined, () => this.#end())
      return item
    } catch (error) {
      this.#end()
      return rejected(error)
    }
  }

  #received(value: unknown): IteratorResult<T | typeof nothing> {
    if (!this.#isLeft) return { value: this.#feed.receive(value), done: false }
    waitReturn(this.#feed.id, value, control[Word.Status]!)
    return over()
  }

  /** Ends the iteration, and each `next` that waits. */
  return(): Promise<IteratorResult<T>> {
    this.#isOver = this.#isLeft = true
    this.#end()
    forEachOf(this.#parked, wait => wait.giveUp())
    return Promise.resolve(over())
  }

  [Symbol.asyncIterator](): this {
    if (!this.#isOver) this.#hasEnded ??= this.#feed.begun?.()
    return this
  }

  #end(): void {
    this.#hasEnded?.()
    this.#hasEnded = undefined
  }

  #failures(): Failures {
    const failures = this.#feed.failures()
    const ended = (verb: string, end: End) => {
      this.#isOver = true
      this.#end()
      return end === End.Died ? failures.ended(verb, end) : undefined
    }
    return { ...failures, ended }
  }
}
