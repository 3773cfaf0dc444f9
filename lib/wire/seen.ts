// Which objects of a value have been met, and which number each has.
//
// Promises that an object is found whatever is made of it meanwhile, and that nothing is held once it is forgotten. A set
// says whether an object was met; only a value in which one comes again pays for a map that says where.

// So many objects are found by comparing.
const few = 16

export class Seen {
  count = 0
  readonly #first = Array.from<object | undefined>({ length: few })
  #others: Set<object> | undefined
  #numbers: Map<object, number> | undefined

  /** The number of an object met before; a new one gets the next number. */
  numberOf(object: object): number | undefined {
    if (this.#others !== undefined) {
      this.#others.add(object)
      if (this.#others.size > this.count) return this.#isNew()
    }
    const number = this.count <= few && this.#numbers === undefined ? this.#find(object) : this.#numbered().get(object)
    if (number === undefined) this.add(object)
    return number
  }

  /** Gives an object the next number. */
  add(object: object): void {
    if (this.#numbers !== undefined) this.#numbers.set(object, this.count)
    else if (this.count < few) this.#first[this.count] = object
    else (this.#others ??= setOf(this.#first)).add(object)
    this.count++
  }

  /** Forgets the objects from number `count` on. */
  forget(count: number): void {
    for (let i = Math.min(this.count, few) - 1; i >= count; i--) this.#first[i] = undefined
    if (count === 0) this.#others = this.#numbers = undefined
    else if (this.#others !== undefined || this.#numbers !== undefined) this.#keep(count)
    this.count = count
  }

  #keep(count: number): void {
    const numbers = this.#numbered()
    numbers.forEach((number, object) => {
      if (number >= count) numbers.delete(object)
    })
  }

  #isNew(): undefined {
    this.count++
  }

  #find(object: object): number | undefined {
    for (let i = 0; i < this.count; i++) if (this.#first[i] === object) return i
    return undefined
  }

  /** The objects met so far, by their numbers. */
  #numbered(): Map<object, number> {
    if (this.#numbers !== undefined) return this.#numbers
    const numbers = (this.#numbers = new Map<object, number>())
    this.#others!.forEach(object => numbers.set(object, numbers.size))
    this.#others = undefined
    return numbers
  }
}

function setOf(objects: readonly (object | undefined)[]): Set<object> {
  const set = new Set<object>()
  for (let i = 0; i < objects.length; i++) set.add(objects[i]!)
  return set
}
