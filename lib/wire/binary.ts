// How memory crosses: Buffers, ArrayBuffers, and the views of them.
//
// Promises: views of one ArrayBuffer arrive as views of one ArrayBuffer, whole, as structured clone has it; a Buffer
// brings its own bytes only and arrives as a Buffer with memory of its own. A SharedArrayBuffer is the same memory
// on both sides. Resizable memory and views that track its length stay so.
// Refuses memory that has been detached, and views beyond the end of memory that has shrunk; and bytes of another process
// that ask for more room to grow than `mostRoom`. What a sandboxed script has sent does not grow here.

import { indexIn, setBytes } from '../methods.js'
import { types } from 'node:util'
import { announce, lookup } from './shared-memory.js'
import { scratch } from './scratch.js'
import { isDetached, viewTracksLength } from './probes.js'
import { readers, type Reader } from './reader.js'
import { changesSize, lengthOf, memoryOf, mostBytes, nameOfView, placeOf, sizeOf } from './slots.js'
import { Tag } from './tags.js'
import { writers, type Writer } from './writer.js'

const { isAnyArrayBuffer, isSharedArrayBuffer } = types

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

function writeBuffer(writer: Writer, buffer: Buffer): void {
  const memory = memoryOf(buffer)
  if (isSharedArrayBuffer(memory)) return writeViewAs(writer, buffer, 'Buffer')
  if (isDetached(memory)) throw writer.refusal('a Buffer whose memory has been detached')
  const length = lengthOf(buffer)
  scratch.byte(Tag.Buffer)
  scratch.count(length)
  scratch.data(buffer, length)
}

function writeView(writer: Writer, view: ArrayBufferView): void {
  writeViewAs(writer, view, nameOfView(view) ?? 'DataView')
}

function writeViewAs(writer: Writer, view: ArrayBufferView, name: string): void {
  const type = indexIn(viewNames, name)
  if (type < 0) throw writer.refusal(`a ${name}, which this version does not know`)
  const place = placeOf(view)
  const memory = place.buffer(view)
  const tracksLength = changesSize(memory) ? viewTracksLength(view, memory) : false
  if (tracksLength === undefined) throw writer.refusal('a view beyond the end of its memory')
  scratch.byte(Tag.View)
  scratch.byte(type)
  writer.value(memory)
  scratch.count(place.byteOffset(view))
  scratch.count(tracksLength ? 0 : place.byteLength(view) + 1)
}

function writeMemory(writer: Writer, memory: ArrayBufferLike): void {
  if (isSharedArrayBuffer(memory)) {
    if (writer.leaves || writer.forScript)
      throw writer.refusal('a SharedArrayBuffer, which threads of one process share')
    scratch.byte(Tag.SharedArrayBuffer)
    return scratch.count(announce(memory))
  }
  if (isDetached(memory)) throw writer.refusal('an ArrayBuffer that has been detached')
  scratch.byte(Tag.ArrayBuffer)
  const size = sizeOf(memory)
  scratch.count(changesSize(memory) ? mostBytes(memory) + 1 : 0)
  scratch.count(size)
  scratch.room(size) // Before a view is made, which cannot be as large as memory in every Node.
  scratch.data(new Uint8Array(memory), size)
}

function readBuffer(reader: Reader): Buffer {
  const data = reader.data(reader.count())
  const isMostOfIt = data.length > reader.bytes.length / 2
  if (reader.isOwned && isMostOfIt) return reader.keep(Buffer.from(data.buffer, data.byteOffset, data.length))
  const buffer = reader.keep(Buffer.allocUnsafeSlow(data.length))
  setBytes(buffer, data)
  return buffer
}

/** So much address space another process may have us set aside for one value, for memory that may grow. */
const mostRoom = 2 ** 30
/** Each such memory takes one or two places of that, too, of which a process has some 65,000. */
const leastRoom = 2 ** 20

function readArrayBuffer(reader: Reader): ArrayBuffer {
  const limit = reader.count()
  const length = reader.count()
  if (reader.left && limit > 0 && (reader.room += Math.max(limit, leastRoom)) > mostRoom) {
    throw new RangeError(
      'What another process has sent may grow to more than 1 GiB, or has too much memory that may grow.',
    )
  }
  // A script could send as many values as it takes to use up those places.
  const options = limit === 0 || reader.isOfScript ? undefined : { maxByteLength: limit - 1 }
  const data = reader.data(length)
  const memory = new (ArrayBuffer as MemoryClass)(length, options)
  setBytes(new Uint8Array(memory), data)
  return reader.keep(memory)
}

function readView(reader: Reader): ArrayBufferView {
  const type = reader.byte()
  // The view had its number before its memory.
  const number = reader.refs.length
  reader.refs[number] = reader
  const memory = reader.value() as ArrayBuffer
  // Of a number, a view would make as many elements.
  if (!isAnyArrayBuffer(memory)) throw new TypeError('A packet has a view of something else than memory.')
  const offset = reader.count()
  const length = reader.count() - 1
  const view = viewOf(type, memory, offset, length < 0 ? undefined : length)
  reader.refs[number] = view
  return view
}

function viewOf(type: number, memory: ArrayBuffer, offset: number, byteLength: number | undefined): ArrayBufferView {
  if (viewNames[type] === 'Buffer') return Buffer.from(memory, offset, byteLength)
  const { BYTES_PER_ELEMENT = 1 } = viewClasses[type] as { BYTES_PER_ELEMENT?: number }
  return new viewClasses[type]!(memory, offset, byteLength === undefined ? undefined : byteLength / BYTES_PER_ELEMENT)
}

writers.buffer = writeBuffer
writers.view = writeView
writers.memory = writeMemory
readers[Tag.Buffer] = readBuffer
readers[Tag.ArrayBuffer] = readArrayBuffer
readers[Tag.SharedArrayBuffer] = reader => {
  if (reader.left) throw new TypeError('A packet of another process has the number of memory that is shared there.')
  return reader.keep(lookup(reader.count()))
}
readers[Tag.View] = readView
