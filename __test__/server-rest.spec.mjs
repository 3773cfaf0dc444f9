// When a server's loop is at rest: what `process` waits for, what it does not wait for, and what it says when it cannot.
//
// Promises that no script that could still run makes `process` return false (C4), that the same scripts and answers
// give the same requests and the same output (C11), and that one that spins is named and can be ended (C12).

import ava from 'ava'
import { Event, Queue, Server, sleep, taskModule } from 'threaded-async'
import { drain, increment, KeepingServer, serverFor } from './tasks/server-fixture.mjs'
import { until } from './tasks/runner-fixture.mjs'

// One at a time: what blocks here would be measured by, and delay, whatever ran beside it.
const test = ava.serial

const timedOut = { code: 'ERR_EVENT_LOOP_TIMEOUT', name: 'EventLoopTimeoutError' }
const scripts = taskModule(new URL('./tasks/server-scripts.mjs', import.meta.url))

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
  const slow = taskModule(new URL('./tasks/server-slow-module.mjs', import.meta.url))
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
  const task = server.createBackgroundTask(
    async client => {
      await sleep(2000)
      return client.increment(1)
    },
    [server.createClient()],
  )
  t.false(server.process())
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

// --- C11: the same every time

test('C11: the same scripts and answers give the same requests, whatever hops lie between', t => {
  const run = () => {
    const server = new Server({ handlers: { ask: (who, i) => seen.push(`${who}:${i}`) } })
    const seen = []
    for (let who = 0; who < 8; who++) {
      server.createBackgroundTask(scripts.asking, [server.createClient(), who, 12])
    }
    while (server.process());
    server.close()
    return seen.join(' ')
  }
  const first = run()
  t.is(first.split(' ').length, 96)
  for (let round = 0; round < 10; round++) t.is(run(), first)
})

test('C11: processAll handles the same requests in the same order, round by round, whatever the load', t => {
  const run = disturb => {
    const server = new Server({
      handlers: {
        ask(who, i) {
          seen.push(`${who}:${i}`)
          if (disturb && (who * 7 + i) % 5 === 0) for (const end = performance.now() + 1; performance.now() < end;);
          return i
        },
      },
    })
    const seen = []
    const log = new Queue()
    for (let who = 0; who < 8; who++) {
      server.createBackgroundTask(scripts.askingAndTelling, [server.createClient(), who, 12, log])
    }
    t.is(server.processAll(), 96)
    const told = log.clear()
    server.close()
    return [...seen, '|', ...told].join(' ')
  }
  const first = run(false)
  for (let round = 0; round < 6; round++) t.is(run(round % 2 === 1), first)
})

test('C11: an answer runs its whole course before the next is seen, however late it is', t => {
  const server = serverFor(t, {}, KeepingServer)
  const log = new Queue()
  const kinds = ['immediate', 'tick', 'immediate', 'microtask', 'promised']
  for (let who = 0; who < 3; who++) {
    server.createBackgroundTask(scripts.tellHops, [server.createClient(), who, kinds, log])
  }
  t.is(drain(server), 3)
  // All at once: their courses must not mingle.
  for (const future of server.futures) future.setResult(0)
  server.settle()
  t.deepEqual(
    log.clear(),
    [0, 1, 2].flatMap(who => kinds.map((kind, i) => `${who} ${i} ${kind}`)),
  )
})

// --- C12: spinning

const spins = {
  'in a loop': () => {
    for (;;);
  },
  'in microtasks': async () => {
    for (;;) await null
  },
  'in ticks': () => {
    const again = () => process.nextTick(again)
    again()
    return new Promise(() => {})
  },
  'in immediates': () => {
    const again = () => setImmediate(again)
    again()
    return new Promise(() => {})
  },
}

/** Blocks until the script spins: on a loop that has started, a second is enough for that. */
function startSpinning(t, server, spin) {
  server.settle()
  t.throws(() => server.createBackgroundTask(spin, [], { name: 'spinner', timeout: 1000 }), timedOut)
}

for (const [how, spin] of Object.entries(spins)) {
  test(`C12: a script that spins makes process throw, which names it: ${how}`, t => {
    const server = serverFor(t, { handlers: increment, exitTimeout: 100 })
    startSpinning(t, server, spin)
    const started = performance.now()
    const error = t.throws(() => server.process({ timeout: 150 }), timedOut)
    t.true(performance.now() - started >= 150)
    t.regex(error.message, /process on a server timed out after 150 ms\. Its loop is held by task 'spinner'\./)
    t.throws(() => server.processAll({ maxRequests: 0, maxTime: 1 }) || server.settle({ timeout: 20 }), timedOut)
  })
}

test('C12: eventLoopTimeout is the default of all that blocks', t => {
  const server = serverFor(t, { exitTimeout: 100 })
  startSpinning(t, server, spins['in a loop'])
  server.eventLoopTimeout = 100
  for (const verb of ['process', 'processAll', 'settle', 'tick']) {
    const error = t.throws(() => server[verb](), timedOut)
    t.regex(error.message, new RegExp(`^${verb} on a server timed out after 100 ms`))
  }
})

test('C12: a script that spins in immediates can be ended without harm to the others', t => {
  const server = serverFor(t, { handlers: increment })
  const quiet = server.createBackgroundTask(scripts.hopping, [server.createClient(), 10, ['immediate']])
  const go = new Event()
  const spinner = server.createBackgroundTask(scripts.spinUntilCancelled, [go], { name: 'spinner' })
  t.is(drain(server, 3), 3)
  go.set()
  const error = t.throws(() => server.process({ timeout: 200 }), timedOut)
  t.regex(error.message, /'spinner'/)
  spinner.cancel()
  t.is(drain(server), 7)
  t.throws(() => spinner.wait(), { code: 'ERR_CANCELLED' })
  t.is(quiet.wait({ timeout: 20_000 }), 10)
})

test('C12: a timed-out createBackgroundTask leaves no task behind', t => {
  const server = serverFor(t, { exitTimeout: 100, handlers: increment })
  const log = new Queue()
  const gate = new Event()
  server.createBackgroundTask(scripts.holdWhile, [gate])
  const error = t.throws(() => {
    gate.set()
    server.createBackgroundTask(scripts.holdWhile, [gate], { name: 'holder', timeout: 1000 })
  }, timedOut)
  t.regex(error.message, /'holder'/)
  t.throws(() => server.createBackgroundTask(log => log.putNowait('ran'), [log], { timeout: 50 }), timedOut)
  gate.clear()
  server.settle()
  t.is(log.qsize(), 0)
  const task = server.createBackgroundTask(client => client.increment(1), [server.createClient()])
  t.true(server.process())
  t.is(task.wait({ timeout: 20_000 }), 2)
})

test('a timeout says when it is the loop that has not started', t => {
  const server = new Server({ logForcedShutdownStackTrace: false })
  const error = t.throws(() => server.settle({ timeout: 0 }), timedOut)
  t.regex(error.message, /^settle on a server timed out after 0 ms\. Its loop has not started yet\.$/)
  server.settle()
  t.notThrows(() => server.process({ timeout: 20_000 }))
  server.close()
})

test('one deadline holds for all that process waits for', t => {
  const server = serverFor(t, { exitTimeout: 100, handlers: { wait: () => 0 } })
  const task = server.createBackgroundTask(
    async client => {
      await client.wait()
      for (;;);
    },
    [server.createClient()],
    { name: 'spinner' },
  )
  const started = performance.now()
  t.throws(() => server.process({ timeout: 200 }), timedOut)
  t.true(performance.now() - started < 2_000)
  t.is(server.pending, 0)
  t.throws(() => server.close() || task.wait(), { code: 'ERR_FORCED_SHUTDOWN' })
})
