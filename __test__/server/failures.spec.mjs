// What goes wrong at a server: handlers that throw, answers that cannot cross, odd arguments, and the wrong thread.
//
// Promises that the call rejects and that `process` throws the same (C6), and that what cannot work says so before it
// has begun.

import ava from 'ava'
import { Queue, Server } from 'threaded-async'
import { untilAsync } from '../support/runner-fixture.mjs'
import { drain, increment, serverFor } from '../support/server-fixture.mjs'

// One at a time: what blocks here would be measured by, and delay, whatever ran beside it.
const test = ava.serial

const closed = { code: 'ERR_RUNNER_CLOSED', name: 'RunnerClosedError' }

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

/** Ways to answer the calls of a task; a promise is settled once this thread is back on its loop, but for one of them. */
const answering = {
  process: { run: server => void drain(server), settles: true },
  processAll: { run: server => void server.processAll(), settles: true },
  processUntil: { run: (server, task) => void server.processUntil(task, { timeout: 20_000 }), settles: false },
  serve: { run: server => void server.serve(), settles: true },
}

const inherited = class extends Server { handleRequest(...both) { super.handleRequest(...both) } } // prettier-ignore

for (const [door, { run, settles }] of Object.entries(answering)) {
  test(`C6: an answer that cannot cross says which call it was for: ${door}`, async t => {
    const handlers = { fine: () => 1, now: () => [{ use() {} }], later: async () => [{ use() {} }] }
    const names = settles ? ['now', 'later'] : ['now']
    for (const ServerClass of [Server, inherited]) {
      const server = serverFor(t, { handlers, handlerErrors: 'reject' }, ServerClass)
      const task = server.createBackgroundTask(
        async (client, names) => {
          await client.fine()
          const errors = []
          for (const name of names) errors.push(await client.execute(name).catch(error => error))
          return errors
        },
        [server.createClient(), names],
      )
      run(server, task)
      const errors = await task.result({ timeout: 20_000 })
      t.is(errors.length, names.length)
      for (const [i, name] of names.entries()) {
        const { message, path, stack } = errors[i]
        t.regex(path, /^(result|value)\[0\]\.use$/)
        t.is(message, `In the answer to '${name}', ${path} cannot cross threads: it is the function use.`)
        t.true(stack.startsWith(`UncloneableError: ${message}\n`), stack)
      }
    }
  })
}

test('C6: process throws the error of an answer that cannot cross with the name of the call, however long that is', t => {
  const name = 'n'.repeat(10_000)
  const server = serverFor(t, { handlers: { [name]: () => Symbol('s') } })
  const task = server.createBackgroundTask((client, name) => client.execute(name).catch(() => {}), [server.createClient(), name]) // prettier-ignore
  t.throws(() => server.process(), {
    message: `In the answer to '${name.slice(0, 100)}…', result cannot cross threads: it is a symbol.`,
  })
  task.wait({ timeout: 20_000 })
})

test('C6: a handler that throws such an error of another value has not answered with that', t => {
  const queue = new Queue()
  const server = serverFor(t, { handlers: { put: () => queue.putNowait(() => {}) } })
  const task = server.createBackgroundTask(
    client => client.put().catch(error => error.message),
    [server.createClient()],
  )
  const message = 'item cannot cross threads: it is a function.'
  t.throws(() => server.process(), { message })
  t.is(task.wait({ timeout: 20_000 }), message)
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
    t.regex(stack, /waits in increment\][^]*waits in wait\]\n.*failures\.spec\.mjs/)
  })
}

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
  t.notThrows(() => server.close())
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
