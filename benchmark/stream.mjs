// P3: numbers one way, from the blocking main thread to a task. Figures are nanoseconds per number.

import { AsyncRunner, Queue } from 'threaded-async'
import { startEcho } from './message-port.mjs'

const COUNT = 200_000
const BATCH = 256

function perItem(stream) {
  const start = performance.now()
  stream()
  return ((performance.now() - start) * 1e6) / COUNT
}

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

const oneByOne = ours(
  'threaded-async, for await',
  1024,
  async (queue, count) => {
    let received = 0
    for await (const _ of queue) if (++received === count) return
  },
  queue => {
    for (let index = 0; index < COUNT; index++) queue.putWait(index)
  },
)

const batches = ours(
  'threaded-async, putMany and getMany',
  4096,
  async (queue, count, batch) => {
    for (let received = 0; received < count;) received += (await queue.getMany(batch)).length
  },
  queue => {
    const items = Array.from({ length: BATCH }, (_, index) => index)
    let sent = 0
    for (; sent + BATCH <= COUNT; sent += BATCH) queue.putManyWait(items)
    queue.putManyWait(items.slice(0, COUNT - sent))
  },
)

const rival = {
  name: 'MessagePort',
  async setUp() {
    const echo = await startEcho()
    const round = () =>
      perItem(() => {
        for (let index = 0; index < COUNT; index++) echo.port.postMessage({ stream: index, of: COUNT })
        echo.receive()
      })
    return { round, tearDown: echo.stop }
  },
}

const rivalNumbers = {
  name: 'MessagePort, bare numbers',
  async setUp() {
    const echo = await startEcho()
    const round = () =>
      perItem(() => {
        for (let index = 0; index < COUNT; index++) echo.port.postMessage(index)
        for (let index = 0; index < COUNT; index++) echo.receive()
      })
    return { round, tearDown: echo.stop }
  },
}

export const stream = {
  id: 'P3',
  title: 'one-way stream of numbers',
  unit: 'ns per number',
  rounds: 7,
  contestants: [oneByOne, batches, rival, rivalNumbers],
  goals: [
    { of: 'threaded-async, for await', against: 'MessagePort', ratio: 2 },
    { of: 'threaded-async, for await', atMost: 500 },
  ],
}
