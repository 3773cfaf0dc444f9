// Shapes: the names that objects of one kind have, in their order. A packet names a shape once, and then tells its number.
//
// Promises that a name is told from every other, and that no more shapes are kept than `mostKept`: a tree of names, in which
// each object's names are a way from the root. Objects whose shapes do not come again soon stop making new ones (`credit`),
// and a packet whose objects have no names in common soon stops asking. Names that need care are in no shape: those that
// Object.prototype has, and those that begin as an index does. Objects of a shape are read by a function made for it, which
// gives them all fields at once, as a literal does; none is made where `--disallow-code-generation-from-strings` forbids it.
// At most `mostBuilt` such functions are kept. Those who read many shapes that never come again may use all of them up; after
// every `packetsOfBuilt` packets another may be made, so that shapes which do come again soon have theirs.

import { charCodeAt } from '../methods.js'
import { absent } from './tags.js'

/** An object with more fields than this has no shape. */
export const mostNames = 64
const longestName = 64
const mostKept = 8192
const mostCredit = 1024
const creditOfPacket = 16
const mostBuilt = 1024
const packetsOfBuilt = 16

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
  /** The packet in which it was met last, how many times, and its number there; below zero while it has none. */
  packet = 0
  met = 0
  number = -1
  /** What makes objects of it, once there have been many. */
  built: Build | undefined
  lastName: string | undefined
  last: Shape | undefined
  /** All steps from here, where there are several. */
  others: Map<string, Shape> | undefined
}

export class Shapes {
  #root = new Shape()
  #kept = 0
  #credit = mostCredit
  /** How many functions there are, and how many may be made now. */
  #built = 0
  #mayBuild = mostBuilt

  /** Some more new shapes may be kept, and some more functions made, for those who have tired of them. */
  begin(): void {
    if (this.#credit < mostCredit) this.#credit += creditOfPacket
    if (this.#mayBuild < mostBuilt) this.#mayBuild += 1 / packetsOfBuilt
  }

  /** The function for a shape of these names, none of which Object.prototype has; undefined where there is none for now. */
  built(names: readonly string[]): Build | undefined {
    if (this.#mayBuild < 1) return undefined
    this.#mayBuild--
    if (++this.#built > mostBuilt) this.#forget()
    return builderOf(names)
  }

  #forget(): void {
    this.#root = new Shape()
    this.#kept = 0
    this.#built = 0
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
    const next = shape.others?.get(name) ?? this.#grown(shape, name)
    if (next === undefined) return undefined
    shape.lastName = name
    return (shape.last = next)
  }

  #grown(shape: Shape, name: string): Shape | undefined {
    if (this.#credit <= 0 || !isPlain(name)) return undefined
    this.#credit--
    if (++this.#kept > mostKept) {
      this.#forget()
      return undefined
    }
    const next = new Shape()
    if (shape.last === undefined) return next
    if (shape.others === undefined) {
      shape.others = new Map()
      shape.others.set(shape.lastName!, shape.last)
    }
    shape.others.set(name, next)
    return next
  }
}

const written = new Shapes()

/** While so many more objects of a packet had a shape of their own than one of others, one in eight is asked for it. */
const mostVain = 48

/** The shapes that several objects of one packet have, as it is written. */
export class SharedShapes {
  #known = written
  #packet = 0
  #asked = 0
  #vain = 0

  /**
   * The shape of the next object, which has these names; undefined where the others are not known to share it. `isSteady`:
   * what this thread has written before is not looked at.
   */
  of(names: readonly string[], packet: number, isSteady: boolean): Shape | undefined {
    if (packet !== this.#packet) this.#begin(packet, isSteady)
    if (this.#vain > mostVain && ++this.#asked % 8 !== 0) return undefined
    const shape = this.#known.of(names)
    const isShared = shape !== undefined && this.#isShared(shape)
    this.#vain = isShared ? Math.max(0, this.#vain - 4) : this.#vain + 1
    return isShared ? shape : undefined
  }

  #begin(packet: number, isSteady: boolean): void {
    this.#packet = packet
    this.#asked = 0
    this.#vain = 0
    this.#known = isSteady ? new Shapes() : written
    this.#known.begin()
  }

  /** The first object of a shape tells nothing: what its last packet had is taken for what this one has. */
  #isShared(shape: Shape): boolean {
    if (shape.packet === this.#packet) return ++shape.met > 1
    const wasShared = shape.met > 1
    shape.packet = this.#packet
    shape.met = 1
    shape.number = -1
    return wasShared
  }
}

/** Whether a name may be assigned like any other, and comes where it is put. */
function isPlain(name: string): boolean {
  if (name in Object.prototype || name.length === 0 || name.length > longestName) return false
  const first = charCodeAt(name, 0)
  return first < 0x30 || first > 0x39
}

const usual = Object.getOwnPropertyNames(Object.prototype)
const usualMarks = new Uint8Array(256)
for (let i = 0; i < usual.length; i++) usualMarks[markOf(usual[i]!)] = 1

function markOf(name: string): number {
  return (name.length * 7 + charCodeAt(name, 0)) & 0xff
}

let isUsual = false

/** Finds out whether Object.prototype has the fields that it had when this was loaded, and no others. */
export function lookAtPrototype(): void {
  const names = Object.getOwnPropertyNames(Object.prototype)
  isUsual = names.length === usual.length
  for (let i = 0; i < usual.length; i++) if (names[i] !== usual[i]) isUsual = false
}

/** Whether Object.prototype has a field of this name, as far as it has not changed. The engine takes long for a new name. */
export function isInherited(name: string): boolean {
  return (!isUsual || usualMarks[markOf(name)] === 1) && name in Object.prototype
}

let isForbidden = false

function builderOf(names: readonly string[]): Build | undefined {
  if (isForbidden) return undefined
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
    isForbidden = true
    return undefined
  }
}

/** Takes away the fields that were not there any more when they were written. */
function complete(object: Record<string, unknown>): void {
  const names = Object.keys(object)
  for (let i = 0; i < names.length; i++) if (object[names[i]!] === absent) delete object[names[i]!]
}
