// Tasks of `stuck.mjs`: every way to hold a loop, and every blocking door.
//
// Promises that `started` is set before the loop is held, or with it: nothing of the task is left to run then.

import { execFileSync } from 'node:child_process'

/** The loop is free, but the task never ends. */
export async function unsettled(started) {
  started.set()
  await new Promise(() => {})
}

export async function awaiting(started) {
  const { sleep } = await import('threaded-async')
  started.set()
  await sleep(Infinity)
}

export function loop(started) {
  started.set()
  for (;;);
}

export async function microtasks(started) {
  started.set()
  for (;;) await undefined
}

export function ticks(started) {
  started.set()
  const next = () => process.nextTick(next)
  next()
  return new Promise(() => {})
}

export function atomics(started) {
  started.set()
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)
}

export function regex(started) {
  started.set()
  return /^(\w+\s?)*$/.test(`${'word '.repeat(40)}!`)
}

export function native(started, fifo) {
  started.set()
  execFileSync('cat', [fifo])
}

/** Blocks for what the runner under test owns, and returns the code of the error that ended it. */
export function block(door, { empty, full, event, future, stuck }) {
  const doors = {
    getWait: () => empty.getWait(),
    putWait: () => full.putWait(2),
    joinWait: () => full.joinWait(),
    wait: () => event.wait(),
    resultWait: () => future.resultWait(),
    taskWait: () => stuck.wait(),
  }
  try {
    doors[door]()
    return 'no error'
  } catch (error) {
    return error.code
  }
}
