// What is taken from a queue: the next item, several, all of them, or a copy of the next.
//
// Promises that what could not be read is in the queue again, in its place, wherever reading it has failed.

import { MOST, checkCount } from '../arguments.js'
import { control, native, batchReturn } from '../native/native.js'
import { Word, type Door } from '../native/protocol.js'
import { receiveBatch } from '../wire/payload.js'

export function get(id: number, door: Door, timeout: number): unknown {
  return native.queueGet(id, door, timeout)
}

export function getMany(id: number, door: Door, timeout: number, max: number): unknown {
  return native.queueGetMany(id, checkCount(max, 'max', 1, MOST, MOST), door, timeout)
}

export function peek(id: number): unknown {
  return native.queuePeek(id)
}

export function join(id: number, door: Door, timeout: number): unknown {
  return native.queueJoin(id, door, timeout)
}

/** Takes all items and reads them. */
export function clear(id: number): unknown[] {
  takeAll(id)
  const count = control[Word.Count]!
  const batch = control[Word.Extra]!
  try {
    return receiveBatch(id, true)
  } catch (error) {
    if (count > 0) batchReturn(id, batch, true, true) // What it has not begun to read.
    throw error
  }
}

const spare = new Array<number>(200).fill(0)

/** Takes nothing where the stack has no room to spare for the calls that give back what cannot be read: it throws then. */
function takeAll(id: number): unknown {
  Reflect.apply(nothing, undefined, spare)
  return native.queueClear(id, 0, 0, 0)
}

function nothing(): void {}
