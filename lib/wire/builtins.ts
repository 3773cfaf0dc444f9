// How the language's own containers and boxes cross: Map, Set, Date, RegExp, and primitives as objects.
//
// Promises: what their internal slots hold, as structured clone has it, whatever a subclass makes of their methods; own
// fields and `lastIndex` stay behind. A boxed symbol is refused; and so are, from a stranger, keys that were chosen so that a
// Map of them takes hours (`Places`).

import { uncurried } from '../methods.js'
import { MapKey, MapValue, SetMember } from './path.js'
import { double, scratch } from './scratch.js'
import { readers, type Reader } from './reader.js'
import { eachOfMap, eachOfSet, flagsOf, sourceOf, timeOf, unboxed } from './slots.js'
import { Tag } from './tags.js'
import { writers, type Writer } from './writer.js'

/** The classes that users see; ours are others (`globals.ts`). */
const { Map: UsersMap, Set: UsersSet } = globalThis
const setEntry = uncurried(UsersMap.prototype.set)
const addMember = uncurried(UsersSet.prototype.add)
const { asUintN } = BigInt
/** The halves of `double`. */
const words = new Uint32Array(double.buffer)

function writeMap(writer: Writer, map: Map<unknown, unknown>): void {
  // A getter among the entries may change the map.
  const entries: unknown[] = []
  eachOfMap(map, (value, key) => {
    entries[entries.length] = key
    entries[entries.length] = value
  })
  scratch.byte(Tag.Map)
  scratch.count(entries.length / 2)
  const level = writer.enter()
  for (let i = 0; i < entries.length; i += 2) {
    writer.step(level, new MapKey(i / 2))
    writer.value(entries[i])
    writer.step(level, new MapValue(entries[i], i / 2))
    writer.value(entries[i + 1])
  }
  writer.leave(level)
}

function writeSet(writer: Writer, set: Set<unknown>): void {
  const members: unknown[] = []
  eachOfSet(set, member => {
    members[members.length] = member
  })
  scratch.byte(Tag.Set)
  scratch.count(members.length)
  const level = writer.enter()
  for (let i = 0; i < members.length; i++) {
    writer.step(level, new SetMember(i))
    writer.value(members[i])
  }
  writer.leave(level)
}

function writeDate(_: Writer, date: Date): void {
  scratch.byte(Tag.Date)
  scratch.double(timeOf(date))
}

function writeRegExp(_: Writer, expression: RegExp): void {
  scratch.byte(Tag.RegExp)
  scratch.string(sourceOf(expression))
  scratch.string(flagsOf(expression))
}

function writeBoxed(writer: Writer, box: object): void {
  scratch.byte(Tag.Boxed)
  writer.value(unboxed(box))
}

function readMap(reader: Reader): Map<unknown, unknown> {
  const map = reader.keep(new UsersMap<unknown, unknown>())
  const count = reader.count()
  const places = placesOf(reader, count)
  for (let left = count; left > 0; left--) {
    const key = reader.value()
    places?.add(key)
    setEntry(map, key, reader.value())
  }
  return map
}

function readSet(reader: Reader): Set<unknown> {
  const set = reader.keep(new UsersSet<unknown>())
  const count = reader.count()
  const places = placesOf(reader, count)
  for (let left = count; left > 0; left--) {
    const member = reader.value()
    places?.add(member)
    addMember(set, member)
  }
  return set
}

/** In so few the keys may stand where they like. */
const fewKeys = 16
/** So often a key of a stranger's packet may meet another at its place, and so often besides for each key. */
const mostMeetings = 2 ** 17
const usualMeetings = 4

function placesOf(reader: Reader, count: number): Places | undefined {
  return reader.left && count > fewKeys ? new Places(reader) : undefined
}

/**
 * Where V8 puts the keys of a Map or a Set that are numbers: the hash of a text has a secret in it, that of a number has none.
 * Some 65,000 numbers that all have the same place take half a minute to be put there. What is counted here are the keys that
 * stand at the place of a new one; where a V8 has another hash, nobody can have chosen keys that meet by this one.
 */
class Places {
  readonly #hashes: number[] = []
  #places = new Uint32Array(2)

  constructor(readonly reader: Reader) {}

  add(key: unknown): void {
    const hash = typeof key === 'number' ? hashOfNumber(key) : typeof key === 'bigint' ? hashOfBigInt(key) : undefined
    if (hash === undefined) return
    if (this.#hashes.length === this.#places.length * 2) this.#grow()
    const met = this.#places[hash & (this.#places.length - 1)]++
    this.#hashes[this.#hashes.length] = hash
    this.reader.meetings += met - usualMeetings
    if (this.reader.meetings > mostMeetings) throw new RangeError('A packet has keys that are made to collide.')
    if (this.reader.meetings < 0) this.reader.meetings = 0
  }

  #grow(): void {
    this.#places = new Uint32Array(this.#places.length * 2)
    for (let i = 0; i < this.#hashes.length; i++) this.#places[this.#hashes[i]! & (this.#places.length - 1)]++
  }
}

function hashOfNumber(key: number): number {
  if (key === (key | 0)) return hashOfInt(key | 0)
  double[0] = key
  return hashOfWords(words)
}

function hashOfBigInt(key: bigint): number {
  const bits = asUintN(64, key < 0n ? -key : key)
  return hashOfWords([Number(asUintN(32, bits)), Number(bits >> 32n)])
}

/** V8's `ComputeUnseededHash`. */
function hashOfInt(key: number): number {
  let hash = (~key + (key << 15)) | 0
  hash ^= hash >>> 12
  hash = (hash + (hash << 2)) | 0
  hash ^= hash >>> 4
  hash = Math.imul(hash, 2057)
  return (hash ^ (hash >>> 16)) & 0x3fff_ffff
}

/** V8's `ComputeLongHash`, of a number of 64 bits in two halves, the lower of which comes first. */
function hashOfWords({ 0: low, 1: high }: ArrayLike<number>): number {
  let sum = (~low! >>> 0) + ((low! << 18) >>> 0)
  let upper = ((~high! >>> 0) + ((high! << 18) | (low! >>> 14)) + carry(sum)) >>> 0
  let lower = (sum ^ ((upper << 1) | ((sum >>> 0) >>> 31))) >>> 0
  upper ^= upper >>> 31
  sum = lower * 21
  upper = (Math.imul(upper, 21) + Math.floor(sum / 2 ** 32)) >>> 0
  lower = (sum ^ (((sum >>> 0) >>> 11) | (upper << 21))) >>> 0
  upper ^= upper >>> 11
  sum = lower + ((lower << 6) >>> 0)
  upper = (upper + ((upper << 6) | (lower >>> 26)) + carry(sum)) >>> 0
  return (sum ^ (((sum >>> 0) >>> 22) | (upper << 10))) & 0x3fff_ffff
}

/** What goes on to the upper half. */
function carry(sum: number): number {
  return sum >= 2 ** 32 ? 1 : 0
}

writers.map = writeMap
writers.set = writeSet
writers.date = writeDate
writers.regexp = writeRegExp
writers.boxed = writeBoxed
readers[Tag.Map] = readMap
readers[Tag.Set] = readSet
readers[Tag.Date] = reader => reader.keep(new Date(reader.double()))
readers[Tag.RegExp] = reader => reader.keep(new RegExp(reader.text(), reader.text()))
readers[Tag.Boxed] = reader => reader.keep(Object(reader.value()) as object)
