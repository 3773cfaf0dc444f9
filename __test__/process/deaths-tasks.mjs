// Tasks of `deaths.mjs`: each waits until the caller is parked, leaves a time stamp, and ends a thread.
//
// Promises that the stamp, in nanoseconds of the process's clock, is written before the thread begins to die, and that
// no thread dies before the caller is parked in the door under test.

import { AsyncRunner, sleep } from 'threaded-async'
import { Handle, native, terminate } from '../../dist/internals.js'

/** How many threads and loops wait for what this handle stands for. */
export function waiters(handle) {
  if (handle.statistics === undefined) return native.futureWaiters(Handle.idOf(handle))
  const { getters = 0, putters = 0, joiners = 0, waiters = 0 } = handle.statistics()
  return getters + putters + joiners + waiters
}

async function awaited(handle) {
  while (waiters(handle) === 0) await sleep(1)
}

function stamp(clock) {
  clock[0] = process.hrtime.bigint()
}

/** What ends a thread from inside. */
const ways = {
  exit(clock) {
    stamp(clock)
    process.exit(3)
  },
  oom(clock) {
    for (const all = []; ; all.push(new Array(10_000).fill(all.length + 0.5))) stamp(clock)
  },
}

/** Ends this task's own thread once somebody waits for the handle that `line` brings. */
export async function dieOnceAwaited(how, line, clock) {
  await awaited(await line.get())
  ways[how](clock)
}

/** The same for a caller in `run`, who waits for this very task. */
export async function dieOnceRun(how, clock) {
  await awaited(AsyncRunner.current)
  ways[how](clock)
}

/** The same for a caller in `waitForNextEventloopIteration`: his errand is what the loop has not looked at. */
export function dieOnceAsked(how, clock, started) {
  started.set()
  while (AsyncRunner.current.statistics().backlog === 0);
  ways[how](clock)
}

/** The same for a caller in `callInLoop`. */
export function die(how, clock) {
  ways[how](clock)
}

/** Makes a runner on this loop, and goes on serving it. */
export async function make(line) {
  await line.put(new AsyncRunner({ name: 'mortal' }))
}

/** Ends another thread's life, or with `maker` its maker's, which is this one. */
export async function killOnceAwaited(how, victim, line, clock) {
  await awaited(await line.get())
  stamp(clock)
  if (how === 'maker') process.exit(3)
  terminate(Handle.idOf(victim))
}
