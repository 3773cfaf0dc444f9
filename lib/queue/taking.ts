// What is taken from a queue: the next item, several, all of them, or a copy of the next.
//
// Promises that what could not be read is in the queue again, in its place, wherever reading it has failed.

import { MOST, checkCount } from '../arguments.js'
import { waitChannel } from '../native/channels.js'
import { Handle } from '../native/handle.js'
import { control, native, batchReturn, waitReturn } from '../native/native.js'
import { Door, Word } from '../native/protocol.js'
import type { WaitOptions } from '../timeout.js'
import { afterBlocking, beforeBlocking, printed, tellBlocked } from '../wait/doors.js'
import { hasResult, type Awaitable } from '../wait/outcome.js'
import { receiveBatch } from '../wire/batches/unpacking.js'
import { receive } from '../wire/payload.js'
import { hopeless } from '../wire/wire.js'

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

/**
 * Blocks for the next item, and returns it. As `blocks`, and faster: here the engine sees what is called. `above`: as in
 * `afterBlocking`.
 */
export function takeWait<T>(
  queue: Handle & Awaitable,
  verb: string,
  options: WaitOptions | undefined,
  above: Function | Handle,
): T {
  const timeout = beforeBlocking(verb, options)
  const id = Handle.idOf(queue)
  const value = get(id, Door.Block, timeout)
  const status = control[Word.Status]!
  try {
    if (!hasResult()) return afterBlocking(value, queue, verb, timeout, above, id) as T
    const item = receive(value) as T
    if (printed !== undefined) printed()
    if (waitChannel.hasSubscribers) tellBlocked(queue, verb)
    return item
  } catch (error) {
    if (error !== hopeless) waitReturn(id, value, status)
    throw error
  }
}

/** Takes all items and reads them. */
export function clear(id: number): unknown[] {
  native.queueClear(id)
  const count = control[Word.Count]!
  const batch = control[Word.Extra]!
  try {
    return receiveBatch(id, true)
  } catch (error) {
    if (count > 0) batchReturn(id, batch, 0, true) // What it has not begun to read.
    throw error
  }
}
