// The other side of a wait: a loop of its own that acts when it sees a waiter.
//
// Promises to act only after it has seen as many waiters as it was told, which proves that the wait did wait; and that
// there is one such loop for each name and thread. It never sleeps blindly: it looks at `statistics()`, and gives up
// loudly after a while.

import { AsyncRunner, sleep, taskModule } from 'threaded-async'
import { doors } from './doors.mjs'

const here = taskModule(import.meta.url)
const runners = new Map()

/** The loop of this thread's partner; `name` tells several apart. */
export function partner(name = 'partner') {
  if (!runners.has(name)) runners.set(name, new AsyncRunner({ name, allowBlocking: true }))
  return runners.get(name)
}

/** Resolves when the claim is true; looks every millisecond. */
export async function until(claim, within = 30_000) {
  for (const deadline = performance.now() + within; !(await claim()); await sleep(1)) {
    if (performance.now() > deadline) throw new Error(`Never came true: ${claim}`)
  }
}

/** Resolves when the statistics of something have these numbers. */
export function untilSeen(object, expected) {
  return until(() => {
    const seen = object.statistics()
    return Object.entries(expected).every(([name, number]) => seen[name] === number)
  })
}

/** As a task: waits until the statistics are as expected, then calls the methods, one after the other. */
export async function act(object, expected, calls) {
  await untilSeen(object, expected)
  const results = []
  for (const [verb, ...args] of calls) results.push(await object[verb](...args))
  return results
}

/** Has the partner call methods of `object` once its statistics are as expected; the task has their results. */
export function whenSeen(object, expected, ...calls) {
  return partner().createTask(here.act, [object, expected, calls])
}

/** As a task: one wait through a door, by the name of that door. */
export function enter(door, verb, ...args) {
  return doors[door][verb](...args)
}

/** Starts a wait on a thread of its own, named `name`; `get`, `put` and so on are the verbs of the doors. */
export function enterElsewhere(name, door, verb, ...args) {
  return partner(name).createTask(here.enter, [door, verb, ...args])
}

/** The same, and resolves with the task once that many waiters are seen. */
export async function parkElsewhere(name, door, verb, object, args, expected) {
  const task = enterElsewhere(name, door, verb, object, ...args)
  await untilSeen(object, expected)
  return task
}
