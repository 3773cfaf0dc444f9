// Errors told when they happen: `onTaskError`.
//
// Promises to cover X7: from the creating thread's loop, from inside each of its blocking doors, two deep, and
// with a hook that fails itself.

import ava from 'ava'
import { AsyncRunner, Event, ExceptionGroup, Future, Queue, sleep } from 'threaded-async'
import { holdLoop, runnerFor, until, untilAsync } from '../support/runner-fixture.mjs'

// One at a time: what blocks here would be measured by, and delay, whatever ran beside it.
const test = ava.serial

const groupOf = { code: 'ERR_EXCEPTION_GROUP', name: 'ExceptionGroup', instanceOf: ExceptionGroup }
const fail = async message => {
  throw new RangeError(message)
}

test('X7: onTaskError is called while main blocks in a door, when it happens', t => {
  const seen = []
  const event = new Event()
  const runner = runnerFor(t, {
    name: 'mine',
    onTaskError(failure) {
      seen.push([failure.task, failure.runner, failure.error.message, failure.error.i])
      event.set()
    },
  })
  const task = runner.createTask(
    async i => {
      throw Object.assign(new RangeError('failed'), { i })
    },
    [7],
    { name: 'crawl' },
  )
  event.wait({ timeout: 20_000 })
  t.deepEqual(seen, [['crawl', 'mine', 'failed', 7]])
  t.throws(() => task.wait())
  t.is(seen.length, 1)
})

test('X7: onTaskError is called from the loop of the creating thread, in order, once per error', async t => {
  const seen = []
  const runner = runnerFor(t, { onTaskError: ({ error }) => seen.push(error.message) })
  for (let i = 0; i < 20; i++) runner.createTask(fail, [`no. ${i}`])
  await untilAsync(() => seen.length >= 20)
  t.deepEqual(
    seen,
    Array.from({ length: 20 }, (_, i) => `no. ${i}`),
  )
})

for (const door of [
  'run',
  'wait',
  'getWait',
  'putWait',
  'joinWait',
  'eventWait',
  'resultWait',
  'callInLoop',
  'close',
]) {
  test(`X7: onTaskError is served from inside ${door}`, t => {
    const seen = []
    const runner = runnerFor(t, { onTaskError: ({ error }) => (seen.push(error.message), release.set()) })
    const release = new Event()
    const queue = new Queue({ maxsize: 1 })
    // Ends the wait below, but only after the hook has run: the hook, on this thread, is what sets `release`.
    const helper = runnerFor(t)
    const after = (fn, ...args) =>
      helper.createTask(new Function(`return async (release, it) => { await release.waitAsync(); (${fn})(it) }`)(), [
        release,
        ...args,
      ])
    const { task: holder } = (() => {
      if (door !== 'callInLoop' && door !== 'close') return {}
      // There it is the loop that must be busy until the hook has run.
      const begun = new Event()
      const text = `return async (begun, release) => {
        Promise.reject(new RangeError('failed'))
        await new Promise(resolve => setImmediate(resolve))
        begun.set()
        const nap = new Int32Array(new SharedArrayBuffer(4))
        while (!release.isSet()) Atomics.wait(nap, 0, 0, 1)
      }`
      const task = runner.createTask(new Function(text)(), [begun, release])
      until(() => begun.isSet()) // No door, so the hook is not called yet.
      return { task }
    })()
    t.deepEqual(seen, [])
    if (!holder) runner.createTask(fail, ['failed'])
    const calls = {
      run: () => runner.run(it => it.waitAsync(), [release]),
      wait: () => runner.createTask(it => it.waitAsync(), [release]).wait(),
      getWait: () => (after(it => it.putNowait(1), queue), queue.getWait()),
      putWait: () => (queue.putNowait(0), after(it => it.getNowait(), queue), queue.putWait(1)),
      joinWait: () => (queue.putNowait(0), after(it => it.taskDone(), queue), queue.joinWait()),
      eventWait: () => release.wait(),
      resultWait: () => {
        const future = new Future()
        after(it => it.setResult(1), future)
        return future.resultWait()
      },
      callInLoop: () => runner.callInLoop(() => 1),
      close: () => runner.close(),
    }
    calls[door]()
    t.deepEqual(seen, ['failed'])
  })
}

for (const close of ['close', 'closeAsync']) {
  test(`X7: what onTaskError was told is retrieved: ${close} does not throw it again`, async t => {
    const seen = []
    const runner = new AsyncRunner({ onTaskError: ({ error }) => seen.push(error.message) })
    runner.createTask(fail, ['told'])
    until(() => (runner.waitForNextEventloopIteration(), seen.length === 1))
    await t.notThrowsAsync(async () => runner[close]())
    t.deepEqual(seen, ['told'])
  })

  test(`X7: a failure that comes while ${close} waits is told, and not thrown`, async t => {
    const seen = []
    const runner = new AsyncRunner({ onTaskError: ({ error }) => seen.push(error.message) })
    const cleanup = async () => {
      try {
        await sleep(Infinity)
      } finally {
        // eslint-disable-next-line no-unsafe-finally
        throw new RangeError('while cleaning up')
      }
    }
    for (let i = 0; i < 20; i++) runner.createTask(cleanup)
    runner.waitForNextEventloopIteration()
    await t.notThrowsAsync(async () => runner[close]())
    t.deepEqual(seen, Array(20).fill('while cleaning up'))
  })

  test(`X7: where onTaskError throws, ${close} throws the error, and what the hook threw is uncaught`, async t => {
    const listeners = process.listeners('uncaughtException')
    const uncaught = []
    process.removeAllListeners('uncaughtException').on('uncaughtException', error => uncaught.push(error.message))
    t.teardown(() => {
      process.removeAllListeners('uncaughtException')
      for (const listener of listeners) process.on('uncaughtException', listener)
    })
    const seen = []
    const runner = new AsyncRunner({
      onTaskError: ({ error }) => {
        seen.push(error.message)
        if (error.message === 'one') throw new TypeError('from the hook')
      },
    })
    for (const name of ['one', 'two']) runner.createTask(fail, [name])
    until(() => (runner.waitForNextEventloopIteration(), seen.length === 2))
    const group = await t.throwsAsync(async () => runner[close](), groupOf)
    t.deepEqual(
      group.exceptions.map(error => error.message),
      ['one'],
    )
    await untilAsync(() => uncaught.length > 0)
    t.deepEqual(uncaught, ['from the hook'])
  })
}

test('X7: an error that was retrieved and told is not kept for a hook that throws', async t => {
  const runner = new AsyncRunner({ onTaskError: ({ error }) => seen.push(error.message) })
  const seen = []
  const task = runner.createTask(fail, ['both'])
  t.throws(() => task.wait(), { message: 'both' })
  until(() => (runner.waitForNextEventloopIteration(), seen.length === 1))
  t.throws(() => task.wait(), { message: 'both' })
  t.notThrows(() => runner.close())
})

test('X7: onTaskError may itself block, and use the runner', t => {
  const seen = []
  const release = new Event()
  const runner = runnerFor(t, {
    onTaskError: ({ error }) => {
      seen.push(
        error.message,
        runner.run(async x => (await sleep(1), x * 2), [21]),
      )
      const queue = new Queue()
      runner.createTask(it => it.put('nested'), [queue])
      seen.push(queue.getWait())
      release.set()
    },
  })
  runner.createTask(fail, ['first'])
  release.wait({ timeout: 20_000 })
  t.deepEqual(seen, ['first', 42, 'nested'])
})

for (const close of ['close', 'closeAsync']) {
  test(`X7: the hook may end its runner by ${close}, at the first failure; main's wait ends with it`, async t => {
    let closing
    const runner = new AsyncRunner({
      onTaskError: () => {
        closing ??= (async () => runner[close]())()
      },
    })
    const queue = new Queue(runner)
    const waiting = runner.createTask(() => sleep(Infinity))
    runner.createTask(fail, ['first'])
    t.throws(() => queue.getWait({ timeout: 20_000 }), { code: 'ERR_QUEUE_SHUT_DOWN' })
    await t.notThrowsAsync(closing) // The hook was told of the failure.
    t.throws(() => waiting.wait(), { code: 'ERR_CANCELLED' })
  })
}

test('X7: two deep: a hook that blocks is told of the next failure, and everything unwinds', t => {
  const seen = []
  const runner = runnerFor(t, {
    onTaskError: ({ error }) => {
      seen.push(`begin ${error.message}`)
      if (error.message === 'outer') {
        t.throws(() => runner.createTask(fail, ['inner']).wait())
        until(() => (runner.waitForNextEventloopIteration(), seen.includes('end inner')))
      }
      seen.push(`end ${error.message}`)
    },
  })
  runner.createTask(fail, ['outer'])
  until(() => (runner.waitForNextEventloopIteration(), seen.length === 4))
  t.deepEqual(seen, ['begin outer', 'begin inner', 'end inner', 'end outer'])
})

test('X6: a hook that throws inside a blocking door: the wait is not harmed, the error is uncaught, once', async t => {
  const queue = new Queue()
  const runner = runnerFor(t, {
    onTaskError: () => {
      queue.putNowait('item') // Goes to the very wait that is parked below it.
      throw new TypeError('from the hook')
    },
  })
  // AVA listens, too, and would fail this file.
  const listeners = process.listeners('uncaughtException')
  const uncaught = []
  process.removeAllListeners('uncaughtException').on('uncaughtException', error => uncaught.push(error.message))
  t.teardown(() => {
    process.removeAllListeners('uncaughtException')
    for (const listener of listeners) process.on('uncaughtException', listener)
  })
  runner.createTask(fail, ['x'])
  t.is(queue.getWait({ timeout: 20_000 }), 'item')
  t.like(queue.statistics(), { size: 0, getters: 0 })
  await untilAsync(() => uncaught.length > 0)
  t.is(
    runner.run(() => 'alive'),
    'alive',
  )
  await new Promise(resolve => setImmediate(resolve))
  t.deepEqual(uncaught, ['from the hook'])
})

test('X7: a failure of one runner reaches its own hook only', t => {
  const seen = []
  const runners = ['a', 'b'].map(name =>
    runnerFor(t, { name, onTaskError: ({ runner, error }) => seen.push([name, runner, error.message]) }),
  )
  for (const runner of runners) runner.createTask(fail, [`in ${runner.name}`])
  const silent = runnerFor(t)
  silent.createTask(fail, ['nobody listens'])
  until(() => (silent.waitForNextEventloopIteration(), seen.length === 2))
  t.deepEqual(seen.toSorted(), [
    ['a', 'a', 'in a'],
    ['b', 'b', 'in b'],
  ])
})

test('X7: the hook of a runner made in a task is called there', t => {
  const outer = runnerFor(t)
  const seen = outer.run(async () => {
    const { promise, resolve } = (() => {
      let resolve
      const promise = new Promise(it => (resolve = it))
      return { promise, resolve }
    })()
    const inner = new AsyncRunner({
      name: 'inner',
      onTaskError: ({ error, runner }) => resolve([error.message, runner]),
    })
    inner.createTask(() => {
      throw new RangeError('inside')
    })
    const seen = await promise
    await inner.closeAsync().catch(() => {})
    return seen
  })
  t.deepEqual(seen, ['inside', 'inner'])
})

test('X7: cancellations do not reach the hook; uncloneable results do', t => {
  const seen = []
  const runner = runnerFor(t, { onTaskError: ({ error }) => seen.push(error.code) })
  const { release } = holdLoop(t, runner)
  runner.createTask(() => sleep(Infinity)).cancel()
  const task = runner.createTask(() => sleep(Infinity))
  runner.createTask(() => () => {})
  release.set()
  runner.waitForNextEventloopIteration()
  task.cancel()
  t.throws(() => task.wait())
  until(() => (runner.waitForNextEventloopIteration(), seen.length > 0))
  t.deepEqual(seen, ['ERR_UNCLONEABLE'])
})
