// Shapes: the names that objects of one kind have, in their order. A packet names a shape once, and then tells its number.
//
// Promises that a name is told from every other, and that no more shapes are kept than `mostKept`, however many a program
// makes: a tree of names, in which each object's names are a way from the root. Objects whose shapes do not come again
// soon stop making new ones (`credit`). Names that need care are in no shape: those that Object.prototype has, and those
// that begin as an index does.
// Objects of a shape are read by a function made for it, which gives them all of their fields at once, as the literal of a
// program does. Where programs may not make functions of texts (`--disallow-code-generation-from-strings`), none is made.

import { charCodeAt } from '../methods.js'
import { absent } from './tags.js'

/** An object with more fields than this has no shape. */
export const mostNames = 64
const longestName = 64
const mostKept = 8192
const mostCredit = 1024
const creditOfPacket = 16

/** What a builder asks of a packet that is read. */
interface Source {
  readonly refs: object[]
  readonly hasAbsent: boolean
  value(): unknown
}

/** Reads an object whose fields are next. */
export type Build = (reader: Source) => object

/** A shape that a packet has named. */
export type KnownShape = Pick<Shape, 'names' | 'uses' | 'built'>

/** A step on the way of names, and the shape of objects whose names end there. */
export class Shape {
  names: readonly string[] = []
  /** How many objects of it have been met. */
  uses = 0
  /** The packet that has named it last, and its number there. */
  packet = 0
  number = 0
  /** What makes objects of it, once there have been many. */
  built: Build | undefined
  lastName: string | undefined
  last: Shape | undefined
  readonly others = new Map<string, Shape>()
}

export class Shapes {
  #root = new Shape()
  #kept = 0
  #credit = mostCredit

  /** Some more new shapes may be kept, for those who have tired of them. */
  begin(): void {
    if (this.#credit < mostCredit) this.#credit += creditOfPacket
  }

  /** The shape of these names; undefined where they have none. */
  of(names: readonly string[]): Shape | undefined {
    let shape = this.#root
    for (let i = 0; i < names.length; i++) {
      const name = names[i]!
      const next = shape.lastName === name ? shape.last : this.#step(shape, name)
      if (next === undefined) return undefined
      shape = next
    }
    if (shape.uses++ === 0) shape.names = names
    else if (this.#credit < mostCredit) this.#credit++
    return shape
  }

  #step(shape: Shape, name: string): Shape | undefined {
    const next = shape.others.get(name) ?? this.#grown(shape, name)
    if (next === undefined) return undefined
    shape.lastName = name
    return (shape.last = next)
  }

  #grown(shape: Shape, name: string): Shape | undefined {
    if (this.#credit <= 0 || !isPlain(name)) return undefined
    this.#credit--
    if (++this.#kept > mostKept) {
      this.#root = new Shape()
      this.#kept = 0
      return undefined
    }
    const next = new Shape()
    shape.others.set(name, next)
    return next
  }
}

/** Whether a name may be assigned like any other, and comes where it is put. */
function isPlain(name: string): boolean {
  if (name in Object.prototype || name.length === 0 || name.length > longestName) return false
  const first = charCodeAt(name, 0)
  return first < 0x30 || first > 0x39
}

/** So many functions may still be made. */
let buildersLeft = 1024

/** The function for a shape of these names, none of which Object.prototype has. */
export function builderOf(names: readonly string[]): Build | undefined {
  if (buildersLeft-- <= 0) return undefined
  let fields = ''
  let values = ''
  for (let i = 0; i < names.length; i++) {
    const name = JSON.stringify(names[i])
    fields += `${name}:undefined,`
    values += `object[${name}]=reader.value();`
  }
  // The object is kept before what is in it is read, as that may be the object itself.
  const body = `const object={${fields}};reader.refs[reader.refs.length]=object;${values}`
  const end = 'if(reader.hasAbsent)complete(object);return object'
  try {
    return Function('complete', `'use strict';return function read(reader){${body}${end}}`)(complete) as Build
  } catch {
    buildersLeft = 0
    return undefined
  }
}

/** Takes away the fields that were not there any more when they were written. */
function complete(object: Record<string, unknown>): void {
  const names = Object.keys(object)
  for (let i = 0; i < names.length; i++) if (object[names[i]!] === absent) delete object[names[i]!]
}
