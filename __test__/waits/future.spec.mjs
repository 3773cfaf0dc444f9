// Futures: settled once, anywhere, whatever the loops do; waited for by anybody, as often as they like.
//
// Promises to cover F1 to F6 through all doors, cancellation, and Python's TestFuture. What holds of every wait is in
// `waits.spec.mjs`.

import test from 'ava'
import { AsyncRunner, Event, Future } from 'threaded-async'
import { throughAllDoors } from '../support/doors.mjs'
import { partner } from '../support/partner.mjs'
import bodies from './future.bodies.mjs'

throughAllDoors(test, bodies, import.meta.resolve('./future.bodies.mjs'))

// Python: TestFuture.test_thread_to_thread_result, test_thread_to_thread_exception
test('F1: one thread may settle and wait', t => {
  AsyncRunner.use(runner => {
    const [good, bad] = [new Future(runner), new Future(runner)]
    good.setResult(1)
    t.is(good.resultWait(), 1)
    bad.setException(new TypeError('value'))
    t.throws(() => bad.resultWait(), { instanceOf: TypeError, message: 'value' })
  })
})

// Python: TestFuture.test_thread_to_loop_result, test_thread_to_loop_exception
test('F1: a thread settles what a loop awaits', t => {
  AsyncRunner.use(runner => {
    const [good, bad] = [new Future(runner), new Future(runner)]
    const [first, second] = [good, bad].map(future => runner.createTask(future => future.result(), [future]))
    good.setResult(1)
    bad.setException(new TypeError('value'))
    t.is(first.wait({ timeout: 30_000 }), 1)
    t.throws(() => second.wait({ timeout: 30_000 }), { instanceOf: TypeError, message: 'value' })
  })
})

// Python: TestFuture.test_loop_to_thread_result, test_loop_to_thread_exception
test('F1: a loop settles what a thread waits for', t => {
  AsyncRunner.use(runner => {
    const [good, bad] = [new Future(runner), new Future(runner)]
    runner.callInLoop(future => future.setResult(1), [good])
    runner.callInLoop(future => future.setException(new TypeError('value')), [bad])
    t.is(good.resultWait(), 1)
    t.throws(() => bad.resultWait(), { instanceOf: TypeError, message: 'value' })
  })
})

test('F5: settling and waiting need nothing from a stuck loop', async t => {
  const runner = new AsyncRunner({ exitTimeout: 5, logForcedShutdownStackTrace: false })
  const [future, unset, held] = [new Future(runner), new Future(runner), new Event()]
  runner.createTask(
    (future, held) => {
      future.result().catch(() => {})
      held.set()
      for (;;);
    },
    [future, held],
  )
  held.wait()
  t.deepEqual(future.statistics(), { waiters: 1, done: false })
  const other = partner().createTask(future => future.resultWait(), [future])
  future.setResult('set')
  t.is(future.resultWait(), 'set')
  t.is(other.wait(), 'set')
  t.is(await future.result(), 'set')
  runner.close()
  t.is(future.resultWait(), 'set')
  await t.throwsAsync(unset.result(), { code: 'ERR_RUNNER_CLOSED' })
})

test('an error that nobody waits for is no unhandled rejection', async t => {
  const seen = []
  const note = reason => seen.push(reason)
  process.on('unhandledRejection', note)
  new Future().setException(new Error('nobody cares'))
  const late = new Future()
  late.setException(new Error('somebody does'))
  await new Promise(resolve => setTimeout(resolve, 5))
  process.off('unhandledRejection', note)
  t.deepEqual(seen, [])
  await t.throwsAsync(late.result(), { message: 'somebody does' })
})
