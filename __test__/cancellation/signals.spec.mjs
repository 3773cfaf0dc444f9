// AbortSignals: those of createTask, and those of the awaiting doors.
//
// Promises to cover K1, K2 and K4 in every awaiting door: rejection with the reason, nothing taken, no listener left.

import ava from 'ava'
import { getEventListeners } from 'node:events'
import { CancelledError, currentTask, Event, Future, Queue, sleep } from 'threaded-async'
import { runnerFor } from '../support/runner-fixture.mjs'

// One at a time: what blocks here would be measured by, and delay, whatever ran beside it.
const test = ava.serial

const cancelled = { code: 'ERR_CANCELLED', name: 'CancelledError', instanceOf: CancelledError }

test("createTask's signal cancels the task when it is aborted; after the end of the task an abort does nothing", t => {
  const runner = runnerFor(t)
  const controller = new AbortController()
  const { signal } = controller
  const done = runner.createTask(() => 'done', [], { signal })
  t.is(done.wait(), 'done')
  const tasks = [1, 2, 3].map(() => runner.createTask(() => sleep(Infinity), [], { signal }))
  runner.waitForNextEventloopIteration()
  controller.abort(new Error('enough'))
  for (const task of tasks) t.throws(() => task.wait(), cancelled)
  t.is(done.wait(), 'done')
})

test('K1: a pre-aborted signal rejects with its reason and takes nothing, even when an item is ready', async t => {
  const runner = runnerFor(t)
  const reason = new RangeError('before')
  const signal = AbortSignal.abort(reason)
  const queue = new Queue()
  queue.putMany([1, 2])
  const event = new Event()
  event.set()
  const future = new Future()
  future.setResult(1)
  const task = runner.createTask(() => 1)
  task.wait()
  const doors = {
    get: () => queue.get({ signal }),
    getMany: () => queue.getMany(2, { signal }),
    put: () => queue.put(3, { signal }),
    putMany: () => queue.putMany([3, 4], { signal }),
    event: () => event.waitAsync({ signal }),
    future: () => future.result({ signal }),
    task: () => task.result({ signal }),
    sleep: () => sleep(0, { signal }),
  }
  for (const [name, door] of Object.entries(doors)) t.is(await t.throwsAsync(door()), reason, name)
  t.deepEqual(queue.clear(), [1, 2])
})

test('K2: an abort during the wait rejects with its reason; after completion it changes nothing', async t => {
  const runner = runnerFor(t)
  const reason = { not: 'even an error' }
  const task = runner.createTask(it => it.waitAsync(), [new Event()])
  for (const door of [
    signal => new Event().waitAsync({ signal }),
    signal => new Future().result({ signal }),
    signal => new Queue().get({ signal }),
    signal => task.result({ signal }),
    signal => sleep(Infinity, { signal }),
  ]) {
    const controller = new AbortController()
    const waiting = door(controller.signal)
    controller.abort(reason)
    t.is(await waiting.catch(error => error), reason)
  }
  const controller = new AbortController()
  const queue = new Queue()
  const waiting = queue.get({ signal: controller.signal })
  queue.putNowait('served')
  controller.abort(reason)
  const value = await waiting.catch(error => error)
  t.true(value === 'served' || (value === reason && queue.getNowait() === 'served'))
  task.cancel()
})

test('K4: 10,000 operations on one signal leave no listeners', async t => {
  const runner = runnerFor(t)
  const { signal } = new AbortController()
  const listeners = () => getEventListeners(signal, 'abort').length
  const queue = new Queue()
  const event = new Event()
  for (let round = 0; round < 100; round++) {
    const gets = Array.from({ length: 25 }, () => queue.get({ signal }))
    const waits = Array.from({ length: 25 }, () => event.waitAsync({ signal }))
    const sleeps = Array.from({ length: 25 }, () => sleep(0, { signal }))
    const late = Array.from({ length: 25 }, () => new Future().result({ signal, timeout: 0 }).catch(() => {}))
    if (round === 0) t.true(listeners() > 0)
    queue.putMany(Array.from({ length: 25 }, (_, i) => i))
    event.set()
    await Promise.all([...gets, ...waits, ...sleeps, ...late])
    event.clear()
  }
  t.is(listeners(), 0)
  t.is(queue.statistics().getters, 0)
  // Tasks share one listener, however many they are.
  for (let i = 0; i < 1000; i++) runner.createTask(() => {}, [], { signal })
  runner.waitForNextEventloopIteration()
  t.true(listeners() <= 1)
})

test('K4: 10,000 waits inside one task leave nothing behind in it', t => {
  const runner = runnerFor(t)
  const counts = runner.run(async () => {
    const { getEventListeners } = await import('node:events')
    const timers = await import('node:timers/promises')
    const { signal } = currentTask()
    const queue = new Queue()
    for (let i = 0; i < 5000; i++) {
      queue.putNowait(i)
      await queue.get({ signal })
      const waiting = queue.get()
      queue.putNowait(i)
      await waiting
    }
    for (let i = 0; i < 100; i++) await timers.setTimeout(0)
    return getEventListeners(signal, 'abort').length
  })
  t.is(counts, 0)
})
