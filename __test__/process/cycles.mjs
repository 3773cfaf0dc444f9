// cycles.mjs <blocking|awaiting> <cycles>: runners are started and closed again and again.
//
// Shows that memory, threads, descriptors and handles do not grow with the number of runners there have been: the medians
// of the second quarter of the cycles are compared with those of the last. Run with --expose-gc.

import { AsyncRunner, Event, Queue } from 'threaded-async'
import { readdirSync, readFileSync } from 'node:fs'
import { native } from '../../dist/lib/native.js'
import { check, median } from './support.mjs'

const [door, count] = [process.argv[2], Number(process.argv[3])]

function measure() {
  gc()
  const status = readFileSync('/proc/self/status', 'utf8')
  return {
    rss: Number(/VmRSS:\s+(\d+)/.exec(status)[1]),
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
for (const [name, slack] of Object.entries({ rss: 12_000, threads: 3, descriptors: 3, handles: 20 })) {
  const early = median(samples.slice(quarter, 2 * quarter).map(sample => sample[name]))
  const late = median(samples.slice(-quarter).map(sample => sample[name]))
  console.log(`${name} ${early} ${late}`)
  check(late - early <= slack, `${name} stay flat: ${early} early, ${late} late, of ${count} cycles`)
}
console.log('pass')
