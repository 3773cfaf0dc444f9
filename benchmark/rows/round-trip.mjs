// P1: the blocking main thread puts a number, a task gets and puts it back, the main thread gets it.

import { AsyncRunner, Queue } from 'threaded-async'
import { latencies } from '../measure.mjs'
import { size } from '../options.mjs'
import { startEcho } from '../rivals/message-port.mjs'
import { channelEcho, CHANNELS } from '../rivals/multithreading.mjs'
import { python, PYTHON_RIVAL } from '../rivals/python.mjs'

// After a pause the scheduler may keep both threads on one core for 20 ms. A round of ours takes long enough to see the rest.
const CALLS = size(30_000)
const RIVALS_CALLS = size(2000)

const OURS = 'threaded-async'

const nameOf = awaits => (awaits === 0 ? OURS : `${OURS}, ${awaits} more ${awaits === 1 ? 'await' : 'awaits'}`)

function ours(awaits) {
  return {
    name: nameOf(awaits),
    setUp() {
      const runner = new AsyncRunner()
      const there = new Queue(runner)
      const back = new Queue(runner)
      runner.createTask(
        async (there, back, awaits) => {
          for await (const number of there) {
            for (let index = 0; index < awaits; index++) await null
            await back.put(number)
          }
        },
        [there, back, awaits],
      )
      const call = index => {
        there.putWait(index)
        back.getWait()
      }
      return { round: () => [...latencies(CALLS, call)], tearDown: () => runner.close() }
    },
  }
}

const RIVAL = 'MessagePort + Atomics.wait'

const rival = {
  name: RIVAL,
  async setUp() {
    const echo = await startEcho()
    return { round: () => [...latencies(RIVALS_CALLS, echo.ask)], tearDown: echo.stop }
  },
}

export const roundTrip = {
  id: 'P1',
  title: 'round trip of a number: blocking main thread, awaiting task',
  unit: 'µs',
  rounds: 15,
  contestants: [ours(0), ours(1), ours(3), ours(6), rival, channelEcho, python('round-trip', 200)],
  goals: [
    { of: OURS, against: RIVAL, ratio: 12 },
    { of: OURS, against: CHANNELS, ratio: 30 },
    { of: OURS, against: PYTHON_RIVAL, ratio: 60 },
    ...[0, 1, 3, 6].map(awaits => ({ of: nameOf(awaits), atMost: 3 })),
    { of: OURS, percentile: 'p99', atMost: 50 },
  ],
}
