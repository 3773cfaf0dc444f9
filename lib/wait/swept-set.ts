// A set of things that end without saying so.
//
// Promises that it holds at most twice as many as had not ended when it was last swept, or `least`; and that adding one
// takes constant time on the average.

/** A set that drops what has ended each time it has doubled. */
export class SweptSet<T> extends Set<T> {
  readonly #hasEnded: (item: T) => boolean
  readonly #least: number
  #sweepAt: number

  constructor(hasEnded: (item: T) => boolean, least: number) {
    super()
    this.#hasEnded = hasEnded
    this.#least = least
    this.#sweepAt = least
  }

  override add(item: T): this {
    super.add(item)
    if (this.size >= this.#sweepAt) this.#sweep()
    return this
  }

  #sweep(): void {
    this.forEach(item => {
      if (this.#hasEnded(item)) this.delete(item)
    })
    this.#sweepAt = Math.max(this.#least, this.size * 2)
  }
}
