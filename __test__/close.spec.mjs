// The end of a runner: in order if it can be, by force if it must, whoever asks for it and when.
//
// Promises to cover S1, S2, S4, S5, S8 (as far as one process shows it), "Close" of api.md, `use`, and boots that fail.
// Whole programs that end, S9 and S10, are the process specs' concern.

import ava from 'ava'
import { execFile } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { getHeapStatistics } from 'node:v8'
import {
  AsyncRunner,
  Event,
  forceStopAttempted,
  Future,
  Queue,
  RunnerClosedError,
  ShutdownType,
  sleep,
} from 'threaded-async'
import { duration, holdLoop, runnerFor, tasksOf, until, untilAsync } from './tasks/runner-fixture.mjs'

// One at a time: what blocks here would be measured by, and delay, whatever ran beside it.
const test = ava.serial

const quiet = { logForcedShutdownStackTrace: false }
const cancelled = { code: 'ERR_CANCELLED' }
const forced = { code: 'ERR_FORCED_SHUTDOWN', name: 'ForcedThreadShutdown' }
const timedOut = { code: 'ERR_EVENT_LOOP_TIMEOUT' }

/** Every way to close, from the thread that made the runner. */
const closes = {
  close: async runner => runner.close(),
  closeAsync: runner => runner.closeAsync(),
  'Symbol.dispose': async runner => runner[Symbol.dispose](),
  'Symbol.asyncDispose': runner => runner[Symbol.asyncDispose](),
}

// --- S1, S2: in order

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

  test(`S2: ${name} ends a loop that is stuck by force, and says so`, async t => {
    const runner = new AsyncRunner({ exitTimeout: 50, ...quiet })
    const begun = new Event()
    const spinner = runner.createTask(
      event => {
        event.set()
        for (;;);
      },
      [begun],
    )
    const waiting = runner.createTask(() => sleep(Infinity))
    begun.wait()
    const result = spinner.result()
    await close(runner)
    t.is(runner.shutdownType, ShutdownType.FORCE_STOPPED)
    t.true(forceStopAttempted(runner.shutdownType))
    t.false(runner.isRunning)
    t.throws(() => spinner.wait(), forced)
    await t.throwsAsync(result, forced)
    t.throws(() => waiting.wait(), forced)
    t.true(spinner.done())
  })
}

test('close lets the loop catch up: what was created before has begun, and plain work has been done', t => {
  const runner = new AsyncRunner()
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

test('an exitTimeout of 0 forces at once what does not end at once', t => {
  const runner = new AsyncRunner({ exitTimeout: 0, ...quiet })
  const begun = new Event()
  const task = runner.createTask(
    event => {
      event.set()
      for (;;);
    },
    [begun],
  )
  begun.wait()
  t.true(duration(() => runner.close()) < 10_000)
  t.is(runner.shutdownType, ShutdownType.FORCE_STOPPED)
  t.throws(() => task.wait(), forced)
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

test('T5: a task that swallows its cancellation and goes on is ended by force', t => {
  const runner = new AsyncRunner({ exitTimeout: 100, ...quiet })
  const swallowed = new Event()
  const task = runner.createTask(
    async event => {
      for (;;) await sleep(Infinity).catch(() => event.set())
    },
    [swallowed],
  )
  runner.waitForNextEventloopIteration()
  const took = duration(() => runner.close())
  t.true(took >= 99, `took ${took} ms`)
  t.true(swallowed.isSet())
  t.is(runner.shutdownType, ShutdownType.FORCE_STOPPED)
  t.throws(() => task.wait(), forced)
})

test('a task whose function never settles is abandoned at close only', t => {
  const runner = new AsyncRunner({ exitTimeout: 100, ...quiet })
  const task = runner.createTask(() => new Promise(() => {}))
  runner.waitForNextEventloopIteration()
  task.cancel()
  t.throws(() => task.wait({ timeout: 30 }), timedOut)
  runner.close()
  t.not(runner.shutdownType, ShutdownType.NOT_SHUT_DOWN)
  const error = t.throws(() => task.wait())
  t.true(['ERR_FORCED_SHUTDOWN', 'ERR_CANCELLED'].includes(error.code), error.code)
  t.true(task.done())
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

test('logForcedShutdownStackTrace: where the stuck loop was is on stderr, and nothing is when it is false', async t => {
  const program = fileURLToPath(new URL('./tasks/runner-stuck.mjs', import.meta.url))
  for (const how of ['default', 'true', 'false']) {
    for (const door of ['close', 'closeAsync']) {
      const { stdout, stderr } = await promisify(execFile)(process.execPath, [program, how, door], { timeout: 30_000 })
      t.is(stdout, 'FORCE_STOPPED\n')
      if (how === 'false') t.is(stderr, '')
      else {
        t.regex(stderr, /'stuck loop'/)
        t.regex(stderr, /'spinner'/)
        t.regex(stderr, /innermost.*runner-stuck\.mjs:\d+/)
      }
    }
  }
})

// --- S4: stuck in every way

const stuck = {
  'for (;;)': () => {
    for (;;);
  },
  'a flood of microtasks': async () => {
    for (;;) await null
  },
  'a flood of ticks': () =>
    new Promise(() => {
      const again = () => process.nextTick(again)
      again()
    }),
  'Atomics.wait for ever': () => {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)
  },
  'a long regex': () => /^(a+)+$/.test(`${'a'.repeat(64)}b`),
  'a loop in its finally': async () => {
    try {
      await sleep(Infinity)
    } finally {
      // eslint-disable-next-line no-unsafe-finally
      for (;;);
    }
  },
  'a blocking door': () => new Queue().getWait(),
  'code that catches everything': () => {
    for (;;) {
      try {
        for (;;);
      } catch {
        continue
      } finally {
        // eslint-disable-next-line no-unsafe-finally
        continue
      }
    }
  },
}

for (const [how, fn] of Object.entries(stuck)) {
  test(`S4: a loop stuck in ${how} is ended within exitTimeout, and every blocked waiter is released`, async t => {
    const runner = new AsyncRunner({ exitTimeout: 100, allowBlocking: true, ...quiet })
    const other = runnerFor(t, { allowBlocking: true })
    const begun = new Event()
    const text = `return async begun => { begun.set(); await (${fn})() }`
    const task = runner.createTask(new Function(text)(), [begun], { name: 'stuck' })
    const blocked = other.createTask(
      it => {
        try {
          it.wait()
        } catch (error) {
          return error.code
        }
      },
      [task],
    )
    const waiting = task.result().catch(error => error.code)
    begun.wait()
    const took = duration(() => runner.close())
    t.is(runner.shutdownType, ShutdownType.FORCE_STOPPED)
    t.true(took < 20_000, `took ${took} ms`)
    t.is(blocked.wait({ timeout: 20_000 }), 'ERR_FORCED_SHUTDOWN')
    t.is(await waiting, 'ERR_FORCED_SHUTDOWN')
    t.throws(() => task.wait(), forced)
  })
}

// Python: TestAsyncRunner.test_shutdown_force_failed
test('S2: native code that holds the thread: FAILED_FORCE_STOPPED, and every waiter is released', t => {
  const runner = new AsyncRunner({ exitTimeout: 50, ...quiet })
  const queue = new Queue(runner)
  const folder = mkdtempSync(join(tmpdir(), 'runner-held-'))
  t.teardown(() => rmSync(folder, { recursive: true }))
  const proof = join(folder, 'held')
  const task = runner.createTask(
    path => void require('node:child_process').spawnSync('sh', ['-c', 'touch "$0"; sleep 3', path]),
    [proof],
  )
  const other = runnerFor(t, { allowBlocking: true })
  const blocked = other.createTask(
    (task, queue) => {
      const code = call => {
        try {
          return call()
        } catch (error) {
          return error.code
        }
      }
      return [code(() => task.wait()), code(() => queue.getWait())]
    },
    [task, queue],
  )
  until(() => existsSync(proof))
  const took = duration(() => runner.close())
  t.true(took < 2500, `took ${took} ms`)
  t.is(runner.shutdownType, ShutdownType.FAILED_FORCE_STOPPED)
  t.true(forceStopAttempted(runner.shutdownType))
  t.false(runner.isRunning)
  t.throws(() => task.wait(), forced)
  t.deepEqual(blocked.wait({ timeout: 20_000 }), ['ERR_FORCED_SHUTDOWN', 'ERR_QUEUE_SHUT_DOWN'])
  t.throws(() => runner.run(() => 1), { code: 'ERR_RUNNER_CLOSED' })
  runner.close()
  t.is(runner.shutdownType, ShutdownType.FAILED_FORCE_STOPPED)
})

// --- S5: others wait

/** Each door tied to a runner; `parked` says when somebody waits there. */
const tiedDoors = {
  getWait: ['ERR_QUEUE_SHUT_DOWN', ({ empty }) => empty.getWait(), ({ empty }) => empty.statistics().getters],
  putWait: ['ERR_QUEUE_SHUT_DOWN', ({ full }) => full.putWait('extra'), ({ full }) => full.statistics().putters],
  eventWait: ['ERR_RUNNER_CLOSED', ({ event }) => event.wait(), ({ event }) => event.statistics().waiters],
  resultWait: ['ERR_RUNNER_CLOSED', ({ future }) => future.resultWait(), ({ future }) => future.statistics().waiters],
  taskWait: ['ERR_CANCELLED', ({ task }) => task.wait()],
  run: ['ERR_CANCELLED', it => it.runner.run(() => sleep(Infinity)), it => tasksOf(it.runner) - 1],
  get: ['ERR_QUEUE_SHUT_DOWN', ({ empty }) => empty.get(), ({ empty }) => empty.statistics().getters],
  put: ['ERR_QUEUE_SHUT_DOWN', ({ full }) => full.put('extra'), ({ full }) => full.statistics().putters],
  waitAsync: ['ERR_RUNNER_CLOSED', ({ event }) => event.waitAsync(), ({ event }) => event.statistics().waiters],
  futureResult: ['ERR_RUNNER_CLOSED', ({ future }) => future.result(), ({ future }) => future.statistics().waiters],
  taskResult: ['ERR_CANCELLED', ({ task }) => task.result()],
}

for (const [name, [code, door, parked]] of Object.entries(tiedDoors)) {
  test(`S5: close releases another thread from ${name} with ${code}`, t => {
    const runner = new AsyncRunner({ exitTimeout: 20_000 })
    const other = runnerFor(t, { allowBlocking: true })
    const things = {
      runner,
      empty: new Queue(runner),
      full: new Queue(runner, { maxsize: 1 }),
      event: new Event(runner),
      future: new Future(runner),
      task: runner.createTask(() => sleep(Infinity)),
    }
    things.full.putNowait('first')
    const begun = new Event()
    const text = `return async (things, begun) => {
      begun.set()
      try {
        return await (${door})(things)
      } catch (error) {
        return error.code
      }
    }`
    const task = other.createTask(new Function(text)(), [things, begun])
    begun.wait()
    if (parked) until(() => parked(things) === 1)
    runner.close()
    t.is(task.wait({ timeout: 20_000 }), code)
    t.deepEqual(things.full.clear(), ['first'])
  })
}

test("S5: main's own awaiting doors are released by closeAsync", async t => {
  const runner = new AsyncRunner()
  const doors = [new Queue(runner).get(), new Event(runner).waitAsync(), new Future(runner).result()]
  const codes = Promise.all(doors.map(door => door.catch(error => error.code)))
  await runner.closeAsync()
  t.deepEqual(await codes, ['ERR_QUEUE_SHUT_DOWN', 'ERR_RUNNER_CLOSED', 'ERR_RUNNER_CLOSED'])
})

test('S7: put then close at once: the receiver gets the item first, then shut down', async t => {
  for (let round = 0; round < 5; round++) {
    const runner = new AsyncRunner()
    const queue = new Queue(runner)
    queue.putNowait('last')
    runner.close()
    t.is(queue.getWait(), 'last')
    t.throws(() => queue.getWait(), { code: 'ERR_QUEUE_SHUT_DOWN' })
    await t.throwsAsync(queue.get(), { code: 'ERR_QUEUE_SHUT_DOWN' })
  }
})

test('state outlives the runner: isSet, done, qsize still answer', t => {
  const runner = new AsyncRunner()
  const [event, future, queue] = [new Event(runner), new Future(runner), new Queue(runner)]
  event.set()
  future.setResult(5)
  queue.putNowait(1)
  runner.close()
  t.true(event.isSet())
  t.is(future.resultWait(), 5)
  t.is(queue.qsize(), 1)
  t.is(event.wait(), undefined)
})

// --- S8: who closes

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

test('S8: closing a stuck runner from another thread, while its maker is blocked in a door', t => {
  const runner = new AsyncRunner({ exitTimeout: 50, ...quiet })
  const other = runnerFor(t, { allowBlocking: true })
  const begun = new Event()
  const spinner = runner.createTask(
    event => {
      event.set()
      for (;;);
    },
    [begun],
  )
  begun.wait()
  t.is(
    other.run(
      it => {
        it.close()
        return it.shutdownType
      },
      [runner],
    ),
    ShutdownType.FORCE_STOPPED,
  )
  t.throws(() => spinner.wait(), forced)
})

test('S8: closing a stuck runner from another thread, while its maker is in its loop', async t => {
  const runner = new AsyncRunner({ exitTimeout: 50, ...quiet })
  const other = runnerFor(t)
  const begun = new Event()
  const spinner = runner.createTask(
    event => {
      event.set()
      for (;;);
    },
    [begun],
  )
  await begun.waitAsync()
  const closing = other.createTask(
    async it => {
      await it.closeAsync()
      return it.shutdownType
    },
    [runner],
  )
  t.is(await closing.result(), ShutdownType.FORCE_STOPPED)
  await t.throwsAsync(spinner.result(), forced)
})

test('S8: closing two stuck runners at once from their maker', async t => {
  const runners = [1, 2].map(() => new AsyncRunner({ exitTimeout: 50, ...quiet }))
  const events = runners.map(runner => {
    const begun = new Event()
    runner.createTask(
      event => {
        event.set()
        for (;;);
      },
      [begun],
    )
    return begun
  })
  for (const event of events) event.wait()
  await Promise.all(runners.map(runner => runner.closeAsync()))
  t.deepEqual(
    runners.map(runner => runner.shutdownType),
    [ShutdownType.FORCE_STOPPED, ShutdownType.FORCE_STOPPED],
  )
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

// --- boots that fail

test('a thread that cannot start: whoever waits gets an error, quickly', async t => {
  const limits = [{ maxOldGenerationSizeMb: 1, maxYoungGenerationSizeMb: 1 }, { maxOldGenerationSizeMb: 4 }]
  for (const resourceLimits of limits) {
    const runner = runnerFor(t, { resourceLimits, name: 'tiny' })
    const queue = new Queue(runner)
    const awaited = queue.get().catch(error => error)
    const took = duration(() => {
      const error = t.throws(() => runner.run(() => new Array(1e7).fill('x'), [], { timeout: 30_000 }))
      t.is(error.code, 'ERR_RUNNER_DIED')
      t.regex(error.message, /'tiny'/)
    })
    t.true(took < 20_000, `took ${took} ms`)
    t.false(runner.isRunning)
    t.is(runner.shutdownType, ShutdownType.UNKNOWN)
    const error = await awaited
    t.true(['ERR_RUNNER_DIED', 'ERR_QUEUE_SHUT_DOWN'].includes(error.code))
    t.throws(() => runner.createTask(() => 1), { code: 'ERR_RUNNER_DIED' })
    t.notThrows(() => runner.close())
  }
})

test('a thread that cannot start: awaiting doors alone get the error, too', async t => {
  const runner = runnerFor(t, { resourceLimits: { maxOldGenerationSizeMb: 1, maxYoungGenerationSizeMb: 1 } })
  const error = await t.throwsAsync(runner.createTask(() => new Array(1e7).fill('x')).result({ timeout: 30_000 }))
  t.is(error.code, 'ERR_RUNNER_DIED')
})

test('odd resource limits throw at once, or reach whoever waits', t => {
  const limits = [{ maxOldGenerationSizeMb: 'lots' }, { stackSizeMb: -5 }, { codeRangeSizeMb: {} }]
  for (const resourceLimits of limits) {
    try {
      const runner = runnerFor(t, { resourceLimits })
      t.is(
        runner.run(() => 1, [], { timeout: 20_000 }),
        1,
      )
    } catch (error) {
      t.not(error.code, 'ERR_EVENT_LOOP_TIMEOUT', JSON.stringify(resourceLimits))
    }
  }
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
