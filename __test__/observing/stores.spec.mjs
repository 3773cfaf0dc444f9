// `AsyncLocalStorage`: which stores a task, a handler and a callback find.
//
// Promises that what waits goes on in the stores of who waits, that functions which were handed over run in those of who
// has handed them over, and that a store which is bound travels with tasks and calls; one that cannot cross is refused before
// anything has happened.

import test from 'ava'
import { AsyncLocalStorage } from 'node:async_hooks'
import {
  AsyncRunner,
  boundContext,
  Event,
  Future,
  Queue,
  RunnerPool,
  select,
  Server,
  sleep,
  taskModule,
} from 'threaded-async'
import { until, untilAsync } from '../support/runner-fixture.mjs'
import { readsStore, requests } from './stores-module.mjs'

const tasks = taskModule(new URL('stores-module.mjs', import.meta.url))

// --- this side

test.serial('code that awaits a call goes on in its own stores, on whichever thread the call is answered', async t => {
  const als = new AsyncLocalStorage()
  const runner = new AsyncRunner()
  const [queue, event, future] = [new Queue(), new Event(), new Future()]
  const waits = {
    get: () => queue.get(),
    event: () => event.waitAsync(),
    future: () => future.result(),
    select: () => select([queue.getOp()]),
    task: () => runner.createTask(() => sleep(5)).result(),
    sleep: () => sleep(5),
    timeout: () => new Queue().get({ timeout: 5 }).catch(() => {}),
    aborted: () => queue.get({ signal: AbortSignal.timeout(5) }).catch(() => {}),
    iteration: async () => {
      for await (const item of queue) {
        t.is(als.getStore(), 'iteration')
        return item
      }
    },
  }
  const all = Object.entries(waits).map(([name, wait]) =>
    als.run(name, async () => {
      await wait()
      t.is(als.getStore(), name)
      const seen = await new Promise(resolve => wait().then(() => resolve(als.getStore())))
      t.is(seen, name)
    }),
  )
  als.run('who serves', () => {
    for (let i = 0; i < 10; i++) queue.putNowait(i)
    event.set()
    future.setResult(1)
  })
  await Promise.all(all)
  t.is(als.getStore(), undefined)
  await runner.closeAsync()
})

test.serial(
  'onTaskError and onStuck run in the stores of who made the runner, also while that thread blocks elsewhere',
  async t => {
    const als = new AsyncLocalStorage()
    const seen = []
    const told = new Event()
    const runner = als.run('maker', () => {
      return new AsyncRunner({
        stuckAfter: 30,
        onTaskError: ({ error }) => seen.push([error.message, als.getStore()]),
        onStuck({ task }) {
          if (task !== 'stuck') return // On a slow machine, the one that fails may count as stuck, too.
          seen.push([task, als.getStore()])
          told.set()
        },
      })
    })
    als.run('another', () => {
      runner.createTask(() => {
        throw new Error('fails')
      })
      runner.run(
        told => {
          const end = performance.now() + 20_000
          while (!told.isSet()) if (performance.now() > end) throw new Error('Nobody was told that it is stuck.')
        },
        [told],
        { name: 'stuck' },
      )
      t.is(als.getStore(), 'another')
    })
    await untilAsync(() => seen.length === 2)
    t.deepEqual(seen, [
      ['fails', 'maker'],
      ['stuck', 'maker'],
    ])
    await runner.closeAsync()
  },
)

test.serial('handlers run in the stores of who made the server, however they are called', async t => {
  const als = new AsyncLocalStorage()
  const seen = []
  class Own extends Server {
    handleRequest(request, future) {
      seen.push(als.getStore())
      super.handleRequest(request, future)
    }
  }
  const handlers = {
    async tell() {
      seen.push(als.getStore())
      await null
      seen.push(als.getStore())
    },
  }
  const [plain, own] = als.run('maker', () => [new Server({ handlers }), new Own({ handlers })])
  await als.run('another', async () => {
    for (const server of [plain, own]) {
      const task = server.createTask(client => client.tell(), [server.createClient()])
      until(() => server.process({ timeout: 20_000 }))
      await task.result()
      const live = server.createTask(client => client.tell(), [server.createClient()])
      const stop = new AbortController()
      const serving = server.serve({ signal: stop.signal })
      await live.result()
      stop.abort()
      await serving
    }
    t.is(als.getStore(), 'another')
  })
  t.is(seen.length, 10)
  t.deepEqual(new Set(seen), new Set(['maker']))
  for (const server of [plain, own]) await server.closeAsync()
})

test.serial('a handler on a loop belongs to the task that calls it, whose cancellation it sees', async t => {
  const runner = new AsyncRunner({ allowBlocking: true })
  const name = await runner.run(
    async () => {
      const server = new Server({ handlers: { who: () => currentTask().name } })
      const task = server.createBackgroundTask(client => client.who(), [server.createClient()])
      server.processAll()
      const found = await task.result()
      server.close()
      return found
    },
    [],
    { name: 'processes' },
  )
  t.is(name, 'processes')
  runner.close()
})

// --- the other side

test.serial('a bound store travels with tasks, run and callInLoop; another does not', async t => {
  const [bound, other] = [new AsyncLocalStorage(), new AsyncLocalStorage()]
  const runner = new AsyncRunner()
  runner.bindContext(bound, { name: 'bound' })
  const read = () => boundContext('bound').getStore()
  t.is(runner.run(read), undefined, 'where there is none, there is none')
  await other.run('other', () =>
    bound.run({ id: 1, list: [new Date(0)] }, async () => {
      const wanted = { id: 1, list: [new Date(0)] }
      t.deepEqual(runner.run(read), wanted)
      t.deepEqual(runner.callInLoop(read), wanted)
      t.deepEqual(await runner.createTask(read).result(), wanted)
      const later = runner.createTask(async () => {
        await sleep(1)
        await null
        return boundContext('bound').getStore()
      })
      t.deepEqual(await later.result(), wanted)
      t.deepEqual(
        runner.run((a, b) => [a, b], [1, 2]),
        [1, 2],
      )
      t.deepEqual(
        runner.run((...args) => args.length, []),
        0,
      )
    }),
  )
  t.is(runner.run(read), undefined)
  t.is(await runner.createTask(read).result(), undefined)
  runner.close()
})

test.serial('tasks at one time have each their own, and primitives and handles are stores, too', async t => {
  const als = new AsyncLocalStorage()
  const runner = new AsyncRunner()
  runner.bindContext(als, { name: 'each' })
  const queue = new Queue()
  const stores = [0, '', false, null, 1n, 'text', queue, [1]]
  const all = await Promise.all(
    stores.map(store =>
      als.run(store, () =>
        runner
          .createTask(async () => {
            await sleep(1)
            return boundContext('each').getStore()
          })
          .result(),
      ),
    ),
  )
  t.deepEqual(all, stores)
  t.is(all[6], queue)
  runner.close()
})

test.serial('a task passes on what has come with it, or what it has made of that, to the tasks it creates', async t => {
  const als = new AsyncLocalStorage()
  const [runner, inner] = [new AsyncRunner(), new AsyncRunner()]
  runner.bindContext(als, { name: 'nested' })
  const found = await als.run('outer', () =>
    runner.run(
      async inner => {
        const read = () => boundContext('nested').getStore()
        const same = await AsyncRunner.current.createTask(() => boundContext('nested').getStore()).result()
        const there = await inner.createTask(() => boundContext('nested').getStore()).result()
        const changed = await boundContext('nested').run('changed', () =>
          inner.createTask(() => boundContext('nested').getStore()).result(),
        )
        return [read(), same, there, changed]
      },
      [inner],
    ),
  )
  t.deepEqual(found, ['outer', 'outer', 'outer', 'changed'])
  t.is(
    inner.run(() => boundContext('nested').getStore()),
    undefined,
  )
  runner.close()
  inner.close()
})

test.serial('a module that both sides import has the store at hand', async t => {
  const runner = new AsyncRunner()
  runner.bindContext(requests)
  await requests.run({ id: 7 }, async () => {
    t.deepEqual(readsStore(), { id: 7 })
    t.deepEqual(await runner.createTask(tasks.readsStore).result(), { id: 7 })
    t.deepEqual(await runner.createTask(tasks.readsStoreLater).result(), { id: 7 })
    t.deepEqual(runner.callInLoop(tasks.readsStore), { id: 7 })
  })
  runner.close()
})

test.serial('a pool binds for each of its loops, and servers for their scripts', async t => {
  const als = new AsyncLocalStorage()
  const pool = new RunnerPool({ size: 2 })
  pool.bindContext(als, { name: 'pooled' })
  await als.run('in the pool', async () => {
    const found = []
    for await (const each of pool.map(() => boundContext('pooled').getStore(), [1, 2, 3, 4])) found.push(each)
    t.deepEqual(found, Array(4).fill('in the pool'))
  })
  pool.close()
  const server = new Server()
  server.bindContext(als, { name: 'pooled' })
  const task = als.run('script', () => server.createTask(() => boundContext('pooled').getStore()))
  t.is(await task.result(), 'script')
  await server.closeAsync()
})

test.serial('a handler finds the store of the script that calls, by every way to handle requests', async t => {
  const als = new AsyncLocalStorage()
  const seen = []
  const handlers = {
    say(...args) {
      seen.push([als.getStore(), args])
      return Object.keys(args).length
    },
  }
  class Own extends Server {
    handleRequest(request, future) {
      seen.push([als.getStore(), request.args])
      future.setResult(Object.keys(request.args).length)
    }
  }
  const options = { allowBlocking: true }
  const servers = als.run('maker', () => [new Server({ ...options, handlers }), new Own(options)])
  for (const server of servers) {
    seen.length = 0
    server.bindContext(als, { name: 'calls' })
    const script = async client => {
      const lengths = [await client.say('a', 1)]
      lengths.push(client.sync.say('sync'))
      lengths.push(await boundContext('calls').run('changed', () => client.say()))
      return lengths
    }
    const one = als.run('one', () => server.createTask(script, [server.createClient()]))
    const none = server.createTask(client => client.say('none'), [server.createClient()])
    server.processUntil(one)
    server.processUntil(none)
    t.deepEqual(one.wait(), [2, 1, 0])
    t.deepEqual(
      seen.toSorted(([, a], [, b]) => (String(a) < String(b) ? -1 : 1)),
      [
        ['changed', []],
        ['one', ['a', 1]],
        ['maker', ['none']],
        ['one', ['sync']],
      ],
    )
    await server.closeAsync()
  }
})

// --- what is refused

test.serial('a store that cannot cross is refused at createTask, by its name and path, and nothing has happened', t => {
  const als = new AsyncLocalStorage()
  const runner = new AsyncRunner()
  runner.bindContext(als, { name: 'requests' })
  als.run({ id: 1, socket: { write() {} } }, () => {
    for (const create of [
      () => runner.createTask(() => 1),
      () => runner.run(() => 1),
      () => runner.callInLoop(() => 1),
    ]) {
      const { path } = t.throws(create, { code: 'ERR_UNCLONEABLE', message: /^context "requests"\.socket\.write/ })
      t.is(path, 'context "requests".socket.write')
    }
    t.throws(() => runner.createTask(a => a, [() => {}]), { code: 'ERR_UNCLONEABLE', message: /requests/ })
  })
  als.run('fine', () => {
    t.throws(() => runner.createTask(a => a, [1, { f() {} }]), { code: 'ERR_UNCLONEABLE', message: /^args\[1\]\.f/ })
  })
  t.is(runner.statistics().tasksQueued + runner.statistics().tasksRunning, 0)
  t.is(
    als.run('fine', () => runner.run(() => 1)),
    1,
  )
  runner.close()
})

test.serial('what is no storage, a storage without a name, and a name that is taken are refused', t => {
  const runner = new AsyncRunner()
  const als = new AsyncLocalStorage()
  for (const value of [undefined, null, 1, {}, () => {}, { run() {} }]) {
    t.throws(() => runner.bindContext(value, { name: 'x' }), { code: 'ERR_INVALID_ARG_TYPE' })
  }
  t.throws(() => runner.bindContext(als), { code: 'ERR_INVALID_ARG_TYPE', message: /no name of its own/ })
  t.throws(() => runner.bindContext(als, { name: 1 }), { code: 'ERR_INVALID_ARG_TYPE' })
  t.throws(() => runner.bindContext(als, { nam: 'x' }), { code: 'ERR_INVALID_ARG_VALUE', message: /'name'/ })
  t.throws(() => boundContext(1), { code: 'ERR_INVALID_ARG_TYPE' })
  runner.bindContext(als, { name: 'taken' })
  runner.bindContext(als, { name: 'taken' })
  runner.bindContext(als)
  t.is(boundContext('taken'), als)
  const other = new AsyncLocalStorage()
  t.throws(() => runner.bindContext(other, { name: 'taken' }), { code: 'ERR_INVALID_ARG_VALUE', message: /another/ })
  const named = new AsyncLocalStorage({ name: 'by itself' })
  if (named.name === 'by itself') {
    runner.bindContext(named)
    t.is(boundContext('by itself'), named)
  }
  t.is(boundContext('__proto__'), boundContext('__proto__'))
  runner.bindContext(boundContext('__proto__'))
  t.is(
    boundContext('__proto__').run('odd', () => runner.run(() => boundContext('__proto__').getStore())),
    'odd',
  )
  runner.close()
})
