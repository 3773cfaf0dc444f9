// Whose turn it is: rounds, budgets and ticks.
//
// Promises that requests are taken client by client in the order in which the clients were made (C10), and that budgets
// end `processAll` without an error.

import ava from 'ava'
import { Event, Queue } from 'threaded-async'
import { until } from '../support/runner-fixture.mjs'
import { drain, increment, serverFor } from '../support/server-fixture.mjs'

// One at a time: what blocks here would be measured by, and delay, whatever ran beside it.
const test = ava.serial

const timedOut = { code: 'ERR_EVENT_LOOP_TIMEOUT' }
const cancelled = { code: 'ERR_CANCELLED' }

const ask = async (client, who, count) => {
  for (let i = 0; i < count; i++) await client.ask(who, i)
}
const flood = (client, who, count) => Promise.all(Array.from({ length: count }, (_, i) => client.ask(who, i)))

/** A server that notes which client asks, and its notes. */
function noting(t, options) {
  const seen = []
  const server = serverFor(t, { handlers: { ask: (who, i) => void seen.push(`${who}${i}`) }, ...options })
  return { server, seen }
}

// --- rounds

for (const way of ['process', 'processAll']) {
  test(`C10: one flooding client cannot starve the others: ${way}`, t => {
    const { server, seen } = noting(t, { queueSize: 1000 })
    server.createBackgroundTask(flood, [server.createClient(), 'F', 200])
    server.createBackgroundTask(ask, [server.createClient(), 'a', 5])
    server.createBackgroundTask(ask, [server.createClient(), 'b', 5])
    if (way === 'process') t.is(drain(server), 210)
    else t.is(server.processAll(), 210)
    t.is(seen.slice(0, 15).join(' '), [0, 1, 2, 3, 4].map(i => `F${i} a${i} b${i}`).join(' '))
  })

  test(`requests are taken in the order in which the clients were made, not in that of their arrival: ${way}`, t => {
    const { server, seen } = noting(t)
    const clients = ['a', 'b', 'c', 'd'].map(who => [server.createClient(), who])
    const gate = new Event()
    for (const [client, who] of clients.toReversed()) {
      server.createBackgroundTask(
        async (client, who, gate) => {
          await client.ask(who, 0)
          await gate.waitAsync()
          await client.ask(who, 1)
        },
        [client, who, gate],
      )
    }
    if (way === 'process') drain(server)
    else server.processAll()
    gate.set()
    if (way === 'process') drain(server)
    else server.processAll()
    t.is(seen.join(' '), 'a0 b0 c0 d0 a1 b1 c1 d1')
  })
}

test('a round goes on where the last one stopped', t => {
  const { server, seen } = noting(t)
  for (const who of 'abcde') server.createBackgroundTask(ask, [server.createClient(), who, 3])
  t.is(server.processAll({ maxRequests: 3 }), 3)
  t.is(server.processAll({ maxRequests: 4 }), 4)
  t.true(server.process())
  t.is(server.processAll(), 7)
  t.is(seen.join(' '), [0, 1, 2].flatMap(i => [...'abcde'].map(who => `${who}${i}`)).join(' '))
})

test('a client that asks during a round waits for the next', t => {
  const { server, seen } = noting(t)
  const [first, second, third] = [1, 2, 3].map(() => server.createClient())
  server.createBackgroundTask(
    async (first, second) => {
      await first.ask('a', 0)
      void second.ask('b', 0)
      await first.ask('a', 1)
    },
    [first, second],
  )
  server.createBackgroundTask(ask, [third, 'c', 2])
  t.is(server.processAll(), 5)
  t.is(seen.join(' '), 'a0 c0 a1 b0 c1')
})

test('a client that was cancelled during a round is passed over', t => {
  const tasks = []
  const seen = []
  const server = serverFor(t, {
    handlers: {
      ask(who) {
        seen.push(who)
        if (who === 'a') {
          tasks[1].cancel()
          server.settle()
        }
      },
    },
  })
  for (const who of 'abc') tasks.push(server.createBackgroundTask(ask, [server.createClient(), who, 1]))
  t.is(server.processAll(), 2)
  t.deepEqual(seen, ['a', 'c'])
  t.throws(() => tasks[1].wait(), cancelled)
})

// --- budgets

test('C7: a request whose script an earlier handler of the round has cancelled is skipped, however soon it comes', t => {
  for (let round = 0; round < 30; round++) {
    const seen = []
    let victim
    const handlers = {
      kill() {
        seen.push('kill')
        victim.cancel()
        if (round % 2 === 1) for (const end = performance.now() + 1; performance.now() < end;);
      },
      ask: () => seen.push('ask'),
    }
    const server = serverFor(t, { handlers })
    server.createBackgroundTask(client => client.kill(), [server.createClient()])
    victim = server.createBackgroundTask(client => client.ask(), [server.createClient()])
    t.is(server.processAll(), 1)
    t.deepEqual(seen, ['kill'])
    server.close()
  }
})

test('C11: a delay of no tick keeps its place, however many there were', t => {
  for (let round = 0; round < 10; round++) {
    const log = new Queue()
    const handlers = {
      ask(who) {
        if (round % 2 === 1 && who === 'b') for (const end = performance.now() + 2; performance.now() < end;);
      },
    }
    const server = serverFor(t, { handlers })
    server.createBackgroundTask(
      async (client, log) => {
        for (let i = 0; i < 1024; i++) await client.delay(0)
        await client.ask('a')
        await client.delay(0)
        log.putNowait('a')
      },
      [server.createClient(), log],
    )
    server.createBackgroundTask(
      async (client, log) => {
        await client.ask('b')
        log.putNowait('b')
      },
      [server.createClient(), log],
    )
    server.processAll()
    t.deepEqual(log.clear(), ['b', 'a']) // They go on side by side, and `a` hops once more.
    server.close()
  }
})

test('processAll ends at its limits, and returns how many it has handled', t => {
  const { server } = noting(t)
  for (let i = 0; i < 5; i++) server.createBackgroundTask(ask, [server.createClient(), i, 10])
  t.is(server.processAll({ maxRequests: 0 }), 0)
  t.is(server.processAll({ maxTime: 0 }), 0)
  t.is(server.processAll({ maxRequests: 7 }), 7)
  t.is(server.processAll({ maxRequests: 7, maxTime: 20_000 }), 7)
  t.is(server.processAll({}), 36)
  t.is(server.processAll(), 0)
})

test('processAll stops taking requests when its time is over', t => {
  let handled = 0
  const server = serverFor(t, {
    handlers: {
      ask() {
        handled++
        for (const end = performance.now() + 30; performance.now() < end;);
      },
    },
  })
  for (let i = 0; i < 20; i++) server.createBackgroundTask(ask, [server.createClient(), i, 1])
  const count = server.processAll({ maxTime: 100 })
  t.is(count, handled)
  t.true(count <= 4, `${count} requests`) // None where this thread does not have its turn in time.
  t.is(server.pending, 20 - count)
})

test('processAll waits for a busy loop no longer than its time, and that is no error', t => {
  const server = serverFor(t, { handlers: increment, exitTimeout: 100 })
  const spinning = new Event()
  const spin = spinning => {
    spinning.set()
    for (;;);
  }
  server.createTask(spin, [spinning])
  spinning.wait({ timeout: 20_000 })
  t.is(server.processAll({ maxTime: 50 }), 0)
  server.eventLoopTimeout = 60
  t.is(server.processAll({ maxTime: 20 }), 0)
  t.throws(() => server.processAll({ maxTime: 10_000 }), timedOut)
})

test('C6: what a handler throws comes out of processAll, and the others are handled by the next', t => {
  const server = serverFor(t, {
    handlers: {
      ask(who) {
        if (who === 'b') throw new Error('no')
        return who
      },
    },
  })
  const script = (client, who) => client.ask(who).catch(error => error.message)
  const tasks = [...'abc'].map(who => server.createBackgroundTask(script, [server.createClient(), who]))
  t.throws(() => server.processAll(), { message: 'no' })
  t.is(server.processAll(), 1)
  t.deepEqual(
    tasks.map(task => task.wait({ timeout: 20_000 })),
    ['a', 'no', 'c'],
  )
})

// --- ticks

test('a tick wakes those who wait for it, and returns when they are at rest', t => {
  const server = serverFor(t)
  const log = new Queue()
  const script = async (client, name, ticks, log) => {
    await (ticks === 1 ? client.nextTick() : client.delay(ticks))
    await new Promise(setImmediate)
    log.putNowait(name)
  }
  for (const [name, ticks] of Object.entries({ three: 3, one: 1, two: 2, another: 1 })) {
    server.createBackgroundTask(script, [server.createClient(), name, ticks, log])
  }
  t.deepEqual(log.clear(), [])
  t.is(server.tick(), 1)
  t.deepEqual(log.clear(), ['one', 'another'])
  t.is(server.tick(), 2)
  t.deepEqual(log.clear(), ['two'])
  t.is(server.tick({ timeout: 20_000 }), 3)
  t.deepEqual(log.clear(), ['three'])
  t.is(server.tick(), 4)
})

test('a tick counts from the call: a script that waits again waits for the next', t => {
  const server = serverFor(t, { handlers: { at: () => now } })
  let now = 0
  const task = server.createBackgroundTask(
    async client => {
      const seen = []
      for (let i = 0; i < 5; i++) {
        await client.nextTick()
        seen.push(await client.at())
      }
      await client.delay(0)
      return seen
    },
    [server.createClient()],
  )
  while (!task.done()) {
    now = server.tick()
    server.processAll()
  }
  t.deepEqual(task.wait(), [1, 2, 3, 4, 5])
})

test('a tick that times out says whether it has begun', t => {
  const server = serverFor(t, { exitTimeout: 100 })
  const gate = new Event()
  const hold = async (client, gate) => {
    await client.nextTick()
    while (!gate.isSet());
  }
  server.createBackgroundTask(hold, [server.createClient(), gate])
  // It has begun when the loop has moved the clock, for which it may need more time.
  let error
  until(() => {
    error = t.throws(() => server.tick({ timeout: 50 }), timedOut)
    t.is(error.tick, server.now === 0 ? undefined : 1)
    return server.now > 0
  })
  t.is(t.throws(() => server.tick({ timeout: 50 }), timedOut).tick, undefined)
  gate.set()
  t.is(server.tick(), 2)
})

test('times to wait for are finite numbers from 0 on', async t => {
  const client = serverFor(t).createClient()
  for (const bad of [-1, -0.5, NaN, Infinity, -Infinity]) {
    await t.throwsAsync(client.delay(bad), { code: 'ERR_OUT_OF_RANGE' })
    t.throws(() => client.sync.delay(bad), { code: 'ERR_OUT_OF_RANGE' })
  }
  await t.throwsAsync(client.delay('1'), { code: 'ERR_INVALID_ARG_TYPE' })
})

test('a script that is cancelled while it waits for a tick is woken by none', t => {
  const server = serverFor(t)
  const task = server.createBackgroundTask(client => client.delay(2), [server.createClient()])
  server.tick()
  task.cancel()
  server.tick()
  server.tick()
  t.throws(() => task.wait(), cancelled)
})

test('a close ends waits for ticks', async t => {
  const server = serverFor(t)
  const mine = server.createClient().nextTick()
  const task = server.createBackgroundTask(client => client.nextTick(), [server.createClient()])
  server.close()
  t.throws(() => task.wait(), cancelled)
  await t.throwsAsync(mine, { code: 'ERR_RUNNER_CLOSED' })
})
