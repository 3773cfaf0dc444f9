// A child of idle.mjs: does nothing for so many milliseconds, in one of several ways, and prints the share of a core that
// the process has used meanwhile, in percent.

import { setTimeout as pause } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import { AsyncRunner, Queue } from 'threaded-async'

const [kind, duration] = [process.argv[2], Number(process.argv[3])]

function runner() {
  const runner = new AsyncRunner()
  runner.run(() => 1)
  return runner
}

function blockOn(queue, timeout) {
  try {
    queue.getWait({ timeout })
  } catch (error) {
    if (error.code !== 'ERR_EVENT_LOOP_TIMEOUT') throw error
  }
}

function bareWorker() {
  const bell = new Int32Array(new SharedArrayBuffer(4))
  void new Worker(new URL('../rivals/bare-worker.mjs', import.meta.url), { workerData: { bell } })
  Atomics.wait(bell, 0, 0)
  return duration => void Atomics.wait(bell, 0, 1, duration)
}

const ways = {
  runner: () => (runner(), pause),
  blocked() {
    const queue = new Queue(runner())
    return duration => blockOn(queue, duration)
  },
  task() {
    const own = runner()
    return duration => own.run(ms => sleep(ms), [duration])
  },
  worker: bareWorker,
}

const rest = ways[kind]()
// Compilers and collectors finish what the start has left them.
await rest(duration / 4)
const before = process.cpuUsage()
const start = performance.now()
await rest(duration)
const { user, system } = process.cpuUsage(before)
const share = ((user + system) / 1000 / (performance.now() - start)) * 100
process.stdout.write(`${share}`, () => process.exit(0))
