// How the language's own containers and boxes cross: Map, Set, Date, RegExp, and primitives as objects.
//
// Promises: what their internal slots hold, as structured clone has it, whatever a subclass makes of their methods; own
// fields and `lastIndex` stay behind. A boxed symbol is refused.

import { uncurried } from '../methods.js'
import { MapKey, MapValue, SetMember } from './path.js'
import { scratch } from './scratch.js'
import { readers, type Reader } from './reader.js'
import { eachOfMap, eachOfSet, flagsOf, sourceOf, timeOf, unboxed } from './slots.js'
import { Tag } from './tags.js'
import { writers, type Writer } from './writer.js'

/** The classes that users see; ours are others (`globals.ts`). */
const { Map: UsersMap, Set: UsersSet } = globalThis
const setEntry = uncurried(UsersMap.prototype.set)
const addMember = uncurried(UsersSet.prototype.add)

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
  for (let left = reader.count(); left > 0; left--) setEntry(map, reader.value(), reader.value())
  return map
}

function readSet(reader: Reader): Set<unknown> {
  const set = reader.keep(new UsersSet<unknown>())
  for (let left = reader.count(); left > 0; left--) addMember(set, reader.value())
  return set
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
