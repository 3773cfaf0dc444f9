// Servers on a live loop: tasks that are created without blocking, requests that are served as they come, and handlers
// that answer by promises, which a thread that blocks cannot keep.
//
// Promises that a handler's promise is awaited wherever this thread's loop goes on, and that no call waits in silence for
// one that cannot be settled.

import ava from 'ava'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { Worker } from 'node:worker_threads'
import { AsyncRunner, Event, InvalidStateError, Server, share, sleep } from 'threaded-async'
import { drain, increment, KeepingServer, serverFor, sumUp } from '../support/server-fixture.mjs'
import { until } from '../support/runner-fixture.mjs'

// One at a time: what blocks here would be measured by, and delay, whatever ran beside it.
const test = ava.serial

const invalid = { code: 'ERR_INVALID_STATE', instanceOf: InvalidStateError }
const timedOut = { code: 'ERR_EVENT_LOOP_TIMEOUT' }
const cancelled = { code: 'ERR_CANCELLED' }
const nap = async () => {
  await sleep(60_000)
}

// --- tasks

test('createTask returns at once, though its loop never comes to rest', async t => {
  const server = serverFor(t, { exitTimeout: 100 })
  const spinner = () => {
    for (;;);
  }
  const task = server.createTask(spinner)
  await t.throwsAsync(task.result({ timeout: 300 }), { ...timedOut, message: /'spinner'/ })
  await server.closeAsync()
  t.is(server.shutdownType, 2)
})

test('createTask takes what AsyncRunner.createTask takes', async t => {
  const server = serverFor(t)
  const stop = new AbortController()
  const task = server.createTask(nap, [], { name: 'sleeper', signal: stop.signal })
  t.is(task.name, 'sleeper')
  stop.abort()
  await t.throwsAsync(task.result(), cancelled)
  await t.throwsAsync(server.createTask(nap, [], { timeout: 1 }).result(), timedOut)
  t.throws(() => server.createTask(nap, [Symbol('no')]), { code: 'ERR_UNCLONEABLE' })
  t.throws(() => server.createTask(nap, [], { timeout: -1 }), { code: 'ERR_OUT_OF_RANGE' })
  server.close()
  t.throws(() => server.createTask(nap), { code: 'ERR_RUNNER_CLOSED' })
})

test('createBackgroundTask takes a signal, and a lifetime beside the timeout of the blocking', t => {
  const server = serverFor(t)
  const aborted = server.createBackgroundTask(nap, [], { signal: AbortSignal.abort() })
  t.throws(() => aborted.wait(), cancelled)
  const short = server.createBackgroundTask(nap, [], { lifetime: 1, timeout: 20_000 })
  t.throws(() => short.wait({ timeout: 20_000 }), { ...timedOut, message: /timed out after 1 ms and was cancelled/ })
  const running = server.statistics().tasksRunning
  for (const options of [{ lifetime: -1 }, { lifetime: NaN }, { timeout: -1 }]) {
    t.throws(() => server.createBackgroundTask(nap, [], options), { code: 'ERR_OUT_OF_RANGE' })
  }
  t.throws(() => server.createBackgroundTask(nap, [], { signal: 1 }), { code: 'ERR_INVALID_ARG_TYPE' })
  t.is(server.statistics().tasksRunning, running)
})

// --- serve

test('serve answers by the handlers until the server is closed; promises are awaited', async t => {
  const handlers = { ...increment, later: async n => (await sleep(5), n * 2) }
  const server = serverFor(t, { handlers })
  const serving = server.serve()
  const script = async client => [
    await client.later(4),
    await client.increment(1),
    await client.nothing().catch(e => e.code),
  ]
  t.deepEqual(await server.createTask(script, [server.createClient()]).result(), [8, 2, 'ERR_METHOD_NOT_IMPLEMENTED'])
  await server.closeAsync()
  t.is(await serving, undefined)
  await t.throwsAsync(server.serve(), { code: 'ERR_RUNNER_CLOSED' })
})

test('serve answers by an overriding handleRequest, and takes one request while another is answered', async t => {
  const server = serverFor(t, {}, KeepingServer)
  const serving = server.serve()
  const ready = new Event()
  const answers = server.createTask(
    async (client, ready) => {
      const both = [client.slow(), client.fast()]
      await client.third()
      ready.set()
      return Promise.all(both)
    },
    [server.createClient(), ready],
  )
  while (server.taken.length < 3) await sleep(1)
  for (const [i, { fun }] of [...server.taken.entries()].reverse()) server.futures[i].setResult(fun)
  t.deepEqual(await answers.result(), ['slow', 'fast'])
  await server.closeAsync()
  await serving
})

test('serve ends when its signal is aborted: what was not taken waits, and what handlers have begun goes on', async t => {
  let answer
  const server = serverFor(t, { handlers: { later: () => new Promise(resolve => (answer = resolve)), ...increment } })
  const stop = new AbortController()
  const serving = server.serve({ signal: stop.signal })
  const task = server.createTask(
    async client => [await client.later(), await client.increment(1)],
    [server.createClient()],
  )
  while (answer === undefined) await sleep(1)
  stop.abort()
  t.is(await serving, undefined)
  answer('begun')
  while (server.pending === 0) await sleep(1)
  t.true(server.process())
  t.deepEqual(await task.result(), ['begun', 2])
  await server.serve({ signal: AbortSignal.abort() })
  await t.throwsAsync(server.serve({ signal: 1 }), { code: 'ERR_INVALID_ARG_TYPE' })
})

test('serve goes on whatever its handlers throw', async t => {
  const handlers = {
    throws: () => {
      throw new RangeError('thrown')
    },
    rejects: async () => {
      throw new RangeError('rejected')
    },
    uncloneable: () => () => {},
    ...increment,
  }
  const server = serverFor(t, { handlers })
  const serving = server.serve()
  const script = async client => {
    const seen = []
    for (const name of ['throws', 'rejects', 'uncloneable'])
      seen.push(await client[name]().catch(e => e.code ?? e.message))
    return [...seen, await client.increment(1)]
  }
  const task = server.createTask(script, [server.createClient()])
  t.deepEqual(await task.result(), ['thrown', 'rejected', 'ERR_UNCLONEABLE', 2])
  server.close()
  await serving
})

test('serve is refused where nothing would answer, and on another thread', async t => {
  const server = serverFor(t)
  await t.throwsAsync(server.serve(), { ...invalid, message: /neither handlers nor a handleRequest/ })
  const elsewhere = serverFor(t).createTask(server => server.serve(), [server])
  await t.throwsAsync(elsewhere.result(), { ...invalid, message: /thread that made the server/ })
})

test('serve in a task of another runner ends with the task', async t => {
  const outer = serverFor(t)
  const task = outer.createTask(async () => {
    const { Server } = await import('threaded-async')
    const inner = new Server({ handlers: { double: n => n * 2 } })
    const serving = inner.serve()
    const answer = await inner.createTask(client => client.double(4), [inner.createClient()]).result()
    await inner.closeAsync()
    await serving
    return answer
  })
  t.is(await task.result(), 8)
})

test('while a live loop serves, nothing that blocks handles requests; afterwards it may', async t => {
  const server = serverFor(t, { handlers: { ...increment } })
  const task = server.createTask(async client => client.increment(1), [server.createClient()])
  await task.result({ timeout: 1 }).catch(() => {})
  const refused = { ...invalid, message: /while serve\(\) or requests\(\) does/ }
  const isRefused = () => {
    t.throws(() => server.process(), { ...refused, message: /^process cannot/ })
    t.throws(() => server.processAll(), { ...refused, message: /^processAll cannot/ })
    t.throws(() => server.processUntil(task), { ...refused, message: /^processUntil cannot/ })
  }
  const stop = new AbortController()
  const serving = server.serve({ signal: stop.signal })
  isRefused()
  t.is(server.tick(), 1)
  stop.abort()
  await serving
  t.false(server.process())
  const calls = [server.createClient().increment(5), server.createClient().increment(6)]
  for await (const [{ args }, future] of server.requests()) {
    isRefused()
    future.setResult(args[0])
    break
  }
  t.true(server.process())
  t.deepEqual(await Promise.all(calls), [5, 7])
})

test('process says so where another thread has the requests as they come', async t => {
  const server = serverFor(t)
  const other = serverFor(t)
  const begun = new Event()
  other.createTask(
    async (server, begun) => {
      const requests = server.requests()
      const first = requests.next()
      begun.set()
      await first
    },
    [server, begun],
  )
  await begun.waitAsync({ timeout: 20_000 })
  t.throws(() => server.process(), invalid)
  t.throws(() => server.processAll(), invalid)
})

// --- promises, where this thread blocks

for (const [name, ServerClass, options] of [
  ['handlers', Server, { handlers: { read: async name => `contents of ${name}` } }],
  [
    'handleRequest',
    class extends Server {
      async handleRequest({ args }, future) {
        await null
        future.setResult(args[0])
      }
    },
    {},
  ],
  [
    'super.handleRequest',
    class extends Server {
      handleRequest(request, future) {
        super.handleRequest(request, future)
      }
    },
    { handlers: { read: name => new Promise(() => name) } },
  ],
  ['a thenable', Server, { handlers: { read: () => ({ then() {} }) } }],
  ['a promise that rejects', Server, { handlers: { read: async () => Promise.reject(new Error('late')) } }],
]) {
  test(`processUntil rejects a call whose handler returns a promise, by name: ${name}`, t => {
    const server = serverFor(t, options, ServerClass)
    const task = server.createBackgroundTask(c => c.read('a'), [server.createClient()])
    const message = /^The handler of 'read' has returned a promise, .* processUntil .* Answer at once, keep the future/
    t.throws(() => server.processUntil(task, { timeout: 20_000 }), { ...invalid, message })
  })
}

test('processUntil lets an async handleRequest answer before its first await', t => {
  class Prompt extends Server {
    async handleRequest({ args }, future) {
      future.setResult(args[0] + 1)
      await null
    }
  }
  const server = serverFor(t, {}, Prompt)
  const task = server.createBackgroundTask(sumUp, [server.createClient(), 3])
  t.is(server.processUntil(task, { timeout: 20_000 }), 6)
})

test('processUntil refuses promises of servers that are processed within its handlers, too', t => {
  const inner = serverFor(t, { handlers: { ask: async () => 1 } })
  const outer = serverFor(t, {
    handlers: {
      go() {
        const task = inner.createBackgroundTask(c => c.ask().catch(e => e.code), [inner.createClient()])
        drain(inner)
        return task.wait({ timeout: 20_000 })
      },
    },
  })
  const task = outer.createBackgroundTask(c => c.go(), [outer.createClient()])
  t.is(outer.processUntil(task, { timeout: 20_000 }), 'ERR_INVALID_STATE')
})

test('processUntil rejects the calls of its task that have been promised an answer before', async t => {
  let settle
  const server = serverFor(t, { handlers: { ask: () => new Promise(resolve => (settle = resolve)) } })
  const script = async client => {
    return client.ask()
  }
  const [task, other] = [1, 2].map(() => server.createBackgroundTask(script, [server.createClient()]))
  t.true(server.process())
  const first = settle
  t.true(server.process())
  t.throws(() => server.processUntil(task, { timeout: 20_000 }), invalid)
  first('too late')
  settle('in time')
  t.is(await other.result(), 'in time')
})

test('process awaits a promise when the thread is back on its loop, and what times out before names the call', async t => {
  const server = serverFor(t, { handlers: { read: async name => `contents of ${name}`, ...increment } })
  const task = server.createBackgroundTask(c => c.read('a'), [server.createClient()])
  t.is(drain(server), 1)
  const named = / The call 'read' waits for the promise its handler has returned, which needs this thread's loop\.$/
  t.throws(() => task.wait({ timeout: 20 }), { ...timedOut, message: named })
  t.throws(() => server.processUntil(server.createBackgroundTask(nap), { timeout: 20 }), {
    ...timedOut,
    message: named,
  })
  t.is(await task.result(), 'contents of a')
  t.throws(() => server.createBackgroundTask(nap).wait({ timeout: 20 }), { ...timedOut, message: /^(?!.*promise)/ })
})

// --- whose errors they are

test("handlerErrors 'reject' leaves what a handler throws to its script", async t => {
  const handlers = {
    fail: () => {
      throw new RangeError('no')
    },
    uncloneable: () => () => {},
  }
  const script = async client => [
    await client.fail().catch(e => e.message),
    await client.uncloneable().catch(e => e.code),
  ]
  const server = serverFor(t, { handlers, handlerErrors: 'reject' })
  const [one, two] = [1, 2].map(() => server.createBackgroundTask(script, [server.createClient()]))
  t.true(server.process())
  t.is(server.processAll(), 3)
  t.deepEqual([one.wait(), two.wait()], Array(2).fill(['no', 'ERR_UNCLONEABLE']))
  for (const handlerErrors of ['throw', undefined]) {
    const strict = serverFor(t, { handlers, handlerErrors })
    strict.createBackgroundTask(script, [strict.createClient()])
    t.throws(() => strict.process(), { message: 'no' })
    t.throws(() => strict.processAll(), { code: 'ERR_UNCLONEABLE' })
  }
})

test("handlerErrors 'reject' holds for an overriding handleRequest", t => {
  class Failing extends Server {
    handleRequest() {
      throw new Error('no')
    }
  }
  const server = serverFor(t, { handlerErrors: 'reject' }, Failing)
  const task = server.createBackgroundTask(c => c.a().catch(e => e.message), [server.createClient()])
  t.is(drain(server), 1)
  t.is(task.wait(), 'no')
})

test('handlerErrors is one of two', t => {
  for (const handlerErrors of ['ignore', null, true]) {
    t.throws(() => new Server({ handlerErrors }), { code: 'ERR_INVALID_ARG_VALUE', message: /'throw' or 'reject'/ })
  }
})

// --- the runner behind it

test('a server shows its runner, and counts its requests', async t => {
  const server = serverFor(t, { name: 'arena' }, KeepingServer)
  t.deepEqual([server.name, server.isRunning, server.shutdownType], ['arena', true, 0])
  const script = client => Promise.allSettled([client.a(), client.b(), client.c(), client.d()])
  const task = server.createBackgroundTask(script, [server.createClient()])
  const counts = () => {
    const { requestsTaken, requestsAnswered, requestsPending } = server.statistics()
    return [requestsTaken, requestsAnswered, requestsPending]
  }
  t.deepEqual(counts(), [0, 0, 4])
  t.is(server.processAll({ maxRequests: 3 }), 3)
  t.deepEqual(counts(), [3, 0, 1])
  server.futures[0].setResult(1)
  server.futures[1].setException(new Error('no'))
  server.futures[2].cancel()
  t.deepEqual(counts(), [3, 3, 1])
  t.throws(() => server.futures[0].setResult(2), invalid)
  server.process()
  serverFor(t).createBackgroundTask(future => future.setResult('from elsewhere'), [server.last])
  t.is((await task.result()).length, 4)
  t.deepEqual(counts(), [4, 4, 0])
  const { tasksRunning, loop, waitedForRest } = server.statistics()
  t.deepEqual([tasksRunning, typeof loop], [0, 'string'])
  t.true(waitedForRest > 0)
  const answering = serverFor(t, { handlers: increment })
  answering.createBackgroundTask(sumUp, [answering.createClient(), 5])
  answering.processAll()
  t.like(answering.statistics(), { requestsTaken: 5, requestsAnswered: 5, requestsPending: 0 })
  server.close()
  t.deepEqual([server.isRunning, server.shutdownType, server.statistics().isRunning], [false, 1, false])
})

test('the time that was waited for rest is that for which a loop was held', t => {
  const server = serverFor(t)
  const before = server.statistics().waitedForRest
  const waited = () => server.statistics().waitedForRest - before
  const begun = performance.now()
  // This thread may come to its wait when a task is almost over, but not each time.
  until(() => {
    server.createBackgroundTask(() => {
      const end = performance.now() + 100
      while (performance.now() < end);
    })
    return waited() >= 50
  })
  t.true(waited() <= performance.now() - begun)
})

test('an iteration over the requests that is left while it waits takes none', async t => {
  const server = serverFor(t, { handlers: { double: n => n * 2 } })
  const requests = server.requests()
  const waiting = requests.next()
  t.deepEqual(await requests.return(), { value: undefined, done: true })
  t.deepEqual(await waiting, { value: undefined, done: true })
  const call = server.createClient().double(21)
  t.true(server.process())
  t.is(await call, 42)
})

test('a request that is on its way to an iteration that is left goes back', async t => {
  const server = serverFor(t, { handlers: { double: n => n * 2 } })
  const requests = server.requests()
  const waiting = requests.next()
  const task = server.createBackgroundTask(client => client.double(21), [server.createClient()])
  void requests.return()
  t.deepEqual(await waiting, { value: undefined, done: true })
  t.is(server.pending, 1)
  t.is(server.processUntil(task), 42)
})

// --- threads that end with a call in hand

for (const [how, serve] of Object.entries({
  'whose future it has': async server => {
    for await (const request of server.requests()) process.exit(request.length)
  },
  'in a task that keeps the future': async server => {
    for await (const [, future] of server.requests()) setTimeout(() => process.exit(future.done() ? 0 : 3), 1)
  },
})) {
  test(`the caller of a thread that ends is told, and the server goes on: ${how}`, async t => {
    const server = serverFor(t, { name: 'game', handlers: { ask: () => 42 } })
    const serving = new AsyncRunner({ name: 'serving' })
    const task = serving.createTask(serve, [server])
    const message = /^ask on server 'game' will not be answered: the thread that had taken the call has ended\.$/
    await t.throwsAsync(server.createClient().ask(), { code: 'ERR_RUNNER_DIED', message })
    await t.throwsAsync(task.result(), { code: 'ERR_RUNNER_DIED' })
    const call = server.createClient().ask()
    t.true(server.process())
    t.is(await call, 42)
    await serving.closeAsync()
  })
}

test('a sandboxed script is told, too, that the thread which had its call has ended', async t => {
  const server = serverFor(t, { name: 'game', handlers: {} })
  const serving = new AsyncRunner({ name: 'serving' })
  const task = serving.createTask(
    async server => {
      for await (const request of server.requests()) process.exit(request.length)
    },
    [server],
  )
  const script = server.createScript('export default host => host.ask().catch(error => [error.code, error.message])')
  const message = "A call on server 'game' will not be answered: the thread that had taken it has ended."
  t.deepEqual(await script.result(), ['ERR_RUNNER_DIED', message])
  await t.throwsAsync(task.result(), { code: 'ERR_RUNNER_DIED' })
  await serving.closeAsync()
})

test('what a thread was handed and has not seen goes back when it is terminated', async t => {
  const code = `
    const { workerData, parentPort } = require('node:worker_threads')
    const { adopt } = require(workerData.path)
    const requests = adopt(workerData.token).requests()
    parentPort.on('message', () => {})
    void requests.next()
    parentPort.postMessage('waits')
  `
  const path = fileURLToPath(import.meta.resolve('threaded-async')).replace(/\.js$/, '.cjs')
  for (let round = 0; round < 20; round++) {
    const server = serverFor(t, { handlers: { ask: () => 42 } })
    const worker = new Worker(code, { eval: true, workerData: { path, token: share(server) } })
    await once(worker, 'message')
    const call = server.createClient().ask()
    while (server.statistics().requestsTaken === 0);
    await worker.terminate()
    // Or it was seen.
    if (server.process()) t.is(await call, 42)
    else await t.throwsAsync(call, { code: 'ERR_RUNNER_DIED' })
  }
})
