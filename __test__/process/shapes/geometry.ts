// A module that a TypeScript program and its tasks both import.
//
// Promises nothing but syntax that Node alone could not run: parameter properties and an interface.

export interface Distance {
  readonly value: number
}

export class Point {
  constructor(
    private readonly x: number,
    private readonly y: number,
  ) {}

  get length(): number {
    return Math.hypot(this.x, this.y)
  }
}
