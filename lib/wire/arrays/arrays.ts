// How arrays cross, and the arguments of a call.
//
// Promises: an array keeps its holes, and the fields it has besides its elements. Each element is read once. Numbers side by
// side, and many strings, are written as one.

import { part } from '../../methods.js'
import { readField } from '../plain.js'
import { hasElementsOnly } from '../probes.js'
import { readers, type Reader } from '../reader.js'
import { scratch } from '../scratch.js'
import { Tag } from '../tags.js'
import { longest } from '../texts.js'
import { writers, type Writer } from '../writer.js'
import { setSparseLength } from './sparse.js'
import { readStrings, shortList, writeStrings } from './strings.js'

// From here on, listing an array's indices costs more than asking `hasElementsOnly`.
const longArray = 128
const manyHoles = 64
// Arrays between these lengths are made with room for all elements; V8 makes longer ones a dictionary.
const shortArray = 16
const mostMade = 1024 * 1024
// Fewer numbers than this are written one by one.
const shortRun = 6

const { hasOwn, keys: namesOf } = Object
const indexNames = Array.from({ length: longArray }, (_, i) => String(i))

// --- written

function writeArray(writer: Writer, array: unknown[]): void {
  const { length } = array
  if (length >= longArray && hasElementsOnly(array) && denseIfDense(writer, array)) return
  const names = namesOf(array)
  const indices = countIndices(names)
  const isSparse = length - indices > manyHoles && indices < length / 2
  scratch.byte(isSparse ? Tag.SparseArray : indices < names.length ? Tag.ArrayWithFields : Tag.Array)
  scratch.count(length)
  if (isSparse) return writer.fields(array, names)
  elements(writer, array, length, length)
  if (indices < names.length) writer.fields(array, part(names, indices, names.length))
}

/** What travels with a call besides its arguments: the only field that the array of these may have. */
export const beside = 'threaded-async.beside'

/** Writes a name and a function's rest parameter, which is dense and has no fields. */
export function writeCall(writer: Writer, name: string, args: readonly unknown[], extra: object | undefined): void {
  scratch.string(name)
  writer.remember(args)
  scratch.byte(extra === undefined ? Tag.Array : Tag.ArrayWithFields)
  scratch.count(args.length)
  elements(writer, args, args.length, 0)
  if (extra !== undefined) writer.fields({ [beside]: extra }, [beside])
}

/** Writes an array without fields, unless it turns out to be mostly holes. */
function denseIfDense(writer: Writer, array: unknown[]): boolean {
  const mark = writer.mark()
  scratch.byte(Tag.Array)
  scratch.count(array.length)
  const isDense = elements(writer, array, array.length, manyHoles)
  if (!isDense) writer.backTo(mark)
  return isDense
}

/** Stops where more than half of the elements so far, and more than `holesAllowed`, were holes. */
function elements(writer: Writer, array: readonly unknown[], length: number, holesAllowed: number): boolean {
  const level = writer.enter()
  let holes = 0
  let element = length === 0 ? undefined : array[0]
  for (let i = 0; i < length;) {
    if (typeof element === 'number' && length - i >= shortRun) {
      i = scratch.numbers(array, i, length, element)
      element = scratch.next
      scratch.next = undefined
      continue
    }
    if (typeof element === 'string' && length - i >= shortList && element.length <= longest) {
      writer.step(level, i)
      i = writeStrings(writer, array, i, length, element)
      element = scratch.next
      scratch.next = undefined
      continue
    }
    if (element === undefined && !hasOwn(array, i)) {
      scratch.byte(Tag.Hole)
      if (++holes > holesAllowed && holes > i / 2) return false
    } else if (typeof element === 'number') {
      scratch.number(element)
    } else {
      writer.field(level, i, element)
    }
    element = ++i < length ? array[i] : undefined
  }
  writer.leave(level)
  return true
}

/** The indices among an object's names come first. */
function countIndices(names: readonly string[]): number {
  let count = names.length
  if (count > 0 && count <= indexNames.length && names[count - 1] === indexNames[count - 1]) return count
  while (count > 0 && !isIndex(names[count - 1])) count--
  return count
}

function isIndex(name: string): boolean {
  const index = Number(name) >>> 0
  return String(index) === name && index !== 0xffff_ffff
}

writers.array = writeArray

// --- read

function readArray(reader: Reader): unknown[] {
  const length = reader.count()
  // What is made with its length need not grow.
  const isSure = length > shortArray && length <= mostMade && reader.hasElements(length)
  const array = reader.keep(isSure ? new Array<unknown>(length) : [])
  for (let i = 0; i < length;) i = readElements(reader, array, i)
  // The last elements may have been holes. Setting the length costs as much as reading some elements.
  if (array.length !== length) array.length = length
  return array
}

/** Reads what stands at index `i`, or several numbers from there on; returns the index behind it. */
function readElements(reader: Reader, array: unknown[], i: number): number {
  const tag = reader.bytes[reader.at++]
  if (tag === Tag.Doubles) return reader.doubles(array, i)
  if (tag === Tag.Ints) return readInts(reader, array, i)
  if (tag === Tag.Strings) return readStrings(reader, array, i)
  if (tag !== Tag.Hole) array[i] = reader.tagged(tag)
  return i + 1
}

function readInts(reader: Reader, array: unknown[], from: number): number {
  const end = from + reader.run(4)
  for (let i = from; i < end; i++) array[i] = reader.int()
  return end
}

function readSparseArray(reader: Reader): unknown[] {
  const array: unknown[] = reader.keep([])
  setSparseLength(array, reader.count())
  return readArrayFields(reader, array)
}

/** Reads the fields of an array, and the elements that stand among them, none of which change its length. */
function readArrayFields(reader: Reader, array: unknown[]): unknown[] {
  const { length } = array
  for (let name = reader.name(); name !== undefined; name = reader.name()) {
    if (name !== 'length') readField(reader, array, name)
    if (name === 'length' || array.length !== length) throw new RangeError('A packet has an array of two lengths.')
  }
  return array
}

readers[Tag.Array] = readArray
readers[Tag.ArrayWithFields] = reader => readArrayFields(reader, readArray(reader))
readers[Tag.SparseArray] = readSparseArray
