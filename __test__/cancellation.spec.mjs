// Cancellation: one edge, which no race loses, which cuts what the task waits for, and which lets it clean up.
//
// Promises to cover T3-T5, K1, K2, K4, S3 and "Cancel is one edge" of api.md: each kind of wait is cut with nothing
// taken or inserted; a wait that was served keeps its value; waits after the edge work.

import ava from 'ava'
import { getEventListeners, once } from 'node:events'
import { createServer } from 'node:http'
import { AsyncRunner, CancelledError, Event, Future, Queue, ShutdownType, sleep } from 'threaded-async'
import { atRest, duration, holdLoop, runnerFor, tasksOf, until, untilAsync } from './tasks/runner-fixture.mjs'

// One at a time: what blocks here would be measured by, and delay, whatever ran beside it.
const test = ava.serial

const cancelled = { code: 'ERR_CANCELLED', name: 'CancelledError', instanceOf: CancelledError }
const timedOut = { code: 'ERR_EVENT_LOOP_TIMEOUT' }

// --- T3: cleanup comes first

for (const door of ['wait', 'result']) {
  test(`T3: the task's finally, awaits and all, completes before ${door} throws CancelledError`, async t => {
    const runner = runnerFor(t)
    const log = new Queue()
    const begun = new Event()
    const task = runner.createTask(
      async (event, queue) => {
        try {
          event.set()
          await sleep(Infinity)
        } finally {
          await sleep(20)
          await queue.put('slept')
          await new Promise(resolve => setTimeout(resolve, 5))
          await queue.put('done')
        }
      },
      [begun, log],
      { name: 'tidy' },
    )
    begun.wait()
    atRest(runner)
    task.cancel()
    t.false(task.done())
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
  task.cancel() // The edge was used up: this is nothing.
  t.throws(() => task.wait({ timeout: 30 }), timedOut)
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

// --- one edge, each kind of wait

const waits = {
  sleep: () => sleep(Infinity),
  get: ({ empty }) => empty.get(),
  getMany: ({ empty }) => empty.getMany(3),
  put: ({ full }) => full.put('extra'),
  putMany: ({ full }) => full.putMany(['extra', 'more']),
  join: ({ full }) => full.join(),
  iterate: async ({ empty }) => {
    for await (const _item of empty);
  },
  waitAsync: ({ event }) => event.waitAsync(),
  asAsyncEvent: ({ event }) => event.asAsyncEvent().wait(),
  result: ({ future }) => future.result(),
  taskResult: ({ task }) => task.result(),
  all: ({ empty, event }) => Promise.all([empty.get(), event.waitAsync(), sleep(Infinity)]),
  withOptions: ({ empty }) => empty.get({ timeout: 60_000, signal: new AbortController().signal }),
  timers: async () => (await import('node:timers/promises')).setTimeout(60_000, 'late'),
  timersRequired: () => require('timers').promises.setTimeout(60_000),
  timersSignal: () => require('timers/promises').setTimeout(60_000, 0, { signal: new AbortController().signal }),
  scheduler: () => require('node:timers/promises').scheduler.wait(60_000),
  interval: async () => {
    for await (const _tick of require('node:timers/promises').setInterval(60_000));
  },
  waitForOrCancel: ({ event }) => waitForOrCancel(() => sleep(Infinity), event),
  runOrRaise: () =>
    runOrRaise(
      () => sleep(Infinity),
      () => sleep(Infinity),
    ),
}

for (const [name, wait] of Object.entries(waits)) {
  test(`cancel cuts ${name} with nothing taken or inserted, and waits made after that work`, t => {
    const runner = runnerFor(t)
    const things = {
      empty: new Queue(),
      full: new Queue({ maxsize: 1 }),
      event: new Event(),
      future: new Future(),
      task: runner.createTask(() => sleep(Infinity), [], { name: 'other' }),
    }
    things.full.putNowait('first')
    const { empty, full, event, future } = things
    const waiting = new Event()
    const body = new Function(
      `return async (things, waiting, wait) => {
        const cutting = (${wait})(things)
        waiting.set()
        let name = 'returned'
        try {
          await cutting
        } catch (error) {
          name = error.name
        }
        const after = []
        await sleep(1)
        const queue = new Queue({ maxsize: 1 })
        await queue.put('works')
        after.push(await queue.get())
        after.push(await (await import('node:timers/promises')).setTimeout(1, 'timer'))
        await new Promise(resolve => setImmediate(resolve))
        return [name, currentTask().cancelled, currentTask().signal.aborted, ...after]
      }`,
    )()
    const task = runner.createTask(body, [things, waiting], { name })
    waiting.wait()
    runner.waitForNextEventloopIteration()
    runner.waitForNextEventloopIteration()
    task.cancel()
    t.deepEqual(task.wait({ timeout: 20_000 }), ['CancelledError', true, true, 'works', 'timer'])
    t.deepEqual([empty.statistics().getters, full.statistics().putters, full.statistics().joiners], [0, 0, 0])
    t.deepEqual([event.statistics().waiters, future.statistics().waiters], [0, 0])
    t.deepEqual(full.clear(), ['first'])
    empty.putNowait('untaken')
    t.is(empty.getNowait(), 'untaken')
    t.false(things.task.done())
    things.task.cancel()
  })
}

test('cancel between waits meets the next one, of whatever kind, and takes nothing even when it could be served', t => {
  const runner = runnerFor(t)
  const stocked = new Queue()
  const room = new Queue()
  stocked.putMany([1, 2, 3])
  const set = new Event()
  set.set()
  const settled = new Future()
  settled.setResult('there')
  const nexts = {
    sleep: () => sleep(0),
    get: ({ stocked }) => stocked.get(),
    getMany: ({ stocked }) => stocked.getMany(2),
    put: ({ room }) => room.put(1),
    putMany: ({ room }) => room.putMany([1, 2]),
    join: ({ fresh }) => fresh.join(),
    event: ({ set }) => set.waitAsync(),
    future: ({ settled }) => settled.result(),
    timers: () => require('node:timers/promises').setTimeout(0),
    immediate: () => require('node:timers/promises').setImmediate(),
    fetch: () => fetch('http://127.0.0.1:9/'),
  }
  for (const [name, next] of Object.entries(nexts)) {
    const [begun, cut] = [new Event(), new Event()]
    const body = new Function(
      `return async (things, begun, cut) => {
        begun.set()
        while (!currentTask().cancelled) await new Promise(resolve => setImmediate(resolve))
        const outcome = await (${next})(things).then(() => 'returned', error => error.name)
        await sleep(0)
        await (${name === 'fetch' ? () => Promise.resolve() : next})(things)
        return outcome
      }`,
    )()
    const task = runner.createTask(body, [{ stocked, room, set, settled, fresh: new Queue() }, begun, cut], { name })
    begun.wait()
    task.cancel()
    t.is(task.wait({ timeout: 20_000 }), 'CancelledError', name)
  }
  t.is(stocked.qsize(), 0) // Taken once by each of the two waits after the edge.
  t.is(room.qsize(), 3)
})

test('a wait already served keeps its value, and the cancel meets the next', t => {
  const runner = runnerFor(t)
  const [queue, begun] = [new Queue(), new Event()]
  const task = runner.createTask(
    async (it, event) => {
      event.set()
      const log = [await it.get()]
      try {
        log.push(await it.get())
      } catch (error) {
        log.push(error.name)
      }
      log.push(await it.get())
      return log
    },
    [queue, begun],
  )
  begun.wait()
  until(() => queue.statistics().getters === 1)
  const { release } = holdLoop(t, runner)
  queue.putNowait('served') // The loop cannot have looked at it.
  task.cancel()
  queue.putNowait('second')
  release.set()
  t.deepEqual(task.wait(), ['served', 'CancelledError', 'second'])
  t.is(queue.qsize(), 0)
})

test('one edge: of two waits side by side, the one not yet served is cut, and the next wait is not', t => {
  const runner = runnerFor(t)
  const [served, open, begun] = [new Queue(), new Queue(), new Event()]
  const task = runner.createTask(
    async (served, open, event) => {
      const both = [served.get(), open.get().catch(error => error.name)]
      event.set()
      return [await both[0], await both[1], await sleep(1).then(() => 'slept')]
    },
    [served, open, begun],
  )
  begun.wait()
  until(() => open.statistics().getters === 1)
  const { release } = holdLoop(t, runner)
  served.putNowait('value')
  task.cancel()
  release.set()
  t.deepEqual(task.wait(), ['value', 'CancelledError', 'slept'])
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

test('cancel of a task that has ended is nothing', t => {
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
  task.cancel()
  queue.putNowait('value')
  t.deepEqual(task.wait(), ['value', 'CancelledError'])
})

// --- fetch and node:timers/promises

/** A server that answers `/now`, begins to answer `/half`, and never answers anything else. */
async function serve(t) {
  const hits = []
  const gone = []
  const server = createServer((request, response) => {
    hits.push(request.url)
    response.on('close', () => gone.push(request.url))
    if (request.url === '/now') response.end('now')
    if (request.url === '/half') response.write('half of it')
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  return { hits, gone, url: `http://127.0.0.1:${server.address().port}` }
}

test('fetch is cut by the cancellation, the connection is closed, and the cleanup may fetch', async t => {
  const { hits, gone, url } = await serve(t)
  const runner = runnerFor(t)
  const task = runner.createTask(
    async url => {
      try {
        await fetch(`${url}/never`)
      } catch (error) {
        const text = await (await fetch(`${url}/now`)).text()
        return [error.code, error instanceof CancelledError, text]
      }
    },
    [url],
  )
  await untilAsync(() => hits.includes('/never'))
  task.cancel()
  t.deepEqual(await task.result(), ['ERR_CANCELLED', true, 'now'])
  await untilAsync(() => gone.includes('/never'))
})

test('an uncaught cut of fetch makes the task a cancelled one', async t => {
  const { hits, url } = await serve(t)
  const runner = new AsyncRunner()
  const task = runner.createTask(url => fetch(`${url}/never`).then(() => 'answered'), [url])
  await untilAsync(() => hits.includes('/never'))
  task.cancel()
  await t.throwsAsync(task.result(), cancelled)
  await t.notThrowsAsync(runner.closeAsync())
})

test('the body of a response is cut, too, and the edge is used up by that', async t => {
  const { hits, url } = await serve(t)
  const runner = runnerFor(t)
  const [begun, queue] = [new Event(), new Queue()]
  const task = runner.createTask(
    async (url, begun, queue) => {
      const response = await fetch(`${url}/half`)
      begun.set()
      try {
        await response.text()
      } catch (error) {
        // "waits made after that work, so cleanup may await"
        await sleep(1)
        await queue.put('cleaned up')
        return error.code
      }
    },
    [url, begun, queue],
  )
  await begun.waitAsync()
  t.deepEqual(hits, ['/half'])
  task.cancel()
  t.is(await task.result(), 'ERR_CANCELLED')
  t.deepEqual(queue.clear(), ['cleaned up'])
})

test('fetch with a signal of its own heeds both', async t => {
  const { hits, url } = await serve(t)
  const runner = runnerFor(t)
  const ask = async (url, ms) => {
    const init = ms === undefined ? { signal: new AbortController().signal } : { signal: AbortSignal.timeout(ms) }
    try {
      await fetch(new Request(`${url}/never?${ms}`), init)
    } catch (error) {
      return error.name
    }
  }
  t.is(await runner.createTask(ask, [url, 20]).result(), 'TimeoutError')
  const task = runner.createTask(ask, [url])
  await untilAsync(() => hits.includes('/never?undefined'))
  task.cancel()
  t.is(await task.result(), 'CancelledError')
})

test('a fetch made after the cancel was asked for sends nothing', async t => {
  const { hits, url } = await serve(t)
  const runner = runnerFor(t)
  const begun = new Event()
  const task = runner.createTask(
    async (url, event) => {
      event.set()
      while (!currentTask().cancelled) await new Promise(resolve => setImmediate(resolve))
      await fetch(`${url}/now`)
    },
    [url, begun],
  )
  await begun.waitAsync()
  task.cancel()
  await t.throwsAsync(task.result(), cancelled)
  t.deepEqual(hits, [])
})

test('timers with a signal of their own heed both, and behave as ever when nobody cancels', t => {
  const runner = runnerFor(t)
  const outcome = runner.run(async () => {
    const timers = await import('node:timers/promises')
    const log = [await timers.setTimeout(1, 'value'), await timers.setImmediate('soon')]
    const reason = new Error('mine')
    for (const signal of [AbortSignal.abort(reason), AbortSignal.timeout(5)]) {
      await timers.setTimeout(20_000, 'late', { signal }).catch(error => log.push(error.name))
    }
    for await (const value of timers.setInterval(1, 'tick')) {
      log.push(value)
      if (log.length > 6) break
    }
    await timers.scheduler.wait(1)
    await timers.scheduler.yield?.()
    return log
  })
  t.deepEqual(outcome, ['value', 'soon', 'AbortError', 'AbortError', 'tick', 'tick', 'tick'])
})

// --- S3: floating work

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
  const runner = new AsyncRunner({ exitTimeout: 400 })
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

// --- signals: K1, K2, K4

test("createTask's signal cancels the task when it is aborted; after its end it is nothing", t => {
  const runner = runnerFor(t)
  const controller = new AbortController()
  const { signal } = controller
  const done = runner.createTask(() => 'done', [], { signal })
  t.is(done.wait(), 'done')
  const tasks = [1, 2, 3].map(() => runner.createTask(() => sleep(Infinity), [], { signal }))
  runner.waitForNextEventloopIteration()
  controller.abort(new Error('enough'))
  for (const task of tasks) t.throws(() => task.wait(), cancelled)
  t.is(done.wait(), 'done')
})

test('K1: a pre-aborted signal rejects with its reason and takes nothing, even when an item is ready', async t => {
  const runner = runnerFor(t)
  const reason = new RangeError('before')
  const signal = AbortSignal.abort(reason)
  const queue = new Queue()
  queue.putMany([1, 2])
  const event = new Event()
  event.set()
  const future = new Future()
  future.setResult(1)
  const task = runner.createTask(() => 1)
  task.wait()
  const doors = {
    get: () => queue.get({ signal }),
    getMany: () => queue.getMany(2, { signal }),
    put: () => queue.put(3, { signal }),
    putMany: () => queue.putMany([3, 4], { signal }),
    event: () => event.waitAsync({ signal }),
    future: () => future.result({ signal }),
    task: () => task.result({ signal }),
    sleep: () => sleep(0, { signal }),
  }
  for (const [name, door] of Object.entries(doors)) t.is(await t.throwsAsync(door()), reason, name)
  t.deepEqual(queue.clear(), [1, 2])
})

test('K2: an abort during the wait rejects with its reason; after completion it changes nothing', async t => {
  const runner = runnerFor(t)
  const reason = { not: 'even an error' }
  const task = runner.createTask(it => it.waitAsync(), [new Event()])
  for (const door of [
    signal => new Event().waitAsync({ signal }),
    signal => new Future().result({ signal }),
    signal => new Queue().get({ signal }),
    signal => task.result({ signal }),
    signal => sleep(Infinity, { signal }),
  ]) {
    const controller = new AbortController()
    const waiting = door(controller.signal)
    controller.abort(reason)
    t.is(await waiting.catch(error => error), reason)
  }
  const controller = new AbortController()
  const queue = new Queue()
  const waiting = queue.get({ signal: controller.signal })
  queue.putNowait('served')
  controller.abort(reason)
  const value = await waiting.catch(error => error)
  t.true(value === 'served' || (value === reason && queue.getNowait() === 'served'))
  task.cancel()
})

test('K4: 10,000 operations on one signal leave no listeners', async t => {
  const runner = runnerFor(t)
  const { signal } = new AbortController()
  const listeners = () => getEventListeners(signal, 'abort').length
  const queue = new Queue()
  const event = new Event()
  for (let round = 0; round < 100; round++) {
    const gets = Array.from({ length: 25 }, () => queue.get({ signal }))
    const waits = Array.from({ length: 25 }, () => event.waitAsync({ signal }))
    const sleeps = Array.from({ length: 25 }, () => sleep(0, { signal }))
    const late = Array.from({ length: 25 }, () => new Future().result({ signal, timeout: 0 }).catch(() => {}))
    if (round === 0) t.true(listeners() > 0)
    queue.putMany(Array.from({ length: 25 }, (_, i) => i))
    event.set()
    await Promise.all([...gets, ...waits, ...sleeps, ...late])
    event.clear()
  }
  t.is(listeners(), 0)
  t.is(queue.statistics().getters, 0)
  // Tasks share one listener, however many they are.
  for (let i = 0; i < 1000; i++) runner.createTask(() => {}, [], { signal })
  runner.waitForNextEventloopIteration()
  t.true(listeners() <= 1)
})

test('K4: 10,000 waits inside one task leave nothing behind in it', t => {
  const runner = runnerFor(t)
  const counts = runner.run(async () => {
    const { getEventListeners } = await import('node:events')
    const timers = await import('node:timers/promises')
    const { signal } = currentTask()
    const queue = new Queue()
    for (let i = 0; i < 5000; i++) {
      queue.putNowait(i)
      await queue.get({ signal })
      const waiting = queue.get()
      queue.putNowait(i)
      await waiting
    }
    for (let i = 0; i < 100; i++) await timers.setTimeout(0)
    return getEventListeners(signal, 'abort').length
  })
  t.is(counts, 0)
})

test('no item is lost or doubled when receivers are cancelled at random, from two threads', t => {
  const runner = runnerFor(t)
  const other = runnerFor(t)
  const [queue, out] = [new Queue({ maxsize: 50 }), new Queue()]
  const total = 10_000
  const consume = async (queue, out) => {
    for (;;) out.putNowait(await queue.get())
  }
  const producing = other.createTask(
    async (queue, total) => {
      for (let i = 0; i < total; i++) await queue.put(i)
    },
    [queue, total],
  )
  const cancelling = new Queue()
  const canceller = other.createTask(
    async it => {
      for await (const task of it) task.cancel()
    },
    [cancelling],
  )
  let consumers = []
  let round = 0
  while (!producing.done() || queue.qsize() > 0) {
    consumers.push(runner.createTask(consume, [queue, out]))
    if (consumers.length < 4) continue
    const [first, second, ...rest] = consumers
    consumers = rest
    first.cancel()
    cancelling.putNowait(second)
    if (round++ % 10 === 0) t.throws(() => first.wait({ timeout: 20_000 }), cancelled)
    if (round > 100_000) t.fail('it never ends')
  }
  for (const task of consumers) task.cancel()
  until(() => tasksOf(runner) === 0)
  cancelling.shutdown()
  canceller.wait()
  const received = [...out.clear(), ...queue.clear()].sort((a, b) => a - b)
  t.deepEqual(
    received,
    Array.from({ length: total }, (_, i) => i),
  )
})
