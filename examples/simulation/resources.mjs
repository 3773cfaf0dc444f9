// What the processes of a simulation share, as in SimPy: places of which there are only so many, and a tank.

/** So many places; those who wait get theirs in the order in which they came. */
export class Resource {
  #free
  #waiting = []

  constructor(capacity) {
    this.#free = capacity
  }

  /** Asks for a place: `granted` resolves with it. `release` gives it back, or gives up the wait for it. */
  request() {
    const { promise, resolve } = withResolvers()
    if (this.#free > 0) {
      this.#free--
      resolve()
    } else {
      this.#waiting.push(resolve)
    }
    const release = () => {
      const index = this.#waiting.indexOf(resolve)
      if (index >= 0) return void this.#waiting.splice(index, 1)
      const next = this.#waiting.shift()
      if (next === undefined) this.#free++
      else next()
    }
    return { granted: promise, release }
  }
}

/** A tank. A process that asks for more than the tank holds waits, and so do all that ask after it. */
export class Tank {
  #waiting = []

  constructor(capacity, level) {
    this.capacity = capacity
    this.level = level
  }

  put(amount) {
    this.level += amount
    this.#serve()
  }

  get(amount) {
    const { promise, resolve } = withResolvers()
    this.#waiting.push({ amount, resolve })
    this.#serve()
    return promise
  }

  #serve() {
    while (this.#waiting.length > 0 && this.#waiting[0].amount <= this.level) {
      const { amount, resolve } = this.#waiting.shift()
      this.level -= amount
      resolve()
    }
  }
}

function withResolvers() {
  let resolve
  const promise = new Promise(settle => (resolve = settle))
  return { promise, resolve }
}
