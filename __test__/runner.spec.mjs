// The runner: one loop on one other thread, what blocks on it and for how long, and what it tells about itself.
//
// Promises to cover R1-R4, R8, R9, R12 as far as it can be seen from inside one process, and Python's TestAsyncRunner
// where that is about the runner; tasks, cancellation, errors and the end have specs of their own.

import ava from 'ava'
import { once } from 'node:events'
import { threadId, Worker } from 'node:worker_threads'
import { AsyncRunner, currentTask, Event, Future, Queue, ShutdownType, sleep, TimeoutTimer } from 'threaded-async'
import { atRest, duration, hold, holdLoop, runnerFor, tasksOf, until, untilAsync } from './tasks/runner-fixture.mjs'

// One at a time: what blocks here would be measured by, and delay, whatever ran beside it.
const test = ava.serial

const timedOut = { code: 'ERR_EVENT_LOOP_TIMEOUT', name: 'EventLoopTimeoutError' }
const wouldDeadlock = { code: 'ERR_WOULD_DEADLOCK', name: 'WouldDeadlockError' }

// --- R1, R2: which thread

test('R1: all tasks and all continuations run on one other thread', t => {
  const runner = runnerFor(t)
  const ids = async ms => {
    const { threadId } = await import('node:worker_threads')
    const seen = [threadId]
    await sleep(ms)
    seen.push(threadId)
    await null
    seen.push(await new Promise(resolve => setImmediate(() => resolve(threadId))))
    return seen
  }
  const tasks = [0, 1, 2].map(ms => runner.createTask(ids, [ms]))
  const seen = new Set(tasks.flatMap(task => task.wait()))
  seen.add(runner.callInLoop(() => require('node:worker_threads').threadId))
  t.is(seen.size, 1)
  t.false(seen.has(threadId))
})

test('R1: tasks start in the order in which they were created', t => {
  const runner = runnerFor(t)
  const order = new Queue()
  for (let i = 0; i < 100; i++) runner.createTask((queue, n) => queue.putNowait(n), [order, i])
  t.deepEqual(
    Array.from({ length: 100 }, () => order.getWait()),
    Array.from({ length: 100 }, (_, i) => i),
  )
})

// Python: TestAsyncRunner.test_in_runner_loop, test_in_runner_loop_seperate_loop
test('R2: inRunnerLoop is true only inside that runner', async t => {
  const runner = runnerFor(t)
  const other = runnerFor(t)
  const isInside = it => it.inRunnerLoop
  t.false(runner.inRunnerLoop)
  t.true(runner.callInLoop(isInside, [runner]))
  t.true(runner.run(async it => (await sleep(1), it.inRunnerLoop), [runner]))
  t.false(other.run(isInside, [runner]))
  t.true(other.run(isInside, [other]))
  await null
  t.false(runner.inRunnerLoop)
})

test('AsyncRunner.current is the very runner inside a task, and undefined elsewhere', t => {
  const runner = runnerFor(t, { name: 'mine' })
  t.is(AsyncRunner.current, undefined)
  t.true(runner.run(it => it === AsyncRunner.current, [runner]))
  t.true(runner.run(async () => (await sleep(1), AsyncRunner.current === AsyncRunner.current)))
  t.is(
    runner.run(() => AsyncRunner.current),
    runner,
  )
  t.is(
    runner.callInLoop(() => AsyncRunner.current.name),
    'mine',
  )
})

test('AsyncRunner.current still works when its object was released and many others were made since', t => {
  const runner = runnerFor(t, { name: 'mine' })
  const names = runner.run(async () => {
    const { setFlagsFromString } = await import('node:v8')
    const { runInNewContext } = await import('node:vm')
    setFlagsFromString('--expose-gc')
    const collect = runInNewContext('gc')
    const names = []
    for (let round = 0; round < 5; round++) {
      names.push(AsyncRunner.current.name)
      await sleep(0)
      collect()
      for (let i = 0; i < 100; i++) new Event()
    }
    return names
  })
  t.deepEqual(names, Array(5).fill('mine'))
})

// --- run and callInLoop

// Python: TestAsyncRunner.test_run_awaitable
test('run blocks until the function has ended, and returns what it did', t => {
  const runner = runnerFor(t)
  const took = duration(() =>
    t.is(
      runner.run(async x => (await sleep(50), x + 1), [3]),
      4,
    ),
  )
  t.true(took >= 49, `took ${took} ms`)
  t.is(
    runner.run(() => 'not async'),
    'not async',
  )
})

test('run and callInLoop take functions of every kind', t => {
  const runner = runnerFor(t)
  const object = {
    async method(a, b) {
      return a + b
    },
  }
  t.is(runner.run(object.method, [1, 2]), 3)
  t.is(
    runner.run(
      function (a) {
        return a
      },
      [5],
    ),
    5,
  )
  t.is(
    runner.callInLoop((...all) => all.length, [1, 2, 3]),
    3,
  )
  t.is(
    runner.callInLoop((a = 7) => a),
    7,
  )
})

test('R3: callInLoop runs inline when already inside, captured variables and all', t => {
  const runner = runnerFor(t)
  const seen = runner.run(
    it => {
      const log = ['before']
      const value = it.callInLoop(text => log.push(text), ['inside'])
      log.push('after')
      return [log, value]
    },
    [runner],
  )
  t.deepEqual(seen, [['before', 'inside', 'after'], 2])
})

test("R3: callInLoop's errors keep their type", t => {
  const runner = runnerFor(t)
  const error = t.throws(
    () =>
      runner.callInLoop(() => {
        throw Object.assign(new RangeError('too far'), { code: 'E_FAR' })
      }),
    { instanceOf: RangeError, message: 'too far' },
  )
  t.is(error.code, 'E_FAR')
  t.throws(
    () =>
      runner.run(
        it => {
          it.callInLoop(() => {
            throw new TypeError('inline')
          })
        },
        [runner],
      ),
    { instanceOf: TypeError, message: 'inline' },
  )
  runner.close()
  t.is(runner.shutdownType, ShutdownType.STOPPED)
})

// Python: TestAsyncRunner.test_call_in_loop_timeout
test('R3: callInLoop times out by the default, and names the function that holds the loop', t => {
  const runner = runnerFor(t, { callInLoopTimeout: 50 })
  const release = new Event()
  const error = t.throws(() => runner.callInLoop(hold, [new Event(), release]), timedOut)
  t.regex(error.message, /hold/)
  t.regex(error.message, /\b50 ms/)
  release.set()
  runner.waitForNextEventloopIteration({ timeout: Infinity })
})

test('R3: a call in the loop that timed out before it began never begins', t => {
  const runner = runnerFor(t)
  const { release } = holdLoop(t, runner)
  const log = new Queue()
  t.throws(() => runner.callInLoop(queue => queue.putNowait('late'), [log], { timeout: 30 }), timedOut)
  release.set()
  runner.waitForNextEventloopIteration()
  t.is(log.qsize(), 0)
})

test('callInLoop refuses a function that returns a promise', t => {
  const runner = runnerFor(t)
  const error = t.throws(() => runner.callInLoop(async () => 1))
  t.is(error.code, 'ERR_UNCLONEABLE')
})

// --- R9: timeouts

// Python: TestAsyncRunner.test_wait_for_next_eventloop_iteration_using_call_in_loop_timeout
test('R9: waitForNextEventloopIteration takes the default timeout, and names the stuck task', t => {
  const runner = runnerFor(t, { callInLoopTimeout: 60, name: 'slow' })
  const { task, release } = holdLoop(t, runner, 'spinner')
  let error
  const took = duration(() => (error = t.throws(() => runner.waitForNextEventloopIteration(), timedOut)))
  t.true(took >= 59, `took ${took} ms`)
  t.regex(error.message, /60 ms/)
  t.regex(error.message, /'spinner'/)
  release.set()
  task.wait({ timeout: Infinity })
})

// Python: TestAsyncRunner.test_wait_for_next_eventloop_iteration_using_override_timeout
test('R9: an own timeout overrides the default', t => {
  const runner = runnerFor(t, { callInLoopTimeout: 60_000 })
  const { task, release } = holdLoop(t, runner)
  const took = duration(() => t.throws(() => runner.waitForNextEventloopIteration({ timeout: 60 }), timedOut))
  t.true(took >= 59 && took < 20_000, `took ${took} ms`)
  release.set()
  task.wait()
})

// Python: TestAsyncRunner.test_wait_for_next_eventloop_iteration_using_no_timeout
test('R9: Infinity overrides the default with no limit at all', t => {
  const runner = runnerFor(t, { callInLoopTimeout: 20 })
  const begun = new Event()
  const task = runner.createTask(
    event => {
      event.set()
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 200)
    },
    [begun],
  )
  begun.wait()
  const took = duration(() => runner.waitForNextEventloopIteration({ timeout: Infinity }))
  t.true(took > 100, `took ${took} ms`)
  t.true(task.done())
})

test('waitForNextEventloopIteration returns once everything that was created before has begun', t => {
  const runner = runnerFor(t)
  const log = new Queue()
  for (let i = 0; i < 50; i++) runner.createTask(queue => queue.putNowait(1), [log])
  runner.waitForNextEventloopIteration()
  t.is(log.qsize(), 50)
})

test('R9: the default timeout holds for every blocking door tied to the runner', t => {
  const runner = runnerFor(t, { callInLoopTimeout: 25 })
  const queue = new Queue(runner, { maxsize: 1 })
  queue.putNowait(0)
  const doors = {
    run: () => runner.run(() => sleep(Infinity)),
    wait: () => runner.createTask(() => sleep(Infinity)).wait(),
    eventWait: () => new Event(runner).wait(),
    resultWait: () => new Future(runner).resultWait(),
    putWait: () => queue.putWait(1),
    joinWait: () => queue.joinWait(),
    getWait: () => new Queue(runner).getWait(),
  }
  for (const [name, door] of Object.entries(doors)) {
    let error
    const took = duration(() => (error = t.throws(door, timedOut, name)))
    t.true(took >= 24, `${name} took ${took} ms`)
    t.regex(error.message, /25 ms/, name)
  }
  t.is(queue.qsize(), 1)
})

test('R9: what has no runner has no default, and is not bound by that of the loop it is used from', async t => {
  const runner = runnerFor(t, { callInLoopTimeout: 20, allowBlocking: true })
  const event = new Event()
  const task = runner.createTask(it => it.wait(), [event])
  until(() => event.statistics().waiters === 1)
  await new Promise(resolve => setTimeout(resolve, 80))
  t.false(task.done())
  event.set()
  t.is(task.wait(), undefined)
})

test('awaiting doors have no default timeout', async t => {
  const runner = runnerFor(t, { callInLoopTimeout: 20 })
  const event = new Event(runner)
  const waiting = event.waitAsync()
  const task = runner.createTask(it => it.waitAsync(), [event])
  await untilAsync(() => event.statistics().waiters === 2)
  await new Promise(resolve => setTimeout(resolve, 80))
  t.is(event.statistics().waiters, 2)
  event.set()
  await waiting
  await task.result()
})

test('R9: exitTimeout and callInLoopTimeout can be read and set', t => {
  const runner = runnerFor(t)
  t.is(runner.exitTimeout, 1000)
  t.is(runner.callInLoopTimeout, Infinity)
  runner.waitForNextEventloopIteration()
  runner.exitTimeout = 250
  runner.callInLoopTimeout = 1000
  t.is(runner.exitTimeout, 250)
  t.is(runner.callInLoopTimeout, 1000)
  const { exitTimeout, callInLoopTimeout } = runner.run(
    it => {
      it.callInLoopTimeout = 20
      return { exitTimeout: it.exitTimeout, callInLoopTimeout: it.callInLoopTimeout }
    },
    [runner],
  )
  t.deepEqual({ exitTimeout, callInLoopTimeout }, { exitTimeout: 250, callInLoopTimeout: 20 })
  t.is(runner.callInLoopTimeout, 20)
  t.throws(() => new Event(runner).wait(), timedOut)
})

const oddDurations = [
  [NaN, 'ERR_OUT_OF_RANGE'],
  [-1, 'ERR_OUT_OF_RANGE'],
  [-Infinity, 'ERR_OUT_OF_RANGE'],
  ['10', 'ERR_INVALID_ARG_TYPE'],
  [null, 'ERR_INVALID_ARG_TYPE'],
  [10n, 'ERR_INVALID_ARG_TYPE'],
]

test('R9: odd timeouts throw before anything happens', t => {
  const runner = runnerFor(t)
  const log = new Queue()
  const put = queue => queue.putNowait(1)
  for (const [timeout, code] of oddDurations) {
    const doors = {
      constructorExit: () => new AsyncRunner({ exitTimeout: timeout }),
      constructorCall: () => new AsyncRunner({ callInLoopTimeout: timeout }),
      createTask: () => runner.createTask(put, [log], { timeout }),
      run: () => runner.run(put, [log], { timeout }),
      callInLoop: () => runner.callInLoop(put, [log], { timeout }),
      next: () => runner.waitForNextEventloopIteration({ timeout }),
      setExit: () => (runner.exitTimeout = timeout),
      setCall: () => (runner.callInLoopTimeout = timeout),
      timer: () => new TimeoutTimer(timeout),
    }
    for (const [name, door] of Object.entries(doors)) t.throws(door, { code }, `${name} with ${String(timeout)}`)
  }
  runner.waitForNextEventloopIteration()
  t.is(log.qsize(), 0)
  t.is(runner.exitTimeout, 1000)
  t.is(runner.callInLoopTimeout, Infinity)
  for (const name of ['exitTimeout', 'callInLoopTimeout']) {
    t.throws(() => (runner[name] = undefined), { code: 'ERR_INVALID_ARG_TYPE' })
  }
})

test('R9: a timeout of 0 polls, a huge one waits', t => {
  const runner = runnerFor(t)
  const { release } = holdLoop(t, runner)
  t.throws(() => runner.waitForNextEventloopIteration({ timeout: 0 }), timedOut)
  t.throws(() => runner.run(() => 1, [], { timeout: 0 }), timedOut)
  release.set()
  t.is(
    runner.run(() => 1, [], { timeout: Number.MAX_VALUE }),
    1,
  )
  t.is(
    runner.run(() => 1, [], { timeout: 2 ** 53 }),
    1,
  )
})

test('R9: one deadline for several waits, by TimeoutTimer', t => {
  const runner = runnerFor(t)
  const timer = new TimeoutTimer(120)
  const before = performance.now()
  const task = runner.createTask(() => sleep(Infinity))
  t.throws(() => task.wait({ timeout: Math.min(40, timer.remaining) }), timedOut)
  t.throws(() => task.wait({ timeout: timer.remaining }), timedOut)
  const took = performance.now() - before
  t.true(took >= 119, `took ${took} ms`)
  t.is(timer.remaining, 0)
  task.cancel()
})

const waysBack = {
  'after sleep': async (held, release) => {
    await sleep(1)
    held.set()
    while (!release.isSet()) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1)
  },
  'after a microtask': async (held, release) => {
    await null
    held.set()
    while (!release.isSet()) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1)
  },
  'after a wait that timed out': async (held, release) => {
    await new Queue().get({ timeout: 1 }).catch(() => {})
    held.set()
    while (!release.isSet()) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1)
  },
  'after node:timers/promises': async (held, release) => {
    const timers = await import('node:timers/promises')
    await timers.setTimeout(1)
    held.set()
    while (!release.isSet()) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1)
  },
  'after a timer of Node itself': async (held, release) => {
    await new Promise(resolve => setTimeout(resolve, 1))
    held.set()
    while (!release.isSet()) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1)
  },
}

for (const [way, fn] of Object.entries(waysBack)) {
  test(`R9: a timeout names the task that holds the loop since it came back ${way}`, t => {
    const runner = runnerFor(t)
    const [held, release] = [new Event(), new Event()]
    t.teardown(() => release.set())
    const idle = runner.createTask(() => sleep(Infinity), [], { name: 'idle' })
    const task = runner.createTask(fn, [held, release], { name: 'spinner' })
    held.wait()
    for (const door of [
      () => runner.waitForNextEventloopIteration({ timeout: 10 }),
      () => runner.run(() => 1, [], { timeout: 10 }),
      () => runner.callInLoop(() => 1, [], { timeout: 10 }),
      () => idle.wait({ timeout: 10 }),
    ]) {
      t.regex(t.throws(door, timedOut).message, /'spinner'/)
    }
    release.set()
    task.wait()
  })
}

test('R9: a timeout names no holder when the loop is free', t => {
  const runner = runnerFor(t)
  const task = runner.createTask(() => sleep(Infinity), [], { name: 'sleeper' })
  runner.waitForNextEventloopIteration()
  const error = t.throws(() => task.wait({ timeout: 50 }), timedOut)
  t.regex(error.message, /'sleeper'/)
  t.notRegex(error.message, /held/)
})

test("R9: a timeout on the runner's primitives names the task that holds the loop", t => {
  const runner = runnerFor(t)
  const { release } = holdLoop(t, runner, 'spinner')
  const doors = {
    event: () => new Event(runner).wait({ timeout: 10 }),
    future: () => new Future(runner).resultWait({ timeout: 10 }),
    queue: () => new Queue(runner).getWait({ timeout: 10 }),
  }
  for (const [name, door] of Object.entries(doors)) t.regex(t.throws(door, timedOut).message, /'spinner'/, name)
  release.set()
})

// --- R4: blocking inside the loop

test("R4: every blocking call on the runner's own thread throws before any side effect", t => {
  const runner = runnerFor(t)
  const other = runnerFor(t)
  const full = new Queue({ maxsize: 1 })
  full.putNowait('first')
  const stocked = new Queue()
  stocked.putMany([1, 2, 3])
  const unset = new Event()
  const set = new Event()
  set.set()
  const settled = new Future()
  settled.setResult(1)
  const ended = other.createTask(() => 1)
  ended.wait()
  const log = new Queue()
  const codes = runner.run(
    async (full, stocked, unset, set, settled, ended, other, log) => {
      const own = AsyncRunner.current
      const task = own.createTask(() => sleep(Infinity))
      const put = queue => queue.putNowait('side effect')
      const doors = {
        getWait: () => stocked.getWait(),
        getWaitTimeout: () => stocked.getWait({ timeout: 0 }),
        getManyWait: () => stocked.getManyWait(2),
        putWait: () => stocked.putWait(4),
        putWaitFull: () => full.putWait('second', { timeout: 10 }),
        putManyWait: () => stocked.putManyWait([5, 6]),
        joinWait: () => new Queue().joinWait(),
        iterateWait: () => [...stocked.iterateWait()],
        eventWait: () => unset.wait(),
        eventWaitSet: () => set.wait(),
        resultWait: () => settled.resultWait(),
        taskWait: () => task.wait(),
        taskWaitDone: () => ended.wait(),
        ownRun: () => own.run(put, [log]),
        otherRun: () => other.run(put, [log]),
        otherCall: () => other.callInLoop(put, [log]),
        ownNext: () => own.waitForNextEventloopIteration(),
        otherNext: () => other.waitForNextEventloopIteration(),
        ownClose: () => own.close(),
        otherClose: () => other.close(),
        ownDispose: () => own[Symbol.dispose](),
      }
      const codes = {}
      for (const [name, door] of Object.entries(doors)) {
        try {
          codes[name] = `returned ${door()}`
        } catch (error) {
          codes[name] = error instanceof WouldDeadlockError ? error.code : String(error)
        }
      }
      task.cancel()
      return codes
    },
    [full, stocked, unset, set, settled, ended, other, log],
  )
  for (const [name, code] of Object.entries(codes)) t.is(code, 'ERR_WOULD_DEADLOCK', name)
  other.waitForNextEventloopIteration()
  runner.waitForNextEventloopIteration()
  t.is(log.qsize(), 0)
  t.deepEqual(stocked.clear(), [1, 2, 3])
  t.deepEqual(full.clear(), ['first'])
  t.deepEqual([unset.statistics().waiters, stocked.statistics().getters, full.statistics().putters], [0, 0, 0])
  t.true(runner.isRunning)
  t.true(other.isRunning)
})

test('R4: the refusal says what to do instead, and names the runner', t => {
  const runner = runnerFor(t, { name: 'strict' })
  const error = t.throws(() => runner.run(queue => queue.getWait(), [new Queue()]), wouldDeadlock)
  t.regex(error.message, /'strict'/)
  t.regex(error.message, /allowBlocking/)
})

test('allowBlocking: blocking doors work on that loop, for what others end', t => {
  const runner = runnerFor(t, { allowBlocking: true })
  const other = runnerFor(t)
  const [requests, answers] = [new Queue(), new Queue()]
  const task = runner.createTask(
    (requests, answers, other) => {
      answers.putWait(requests.getWait() * 2)
      answers.putWait(other.run(async x => (await sleep(5), x + 1), [10]))
      answers.putWait(other.callInLoop(() => 'called'))
      other.waitForNextEventloopIteration()
      return other.createTask(() => 'task').wait()
    },
    [requests, answers, other],
  )
  until(() => requests.statistics().getters === 1)
  requests.putNowait(21)
  t.deepEqual([answers.getWait(), answers.getWait(), answers.getWait()], [42, 11, 'called'])
  t.is(task.wait(), 'task')
})

test("R4: waiting for one's own loop throws even with allowBlocking, timeout or not", t => {
  const runner = runnerFor(t, { name: 'self', allowBlocking: true })
  const outcomes = runner.run(async () => {
    const own = AsyncRunner.current
    const task = own.createTask(() => sleep(Infinity))
    const doors = {
      wait: () => task.wait(),
      waitTimeout: () => task.wait({ timeout: 50 }),
      run: () => own.run(() => 1),
      runTimeout: () => own.run(() => 1, [], { timeout: 50 }),
      next: () => own.waitForNextEventloopIteration(),
      nextTimeout: () => own.waitForNextEventloopIteration({ timeout: 50 }),
      close: () => own.close(),
    }
    const outcomes = {}
    for (const [name, door] of Object.entries(doors)) {
      try {
        outcomes[name] = `returned ${door()}`
      } catch (error) {
        outcomes[name] =
          `${error.code}${error.message.includes("'self'") || error.message.includes('self') ? '' : ' nameless'}`
      }
    }
    task.cancel()
    return outcomes
  })
  for (const [name, outcome] of Object.entries(outcomes)) t.is(outcome, 'ERR_WOULD_DEADLOCK', name)
  t.is(tasksOf(runner), 0)
})

// --- R8: before, after, and odd arguments

test('a runner takes work from the first moment, while its loop is still booting', t => {
  const runner = runnerFor(t)
  t.true(runner.isRunning)
  t.is(runner.shutdownType, ShutdownType.NOT_SHUT_DOWN)
  const queue = new Queue(runner)
  const task = runner.createTask(async it => (await it.get()) + 1, [queue])
  queue.putWait(1)
  t.is(task.wait(), 2)
})

const use = runner => ({
  createTask: () => runner.createTask(() => 1),
  run: () => runner.run(() => 1),
  callInLoop: () => runner.callInLoop(() => 1),
  next: () => runner.waitForNextEventloopIteration(),
  queue: () => new Queue(runner),
  event: () => new Event(runner),
  future: () => new Future(runner),
})

test("R8: use after close throws RunnerClosedError with the runner's name", t => {
  const runner = new AsyncRunner({ name: 'gone' })
  runner.close()
  for (const [name, door] of Object.entries(use(runner))) {
    const error = t.throws(door, { code: 'ERR_RUNNER_CLOSED', name: 'RunnerClosedError' }, name)
    t.regex(error.message, /'gone'/, name)
  }
  t.false(runner.isRunning)
  t.is(runner.name, 'gone')
  t.is(tasksOf(runner), 0)
})

test('R8: closing twice, by any door, is nothing; so is closing one that never did anything', async t => {
  const runner = new AsyncRunner()
  runner.close()
  runner.close()
  runner[Symbol.dispose]()
  await runner.closeAsync()
  await runner[Symbol.asyncDispose]()
  t.is(runner.shutdownType, ShutdownType.STOPPED)
})

test('odd arguments throw at the call, and no thread or task is made', t => {
  const runner = runnerFor(t)
  const type = { code: 'ERR_INVALID_ARG_TYPE', instanceOf: TypeError }
  const odd = {
    options: () => new AsyncRunner(5),
    null: () => new AsyncRunner(null),
    name: () => new AsyncRunner({ name: 5 }),
    debug: () => new AsyncRunner({ debug: 'yes' }),
    allowBlocking: () => new AsyncRunner({ allowBlocking: 1 }),
    log: () => new AsyncRunner({ logForcedShutdownStackTrace: null }),
    onTaskError: () => new AsyncRunner({ onTaskError: {} }),
    resourceLimits: () => new AsyncRunner({ resourceLimits: 3 }),
    use: () => AsyncRunner.use(5),
    fn: () => runner.createTask('code'),
    fnMissing: () => runner.createTask(),
    promise: () => runner.createTask(Promise.resolve()),
    args: () => runner.createTask(() => 1, 5),
    argsObject: () => runner.createTask(() => 1, { length: 1 }),
    taskOptions: () => runner.createTask(() => 1, [], 5),
    taskName: () => runner.createTask(() => 1, [], { name: 5 }),
    signal: () => runner.createTask(() => 1, [], { signal: {} }),
    transfer: () => runner.createTask(() => 1, [], { transfer: {} }),
    transferItem: () => runner.createTask(() => 1, [], { transfer: [new Uint8Array(1)] }),
    run: () => runner.run(5),
    runOptions: () => runner.run(() => 1, [], 5),
    call: () => runner.callInLoop(undefined),
    event: () => new Event({}),
    queue: () => new Queue({}, {}),
  }
  for (const [name, call] of Object.entries(odd)) t.throws(call, type, name)
  t.is(tasksOf(runner), 0)
})

test('a runner has the name it was given, else one of its own', t => {
  const named = runnerFor(t, { name: 'crawler' })
  const [one, two] = [runnerFor(t), runnerFor(t)]
  t.is(named.name, 'crawler')
  t.is(typeof one.name, 'string')
  t.not(one.name, '')
  t.not(one.name, two.name)
  t.is(
    named.run(it => it.name, [named]),
    'crawler',
  )
})

test('resourceLimits reach the thread', t => {
  const runner = runnerFor(t, { resourceLimits: { maxOldGenerationSizeMb: 77, stackSizeMb: 3 } })
  const limits = runner.run(async () => (await import('node:worker_threads')).resourceLimits)
  t.is(limits.maxOldGenerationSizeMb, 77)
  t.is(limits.stackSizeMb, 3)
})

// --- statistics

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

// --- R12: what holds the process

test('R12: a pending awaiting door on main is served while main only awaits', async t => {
  const runner = runnerFor(t)
  const queue = new Queue(runner)
  runner.createTask(async it => (await sleep(20), it.putNowait('came')), [queue])
  t.is(await queue.get(), 'came')
})

test('R12: tasks run on while main blocks, and main hears of it by blocking doors', t => {
  const runner = runnerFor(t)
  const queue = new Queue(runner)
  runner.createTask(
    async it => {
      for (let i = 0; i < 5; i++) {
        await sleep(5)
        await it.put(i)
      }
    },
    [queue],
  )
  t.deepEqual(
    Array.from({ length: 5 }, () => queue.getWait()),
    [0, 1, 2, 3, 4],
  )
})

// --- many runners, many threads

test('a runner made inside a task works, and ends with the thread that made it', async t => {
  const outer = runnerFor(t, { name: 'outer', allowBlocking: true })
  const inner = outer.run(() => new AsyncRunner({ name: 'inner' }))
  t.is(inner.name, 'inner')
  t.is(
    inner.run(x => x * 2, [4]),
    8,
  )
  const task = inner.createTask(() => sleep(Infinity))
  const waiting = task.result()
  outer.close()
  const error = await t.throwsAsync(waiting)
  t.true(['ERR_RUNNER_DIED', 'ERR_CANCELLED', 'ERR_FORCED_SHUTDOWN', 'ERR_RUNNER_CLOSED'].includes(error.code))
  await untilAsync(() => !inner.isRunning)
  const refusal = t.throws(() => inner.run(() => 1))
  t.true(['ERR_RUNNER_DIED', 'ERR_RUNNER_CLOSED'].includes(refusal.code))
})

test("a user's own worker can make a runner, block on it, and be ended with it", async t => {
  const worker = new Worker(new URL('./tasks/runner-user-worker.mjs', import.meta.url))
  t.teardown(() => worker.terminate())
  const [[value, shutdownType]] = await once(worker, 'message')
  t.is(value, 42)
  t.is(shutdownType, ShutdownType.STOPPED)
  const [[name, isRunning]] = await once(worker, 'message')
  t.deepEqual([name, isRunning], ['left open', true])
  t.is(await worker.terminate(), 1)
})

test("a runner's tasks can create tasks on another runner, and await them", t => {
  const [one, two] = [runnerFor(t), runnerFor(t)]
  const value = one.run(
    async other => {
      const tasks = [1, 2, 3].map(n => other.createTask(async x => (await sleep(1), x * x), [n]))
      return Promise.all(tasks.map(task => task.result()))
    },
    [two],
  )
  t.deepEqual(value, [1, 4, 9])
})

test('currentTask and AsyncRunner.current are undefined on main', t => {
  t.is(currentTask(), undefined)
  t.is(AsyncRunner.current, undefined)
})
