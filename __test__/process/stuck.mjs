// stuck.mjs <how>: a runner is closed whose loop is stuck (or, with `awaiting`, is not) while threads are
// blocked, and loops wait, for what it owns.
//
// Shows that close ends it within its time, by force where it must, and that every wait is released with the right
// error. `quiet` as a second argument: nothing is logged.

import { AsyncRunner, Event, forceStopAttempted, Future, Queue, ShutdownType, taskModule } from 'threaded-async'
import { execFileSync } from 'node:child_process'
import { closeSync, mkdtempSync, openSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { waiters } from './deaths-tasks.mjs'
import { check, rejection, until } from './support.mjs'

const [how, quiet] = process.argv.slice(2)
const tasks = taskModule(new URL('./stuck-tasks.mjs', import.meta.url))
const directory = mkdtempSync(join(tmpdir(), 'threaded-async-'))
const fifo = join(directory, 'fifo')

const isOrderly = how === 'awaiting'
const exitTimeout = isOrderly ? 60_000 : 1000
const runner = new AsyncRunner({ name: 'prey', exitTimeout, logForcedShutdownStackTrace: quiet !== 'quiet' })

const started = new Event()
if (how === 'native') execFileSync('mkfifo', [fifo])
const stuck = runner.createTask(tasks[how], [started, fifo], { name: 'sticky' })
const full = new Queue(runner, { maxsize: 1 })
full.putNowait('unfinished')
const handles = { empty: new Queue(runner), full, event: new Event(runner), future: new Future(runner), stuck }

const doors = ['getWait', 'putWait', 'joinWait', 'wait', 'resultWait', 'taskWait']
const threads = doors.map(() => new AsyncRunner({ allowBlocking: true }))
const blocked = doors.map((door, index) => threads[index].createTask(tasks.block, [door, handles]))
const awaiting = {
  get: rejection(handles.empty.get()),
  put: rejection(full.put(2)),
  join: rejection(full.join()),
  waitAsync: rejection(handles.event.waitAsync()),
  futureResult: rejection(handles.future.result()),
  taskResult: rejection(stuck.result()),
}

started.wait()
// One blocked thread and one loop in each door; in `full` putters and joiners.
until(() => Object.values(handles).every(handle => waiters(handle) === (handle === full ? 4 : 2)))

const before = performance.now()
runner.close()
const ms = performance.now() - before
check(ms < 60_000, `close took ${ms} ms`)
if (!isOrderly) check(ms > exitTimeout - 1, `the loop had its time: ${ms} ms`)

const expected = isOrderly ? 'STOPPED' : how === 'native' ? 'FAILED_FORCE_STOPPED' : 'FORCE_STOPPED'
check(runner.shutdownType === ShutdownType[expected], `shutdownType is ${expected}: ${runner.shutdownType}`)
check(forceStopAttempted(runner.shutdownType) === !isOrderly, 'forceStopAttempted')

const taskCode = isOrderly ? 'ERR_CANCELLED' : 'ERR_FORCED_SHUTDOWN'
const codes = {
  getWait: 'ERR_QUEUE_SHUT_DOWN',
  putWait: 'ERR_QUEUE_SHUT_DOWN',
  joinWait: 'ERR_QUEUE_SHUT_DOWN',
  wait: 'ERR_RUNNER_CLOSED',
  resultWait: 'ERR_RUNNER_CLOSED',
  taskWait: taskCode,
  get: 'ERR_QUEUE_SHUT_DOWN',
  put: 'ERR_QUEUE_SHUT_DOWN',
  join: 'ERR_QUEUE_SHUT_DOWN',
  waitAsync: 'ERR_RUNNER_CLOSED',
  futureResult: 'ERR_RUNNER_CLOSED',
  taskResult: taskCode,
}
blocked.forEach((task, index) => {
  const door = doors[index]
  const code = task.wait()
  check(code === codes[door], `${door} ends with ${codes[door]}: ${code}`)
})
for (const [door, promise] of Object.entries(awaiting)) {
  const error = await promise
  check(error.code === codes[door], `${door} ends with ${codes[door]}: ${error.stack}`)
}

if (how === 'native') closeSync(openSync(fifo, 'w')) // Only now may the native call return.
rmSync(directory, { recursive: true })
console.log('pass')
