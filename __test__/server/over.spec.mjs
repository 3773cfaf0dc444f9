// Calls that are over before they are answered: given up by their client, or ended with their server.
//
// Promises that whoever has kept the future of such a call may answer it, once, however late and from any thread, and that
// the answer is dropped; that the request says so, before the answer and after it; and that handlers whose promises are
// settled then harm nobody, though nothing holds their server any more.

import ava from 'ava'
import { AsyncRunner, Event, Future, Queue, Server } from 'threaded-async'
import { ends } from '../support/program.mjs'
import { runnerFor, until, untilAsync } from '../support/runner-fixture.mjs'
import { KeepingServer, serverFor } from '../support/server-fixture.mjs'

// One at a time: what blocks here would be measured by, and delay, whatever ran beside it.
const test = ava.serial

const timeout = 20_000
const settledBefore = { code: 'ERR_INVALID_STATE', name: 'InvalidStateError' }

/** Every way to answer. */
const answers = [
  future => future.setResult(1),
  future => future.setResult({ an: 'object' }),
  future => future.setException(new RangeError('late')),
  future => future.setResult(new Uint8Array(1e6)),
]
const count = answers.length

/** As a script: as many calls at once, none of which is answered. */
const walk = (client, count) => Promise.all(Array.from({ length: count }, (_, i) => client.walk(i)))

/** Keeps the futures of all calls but `go`, which is answered. */
class Keeping extends KeepingServer {
  handleRequest(request, future) {
    if (request.fun === 'go') future.setResult()
    else super.handleRequest(request, future)
  }
}

/** Every way to take the calls that are pending. */
const takes = {
  process: server => until(() => !server.process()),
  processAll: server => server.processAll(),
  processUntil: server => server.processUntil(server.createTask(client => client.go(), [server.createClient()])),
  async serve(server) {
    const stop = new AbortController()
    const serving = server.serve({ signal: stop.signal })
    await untilAsync(() => server.taken.length === count)
    stop.abort()
    await serving
  },
  async requests(server) {
    for await (const [request, future] of server.requests()) {
      server.handleRequest(request, future)
      if (server.taken.length === count) return
    }
  },
}

const source = `for (let i = 0; i < ${count}; i++) host.walk(i); await host.delay(1e9)`

/** Each makes the calls, and returns what ends them. */
const ways = {
  'its server is closed'(server) {
    asks(server)
    return () => server.close()
  },
  'its server is closed by closeAsync'(server) {
    asks(server)
    return () => server.closeAsync()
  },
  'its server is closed by force'(server) {
    asks(server)
    return () => {
      hold(server)
      server.eventLoopExitTimeout = 20
      server.close()
    }
  },
  'the loop of its server dies'(server) {
    asks(server)
    return () => dies(server)
  },
  'its task is cancelled'(server) {
    const task = asks(server)
    return () => task.cancel()
  },
  'its task is cancelled, and its server is closed'(server) {
    const task = asks(server)
    return () => {
      task.cancel()
      server.close()
    }
  },
  'the signal of its task is aborted'(server) {
    const stop = new AbortController()
    asks(server, { signal: stop.signal })
    return () => stop.abort()
  },
  'its client has given it up'(server) {
    const stop = new AbortController()
    const given = walk(server.createClient().with({ signal: stop.signal }), count).catch(() => {})
    return () => {
      stop.abort()
      return given
    }
  },
  'its client is on another loop, which is closed'(server, t) {
    const other = runnerFor(t)
    other.createTask(walk, [server.createClient(), count])
    return () => other.close()
  },
  'its client is on another loop, which dies'(server, t) {
    const other = runnerFor(t)
    other.createTask(walk, [server.createClient(), count])
    return () => dies(other)
  },
  'its client is on another loop, and its server is closed'(server, t) {
    runnerFor(t).createTask(walk, [server.createClient(), count])
    return () => server.close()
  },
  'its sandboxed script is cancelled'(server) {
    const script = server.createScript(source)
    return () => script.cancel()
  },
  'its sandboxed script has passed a limit'(server) {
    server.createScript(`${source}; for (;;);`, { turnBudget: 100_000 })
    return () => server.advance()
  },
  'the server of its sandboxed script is closed'(server) {
    server.createScript(source)
    return () => server.closeAsync()
  },
}

const asks = (server, options) => server.createTask(walk, [server.createClient(), count], options)

function hold(server) {
  const held = new Event()
  const holder = held => {
    held.set()
    for (;;);
  }
  server.createTask(holder, [held])
  held.wait({ timeout })
}

function dies(loop) {
  loop.createTask(() => process.exit(3))
  return untilAsync(() => !loop.isRunning)
}

for (const [what, way] of Object.entries(ways)) {
  for (const [by, take] of Object.entries(takes)) {
    test(`C14: a call that ${by} has taken is over when ${what}: its first answer is dropped`, async t => {
      const server = serverFor(t, {}, Keeping)
      const end = way(server, t)
      until(() => server.pending === count)
      await take(server)
      t.is(server.taken.length, count)
      t.true(server.taken.every(({ cancelled }) => !cancelled))
      await end()
      await untilAsync(() => server.taken.every(({ cancelled }) => cancelled))
      answers.forEach((answer, i) => {
        const [request, future] = [server.taken[i], server.futures[i]]
        t.notThrows(() => answer(future))
        t.true(request.cancelled, 'it stays over')
        t.deepEqual([request.fun, request.args, future.done()], ['walk', [i], true])
        t.throws(() => answer(future), settledBefore, 'a second answer is one too many')
      })
    })
  }
}

test('C14: a call is over after the timeout of its client, and when its server is closed then', async t => {
  const server = serverFor(t, {}, Keeping)
  const call = server.createClient().with({ timeout: 1 }).walk()
  server.process() // This loop does not look at the time before.
  await t.throwsAsync(call, { code: 'ERR_EVENT_LOOP_TIMEOUT' })
  t.true(server.taken[0].cancelled)
  server.close()
  t.true(server.taken[0].cancelled)
  server.last.setResult(1)
  t.throws(() => server.last.setResult(2), settledBefore)
})

test('C14: the future of a call that is over can be cancelled, which changes nothing', t => {
  const server = serverFor(t, {}, Keeping)
  server.createBackgroundTask(walk, [server.createClient(), 2])
  server.processAll()
  server.close()
  const [first, second] = server.futures
  t.false(first.cancel())
  t.notThrows(() => first.setResult(1))
  t.false(second.cancelled())
  t.throws(() => second.resultWait(), { code: 'ERR_RUNNER_CLOSED' })
  t.deepEqual(
    server.taken.map(({ cancelled }) => cancelled),
    [true, true],
  )
})

test('C14: a call that has had its answer is not over, and takes no other, before the close and after it', t => {
  const server = serverFor(t, {}, Keeping)
  const task = server.createBackgroundTask(client => client.walk(), [server.createClient()])
  const other = server.createBackgroundTask(client => client.walk().catch(({ code }) => code), [server.createClient()])
  server.processAll()
  const [future, cancelled] = server.futures
  future.setResult('north')
  t.true(cancelled.cancel())
  t.deepEqual([task.wait({ timeout }), other.wait({ timeout })], ['north', 'ERR_CANCELLED'])
  for (const end of [() => {}, () => server.close()]) {
    end()
    t.deepEqual(
      server.taken.map(request => request.cancelled),
      [false, false],
    )
    for (const each of server.futures) for (const answer of answers) t.throws(() => answer(each), settledBefore)
  }
  t.is(future.resultWait(), 'north')
})

test('C14: another thread may answer a call that is over', async t => {
  const other = runnerFor(t)
  const go = new Event()
  const answer = async (future, go) => {
    await go.waitAsync()
    try {
      future.setResult({ from: 'elsewhere' })
    } catch (error) {
      future.setException(error)
    }
    return future.done()
  }
  const answering = []
  class Sending extends Server {
    handleRequest(request, future) {
      answering.push(other.createTask(answer, [future, go]))
    }
  }
  const server = serverFor(t, {}, Sending)
  server.createBackgroundTask(walk, [server.createClient(), count])
  server.createScript(source)
  t.is(server.processAll(), 2 * count)
  server.close()
  go.set()
  for (const task of answering) t.true(task.wait({ timeout }))
})

test('C14: threads that answer one call at once are told apart, though it is over', t => {
  const server = serverFor(t, {}, Keeping)
  server.createBackgroundTask(walk, [server.createClient(), 1])
  server.process()
  server.close()
  const go = new Event()
  const answer = (future, go) => {
    go.wait()
    try {
      future.setResult({})
      return 'dropped'
    } catch ({ code }) {
      return code
    }
  }
  const options = { allowBlocking: true }
  const tasks = [1, 2, 3].map(() => runnerFor(t, options).createTask(answer, [server.last, go]))
  go.set()
  const outcomes = tasks.map(task => task.wait({ timeout }))
  t.deepEqual(outcomes.sort(), ['ERR_INVALID_STATE', 'ERR_INVALID_STATE', 'dropped'])
})

test('C14: so it is with a server that a loop has made', t => {
  const live = async () => {
    const { Server } = await import('threaded-async')
    const server = new Server()
    server.createTask(client => client.walk(), [server.createClient()])
    for await (const [request, future] of server.requests()) {
      await server.closeAsync()
      const before = request.cancelled
      future.setResult({})
      return [before, request.cancelled, future.done()]
    }
  }
  t.deepEqual(runnerFor(t).run(live), [true, true, true])
})

test('C14: a handler may close its server, and answer', t => {
  class Closing extends Server {
    handleRequest(request, future) {
      this.close()
      future.setResult(request.cancelled)
    }
  }
  const plain = serverFor(t, { handlers: { walk: () => plain.close() } })
  for (const server of [serverFor(t, {}, Closing), plain]) {
    server.createBackgroundTask(client => client.walk(), [server.createClient()])
    t.throws(() => server.process(), { code: 'ERR_RUNNER_CLOSED' })
  }
})

test('C14: async handlers may end after their server, which nothing holds any more', async t => {
  await ends(t, ['--expose-gc', 'late-answers.mjs'])
})

test('F2: a future that has ended with its runner takes no outcome, and says why', t => {
  const server = new Server()
  const runner = new AsyncRunner()
  const futures = [server.createFuture(), new Future(runner, { name: 'answer' })]
  server.close()
  runner.close()
  const messages = ['The future has ended with its runner.', "The future 'answer' has ended with its runner."]
  futures.forEach((future, i) => {
    for (const answer of answers) t.throws(() => answer(future), { ...settledBefore, message: messages[i] })
    t.throws(() => future.setResult(new Queue().getNowait), { ...settledBefore, message: messages[i] })
    t.deepEqual([future.done(), future.cancelled(), future.cancel()], [true, false, false])
  })
})
