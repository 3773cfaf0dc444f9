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
import { builderOf, mostNames, Shapes, type KnownShape } from './shapes.js'
import { absent, Tag } from './tags.js'
import { writers, type Writer } from './writer.js'

// From here on, listing an array's indices costs more than asking `hasElementsOnly`.
const longArray = 128
const manyHoles = 64
// Fewer numbers than this are written one by one.
const shortRun = 6

const { hasOwn, keys: namesOf } = Object
const indexNames = Array.from({ length: longArray }, (_, i) => String(i))

// --- written

/** Writes an object of whatever class: by its names. */
function writeObject(writer: Writer, object: object): void {
  const names = namesToWrite(writer, object)
  const shape = names.length > mostNames ? undefined : writer.shapeOf(names)
  if (shape === undefined) return writeNamed(writer, object, names)
  const level = writer.enter()
  writer.shape(shape)
  for (let i = 0; i < names.length; i++) writeField(writer, object, level, names[i]!)
  writer.leave(level)
}

/** Writes an object whose prototype is Object.prototype. */
function writePlain(writer: Writer, object: object): void {
  const names = namesToWrite(writer, object)
  const shape = names.length > mostNames ? undefined : writer.shapeOf(names)
  if (shape === undefined) return writeNamed(writer, object, names)
  const level = writer.enter()
  writer.shape(shape)
  let i = 0
  // V8 reads the fields of such a loop without looking for them. What is inherited follows the object's own.
  for (const name in object) {
    while (i < names.length && names[i] !== name) writeField(writer, object, level, names[i++]!)
    if (i++ >= names.length) break
    const value = (object as Record<string, unknown>)[name]
    if (value === undefined && !hasOwn(object, name)) scratch.byte(Tag.Hole)
    else writer.field(level, name, value)
  }
  // The getter of another field has deleted them, or taken them out of such loops.
  while (i < names.length) writeField(writer, object, level, names[i++]!)
  writer.leave(level)
}

function namesToWrite(writer: Writer, object: object): string[] {
  const names = namesOf(object)
  if ((names.length === 0 || names[0] === '0') && isArgumentsObject(object)) {
    throw writer.refusal('an arguments object; spread it into an array')
  }
  return names
}

/** Writes an object whose names are not known to who reads it. */
function writeNamed(writer: Writer, object: object, names: readonly string[]): void {
  if (names.length > mostNames) return writeDictionary(writer, object, names)
  scratch.byte(Tag.Object)
  writer.fields(object, names)
}

/** Writes a field of an object, or that it is not there any more. */
function writeField(writer: Writer, object: object, level: number, name: string): void {
  const value = (object as Record<string, unknown>)[name]
  if (value === undefined && !hasOwn(object, name)) scratch.byte(Tag.Hole)
  else writer.field(level, name, value)
}

function writeDictionary(writer: Writer, object: object, names: readonly string[]): void {
  const level = writer.enter()
  scratch.byte(Tag.Dictionary)
  scratch.count(names.length)
  for (let i = 0; i < names.length; i++) {
    const name = names[i]!
    writer.step(level, name)
    writer.value(name)
    writeField(writer, object, level, name)
  }
  writer.leave(level)
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
  let element = length === 0 ? undefined : array[0]
  for (let i = 0; i < length;) {
    if (typeof element === 'number' && length - i >= shortRun) {
      i = scratch.numbers(array, i, length, element)
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

function writeHandle(writer: Writer, handle: Handle): void {
  const loss = Handle.lossOf(handle)
  if (loss !== undefined) throw writer.refusal(loss)
  const id = Handle.idOf(handle)
  scratch.byte(Tag.Handle)
  scratch.byte(Handle.kindOf(handle))
  scratch.count(id)
  writer.handles[writer.handles.length] = id
}

writers.plain = writePlain
writers.object = writeObject
writers.array = writeArray
writers.handle = writeHandle

// --- read

/** So many objects of a shape are read before a function is made for it. */
const manyUses = 32
const shapes = new Shapes()

const newField = { writable: true, enumerable: true, configurable: true }

function readFields<T extends object>(reader: Reader, target: T): T {
  for (let name = reader.name(); name !== undefined; name = reader.name()) {
    if (reader.isPlainName) (target as Record<string, unknown>)[name] = reader.value()
    else defineField(target, name, reader.value())
  }
  return target
}

function defineField(target: object, name: string, value: unknown): void {
  Object.defineProperty(target, name, { __proto__: null, ...newField, value } as PropertyDescriptor)
}

function readArray(reader: Reader): unknown[] {
  const array: unknown[] = reader.keep([])
  const length = reader.count()
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
  array.length = reader.count()
  return readFields(reader, array)
}

/** An object with many fields; `null` has no setter for `__proto__`. */
function readDictionary(reader: Reader): object {
  const object = reader.keep(Object.create(null) as Record<string, unknown>)
  for (let left = reader.count(); left > 0; left--) {
    const name = reader.text()
    const value = reader.value()
    if (value !== absent) object[name] = value
  }
  return Object.setPrototypeOf(object, Object.prototype) as object
}

function readNewShape(reader: Reader): object {
  const names: string[] = []
  const count = reader.count()
  for (let i = 0; i < count; i++) {
    const name = i < mostNames ? reader.name() : undefined
    if (name === undefined) throw new TypeError('A packet has something else where the names of a shape must be.')
    names[i] = name
  }
  const known = (reader.shapes ??= [])
  if (known.length === 0) shapes.begin()
  const shape = shapes.of(names) ?? { names, uses: -Infinity, built: undefined }
  known[known.length] = shape
  return readShaped(reader, shape)
}

function readShaped(reader: Reader, shape: KnownShape): object {
  if (shape.built !== undefined) return shape.built(reader)
  if (shape.uses++ >= manyUses && (shape.built = builderOf(shape.names)) === undefined) shape.uses = -Infinity
  const object: Record<string, unknown> = reader.keep({})
  for (let i = 0; i < shape.names.length; i++) {
    const value = reader.value()
    const name = shape.names[i]!
    if (value === absent) continue
    if (name in Object.prototype) defineField(object, name, value)
    else object[name] = value
  }
  return object
}

function readBigInt(reader: Reader): bigint {
  const digits = reader.text()
  return startsWith(digits, '-') ? -BigInt(`0x${sliced(digits, 1)}`) : BigInt(`0x${digits}`)
}

readers[Tag.BigInt] = readBigInt
readers[Tag.Object] = reader => readFields(reader, reader.keep({}))
readers[Tag.NewShape] = readNewShape
readers[Tag.Shaped] = reader => readShaped(reader, reader.shapes![reader.count()]!)
readers[Tag.Dictionary] = readDictionary
readers[Tag.Array] = readArray
readers[Tag.ArrayWithFields] = reader => readFields(reader, readArray(reader))
readers[Tag.SparseArray] = readSparseArray
readers[Tag.Handle] = reader => reader.keep(Handle.revive(reader.byte(), reader.count()))
