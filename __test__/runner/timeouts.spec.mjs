// Timeouts: the runner's default, one's own, none; what they count; and which task they name.
//
// Promises to cover R9 and the timeouts of R3 and R6: a timeout says how long, for what, and which task holds the loop.
// No upper bound is asserted that a busy machine could pass.

import ava from 'ava'
import { AsyncRunner, Event, Future, Queue, sleep, TimeoutTimer } from 'threaded-async'
import { atRest, duration, hold, holdLoop, runnerFor, until, untilAsync } from '../support/runner-fixture.mjs'

// One at a time: what blocks here would be measured by, and delay, whatever ran beside it.
const test = ava.serial

const timedOut = { code: 'ERR_EVENT_LOOP_TIMEOUT', name: 'EventLoopTimeoutError' }

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
  t.notThrows(() => runner.waitForNextEventloopIteration({ timeout: Infinity }))
  t.true(task.done())
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
  t.is(task.wait({ timeout: Infinity }), undefined)
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
  const runner = runnerFor(t, { exitTimeout: undefined })
  t.is(runner.exitTimeout, 1000)
  t.is(runner.callInLoopTimeout, Infinity)
  runner.waitForNextEventloopIteration()
  runner.exitTimeout = 250
  runner.callInLoopTimeout = 20_000
  t.is(runner.exitTimeout, 250)
  t.is(runner.callInLoopTimeout, 20_000)
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
  const runner = runnerFor(t, { exitTimeout: 1000 })
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
  const before = performance.now()
  const timer = new TimeoutTimer(120)
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
  atRest(runner)
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
