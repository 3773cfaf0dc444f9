// Tasks of `shutdown.mjs`: each goes on until the queue is shut down, and returns how many items it put or got.
//
// Promises that an end by anything but the shutdown is an error of the task, and that every item that was got is
// reported as done.

import { QueueShutDown } from 'threaded-async'

/** Counts how often `body` succeeds before the shutdown, `count` times at most. */
async function counted(count, body) {
  let sum = 0
  while (sum < count) {
    try {
      sum += await body(sum)
    } catch (error) {
      if (!(error instanceof QueueShutDown)) throw error
      return sum + (error.inserted ?? 0)
    }
  }
  return sum
}

function done(queue, items) {
  for (const _ of items) {
    try {
      queue.taskDone()
    } catch (error) {
      // An immediate shutdown has settled the count.
      if (!queue.isShutdown || error.code !== 'ERR_INVALID_STATE') throw error
    }
  }
  return items.length
}

export function produce(queue, count) {
  return counted(count, async number => {
    await queue.put(number)
    return 1
  })
}

export function produceMany(queue, count) {
  return counted(count, number => queue.putMany([number, number + 1, number + 2, number + 3]))
}

export function produceBlocking(queue, count) {
  return counted(count, number => {
    queue.putWait(number)
    return 1
  })
}

export function consume(queue) {
  return counted(Infinity, async () => done(queue, [await queue.get()]))
}

export function consumeMany(queue) {
  return counted(Infinity, async () => done(queue, await queue.getMany(5)))
}

export function consumeBlocking(queue) {
  return counted(Infinity, () => done(queue, [queue.getWait()]))
}

export async function join(queue) {
  await queue.join()
  return 'joined'
}

export function joinBlocking(queue) {
  queue.joinWait()
  return 'joined'
}
