// A value that can be sent and not be read: it is nested more deeply than the stack of a small loop allows.

import { Server, taskModule } from 'threaded-async'
import { native } from '../../dist/internals.js'

/**
 * Allowed, and too much for a loop with `stackSizeMb: 0.3`, also where V8 has compiled what reads: some 700 levels are the most
 * then. With 0.5, such code reads all of it.
 */
export function deep() {
  let value = 'bottom'
  for (let level = 0; level < 990; level++) value = { value }
  return value
}

/** What is left in a queue once what cannot be read has thrown. */
async function drained(queue) {
  const left = []
  while (!queue.empty()) {
    try {
      left.push(await queue.get())
    } catch ({ code }) {
      left.push(code)
    }
  }
  return left
}

const ways = {
  get: async queue => [await queue.get()],
  getNowait: queue => [queue.getNowait()],
  getWait: queue => [queue.getWait()],
  getMany: queue => queue.getMany(9),
  getManyWait: queue => queue.getManyWait(9),
  clear: queue => queue.clear(),
  async forAwait(queue) {
    const items = []
    for await (const item of queue) {
      items.push(item)
      if (queue.empty()) break
    }
    return items
  },
  async iterateWait(queue) {
    const items = []
    for (const item of queue.iterateWait()) {
      items.push(item)
      if (queue.empty()) break
    }
    return items
  },
}

/** Takes through one of the ways, first with an item that is there; then everything that is left. */
export async function take(queue, way) {
  let taken
  try {
    taken = await ways[way](queue)
  } catch ({ code }) {
    taken = code
  }
  const { unfinished } = queue.statistics()
  return [taken, unfinished, await drained(queue)]
}

/** Waits for a batch before there is one. */
export async function takeLater(queue, ready) {
  const batch = queue.getMany(9)
  ready.set()
  let first
  try {
    first = await batch
  } catch ({ code }) {
    first = code
  }
  return [first, await drained(queue)]
}

export const nothing = () => 'ran'

export const resultOf = future => future.result()

/** Calls with what the server's thread can read, cannot read, and can read. */
export const callWithDeep = async client => {
  const results = await Promise.allSettled([1, deep(), 'three'].map(value => client.take(value)))
  return results.map(({ status, reason, value }) => (status === 'fulfilled' ? value : reason.code))
}

/** A server on this very thread; `serve` handles its requests until a task of it has ended. */
const servers = {
  processUntil: (server, task) => server.processUntil(task),
  async process(server, task) {
    const thrown = []
    while (!task.done()) {
      try {
        server.process()
      } catch ({ code }) {
        thrown.push(code)
      }
    }
    return [...task.wait(), ...thrown]
  },
  async processAll(server, task) {
    const thrown = []
    while (!task.done()) {
      try {
        server.processAll()
      } catch ({ code }) {
        thrown.push(code)
      }
    }
    return [...task.wait(), ...thrown]
  },
}

export async function serve(way) {
  const here = taskModule(import.meta.url)
  const server = new Server({ handlers: { take: value => typeof value } })
  const task = server.createBackgroundTask(here.callWithDeep, [server.createClient()])
  const result = await servers[way](server, task)
  server.close()
  return result
}

/** Takes the requests of a server of another thread. */
export async function serveAwaiting(server, count) {
  const seen = []
  while (seen.length < count) {
    try {
      for await (const [{ fun, args }, future] of server.requests()) {
        future.setResult(typeof args[0])
        if (seen.push(fun) === count) break
      }
    } catch ({ code }) {
      seen.push(code)
    }
  }
  return seen
}

const takers = {
  get: queue => queue.get(),
  getNowait: queue => queue.getNowait(),
  getWait: queue => queue.getWait(),
  getManyWait: queue => queue.getManyWait(9),
}

/** How many handles this loop holds before and after it takes what cannot be read, with handles of its own behind. */
export async function heldAfter(queue, future, way) {
  const before = native.handleCount()
  const result = way === 'future' ? future.result() : Promise.resolve(queue).then(takers[way])
  const code = await result.then(
    () => 'read',
    error => error.code,
  )
  return [before, native.handleCount(), code]
}
