// Chance that can be repeated: the same seed gives the same numbers, on every machine and in every version of Node.
//
// Promises whole numbers from whole numbers only, so nothing depends on how a machine rounds. Not for secrets: the
// seed tells all the numbers that follow.

/** A source of chance; the seed is any text. */
export class Random {
  #state

  constructor(seed) {
    this.#state = hashOf(String(seed))
  }

  /** What the numbers that follow depend on: a source with the same state gives the same numbers. */
  get state() {
    return this.#state
  }

  set state(state) {
    this.#state = state
  }

  /** A whole number from 0 to `limit` - 1. */
  below(limit) {
    return Math.floor((this.#next() / 2 ** 32) * limit)
  }

  /** One of the items. */
  oneOf(items) {
    return items[this.below(items.length)]
  }

  /** The items in any order, each as likely as any other. */
  shuffled(items) {
    const result = [...items]
    for (let i = result.length - 1; i > 0; i--) {
      const j = this.below(i + 1)
      ;[result[i], result[j]] = [result[j], result[i]]
    }
    return result
  }

  /** Mulberry32: 32 bits of state, enough for a game. */
  #next() {
    this.#state = (this.#state + 0x6d2b79f5) | 0
    let bits = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state)
    bits = (bits + Math.imul(bits ^ (bits >>> 7), 61 | bits)) ^ bits
    return (bits ^ (bits >>> 14)) >>> 0
  }
}

/** FNV-1a, so that seeds that differ little give games that differ much. */
function hashOf(text) {
  let hash = 0x811c9dc5
  for (const character of text) hash = Math.imul(hash ^ character.codePointAt(0), 0x01000193)
  return hash
}
