// Control inversion as a main loop sees it: what `process` returns, when handlers are called, and how calls end.
//
// Promises a counterpart, named after it, of every test of Python's `tests/test_control_inversion.py`. Rest, rounds,
// ticks and straight-line scripts have specs of their own.

import ava from 'ava'
import { Queue, Server, sleep } from 'threaded-async'
import { untilAsync } from '../support/runner-fixture.mjs'
import { AnsweringServer, drain, increment, KeepingServer, serverFor, sumUp } from '../support/server-fixture.mjs'

// One at a time: what blocks here would be measured by, and delay, whatever ran beside it.
const test = ava.serial

const cancelled = { code: 'ERR_CANCELLED', name: 'CancelledError' }
const closed = { code: 'ERR_RUNNER_CLOSED', name: 'RunnerClosedError' }
const timedOut = { code: 'ERR_EVENT_LOOP_TIMEOUT', name: 'EventLoopTimeoutError' }

// --- Python's tests

// Python: test_access_timeouts
test('eventLoopTimeout and eventLoopExitTimeout can be read and set', t => {
  const server = serverFor(t)
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

// --- what goes wrong

for (const [kind, options, ServerClass] of [
  ['handlers', { handlers: { increment: () => fail() } }, Server],
  ['handleRequest', {}, class extends Server { handleRequest() { fail() } }], // prettier-ignore
]) {
  test(`C6: a handler that throws rejects that call, and process rethrows: ${kind}`, t => {
    const server = serverFor(t, options, ServerClass)
    const task = server.createBackgroundTask(
      client => client.increment(1).catch(error => [error.constructor.name, error.message, error.code]),
      [server.createClient()],
    )
    const error = t.throws(() => server.process(), { instanceOf: RangeError, message: 'too many' })
    t.is(error.code, 'E_MANY')
    t.deepEqual(task.wait({ timeout: 20_000 }), ['RangeError', 'too many', 'E_MANY'])
    t.false(server.process())
  })
}

function fail() {
  throw Object.assign(new RangeError('too many'), { code: 'E_MANY' })
}

test('C6: a handler that answers and then throws has answered; process rethrows all the same', t => {
  class Both extends Server {
    handleRequest(request, future) {
      future.setResult('answered')
      throw new Error('too late')
    }
  }
  const server = serverFor(t, {}, Both)
  const task = server.createBackgroundTask(client => client.increment(1), [server.createClient()])
  t.throws(() => server.process(), { message: 'too late' })
  t.is(task.wait({ timeout: 20_000 }), 'answered')
})

test('C6: an answer that cannot cross rejects the call with the error that says so, and process throws it', t => {
  const server = serverFor(t, { handlers: { give: () => ({ fn() {} }) } })
  const task = server.createBackgroundTask(client => client.give().catch(error => error.code), [server.createClient()])
  t.is(t.throws(() => server.process(), { code: 'ERR_UNCLONEABLE' }).path, 'result.fn')
  t.is(task.wait({ timeout: 20_000 }), 'ERR_UNCLONEABLE')
})

test('C6: what a handler throws, whatever it is, arrives', t => {
  const thrown = [undefined, null, 0, 'text', { a: 1 }, Symbol('s')]
  const server = serverFor(t, {
    handlers: {
      fail(index) {
        throw thrown[index]
      },
    },
  })
  const script = (client, index) => client.fail(index).catch(error => ({ error }))
  for (const index of thrown.keys()) {
    const task = server.createBackgroundTask(script, [server.createClient(), index])
    try {
      server.process()
      t.fail()
    } catch (error) {
      t.is(error, thrown[index])
    }
    if (index < 5) t.deepEqual(task.wait({ timeout: 20_000 }), { error: thrown[index] })
    else t.notThrows(() => task.wait({ timeout: 20_000 }))
  }
})

test('a method the server does not have rejects the call, and process goes on', t => {
  const server = serverFor(t, { handlers: increment })
  for (const name of ['decrement', 'hasOwnProperty', '__proto__', 'constructor', '']) {
    const script = (client, name) => client.execute(name).catch(error => `${error.code} ${error.message}`)
    const task = server.createBackgroundTask(script, [server.createClient(), name])
    t.true(server.process())
    t.is(task.wait({ timeout: 20_000 }), `ERR_METHOD_NOT_IMPLEMENTED The server has no method '${name}'.`)
  }
})

test('a call whose arguments cannot cross rejects before it is made', t => {
  const server = serverFor(t, { handlers: increment })
  const script = client => client.increment({ deep: [() => {}] }).catch(error => [error.code, error.path])
  const task = server.createBackgroundTask(script, [server.createClient()])
  t.deepEqual(task.wait({ timeout: 20_000 }), ['ERR_UNCLONEABLE', 'args[0].deep[0]'])
  t.is(server.pending, 0)
  t.false(server.process())
})

for (const debug of [false, true]) {
  test(`X1: an error carries the stacks of both sides${debug ? ', on a debug server down to the call' : ''}`, t => {
    const server = serverFor(t, {
      debug,
      handlers: {
        increment: function theHandler() {
          throw new Error('with stacks')
        },
      },
    })
    const task = server.createBackgroundTask(
      async function theScript(client) {
        await client.increment(1)
      },
      [server.createClient()],
      { name: 'scripted' },
    )
    t.throws(() => server.process())
    const { stack } = t.throws(() => task.wait({ timeout: 20_000 }), { message: 'with stacks' })
    t.regex(stack, debug ? /theHandler[^]*waits in increment\][^]*theScript/ : /theHandler[^]*waits in increment\]/)
    t.regex(stack, /waits in increment\][^]*waits in wait\]\n.*server\.spec\.mjs/)
  })
}

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

// --- odd arguments, odd threads

test('bad options throw before a thread is started', t => {
  for (const queueSize of [0, -1, 1.5, NaN]) t.throws(() => new Server({ queueSize }), { code: 'ERR_OUT_OF_RANGE' })
  for (const options of [null, 1, { queueSize: '1' }, { handlers: 1 }, { handlers: null }, { name: 1 }]) {
    t.throws(() => new Server(options), { code: 'ERR_INVALID_ARG_TYPE' })
  }
  const server = serverFor(t, { queueSize: Infinity, handlers: increment })
  const wrong = [
    () => server.process({ timeout: '1' }),
    () => server.process(1),
    () => server.processAll({ maxTime: '1' }),
    () => server.processAll({ maxRequests: '1' }),
    () => server.processAll(1),
    () => server.processUntil(),
    () => server.processUntil({ wait() {} }),
    () => server.createBackgroundTask(1),
    () => server.createBackgroundTask(() => {}, 1),
    () => server.createBackgroundTask(() => {}, [], 1),
    () => server.createBackgroundTask(() => {}, [], { name: 1 }),
  ]
  for (const call of wrong) t.throws(call, { code: 'ERR_INVALID_ARG_TYPE' }, String(call))
  for (const bad of [-1, NaN]) {
    t.throws(() => server.process({ timeout: bad }), { code: 'ERR_OUT_OF_RANGE' })
    t.throws(() => server.processAll({ maxTime: bad }), { code: 'ERR_OUT_OF_RANGE' })
    t.throws(() => server.processAll({ maxRequests: bad }), { code: 'ERR_OUT_OF_RANGE' })
  }
})

test('a server without handlers says so, and rejects the call', t => {
  const server = serverFor(t)
  const task = server.createBackgroundTask(
    client => client.increment(1).catch(error => error.code),
    [server.createClient()],
  )
  t.throws(() => server.process(), { code: 'ERR_INVALID_STATE' })
  t.is(task.wait({ timeout: 20_000 }), 'ERR_INVALID_STATE')
})

test('R4: on its own loop, and on one that must not block, a server refuses to block', t => {
  const server = serverFor(t, { handlers: increment })
  const script = async server => {
    const codes = []
    const doors = [
      () => server.process(),
      () => server.processAll(),
      () => server.settle(),
      () => server.tick(),
      () => server.createBackgroundTask(() => {}),
      () => server.close(),
    ]
    for (const door of doors) {
      try {
        codes.push(door())
      } catch (error) {
        codes.push(error.code)
      }
    }
    return codes
  }
  const expected = Array.from({ length: 6 }, () => 'ERR_WOULD_DEADLOCK')
  t.deepEqual(server.createBackgroundTask(script, [server]).wait({ timeout: 20_000 }), expected)
  const blocking = serverFor(t, { handlers: increment, allowBlocking: true })
  t.deepEqual(blocking.createBackgroundTask(script, [blocking]).wait({ timeout: 20_000 }), expected)
  const other = serverFor(t)
  t.deepEqual(other.createBackgroundTask(script, [server]).wait({ timeout: 20_000 }), expected)
})

test('a server handles requests on the thread that made it only; elsewhere it says so', t => {
  const server = serverFor(t, { handlers: increment })
  const other = serverFor(t, { allowBlocking: true })
  const script = server => {
    try {
      return server.process()
    } catch (error) {
      return [error.code, error.message]
    }
  }
  const [code, message] = other.createBackgroundTask(script, [server]).wait({ timeout: 20_000 })
  t.is(code, 'ERR_INVALID_STATE')
  t.regex(message, /requests\(\)/)
})

test('createFuture makes a future that ends with the server', t => {
  const server = serverFor(t)
  const future = server.createFuture()
  const task = server.createBackgroundTask(future => future.result(), [future])
  future.setResult('set by main')
  t.is(task.wait({ timeout: 20_000 }), 'set by main')
  const late = server.createFuture()
  server.close()
  t.throws(() => late.resultWait(), closed)
})

test('onTaskError and debug are the options of its runner', async t => {
  const failures = []
  const server = serverFor(t, { onTaskError: failure => failures.push(failure), name: 'watched', debug: true })
  const task = server.createBackgroundTask(
    () => {
      throw new Error('seen')
    },
    [],
    { name: 'failing' },
  )
  t.throws(() => task.wait({ timeout: 20_000 }), { message: 'seen' })
  await untilAsync(() => failures.length > 0)
  t.deepEqual(
    failures.map(({ error, task, runner }) => [error.message, task, runner]),
    [['seen', 'failing', 'watched']],
  )
})

test('X7: onTaskError is heard by a main loop whose calls never have to sleep', t => {
  const failures = []
  const onTaskError = ({ error }) => failures.push(error.message)
  // It looks for so long that it never sleeps.
  const server = serverFor(t, { spin: 1000, onTaskError, handlers: { look: () => 1 } })
  server.settle()
  server.createBackgroundTask(
    async client => {
      for (let tick = 0; tick < 5; tick++) {
        await client.nextTick()
        await client.look()
      }
      throw new Error('a bug')
    },
    [server.createClient()],
    { name: 'failing' },
  )
  server.createBackgroundTask(
    async client => {
      for (;;) {
        await client.nextTick()
        await client.look()
      }
    },
    [server.createClient()],
  )
  for (let tick = 0; tick < 10; tick++) {
    server.tick()
    server.processAll()
  }
  t.deepEqual(failures, ['a bug'])
  t.throws(() => server.close(), { code: 'ERR_EXCEPTION_GROUP' })
})

test('a handler that returns something with a broken then rejects the call', async t => {
  class Broken extends Server {
    handleRequest() {
      return {
        then() {
          throw new Error('broken')
        },
      }
    }
  }
  const server = serverFor(t, {}, Broken)
  const task = server.createBackgroundTask(client => client.look(), [server.createClient()])
  t.true(server.process())
  await t.throwsAsync(task.result({ timeout: 20_000 }), { message: 'broken' })
})
