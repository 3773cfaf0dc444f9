// growth-runners.mjs <closed|awaited|forced|died|unclosed|refused> <count>: so many runners, one after the other.
//
// Shows that what the core keeps, the listeners of this thread and its sources are as many after many runners as after a
// few, however those have ended; and that the heap is about as large. Run with --expose-gc.

import { AsyncRunner, Event, Future, Queue } from 'threaded-async'
import { readdirSync } from 'node:fs'
import { setImmediate as turn, setTimeout as sleep } from 'node:timers/promises'
import { native } from '../../dist/internals.js'
import { check, thrown } from './support.mjs'

const [how, given] = process.argv.slice(2)
const count = Number(given)
const warnings = []
process.on('warning', warning => warnings.push(warning.name))

/** Work that leaves something of each kind: an alarm, a listener, a failure, a wait that is given up. */
async function work(runner, signal) {
  const [queue, event, future] = [new Queue(runner), new Event(runner), new Future(runner)]
  runner.createTask(queue => queue.put('item'), [queue], { signal, timeout: 60_000 })
  await queue.get()
  await event.waitAsync({ timeout: 1 }).catch(() => {})
  const controller = new AbortController()
  const given = future.result({ signal: controller.signal }).catch(() => {})
  controller.abort()
  await given
  await runner
    .createTask(() => Promise.reject(new Error('seen')))
    .result()
    .catch(() => {})
}

const lives = {
  async closed(runner) {
    await work(runner, signal)
    runner.close()
  },
  async awaited(runner) {
    await work(runner, signal)
    await runner.closeAsync()
  },
  async forced(runner) {
    runner.exitTimeout = 1
    const [queue, gate] = [new Queue(), new Event()]
    runner.createTask(
      (queue, gate) => {
        queue.putNowait('up')
        gate.wait()
        while (true);
      },
      [queue, gate],
    )
    queue.getWait()
    gate.set()
    await runner.closeAsync()
  },
  async died(runner) {
    const task = runner.createTask(() => process.exit(3))
    const { name } = thrown(() => task.wait())
    check(name === 'RunnerDiedError', 'it has died')
  },
  // A signal holds some tasks that have ended, until there are others.
  unclosed: runner => work(runner, new AbortController().signal),
  async refused() {
    thrown(() => new AsyncRunner({ exitTimeout: -1 }))
    thrown(() => new AsyncRunner({ resourceLimits: 'none' }))
  },
}
const { signal } = new AbortController()

const options = { allowBlocking: true, logForcedShutdownStackTrace: false }

async function live() {
  await lives[how](how === 'refused' ? undefined : new AsyncRunner(options))
}

const threads = () => readdirSync('/proc/self/task').length

/** What may have come to be beside the runners. */
const slack = { bells: 4, kept: 28, threads: 2, descriptors: 8, heap: 4 + count / 200 }

/** `most`: so many threads may be left in the end, those of runners that have ended may be on their way. */
async function measure(most = Infinity) {
  // What Node tells of a thread's end comes with the turns of this loop, and what is gone is swept as others are made.
  const isComing = () => native.runnerCount() > 0 || threads() > most
  for (let turns = 0; turns < 5 || (turns < 1000 && isComing()); turns++) {
    gc()
    for (let number = 0; number < 50; number++) new Queue()
    await sleep(20)
  }
  gc()
  for (let number = 0; number < 3000; number++) new Queue()
  await turn()
  gc()
  return {
    runners: native.runnerCount(),
    handles: Math.max(0, native.handleCount() - 3500),
    sources: native.sourceCount(),
    bells: native.bellCount(),
    blocked: native.blockedCount(),
    kept: native.keptCount(),
    threads: threads(),
    descriptors: readdirSync('/proc/self/fd').length,
    listeners: process.eventNames().reduce((sum, name) => sum + process.listenerCount(name), 0),
    heap: process.memoryUsage().heapUsed / 1e6,
  }
}

for (let number = 0; number < 20; number++) await live()
const before = await measure()
for (let number = 0; number < count; number++) await live()
const after = await measure(before.threads + slack.threads)
for (const [name, value] of Object.entries(after)) {
  check(value <= before[name] + (slack[name] ?? 0), `${name} stay flat: ${before[name]} before, ${value} after`)
}
check(after.runners === 0 && warnings.length === 0, `no runner and no warning is left: ${after.runners}, ${warnings}`)
console.log(JSON.stringify([before, after]))
console.log('pass')
