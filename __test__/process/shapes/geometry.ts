// A module that a TypeScript program and its tasks both import.
//
// Promises types that Node alone can strip, too.

export interface Distance {
  readonly value: number
}

export class Point {
  readonly #x: number
  readonly #y: number

  constructor(x: number, y: number) {
    this.#x = x
    this.#y = y
  }

  get length(): number {
    return Math.hypot(this.#x, this.#y)
  }
}
