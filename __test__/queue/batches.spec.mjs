// Batches: `getMany` and `putMany`, through all doors.
//
// Promises to cover Q20 and what batches add to Q12: one to n in order, all or a number that is told, nothing at all
// where one item cannot cross. What holds of every wait is in `waits/waits.spec.mjs`.

import test from 'ava'
import { AsyncRunner, Queue } from 'threaded-async'
import { throughAllDoors } from '../support/doors.mjs'
import { untilSeen } from '../support/partner.mjs'
import bodies from './batches.bodies.mjs'

throughAllDoors(test, bodies, import.meta.resolve('./batches.bodies.mjs'))

test('Q20: a putMany that is aborted leaves in what went in, and nothing else goes', async t => {
  const queue = new Queue({ maxsize: 2 })
  const controller = new AbortController()
  const put = queue.putMany([1, 2, 3, 4], { signal: controller.signal })
  t.is(queue.getNowait(), 1)
  const reason = new Error('enough')
  controller.abort(reason)
  const error = await t.throwsAsync(put, { name: 'AbortError', code: 'ABORT_ERR' })
  t.deepEqual([error.inserted, error.cause], [3, reason])
  t.deepEqual(queue.clear(), [2, 3])
  t.deepEqual([queue.statistics().putters, queue.statistics().unfinished], [0, 1])
})

test('Q20: a putMany whose task is cancelled says how many went in', async t => {
  await AsyncRunner.use(async runner => {
    const queue = new Queue({ maxsize: 2 })
    const task = runner.createTask(
      queue => queue.putMany([1, 2, 3, 4]).catch(error => [error.name, error.inserted]),
      [queue],
    )
    await untilSeen(queue, { putters: 1 })
    task.cancel()
    t.deepEqual(await task.result(), ['CancelledError', 2])
    t.deepEqual(queue.clear(), [1, 2])
  })
})

test('Q16: clear returns more than one wake would carry', t => {
  const queue = new Queue()
  const items = Array.from({ length: 5000 }, (_, index) => ({ index, text: 'x'.repeat(index % 50) }))
  t.is(queue.putManyWait(items), 5000)
  t.deepEqual(queue.clear(), items)
})
