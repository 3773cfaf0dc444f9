// What polling costs the others on a loop: how far apart the ticks of a timer of 1 ms are while messages keep the loop busy,
// beside the same timer on a loop that has nothing else to do. Figures are milliseconds.

import { AsyncRunner, Queue } from 'threaded-async'
import { size } from '../options.mjs'
import { startEcho } from '../rivals/message-port.mjs'

const TICKS = size(300)
const LIMIT = size(1000)

const tick = async (ticks, limit) => {
  const { intervals } = await import('../intervals.mjs')
  return await intervals(ticks, limit)
}

function ours(name, body, keepBusy) {
  return {
    name,
    setUp() {
      const runner = new AsyncRunner()
      const there = new Queue(runner, { maxsize: 1024 })
      const back = new Queue(runner)
      runner.createTask(body, [there, back])
      const round = () => {
        const task = runner.createTask(tick, [TICKS, LIMIT])
        keepBusy(task, there, back)
        return task.wait()
      }
      return { round, tearDown: () => runner.close() }
    },
  }
}

const IDLE = 'threaded-async, idle loop'
const idle = ours(
  IDLE,
  () => {},
  () => {},
)

const PING_PONG = 'threaded-async, round trips'
const pingPong = ours(
  PING_PONG,
  async (there, back) => {
    for await (const number of there) await back.put(number)
  },
  (task, there, back) => {
    while (!task.done()) {
      there.putWait(1)
      back.getWait()
    }
  },
)

const STREAM = 'threaded-async, stream'
const stream = ours(
  STREAM,
  async there => {
    for await (const _ of there);
  },
  (task, there) => {
    while (!task.done()) there.putWait(1)
  },
)

const rival = {
  name: 'MessagePort + Atomics.wait, round trips',
  async setUp() {
    const echo = await startEcho()
    const round = () => {
      echo.port.postMessage({ ticks: TICKS, limit: LIMIT })
      for (;;) {
        const { found } = echo.ask(1)
        if (found !== undefined) return found
      }
    }
    return { round, tearDown: echo.stop }
  },
}

export const timers = {
  id: 'timers',
  title: 'from tick to tick of a timer of 1 ms, on a loop busy with messages',
  unit: 'ms',
  rounds: 5,
  contestants: [idle, pingPong, stream, rival],
  goals: [PING_PONG, STREAM].flatMap(of => [
    { of, above: IDLE, atMost: 1 },
    { of, above: IDLE, atMost: 1, percentile: 'p99' },
  ]),
}
