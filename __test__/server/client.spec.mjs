// The calling end: methods by any name, stubs written by hand, and clients that travel.
//
// Promises that a client is no promise, no container and no text, whatever asks it.

import ava from 'ava'
import { inspect } from 'node:util'
import { AsyncRunner, Client, Queue, Server, taskModule } from 'threaded-async'
import { drain, increment, KeepingServer, serverFor } from '../support/server-fixture.mjs'
import { runnerFor } from '../support/runner-fixture.mjs'

// One at a time: what blocks here would be measured by, and delay, whatever ran beside it.
const test = ava.serial

const stubs = taskModule(new URL('./stubs.mjs', import.meta.url))

class Echo extends Server {
  handleRequest({ fun, args }, future) {
    future.setResult([fun, ...args])
  }
}

// --- names

test('every name is a method, but those that other things are known by', async t => {
  const client = serverFor(t).createClient()
  for (const name of ['walk', 'a', '0', 'process', 'tick', 'get', 'name', 'close', 'failures', 'arguments', 'ünï']) {
    t.is(typeof client[name], 'function', name)
    t.is(client[name], client[name], name)
    t.is(client[name].name, name)
  }
  for (const name of ['then', 'toJSON', Symbol.iterator, Symbol.asyncIterator, Symbol.dispose, Symbol.toPrimitive]) {
    t.is(client[name], undefined, String(name))
  }
  t.is(client.constructor, Client)
  t.is(await Promise.resolve(client), client)
  t.is(await (async () => client)(), client)
  t.is(JSON.stringify({ client }), '{"client":{}}')
  t.is(String(client), '[object Object]')
  t.regex(inspect(client), /^Client/)
  t.true(client instanceof Client)
  t.deepEqual(Object.keys(client), [])
  t.is(typeof client.sync.walk, 'function')
  t.is(client.sync.then, undefined)
  t.is(client.sync, client.sync)
})

test('a method whose name is that of one of ours fails as any other', async t => {
  const server = serverFor(t, {}, KeepingServer)
  const codes = ['putMany', 'put', 'get'].map(name =>
    server.createBackgroundTask(
      (client, name) => client[name]().catch(error => [error.code, 'inserted' in error]),
      [server.createClient(), name],
    ),
  )
  server.processAll()
  server.close()
  for (const task of codes) t.deepEqual(await task.result(), ['ERR_CANCELLED', false])
})

test('a method that was taken from its client says so', async t => {
  const { walk } = serverFor(t).createClient()
  const message = /'walk' was called without its client; call it as client\.walk\(…\)\./
  await t.throwsAsync(walk(1), { message, code: 'ERR_INVALID_THIS' })
  const { look } = serverFor(t).createClient().sync
  t.throws(() => look(), { message: /'look' was called without its client/ })
})

test('arguments of every kind arrive, and so do results', t => {
  const server = serverFor(t, {}, Echo)
  const values = [
    undefined,
    null,
    0,
    -0,
    NaN,
    '',
    'x'.repeat(100),
    '語',
    7n,
    [1, [2]],
    { a: { b: 1 } },
    new Map([[1, 2]]),
  ]
  const script = async (client, values) => [
    await client.none(),
    await client.one(values[0]),
    await client.all(...values),
  ]
  const task = server.createBackgroundTask(script, [server.createClient(), values])
  t.is(drain(server), 3)
  t.deepEqual(task.wait({ timeout: 20_000 }), [['none'], ['one', undefined], ['all', ...values]])
})

test('large arguments and results arrive', t => {
  const server = serverFor(t, {}, Echo)
  const task = server.createBackgroundTask(
    async client => {
      const [, buffer] = await client.big(Buffer.alloc(3_000_000, 7), 'x'.repeat(200_000))
      return [buffer.length, buffer[2_999_999], Buffer.isBuffer(buffer)]
    },
    [server.createClient()],
  )
  t.is(drain(server), 1)
  t.deepEqual(task.wait({ timeout: 20_000 }), [3_000_000, 7, true])
})

test('execute calls by name', t => {
  const server = serverFor(t, {}, Echo)
  const task = server.createBackgroundTask(client => client.execute('walk', 1, 'north'), [server.createClient()])
  t.is(drain(server), 1)
  t.deepEqual(task.wait({ timeout: 20_000 }), ['walk', 1, 'north'])
})

test('execute calls by nothing but a name, and says so to the script', t => {
  const server = serverFor(t, { allowBlocking: true }, Echo)
  const task = server.createBackgroundTask(
    async client => {
      const codes = []
      for (const fun of [{}, 5, undefined, null, true, 5n, Symbol('s'), []]) {
        codes.push(await client.execute(fun).catch(error => error.code))
        try {
          client.sync.execute(fun)
        } catch (error) {
          codes.push(error.code)
        }
      }
      return codes
    },
    [server.createClient()],
  )
  t.is(drain(server), 0)
  t.deepEqual(task.wait({ timeout: 20_000 }), Array(16).fill('ERR_INVALID_ARG_TYPE'))
})

// --- stubs

test('a stub of a task module is made from the handle of the server', t => {
  const server = serverFor(t, { handlers: increment })
  const task = server.createBackgroundTask(stubs.twice, [server, 5])
  t.is(drain(server), 2)
  t.is(task.wait({ timeout: 20_000 }), 7)
})

test('new Client takes nothing but a server', t => {
  for (const bad of [undefined, null, {}, new Queue(), new AsyncRunner({ name: 'no server' })]) {
    t.throws(() => new Client(bad), { code: 'ERR_INVALID_ARG_TYPE' })
    if (bad instanceof AsyncRunner) bad.close()
  }
})

// --- travelling

test('clients and servers arrive as the same object, wherever they go', t => {
  const server = serverFor(t, {}, KeepingServer)
  const client = server.createClient()
  const runner = runnerFor(t)
  const queue = new Queue()
  queue.putNowait({ client, server, twice: [client, client] })
  const arrived = queue.getNowait()
  t.is(arrived.client, client)
  t.is(arrived.server, server)
  const task = runner.createTask(
    async (client, server, queue) => {
      const again = await queue.get()
      await queue.put([client, server])
      return [again.client === client, again.server === server, typeof server.createClient().walk]
    },
    [client, server, queue],
  )
  queue.putWait({ client, server })
  t.deepEqual(task.wait({ timeout: 20_000 }), [true, true, 'function'])
  const [clientBack, serverBack] = queue.getWait()
  t.is(clientBack, client)
  t.is(serverBack, server)
})

test('a server keeps its class and handlers while it is open, even where nobody keeps the server', t => {
  const task = (() => {
    const server = new Server({ handlers: increment })
    const runner = runnerFor(t)
    return runner.createTask(
      (server, client) => [server, client.increment(1)].slice(0, 1),
      [server, server.createClient()],
    )
  })()
  for (let i = 0; i < 200; i++) new Queue()
  const [server] = task.wait({ timeout: 20_000 })
  t.true(server.process())
  server.close()
})

test('a client may call with handles, and be answered with them', t => {
  const server = serverFor(t, {
    handlers: {
      fill(queue, client) {
        queue.putNowait('filled')
        return [queue, client]
      },
    },
  })
  const task = server.createBackgroundTask(
    async client => {
      const queue = new Queue()
      const [same, itself] = await client.fill(queue, client)
      return [same === queue, itself === client, queue.getNowait()]
    },
    [server.createClient()],
  )
  t.is(drain(server), 1)
  t.deepEqual(task.wait({ timeout: 20_000 }), [true, true, 'filled'])
})
