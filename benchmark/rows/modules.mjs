// An asynchronous function of a module is called by a main thread that blocks for its result.

import { makeModuleSynchronized } from 'make-synchronized'
import { createSyncFn } from 'synckit'
import { synchronized } from 'threaded-async'
import { latencies } from '../measure.mjs'
import { size } from '../options.mjs'
import { PISCINA, piscina } from '../rivals/pools.mjs'

// As in the row of round trips.
const CALLS = size(20_000)
const RIVALS_CALLS = size(1000)
const OURS = 'threaded-async, synchronized'
const url = new URL('../rivals/module.mjs', import.meta.url)

const ours = {
  name: OURS,
  setUp() {
    const module = synchronized(url)
    return { round: () => [...latencies(CALLS, () => module.same(1))], tearDown: () => module[Symbol.dispose]() }
  },
}

const makeSynchronized = {
  name: 'make-synchronized',
  setUp() {
    const { same } = makeModuleSynchronized(url)
    return { round: () => [...latencies(RIVALS_CALLS, () => same(1))] }
  },
}

const synckit = {
  name: 'synckit',
  setUp() {
    const call = createSyncFn(new URL('../rivals/synckit-worker.mjs', import.meta.url))
    return { round: () => [...latencies(RIVALS_CALLS, () => call(1))] }
  },
}

export const modules = {
  id: 'modules',
  title: 'an async function of a module, as a blocking one',
  unit: 'µs',
  rounds: 15,
  contestants: [ours, makeSynchronized, synckit, piscina],
  goals: [
    { of: OURS, against: 'synckit', ratio: 1 },
    { of: OURS, against: 'make-synchronized', ratio: 1 },
    { of: OURS, against: PISCINA, ratio: 1 },
  ],
}
