// P2: a trivial function runs on the other thread, and the main thread blocks for its result.

import { AsyncRunner } from 'threaded-async'
import { createSyncFn } from 'synckit'
import { latencies } from '../measure.mjs'
import { size } from '../options.mjs'
import { startEcho } from '../rivals/message-port.mjs'
import { SPAWN, spawnAndJoin } from '../rivals/multithreading.mjs'
import { PISCINA, piscina, TINYPOOL, tinypool } from '../rivals/pools.mjs'
import { python, PYTHON_RIVAL } from '../rivals/python.mjs'

// As in the row of round trips.
const CALLS = size(20_000)
const RIVALS_CALLS = size(1000)
const OURS = 'threaded-async'

const ours = {
  name: OURS,
  setUp() {
    const runner = new AsyncRunner()
    const call = () => runner.createTask(() => 1).wait()
    return { round: () => [...latencies(CALLS, call)], tearDown: () => runner.close() }
  },
}

const synckit = {
  name: 'synckit',
  setUp() {
    const call = createSyncFn(new URL('../rivals/synckit-worker.mjs', import.meta.url))
    return { round: () => [...latencies(RIVALS_CALLS, () => call(1))] }
  },
}

const rival = {
  name: 'MessagePort + Atomics.wait',
  async setUp() {
    const echo = await startEcho()
    return { round: () => [...latencies(RIVALS_CALLS, echo.ask)], tearDown: echo.stop }
  },
}

export const task = {
  id: 'P2',
  title: 'createTask(fn).wait() of a trivial function',
  unit: 'µs',
  rounds: 15,
  contestants: [ours, synckit, rival, tinypool, piscina, spawnAndJoin, python('task', 200)],
  goals: [
    { of: OURS, against: 'synckit', ratio: 15 },
    { of: OURS, against: PISCINA, ratio: 15 },
    { of: OURS, against: TINYPOOL, ratio: 15 },
    { of: OURS, against: SPAWN, ratio: 15 },
    { of: OURS, against: PYTHON_RIVAL, ratio: 10 },
    { of: OURS, atMost: 5 },
  ],
}
