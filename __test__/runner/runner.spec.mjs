// The runner: one loop on one other thread, what it is asked to do, and what it tells about itself.
//
// Promises to cover R1-R3, R8, R12 as far as it can be seen from inside one process, and Python's TestAsyncRunner where
// that is about the runner. Timeouts, blocking, tasks, cancellation, errors and the end have specs of their own.

import ava from 'ava'
import { once } from 'node:events'
import { threadId, Worker } from 'node:worker_threads'
import { AsyncRunner, currentTask, Event, Future, Queue, ShutdownType, sleep } from 'threaded-async'
import { duration, runnerFor, tasksOf, untilAsync } from '../support/runner-fixture.mjs'

// One at a time: what blocks here would be measured by, and delay, whatever ran beside it.
const test = ava.serial

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

test('callInLoop refuses a function that returns a promise', t => {
  const runner = runnerFor(t)
  const error = t.throws(() => runner.callInLoop(async () => 1))
  t.is(error.code, 'ERR_UNCLONEABLE')
})

test('waitForNextEventloopIteration returns once everything that was created before has begun', t => {
  const runner = runnerFor(t)
  const log = new Queue()
  for (let i = 0; i < 50; i++) runner.createTask(queue => queue.putNowait(1), [log])
  runner.waitForNextEventloopIteration()
  t.is(log.qsize(), 50)
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

test('R8: a second close, by any door, does nothing; a runner that never did anything closes as well', async t => {
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
    event: () => new Event(5),
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
  const worker = new Worker(new URL('./user-worker.mjs', import.meta.url))
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
