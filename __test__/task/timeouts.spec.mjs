// The `timeout` of a task: how long it may live, from its creation on.
//
// Promises that a task is cancelled, not killed, by it, that its outcome is EventLoopTimeoutError, and that one which
// has not started by then never does.

import ava from 'ava'
import { currentTask, Queue, Server, sleep } from 'threaded-async'
import { holdLoop, runnerFor, untilAsync as until } from '../support/runner-fixture.mjs'

// One at a time: what blocks here would be measured by, and delay, whatever ran beside it.
const test = ava.serial

const timedOut = { code: 'ERR_EVENT_LOOP_TIMEOUT', name: 'EventLoopTimeoutError' }

test('timeout: the task is cancelled, cleans up, and ends with EventLoopTimeoutError', async t => {
  const runner = runnerFor(t)
  runner.waitForNextEventloopIteration()
  const log = new Queue()
  const task = runner.createTask(
    async queue => {
      try {
        await sleep(Infinity)
      } finally {
        await sleep(1)
        queue.putNowait('cleaned up')
      }
    },
    [log],
    { timeout: 1500, name: 'brief' },
  )
  const error = t.throws(() => task.wait(), timedOut)
  t.regex(error.message, /'brief'/)
  t.regex(error.message, /1500 ms/)
  t.deepEqual(log.clear(), ['cleaned up'])
  await t.throwsAsync(task.result(), timedOut)
  t.true(task.done())
})

test('timeout: a task that ends in time is not touched by it', t => {
  const runner = runnerFor(t)
  const task = runner.createTask(async () => (await sleep(1), currentTask().cancelled), [], { timeout: 20_000 })
  t.false(task.wait())
  t.is(runner.createTask(() => 1, [], { timeout: Infinity }).wait(), 1)
  t.is(runner.createTask(() => sleep(1).then(() => 2), [], { timeout: 2 ** 40 }).wait(), 2)
})

test('timeout: the time begins when the task is created, not when its loop is free', t => {
  const runner = runnerFor(t)
  const { release } = holdLoop(t, runner)
  const log = new Queue()
  const task = runner.createTask(queue => queue.putNowait('late'), [log], { timeout: 20 })
  t.throws(() => runner.waitForNextEventloopIteration({ timeout: 60 }), timedOut)
  // The loop is held still: nobody needs it for this.
  t.regex(t.throws(() => task.wait(), timedOut).message, /\b20 ms/)
  t.true(task.done())
  release.set()
  runner.waitForNextEventloopIteration()
  t.is(log.qsize(), 0)
})

test('timeout: a task that swallows its end and returns has its value', t => {
  const runner = runnerFor(t)
  runner.waitForNextEventloopIteration()
  const task = runner.createTask(() => sleep(Infinity).catch(() => 'swallowed'), [], { timeout: 1500 })
  t.is(task.wait(), 'swallowed')
})

test('timeout: a value that was ready is not lost to a cancellation that came with it', t => {
  const runner = runnerFor(t)
  for (const timeout of [0, 1]) {
    const task = runner.createTask(async () => 'at once', [], { timeout })
    const outcome = (() => {
      try {
        return task.wait()
      } catch (error) {
        return error.code
      }
    })()
    t.true(['at once', 'ERR_EVENT_LOOP_TIMEOUT'].includes(outcome), outcome)
  }
})

test('timeout: a task that has not started by then fails as any other, whoever asks', async t => {
  const heard = []
  const runner = runnerFor(t, { onTaskError: ({ error }) => void heard.push(error.code) })
  const { release } = holdLoop(t, runner)
  const task = runner.createTask(() => 1, [], { timeout: 1, name: 'late' })
  const error = await t.throwsAsync(task.result(), timedOut)
  t.is(error.message, "The task 'late' timed out after 1 ms and was cancelled.")
  t.throws(() => task.wait(), timedOut)
  t.deepEqual([task.done(), task.cancelled()], [true, false])
  await until(() => heard.length > 0)
  t.deepEqual(heard, ['ERR_EVENT_LOOP_TIMEOUT'])
  release.set()
})

for (const [how, start] of Object.entries({
  'a task of a loop that is held': runner => {
    const hold = () => {
      const end = Date.now() + 300
      while (Date.now() < end);
    }
    runner.createTask(hold)
    return runner.createTask(() => 1, [], { timeout: 1, name: 'late' })
  },
  'a background task': server =>
    server.createBackgroundTask(() => new Promise(() => {}), [], { lifetime: 1, name: 'late' }),
  'a script': server => server.createScript('await host.look()', { lifetime: 1, name: 'late' }),
})) {
  test(`timeout: the close throws what nobody has asked for: ${how}`, async t => {
    const server = new Server({ exitTimeout: 60_000, handlers: {} })
    t.teardown(() => server.close())
    const task = start(server)
    await until(() => task.done())
    const group = await t.throwsAsync(server.closeAsync(), { code: 'ERR_EXCEPTION_GROUP' })
    t.deepEqual(
      group.errors.map(({ code }) => code),
      ['ERR_EVENT_LOOP_TIMEOUT'],
    )
    t.regex(group.message, /Task 'late' failed: EventLoopTimeoutError: The task 'late' timed out after 1 ms/)
  })
}

test('timeout: a script whose time is over before it has begun never runs', async t => {
  const printed = []
  const server = new Server({ handlers: {}, scriptThreads: 1, onOutput: ({ text }) => void printed.push(text) })
  t.teardown(() => server.close())
  // It holds the only thread of scripts for seconds.
  const budgets = { turnBudget: 1e9, tickBudget: 1e9, turnTime: 600_000 }
  const first = server.createScript('for (;;);', budgets)
  const late = server.createScript('console.log("it ran")', { lifetime: 1 })
  await t.throwsAsync(late.result(), timedOut)
  await t.throwsAsync(first.result(), { code: 'ERR_SCRIPT_BUDGET' })
  const last = server.createScript('console.log("the last")')
  await last.result()
  await until(() => printed.length > 0)
  t.deepEqual(printed, ['the last'])
})
