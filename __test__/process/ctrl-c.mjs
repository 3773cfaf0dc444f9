// ctrl-c.mjs <door> [rounds]: the main thread blocks, says `ready` by another thread once it really does, and is
// interrupted by the reader.
//
// With a listener the wait ends with InterruptedError, what it awaited is cancelled and has cleaned up by then, and the
// listener runs. `none-<door>` has no listener, `once-<door>` one that goes after the first time; `second` is interrupted
// again while the task's cleanup goes on for ever; `before` interrupts itself before it blocks, `replaced` before
// it waits for a stuck loop of a synchronized module.

import { AsyncRunner, Event, Future, InterruptedError, Queue, synchronized, taskModule } from 'threaded-async'
import { check, thrown } from './support.mjs'

const [mode, rounds = '1'] = process.argv.slice(2)
const [, listening, door] = /^(?:(none|once)-)?(\w+)$/.exec(mode)
const tasks = taskModule(new URL('./ctrl-c-tasks.mjs', import.meta.url))

const runner = new AsyncRunner({ exitTimeout: 60_000 })
const watcher = new AsyncRunner()
let hear
if (listening === 'once') process.once('SIGINT', listener)
else if (listening !== 'none') process.on('SIGINT', listener)

let unheard = 0

/** Until this is set, a loop that is held stays so. */
const freed = new Int32Array(new SharedArrayBuffer(4))

function listener() {
  console.log('listener')
  if (--unheard === 0) hear()
}

function fullQueue() {
  const queue = new Queue({ maxsize: 1 })
  queue.putNowait(1)
  return queue
}

/** A task that is in its wait: a task that has not started would never start, and have nothing to clean up. */
function startedTask(fn) {
  const started = new Event()
  const task = runner.createTask(fn, [started])
  started.wait()
  return task
}

/** Doors by name: what makes their handle, the wait, and what holds afterwards. */
const doors = {
  getWait: [() => new Queue(), queue => queue.getWait(), queue => queue.empty()],
  getManyWait: [() => new Queue(), queue => queue.getManyWait(3), queue => queue.empty()],
  putWait: [fullQueue, queue => queue.putWait(2), queue => queue.qsize() === 1],
  joinWait: [fullQueue, queue => queue.joinWait(), queue => queue.qsize() === 1],
  getWaitTimeout: [() => new Queue(), queue => queue.getWait({ timeout: 60_000 }), queue => queue.empty()],
  eventWait: [() => new Event(), event => event.wait(), event => !event.isSet()],
  resultWait: [() => new Future(), future => future.resultWait(), future => !future.done()],
  taskWait: [() => startedTask(tasks.sleeper), task => task.wait(), task => task.cancelled()],
  second: [() => startedTask(tasks.stubborn), task => task.wait(), task => !task.done()],
}

/** Doors whose task nobody else has a handle of. */
const calls = {
  before() {
    process.kill(process.pid, 'SIGINT')
    new Queue().getWait({ timeout: 10_000 })
  },
  /** The wait for a loop that does not come back, before it is replaced. */
  replaced() {
    const url = new URL('../synchronized/modules/store.mjs', import.meta.url)
    const module = synchronized(url, { restart: true, timeout: 2000, exitTimeout: 60_000 })
    thrown(() => module.spin())
    process.kill(process.pid, 'SIGINT')
    module.double(1)
  },
  run: () => runner.run(tasks.readySleeper),
  callInLoop: () => runner.callInLoop(tasks.holder, [freed]),
  waitForNextEventloopIteration() {
    const started = new Event()
    runner.createTask(tasks.startedHolder, [started, freed])
    started.wait()
    runner.waitForNextEventloopIteration()
  },
}

function interrupted() {
  if (calls[door]) return thrown(calls[door])
  const [make, wait, isUntouched] = doors[door]
  const handle = make()
  watcher.createTask(tasks.tellReady, [handle])
  const error = thrown(() => wait(handle))
  check(isUntouched(handle), `${door} has had no effect`)
  const { getters = 0, putters = 0, joiners = 0, waiters = 0 } = handle.statistics?.() ?? {}
  check(getters + putters + joiners + waiters === 0, 'nobody waits any more')
  return error
}

for (let round = 0; round < Number(rounds); round++) {
  unheard = door === 'second' ? 2 : 1
  const heard = new Promise(resolve => (hear = resolve))
  const error = interrupted()
  Atomics.store(freed, 0, 1)
  check(error instanceof InterruptedError && error.code === 'ERR_INTERRUPTED', `InterruptedError, not ${error.stack}`)
  console.log('interrupted')
  await heard
}
if (door === 'before')
  check(thrown(() => new Queue().getWait({ timeout: 1 })).code === 'ERR_EVENT_LOOP_TIMEOUT', 'once')
if (listening === 'once') interrupted() // There is no listener any more: this is the end.
console.log('pass')
