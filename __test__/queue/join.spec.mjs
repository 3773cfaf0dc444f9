// Queues and what is done with their items: join, taskDone, clear.
//
// Promises to cover Q14, Q15 and what of Q16 concerns waiters, through all doors; and `taskDone` from wherever. That a
// join may time out, be aborted, and ends with its runner, is in `waits/waits.spec.mjs`.

import test from 'ava'
import { AsyncRunner, Queue } from 'threaded-async'
import { throughAllDoors } from '../support/doors.mjs'
import bodies from './join.bodies.mjs'

throughAllDoors(test, bodies, import.meta.resolve('./join.bodies.mjs'))

test('Q14: a surplus taskDone throws, and the count stays', t => {
  const queue = new Queue()
  const surplus = { name: 'InvalidStateError', code: 'ERR_INVALID_STATE' }
  t.throws(() => queue.taskDone(), surplus)
  queue.putNowait(1)
  queue.taskDone() // As in Python, it is not asked whether the item was taken.
  t.throws(() => queue.taskDone(), surplus)
  t.deepEqual([queue.statistics().unfinished, queue.getNowait()], [0, 1])
  queue.putNowait(2)
  t.is(queue.statistics().unfinished, 1)
})

test('Q14: taskDone counts from whatever thread it comes', t => {
  AsyncRunner.use(runner => {
    const queue = new Queue()
    for (let item = 0; item < 100; item++) queue.putNowait(item)
    runner.run(
      queue => {
        for (let item = 0; item < 60; item++) queue.taskDone()
      },
      [queue],
    )
    for (let item = 0; item < 40; item++) queue.taskDone()
    queue.joinWait({ timeout: 0 })
    t.is(queue.statistics().unfinished, 0)
  })
})
