// The tasks of one map over items, of which so many are there at a time: begun, not yet handed on.
//
// Promises that nothing is begun after the first error, that what comes behind an error is cancelled, and that with
// `ordered` what comes before it is handed on first. Knows neither door: who waits, and how, is in `map.ts`.

import type { BackgroundTask } from '../task.js'

/** One item on its way. */
export interface Flight {
  /** Undefined where the task could not even be created. */
  readonly task: BackgroundTask<unknown> | undefined
  outcome: { readonly value: unknown } | { readonly error: unknown } | undefined
}

export class Flights {
  readonly #create: (item: unknown) => BackgroundTask<unknown>
  readonly #concurrency: number
  readonly #isOrdered: boolean
  #running: Flight[] = []
  #isExhausted = false
  #hasFailed = false

  constructor(create: (item: unknown) => BackgroundTask<unknown>, concurrency: number, isOrdered: boolean) {
    this.#create = create
    this.#concurrency = concurrency
    this.#isOrdered = isOrdered
  }

  /** Whether another item is wanted now. */
  get hasRoom(): boolean {
    return !this.#isExhausted && !this.#hasFailed && this.#running.length < this.#concurrency
  }

  /** Whether nothing is left to be waited for. */
  get isEmpty(): boolean {
    return this.#running.length === 0
  }

  get running(): readonly Flight[] {
    return this.#running
  }

  /** Says that there are no more items. */
  exhausted(): void {
    this.#isExhausted = true
  }

  /** Begins with an item. One that cannot cross fails in its place. */
  begin(item: unknown): Flight {
    const flight: Flight = { task: this.#created(item), outcome: undefined }
    this.#running.push(flight)
    if (flight.task === undefined) this.ended(flight, { error: this.#refusal })
    return flight
  }

  #refusal: unknown

  #created(item: unknown): BackgroundTask<unknown> | undefined {
    try {
      return this.#create(item)
    } catch (error) {
      this.#refusal = error
      return undefined
    }
  }

  /** Says that the items themselves have failed: that is an error behind all that has begun. */
  sourceFailed(error: unknown): void {
    this.#isExhausted = true
    const flight: Flight = { task: undefined, outcome: undefined }
    this.#running.push(flight)
    this.ended(flight, { error })
  }

  /** Keeps an outcome. After an error, what is not wanted any more is cancelled. */
  ended(flight: Flight, outcome: NonNullable<Flight['outcome']>): void {
    flight.outcome ??= outcome
    if (!('error' in flight.outcome)) return
    this.#hasFailed = true
    const at = this.#isOrdered ? this.#running.indexOf(flight) : -1
    for (const { task, outcome: its } of this.#running.slice(at + 1)) if (its === undefined) task?.cancel()
  }

  /** Takes the outcome to be handed on next; undefined where none is there yet. */
  take(): Flight['outcome'] {
    const at = this.#isOrdered ? 0 : this.#running.findIndex(({ outcome }) => outcome !== undefined)
    const { outcome } = this.#running[at] ?? {}
    if (outcome !== undefined) this.#running.splice(at, 1)
    return outcome
  }

  /** Cancels what is left, and returns it. */
  cancel(): BackgroundTask<unknown>[] {
    const left = this.#running.flatMap(({ task, outcome }) =>
      task === undefined || outcome !== undefined ? [] : [task],
    )
    this.#running = []
    this.#isExhausted = true
    for (const task of left) task.cancel()
    return left
  }
}
