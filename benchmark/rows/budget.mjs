// What a round trip is made of: each of its parts by itself, in nanoseconds, beside the whole.
//
// Not a race: the parts are what docs/performance.md adds up. `npm run bench -- budget` measures them.

import { AsyncRunner, Queue } from 'threaded-async'
import { Worker } from 'node:worker_threads'

const CALLS = 20_000

/** Nanoseconds per call. */
function perCall(count, call) {
  const start = performance.now()
  for (let index = 0; index < count; index++) call(index)
  return ((performance.now() - start) * 1e6) / count
}

/** A part that is measured on this thread. */
function here(name, prepare) {
  return { name, setUp: () => ({ round: () => perCall(CALLS, prepare()) }) }
}

/** A part that a task measures on its loop. */
function inTask(name, task) {
  return {
    name,
    setUp() {
      const runner = new AsyncRunner()
      return { round: () => runner.run(task, [CALLS]), tearDown: () => runner.close() }
    },
  }
}

/** Two threads that look at one word until it changes: no two threads can talk faster. */
export const cacheLine = {
  name: 'a cache line to the other thread, and back',
  setUp() {
    const words = new Int32Array(new SharedArrayBuffer(256))
    const answer = `
      const { workerData: words } = require('node:worker_threads')
      for (;;) {
        Atomics.wait(words, 32, 0)
        for (let last = 0; Atomics.load(words, 32) === 1;) {
          const now = Atomics.load(words, 0)
          if (now !== last) Atomics.store(words, 16, (last = now))
        }
      }`
    const worker = new Worker(answer, { eval: true, workerData: words })
    const ask = index => {
      Atomics.store(words, 0, index + 1)
      while (Atomics.load(words, 16) !== index + 1);
    }
    const round = () => {
      Atomics.store(words, 0, 0)
      Atomics.store(words, 16, 0)
      Atomics.store(words, 32, 1)
      Atomics.notify(words, 32)
      ask(0) // It is awake.
      const time = perCall(CALLS, index => ask(index + 1))
      Atomics.store(words, 32, 0)
      return time
    }
    return { round, tearDown: () => worker.terminate() }
  },
}

const call = here('a call of the core: qsize()', () => {
  const queue = new Queue()
  return () => queue.qsize()
})

const putGet = here('putNowait and getNowait of a number', () => {
  const queue = new Queue()
  return index => {
    queue.putNowait(index)
    queue.getNowait()
  }
})

const awaited = inTask('in a task: await of a promise that is fulfilled', async count => {
  const start = performance.now()
  for (let index = 0; index < count; index++) await null
  return ((performance.now() - start) * 1e6) / count
})

const ready = inTask('in a task: await get() of an item that is there', async count => {
  const queue = new Queue()
  await queue.putMany(Array.from({ length: count }, (_, index) => index))
  const start = performance.now()
  for (let index = 0; index < count; index++) await queue.get()
  return ((performance.now() - start) * 1e6) / count
})

const parked = inTask('two tasks of one loop: put, wake, settle, continue', async count => {
  const [there, back] = [new Queue(), new Queue()]
  const echo = (async () => {
    for (let index = 0; index < count; index++) back.putNowait(await there.get())
  })()
  const start = performance.now()
  for (let index = 0; index < count; index++) {
    there.putNowait(index)
    await back.get()
  }
  await echo
  return ((performance.now() - start) * 1e6) / count / 2
})

export const whole = {
  name: 'the round trip: putWait, task, getWait',
  setUp() {
    const runner = new AsyncRunner()
    const [there, back] = [new Queue(runner), new Queue(runner)]
    runner.createTask(
      async (there, back) => {
        for await (const number of there) await back.put(number)
      },
      [there, back],
    )
    const ask = index => {
      there.putWait(index)
      back.getWait()
    }
    return { round: () => perCall(CALLS, ask), tearDown: () => runner.close() }
  },
}

export const budget = {
  id: 'budget',
  title: 'what a round trip is made of',
  unit: 'ns',
  rounds: 15,
  contestants: [whole, cacheLine, call, putGet, awaited, ready, parked],
  goals: [],
}
