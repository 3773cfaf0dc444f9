// Tasks from outside and inside: waiting, names, options, and what is kept of them.
//
// Promises to cover T1, T2, T6, T8 and all of BackgroundTask but cancellation and errors, which have specs of their
// own; and what of TestAsyncRunner is about tasks.

import ava from 'ava'
import { BackgroundTask, currentTask, Event, Queue, sleep } from 'threaded-async'
import { duration, holdLoop, runnerFor, tasksOf, until, untilAsync } from '../support/runner-fixture.mjs'

// One at a time: what blocks here would be measured by, and delay, whatever ran beside it.
const test = ava.serial

const timedOut = { code: 'ERR_EVENT_LOOP_TIMEOUT', name: 'EventLoopTimeoutError' }
/** Both doors to a task's outcome. */
const doors = {
  wait: async (task, options) => task.wait(options),
  result: (task, options) => task.result(options),
}

// --- T1, T2: waiting

for (const [door, outcome] of Object.entries(doors)) {
  // Python: TestAsyncRunner.test_create_task, test_task_wait_on_done
  test(`T1: create, ${door}, ${door} again; done before and after`, async t => {
    const runner = runnerFor(t)
    const event = new Event()
    const task = runner.createTask(
      async (x, it) => {
        await it.waitAsync()
        return x + 1
      },
      [3, event],
    )
    t.true(task instanceof BackgroundTask)
    t.false(task.done())
    t.false(task.cancelled())
    event.set()
    t.is(await outcome(task, { timeout: 20_000 }), 4)
    t.true(task.done())
    t.is(await outcome(task), 4)
    t.is(await outcome(task, { timeout: 0 }), 4)
    t.false(task.cancelled())
  })

  // Python: TestAsyncRunner.test_wait_repeatedly
  test(`T2: a ${door} that times out consumes nothing; a later one succeeds`, async t => {
    const runner = runnerFor(t)
    const event = new Event()
    const task = runner.createTask(async it => (await it.waitAsync(), 'ok'), [event], { name: 'slow' })
    for (let i = 0; i < 2; i++) {
      const before = performance.now()
      const error = await t.throwsAsync(outcome(task, { timeout: 20 }), timedOut)
      t.true(performance.now() - before >= 19)
      t.regex(error.message, /'slow'.*20 ms/)
    }
    await t.throwsAsync(outcome(task, { timeout: 0 }), timedOut)
    t.false(task.done())
    event.set()
    t.is(await outcome(task, { timeout: 20_000 }), 'ok')
  })

  // Python: TestAsyncRunner.test_exception_handling
  test(`T1: ${door} rethrows the task's error, as often as it is asked`, async t => {
    const runner = runnerFor(t)
    const task = runner.createTask(async () => {
      throw new RangeError('foo')
    })
    for (let i = 0; i < 3; i++) {
      await t.throwsAsync(outcome(task), { instanceOf: RangeError, message: 'foo' })
      t.true(task.done())
    }
    t.notThrows(() => runner.close())
  })
}

test('wait really blocks until the task has ended', t => {
  const runner = runnerFor(t)
  runner.waitForNextEventloopIteration()
  const took = duration(() => runner.createTask(() => sleep(60)).wait())
  t.true(took >= 59, `took ${took} ms`)
})

// Python: TestAsyncRunner.test_task_done
test('done follows the task without anybody waiting for it', t => {
  const runner = runnerFor(t)
  const event = new Event(runner)
  const task = runner.createTask(it => it.asAsyncEvent().wait(), [event])
  t.false(task.done())
  event.set()
  t.true(event.isSet())
  until(() => task.done())
  t.pass()
})

test('many waits, on both sides and from other threads, see the same outcome', async t => {
  const runner = runnerFor(t)
  const other = runnerFor(t, { allowBlocking: true })
  const event = new Event()
  const task = runner.createTask(async it => (await it.waitAsync(), { value: [1] }), [event], { name: 'shared' })
  const results = [task.result(), task.result({ timeout: 20_000 })]
  const elsewhere = other.createTask(it => it.result(), [task])
  const blocked = other.createTask(it => it.wait(), [task])
  event.set()
  for (const value of [task.wait(), await results[0], await results[1], elsewhere.wait(), blocked.wait()]) {
    t.deepEqual(value, { value: [1] })
  }
  const late = other.createTask(it => [it.wait(), it.done(), it.name], [task])
  t.deepEqual(late.wait(), [{ value: [1] }, true, 'shared'])
})

test('a task travels and comes back as the same object', t => {
  const runner = runnerFor(t)
  const task = runner.createTask(() => sleep(Infinity))
  const queue = new Queue()
  runner.run((it, to) => to.putNowait({ it }), [task, queue])
  t.is(queue.getWait().it, task)
  task.cancel()
})

test('result with a signal: a pre-aborted one rejects with its reason, a later one ends only this wait', async t => {
  const runner = runnerFor(t)
  const done = runner.createTask(() => 'there')
  done.wait()
  const reason = new Error('no')
  t.is(await t.throwsAsync(done.result({ signal: AbortSignal.abort(reason) })), reason)
  const event = new Event()
  const task = runner.createTask(async it => (await it.waitAsync(), 'later'), [event])
  const controller = new AbortController()
  const waiting = task.result({ signal: controller.signal })
  controller.abort(reason)
  t.is(await t.throwsAsync(waiting), reason)
  t.false(task.done())
  event.set()
  t.is(await task.result({ signal: new AbortController().signal }), 'later')
})

// --- T6

// Python: TestAsyncRunner.test_run_timeout
test('T6: run that times out cancels its task; its side effect does not happen', t => {
  const runner = runnerFor(t)
  const log = new Queue()
  const took = duration(() => {
    const work = async queue => {
      try {
        await sleep(20_000)
        queue.putNowait('side effect')
      } finally {
        queue.putNowait('cleaned up')
      }
    }
    const error = t.throws(() => runner.run(work, [log], { timeout: 20 }), timedOut)
    t.regex(error.message, /20 ms/)
    t.regex(error.message, /'work'/)
  })
  t.true(took >= 19)
  until(() => tasksOf(runner) === 0)
  t.true(log.clear().every(line => line === 'cleaned up'))
})

test('T6: run that times out before its task could start: it never starts', t => {
  const runner = runnerFor(t)
  const { release } = holdLoop(t, runner)
  const log = new Queue()
  t.throws(() => runner.run(queue => queue.putNowait(1), [log], { timeout: 20 }), timedOut)
  release.set()
  runner.waitForNextEventloopIteration()
  t.is(log.qsize(), 0)
  t.is(tasksOf(runner), 0)
})

/** Work that fails in its cleanup, and work that knows no cancellation, and fails when it is told that its run is over. */
const failsInCleanup = async () => {
  try {
    await sleep(Infinity)
  } catch {
    throw new Error('too late')
  }
}
const failsAnyway = over =>
  new Promise((_, reject) => {
    const timer = setInterval(() => {
      if (Atomics.load(over, 0) === 0) return
      clearInterval(timer)
      reject(new Error('too late'))
    }, 1)
  })

function timesOut(t, runner, work) {
  const over = new Int32Array(new SharedArrayBuffer(4))
  t.throws(() => runner.run(work, [over], { timeout: 1500 }), timedOut)
  Atomics.store(over, 0, 1)
}

for (const work of [failsInCleanup, failsAnyway]) {
  test(`T6: what a task throws after its run has timed out is a warning, and no matter of close: ${work.name}`, async t => {
    const warnings = []
    const onWarning = warning => warnings.push(warning)
    process.on('warning', onWarning)
    t.teardown(() => process.off('warning', onWarning))
    const runner = runnerFor(t, { name: 'worker' })
    runner.waitForNextEventloopIteration()
    timesOut(t, runner, work)
    await untilAsync(() => warnings.length > 0)
    t.is(warnings[0].code, 'TA001')
    t.regex(warnings[0].message, new RegExp(`'${work.name}' of runner 'worker'.*too late`))
    t.notThrows(() => runner.close())
    t.is(warnings.length, 1)
  })

  test(`T6: onTaskError hears of it instead, where there is one: ${work.name}`, async t => {
    const warnings = []
    const onWarning = warning => warnings.push(warning.code)
    process.on('warning', onWarning)
    t.teardown(() => process.off('warning', onWarning))
    const seen = []
    const runner = runnerFor(t, { onTaskError: ({ error, task }) => seen.push([task, error.message]) })
    runner.waitForNextEventloopIteration()
    timesOut(t, runner, work)
    await untilAsync(() => seen.length > 0)
    t.notThrows(() => runner.close())
    t.deepEqual(seen, [[work.name, 'too late']])
    await new Promise(resolve => setImmediate(resolve))
    t.deepEqual(warnings, [])
  })
}

test("name: the one given, else the function's", t => {
  const runner = runnerFor(t)
  async function crawl() {
    const { name } = currentTask()
    return name
  }
  const [named, own] = [runner.createTask(crawl, [], { name: 'page 5' }), runner.createTask(crawl)]
  t.deepEqual([named.name, own.name], ['page 5', 'crawl'])
  t.deepEqual([named.wait(), own.wait()], ['page 5', 'crawl'])
})

// --- T8: what is kept

test('name: of any length and in any script, on both sides', t => {
  const runner = runnerFor(t)
  for (const unit of ['a', 'é', '漢', '🐎']) {
    for (const length of [...Array(70).keys(), 1000]) {
      const name = unit.repeat(length)
      const task = runner.createTask(() => currentTask().name, [], { name })
      t.deepEqual([task.name, task.wait()], [name, name])
    }
  }
  t.is(runner.createTask(() => 1, [], { name: 'half \ud800' }).name, 'half \ufffd')
})

test('T8: 100,000 finished, unwaited tasks leave the registry bounded', t => {
  const runner = runnerFor(t)
  const fn = x => x
  const batch = () => {
    for (let i = 0; i < 2000; i++) runner.createTask(fn, [i])
    runner.waitForNextEventloopIteration()
  }
  for (let i = 0; i < 10; i++) batch()
  const memory = () => {
    const { rss, heapTotal } = process.memoryUsage() // How large V8 lets its heap become varies.
    return rss - heapTotal
  }
  const before = memory()
  for (let i = 0; i < 40; i++) batch()
  t.is(tasksOf(runner), 0)
  t.is(runner.statistics().backlog, 0)
  const grown = (memory() - before) / 2 ** 20
  t.true(grown < 64, `grown by ${grown} MB over 80,000 tasks`)
  t.is(
    runner.run(() => 'still there'),
    'still there',
  )
})

test('T8: tasks that are created faster than the loop takes them are all run, once', t => {
  const runner = runnerFor(t)
  const { release } = holdLoop(t, runner)
  for (let i = 0; i < 20_000; i++) runner.createTask(() => void (globalThis.count = (globalThis.count ?? 0) + 1))
  t.true(tasksOf(runner) > 20_000)
  release.set()
  t.is(
    runner.run(() => globalThis.count),
    20_000,
  )
})

// --- from inside

test('currentTask follows the task across its awaits, and tells interleaved tasks apart', t => {
  const runner = runnerFor(t)
  const look = async () => {
    const names = [currentTask().name]
    await sleep(1)
    names.push(currentTask().name)
    await Promise.all([null, new Promise(resolve => setTimeout(resolve, 2))])
    names.push(currentTask().name)
    await new Promise(resolve => setImmediate(resolve))
    names.push(currentTask().name, await (async () => currentTask().name)())
    return names
  }
  const tasks = ['a', 'b', 'c'].map(name => runner.createTask(look, [], { name }))
  tasks.forEach((task, i) => t.deepEqual(task.wait(), Array(5).fill('abc'[i])))
})

test('currentTask is one object per task, and says whether it was cancelled', t => {
  const runner = runnerFor(t)
  const task = runner.createTask(async () => {
    const it = currentTask()
    await null
    it.throwIfCancelled()
    return [it === currentTask(), it.cancelled, it.signal.aborted, it.signal === currentTask().signal]
  })
  t.deepEqual(task.wait(), [true, false, false, true])
})

test('currentTask is undefined in callInLoop from outside, and the running task in an inline call', t => {
  const runner = runnerFor(t)
  t.true(runner.callInLoop(() => currentTask() === undefined))
  t.is(runner.createTask(it => it.callInLoop(() => currentTask().name), [runner], { name: 'caller' }).wait(), 'caller')
})

test('sleep works on main as well, never returns early, and heeds its signal', async t => {
  const before = performance.now()
  t.is(await sleep(30), undefined)
  t.true(performance.now() - before >= 29)
  await sleep(0)
  const controller = new AbortController()
  const sleeping = sleep(Infinity, { signal: controller.signal })
  const reason = new Error('up')
  controller.abort(reason)
  t.is(await t.throwsAsync(sleeping), reason)
  t.is(await t.throwsAsync(sleep(0, { signal: AbortSignal.abort(reason) })), reason)
  for (const ms of [-1, NaN]) await t.throwsAsync(async () => sleep(ms), { code: 'ERR_OUT_OF_RANGE' })
  for (const ms of [undefined, '1', null]) await t.throwsAsync(async () => sleep(ms), { code: 'ERR_INVALID_ARG_TYPE' })
  await t.throwsAsync(async () => sleep(1, 5), { code: 'ERR_INVALID_ARG_TYPE' })
  await t.throwsAsync(async () => sleep(1, { signal: 5 }), { code: 'ERR_INVALID_ARG_TYPE' })
})
