// Cancellation: one edge, which no race loses, and which lets the task clean up.
//
// Promises to cover T3-T5 and what of cancellation is not about one kind of wait: those, Node's own waits, floating
// work and signals have specs of their own.

import ava from 'ava'
import { AsyncRunner, CancelledError, currentTask, Event, Queue, sleep } from 'threaded-async'
import { atRest, duration, holdLoop, runnerFor, tasksOf, until } from '../support/runner-fixture.mjs'

// One at a time: what blocks here would be measured by, and delay, whatever ran beside it.
const test = ava.serial

const cancelled = { code: 'ERR_CANCELLED', name: 'CancelledError', instanceOf: CancelledError }
const timedOut = { code: 'ERR_EVENT_LOOP_TIMEOUT', name: 'EventLoopTimeoutError' }

// --- T3: cleanup comes first

for (const door of ['wait', 'result']) {
  test(`T3: the task's finally, awaits and all, completes before ${door} throws CancelledError`, async t => {
    const runner = runnerFor(t)
    const log = new Queue()
    const [begun, go] = [new Event(), new Event()]
    const task = runner.createTask(
      async (event, go, queue) => {
        try {
          event.set()
          await sleep(Infinity)
        } finally {
          await go.waitAsync()
          await sleep(1)
          await queue.put('slept')
          await new Promise(resolve => setTimeout(resolve, 5))
          await queue.put('done')
        }
      },
      [begun, go, log],
      { name: 'tidy' },
    )
    begun.wait()
    atRest(runner)
    task.cancel()
    until(() => go.statistics().waiters === 1)
    t.false(task.done())
    go.set()
    const outcome = async () => task[door]()
    const error = await t.throwsAsync(outcome(), cancelled)
    t.regex(error.message, /'tidy'/)
    t.deepEqual(log.clear(), ['slept', 'done'])
    t.true(task.done())
    t.true(task.cancelled())
    await t.throwsAsync(outcome(), cancelled)
    t.notThrows(() => runner.close())
  })
}

// Python: TestAsyncRunner.test_cancel_task
test('T3: a cancelled sleep ends at once', t => {
  const runner = runnerFor(t)
  const task = runner.createTask(() => sleep(60_000))
  runner.waitForNextEventloopIteration()
  task.cancel()
  const took = duration(() => t.throws(() => task.wait(), cancelled))
  t.true(took < 10_000, `took ${took} ms`)
})

// Python: TestAsyncRunner.test_cancelled_error
test('a CancelledError that the task itself throws is a cancellation', t => {
  const runner = new AsyncRunner()
  const task = runner.createTask(async () => {
    throw new CancelledError('by itself')
  })
  t.throws(() => task.wait(), cancelled)
  t.true(task.cancelled())
  runner.createTask(async () => {
    throw new CancelledError('unseen')
  })
  t.notThrows(() => runner.close())
})

// --- T4: never lost

test('T4: a task cancelled before it started never starts, and its wait does not need the loop', async t => {
  const runner = runnerFor(t)
  const { release } = holdLoop(t, runner)
  const log = new Queue()
  const task = runner.createTask(queue => queue.putNowait('started'), [log], { name: 'early' })
  const waiting = task.result()
  task.cancel()
  t.throws(() => task.wait(), { ...cancelled, message: /'early'/ })
  await t.throwsAsync(waiting, cancelled)
  t.true(task.done())
  t.true(task.cancelled())
  release.set()
  runner.waitForNextEventloopIteration()
  t.is(log.qsize(), 0)
})

test('T4: cancel right after create is never lost, wherever the loop is', t => {
  const runner = runnerFor(t)
  runner.waitForNextEventloopIteration()
  const log = new Queue()
  const work = async queue => {
    try {
      await sleep(Infinity)
    } finally {
      queue.putNowait('cleaned up')
    }
  }
  for (let i = 0; i < 500; i++) {
    const task = runner.createTask(work, [log])
    // The loop is given from none to some microseconds to get anywhere.
    for (let spin = 0; spin < (i % 50) * 20; spin++) task.done()
    task.cancel()
    t.throws(() => task.wait({ timeout: 20_000 }), cancelled)
  }
  runner.waitForNextEventloopIteration()
  t.is(tasksOf(runner), 0)
})

test('T4: a task created with an aborted signal never starts', t => {
  const runner = runnerFor(t)
  runner.waitForNextEventloopIteration()
  const log = new Queue()
  for (let i = 0; i < 500; i++) {
    const task = runner.createTask(queue => queue.putNowait('started'), [log], { signal: AbortSignal.abort() })
    t.throws(() => task.wait({ timeout: 20_000 }), cancelled)
    // Only then is the loop awake, and quick to start the next.
    runner.waitForNextEventloopIteration()
  }
  t.is(log.qsize(), 0)
})

test('T4: cancel after close began is not lost: an unstarted task does not start', async t => {
  const runner = runnerFor(t, { exitTimeout: 20_000 })
  const other = runnerFor(t)
  const { release } = holdLoop(t, runner)
  const log = new Queue()
  const task = runner.createTask(queue => queue.putNowait('started'), [log])
  const closing = other.createTask(it => it.closeAsync(), [runner])
  until(() => !runner.isRunning)
  task.cancel()
  release.set()
  await closing.result()
  t.throws(() => task.wait(), cancelled)
  t.is(log.qsize(), 0)
})

test('T4: cancel by another thread, and by another task of the same loop', t => {
  const [runner, other] = [runnerFor(t), runnerFor(t)]
  const tasks = [runner.createTask(() => sleep(Infinity)), runner.createTask(() => sleep(Infinity))]
  other.run(task => task.cancel(), [tasks[0]])
  runner.run(task => task.cancel(), [tasks[1]])
  for (const task of tasks) t.throws(() => task.wait(), cancelled)
})

test('T4: a task may cancel itself, and meets it at its next wait', t => {
  const runner = runnerFor(t)
  const box = new Queue()
  const task = runner.createTask(
    async it => {
      const own = await it.get()
      own.cancel()
      await it.put('still here')
      await sleep(20_000)
    },
    [box],
  )
  box.putNowait(task)
  t.throws(() => task.wait({ timeout: 10_000 }), cancelled)
})

// --- T5: swallowed

test('T5: a task that swallows its cancellation goes on; its wait times out with its name', t => {
  const runner = runnerFor(t)
  const go = new Event()
  const swallowed = new Event()
  const task = runner.createTask(
    async (event, done) => {
      try {
        await sleep(Infinity)
      } catch (error) {
        if (!(error instanceof CancelledError)) throw error
      }
      done.set()
      await event.waitAsync()
      return 'went on'
    },
    [go, swallowed],
    { name: 'stubborn' },
  )
  runner.waitForNextEventloopIteration()
  task.cancel()
  swallowed.wait()
  const error = t.throws(() => task.wait({ timeout: 30 }), timedOut)
  t.regex(error.message, /'stubborn'/)
  go.set()
  t.is(task.wait(), 'went on')
  t.false(task.cancelled())
})

test('an error thrown while cleaning up is the outcome', t => {
  const runner = runnerFor(t)
  const task = runner.createTask(async () => {
    try {
      await sleep(Infinity)
    } finally {
      // eslint-disable-next-line no-unsafe-finally
      throw new RangeError('while cleaning up')
    }
  })
  runner.waitForNextEventloopIteration()
  task.cancel()
  t.throws(() => task.wait(), { instanceOf: RangeError, message: 'while cleaning up' })
  t.false(task.cancelled())
})

test('the signal: aborted once, with a CancelledError as its reason', t => {
  const runner = runnerFor(t)
  const begun = new Event()
  const task = runner.createTask(
    async event => {
      const { signal } = currentTask()
      let times = 0
      signal.addEventListener('abort', () => times++)
      event.set()
      await sleep(Infinity).catch(() => {})
      return [times, signal.aborted, signal.reason.code, signal.reason instanceof CancelledError]
    },
    [begun],
  )
  begun.wait()
  task.cancel()
  task.cancel()
  t.deepEqual(task.wait(), [1, true, 'ERR_CANCELLED', true])
})

test('throwIfCancelled throws once cancelled, and a task that ends by it is cancelled', t => {
  const runner = runnerFor(t)
  const begun = new Event()
  const task = runner.createTask(
    async event => {
      event.set()
      for (;;) {
        currentTask().throwIfCancelled()
        await new Promise(resolve => setImmediate(resolve))
      }
    },
    [begun],
  )
  begun.wait()
  task.cancel()
  t.throws(() => task.wait(), cancelled)
  t.true(task.cancelled())
})

test("a task cut through its signal by one of Node's own functions is cancelled, not failed", t => {
  const runner = new AsyncRunner()
  const begun = new Event()
  const task = runner.createTask(
    async event => {
      const { once } = await import('node:events')
      event.set()
      await once(process, 'never', { signal: currentTask().signal })
    },
    [begun],
    { name: 'listener' },
  )
  begun.wait()
  runner.waitForNextEventloopIteration()
  // "Errors of tasks that nobody retrieved are thrown as one ExceptionGroup; cancellations are not errors."
  t.notThrows(() => runner.close())
  t.throws(() => task.wait(), cancelled)
})

test('cancelling a task that waits for another leaves that other alone', t => {
  const runner = runnerFor(t)
  const inner = runner.createTask(() => sleep(Infinity))
  const outer = runner.createTask(task => task.result(), [inner])
  runner.waitForNextEventloopIteration()
  outer.cancel()
  t.throws(() => outer.wait(), cancelled)
  t.false(inner.done())
  inner.cancel()
})

test('cancel of a task that has ended does nothing', t => {
  const runner = runnerFor(t)
  const task = runner.createTask(() => 'done')
  t.is(task.wait(), 'done')
  task.cancel()
  t.is(task.wait(), 'done')
  t.false(task.cancelled())
})

test('a task that blocks its loop meets the cancel at its next await', t => {
  const runner = runnerFor(t, { allowBlocking: true })
  const [queue, begun] = [new Queue(), new Event()]
  const task = runner.createTask(
    async (it, event) => {
      event.set()
      const value = it.getWait()
      try {
        await null
        await sleep(20_000)
        return 'slept'
      } catch (error) {
        return [value, error.name]
      }
    },
    [queue, begun],
  )
  begun.wait()
  until(() => queue.statistics().getters === 1)
  queue.putNowait('value') // First: a cancel would cut the get, if that were still waiting.
  task.cancel()
  t.deepEqual(task.wait(), ['value', 'CancelledError'])
})
