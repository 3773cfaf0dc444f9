// What the pool's specs run.

import { setTimeout as sleep } from 'node:timers/promises'
import { threadId } from 'node:worker_threads'
import { AsyncRunner, currentTask, sleep as cuttable } from 'threaded-async'

export const thread = () => threadId

export async function later([value, ms]) {
  await sleep(ms)
  return value
}

export async function failing([value, ms]) {
  await cuttable(ms)
  if (value < 0) throw new RangeError(`item ${value}`)
  return value
}

/** Counts how many are under way at once, and waits until three have been. */
export async function counted(counter) {
  const view = new Int32Array(counter)
  const now = Atomics.add(view, 0, 1) + 1
  for (let most = Atomics.load(view, 1); most < now;) most = Atomics.compareExchange(view, 1, most, now)
  do await sleep(1)
  while (Atomics.load(view, 1) < 3)
  Atomics.sub(view, 0, 1)
  Atomics.add(view, 2, 1)
}

/** The first waits for the event. */
export async function afterEvent([name, event]) {
  if (name === 'first') await event.waitAsync()
  return name
}

/** Waits until it is cancelled, and says how it cleaned up. */
export async function held([queue, started]) {
  started.set()
  try {
    await cuttable(Infinity)
  } finally {
    await sleep(20)
    queue.putNowait(currentTask().cancelled)
  }
}

/** Of three arguments: resolves as soon as another one is held. */
export function heldUnlessNow(args) {
  return args.length === 3 ? args[1].waitAsync() : held(args)
}

/** A task that creates tasks of its runner: all are on its own thread. */
export async function within() {
  const { current } = AsyncRunner
  const threads = await Promise.all(
    [1, 2, 3].map(() => current.createTask(() => require('node:worker_threads').threadId).result()),
  )
  return new Set([threadId, ...threads]).size
}

export function exit(code) {
  process.exit(code)
}

export async function dieAt([value, at]) {
  if (value === at) process.exit(1)
  await sleep(5)
  return value
}

export async function stubborn() {
  await new Promise(() => {})
}

/** Says that it has begun, and computes until the word in shared memory is set. */
export function spin([started, word]) {
  started.set()
  while (Atomics.load(new Int32Array(word), 0) === 0);
}

/** Ends, and then does the same. */
export function spinBehind(item) {
  setImmediate(() => spin(item))
}

/** Blocks the loop until there is an item. */
export function blocked([queue, started]) {
  started.set()
  return queue.getWait()
}

export function whereAmI() {
  return AsyncRunner.current.name
}

/** Ends, and leaves an error behind once it has set the event. */
export function leaving(event) {
  setTimeout(() => {
    event.set()
    throw new Error('left')
  })
}
