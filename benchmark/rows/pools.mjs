// A trivial function over many items, by a pool of two threads.

import { Piscina } from 'piscina'
import { RunnerPool } from 'threaded-async'
import { size } from '../options.mjs'

const ITEMS = size(2000)
const OURS = 'threaded-async, map'
const BLOCKING = 'threaded-async, mapWait'
const RIVAL = 'piscina, Promise.all'
const filename = new URL('../rivals/pool-worker.mjs', import.meta.url).href

/** The time each item has taken, in microseconds, when all are done. */
async function perItem(work) {
  const before = performance.now()
  await work()
  return [((performance.now() - before) * 1000) / ITEMS]
}

function ours(name, work) {
  return {
    name,
    setUp() {
      const pool = new RunnerPool({ size: 2 })
      return { round: () => perItem(() => work(pool)), tearDown: () => pool.close() }
    },
  }
}

const items = Array.from({ length: ITEMS }, (_, index) => index)
const options = { concurrency: 64 }

const awaiting = ours(OURS, async pool => {
  for await (const _ of pool.map(() => 1, items, options));
})

const blocking = ours(BLOCKING, pool => {
  for (const _ of pool.mapWait(() => 1, items, options));
})

const rival = {
  name: RIVAL,
  setUp() {
    const pool = new Piscina({ filename, minThreads: 2, maxThreads: 2 })
    return {
      round: () => perItem(() => Promise.all(items.map(item => pool.run(item)))),
      tearDown: () => pool.destroy(),
    }
  },
}

export const pools = {
  id: 'pools',
  title: 'a trivial function over many items, two threads',
  unit: 'µs per item',
  rounds: 9,
  contestants: [awaiting, blocking, rival],
  goals: [
    { of: OURS, against: RIVAL, ratio: 1 },
    { of: BLOCKING, against: RIVAL, ratio: 1 },
  ],
}
