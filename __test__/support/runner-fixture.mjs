// What the runner's specs share: runners that end with their test, a poll that sleeps, and a loop that is held.
//
// Promises that nothing here waits blindly: `until` looks at a claim and gives up loudly, and `hold` keeps a loop busy
// from `held` until `release`, so a test knows where that loop is. Nothing is retried.

import { AsyncRunner, Event } from 'threaded-async'

const pause = new Int32Array(new SharedArrayBuffer(4))

/** What has an orderly end is given the time for it, on a machine that stands still for seconds, too. */
export const patient = { exitTimeout: 20_000, logForcedShutdownStackTrace: false }

/** A runner that is closed when its test ends. One whose loop does not come round at its close needs an `exitTimeout`. */
export function runnerFor(t, options) {
  return closedAfter(t, new AsyncRunner({ ...patient, ...options }))
}

/** Closes something when the test ends; what its close throws then is not this test's concern. */
export function closedAfter(t, closable) {
  t.teardown(() => {
    try {
      closable.close()
    } catch {}
  })
  return closable
}

/** Every way to close, from the thread that made the runner. */
export const closes = {
  close: async runner => runner.close(),
  closeAsync: runner => runner.closeAsync(),
  'Symbol.dispose': async runner => runner[Symbol.dispose](),
  'Symbol.asyncDispose': runner => runner[Symbol.asyncDispose](),
}

/** Blocks, looking every millisecond, until `claim()` is true. */
export function until(claim, within = 20_000) {
  const deadline = performance.now() + within
  while (!claim()) {
    if (performance.now() > deadline) throw new Error(`Never came true: ${claim}`)
    Atomics.wait(pause, 0, 0, 1)
  }
}

/** The same without blocking this thread's loop. */
export async function untilAsync(claim, within = 20_000) {
  const deadline = performance.now() + within
  while (!claim()) {
    if (performance.now() > deadline) throw new Error(`Never came true: ${claim}`)
    await new Promise(resolve => setTimeout(resolve, 1))
  }
}

/** As a task: keeps its loop from anything else. */
export function hold(held, release) {
  const nap = new Int32Array(new SharedArrayBuffer(4))
  held.set()
  while (!release.isSet()) Atomics.wait(nap, 0, 0, 1)
}

/** Blocks until nothing of a runner's tasks runs on its loop: all of them have come to a wait. */
export function atRest(runner) {
  until(() => runner.statistics().backlog === 0 && runner.statistics().heldBy.length === 0)
}

/** Holds the loop of a runner; returns the task and the event that lets go of it. */
export function holdLoop(t, runner, name = 'holder') {
  const held = new Event()
  const release = new Event()
  const task = runner.createTask(hold, [held, release], { name })
  t.teardown(() => release.set())
  held.wait({ timeout: 20_000 })
  return { task, release }
}

/** How many tasks a runner has that have not ended. */
export function tasksOf(runner) {
  const { tasksQueued, tasksRunning } = runner.statistics()
  return tasksQueued + tasksRunning
}

/** Milliseconds that `call` took. */
export function duration(call) {
  const before = performance.now()
  call()
  return performance.now() - before
}
