// How memory crosses: Buffers, ArrayBuffers, and the views of them.
//
// Promises: views of one ArrayBuffer arrive as views of one ArrayBuffer, whole, as structured clone has it; a Buffer
// brings its own bytes only and arrives as a Buffer with memory of its own. A SharedArrayBuffer is the same memory
// on both sides. Resizable memory and views that track its length stay so.
// Refuses memory that has been detached, and views beyond the end of memory that has shrunk.

import { types } from 'node:util'
import type { Serializer } from 'node:v8'
import { announce, lookup } from './shared-memory.js'
import { scratch } from './scratch.js'
import { readers } from './reader.js'
import type { Source } from './reader.js'
import { Tag } from './tags.js'
import type { Writer } from './writer.js'

/** What TypeScript's library for Node 20 does not know yet. */
interface Resizable {
  readonly resizable?: boolean
  readonly growable?: boolean
  readonly maxByteLength: number
}

type MemoryClass = new (length: number, options?: { maxByteLength: number }) => ArrayBuffer
type ViewClass = new (memory: ArrayBufferLike, offset: number, length?: number) => ArrayBufferView

// Not every Node has all of them.
const viewNames = [
  'Int8Array',
  'Uint8Array',
  'Uint8ClampedArray',
  'Int16Array',
  'Uint16Array',
  'Int32Array',
  'Uint32Array',
  'Float16Array',
  'Float32Array',
  'Float64Array',
  'BigInt64Array',
  'BigUint64Array',
  'DataView',
  'Buffer',
]
const viewClasses = viewNames.map(name => (globalThis as unknown as Record<string, ViewClass>)[name])
const nameOfView = Object.getOwnPropertyDescriptor(
  Object.getPrototypeOf(Uint8Array.prototype),
  Symbol.toStringTag,
)!.get!

export function writeBuffer(writer: Writer, buffer: Buffer): void {
  if (types.isSharedArrayBuffer(buffer.buffer)) return writeViewAs(writer, buffer, 'Buffer')
  if (isDetached(buffer.buffer)) throw writer.refusal('a Buffer whose memory has been detached')
  scratch.byte(Tag.Buffer)
  scratch.count(buffer.length)
  scratch.data(buffer)
}

export function writeView(writer: Writer, view: ArrayBufferView): void {
  writeViewAs(writer, view, nameOfView.call(view) ?? 'DataView')
}

function writeViewAs(writer: Writer, view: ArrayBufferView, name: string): void {
  const type = viewNames.indexOf(name)
  if (type < 0) throw writer.refusal(`a ${name}, which this version does not know`)
  const memory = view.buffer
  const { resizable, growable } = memory as unknown as Resizable
  const tracksLength = (resizable || growable) && viewTracksLength(writer, view)
  scratch.byte(Tag.View)
  scratch.byte(type)
  writer.value(memory)
  scratch.count(view.byteOffset)
  scratch.count(tracksLength ? 0 : view.byteLength + 1)
}

let Probe: (new () => Serializer) | undefined

/** Only V8's own serializer tells: the lowest bit of its last byte. The content of the memory is left out. */
function viewTracksLength(writer: Writer, view: ArrayBufferView): boolean {
  Probe ??= class extends process.getBuiltinModule('node:v8').Serializer {
    _getSharedArrayBufferId(): number {
      return 0
    }
  }
  const probe = new Probe()
  if (!types.isSharedArrayBuffer(view.buffer)) probe.transferArrayBuffer(0, view.buffer)
  try {
    probe.writeValue(view)
  } catch {
    throw writer.refusal('a view beyond the end of its memory')
  }
  return (probe.releaseBuffer().at(-1)! & 1) === 1
}

export function writeMemory(writer: Writer, memory: ArrayBufferLike): void {
  if (types.isSharedArrayBuffer(memory)) {
    scratch.byte(Tag.SharedArrayBuffer)
    return scratch.count(announce(memory))
  }
  if (isDetached(memory)) throw writer.refusal('an ArrayBuffer that has been detached')
  scratch.byte(Tag.ArrayBuffer)
  const { resizable, maxByteLength } = memory as unknown as Resizable
  scratch.count(resizable ? maxByteLength + 1 : 0)
  scratch.count(memory.byteLength)
  scratch.data(new Uint8Array(memory))
}

/** Whether memory has been given away. Node 20 has no `detached`. */
export function isDetached(memory: ArrayBufferLike): boolean {
  if (memory.byteLength > 0 || types.isSharedArrayBuffer(memory)) return false
  try {
    return new Uint8Array(memory).length < 0
  } catch {
    return true
  }
}

function readBuffer(source: Source): Buffer {
  const data = source.data(source.count())
  const isMostOfIt = data.length > source.bytes.length / 2
  if (source.isOwned && isMostOfIt) return source.keep(Buffer.from(data.buffer, data.byteOffset, data.length))
  const buffer = source.keep(Buffer.allocUnsafeSlow(data.length))
  buffer.set(data)
  return buffer
}

function readArrayBuffer(source: Source): ArrayBuffer {
  const limit = source.count()
  const length = source.count()
  const options = limit === 0 ? undefined : { maxByteLength: limit - 1 }
  const memory = new (ArrayBuffer as MemoryClass)(length, options)
  new Uint8Array(memory).set(source.data(length))
  return source.keep(memory)
}

function readView(source: Source): ArrayBufferView {
  const type = source.byte()
  // The view had its number before its memory.
  const number = source.refs.push(source) - 1
  const memory = source.value() as ArrayBuffer
  const offset = source.count()
  const length = source.count() - 1
  const view = viewOf(type, memory, offset, length < 0 ? undefined : length)
  source.refs[number] = view
  return view
}

function viewOf(type: number, memory: ArrayBuffer, offset: number, byteLength: number | undefined): ArrayBufferView {
  if (viewNames[type] === 'Buffer') return Buffer.from(memory, offset, byteLength)
  const { BYTES_PER_ELEMENT = 1 } = viewClasses[type] as { BYTES_PER_ELEMENT?: number }
  return new viewClasses[type]!(memory, offset, byteLength === undefined ? undefined : byteLength / BYTES_PER_ELEMENT)
}

readers[Tag.Buffer] = readBuffer
readers[Tag.ArrayBuffer] = readArrayBuffer
readers[Tag.SharedArrayBuffer] = source => source.keep(lookup(source.count()))
readers[Tag.View] = readView
