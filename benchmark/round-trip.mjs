// P1: the blocking main thread puts a number, a task gets and puts it back, the main thread gets it.

import { AsyncRunner, Queue } from 'threaded-async'
import { latencies } from './measure.mjs'
import { startEcho } from './message-port.mjs'
import { python, PYTHON_RIVAL } from './python.mjs'

const CALLS = 2000

function ours(awaits) {
  return {
    name: awaits === 0 ? 'threaded-async' : `threaded-async, ${awaits} more ${awaits === 1 ? 'await' : 'awaits'}`,
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

const rival = {
  name: 'MessagePort + Atomics.wait',
  async setUp() {
    const echo = await startEcho()
    return { round: () => [...latencies(CALLS, echo.ask)], tearDown: echo.stop }
  },
}

export const roundTrip = {
  id: 'P1',
  title: 'round trip of a number: blocking main thread, awaiting task',
  unit: 'µs',
  rounds: 15,
  contestants: [ours(0), ours(1), ours(3), ours(6), rival, python('round-trip', 200)],
  goals: [
    { of: 'threaded-async', against: 'MessagePort + Atomics.wait', ratio: 8 },
    { of: 'threaded-async', against: PYTHON_RIVAL, ratio: 60 },
  ],
}
