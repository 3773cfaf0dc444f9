// first-program.mjs <import|first|three|bare|synckit|module>: prints how many milliseconds the first result took.

import { Worker } from 'node:worker_threads'

const ways = {
  import: () => import('threaded-async'),
  async first() {
    const { AsyncRunner } = await import('threaded-async')
    new AsyncRunner().run(() => 1)
  },
  async three() {
    const { AsyncRunner } = await import('threaded-async')
    const runners = [new AsyncRunner(), new AsyncRunner(), new AsyncRunner()]
    for (const runner of runners) runner.run(() => 1)
  },
  bare() {
    const bell = new Int32Array(new SharedArrayBuffer(4))
    const answer = `
      const { bell } = require('node:worker_threads').workerData
      Atomics.store(bell, 0, 1)
      Atomics.notify(bell, 0)`
    new Worker(answer, { eval: true, workerData: { bell } })
    Atomics.wait(bell, 0, 0)
  },
  async synckit() {
    const { createSyncFn } = await import('synckit')
    createSyncFn(new URL('../rivals/synckit-worker.mjs', import.meta.url))(1)
  },
  async module() {
    const { makeModuleSynchronized } = await import('make-synchronized')
    makeModuleSynchronized(new URL('../rivals/module.mjs', import.meta.url)).same(1)
  },
}

const start = performance.now()
await ways[process.argv[2]]()
console.log(performance.now() - start)
process.exit()
