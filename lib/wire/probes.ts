// What only the engine can tell, asked in round-about ways.
//
// Promises that a question changes nothing, and that an answer which the engine may one day give in other words is the
// careful one.

import { inspect, types } from 'node:util'
import type { Serializer } from 'node:v8'
import { sizeOf } from './slots.js'

const { isSharedArrayBuffer } = types
const headOnly = { maxArrayLength: 0, depth: 0, customInspect: false, colors: false, showHidden: false }

/**
 * Whether a long array is sure to have no fields besides its elements. Only the engine can tell without listing
 * every index, and `inspect` asks it; where its words should ever change, the answer is false and costs time only.
 */
export function hasElementsOnly(array: readonly unknown[]): boolean {
  try {
    return inspect(array, headOnly) === `[ ... ${array.length} more items ]`
  } catch {
    return false // It asks for a tag, which may be a getter.
  }
}

let Probe: (new () => Serializer) | undefined

/**
 * Whether a view of memory that can grow grows with it; undefined where it lies beyond the end of memory that has shrunk.
 * Only V8's own serializer tells, by the lowest bit of its last byte. The content of the memory is left out.
 */
export function viewTracksLength(view: ArrayBufferView, memory: ArrayBufferLike): boolean | undefined {
  Probe ??= class extends process.getBuiltinModule('node:v8').Serializer {
    _getSharedArrayBufferId(): number {
      return 0
    }
  }
  const probe = new Probe()
  if (!isSharedArrayBuffer(memory)) probe.transferArrayBuffer(0, memory)
  try {
    probe.writeValue(view)
  } catch {
    return undefined
  }
  return (lastOf(probe.releaseBuffer()) & 1) === 1
}

function lastOf(bytes: Uint8Array): number {
  return bytes[bytes.length - 1]!
}

/** Whether memory has been given away. Node 20 has no `detached`. */
export function isDetached(memory: ArrayBufferLike): boolean {
  if (sizeOf(memory) > 0 || isSharedArrayBuffer(memory)) return false
  try {
    return new Uint8Array(memory).length < 0
  } catch {
    return true
  }
}

const uncloneable = (): void => {}
let complaint: string | undefined

/**
 * Whether memory could be detached; never detaches it. Node looks through the list before it clones, and complains of
 * memory listed twice only if it may be detached (Node 20 passes over other memory in silence, later ones refuse it).
 */
export function isDetachable(memory: ArrayBuffer): boolean {
  complaint ??= usualComplaint()
  return complaint === '' || complaintAbout(memory) === complaint
}

/** What is said of memory that may be detached; nothing where the question itself detaches it, as in Deno: none is asked. */
function usualComplaint(): string {
  const memory = new ArrayBuffer(1)
  const said = complaintAbout(memory)
  return sizeOf(memory) === 0 ? '' : said
}

function complaintAbout(memory: ArrayBuffer): string {
  try {
    structuredClone(uncloneable, { transfer: [memory, memory] })
  } catch (error) {
    return (error as Error).message
  }
  return ''
}
