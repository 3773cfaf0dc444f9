// Control inversion as a main loop sees it: what `process` returns, when handlers are called, and how calls end.
//
// Promises a counterpart, named after it, of every test of Python's `tests/test_control_inversion.py`. Failures, rest,
// rounds, ticks and straight-line scripts have specs of their own.

import ava from 'ava'
import { Queue, Server, sleep } from 'threaded-async'
import { AnsweringServer, drain, increment, KeepingServer, serverFor, sumUp } from '../support/server-fixture.mjs'

// One at a time: what blocks here would be measured by, and delay, whatever ran beside it.
const test = ava.serial

const cancelled = { code: 'ERR_CANCELLED', name: 'CancelledError' }
const timedOut = { code: 'ERR_EVENT_LOOP_TIMEOUT', name: 'EventLoopTimeoutError' }

// --- Python's tests

// Python: test_access_timeouts
test('eventLoopTimeout and eventLoopExitTimeout can be read and set', t => {
  const server = serverFor(t, { exitTimeout: undefined })
  t.is(server.eventLoopTimeout, Infinity)
  t.is(server.eventLoopExitTimeout, 1000)
  server.eventLoopTimeout = 600_000
  t.is(server.eventLoopTimeout, 600_000)
  server.eventLoopExitTimeout = 1_200_000
  t.is(server.eventLoopExitTimeout, 1_200_000)
  for (const bad of [NaN, -1]) t.throws(() => (server.eventLoopTimeout = bad), { code: 'ERR_OUT_OF_RANGE' })
  t.throws(() => (server.eventLoopExitTimeout = '1'), { code: 'ERR_INVALID_ARG_TYPE' })
  const made = serverFor(t, { callInLoopTimeout: 50, exitTimeout: 60, name: 'arena' })
  t.deepEqual([made.eventLoopTimeout, made.eventLoopExitTimeout], [50, 60])
})

// Python: test_create_task
test('createBackgroundTask runs a function on the loop', t => {
  const server = serverFor(t, {}, AnsweringServer)
  t.is(server.createBackgroundTask(async x => x + 1, [3]).wait({ timeout: 20_000 }), 4)
  t.is(server.futures.length, 0)
})

// Python: test_process_request
test('C1: process handles one request and returns true, and false where there is none', t => {
  const server = serverFor(t, {}, AnsweringServer)
  t.false(server.process())
  const task = server.createBackgroundTask(client => client.increment(3), [server.createClient()])
  t.is(server.pending, 1)
  t.true(server.process())
  t.is(server.pending, 0)
  t.is(task.wait({ timeout: 20_000 }), 4)
  t.is(server.futures.length, 1)
  t.false(server.process())
})

// Python: test_process_delayed
test('C5: a handler keeps the future and answers later', t => {
  const server = serverFor(t, {}, KeepingServer)
  const task = server.createBackgroundTask(client => client.increment(3), [server.createClient()])
  t.true(server.process())
  t.is(server.futures.length, 1)
  t.throws(() => task.wait({ timeout: 50 }), timedOut)
  server.futures[0].setResult(10)
  t.is(task.wait({ timeout: 20_000 }), 10)
})

test('C5: another thread may answer', t => {
  const server = serverFor(t, {}, KeepingServer)
  const helper = serverFor(t)
  const task = server.createBackgroundTask(client => client.increment(3), [server.createClient()])
  t.true(server.process())
  helper.createBackgroundTask(future => future.setResult('from elsewhere'), [server.last])
  t.is(task.wait({ timeout: 20_000 }), 'from elsewhere')
})

// Python: test_process_many
test('C2: 100 sequential requests are 100 times true, then false; the sum is right', t => {
  const server = serverFor(t, {}, AnsweringServer)
  const task = server.createBackgroundTask(sumUp, [server.createClient(), 100])
  for (let i = 0; i < 100; i++) t.true(server.process())
  t.false(server.process())
  t.is(task.wait({ timeout: 20_000 }), 5050)
  t.is(server.futures.length, 100)
})

// Python: test_shutdown_during_task
test('C9: a close cancels a task that sleeps, at once', t => {
  const server = serverFor(t, { exitTimeout: 60_000 }, AnsweringServer)
  const task = server.createBackgroundTask(async () => {
    await sleep(60_000)
    return 1
  })
  const start = performance.now()
  server.close()
  t.true(performance.now() - start < 30_000)
  t.throws(() => task.wait(), cancelled)
})

// Python: test_shutdown_during_request
for (const isTaken of [false, true]) {
  test(`C9: a close with a request in flight cancels its task: ${isTaken ? 'taken' : 'queued'}`, t => {
    const server = serverFor(t, {}, KeepingServer)
    const log = new Queue()
    const script = async (client, log) => {
      try {
        return await client.increment(1)
      } catch (error) {
        log.putNowait(error.code)
        throw error
      }
    }
    const task = server.createBackgroundTask(script, [server.createClient(), log])
    if (isTaken) t.true(server.process())
    server.close()
    t.deepEqual(log.clear(), ['ERR_CANCELLED'])
    t.throws(() => task.wait(), cancelled)
    t.is(server.pending, 0)
  })
}

// Python: test_process_long_running_operations
test('C3: while a request is unanswered, ten calls of process return false', t => {
  const server = serverFor(t, {}, KeepingServer)
  const task = server.createBackgroundTask(sumUp, [server.createClient(), 30])
  for (let i = 0; i < 30; i++) {
    t.true(server.process())
    for (let j = 0; j < 10; j++) t.false(server.process())
    server.last.setResult(1)
  }
  t.is(task.wait({ timeout: 20_000 }), 30)
})

// --- cancelled clients

test('C7: a request whose client was cancelled is skipped', t => {
  const server = serverFor(t, {}, KeepingServer)
  const [first, second] = [1, 2].map(n =>
    server.createBackgroundTask((client, n) => client.increment(n), [server.createClient(), n]),
  )
  t.is(server.pending, 2)
  first.cancel()
  server.settle()
  t.is(server.pending, 1)
  t.true(server.process())
  t.deepEqual(server.taken[0].args, [2])
  t.false(server.process())
  server.last.setResult('two')
  t.throws(() => first.wait(), cancelled)
  t.is(second.wait({ timeout: 20_000 }), 'two')
})

test('C7: a handler sees that its client has given up, and may answer all the same', t => {
  const server = serverFor(t, {}, KeepingServer)
  const task = server.createBackgroundTask(client => client.increment(1), [server.createClient()])
  t.true(server.process())
  const [request] = server.taken
  t.false(request.cancelled)
  task.cancel()
  server.settle()
  t.true(request.cancelled)
  server.last.setResult('nobody hears')
  t.true(server.last.done())
  t.throws(() => task.wait(), cancelled)
})

test('C7: a future that the server cancels rejects the call', t => {
  const server = serverFor(t, {}, KeepingServer)
  const task = server.createBackgroundTask(
    client => client.increment(1).catch(error => error.code),
    [server.createClient()],
  )
  t.true(server.process())
  t.true(server.last.cancel())
  t.is(task.wait({ timeout: 20_000 }), 'ERR_CANCELLED')
})

// --- concurrent calls

test('C8: 50 concurrent requests of one client with queueSize 10 are all served, in their order', t => {
  const server = serverFor(t, { queueSize: 10 }, AnsweringServer)
  const task = server.createBackgroundTask(
    client => Promise.all(Array.from({ length: 50 }, (_, i) => client.increment(i))),
    [server.createClient()],
  )
  t.is(server.pending, 10)
  t.is(drain(server), 50)
  t.deepEqual(
    task.wait({ timeout: 20_000 }),
    Array.from({ length: 50 }, (_, i) => i + 1),
  )
  t.deepEqual(
    server.taken.map(({ args }) => args[0]),
    Array.from({ length: 50 }, (_, i) => i),
  )
})

test('a handler that returns a promise answers when that is settled', async t => {
  const server = serverFor(t, {
    handlers: {
      later: async n => {
        await null
        if (n < 0) throw new RangeError('negative')
        return n * 2
      },
    },
  })
  const script = client => Promise.allSettled([client.later(4), client.later(-1)])
  const task = server.createBackgroundTask(script, [server.createClient()])
  t.is(drain(server), 2)
  const [first, second] = await task.result()
  t.deepEqual(first, { status: 'fulfilled', value: 8 })
  t.is(second.reason.message, 'negative')
})

for (const [kind, ServerClass] of [
  ['handlers', Server],
  ['super.handleRequest', class extends Server { handleRequest(...both) { super.handleRequest(...both) } }], // prettier-ignore
]) {
  test(`C6: a promised answer that cannot cross rejects the call with the error that says so: ${kind}`, async t => {
    const server = serverFor(t, { handlers: { give: async () => ({ fn() {} }) } }, ServerClass)
    const task = server.createBackgroundTask(
      client => client.give().catch(error => [error.code, error.path]),
      [server.createClient()],
    )
    t.true(server.process())
    const [code, path] = await task.result()
    t.is(code, 'ERR_UNCLONEABLE')
    t.regex(path, /^(result|value)\.fn$/)
  })
}

test('an overriding handleRequest may leave the rest to the handlers', t => {
  class Partly extends Server {
    handleRequest(request, future) {
      if (request.fun === 'own') future.setResult('own')
      else super.handleRequest(request, future)
    }
  }
  const server = serverFor(t, { handlers: increment }, Partly)
  const task = server.createBackgroundTask(
    async client => [await client.own(), await client.increment(1), await client.none().catch(error => error.code)],
    [server.createClient()],
  )
  t.is(drain(server), 3)
  t.deepEqual(task.wait({ timeout: 20_000 }), ['own', 2, 'ERR_METHOD_NOT_IMPLEMENTED'])
})
