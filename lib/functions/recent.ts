// A map that keeps what was used last.
//
// Promises to hold no more entries, and about no more characters, than it was made for; that an entry that is used again
// before half as many others have been stays; and that finding one takes what finding it in a `Map` takes. An entry that
// is larger than half of all stays until the next is added.

interface Entry<V> {
  readonly value: V
  /** In characters. */
  readonly size: number
}

/** A map of two halves: what was used since the younger one was begun is there, and the older one is dropped when that is full. */
export class Recent<K, V> {
  readonly #most: number
  readonly #mostSize: number
  readonly #dropped: (value: V) => void
  #young = new Map<K, Entry<V>>()
  #old = new Map<K, Entry<V>>()
  #size = 0

  constructor(most: number, mostSize: number, dropped: (value: V) => void = () => {}) {
    this.#most = most / 2
    this.#mostSize = mostSize / 2
    this.#dropped = dropped
  }

  get(key: K): V | undefined {
    return (this.#young.get(key) ?? this.#again(key))?.value
  }

  /** Adds what is not there yet. */
  set(key: K, value: V, size: number): void {
    this.#add(key, { value, size })
  }

  #again(key: K): Entry<V> | undefined {
    const entry = this.#old.get(key)
    if (entry === undefined) return undefined
    this.#old.delete(key)
    this.#add(key, entry)
    return entry
  }

  #add(key: K, entry: Entry<V>): void {
    if (this.#young.size >= this.#most || this.#size + entry.size > this.#mostSize) this.#turn()
    this.#young.set(key, entry)
    this.#size += entry.size
  }

  #turn(): void {
    const leaving = this.#old
    this.#old = this.#young
    this.#young = new Map()
    this.#size = 0
    leaving.forEach(({ value }) => this.#dropped(value))
  }
}
