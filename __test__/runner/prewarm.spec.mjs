// Loops kept ready for runners to come.
//
// Promises that a new runner takes one where its options allow it, and that nothing else tells the difference: options
// hold, the next loop is started in the background, a loop that has died is passed over, and no loop keeps the process
// from ending. How fast that is, is the benchmark's concern.

import ava from 'ava'
import { once } from 'node:events'
import { setImmediate as turn } from 'node:timers/promises'
import { threadId } from 'node:worker_threads'
import { AsyncRunner, Queue, Server, ShutdownType, sleep } from 'threaded-async'
import { ends } from '../support/program.mjs'
import { runnerFor, until, untilAsync } from '../support/runner-fixture.mjs'

// One at a time: the loops that are ready belong to the thread.
const test = ava.serial

/** Every worker this thread has started, as Node tells. */
const workers = []
process.on('worker', worker => workers.push(worker))

test.afterEach.always(() => void AsyncRunner.prewarm(0))

const patience = { timeout: 20_000 }
const threadOf = runner => runner.callInLoop(() => require('node:worker_threads').threadId, [], patience)

/** Forgets the workers there were; Node tells of a new one only at the next tick. */
async function anew() {
  AsyncRunner.prewarm(0)
  await turn()
  workers.length = 0
}

/** Has so many loops ready, and resolves with their threads when all are up. */
async function ready(count) {
  await anew()
  AsyncRunner.prewarm(count)
  await untilAsync(() => AsyncRunner.prewarm() === count && workers.length === count)
  return workers.map(worker => worker.threadId)
}

test('prewarm returns how many loops are ready, and without an argument changes nothing', async t => {
  t.is(AsyncRunner.prewarm(), 0)
  t.true(AsyncRunner.prewarm(2) <= 2) // On a busy machine one may be up by then.
  await untilAsync(() => AsyncRunner.prewarm() === 2)
  t.is(AsyncRunner.prewarm(2), 2)
  t.is(AsyncRunner.prewarm(), 2)
  t.is(AsyncRunner.prewarm(1), 1)
})

test('a new runner takes the loop that has been ready longest, and the next is started in the background', async t => {
  const threads = await ready(2)
  const runner = runnerFor(t)
  t.is(AsyncRunner.prewarm(), 1)
  t.is(threadOf(runner), threads[0])
  await untilAsync(() => AsyncRunner.prewarm() === 2 && workers.length > 2)
  t.is(workers.length, 3)
  const others = [runnerFor(t), runnerFor(t)]
  t.deepEqual(others.map(threadOf), [threads[1], workers[2].threadId])
})

test('a loop that is still starting is taken, too', async t => {
  await anew()
  AsyncRunner.prewarm(1)
  const runner = runnerFor(t)
  t.is(
    runner.run(x => x, [1]),
    1,
  )
  await turn()
  t.is(workers[0].threadId, threadOf(runner))
})

test('a thread that only blocks gets its next loop, too', async t => {
  await ready(1)
  runnerFor(t)
  t.is(AsyncRunner.prewarm(), 0)
  const never = new Queue()
  until(() => {
    t.throws(() => never.getWait({ timeout: 50 }), { code: 'ERR_EVENT_LOOP_TIMEOUT' })
    return AsyncRunner.prewarm() === 1
  })
})

test('more runners than loops are ready: the others start threads', async t => {
  const threads = await ready(1)
  const runners = [1, 2, 3].map(() => runnerFor(t))
  const used = runners.map(threadOf)
  t.is(used[0], threads[0])
  t.is(new Set([...used, threadId]).size, 4)
})

test('a runner with a name or with resourceLimits has a thread of its own', async t => {
  const threads = await ready(1)
  const named = runnerFor(t, { name: 'mine' })
  t.is(named.name, 'mine')
  t.not(threadOf(named), threads[0])
  const limited = runnerFor(t, { resourceLimits: { maxOldGenerationSizeMb: 60 } })
  const limits = limited.callInLoop(() => require('node:worker_threads').resourceLimits)
  t.is(limits.maxOldGenerationSizeMb, 60)
  t.is(AsyncRunner.prewarm(), 1)
  t.is(threadOf(runnerFor(t)), threads[0])
})

test('all other options hold for a loop that was ready', async t => {
  const threads = await ready(1)
  const failures = []
  const onTaskError = failure => failures.push(failure)
  const options = {
    exitTimeout: 1234,
    callInLoopTimeout: 1000,
    debug: true,
    allowBlocking: true,
    spin: 'off',
    onTaskError,
  }
  const runner = runnerFor(t, options)
  t.is(threadOf(runner), threads[0])
  t.is(runner.exitTimeout, 1234)
  t.is(runner.callInLoopTimeout, 1000)
  t.is(
    runner.run(
      () => {
        const queue = new Queue()
        queue.putNowait(1)
        return queue.getWait()
      },
      [],
      patience,
    ),
    1,
  )
  t.throws(() => runner.run(() => sleep(Infinity)), { code: 'ERR_EVENT_LOOP_TIMEOUT', message: /1000 ms/ })
  const error = t.throws(() =>
    runner.run(
      () => {
        throw new RangeError('mine')
      },
      [],
      patience,
    ),
  )
  t.regex(error.stack, /\[the task was created\]/)
  await untilAsync(() => failures.length > 0)
  t.deepEqual(
    failures.map(({ error: { message }, runner: name }) => [message, name]),
    [['mine', runner.name]],
  )
})

test('a loop that was ready refuses to block where its runner does not allow it, also after another that did', async t => {
  await ready(2)
  const allowing = runnerFor(t, { allowBlocking: true })
  const refusing = runnerFor(t)
  const block = () => new Queue().getWait({ timeout: 0 })
  t.throws(() => allowing.run(block), { code: 'ERR_EVENT_LOOP_TIMEOUT' })
  t.throws(() => refusing.run(block), { code: 'ERR_WOULD_DEADLOCK', message: new RegExp(`'${refusing.name}'`) })
})

test('a runner on a loop that was ready is like any other, in name, numbers and end', async t => {
  const fresh = runnerFor(t)
  fresh.waitForNextEventloopIteration()
  const threads = await ready(1)
  const runner = runnerFor(t)
  const { loopLag: _, ...numbers } = runner.statistics()
  const { loopLag: __, ...usual } = fresh.statistics()
  t.deepEqual(numbers, usual)
  t.regex(runner.name, /^runner-\d+$/)
  t.true(runner.isRunning)
  t.is(runner.shutdownType, ShutdownType.NOT_SHUT_DOWN)
  const inside = runner.run(it => [AsyncRunner.current === it, it.inRunnerLoop, it.name], [runner])
  t.deepEqual(inside, [true, true, runner.name])
  t.is(threadOf(runner), threads[0])
  runner.close()
  t.is(runner.shutdownType, ShutdownType.STOPPED)
  t.throws(() => runner.run(() => {}), { code: 'ERR_RUNNER_CLOSED' })
})

test('a server takes a loop that is ready', async t => {
  const threads = await ready(1)
  const server = new Server()
  t.teardown(() => server.close())
  const task = server.createBackgroundTask(() => require('node:worker_threads').threadId)
  t.is(task.wait({ timeout: 20_000 }), threads[0])
})

test('a loop that has died while it was ready is passed over, and replaced by the next', async t => {
  await ready(2)
  const [dead, alive] = workers
  const end = once(dead, 'exit')
  await dead.terminate()
  await end
  t.is(AsyncRunner.prewarm(), 1)
  const runner = runnerFor(t)
  t.is(threadOf(runner), alive.threadId)
  await untilAsync(() => AsyncRunner.prewarm() === 2)
})

test('prewarm(0) lets the loops go, those that start as well', async t => {
  await ready(2)
  AsyncRunner.prewarm(4)
  await untilAsync(() => workers.length === 4)
  const all = workers.map(worker => once(worker, 'exit'))
  t.is(AsyncRunner.prewarm(0), 0)
  await Promise.all(all)
  const runner = runnerFor(t)
  t.is(
    runner.run(() => 1),
    1,
  )
  t.is(AsyncRunner.prewarm(), 0)
})

test('odd arguments throw at the call, and change nothing', async t => {
  await ready(1)
  for (const n of ['1', null, 1n, {}]) {
    t.throws(() => AsyncRunner.prewarm(n), { instanceOf: TypeError, code: 'ERR_INVALID_ARG_TYPE' })
  }
  for (const n of [-1, 1.5, NaN, Infinity, 1001]) {
    t.throws(() => AsyncRunner.prewarm(n), { instanceOf: RangeError, code: 'ERR_OUT_OF_RANGE' })
  }
  t.is(AsyncRunner.prewarm(), 1)
  await turn()
  t.is(workers.length, 1)
})

test('a loop keeps loops of its own ready, which end with it', async t => {
  const threads = await ready(1)
  const outer = runnerFor(t)
  const [mine, inner] = outer.run(async () => {
    AsyncRunner.prewarm(1)
    while (AsyncRunner.prewarm() < 1) await sleep(1)
    const inner = new AsyncRunner()
    const thread = await inner.createTask(() => require('node:worker_threads').threadId).result()
    return [require('node:worker_threads').threadId, thread]
  })
  t.is(mine, threads[0])
  t.not(inner, mine)
  outer.close()
  t.is(outer.shutdownType, ShutdownType.STOPPED)
})

test('memory that was shared while the loop was ready is there', async t => {
  await ready(1)
  const memory = new Int32Array(new SharedArrayBuffer(4))
  const other = runnerFor(t, { name: 'other' })
  other.run(memory => void Atomics.add(memory, 0, 1), [memory])
  const runner = runnerFor(t)
  runner.run(memory => void Atomics.add(memory, 0, 1), [memory])
  t.is(memory[0], 2)
})

test('forty runners, one after the other, on loops that were ready', async t => {
  await ready(2)
  for (let i = 0; i < 40; i++) {
    const runner = new AsyncRunner()
    t.is(
      runner.run(x => x, [i]),
      i,
    )
    await runner.closeAsync()
  }
  await untilAsync(() => AsyncRunner.prewarm() === 2)
})

for (const state of ['up', 'starting']) {
  const exits = { natural: 0, exit: 7, exitCode: 5 }
  for (const [how, code] of Object.entries(exits)) {
    test(`S9: the process ends by itself and with its own code: ${how}, loops ${state}`, async t => {
      t.true((await ends(t, ['prewarm.mjs', how, state], { expected: { code } })) < 10_000)
    })
  }
}
