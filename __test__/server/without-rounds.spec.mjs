// The two ways to serve without rounds: until a task is over, and as requests that any loop may take.
//
// Promises that `processUntil` and `requests` lose nothing, whatever ends them.

import ava from 'ava'
import { Event, InterruptedError, sleep } from 'threaded-async'
import { increment, KeepingServer, serverFor } from '../support/server-fixture.mjs'

// One at a time: what blocks here would be measured by, and delay, whatever ran beside it.
const test = ava.serial

const timedOut = { code: 'ERR_EVENT_LOOP_TIMEOUT' }

// --- processUntil

test('processUntil serves until the task is over, and returns its result', t => {
  const server = serverFor(t, { handlers: increment })
  const task = server.createBackgroundTask(
    async client => {
      let n = 0
      for (let i = 0; i < 50; i++) {
        if (i % 10 === 0) await new Promise(resolve => setTimeout(resolve, 2))
        n = await client.increment(n)
      }
      return n
    },
    [server.createClient()],
  )
  t.is(server.processUntil(task), 50)
  t.is(server.processUntil(task), 50)
})

test('processUntil: what a handler throws goes to the script, and only what the task makes of it to the caller', t => {
  const server = serverFor(t, {
    handlers: {
      read(name) {
        if (name === 'bad') throw new RangeError('cannot read bad')
        return name
      },
    },
  })
  const read = (client, ...names) => Promise.all(names.map(name => client.read(name)))
  const run = (...names) =>
    server.processUntil(server.createBackgroundTask(read, [server.createClient(), ...names], { name: 'reader' }))
  t.deepEqual(run('a', 'b'), ['a', 'b'])
  const error = t.throws(() => run('a', 'bad', 'c'), { instanceOf: RangeError, message: 'cannot read bad' })
  t.regex(error.stack, /server\/without-rounds\.spec/)
  t.deepEqual(run('d'), ['d'])
})

test('K5: processUntil ends by what ended a handler’s own blocking; the task is cancelled, and served in its cleanup', t => {
  const seen = []
  const handlers = {
    stop() {
      throw new InterruptedError('Ctrl-C')
    },
    bye: () => seen.push('bye'),
  }
  const server = serverFor(t, { handlers, exitTimeout: 60_000 })
  const script = async client => {
    try {
      await client.stop().catch(() => {})
      await sleep(Infinity)
    } finally {
      await client.bye()
    }
  }
  const task = server.createBackgroundTask(script, [server.createClient()])
  t.throws(() => server.processUntil(task), { code: 'ERR_INTERRUPTED' })
  t.deepEqual(seen, ['bye'])
  t.true(task.cancelled())
})

test('processUntil times out without a trace, and the task goes on', t => {
  const server = serverFor(t, { handlers: increment })
  const gate = new Event()
  const task = server.createBackgroundTask(
    async (client, gate) => {
      await gate.waitAsync()
      return client.increment(1)
    },
    [server.createClient(), gate],
  )
  const error = t.throws(() => server.processUntil(task, { timeout: 50 }), timedOut)
  t.regex(error.message, /processUntil on server '.*' timed out after 50 ms/)
  gate.set()
  t.is(server.processUntil(task, { timeout: 20_000 }), 2)
})

test('processUntil serves scripts of other loops and of the main loop, too', t => {
  const server = serverFor(t, { handlers: increment })
  const other = serverFor(t)
  const mine = server.createClient().increment(10)
  const task = other.createBackgroundTask((client, n) => client.increment(n), [server.createClient(), 1])
  t.is(server.processUntil(task), 2)
  return mine.then(answer => t.is(answer, 11))
})

test('R11: processUntil may be nested: a handler that runs a task of its own', t => {
  const server = serverFor(t, {
    handlers: {
      depth(n) {
        if (n === 0) return 'bottom'
        const task = server.createBackgroundTask((client, n) => client.depth(n), [server.createClient(), n - 1])
        return `${n} ${server.processUntil(task)}`
      },
    },
  })
  const task = server.createBackgroundTask((client, n) => client.depth(n), [server.createClient(), 4])
  t.is(server.processUntil(task), '4 3 2 1 bottom')
})

// --- requests

test('requests serves on a live loop, and ends when the server is closed', async t => {
  const server = serverFor(t)
  const task = server.createBackgroundTask(
    async client => [await client.a(1), await client.b(2)],
    [server.createClient()],
  )
  const seen = []
  const serving = (async () => {
    for await (const [{ fun, args, cancelled }, future] of server.requests()) {
      seen.push([fun, args, cancelled])
      future.setResult(fun.toUpperCase())
    }
    return 'ended'
  })()
  t.deepEqual(await task.result(), ['A', 'B'])
  t.deepEqual(seen, [
    ['a', [1], false],
    ['b', [2], false],
  ])
  await server.closeAsync()
  t.is(await serving, 'ended')
})

test('requests may be served by another loop, while straight-line code of this one blocks for the answers', t => {
  const server = serverFor(t)
  const other = serverFor(t)
  const served = new Event()
  other.createBackgroundTask(
    async (server, served) => {
      served.set()
      for await (const [{ args }, future] of server.requests()) future.setResult(args[0] * 2)
    },
    [server, served],
  )
  served.wait({ timeout: 20_000 })
  t.is(server.createClient().sync.double(21), 42)
})

test('several servers of the same requests share them, and lose none', async t => {
  const server = serverFor(t, { queueSize: 1000 })
  const count = new Map()
  const serve = async name => {
    for await (const [request, future] of server.requests()) {
      count.set(name, (count.get(name) ?? 0) + 1)
      future.setResult(request.args[0])
    }
  }
  const serving = [serve('a'), serve('b')]
  const task = server.createBackgroundTask(
    client => Promise.all(Array.from({ length: 500 }, (_, i) => client.echo(i))),
    [server.createClient()],
  )
  t.deepEqual(
    await task.result(),
    Array.from({ length: 500 }, (_, i) => i),
  )
  t.is(
    [...count.values()].reduce((sum, n) => sum + n),
    500,
  )
  await server.closeAsync()
  await Promise.all(serving)
})

test('a loop that dies while it serves gives back what it has not seen, and ends what it has', async t => {
  const server = serverFor(t)
  const dying = serverFor(t)
  const ready = new Event()
  dying.createBackgroundTask(
    async (server, ready) => {
      const requests = server.requests()
      ready.set()
      await requests.next()
      process.exit(4)
    },
    [server, ready],
  )
  ready.wait({ timeout: 20_000 })
  const client = server.createClient()
  const answers = Promise.allSettled(Array.from({ length: 5 }, (_, i) => client.echo(i)))
  const serving = (async () => {
    let seen = 0
    for await (const [request, future] of server.requests()) {
      future.setResult(request.args[0])
      if (++seen === 4) return
    }
  })()
  await serving
  const settled = await answers
  t.deepEqual(
    settled.map(({ value, reason }) => value ?? reason.code),
    ['ERR_RUNNER_DIED', 1, 2, 3, 4],
  )
})

test('requests: a for await that is left takes nothing more', async t => {
  const server = serverFor(t, {}, KeepingServer)
  const client = server.createClient()
  const answers = [client.a(), client.b()]
  for await (const [, future] of server.requests()) {
    future.setResult('first')
    break
  }
  t.is(await answers[0], 'first')
  t.is(server.pending, 1)
  t.true(server.process())
  server.last.setResult('second')
  t.is(await answers[1], 'second')
})
