// What holds of every wait, whether on a queue, an event or a future: the rules of the house, through all doors.
//
// Promises to cover what all waits have in common (durations, signals, no effect without success, no blocking on a loop,
// no wait that outlives its runner): Q3, Q4, Q11, E4, S5, K1, K2, K4. What is peculiar to one primitive has
// a spec of its own.

import test from 'ava'
import { getEventListeners } from 'node:events'
import { AsyncRunner } from 'threaded-async'
import { doors, throughAllDoors, waits } from '../support/doors.mjs'
import { passed, root, run } from '../support/program.mjs'
import bodies from './waits.bodies.mjs'

throughAllDoors(test, bodies, import.meta.resolve('./waits.bodies.mjs'))

const { awaiting } = doors
const eachWait = Object.entries(waits)

test('R4: a blocking door on a loop is refused before any effect, ready or not', t => {
  AsyncRunner.use(runner => {
    const names = runner.run(
      async (url, names) => {
        const { doors, waits } = await import(url)
        const refused = []
        for (const name of names) {
          for (const object of [waits[name].make(), waits[name].ready()]) {
            const before = JSON.stringify(object.statistics())
            try {
              waits[name].enter(doors.blocking, object)
            } catch (error) {
              const isRefused = error instanceof WouldDeadlockError && error.code === 'ERR_WOULD_DEADLOCK'
              if (isRefused && JSON.stringify(object.statistics()) === before) refused.push(name)
            }
          }
        }
        return refused
      },
      [new URL('../support/doors.mjs', import.meta.url).href, Object.keys(waits)],
    )
    t.deepEqual(
      names,
      Object.keys(waits).flatMap(name => [name, name]),
    )
  })
})

for (const [name, wait] of eachWait) {
  test(`K1: ${name} with a signal that is aborted already takes nothing, even when it need not wait`, async t => {
    const reason = new Error('changed my mind')
    const signal = AbortSignal.abort(reason)
    for (const object of [wait.make(), wait.ready()]) {
      const before = object.statistics()
      const promise = wait.enter(awaiting, object, { signal })
      t.is(await promise.catch(error => error), reason)
      t.deepEqual(object.statistics(), before)
    }
    t.is(getEventListeners(signal, 'abort').length, 0)
  })

  test(`K2: ${name} that is aborted rejects with the reason, whatever it is, and leaves nothing`, async t => {
    for (const reason of [new RangeError('mine'), 'text', 0, null, undefined]) {
      const controller = new AbortController()
      const object = wait.make()
      const before = object.statistics()
      const promise = wait.enter(awaiting, object, { signal: controller.signal })
      t.is(object.statistics()[wait.count], 1)
      controller.abort(reason)
      t.deepEqual(object.statistics(), before)
      const seen = await promise.then(
        () => t.fail('It has come to an end.'),
        error => error,
      )
      t.is(seen, controller.signal.reason)
      t.is(getEventListeners(controller.signal, 'abort').length, 0)
    }
  })

  test(`K2: an abort after the end of ${name} changes nothing`, async t => {
    const controller = new AbortController()
    const object = wait.make()
    const promise = wait.enter(awaiting, object, { signal: controller.signal })
    const [verb, ...args] = wait.serve
    object[verb](...args)
    const before = object.statistics()
    // Served, though this thread has not been told yet.
    controller.abort(new Error('too late'))
    await t.notThrowsAsync(promise)
    t.deepEqual(object.statistics(), before)
    t.is(getEventListeners(controller.signal, 'abort').length, 0)
  })

  test(`K2: ${name} ends by whatever comes first, the timeout or the signal`, async t => {
    const object = wait.make()
    const never = new AbortController()
    const late = { code: 'ERR_EVENT_LOOP_TIMEOUT' }
    await t.throwsAsync(wait.enter(awaiting, object, { timeout: 1, signal: never.signal }), late)
    t.is(getEventListeners(never.signal, 'abort').length, 0)
    const promise = wait.enter(awaiting, object, { timeout: 60_000, signal: AbortSignal.timeout(1) })
    t.is((await promise.catch(error => error)).name, 'TimeoutError')
    t.is(object.statistics()[wait.count], 0)
  })

  test(`K4: 10,000 times ${name} on one signal leave no listeners`, async t => {
    const { signal } = new AbortController()
    const [verb, ...args] = wait.serve
    for (let round = 0; round < 10_000; round += 100) {
      const objects = Array.from({ length: 100 }, () => wait.make())
      const promises = objects.map(object => wait.enter(awaiting, object, { signal }))
      for (const object of objects) object[verb](...args)
      await Promise.all(promises)
    }
    t.is(getEventListeners(signal, 'abort').length, 0)
  })
}

test('K4: many waits on one signal draw no warning, and one abort ends them all', async t => {
  const warnings = []
  const note = warning => warnings.push(warning)
  process.on('warning', note)
  const controller = new AbortController()
  const objects = eachWait.flatMap(([, wait]) => Array.from({ length: 50 }, () => [wait, wait.make()]))
  const promises = objects.map(([wait, object]) => wait.enter(awaiting, object, { signal: controller.signal }))
  const reason = new Error('all of you')
  controller.abort(reason)
  const ends = await Promise.allSettled(promises)
  t.true(ends.every(end => end.reason === reason))
  t.true(objects.every(([wait, object]) => object.statistics()[wait.count] === 0))
  await new Promise(resolve => setImmediate(resolve))
  process.off('warning', note)
  t.deepEqual(warnings, [])
})

// In a program of its own, because it shows that nothing keeps it.
test('R12: a wait that has ended, however, keeps no process alive', async t => {
  const result = await run(['--input-type=module', '-e', `(${program})()`], { cwd: root })
  t.deepEqual({ ...result, ms: 0 }, { ...passed, ms: 0 })
})

const program = async () => {
  const { Event, Queue } = await import('threaded-async')
  const [queue, controller] = [new Queue(), new AbortController()]
  const waits = [queue.get({ signal: controller.signal }), new Event().waitAsync({ signal: controller.signal })]
  const late = [queue.getMany(2, { timeout: 1 }), queue.get({ timeout: 0 }), queue.get({ signal: AbortSignal.abort() })]
  const served = [queue.get(), queue.join()]
  controller.abort()
  queue.putManyWait([1, 2])
  const ends = await Promise.allSettled([...waits, ...late, ...served])
  console.log(ends.length === 7 ? 'pass' : ends)
}
