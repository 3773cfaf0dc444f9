// How plain objects, arrays and handles cross.
//
// Promises: objects arrive with their own fields only; those whose names Object.prototype has (`__proto__`, `toString`)
// are defined, not assigned. An object is kept before what is in it is read, so that it may hold itself. An array keeps
// its holes, and the fields it has besides its elements. A handle arrives as the object that this thread has for it.

import { part, sliced, startsWith } from '../methods.js'
import { Handle } from '../native/handle.js'
import { isArgumentsObject } from './kinds.js'
import { hasElementsOnly } from './probes.js'
import { readers, type Reader } from './reader.js'
import { scratch } from './scratch.js'
import { Tag } from './tags.js'
import { writers, type Writer } from './writer.js'

// From here on, listing an array's indices costs more than asking `hasElementsOnly`.
const longArray = 128
const manyHoles = 64

const { hasOwn, keys: namesOf } = Object

// --- written

function writeObject(writer: Writer, object: object): void {
  const names = namesOf(object)
  const mayBeArguments = names.length === 0 || names[0] === '0'
  if (mayBeArguments && isArgumentsObject(object)) {
    throw writer.refusal('an arguments object; spread it into an array')
  }
  scratch.byte(Tag.Object)
  writer.fields(object, names)
}

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
  for (let i = 0; i < length; i++) {
    const element = array[i]
    if (typeof element === 'number') {
      scratch.number(element)
      continue
    }
    if (element === undefined && !hasOwn(array, i)) {
      scratch.byte(Tag.Hole)
      if (++holes > holesAllowed && holes > i / 2) return false
      continue
    }
    writer.step(level, i)
    writer.value(element)
  }
  writer.leave(level)
  return true
}

/** The indices among an object's names come first. */
function countIndices(names: readonly string[]): number {
  let count = names.length
  while (count > 0 && !isIndex(names[count - 1])) count--
  return count
}

function isIndex(name: string): boolean {
  const index = Number(name) >>> 0
  return String(index) === name && index !== 0xffff_ffff
}

function writeHandle(writer: Writer, handle: Handle): void {
  const loss = Handle.lossOf(handle)
  if (loss !== undefined) throw writer.refusal(loss)
  const id = Handle.idOf(handle)
  scratch.byte(Tag.Handle)
  scratch.byte(Handle.kindOf(handle))
  scratch.count(id)
  writer.handles[writer.handles.length] = id
}

writers.plain = writeObject
writers.array = writeArray
writers.handle = writeHandle

// --- read

const newField = { writable: true, enumerable: true, configurable: true }

function readFields<T extends object>(reader: Reader, target: T): T {
  for (let name = reader.name(); name !== undefined; name = reader.name()) {
    if (reader.isPlainName) (target as Record<string, unknown>)[name] = reader.value()
    else
      Object.defineProperty(target, name, { __proto__: null, ...newField, value: reader.value() } as PropertyDescriptor)
  }
  return target
}

function readArray(reader: Reader): unknown[] {
  const array: unknown[] = reader.keep([])
  const length = reader.count()
  for (let i = 0; i < length; i++) readElement(reader, array, i)
  // The last elements may have been holes. Setting the length costs as much as reading some elements.
  if (array.length !== length) array.length = length
  return array
}

function readElement(reader: Reader, array: unknown[], i: number): void {
  const tag = reader.bytes[reader.at++]
  // Numbers come in thousands, and are worth the short way.
  if (tag === Tag.Int) array[i] = reader.int()
  else if (tag === Tag.Double) array[i] = reader.double()
  else if (tag !== Tag.Hole) array[i] = reader.tagged(tag)
}

function readSparseArray(reader: Reader): unknown[] {
  const array: unknown[] = reader.keep([])
  array.length = reader.count()
  return readFields(reader, array)
}

function readBigInt(reader: Reader): bigint {
  const digits = reader.text()
  return startsWith(digits, '-') ? -BigInt(`0x${sliced(digits, 1)}`) : BigInt(`0x${digits}`)
}

readers[Tag.BigInt] = readBigInt
readers[Tag.Object] = reader => readFields(reader, reader.keep({}))
readers[Tag.Array] = readArray
readers[Tag.ArrayWithFields] = reader => readFields(reader, readArray(reader))
readers[Tag.SparseArray] = readSparseArray
readers[Tag.Handle] = reader => reader.keep(Handle.revive(reader.byte(), reader.count()))
