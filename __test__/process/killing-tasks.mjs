// Tasks of `killing.mjs`: ways to die, and ways to wait for a runner that dies.
//
// Promises that a death comes after so many milliseconds, in a turn of its own or in the middle of work.

import { AsyncRunner, sleep } from 'threaded-async'
import { Handle, terminate } from '../../dist/internals.js'

export async function exit(ms) {
  await sleep(ms)
  process.exit(3)
}

export async function exitBusy(ms) {
  await sleep(0)
  for (const end = performance.now() + ms; performance.now() < end;);
  process.exit(4)
}

/** What floating work throws is reported, and ends nothing; the close that follows does. */
export async function throwing(ms) {
  setTimeout(() => {
    throw new Error('thrown on purpose')
  }, ms)
  await sleep(ms)
}

export async function oom(ms) {
  await sleep(ms)
  for (const all = []; ;) all.push(new Array(10_000).fill(all.length + 0.5))
}

export async function makeAndTerminate(line, ms, callInLoopTimeout) {
  const victim = new AsyncRunner({ exitTimeout: 5000, callInLoopTimeout })
  await line.put(victim)
  await sleep(ms)
  terminate(Handle.idOf(victim))
}

/** Keeps the loop at work: timers, waits and memory. */
export async function work(queue) {
  for (;;) {
    await sleep(0.1)
    queue.qsize()
    await Promise.all([1, 2, 3].map(number => new Promise(resolve => setTimeout(resolve, number / 10, [number]))))
  }
}

/** Waits in every awaiting door at once, and returns the codes of the errors that end them. */
export async function waitForAll({ queue, full, event, future, task }) {
  const waits = [queue.get(), full.put(3), full.join(), event.waitAsync(), future.result(), task.result()]
  const ends = await Promise.allSettled(waits)
  return ends.map(end => end.reason?.code ?? 'none')
}
