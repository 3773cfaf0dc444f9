// timeouts.mjs <count>: Z7 and K4, so many waits are given up: timed out at once, later, aborted, cancelled.
//
// Shows that none of them leaves a waiter, a listener or memory behind, whichever thread has made it. Run with
// --expose-gc.

import { AsyncRunner, Event, Future, Queue, taskModule } from 'threaded-async'
import { readFileSync } from 'node:fs'
import { waiters } from './deaths-tasks.mjs'
import { sweep } from './timeouts-tasks.mjs'
import { check, median } from './support.mjs'

const count = Number(process.argv[2])
const tasks = taskModule(new URL('./timeouts-tasks.mjs', import.meta.url))
const runner = new AsyncRunner()
const full = new Queue({ maxsize: 1 })
full.putNowait(1)
const handles = { queue: new Queue(runner), full, event: new Event(runner), future: new Future(runner) }

/** Kilobytes in use: by JavaScript on both threads, and by everything else. V8's spare room is not counted. */
function measure() {
  const heaps = [sweep(), runner.run(tasks.sweep)]
  const used = heaps.reduce((sum, { heapUsed }) => sum + heapUsed / 1024, 0)
  const total = heaps.reduce((sum, { heapTotal }) => sum + heapTotal / 1024, 0)
  return { heap: used, native: Number(/VmRSS:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))[1]) - total }
}

function giveUp(body) {
  try {
    body()
  } catch (error) {
    if (error.code === 'ERR_EVENT_LOOP_TIMEOUT') return
    throw error
  }
  throw new Error('It did not time out.')
}

function blockInAll(timeout) {
  giveUp(() => handles.queue.getWait({ timeout }))
  giveUp(() => full.putWait(2, { timeout }))
  giveUp(() => full.joinWait({ timeout }))
  giveUp(() => handles.event.wait({ timeout }))
  giveUp(() => handles.future.resultWait({ timeout }))
}

const SAMPLES = 24
const samples = []
for (let sample = 0; sample < SAMPLES; sample++) {
  for (let number = 0; number < count / SAMPLES / 10; number++) blockInAll(number % 50 === 0 ? 0.1 : 0)
  runner.run(tasks.giveUpAll, [handles, Math.ceil(count / SAMPLES / 10)])
  samples.push(measure())
}

for (const [name, handle] of Object.entries(handles)) check(waiters(handle) === 0, `nobody waits for ${name}`)
check(handles.queue.empty() && full.qsize() === 1, 'nothing was put or taken')
for (const [name, slack] of Object.entries({ heap: 1500, native: 12_000 })) {
  const of = part => Math.round(median(part.map(sample => sample[name])))
  const [early, late] = [of(samples.slice(6, 12)), of(samples.slice(-6))]
  console.log(`${name} ${early} ${late}`)
  check(late - early < slack, `${name} memory stays flat: ${early} kB early, ${late} kB late`)
}
console.log('pass')
