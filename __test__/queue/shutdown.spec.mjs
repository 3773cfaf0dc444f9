// The shutdown of queues: by `shutdown`, soft and immediate, as in CPython 3.13, and by the end of their runner.
//
// Promises to cover S6 and S7, and S5 and H3 as far as queues go beyond `waits/waits.spec.mjs`: waiters wake, what is
// there can be had, no item that was put before is lost, and a soft shutdown may become immediate but never go back.

import test from 'ava'
import { AsyncRunner, Queue } from 'threaded-async'
import { throughAllDoors } from '../support/doors.mjs'
import { untilSeen } from '../support/partner.mjs'
import bodies from './shutdown.bodies.mjs'

throughAllDoors(test, bodies, import.meta.resolve('./shutdown.bodies.mjs'))

test('S7: a task that iterates gets what was put before the close of its runner', async t => {
  const [runner, seen] = [new AsyncRunner(), new Queue()]
  const queue = new Queue(runner)
  const task = runner.createTask(
    async (queue, seen) => {
      try {
        for await (const item of queue) seen.putNowait(item)
      } finally {
        seen.putNowait('end')
      }
    },
    [queue, seen],
  )
  await untilSeen(queue, { getters: 1 })
  queue.putNowait('last')
  await runner.closeAsync()
  t.deepEqual(seen.clear(), ['last', 'end'])
  await t.throwsAsync(task.result(), { code: 'ERR_CANCELLED' })
})

test('S6: a second shutdown does nothing, and isShutdown says so on every thread', t => {
  AsyncRunner.use(runner => {
    const queue = new Queue()
    const look = queue => queue.isShutdown
    t.deepEqual([queue.isShutdown, runner.callInLoop(look, [queue])], [false, false])
    runner.callInLoop(queue => queue.shutdown(), [queue])
    queue.shutdown()
    t.deepEqual([queue.isShutdown, runner.callInLoop(look, [queue])], [true, true])
  })
})

test('H3: a queue without a runner outlives every runner', t => {
  const queue = new Queue()
  AsyncRunner.use(runner => runner.run(queue => queue.put('from the dead'), [queue]))
  t.deepEqual([queue.isShutdown, queue.getWait()], [false, 'from the dead'])
})

test('S6: a queue of a runner shuts down with it, though nobody waits', t => {
  let queue
  AsyncRunner.use(runner => {
    queue = new Queue(runner)
    queue.putNowait('left')
    t.false(queue.isShutdown)
  })
  t.true(queue.isShutdown)
  t.is(queue.getNowait(), 'left')
  for (const call of [() => queue.getNowait(), () => queue.putNowait(1), () => queue.getWait()]) {
    t.throws(call, { code: 'ERR_QUEUE_SHUT_DOWN' })
  }
})

test('R7: a queue of a runner that died gives what it has, then says how it died', async t => {
  const runner = new AsyncRunner({ name: 'mortal' })
  const queue = new Queue(runner)
  queue.putNowait('left')
  const died = { code: 'ERR_RUNNER_DIED', message: /'mortal'.*exit code 4/ }
  await t.throwsAsync(runner.createTask(() => process.exit(4)).result(), died)
  t.true(queue.isShutdown)
  t.is(await queue.get(), 'left')
  t.throws(() => queue.getNowait(), died)
  t.throws(() => queue.putNowait(1), died)
  t.throws(() => queue.getWait(), died)
})
