// What ends JavaScript from outside ends a call that blocks, too: the timeout of `vm`, as Ctrl-C does in Node's REPL.
//
// Promises that the wait has had no effect then, and that this thread can block again. A wait that is not ended would go on
// for ever.

import test from 'ava'
import vm from 'node:vm'
import { AsyncRunner, Event, Future, Queue, Server, sleepWait } from 'threaded-async'

const timedOut = { code: 'ERR_SCRIPT_EXECUTION_TIMEOUT' }
const never = () => new Promise(() => {})

function runnerFor(t) {
  const runner = new AsyncRunner({ exitTimeout: 100, logForcedShutdownStackTrace: false })
  t.teardown(() => runner.close())
  return runner
}

const doors = {
  sleepWait: () => () => sleepWait(Infinity),
  getWait: () => () => new Queue().getWait(),
  wait: () => () => new Event().wait(),
  resultWait: () => () => new Future().resultWait(),
  run: t => {
    const runner = runnerFor(t)
    return () => runner.run(never)
  },
  'wait of a task': t => {
    const task = runnerFor(t).createTask(never)
    return () => task.wait()
  },
  processUntil: t => {
    const server = new Server({ exitTimeout: 100, logForcedShutdownStackTrace: false, handlers: {} })
    t.teardown(() => server.close())
    const task = server.createTask(never)
    return () => server.processUntil(task)
  },
}

for (const [name, door] of Object.entries(doors)) {
  test.serial(`what runs with a timeout of vm ends in a call that blocks: ${name}`, t => {
    const call = vm.createContext({ call: door(t) })
    t.throws(() => vm.runInContext('call()', call, { timeout: 20 }), timedOut)
    const queue = new Queue()
    t.throws(() => queue.getWait({ timeout: 1 }), { code: 'ERR_EVENT_LOOP_TIMEOUT' })
    queue.putNowait(1)
    t.is(queue.getWait(), 1)
  })
}

test.serial('a wait that was ended takes nothing', t => {
  const queue = new Queue()
  const context = vm.createContext({ call: () => queue.getWait() })
  t.throws(() => vm.runInContext('call()', context, { timeout: 20 }), timedOut)
  t.is(queue.statistics().getters, 0)
  queue.putNowait(1)
  t.is(queue.getNowait(), 1)
})

test.serial('a wait that is served just when it is ended gives back what has come', async t => {
  const runner = runnerFor(t)
  // The wait looks only now and then whether it is ended: what comes in between is there by then.
  for (let delay = 200; delay < 300; delay += 20) {
    const queue = new Queue()
    const put = async (queue, delay) => {
      await new Promise(resolve => setTimeout(resolve, delay))
      queue.putNowait('late')
    }
    const task = runner.createTask(put, [queue, delay])
    let item
    try {
      item = vm.runInContext('call()', vm.createContext({ call: () => queue.getWait() }), { timeout: 200 })
    } catch (error) {
      t.is(error.code, timedOut.code)
    }
    await task.result()
    t.is(item ?? queue.getNowait(), 'late')
  }
})
