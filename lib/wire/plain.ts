// Reads what `wire-writer.ts` wrote: plain values and containers here, errors and memory in their own files.
//
// Promises: objects arrive with their own fields only; those whose names Object.prototype has (`__proto__`, `toString`)
// are defined, not assigned. An object is kept before what is in it is read, so that it may hold itself.
// Refuses nothing: both sides are the same build.

import { Handle } from '../native/handle.js'
import { readers } from './reader.js'
import type { Source } from './reader.js'
import { Tag } from './tags.js'

const newField = { writable: true, enumerable: true, configurable: true }

function readFields<T extends object>(source: Source, target: T): T {
  for (let name = source.name(); name !== undefined; name = source.name()) {
    if (source.isPlainName) (target as Record<string, unknown>)[name] = source.value()
    else Object.defineProperty(target, name, { ...newField, value: source.value() })
  }
  return target
}

function readArray(source: Source): unknown[] {
  const array: unknown[] = source.keep([])
  const length = source.count()
  for (let i = 0; i < length; i++) readElement(source, array, i)
  // The last elements may have been holes. Setting the length costs as much as reading some elements.
  if (array.length !== length) array.length = length
  return array
}

function readElement(source: Source, array: unknown[], i: number): void {
  const tag = source.bytes[source.at++]
  // Numbers come in thousands, and are worth the short way.
  if (tag === Tag.Int) array[i] = source.int()
  else if (tag === Tag.Double) array[i] = source.double()
  else if (tag !== Tag.Hole) array[i] = source.tagged(tag)
}

function readSparseArray(source: Source): unknown[] {
  const array: unknown[] = source.keep([])
  array.length = source.count()
  return readFields(source, array)
}

function readBigInt(source: Source): bigint {
  const digits = source.value() as string
  return digits.startsWith('-') ? -BigInt(`0x${digits.slice(1)}`) : BigInt(`0x${digits}`)
}

readers[Tag.BigInt] = readBigInt
readers[Tag.Object] = source => readFields(source, source.keep({}))
readers[Tag.Array] = readArray
readers[Tag.ArrayWithFields] = source => readFields(source, readArray(source))
readers[Tag.SparseArray] = readSparseArray
readers[Tag.Handle] = source => source.keep(Handle.revive(source.byte(), source.count()))
