// user-worker.mjs <how> <state>: a worker of the user's own has runners, and ends.
//
// `state` is what its thread does at that moment: awaiting, the name of the blocking door it is parked in, or busy. `how`
// is what ends it: terminate, exit (by itself, code 5), throw (an error nobody catches), main (the process ends). Shows
// that it ends at once, its runners with it, and that the process goes on, and ends, as if there had been none.

import { AsyncRunner, Event, Future, Queue, sleep } from 'threaded-async'
import { once } from 'node:events'
import { readdirSync } from 'node:fs'
import { setImmediate as turn } from 'node:timers/promises'
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'
import { check, written } from './support.mjs'

const raise = flag => {
  Atomics.store(flag, 0, 1)
  return new Promise(() => {})
}

const states = {
  awaiting: ({ queue }) => queue.get(),
  busy({ flag }) {
    raise(flag)
    for (;;);
  },
  getWait: ({ queue }) => queue.getWait(),
  wait: ({ event }) => event.wait(),
  resultWait: ({ future }) => future.resultWait(),
  taskWait: ({ task }) => task.wait(),
  run: ({ runner, flag }) => runner.run(raise, [flag]),
}

const ways = {
  async terminate(worker) {
    await worker.terminate()
  },
  async exit(worker) {
    worker.postMessage('go')
    const [code] = await once(worker, 'exit')
    check(code === 5, `exit code 5, not ${code}`)
  },
  async throw(worker) {
    // Both may come in one turn of this loop.
    const exit = new Promise(resolve => worker.once('exit', resolve))
    worker.postMessage('go')
    const [error] = await once(worker, 'error')
    check(error.message === 'thrown by the worker', error.stack)
    await exit
  },
  main() {
    written('pass\n')
    process.exit(7)
  },
}

async function main(how, state) {
  const own = new AsyncRunner()
  own.run(() => {})
  const before = threads()
  const flag = new Int32Array(new SharedArrayBuffer(4))
  const worker = new Worker(new URL(import.meta.url), { workerData: { how, state, flag } })
  while (Atomics.load(flag, 0) === 0) await turn()
  await ways[how](worker)
  for (const end = performance.now() + 60_000; threads() > before + 1 && performance.now() < end;) await turn()
  check(threads() <= before + 1, `${before} threads before, ${threads()} after`)
  check(own.run(() => 'goes on') === 'goes on', "the main thread's runner goes on")
  own.close()
  console.log('pass')
}

function threads() {
  return readdirSync('/proc/self/task').length
}

/** In the worker: a loop, and another that tells when this thread is where it should be. */
function work({ how, state, flag }) {
  const [runner, watcher] = [new AsyncRunner(), new AsyncRunner()]
  for (const each of [runner, watcher]) each.run(() => {})
  const task = runner.createTask(() => new Promise(() => {}))
  const handles = { queue: new Queue(), event: new Event(), future: new Future(), task }
  watcher.createTask(tellWaiter, [Object.values(handles), flag])
  if (how === 'exit' || how === 'throw') parentPort.once('message', how === 'exit' ? leave : fail)
  states[state]({ ...handles, runner, flag })
}

async function tellWaiter(handles, flag) {
  const { waiters } = await import('./deaths-tasks.mjs')
  while (handles.every(handle => waiters(handle) === 0)) await sleep(1)
  Atomics.store(flag, 0, 1)
}

function leave() {
  process.exit(5)
}

function fail() {
  throw new Error('thrown by the worker')
}

if (isMainThread) await main(...process.argv.slice(2))
else work(workerData)
