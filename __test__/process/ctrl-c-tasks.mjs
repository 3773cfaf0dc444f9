// Tasks of `ctrl-c.mjs`: those that wait to be cancelled, and those that say when the main thread blocks.
//
// Promises that `ready` is printed by another thread, once the core lists the main thread among the waiters.

import { AsyncRunner, currentTask, sleep } from 'threaded-async'
import { waiters } from './deaths-tasks.mjs'

export async function tellReady(handle) {
  while (waiters(handle) === 0) await sleep(1)
  console.log('ready')
}

export async function sleeper(started) {
  try {
    started?.set()
    await sleep(Infinity)
  } finally {
    console.log('cleaning')
    await sleep(5)
    console.log(currentTask().cancelled ? 'cleaned' : 'not cancelled')
  }
}

export async function readySleeper() {
  await tellReady(AsyncRunner.current)
  await sleeper()
}

export async function stubborn(started) {
  try {
    started.set()
    await sleep(Infinity)
  } finally {
    console.log('cleaning')
    for (;;) await sleep(1000)
  }
}

/** Holds the loop until it is freed; what it is needed for cannot be cancelled, only left. */
export function holder(freed) {
  console.log('ready')
  while (Atomics.load(freed, 0) === 0);
}

export function startedHolder(started, freed) {
  started.set()
  holder(freed)
}
