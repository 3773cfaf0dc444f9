// What is put into a queue: one item, or many.
//
// Promises that an item which cannot cross is refused before anything has an effect, and that what the scratch memory holds
// for a put is given back without a call once the item is in.

import { invalidArgType } from '../arguments.js'
import { native } from '../native/native.js'
import type { Door } from '../native/protocol.js'
import { threadWide } from '../native/thread-wide.js'
import { throwCut } from '../wait/scope.js'
import { sendSeveral } from '../wire/batches/packing.js'
import { pack, unpack } from '../wire/payload.js'
import { scratch } from '../wire/scratch.js'

export function put(id: number, door: Door, timeout: number, item: unknown): unknown {
  const start = scratch.at
  const packed = pack(item, 'item')
  try {
    if (packed === undefined) throwCut() // Its getters may have waited.
    return native.queuePut(id, packed, door, timeout)
  } finally {
    scratch.at = start // No call: the item is in, and there may be no stack left for one.
    if (scratch.isLarge) unpack(start)
  }
}

/** How many batches are being gathered: a getter in an item may itself put many. */
const gathering = threadWide('gathering', () => ({ count: 0 }))

export function putMany(id: number, door: Door, timeout: number, items: Iterable<unknown>): unknown {
  return puttingMany(items, outer => native.queuePutMany(id, outer, door, timeout))
}

/**
 * Encodes all items before `put` puts the first, so that an item that cannot cross leaves the queue untouched.
 */
export function puttingMany(items: Iterable<unknown>, put: (outer: number) => unknown): unknown {
  const list = listOf(items)
  const outer = gathering.count++
  try {
    native.batchBegin(outer)
    sendSeveral(list, 'items', outer)
    throwCut()
    return put(outer)
  } catch (error) {
    native.batchDrop(outer)
    throw error
  } finally {
    gathering.count = outer
  }
}

function listOf<T>(items: Iterable<T>): T[] {
  if (Array.isArray(items)) return items as T[]
  if (typeof (items as Iterable<T> | undefined)?.[Symbol.iterator] === 'function') return [...items]
  throw invalidArgType('items', 'an iterable', items, listOf)
}
