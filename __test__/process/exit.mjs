// exit.mjs <how> <runner>: a process that ends without closing its runner.
//
// `runner` is what the runner does at that moment: idle, booting, busy (in a loop of its own), flooding (microtasks for
// ever), awaiting, or the name of the blocking door it is parked in. `how` is what ends the process. With `blocked-…`
// the main thread blocks at that moment. Prints `pass` when all is in place; exit code and end are for the spec.

import { AsyncRunner, Event, Future, Queue, sleep } from 'threaded-async'
import { waiters } from './deaths-tasks.mjs'
import { until, written } from './support.mjs'

const [how, state] = process.argv.slice(2)

const runner = new AsyncRunner({ allowBlocking: true, onTaskError })
const queue = new Queue()
const started = new Event()

/** No task fails here. */
function onTaskError({ error }) {
  written(`${error.stack}\n`)
  process.exit(99)
}

const states = {
  idle: () => runner.run(() => {}),
  booting: () => {},
  busy() {
    runner.createTask(
      started => {
        started.set()
        for (;;);
      },
      [started],
    )
    started.wait()
  },
  flooding() {
    runner.createTask(
      async started => {
        started.set()
        for (;;) await undefined
      },
      [started],
    )
    started.wait()
  },
  awaiting() {
    runner.createTask(queue => queue.get(), [queue])
    until(() => queue.statistics().getters === 1)
  },
}

/** Blocking doors by name: what is waited for, and the wait. */
const doors = {
  getWait: [() => new Queue(), queue => queue.getWait()],
  putWait: [fullQueue, queue => queue.putWait(2)],
  joinWait: [fullQueue, queue => queue.joinWait()],
  wait: [() => new Event(), event => event.wait()],
  resultWait: [() => new Future(), future => future.resultWait()],
  taskWait: [() => new AsyncRunner().createTask(() => new Promise(() => {})), task => task.wait()],
}

function fullQueue() {
  const queue = new Queue({ maxsize: 1 })
  queue.putNowait(1)
  return queue
}

function blockIn([make, wait]) {
  const handle = make()
  runner.createTask(wait, [handle])
  until(() => waiters(handle) === 1)
}

const never = new Queue()

async function tellBlocked(queue) {
  while (queue.statistics().getters === 0) await sleep(1)
  console.log('blocked')
}

const ways = {
  natural() {},
  exitCode() {
    process.exitCode = 5
  },
  exit: () => process.exit(7),
  exitLater: () => setTimeout(() => process.exit(7), 5),
  throw() {
    throw new RangeError('thrown by the program')
  },
  throwLater: () =>
    setTimeout(() => {
      throw new RangeError('thrown by the program')
    }, 5),
  reject: () => void Promise.reject(new RangeError('rejected by the program')),
  stay: () => setInterval(() => {}, 1000),
  'blocked-stay'() {
    new AsyncRunner().createTask(tellBlocked, [never])
    never.getWait()
  },
  'blocked-exit'() {
    new AsyncRunner({ onTaskError: () => process.exit(7) }).createTask(() => {
      throw new Error('tells onTaskError')
    })
    never.getWait()
  },
  'awaiting-exit'() {
    setTimeout(() => process.exit(7), 5)
    return never.get()
  },
}

if (doors[state]) blockIn(doors[state])
else states[state]()
written('pass\n')
await ways[how]()
