// Calls that can be given up: `client.with({ signal, timeout })`.
//
// Promises that a call which is given up before it is taken is never seen, that one which was taken says so, that nothing
// of either is left, and that the view is the same client in the same place of the round.

import ava from 'ava'
import { Client, Queue } from 'threaded-async'
import { KeepingServer, serverFor } from '../support/server-fixture.mjs'

// One at a time: what blocks here would be measured by, and delay, whatever ran beside it.
const test = ava.serial

const timedOut = { code: 'ERR_EVENT_LOOP_TIMEOUT' }
const outOfRange = { code: 'ERR_OUT_OF_RANGE' }
const invalidType = { code: 'ERR_INVALID_ARG_TYPE' }

test('a call that is given up by its timeout before it is taken is never seen', async t => {
  const server = serverFor(t, {}, KeepingServer)
  const client = server.createClient()
  const message = /^walk on server '.+' timed out after 5 ms: the server has not answered\.$/
  await t.throwsAsync(client.with({ timeout: 5 }).walk(), { ...timedOut, message })
  await t.throwsAsync(client.with({ timeout: 0 }).walk(), timedOut)
  t.deepEqual([server.pending, server.process(), server.taken.length], [0, false, 0])
  t.is(server.statistics().waiters, 0)
})

test('a call that is given up by its signal rejects with the reason; one whose signal is aborted is not made', async t => {
  const server = serverFor(t, {}, KeepingServer)
  const client = server.createClient()
  const stop = new AbortController()
  const patient = client.with({ signal: stop.signal })
  const call = patient.walk()
  t.is(server.pending, 1)
  const reason = new Error('changed my mind')
  stop.abort(reason)
  t.is(await t.throwsAsync(call), reason)
  t.is(server.pending, 0)
  t.is(await t.throwsAsync(patient.walk()), reason)
  t.is(await t.throwsAsync(patient.execute('walk')), reason)
  t.is(await t.throwsAsync(patient.delay(1)), reason)
  t.false(server.process())
})

test('a call that is given up after it was taken says so in its request, and its answer is dropped', async t => {
  const server = serverFor(t, {}, KeepingServer)
  const stop = new AbortController()
  const call = server.createClient().with({ signal: stop.signal }).walk()
  t.true(server.process())
  t.false(server.taken[0].cancelled)
  stop.abort()
  t.is(await call.catch(({ name }) => name), 'AbortError')
  t.true(server.taken[0].cancelled)
  server.last.setResult('nobody sees it')
  t.is(server.statistics().waiters, 0)
})

test('the loser of a race leaves nothing pending', t => {
  const server = serverFor(t, {}, KeepingServer)
  const script = async client => {
    const seen = []
    for (let i = 0; i < 3; i++) {
      const stop = new AbortController()
      const view = client.with({ signal: stop.signal })
      const winner = await Promise.race([view.table().then(() => 'table'), view.delay(2).then(() => 'time')])
      stop.abort()
      seen.push(winner)
    }
    return seen
  }
  const task = server.createBackgroundTask(script, [server.createClient()])
  t.is(server.pending, 1)
  t.is(server.advance(), 2)
  t.is(server.pending, 1, 'that of the second round')
  t.true(server.process())
  server.last.setResult('a table')
  t.is(server.advance(), 4, 'the third round')
  t.deepEqual(task.wait(), ['time', 'table', 'time'])
  t.deepEqual([server.pending, server.advance(), server.statistics().waiters], [0, undefined, 0])
})

test('a view is the same client, in the same place of the round', t => {
  const server = serverFor(t, {}, KeepingServer)
  const clients = [1, 2, 3].map(() => server.createClient())
  const script = async client => {
    const view = client.with({ timeout: 60_000 })
    void client.one().catch(() => {})
    void view.two().catch(() => {})
    void view
      .with({})
      .three()
      .catch(() => {})
    return [
      view.id,
      view.now,
      view instanceof Client,
      view.constructor === Client,
      view.then,
      `${typeof view.anything}`,
    ]
  }
  const tasks = clients.map(client => server.createBackgroundTask(script, [client]))
  server.processAll()
  const order = server.taken.map(({ fun, client }) => `${client} ${fun}`)
  t.deepEqual(order, ['1 one', '2 one', '3 one', '1 two', '2 two', '3 two', '1 three', '2 three', '3 three'])
  t.deepEqual(tasks[2].wait(), [3, 0, true, true, undefined, 'function'])
})

test('views of views keep what they are not told anew', async t => {
  const server = serverFor(t, {}, KeepingServer)
  const stop = new AbortController()
  const view = server.createClient().with({ signal: stop.signal }).with({ timeout: 1 })
  await t.throwsAsync(view.a(), timedOut)
  const longer = view.with({ timeout: 60_000 })
  const call = longer.b()
  stop.abort('why')
  t.is(await call.catch(reason => reason), 'why')
})

test('a stub has a plain client with its limits', async t => {
  class Stub extends Client {
    twice(n) {
      return this.execute('double', n)
    }
  }
  const server = serverFor(t, { handlers: { double: n => n * 2 } })
  const stub = new Stub(server)
  const answers = [stub.twice(1), stub.with({ timeout: 20_000 }).execute('double', 2), stub.with({}).double(3)]
  t.is(server.processAll(), 3)
  t.deepEqual(await Promise.all(answers), [2, 4, 6])
})

test('straight-line calls end with their timeout, and look at the signal before they block', t => {
  const server = serverFor(t, { allowBlocking: true }, KeepingServer)
  const script = client => {
    const tried = []
    const attempt = call => {
      try {
        tried.push(call())
      } catch (error) {
        tried.push(error.code ?? error)
      }
    }
    const view = client.with({ timeout: 20 })
    attempt(() => view.sync.walk())
    attempt(() => view.sync.delay(1))
    attempt(() => view.sync.nextTick())
    attempt(() => client.with({ signal: AbortSignal.abort('no') }).sync.walk())
    attempt(() => view.sync.delay(0))
    return tried
  }
  const task = server.createTask(script, [server.createClient()])
  const code = timedOut.code
  t.deepEqual(task.wait({ timeout: 20_000 }), [code, code, code, 'no', undefined])
  t.deepEqual([server.pending, server.statistics().waiters], [0, 0])
})

test('R9: straight-line calls that are given no timeout take that of the server, as other blocking calls do', t => {
  const server = serverFor(t, { allowBlocking: true, callInLoopTimeout: 25 }, KeepingServer)
  const script = client => {
    const calls = [
      client => client.sync.walk(),
      client => client.sync.execute('walk'),
      client => client.with({}).sync.walk(),
      client => client.sync.nextTick(),
      client => client.sync.delay(1),
    ]
    return calls.map(call => {
      try {
        return call(client)
      } catch (error) {
        return [error.code, /after \d+ ms/.exec(error.message)[0]]
      }
    })
  }
  const task = server.createTask(script, [server.createClient()])
  const expected = Array.from({ length: 5 }, () => [timedOut.code, 'after 25 ms'])
  t.deepEqual(task.wait({ timeout: 20_000 }), expected)
  t.deepEqual([server.pending, server.statistics().waiters], [0, 0])
  server.eventLoopTimeout = 1
  const patient = server.createTask(client => client.with({ timeout: Infinity }).sync.delay(1), [server.createClient()])
  server.settle({ timeout: 20_000 })
  server.tick({ timeout: 20_000 })
  t.is(patient.wait({ timeout: 20_000 }), undefined)
})

test('a task that is cancelled ends the calls of its views', t => {
  const server = serverFor(t, {}, KeepingServer)
  const script = client => client.with({ timeout: 60_000, signal: new AbortController().signal }).walk()
  const task = server.createBackgroundTask(script, [server.createClient()])
  t.is(server.pending, 1)
  task.cancel()
  server.settle()
  t.is(server.pending, 0)
  t.throws(() => task.wait(), { code: 'ERR_CANCELLED' })
})

test('what with takes is checked, and a view stays on its thread', t => {
  const client = serverFor(t).createClient()
  t.throws(() => client.with(), invalidType)
  t.throws(() => client.with(5), invalidType)
  t.throws(() => client.with({ timeout: -1 }), outOfRange)
  t.throws(() => client.with({ timeout: NaN }), outOfRange)
  t.throws(() => client.with({ signal: {} }), invalidType)
  const queue = new Queue()
  const message = /^item cannot cross threads: it is a client made by with\(…\), which stays on its thread/
  t.throws(() => queue.putNowait(client.with({ timeout: 1 })), { code: 'ERR_UNCLONEABLE', message })
  t.is(queue.qsize(), 0)
})

test('a method of a view that was taken off it says so', async t => {
  const { walk } = serverFor(t).createClient().with({ timeout: 1 })
  await t.throwsAsync(walk(), { code: 'ERR_INVALID_THIS' })
})

test('a stub that was made here is refused by the sender, and so is what its class adds', t => {
  class Stub extends Client {
    twice(n) {
      return this.execute('double', n)
    }
  }
  const server = serverFor(t, { handlers: { double: n => n * 2 } })
  const message = /^args\[0\] cannot cross threads: it is an object of a subclass of Client, .* make it in the task/
  t.throws(() => server.createTask(c => c.twice(4), [new Stub(server)]), { code: 'ERR_UNCLONEABLE', message })
  t.is(server.statistics().tasksRunning, 0)
})
