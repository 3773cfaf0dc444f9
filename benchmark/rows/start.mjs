// P6: from nothing to the first result, and the end, beside a bare worker that answers once and is terminated.

import { Worker } from 'node:worker_threads'
import { setTimeout as sleep } from 'node:timers/promises'
import { AsyncRunner } from 'threaded-async'

const time = action => {
  const start = performance.now()
  action()
  return performance.now() - start
}

const ours = {
  name: 'threaded-async, new runner to first result',
  setUp: () => ({
    round() {
      let runner
      const figure = time(() => {
        runner = new AsyncRunner()
        runner.run(() => 1)
      })
      runner.close()
      return figure
    },
  }),
}

const ahead = {
  name: 'threaded-async, the same after prewarm(1)',
  setUp: () => ({
    async round() {
      AsyncRunner.prewarm(1)
      while (AsyncRunner.prewarm() < 1) await sleep(5)
      const figure = ours.setUp().round()
      AsyncRunner.prewarm(0)
      return figure
    },
  }),
}

const bare = {
  name: 'bare Worker, until it answers',
  setUp: () => ({
    async round() {
      const bell = new Int32Array(new SharedArrayBuffer(4))
      let worker
      const figure = time(() => {
        worker = new Worker(new URL('../rivals/bare-worker.mjs', import.meta.url), { workerData: { bell } })
        Atomics.wait(bell, 0, 0)
      })
      await worker.terminate()
      return figure
    },
  }),
}

const close = {
  name: 'threaded-async, close',
  setUp: () => ({
    round() {
      const runner = new AsyncRunner()
      runner.run(() => 1)
      return time(() => runner.close())
    },
  }),
}

const terminate = {
  name: 'bare Worker, terminate()',
  setUp: () => ({
    async round() {
      const bell = new Int32Array(new SharedArrayBuffer(4))
      const worker = new Worker(new URL('../rivals/bare-worker.mjs', import.meta.url), { workerData: { bell } })
      Atomics.wait(bell, 0, 0)
      const start = performance.now()
      await worker.terminate()
      return performance.now() - start
    },
  }),
}

export const start = {
  id: 'P6',
  title: 'start and end of a runner',
  unit: 'ms',
  rounds: 15,
  contestants: [ours, ahead, bare, close, terminate],
  goals: [
    { of: 'threaded-async, new runner to first result', against: 'bare Worker, until it answers', within: 1.15 },
    { of: 'threaded-async, the same after prewarm(1)', atMost: 1 },
    { of: 'threaded-async, close', against: 'bare Worker, terminate()', within: 1.3 },
  ],
}
