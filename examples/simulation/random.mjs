// The numbers that Python's `random` draws: the Mersenne Twister MT19937 and what Python makes of it.
//
// Promises that `new Random(seed)` draws what `random.seed(seed)` makes Python draw, for whole numbers of 32 bits.

const SIZE = 624

export class Random {
  #state = new Uint32Array(SIZE)
  #next = SIZE

  constructor(seed) {
    const state = this.#state
    state[0] = 19650218
    for (let i = 1; i < SIZE; i++) state[i] = Math.imul(1812433253, state[i - 1] ^ (state[i - 1] >>> 30)) + i
    let i = 1
    const step = (factor, plus) => {
      state[i] = (state[i] ^ Math.imul(state[i - 1] ^ (state[i - 1] >>> 30), factor)) + plus(i)
      if (++i < SIZE) return
      state[0] = state[SIZE - 1]
      i = 1
    }
    for (let k = 0; k < SIZE; k++) step(1664525, () => seed)
    for (let k = 1; k < SIZE; k++) step(1566083941, index => -index)
    state[0] = 0x80000000
  }

  /** 32 bits. */
  #bits() {
    if (this.#next === SIZE) this.#twist()
    let bits = this.#state[this.#next++]
    bits ^= bits >>> 11
    bits ^= (bits << 7) & 0x9d2c5680
    bits ^= (bits << 15) & 0xefc60000
    return (bits ^ (bits >>> 18)) >>> 0
  }

  #twist() {
    const state = this.#state
    for (let i = 0; i < SIZE; i++) {
      const mixed = (state[i] & 0x80000000) | (state[(i + 1) % SIZE] & 0x7fffffff)
      state[i] = state[(i + 397) % SIZE] ^ (mixed >>> 1) ^ (mixed & 1 ? 0x9908b0df : 0)
    }
    this.#next = 0
  }

  /** From 0 up to, and without, 1. */
  random() {
    const [high, low] = [this.#bits() >>> 5, this.#bits() >>> 6]
    return (high * 2 ** 26 + low) / 2 ** 53
  }

  uniform(least, most) {
    return least + (most - least) * this.random()
  }

  expovariate(rate) {
    return -Math.log(1 - this.random()) / rate
  }

  /** A whole number of these, or between them. */
  randint(least, most) {
    const count = most - least + 1
    const width = 32 - Math.clz32(count)
    for (;;) {
      const drawn = this.#bits() >>> (32 - width)
      if (drawn < count) return least + drawn
    }
  }
}
