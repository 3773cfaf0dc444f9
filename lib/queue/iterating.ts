// The items of a queue one by one, or batch by batch, for `for` and `for await`.
//
// Promises that nothing is read ahead, and that an iteration ends once the queue was shut down and is empty.

import { MOST, checkCount } from '../arguments.js'
import { QueueShutDown } from '../errors.js'
import { isA } from '../methods.js'
import { Handle } from '../native/handle.js'
import { native } from '../native/native.js'
import type { WaitOptions } from '../timeout.js'
import { Items } from '../wait/items.js'
import type { Awaitable } from '../wait/outcome.js'
import { receiveBatch } from '../wire/batches/unpacking.js'
import { receive } from '../wire/payload.js'
import { get, takeWait } from './taking.js'

type Source = Handle & Awaitable

/** One item per turn. */
export function items<T>(queue: Source): Items<T> {
  const id = Handle.idOf(queue)
  return new Items<T>({
    failures: () => queue.failures(),
    verb: 'get',
    handle: queue,
    id,
    begin: (door, timeout) => get(id, door, timeout),
    receive: value => receive(value) as T,
  })
}

/** One to `max` items per turn. */
export function batches<T>(queue: Source, max: number): Items<T[]> {
  const id = Handle.idOf(queue)
  const most = checkCount(max, 'max', 1, MOST, MOST)
  return new Items<T[]>({
    failures: () => queue.failures(),
    verb: 'batches',
    handle: queue,
    id,
    begin: (door, timeout) => native.queueGetMany(id, most, door, timeout),
    receive: () => receiveBatch(id) as T[],
  })
}

export function* blockingItems<T>(queue: Source, options: WaitOptions | undefined): IterableIterator<T> {
  for (;;) {
    let item: T
    try {
      item = takeWait(queue, 'iterateWait', options, blockingItems)
    } catch (error) {
      if (isA(error, QueueShutDown)) return
      throw error
    }
    yield item
  }
}
