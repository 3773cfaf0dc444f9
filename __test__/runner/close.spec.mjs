// The end of a runner in order: by every door, from any thread, at any time of its life; and `use`.
//
// Promises to cover S1, S8 and all of closing but force and the waits that it ends, which have specs of their own.
// Whole programs that end, S9 and S10, are the process specs' concern.

import ava from 'ava'
import { getHeapStatistics } from 'node:v8'
import {
  AsyncRunner,
  CancelledError,
  forceStopAttempted,
  Queue,
  RunnerClosedError,
  ShutdownType,
  sleep,
} from 'threaded-async'
import { closes, holdLoop, runnerFor, tasksOf, until, untilAsync } from '../support/runner-fixture.mjs'

// One at a time: what blocks here would be measured by, and delay, whatever ran beside it.
const test = ava.serial

const quiet = { logForcedShutdownStackTrace: false }
const cancelled = { code: 'ERR_CANCELLED', name: 'CancelledError', instanceOf: CancelledError }

for (const [name, close] of Object.entries(closes)) {
  // Python: TestAsyncRunner.test_cancel_outstanding_tasks, test_wait_after_shutdown, test_shutdown_stopped
  test(`S1, S2: ${name} cancels what is left, is fast, and says STOPPED; a later wait throws CancelledError`, async t => {
    const runner = new AsyncRunner({ exitTimeout: 20_000 })
    const tasks = [1, 2, 3].map(() => runner.createTask(() => sleep(Infinity)))
    const polling = runner.createTask(async () => {
      for (;;) await sleep(1)
    })
    runner.waitForNextEventloopIteration()
    t.is(runner.shutdownType, ShutdownType.NOT_SHUT_DOWN)
    t.true(runner.isRunning)
    const before = performance.now()
    t.is(await close(runner), undefined)
    t.true(performance.now() - before < 10_000)
    t.is(runner.shutdownType, ShutdownType.STOPPED)
    t.false(forceStopAttempted(runner.shutdownType))
    t.false(runner.isRunning)
    for (const task of [...tasks, polling]) {
      t.throws(() => task.wait(), cancelled)
      t.throws(() => task.wait({ timeout: 0 }), cancelled)
      await t.throwsAsync(task.result(), cancelled)
      t.true(task.done())
      t.true(task.cancelled())
    }
    t.is(tasksOf(runner), 0)
  })

  test(`${name} waits for finally blocks that take their time, up to exitTimeout`, async t => {
    const runner = new AsyncRunner({ exitTimeout: 20_000 })
    const log = new Queue()
    const task = runner.createTask(
      async queue => {
        try {
          await sleep(Infinity)
        } finally {
          await sleep(100)
          queue.putNowait('cleaned up')
        }
      },
      [log],
    )
    runner.waitForNextEventloopIteration()
    await close(runner)
    t.deepEqual(log.clear(), ['cleaned up'])
    t.is(runner.shutdownType, ShutdownType.STOPPED)
    t.throws(() => task.wait(), cancelled)
  })
}

test('close lets the loop catch up: what was created before has begun, and plain work has been done', t => {
  const runner = new AsyncRunner({ exitTimeout: 20_000 })
  const log = new Queue()
  for (let i = 0; i < 100; i++) runner.createTask((queue, n) => queue.putNowait(n), [log, i])
  runner.close()
  t.is(log.qsize(), 100)
})

test('close during the boot is an orderly stop, too', async t => {
  for (const close of Object.values(closes)) {
    const runner = new AsyncRunner({ exitTimeout: 20_000 })
    await close(runner)
    t.is(runner.shutdownType, ShutdownType.STOPPED)
  }
  const runner = new AsyncRunner({ exitTimeout: 20_000 })
  const log = new Queue()
  const task = runner.createTask(queue => void queue.putNowait('ran'), [log])
  const waiting = runner.createTask(() => sleep(Infinity))
  runner.close()
  t.is(task.wait(), undefined)
  t.deepEqual(log.clear(), ['ran'])
  t.throws(() => waiting.wait(), cancelled)
})

test('exitTimeout may be changed until the close', t => {
  const runner = new AsyncRunner({ exitTimeout: 0, ...quiet })
  runner.exitTimeout = 20_000
  runner.createTask(async () => {
    try {
      await sleep(Infinity)
    } finally {
      await sleep(50)
    }
  })
  runner.waitForNextEventloopIteration()
  runner.close()
  t.is(runner.shutdownType, ShutdownType.STOPPED)
})

test('work that a task makes while the runner closes is refused, awaiting is not', t => {
  const runner = new AsyncRunner({ exitTimeout: 20_000 })
  const log = new Queue()
  runner.createTask(
    async queue => {
      try {
        await sleep(Infinity)
      } finally {
        try {
          AsyncRunner.current.createTask(() => 1)
          queue.putNowait('created')
        } catch (error) {
          queue.putNowait(error.code)
        }
        await sleep(1)
        queue.putNowait(AsyncRunner.current.isRunning)
      }
    },
    [log],
  )
  runner.waitForNextEventloopIteration()
  runner.close()
  t.deepEqual(log.clear(), ['ERR_RUNNER_CLOSED', false])
})

test('an exitTimeout of Infinity never forces what ends by itself', t => {
  const runner = new AsyncRunner({ exitTimeout: Infinity })
  runner.createTask(async () => {
    try {
      await sleep(Infinity)
    } finally {
      await sleep(50)
    }
  })
  runner.waitForNextEventloopIteration()
  runner.close()
  t.is(runner.shutdownType, ShutdownType.STOPPED)
})

test('S8: from inside a task, closeAsync starts one orderly stop', async t => {
  const runner = new AsyncRunner({ exitTimeout: 20_000 })
  const log = new Queue()
  const waiting = runner.createTask(
    async queue => {
      try {
        await sleep(Infinity)
      } finally {
        await sleep(1)
        queue.putNowait('cleaned up')
      }
    },
    [log],
  )
  const closer = runner.createTask(
    async it => {
      await it.closeAsync()
      return 'goes on'
    },
    [runner],
  )
  t.is(closer.wait(), 'goes on')
  t.throws(() => waiting.wait(), cancelled)
  await runner.closeAsync()
  t.is(runner.shutdownType, ShutdownType.STOPPED)
  t.deepEqual(log.clear(), ['cleaned up'])
})

test('S8: a task that has closed its own runner is cancelled like all others', t => {
  const runner = new AsyncRunner({ exitTimeout: 20_000 })
  const task = runner.createTask(
    async it => {
      await it.closeAsync()
      await sleep(20_000)
    },
    [runner],
  )
  t.throws(() => task.wait({ timeout: 10_000 }), cancelled)
  until(() => runner.shutdownType === ShutdownType.STOPPED)
  runner.close()
})

test('S8: from two threads at once, and from main besides: one orderly stop', async t => {
  for (let round = 0; round < 5; round++) {
    const runner = new AsyncRunner({ exitTimeout: 20_000 })
    const [one, two] = [runnerFor(t, { allowBlocking: true }), runnerFor(t)]
    const task = runner.createTask(() => sleep(Infinity))
    const closing = [one.createTask(it => it.close(), [runner]), two.createTask(it => it.closeAsync(), [runner])]
    if (round % 2) until(() => !runner.isRunning)
    const own = round % 3 ? runner.closeAsync() : runner.close()
    t.is(await own, undefined)
    for (const each of closing) t.is(each.wait({ timeout: 20_000 }), undefined)
    t.is(runner.shutdownType, ShutdownType.STOPPED)
    t.throws(() => task.wait(), cancelled)
    one.close()
    two.close()
  }
})

test('a runner made in a task ends when the runner of that task closes, in order', async t => {
  const outer = new AsyncRunner({ exitTimeout: 20_000, allowBlocking: true })
  const inner = outer.run(() => {
    const made = new AsyncRunner({ name: 'inner' })
    made.waitForNextEventloopIteration()
    return made
  })
  const waiting = new Queue(inner).get()
  outer.close()
  t.is(outer.shutdownType, ShutdownType.STOPPED)
  const error = await t.throwsAsync(waiting)
  t.true(['ERR_RUNNER_DIED', 'ERR_RUNNER_CLOSED', 'ERR_QUEUE_SHUT_DOWN'].includes(error.code), error.code)
  await untilAsync(() => !inner.isRunning)
})

// --- use

test('use makes a runner, calls the body with it, closes it, and returns what the body did', t => {
  let seen
  const value = AsyncRunner.use(
    runner => {
      seen = runner
      return runner.run(x => x + 1, [1])
    },
    { name: 'used' },
  )
  t.is(value, 2)
  t.is(seen.name, 'used')
  t.is(seen.shutdownType, ShutdownType.STOPPED)
})

test('use with an async body closes when that has ended', async t => {
  let seen
  const value = await AsyncRunner.use(async runner => {
    seen = runner
    const result = await runner.createTask(async x => (await sleep(5), x + 1), [1]).result()
    t.true(runner.isRunning)
    return result
  })
  t.is(value, 2)
  t.is(seen.shutdownType, ShutdownType.STOPPED)
})

test("use closes when the body throws, and throws the body's error itself", async t => {
  const error = new RangeError('body')
  let seen
  const body = runner => {
    seen = runner
    throw error
  }
  t.is(
    t.throws(() => AsyncRunner.use(body)),
    error,
  )
  t.is(seen.shutdownType, ShutdownType.STOPPED)
  t.is(await t.throwsAsync(AsyncRunner.use(async runner => body(runner))), error)
  t.is(seen.shutdownType, ShutdownType.STOPPED)
})

test('use with a body that has closed the runner itself is fine', async t => {
  t.is(
    AsyncRunner.use(runner => (runner.close(), 5)),
    5,
  )
  t.is(await AsyncRunner.use(async runner => (await runner.closeAsync(), 6)), 6)
})

// --- many

test('S10: 50 runners, one after the other, leave nothing behind', t => {
  const once = () => {
    const runner = new AsyncRunner()
    t.is(
      runner.run(x => x, [1]),
      1,
    )
    runner.close()
  }
  for (let i = 0; i < 10; i++) once()
  const before = getHeapStatistics().number_of_native_contexts
  for (let i = 0; i < 40; i++) once()
  t.true(getHeapStatistics().number_of_native_contexts <= before + 1)
})

test('ten runners at a time work side by side and close in any order', async t => {
  const runners = Array.from({ length: 10 }, (_, i) => new AsyncRunner({ name: `r${i}` }))
  const tasks = runners.map((runner, i) => runner.createTask(async n => (await sleep(1), n * n), [i]))
  t.deepEqual(
    tasks.map(task => task.wait()),
    runners.map((_, i) => i * i),
  )
  const [first, second, ...rest] = runners.toReversed()
  first.close()
  await second.closeAsync()
  await Promise.all(rest.map(runner => runner.closeAsync()))
  t.true(runners.every(runner => runner.shutdownType === ShutdownType.STOPPED))
  t.throws(() => new Queue(first), { instanceOf: RunnerClosedError })
})

test('a runner that is held by a task which then lets go closes in order all the same', t => {
  const runner = new AsyncRunner({ exitTimeout: 20_000 })
  const { release } = holdLoop(t, runner)
  const other = runnerFor(t)
  other.createTask(async it => (await sleep(50), it.set()), [release])
  runner.close()
  t.is(runner.shutdownType, ShutdownType.STOPPED)
})
