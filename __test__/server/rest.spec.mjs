// When a server's loop is at rest: what `process` waits for, and what it does not wait for.
//
// Promises that no script that could still run makes `process` return false (C4).

import ava from 'ava'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { AsyncRunner, Event, Queue, sleep, taskModule } from 'threaded-async'
import { native } from '../../dist/internals.js'
import { drain, increment, KeepingServer, serverFor as anyServerFor } from '../support/server-fixture.mjs'
import { until } from '../support/runner-fixture.mjs'

// One at a time: what blocks here would be measured by, and delay, whatever ran beside it.
const test = ava.serial

const scripts = taskModule(new URL('./scripts.mjs', import.meta.url))

/** Where a loop does not come to rest, whatever blocks for that throws, and names the task that holds it. */
const serverFor = (t, options, ServerClass) => anyServerFor(t, { callInLoopTimeout: 20_000, ...options }, ServerClass)

// --- C4: hops

const hops = ['microtask', 'tick', 'immediate', 'promised', 'promisified', 'yielded']

for (const kind of hops) {
  for (const count of [1, 5, 40]) {
    test(`C4: process never says false while a script is still to hop: ${count} × ${kind}`, t => {
      const server = serverFor(t, { handlers: increment })
      const task = server.createBackgroundTask(scripts.hopping, [
        server.createClient(),
        30,
        Array.from({ length: count }, () => kind),
      ])
      t.is(drain(server), 30)
      t.is(task.wait({ timeout: 20_000 }), 30)
    })
  }
}

test('C4: hops of every kind in any mixture', t => {
  const server = serverFor(t, { handlers: increment })
  const kinds = hops
  let state = 1
  const next = () => (state = (state * 48_271) % 0x7fffffff)
  for (let round = 0; round < 60; round++) {
    const mixture = Array.from({ length: 1 + (next() % 12) }, () => kinds[next() % kinds.length])
    const task = server.createBackgroundTask(scripts.hopping, [server.createClient(), 5, mixture])
    t.is(drain(server), 5, mixture.join())
    t.is(task.wait({ timeout: 20_000 }), 5)
  }
})

test('C4: a script that hops before its first request has made it when createBackgroundTask returns', t => {
  const server = serverFor(t, { handlers: increment })
  for (let count = 0; count < 20; count++) {
    const kinds = Array.from({ length: count }, (_, i) => hops[i % hops.length])
    server.createBackgroundTask(scripts.hopThenAsk, [server.createClient(), kinds])
    t.is(server.pending, 1)
    t.is(drain(server), 1)
  }
})

test('C4: a task whose module is still imported has not entered its function', t => {
  const server = serverFor(t, { handlers: increment })
  const slow = taskModule(new URL('./slow-module.mjs', import.meta.url))
  server.createBackgroundTask(slow.ask, [server.createClient()])
  t.is(server.pending, 1)
  t.is(drain(server), 1)
})

test('C4: many tasks, given at once, have all entered', t => {
  const server = serverFor(t, { handlers: increment })
  const other = serverFor(t)
  // From a task of another loop: there nothing waits for rest between one and the next.
  const clients = Array.from({ length: 50 }, () => server.createClient())
  const tasks = clients.map(client => other.createBackgroundTask((client, n) => client.increment(n), [client, 1]))
  t.is(drain(server), 50)
  for (const task of tasks) t.is(task.wait({ timeout: 20_000 }), 2)
})

test('C4: cleared immediates hold nothing up', t => {
  const server = serverFor(t, { handlers: increment })
  const task = server.createBackgroundTask(
    async client => {
      const immediates = Array.from({ length: 10 }, () => setImmediate(() => {}))
      process.nextTick(() => immediates.forEach(each => clearImmediate(each)))
      const answer = await client.increment(1)
      clearImmediate(setImmediate(() => {}))
      return answer + (await client.increment(2))
    },
    [server.createClient()],
  )
  t.is(drain(server), 2)
  t.is(task.wait({ timeout: 20_000 }), 5)
})

test('C4: an immediate that throws holds nothing up', t => {
  const server = serverFor(t, { handlers: increment })
  server.createBackgroundTask(
    client => {
      setImmediate(() => {
        setImmediate(() => client.increment(1))
        throw new Error('thrown by an immediate')
      })
    },
    [server.createClient()],
  )
  t.is(drain(server), 1)
  t.throws(() => server.close(), { code: 'ERR_EXCEPTION_GROUP' })
})

test('a script that waits for a timer does not hold process up', t => {
  const server = serverFor(t, { handlers: increment })
  const gate = new Event()
  const task = server.createBackgroundTask(
    async (client, gate) => {
      do await sleep(20)
      while (!gate.isSet())
      return client.increment(1)
    },
    [server.createClient(), gate],
  )
  for (let i = 0; i < 10; i++) t.false(server.process())
  gate.set()
  until(() => server.process())
  t.is(task.wait({ timeout: 20_000 }), 2)
})

test('C4: a script that a timer has woken and that is still running holds process up', t => {
  const server = serverFor(t, { handlers: increment })
  const woken = new Event()
  const task = server.createBackgroundTask(
    async (client, woken) => {
      await new Promise(resolve => setTimeout(resolve, 20))
      woken.set()
      for (const end = performance.now() + 200; performance.now() < end;);
      await new Promise(setImmediate)
      return client.increment(1)
    },
    [server.createClient(), woken],
  )
  woken.wait({ timeout: 20_000 })
  t.true(server.process())
  t.is(task.wait({ timeout: 20_000 }), 2)
})

test('settle returns when nothing runs any more, and createBackgroundTask does the same', t => {
  const server = serverFor(t)
  const log = new Queue()
  for (let i = 0; i < 20; i++) {
    server.createBackgroundTask(scripts.hopAndPut, [log, i])
    t.is(log.qsize(), 1)
    t.deepEqual(log.clear(), [i])
  }
  const gate = new Event()
  server.createBackgroundTask(scripts.waitHopAndPut, [gate, log])
  t.is(log.qsize(), 0)
  gate.set()
  server.settle()
  t.deepEqual(log.clear(), ['through'])
})

// --- C4: immediates that never run, and polls

test('C4: an immediate that is disposed of, or never comes to be, keeps nobody from resting', t => {
  const server = serverFor(t, { handlers: increment })
  const task = server.createBackgroundTask(
    async client => {
      const { setImmediate: promised } = await import('node:timers/promises')
      const immediate = setImmediate(() => {})
      if (Symbol.dispose in immediate) immediate[Symbol.dispose]()
      const error = await promised(1, { signal: 'none' }).catch(error => error)
      return [error.code, await client.increment(1)]
    },
    [server.createClient()],
  )
  until(() => {
    server.process()
    return task.done()
  })
  t.deepEqual(task.wait(), ['ERR_INVALID_ARG_TYPE', 2])
})

test('a promised immediate by util.promisify takes its options', t => {
  const server = serverFor(t, {})
  const task = server.createBackgroundTask(async () => {
    const { promisify } = require('node:util')
    const signal = AbortSignal.abort()
    return [await promisify(setImmediate)(7), await promisify(setImmediate)(7, { signal }).catch(error => error.name)]
  })
  t.deepEqual(task.wait({ timeout: 20_000 }), [7, 'AbortError'])
})

test('C4: after the cancel of a script that blocks, process does not say false before the script has heard of it', t => {
  for (let round = 0; round < 30; round++) {
    const server = serverFor(t, { allowBlocking: true }, KeepingServer)
    const task = server.createBackgroundTask(
      client => {
        try {
          client.sync.first()
        } finally {
          client.sync.last()
        }
      },
      [server.createClient()],
    )
    t.true(server.process())
    task.cancel()
    t.true(server.process({ timeout: 20_000 }))
    t.is(server.taken.at(-1).fun, 'last')
    server.last.setResult(0)
    t.throws(() => task.wait({ timeout: 20_000 }), { code: 'ERR_CANCELLED' })
    server.close()
  }
})

test('C4: a loop that blocks in a service rests, though what it blocked for before has come', t => {
  const server = serverFor(t, { allowBlocking: true }, KeepingServer)
  const task = server.createBackgroundTask(
    client => {
      const runner = new AsyncRunner({ onTaskError: () => client.sync.report() })
      const gate = new Event()
      runner.createTask(
        async gate => {
          await gate.waitAsync()
          throw new Error('reported')
        },
        [gate],
      )
      return client.sync.hold(gate)
    },
    [server.createClient()],
  )
  server.process()
  server.taken[0].args[0].set()
  until(() => server.pending === 1)
  server.last.setResult(7)
  t.true(server.process({ timeout: 20_000 }))
  t.is(server.taken[1].fun, 'report')
  server.last.setResult(0)
  t.is(task.wait({ timeout: 20_000 }), 7)
})

for (const spin of ['adaptive', 'off']) {
  test(`a timeout of 0 polls once, and a loop at rest is found so: spin ${spin}`, async t => {
    const server = serverFor(t, { spin, handlers: increment })
    server.settle()
    for (let i = 0; i < 50; i++) {
      await sleep(1)
      t.false(server.process({ timeout: 0 }))
      t.notThrows(() => server.settle({ timeout: 0 }))
    }
  })
}

test('C4: a loop rests on while this thread looks for runners that nobody holds', async t => {
  setFlagsFromString('--expose-gc')
  const gc = runInNewContext('gc')
  const server = serverFor(t, { handlers: increment })
  server.settle()
  for (let i = 0; i < 3; i++) {
    await new Promise(resolve => setImmediate(resolve))
    gc() // Nobody but the server has its runner.
  }
  server.settle()
  for (let i = 0; i < 200; i++) {
    t.is(native.runnersLetGo(), 0)
    t.false(server.process({ timeout: 0 }))
  }
})

test('the time a handler takes is not charged to the timeout of process', t => {
  const handlers = {
    slow() {
      for (const end = performance.now() + 1100; performance.now() < end;);
    },
  }
  const server = serverFor(t, { handlers })
  server.settle()
  const script = async client => {
    await client.slow()
    await new Promise(resolve => setImmediate(resolve))
    await client.slow()
  }
  server.createBackgroundTask(script, [server.createClient()])
  t.true(server.process({ timeout: 1000 }))
  t.true(server.process({ timeout: 1000 }))
})

test('C4: a cancelled script has a thousand immediates for its cleanup before the loop rests without it', t => {
  const server = serverFor(t, { handlers: increment })
  const go = new Event()
  const task = server.createBackgroundTask(
    async (client, go) => {
      try {
        await go.waitAsync()
      } finally {
        for (let i = 0; i < 500; i++) await new Promise(resolve => setImmediate(resolve))
        await client.increment(1)
      }
    },
    [server.createClient(), go],
  )
  task.cancel()
  t.true(server.process({ timeout: 20_000 }))
  t.throws(() => task.wait({ timeout: 20_000 }), { code: 'ERR_CANCELLED' })
})
