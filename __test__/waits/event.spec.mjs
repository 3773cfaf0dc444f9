// Events: set anywhere, seen everywhere at once, whatever the loops do.
//
// Promises to cover E1 to E4 and E6 through all doors, Python's TestEvent, and `asAsyncEvent`. What holds of every wait
// is in `waits.spec.mjs`; auto-reset (E5) does not exist.

import test from 'ava'
import { AsyncRunner, Event } from 'threaded-async'
import { throughAllDoors } from '../support/doors.mjs'
import { partner, untilSeen } from '../support/partner.mjs'
import bodies from './event.bodies.mjs'

throughAllDoors(test, bodies, import.meta.resolve('./event.bodies.mjs'))

// Python: TestEvent.test_thread_to_thread
test('E1: one thread may set and wait', t => {
  AsyncRunner.use(runner => {
    const event = new Event(runner)
    event.set()
    event.wait({ timeout: 500 })
    t.true(event.isSet())
  })
})

// Python: TestEvent.test_thread_to_loop
test('E1: a thread releases a loop', t => {
  AsyncRunner.use(runner => {
    const event = new Event(runner)
    const task = runner.createTask(event => event.asAsyncEvent().wait(), [event])
    event.set()
    t.is(task.wait({ timeout: 30_000 }), undefined)
  })
})

// Python: TestEvent.test_loop_to_thread
test('E1: a loop releases a thread', t => {
  AsyncRunner.use(runner => {
    const event = new Event(runner)
    runner.callInLoop(event => event.asAsyncEvent().set(), [event])
    event.wait({ timeout: 500 })
    t.true(event.isSet())
  })
})

test('asAsyncEvent is the same event', async t => {
  const event = new Event()
  const same = event.asAsyncEvent()
  t.deepEqual(Object.keys(same).sort(), ['clear', 'isSet', 'set', 'wait'])
  const { set, clear, isSet, wait } = same // None of them needs its object.
  const waits = [wait(), event.waitAsync(), wait({ timeout: 60_000 })]
  t.is(event.statistics().waiters, 3)
  set()
  t.deepEqual([event.isSet(), isSet()], [true, true])
  t.deepEqual(await Promise.all(waits), [undefined, undefined, undefined])
  clear()
  t.deepEqual([event.isSet(), isSet()], [false, false])
  await t.throwsAsync(wait({ timeout: 1 }), { code: 'ERR_EVENT_LOOP_TIMEOUT' })
  const reason = new Error('mine')
  t.is(await wait({ signal: AbortSignal.abort(reason) }).catch(error => error), reason)
})

test('E2: of promises made before and after, set and clear keep exactly those made before', async t => {
  const event = new Event()
  const before = Array.from({ length: 1000 }, () => event.waitAsync())
  event.set()
  event.clear()
  const after = event.waitAsync({ timeout: 20 })
  t.is(event.statistics().waiters, 1)
  await Promise.all(before)
  await t.throwsAsync(after, { code: 'ERR_EVENT_LOOP_TIMEOUT' })
})

test('E6: an event of a stuck loop is set, seen and cleared, and releases everybody else', async t => {
  const runner = new AsyncRunner({ exitTimeout: 5, logForcedShutdownStackTrace: false })
  const [event, held] = [new Event(runner), new Event()]
  runner.createTask(
    (event, held) => {
      event.waitAsync().catch(() => {})
      held.set()
      for (;;);
    },
    [event, held],
  )
  held.wait()
  const other = partner().createTask(event => event.wait(), [event])
  await untilSeen(event, { waiters: 2 })
  t.false(event.isSet())
  event.set()
  t.true(event.isSet())
  event.wait({ timeout: 0 })
  event.clear()
  t.deepEqual(event.statistics(), { waiters: 0, isSet: false })
  t.is(await other.result(), undefined)
  runner.close()
  t.throws(() => event.wait(), { code: 'ERR_RUNNER_CLOSED' })
})
