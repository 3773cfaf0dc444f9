// Handles and the threads that are no loops of ours: what Node would clone is refused, and a token reaches any thread.
//
// Promises that a token is good for as long as anything holds its thing, that it holds the thing itself until it is adopted
// or its time is over, that a token of elsewhere is refused, and that one that nobody adopts leaves nothing behind.

import test from 'ava'
import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { createRequire } from 'node:module'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import * as threads from 'node:worker_threads'
import {
  adopt,
  AsyncRunner,
  Event,
  Future,
  LifoQueue,
  PriorityQueue,
  Queue,
  RunnerPool,
  Server,
  share,
  TimeoutTimer,
} from 'threaded-async'
import { root } from '../support/program.mjs'

setFlagsFromString('--expose-gc')
const gc = runInNewContext('gc')
const core = createRequire(new URL('../../package.json', import.meta.url))('#binding')

/** Weak references of the core are emptied between two turns; each new object has the table look at two others. */
async function collect() {
  for (let turn = 0; turn < 4; turn++) {
    await new Promise(resolve => setImmediate(resolve))
    gc()
  }
  for (let i = 0; i < 200; i++) new Event()
}

/** A worker of one's own; `ask` has it do something. */
async function withWorker(body, options) {
  const worker = new threads.Worker(new URL('share-worker.mjs', import.meta.url), options)
  const ask = async (verb, order) => {
    worker.postMessage({ verb, ...order })
    const [{ value, error }] = await once(worker, 'message')
    if (error) throw Object.assign(new Error(error.message), error)
    return value
  }
  try {
    return await body(ask, worker)
  } finally {
    await worker.terminate()
  }
}

// --- what Node would clone

const refusing = typeof threads.markAsUncloneable === 'function' ? test : test.skip

refusing('structuredClone and postMessage refuse everything of ours that would arrive as a plain object', async t => {
  const server = new Server({ allowBlocking: true })
  const runner = new AsyncRunner()
  const pool = new RunnerPool({ size: 1 })
  const queue = new Queue()
  const client = server.createClient()
  const task = runner.createTask(() => 1)
  const views = [client.sync, client.with({ timeout: 1 }), client.with({ timeout: 1 }).sync]
  const ops = [queue.getOp(), queue.putOp(1), task.resultOp()]
  const handles = [queue, new LifoQueue(), new PriorityQueue(), new Event(), new Future(), task, runner, server, client]
  const { port1, port2 } = new threads.MessageChannel()
  for (const value of [...handles, ...views, ...ops, pool, new TimeoutTimer(1)]) {
    const name = value.constructor?.name
    t.throws(() => structuredClone(value), { name: 'DataCloneError' }, name)
    t.throws(() => structuredClone({ deep: [value] }), { name: 'DataCloneError' }, name)
    t.throws(() => port1.postMessage(new Map([[1, value]])), { name: 'DataCloneError' }, name)
  }
  // What has arrived is refused like what was made here.
  const arrived = await runner.run(queue => [new Event(), queue], [queue])
  for (const value of arrived) t.throws(() => structuredClone(value), { name: 'DataCloneError' })
  port1.close()
  port2.close()
  pool.close()
  runner.close()
  server.close()
})

// --- there and back

test('a queue, an event and a future are shared with a worker of one’s own, both ways', async t => {
  const [queue, event, future] = [new Queue(), new Event(), new Future()]
  await withWorker(async ask => {
    t.is(await ask('adopt', { name: 'queue', token: share(queue) }), 'Queue')
    t.is(await ask('adopt', { name: 'event', token: share(event) }), 'Event')
    t.is(await ask('adopt', { name: 'future', token: share(future) }), 'Future')
    await ask('put', { name: 'queue', item: { from: 'there' } })
    t.deepEqual(queue.getWait({ timeout: 60_000 }), { from: 'there' })
    const got = ask('get', { name: 'queue' })
    queue.putWait('from here')
    t.is(await got, 'from here')
    await ask('set', { name: 'event' })
    t.true(event.isSet())
    const result = ask('result', { name: 'future' })
    future.setResult([1, 2])
    t.deepEqual(await result, [1, 2])
  })
})

test('so are the other queues, tasks, clients, servers and runners', async t => {
  const server = new Server({ handlers: { add: (a, b) => a + b } })
  const runner = new AsyncRunner()
  const task = runner.createTask(() => 'done')
  const all = {
    lifo: new LifoQueue(),
    priority: new PriorityQueue(),
    task,
    client: server.createClient(),
    runner,
    server,
  }
  await withWorker(async ask => {
    const names = ['LifoQueue', 'PriorityQueue', 'BackgroundTask', 'Client', 'AsyncRunner', 'Server']
    for (const [name, handle] of Object.entries(all)) {
      t.is(await ask('adopt', { name, token: share(handle) }), names.shift())
    }
    t.is(await ask('result', { name: 'task' }), 'done')
    t.is(await ask('run', { name: 'runner' }), 'from the loop')
    const call = ask('execute', { name: 'client', fun: 'add', args: [1, 2] })
    const stop = new AbortController()
    const serving = server.serve({ signal: stop.signal })
    t.is(await call, 3)
    stop.abort()
    await serving
  })
  runner.close()
  server.close()
})

test('a token is plain data: it goes by workerData, by JSON, and within other values', async t => {
  const queue = new Queue()
  const token = share(queue)
  t.is(adopt(JSON.parse(JSON.stringify(token))), queue)
  t.is(adopt(structuredClone({ deep: [token] }).deep[0]), queue)
  await withWorker(async () => t.is(await queue.get(), 'from workerData'), { workerData: { token } })
})

test('a token can be adopted as often as one likes: one thread has one object', async t => {
  const queue = new Queue()
  const [one, other] = [share(queue), share(queue)]
  t.deepEqual(one, other)
  t.is(adopt(one), queue)
  t.is(adopt(one), queue)
  await withWorker(ask =>
    withWorker(async askOther => {
      t.true(await ask('same', { tokens: [one, other] }))
      t.true(await askOther('same', { tokens: [one, other] }))
    }),
  )
})

// --- how long

test('a token holds what its maker has forgotten until it is adopted, also where its maker’s thread has ended', async t => {
  const here = share(Object.assign(new Queue(), {}))
  await collect()
  adopt(here).putNowait(1) // It was held, or this would throw.
  const there = await withWorker(ask => ask('share'))
  await collect()
  t.is(adopt(there).getNowait(), 'from the worker')
})

test.serial('what was adopted and then forgotten is gone, and its token says so', async t => {
  const token = share(new Queue())
  adopt(token)
  await collect()
  await collect()
  t.throws(() => adopt(token), { code: 'ERR_INVALID_STATE', message: /is not there any more/ })
})

test.serial('a token that nobody adopts leaves nothing behind once its time is over', async t => {
  await collect()
  const [goodBefore] = core.sharedCount()
  const kept = new Queue()
  const tokens = Array.from({ length: 1000 }, () => share(new Queue()))
  const good = share(kept)
  await collect()
  t.true(core.sharedCount()[1] > 1000)
  core.sharedLetGo()
  await collect()
  for (let i = 0; i < 10; i++) await collect()
  t.true(core.sharedCount()[0] <= goodBefore + 1)
  t.throws(() => adopt(tokens[0]), { code: 'ERR_INVALID_STATE' })
  t.is(adopt(good), kept, 'what is held elsewhere is there')
})

// --- what is refused

test('what is no token, and a token of another process, are refused', t => {
  for (const token of [
    undefined,
    null,
    1,
    'token',
    {},
    [],
    { number: 1 },
    { sharedBy: 'x', number: '1' },
    new Queue(),
  ]) {
    t.throws(() => adopt(token), { code: 'ERR_INVALID_ARG_TYPE' })
  }
  const program = "import { Queue, share } from 'threaded-async'; console.log(JSON.stringify(share(new Queue())))"
  const { stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', program], {
    cwd: root,
    encoding: 'utf8',
  })
  t.throws(() => adopt(JSON.parse(stdout)), { code: 'ERR_INVALID_ARG_VALUE', message: /another process/ })
  const { sharedBy } = share(new Queue())
  for (const number of [0, -1, 2 ** 52]) {
    t.throws(() => adopt({ sharedBy, number }), { code: 'ERR_INVALID_STATE' })
  }
})

test('what is no handle cannot be shared; nor can an object of a subclass', t => {
  for (const value of [undefined, null, 1, {}, () => {}]) t.throws(() => share(value), { code: 'ERR_INVALID_ARG_TYPE' })
  class Jobs extends Queue {}
  const { path } = t.throws(() => share(new Jobs()), { code: 'ERR_UNCLONEABLE', message: /subclass of Queue/ })
  t.is(path, 'handle')
  const server = new Server()
  t.throws(() => share(server.createClient().with({ timeout: 1 })), { code: 'ERR_UNCLONEABLE' })
  server.close()
})

test('a runner that nobody closes is held by a token for something of it', async t => {
  const token = (() => {
    const runner = new AsyncRunner()
    runner.run(() => {})
    return share(new Queue(runner))
  })()
  await collect()
  const queue = adopt(token)
  queue.putNowait(1)
  t.is(queue.getNowait(), 1)
})
