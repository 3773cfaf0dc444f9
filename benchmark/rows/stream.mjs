// P3: numbers one way, from the blocking main thread to a task; and from four tasks to four, each on a thread of its own.
// Figures are nanoseconds per number, until the last one has arrived.

import { AsyncRunner, Queue } from 'threaded-async'
import { size } from '../options.mjs'
import { startEcho } from '../rivals/message-port.mjs'
import { CHANNELS, channelStream } from '../rivals/multithreading.mjs'

const COUNT = size(500_000, 8)
const BATCH = 256
const PAIRS = 4

function perItem(stream) {
  const start = performance.now()
  stream()
  return ((performance.now() - start) * 1e6) / COUNT
}

// --- ours, from the main thread to a task

function ours(name, maxsize, body, feed) {
  return {
    name,
    setUp() {
      const runner = new AsyncRunner()
      const queue = new Queue(runner, { maxsize })
      const round = () => {
        const task = runner.createTask(body, [queue, COUNT, BATCH])
        return perItem(() => {
          feed(queue)
          task.wait()
        })
      }
      return { round, tearDown: () => runner.close() }
    },
  }
}

const takeEach = async (queue, count) => {
  let received = 0
  for await (const _ of queue) if (++received === count) return
}

const putEach = queue => {
  for (let index = 0; index < COUNT; index++) queue.putWait(index)
}

const OURS = 'threaded-async, for await'
const oneByOne = ours(OURS, 0, takeEach, putEach)
const bounded = ours('threaded-async, for await, maxsize 1024', 1024, takeEach, putEach)
const narrow = ours('threaded-async, for await, maxsize 16', 16, takeEach, putEach)

const OUR_BATCHES = 'threaded-async, putMany and getMany'
const batches = ours(
  OUR_BATCHES,
  4096,
  async (queue, count, batch) => {
    for (let received = 0; received < count;) received += (await queue.getMany(batch)).length
  },
  queue => sendInBatches(items => queue.putManyWait(items)),
)

function sendInBatches(send) {
  const items = Array.from({ length: BATCH }, (_, index) => index)
  let sent = 0
  for (; sent + BATCH <= COUNT; sent += BATCH) send(items)
  if (sent < COUNT) send(items.slice(0, COUNT - sent))
}

// --- ours, from four threads to four

async function produce(queue, count) {
  for (let index = 0; index < count; index++) await queue.put(index)
}

async function consume(queue) {
  let received = 0
  for await (const _ of queue) received++
  return received
}

const manyToMany = {
  name: `threaded-async, ${PAIRS} tasks to ${PAIRS}, on ${2 * PAIRS} runners`,
  setUp() {
    const runners = Array.from({ length: 2 * PAIRS }, () => new AsyncRunner())
    const share = Math.floor(COUNT / PAIRS)
    const round = () => {
      const queue = new Queue({ maxsize: 1024 })
      const consumers = runners.slice(PAIRS).map(runner => runner.createTask(consume, [queue]))
      const producers = runners.slice(0, PAIRS).map(runner => runner.createTask(produce, [queue, share]))
      return perItem(() => {
        for (const producer of producers) producer.wait()
        queue.shutdown()
        for (const consumer of consumers) consumer.wait()
      })
    }
    return { round, tearDown: () => runners.forEach(runner => runner.close()) }
  },
}

// --- the rival

function port(name, send) {
  return {
    name,
    async setUp() {
      const echo = await startEcho()
      const round = () =>
        perItem(() => {
          echo.port.postMessage({ expect: COUNT })
          send(item => echo.port.postMessage(item))
          echo.receive()
        })
      return { round, tearDown: echo.stop }
    },
  }
}

const PORT = 'MessagePort'
const rival = port(PORT, send => {
  for (let index = 0; index < COUNT; index++) send(index)
})
const rivalBatches = port(`MessagePort, arrays of ${BATCH}`, sendInBatches)

/** AsyncLocalStorage costs on every await up to Node 22. */
const isSlower = Number(process.versions.node.split('.')[0]) < 24

export const stream = {
  id: 'P3',
  title: 'one-way stream of numbers',
  unit: 'ns',
  rounds: 7,
  contestants: [oneByOne, bounded, narrow, batches, manyToMany, rival, rivalBatches, channelStream],
  goals: [
    { of: OURS, against: PORT, ratio: 6 },
    { of: OURS, against: CHANNELS, ratio: 30 },
    { of: OURS, atMost: isSlower ? 500 : 250 },
    { of: OUR_BATCHES, atMost: 83 },
  ],
}
