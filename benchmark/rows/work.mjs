// P2b: what a call costs whose work takes a while: the main thread blocks for work of 50 µs to 2 ms on the other thread,
// beside the same work on this one; with both cores free, and with another program that keeps one of them busy.

import { spawn } from 'node:child_process'
import { makeModuleSynchronized } from 'make-synchronized'
import { createSyncFn } from 'synckit'
import { AsyncRunner, taskModule } from 'threaded-async'
import { latencies } from '../measure.mjs'
import { size } from '../options.mjs'
import { timesFor, work } from '../rivals/work.mjs'

const OURS = 'threaded-async'
const HERE = 'on the same thread'
const url = new URL('../rivals/work.mjs', import.meta.url)

/** A function that makes one call, and what ends it. */
const callers = {
  [OURS]() {
    const runner = new AsyncRunner()
    const { work } = taskModule(url)
    return { call: times => runner.createTask(work, [times]).wait(), tearDown: () => runner.close() }
  },
  [HERE]: () => ({ call: work }),
  'make-synchronized': () => ({ call: makeModuleSynchronized(url).work }),
  synckit: () => ({ call: createSyncFn(new URL('../rivals/synckit-work.mjs', import.meta.url)) }),
}

/** A program that computes while any contestant of a row is set up. */
class OtherProgram {
  #child
  #users = 0

  enter() {
    if (this.#users++ === 0) this.#child = spawn(process.execPath, ['-e', 'for (;;);'], { stdio: 'ignore' })
  }

  leave() {
    if (--this.#users === 0) this.#child.kill('SIGKILL')
  }
}

function contestant(name, microseconds, timesOf, other) {
  return {
    name,
    setUp() {
      const { call, tearDown } = callers[name]()
      const times = timesOf()
      const calls = size(Math.min(1000, 100_000 / microseconds))
      other?.enter()
      return {
        round: () => [...latencies(calls, () => call(times))],
        tearDown() {
          other?.leave()
          tearDown?.()
        },
      }
    },
  }
}

function row(microseconds, isBusy) {
  const other = isBusy ? new OtherProgram() : undefined
  let times
  // The same work for all.
  const timesOf = () => (times ??= timesFor(microseconds))
  return {
    id: 'P2b',
    title: `a call whose work takes ${microseconds} µs, ${isBusy ? 'one core busy' : 'cores free'}`,
    unit: 'µs',
    rounds: 9,
    contestants: Object.keys(callers).map(name => contestant(name, microseconds, timesOf, other)),
    goals: ['median', 'p90'].flatMap(percentile => [
      { of: OURS, against: HERE, within: 1.05, and: 10, percentile },
      { of: OURS, against: 'synckit', within: 1, percentile },
      { of: OURS, against: 'make-synchronized', within: 1, percentile },
    ]),
  }
}

/** Work of each length, on a free machine and on a busy one. */
export const workThatTakesAWhile = [50, 200, 500, 2000].flatMap(microseconds => [
  row(microseconds, false),
  row(microseconds, true),
])
