// What a runner tells about itself: its tasks, its loop, the waits for it, what is queued.
//
// Promises every number of `statistics` before, during and after what it counts, on whichever thread that is.

import ava from 'ava'
import { Event, Queue, sleep } from 'threaded-async'
import { atRest, holdLoop, runnerFor, tasksOf, until } from '../support/runner-fixture.mjs'

// One at a time: what blocks here would be measured by, and delay, whatever ran beside it.
const test = ava.serial

const timedOut = { code: 'ERR_EVENT_LOOP_TIMEOUT', name: 'EventLoopTimeoutError' }

test('statistics tells tasks by state, who holds the loop, and how much it has not looked at, since when', t => {
  const runner = runnerFor(t)
  const { release, task } = holdLoop(t, runner, 'busy')
  const waiting = [1, 2, 3].map(() => runner.createTask(() => sleep(Infinity)))
  const { isRunning, tasksQueued, tasksRunning, heldBy, backlog } = runner.statistics()
  t.deepEqual(
    { isRunning, tasksQueued, tasksRunning, heldBy },
    { isRunning: true, tasksQueued: 3, tasksRunning: 1, heldBy: ['busy'] },
  )
  t.true(backlog >= 3, `backlog ${backlog}`)
  const { loopLag } = runner.statistics()
  t.throws(() => task.wait({ timeout: 50 }), timedOut)
  t.true(runner.statistics().loopLag >= loopLag + 40, `from ${loopLag} to ${runner.statistics().loopLag}`)
  release.set()
  task.wait()
  runner.waitForNextEventloopIteration()
  atRest(runner)
  const after = runner.statistics()
  t.deepEqual([after.tasksQueued, after.tasksRunning, after.heldBy, after.backlog], [0, 3, [], 0])
  t.true(after.loopLag < 40, `lag ${after.loopLag}`)
  for (const each of waiting) each.cancel()
  until(() => tasksOf(runner) === 0)
  runner.close()
  t.like(runner.statistics(), { isRunning: false, tasksQueued: 0, tasksRunning: 0, backlog: 0 })
})

test('statistics tells the waits for its tasks and primitives on all threads, and the bytes in its queues', async t => {
  const runner = runnerFor(t)
  const [queue, event] = [new Queue(runner), new Event(runner)]
  runner.waitForNextEventloopIteration()
  const before = runner.statistics()
  t.is(before.waiters, 0)
  const controller = new AbortController()
  const { signal } = controller
  const task = runner.createTask(it => it.waitAsync(), [event])
  const waits = [queue.get({ signal }), event.waitAsync({ signal }), task.result({ signal })]
  until(() => runner.statistics().waiters === 4)
  const other = new Queue(runner)
  other.putNowait('x'.repeat(10_000))
  const { bytesQueued } = runner.statistics()
  t.true(
    bytesQueued >= before.bytesQueued + 10_000 && bytesQueued < before.bytesQueued + 100_000,
    `${bytesQueued} bytes`,
  )
  other.clear()
  t.is(runner.statistics().bytesQueued, before.bytesQueued)
  controller.abort()
  await Promise.allSettled(waits)
  t.is(runner.statistics().waiters, 1)
  event.set()
  await task.result()
  t.is(runner.statistics().waiters, 0)
})
