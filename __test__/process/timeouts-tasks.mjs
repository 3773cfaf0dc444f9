// Tasks of `timeouts.mjs`: awaiting doors that are given up, by deadline, and by one signal for all or one for each.
//
// Promises that each wait has been parked and has ended without success.

import { getEventListeners } from 'node:events'

/** Every awaiting door, with these options. */
const doors = [
  (handles, options) => handles.queue.get(options),
  (handles, options) => handles.full.put(2, options),
  (handles, options) => handles.full.join(options),
  (handles, options) => handles.event.waitAsync(options),
  (handles, options) => handles.future.result(options),
]

async function giveUp(handles, lasting, number) {
  const mine = new AbortController()
  const waits = [
    ...doors.map(door => door(handles, { timeout: number % 3, signal: lasting.signal })),
    ...doors.map(door => door(handles, { signal: mine.signal })),
  ]
  mine.abort('given up')
  const ends = await Promise.allSettled(waits)
  if (ends.some(end => end.status === 'fulfilled')) throw new Error('A wait has succeeded.')
}

export async function giveUpAll(handles, count) {
  const lasting = new AbortController()
  for (let number = 0; number < count; number += 100) {
    await Promise.all(Array.from({ length: 100 }, (_, more) => giveUp(handles, lasting, number + more)))
  }
  if (getEventListeners(lasting.signal, 'abort').length > 0) throw new Error('Listeners are left.')
}

/** Collects this thread's garbage, and returns what its heap holds after that. */
export function sweep() {
  gc()
  const { heapUsed, heapTotal } = process.memoryUsage()
  return { heapUsed, heapTotal }
}
