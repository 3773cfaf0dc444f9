// How plain objects and handles cross.
//
// Promises: objects arrive with their own fields only; those whose names Object.prototype has (`__proto__`, `toString`)
// are defined, not assigned. An object is kept before what is in it is read, so that it may hold itself. One whose names are
// numbers far apart takes no room for those between them. A handle arrives as the object that this thread has for it.

import { sliced, startsWith } from '../methods.js'
import { Handle } from '../native/handle.js'
import { mayBeIndex, readyFor } from './arrays/sparse.js'
import { isArgumentsObject } from './kinds.js'
import { readers, type Reader } from './reader.js'
import { scratch } from './scratch.js'
import { mostNames, Shapes, type KnownShape } from './shapes.js'
import { absent, Tag } from './tags.js'
import { writers, type Writer } from './writer.js'

const { hasOwn, keys: namesOf } = Object

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

function writeHandle(writer: Writer, handle: Handle): void {
  if (writer.leaves || writer.forScript) {
    throw writer.refusal(`an object of this process, of the class ${Handle.classOf(handle)}`)
  }
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
writers.handle = writeHandle

// --- read

/** So many objects of a shape are read before a function is made for it. */
const manyUses = 32
const shapes = new Shapes()
/** Those of strangers, who can have this thread meet as many as they like. */
const strangersShapes = new Shapes()

function shapesFor({ left }: Reader): Shapes {
  return left ? strangersShapes : shapes
}

const newField = { writable: true, enumerable: true, configurable: true }

/** Reads fields into an object until their end. */
export function readFields<T extends object>(reader: Reader, target: T): T {
  let elements = 0
  for (let name = reader.name(); name !== undefined; name = reader.name()) {
    if (reader.isPlainName) {
      ;(target as Record<string, unknown>)[name] = reader.value()
      continue
    }
    if (mayBeIndex(name)) elements = readyFor(target, name, elements)
    readField(reader, target, name)
  }
  return target
}

/** Reads the field whose name has just been read. */
export function readField(reader: Reader, target: object, name: string): void {
  if (reader.isPlainName || !(name in Object.prototype)) (target as Record<string, unknown>)[name] = reader.value()
  else defineField(target, name, reader.value())
}

function defineField(target: object, name: string, value: unknown): void {
  Object.defineProperty(target, name, { __proto__: null, ...newField, value } as PropertyDescriptor)
}

/** An object with many fields; `null` has no setter for `__proto__`. */
function readDictionary(reader: Reader): object {
  const object = reader.keep(Object.create(null) as Record<string, unknown>)
  let elements = 0
  for (let left = reader.count(); left > 0; left--) {
    const name = reader.text()
    const value = reader.value()
    if (value === absent) continue
    if (mayBeIndex(name)) elements = readyFor(object, name, elements)
    object[name] = value
  }
  return Object.setPrototypeOf(object, Object.prototype) as object
}

function readNewShape(reader: Reader): object {
  const names: string[] = []
  const count = reader.count()
  for (let i = 0; i < count; i++) {
    const name = i < mostNames ? reader.name() : undefined
    if (name === undefined || mayBeIndex(name))
      throw new TypeError('A packet has something else where the names of a shape must be.')
    names[i] = name
  }
  const known = (reader.shapes ??= [])
  const all = shapesFor(reader)
  if (known.length === 0) all.begin()
  const shape = all.of(names) ?? { names, uses: -Infinity, built: undefined }
  known[known.length] = shape
  return readShaped(reader, shape)
}

function readShaped(reader: Reader, shape: KnownShape): object {
  if (shape.built !== undefined) return shape.built(reader)
  // Where none can be made, it is asked for again after as many more.
  if (shape.uses++ >= manyUses && (shape.built = shapesFor(reader).built(shape.names)) === undefined) shape.uses = 1
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
readers[Tag.Handle] = reader => {
  if (reader.left) throw new TypeError('A packet of another process has the number of an object that is there.')
  return reader.keep(Handle.revive(reader.byte(), reader.count()))
}
