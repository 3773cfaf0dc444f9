// Where in a value something sits, in the words of the program: `args[0].options.onProgress`.
//
// Promises: an expression a reader can follow from the root; built only once something has been refused. The middle
// of a very long path is left out.

import { joined, mapped, matches, part, sliced } from '../methods.js'

/** One step of a path: a field, an index, or a place in a Map or Set. */
export type PathPart = string | number | MapKey | MapValue | SetMember

/** The key of a Map's entry. */
export class MapKey {
  constructor(readonly index: number) {}

  toString(): string {
    return `.keys()[${this.index}]`
  }
}

/** The value of a Map's entry. */
export class MapValue {
  constructor(
    readonly key: unknown,
    readonly index: number,
  ) {}

  toString(): string {
    if (typeof this.key === 'string') return `.get(${quoted(this.key)})`
    const isPrimitive = this.key === null || (typeof this.key !== 'object' && typeof this.key !== 'function')
    const isShort = typeof this.key !== 'bigint' || BigInt.asIntN(64, this.key) === this.key
    return isPrimitive && isShort ? `.get(${String(this.key)})` : `.values()[${this.index}]`
  }
}

export class SetMember {
  constructor(readonly index: number) {}

  toString(): string {
    return `.values()[${this.index}]`
  }
}

const shownParts = 32
const longestName = 100

/** A name, which may be as long as a string can be. */
export function shortened(name: string): string {
  return name.length > longestName ? `${sliced(name, 0, longestName)}…` : name
}

function quoted(name: string): string {
  return JSON.stringify(shortened(name))
}

const identifier = /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u

/** The text for a path. */
export function pathText(root: string, parts: readonly PathPart[]): string {
  if (parts.length <= shownParts) return root + joined(mapped(parts, partText), '')
  const textOf = (from: number, to: number) => joined(mapped(part(parts, from, to), partText), '')
  return `${root}${textOf(0, shownParts / 2)}…${textOf(parts.length - 2, parts.length)}`
}

function partText(step: PathPart): string {
  if (typeof step === 'number') return `[${step}]`
  if (typeof step !== 'string') return step.toString()
  return step.length <= longestName && matches(identifier, step) ? `.${step}` : `[${quoted(step)}]`
}
