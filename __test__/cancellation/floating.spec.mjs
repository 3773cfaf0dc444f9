// Work that a task leaves floating: it sees the abort, of its task's cancellation or of the runner's close.
//
// Promises to cover S3, wherever that work is when its task ends and when the abort comes.

import ava from 'ava'
import { AsyncRunner, CancelledError, currentTask, Queue, ShutdownType, sleep } from 'threaded-async'
import { duration, runnerFor } from '../support/runner-fixture.mjs'

// One at a time: what blocks here would be measured by, and delay, whatever ran beside it.
const test = ava.serial

const cancelled = { code: 'ERR_CANCELLED', name: 'CancelledError', instanceOf: CancelledError }

const floats = {
  'in a wait': async log => {
    await sleep(Infinity).catch(error => log.putNowait(error.name))
  },
  'listening to the signal': async log => {
    const { signal } = currentTask()
    signal.addEventListener('abort', () => log.putNowait(signal.reason.name))
    await new Promise(() => {})
  },
  'in a timer of Node': async log => {
    await require('node:timers/promises')
      .setTimeout(60_000)
      .catch(error => log.putNowait(error.name))
  },
  'in a wait begun after its task had ended': async log => {
    await new Promise(resolve => setTimeout(resolve, 5))
    log.putNowait('begun')
    await sleep(Infinity).catch(error => log.putNowait(error.name))
  },
  'cleaning up with awaits of its own': async log => {
    try {
      await sleep(Infinity)
    } catch (error) {
      await sleep(5)
      await require('node:timers/promises').setTimeout(5)
      log.putNowait(error.name)
    }
  },
}

// Python: TestAsyncRunner.test_asyncio_task_canceled_on_shutdown
for (const [where, work] of Object.entries(floats)) {
  test(`S3: work that a task left floating sees the abort on close, ${where}`, t => {
    const runner = new AsyncRunner({ exitTimeout: 5000 })
    const log = new Queue()
    const body = new Function(`return log => { void (${work})(log); return 'ended' }`)()
    t.is(runner.run(body, [log]), 'ended')
    const begun = /begun/.test(where) ? log.getWait() : undefined
    t.is(begun, /begun/.test(where) ? 'begun' : undefined)
    runner.waitForNextEventloopIteration()
    t.notThrows(() => runner.close())
    t.deepEqual(log.clear(), ['CancelledError'])
  })
}

test('S3: floating work that will not end delays the close no longer than exitTimeout, and is no reason for force', t => {
  const runner = new AsyncRunner({ exitTimeout: 4000 }) // Half of it is the loop's, half a slow machine's.
  runner.run(() => {
    void (async () => {
      for (;;) await sleep(Infinity).catch(() => {})
    })()
  })
  t.true(duration(() => runner.close()) < 20_000)
  t.is(runner.shutdownType, ShutdownType.STOPPED)
})

test('S3: work floating beside a task that runs sees its cancellation', t => {
  const runner = runnerFor(t)
  const log = new Queue()
  const task = runner.createTask(
    async queue => {
      void sleep(Infinity).catch(error => queue.putNowait(`floating ${error.name}`))
      await sleep(Infinity)
    },
    [log],
  )
  runner.waitForNextEventloopIteration()
  task.cancel()
  t.throws(() => task.wait(), cancelled)
  t.is(log.getWait({ timeout: 20_000 }), 'floating CancelledError')
})

test('an unhandled CancelledError of floating work is never reported', t => {
  const failures = []
  const runner = new AsyncRunner({ onTaskError: failure => failures.push(failure) })
  const task = runner.createTask(async () => {
    void sleep(Infinity)
    void Promise.reject(new CancelledError('left alone'))
    await sleep(Infinity)
  })
  runner.waitForNextEventloopIteration()
  task.cancel()
  t.throws(() => task.wait(), cancelled)
  runner.waitForNextEventloopIteration()
  t.notThrows(() => runner.close())
  t.deepEqual(failures, [])
})
