// cycles.mjs <blocking|awaiting> <cycles>: runners are started and closed again and again.
//
// Shows that memory (V8's spare room left out), threads, descriptors and handles do not grow with the number of runners
// there have been: the medians of the second quarter of the cycles are compared with those of the last. Run with
// --expose-gc. Node joins a thread that has ended when the loop turns; to a main thread that never lets it, each runner
// that was costs the stack of its thread until then: some 50 kB, and 15 of JavaScript's heap.

import { AsyncRunner, Event, Queue } from 'threaded-async'
import { readdirSync, readFileSync } from 'node:fs'
import { setImmediate as turn } from 'node:timers/promises'
import { native } from '../../dist/internals.js'
import { check, median } from './support.mjs'

const [door, count] = [process.argv[2], Number(process.argv[3])]

function measure() {
  gc()
  const status = readFileSync('/proc/self/status', 'utf8')
  const { heapUsed, heapTotal } = process.memoryUsage()
  return {
    native: Number(/VmRSS:\s+(\d+)/.exec(status)[1]) - heapTotal / 1024,
    heap: heapUsed / 1024,
    threads: Number(/Threads:\s+(\d+)/.exec(status)[1]),
    descriptors: readdirSync('/proc/self/fd').length,
    handles: native.handleCount(),
  }
}

/** One life of a runner: work, an unstarted task, a primitive, an end. */
function live(runner) {
  const queue = new Queue(runner)
  const event = new Event(runner)
  const task = runner.createTask(
    async (queue, event) => {
      await queue.put('x'.repeat(1000))
      await event.waitAsync()
    },
    [queue, event],
  )
  queue.getWait()
  event.set()
  task.wait()
  runner.createTask(() => {})
}

const cycles = {
  blocking() {
    const runner = new AsyncRunner()
    live(runner)
    runner.close()
  },
  async awaiting() {
    const runner = new AsyncRunner()
    live(runner)
    await runner.closeAsync()
  },
}

const samples = []
for (let cycle = 0; cycle < count; cycle++) {
  if (door === 'awaiting') await cycles.awaiting()
  else cycles.blocking()
  samples.push(measure())
}

const quarter = count >> 2
const unjoined = door === 'blocking' ? 2 * quarter : 0
// On a busy machine a thread or two are still on their way out, each with the four descriptors of its loop.
const threads = 3
const slacks = {
  native: 12_000 + 100 * unjoined,
  heap: 1500 + 30 * unjoined,
  threads,
  descriptors: 4 * threads,
  handles: 20,
}
const early = name => median(samples.slice(quarter, 2 * quarter).map(sample => sample[name]))
for (const [name, slack] of Object.entries(slacks)) {
  const late = median(samples.slice(-quarter).map(sample => sample[name]))
  console.log(`${name} ${early(name).toFixed()} ${late.toFixed()}`)
  check(late - early(name) <= slack, `${name} stay flat: ${early(name)} early, ${late} late, of ${count} cycles`)
}

// What was left to the loop is gone once it has turned.
for (let turns = 0; turns < 20; turns++) await turn()
const { heap } = measure()
check(heap - early('heap') <= 1500, `the heap is as it was: ${early('heap')} kB early, ${heap} kB at the end`)
console.log('pass')
