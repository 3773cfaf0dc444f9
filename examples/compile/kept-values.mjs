// The values of one compilation on their way there and back: `Keeper` at the compiler's end, `Guest` at the caller's.
//
// Promises that a value which the compiler has handed out and gets back, alone or inside of another, is the same object,
// so that nothing of it is lost. Each is kept under a number, for as long as the compilation lasts. Keywords are fetched
// when they are looked at: Sass refuses arguments nobody has looked at. Refuses functions made at the caller's end, for
// they are closures, and functions, mixins and modules of another compilation, as Sass does.

import { SassArgumentList, SassFunction, SassMixin, SassModule } from 'sass'
import { dataOf, valueOf } from './values.mjs'

/** The kinds that only the compilation they come from can use. */
const bound = [SassFunction, SassMixin, SassModule]

/** Turns values into data and back, at the compiler's end. */
export class Keeper {
  #kept = []

  /** Keeps anything, and returns its number. */
  keep(anything) {
    return this.#kept.push(anything) - 1
  }

  kept(number) {
    return this.#kept[number]
  }

  dataOf = value => ({ ...dataOf(value, this.dataOf, () => []), number: this.keep(value) })

  valueOf = data => (data.number === undefined ? valueOf(data, this.valueOf) : this.kept(data.number))

  keywordsOf(list) {
    return [...list.keywords].map(([name, value]) => [name, this.dataOf(value)])
  }
}

/** Turns data into values and back, at the caller's end. `fetchKeywords` takes the number of a list. */
export class Guest {
  #numbers = new WeakMap()
  #fetchKeywords

  constructor(fetchKeywords) {
    this.#fetchKeywords = fetchKeywords
  }

  valueOf = data => {
    const value = valueOf(data, this.valueOf)
    if (value instanceof SassArgumentList) this.#fetchLater(value, data.number)
    this.#numbers.set(value, data.number)
    return value
  }

  dataOf = value => {
    const number = this.#numbers.get(value)
    if (number !== undefined) return { number }
    if (bound.some(each => value instanceof each)) {
      throw new TypeError(`${value} is none of this compilation's; only those can be handed back.`)
    }
    return dataOf(value, this.dataOf, ({ keywords }) => [...keywords].map(([name, each]) => [name, this.dataOf(each)]))
  }

  #fetchLater(list, number) {
    let whole
    const fetch = () =>
      valueOf({ kind: 'arguments', contents: [], keywords: this.#fetchKeywords(number) }, this.valueOf)
    Object.defineProperty(list, 'keywords', { get: () => (whole ??= fetch()).keywords })
  }
}
