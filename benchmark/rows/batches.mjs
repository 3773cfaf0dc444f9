// P3b: batches of 256 one way, from the blocking main thread to a task: numbers, small objects, lines of text. The rival
// posts arrays through a MessagePort. Figures are nanoseconds per item, until the last one has arrived.

import { AsyncRunner, Queue } from 'threaded-async'
import { size } from '../options.mjs'
import { startEcho } from '../rivals/message-port.mjs'

const BATCH = 256
// As in the row of round trips.
const COUNT = BATCH * size(6000, 1)

/** The same batch again and again, as often as it takes. */
function perItem(items, send, wait) {
  const start = performance.now()
  for (let sent = 0; sent < COUNT; sent += BATCH) send(items)
  wait()
  return ((performance.now() - start) * 1e6) / COUNT
}

function ours(name, items, body) {
  return {
    name,
    setUp() {
      const runner = new AsyncRunner()
      const queue = new Queue(runner, { maxsize: 4096 })
      const round = () => {
        const task = runner.createTask(body, [queue, COUNT, BATCH])
        return perItem(
          items,
          batch => queue.putManyWait(batch),
          () => task.wait(),
        )
      }
      return { round, tearDown: () => runner.close() }
    },
  }
}

const takeMany = async (queue, count, batch) => {
  for (let received = 0; received < count;) received += (await queue.getMany(batch)).length
}

const iterate = async (queue, count, batch) => {
  let received = 0
  for await (const items of queue.batches(batch)) if ((received += items.length) >= count) return
}

function port(name, items) {
  return {
    name,
    async setUp() {
      const echo = await startEcho()
      const round = () => {
        echo.port.postMessage({ expect: COUNT })
        return perItem(
          items,
          batch => echo.port.postMessage(batch),
          () => echo.receive(),
        )
      }
      return { round, tearDown: echo.stop }
    },
  }
}

const GET_MANY = 'threaded-async, putMany and getMany'
const BATCHES = 'threaded-async, putMany and batches()'
const PORT = `MessagePort, arrays of ${BATCH}`

function row(title, make, goals) {
  const items = Array.from({ length: BATCH }, (_, index) => make(index))
  return {
    id: 'P3b',
    title: `${title} in batches of ${BATCH}`,
    unit: 'ns',
    rounds: 7,
    contestants: [ours(GET_MANY, items, takeMany), ours(BATCHES, items, iterate), port(PORT, items)],
    goals: [...goals, { of: BATCHES, against: PORT, within: 1 }],
  }
}

export const batches = [
  row('numbers', index => index, [{ of: BATCHES, atMost: 15 }]),
  row('small objects', index => ({ id: index, name: 'item', ok: true }), [{ of: BATCHES, atMost: 60 }]),
  row('lines of text', index => `line ${index} of the log file`, []),
]
