// What `console.log` shows of the package's objects: a class's own name, and the fields by which one knows an object.

import { inspect } from 'node:util'
import test from 'ava'
import * as all from 'threaded-async'

const { AsyncRunner, Event, Future, Queue, Server, ShutdownType, sleep, TimeoutTimer } = all

test('every class and function is called what it is exported as', t => {
  for (const [name, value] of Object.entries(all)) if (typeof value === 'function') t.is(value.name, name)
})

test('queues, events and futures show their names and their state', async t => {
  const queue = new Queue({ name: 'jobs', maxsize: 16 })
  await queue.putMany([1, 2, 3])
  t.is(inspect(queue), "Queue { name: 'jobs', size: 3, maxsize: 16, getters: 0 }")
  t.is(inspect(new Queue()), 'Queue { size: 0, maxsize: Infinity, getters: 0 }')
  queue.shutdown()
  t.is(inspect(queue), "Queue { name: 'jobs', size: 3, maxsize: 16, getters: 0, isShutdown: true }")
  const full = new Queue({ maxsize: 1 })
  full.putNowait(1)
  const put = full.put(2)
  t.is(inspect(full), 'Queue { size: 1, maxsize: 1, getters: 0, putters: 1 }')
  full.clear()
  await put
  t.is(inspect(new Event({ name: 'go' })), "Event { name: 'go', isSet: false, waiters: 0 }")
  const future = new Future({ name: 'answer' })
  t.regex(inspect(future), /^Future { name: 'answer', state: 'pending', waiters: 0 }.*result\(\)/)
  future.setResult(1)
  t.regex(inspect(future), /state: 'done'/)
})

test('a runner and its tasks show what has become of them', t => {
  const runner = new AsyncRunner({ name: 'db' })
  const started = new Event()
  const task = runner.createTask(
    async function slow(started) {
      started.set()
      await sleep(1e9)
    },
    [started],
  )
  started.wait()
  t.is(inspect(runner), "AsyncRunner { name: 'db', state: 'running', tasks: 1 }")
  t.regex(inspect(task), /^BackgroundTask { name: 'slow', state: 'running', runner: 'db' }.*result\(\)/)
  t.is(
    inspect([task], { breakLength: Infinity }),
    "[ BackgroundTask { name: 'slow', state: 'running', runner: 'db' } ]",
  )
  const failed = runner.createTask(() => {
    throw new Error('x')
  })
  t.throws(() => failed.wait())
  t.regex(inspect(failed), /state: 'failed'/)
  t.is(
    runner.run(runner => `${process.getBuiltinModule('util').inspect(runner)}`, [runner]).split(',')[0],
    "AsyncRunner { name: 'db'",
  )
  runner.close()
  t.is(inspect(runner), "AsyncRunner { name: 'db', state: 'closed', tasks: 0 }")
  t.regex(inspect(task), /state: 'cancelled'/)
  const dying = new AsyncRunner({ name: 'dying' })
  t.throws(() => dying.run(() => process.exit(1)), { code: 'ERR_RUNNER_DIED' })
  t.is(inspect(dying), "AsyncRunner { name: 'dying', state: 'died', tasks: 0 }")
})

test('a server and its clients are shown, and the fields of a subclass', t => {
  class Arena extends Server {
    round = 1
  }
  const server = new Arena({ name: 'arena', handlers: {} })
  t.regex(inspect(server), /^Arena { name: 'arena', state: '.*', tasks: 0, pending: 0, round: 1 }$/)
  t.is(inspect(server.createClient()), "Client { server: 'arena' }")
  t.is(inspect(server.createClient().sync), 'SyncClient {}')
  const { signal } = new AbortController()
  const client = server.createClient()
  t.is(inspect(client.with({ timeout: 10 })), "Client { server: 'arena', timeout: 10 }")
  t.is(
    inspect(client.with({ timeout: 10 }).with({ signal }), { breakLength: Infinity }),
    "Client { server: 'arena', timeout: 10, signal: AbortSignal { aborted: false } }",
  )
  t.is(inspect(client.with({ timeout: 10 }).with({ timeout: 5 })), "Client { server: 'arena', timeout: 5 }")
  t.is(inspect(client.with({})), "Client { server: 'arena' }")
  t.is(inspect([[[client.with({ timeout: 10 })]]]), '[ [ [ [Client] ] ] ]')
  t.regex(inspect({ client: client.with({ signal: AbortSignal.abort() }) }), /aborted: true/)
  server.close()
  t.regex(inspect(server), /state: 'closed'/)
})

test('to show an object never throws', t => {
  const runner = new AsyncRunner()
  for (const value of [Queue.prototype, AsyncRunner.prototype, new Proxy(runner, {}), Object.create(runner)]) {
    t.is(typeof inspect(value), 'string')
  }
  t.is(inspect({ a: { b: { c: runner } } }, { depth: 1 }), '{ a: { b: [Object] } }')
  t.is(inspect({ runner }, { depth: 0 }), '{ runner: [AsyncRunner] }')
  t.regex(inspect(new TimeoutTimer(1e9)), /^TimeoutTimer { remaining: \d/)
  runner.close()
})

test('the number of an ending gives its name', t => {
  t.deepEqual(
    [0, 1, 2, 3, 4].map(type => ShutdownType[type]),
    Object.keys(ShutdownType),
  )
  t.is(ShutdownType[ShutdownType.FAILED_FORCE_STOPPED], 'FAILED_FORCE_STOPPED')
  t.is(ShutdownType[5], undefined)
})
