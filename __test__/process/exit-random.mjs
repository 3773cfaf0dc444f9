// exit-random.mjs <seed>: the process ends at a random moment, in a random way, while loops and threads are hard at work.
//
// Whatever the moment, its exit code must be its own, and nothing may be said: that is for the spec. Prints nothing.

import { AsyncRunner, Event, Queue, taskModule } from 'threaded-async'
import { random } from './chaos-tasks.mjs'
import { pause } from './support.mjs'

const next = random(Number(process.argv[2]))
const tasks = taskModule(new URL('./exit-random-tasks.mjs', import.meta.url))
const pick = choices => choices[Math.floor(next() * choices.length)]

const queues = [0, 1, 5].map(maxsize => new Queue({ maxsize }))
const event = new Event()

function startRunner() {
  const allowBlocking = next() < 0.4
  const runner = new AsyncRunner({ allowBlocking, exitTimeout: pick([0, 5, 1000]), logForcedShutdownStackTrace: false })
  const jobs = allowBlocking ? ['putBlocking', 'getBlocking'] : ['put', 'get', 'sleepAway', 'print', 'blink', 'spin']
  for (let count = Math.ceil(next() * 4); count > 0; count--)
    runner.createTask(tasks[pick(jobs)], [pick(queues), event])
  return runner
}

function work(runner) {
  const deeds = [
    () => pick(queues).putWait({ some: ['thing'], of: event }, { timeout: next() }),
    () => pick(queues).getWait({ timeout: next() }),
    () => event.wait({ timeout: next() }),
    () => runner.run(() => 1, [], { timeout: next() }),
    () => runner.createTask(tasks.get, [pick(queues), event]).cancel(),
    () =>
      pick(queues)
        .get({ timeout: next() })
        .catch(() => {}),
    () => startRunner(),
    () => next() < 0.1 && runner.close(),
  ]
  try {
    pick(deeds)()
  } catch (error) {
    if (!/^ERR_(EVENT_LOOP_TIMEOUT|RUNNER_CLOSED|CANCELLED|EXCEPTION_GROUP)$/.test(error.code)) throw error
  }
}

const ends = [
  () => process.exit(7),
  () => {
    process.exitCode = 7
  },
  () => {
    process.on('uncaughtException', () => process.exit(7))
    throw new Error('on purpose')
  },
  () => setTimeout(() => process.exit(7), next() * 5),
  () => process.reallyExit(7),
  () => process.kill(process.pid, 'SIGTERM') && pause(60_000),
]

const runners = Array.from({ length: Math.ceil(next() * 3) }, startRunner)
const rest = next() < 0.3 ? 0 : next() * 150
for (const end = performance.now() + rest; performance.now() < end;) work(pick(runners))
ends[Math.floor(next() * ends.length)]()
