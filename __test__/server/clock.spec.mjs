// The clock of a server: `advance`, `tick`, `now`, `Server.tickAll`, and the scripts that wait for its times.
//
// Promises that time stands still until the main loop moves it, that scripts run in the order of the instants they wait
// for, each when all others are at rest, and that the same program runs the same way whatever the machine does.

import ava from 'ava'
import { Event, Queue, Server } from 'threaded-async'
import { until } from '../support/runner-fixture.mjs'
import { serverFor } from '../support/server-fixture.mjs'

// One at a time: what blocks here would be measured by, and delay, whatever ran beside it.
const test = ava.serial

const outOfRange = { code: 'ERR_OUT_OF_RANGE' }
const timedOut = { code: 'ERR_EVENT_LOOP_TIMEOUT' }

/** As a script: puts its name and the time after each of these delays. */
async function note(client, log, name, ...delays) {
  for (const delay of delays) {
    await client.delay(delay)
    log.putNowait(`${client.now} ${name}`)
  }
}

function noting(t, ...scripts) {
  const [server, log] = [serverFor(t), new Queue()]
  for (const script of scripts) server.createBackgroundTask(note, [server.createClient(), log, ...script])
  return { server, log }
}

test('advance moves to the earliest time that a script waits for, and returns it', t => {
  const { server, log } = noting(t, ['a', 2.5, 0.25], ['b', 1, 1.5])
  t.is(server.now, 0)
  t.deepEqual([server.advance(), server.now, log.clear()], [1, 1, ['1 b']])
  t.deepEqual([server.advance(), log.clear()], [2.5, ['2.5 a', '2.5 b']])
  t.deepEqual([server.advance(), log.clear()], [2.75, ['2.75 a']])
  t.deepEqual([server.advance(), server.now], [undefined, 2.75])
})

test('advance goes no further than until, and with it', t => {
  const { server, log } = noting(t, ['a', 1, 1])
  t.deepEqual([server.advance({ until: 0.5 }), server.now], [undefined, 0.5])
  t.deepEqual([server.advance({ until: 1 }), server.advance({ until: 1 }), server.now], [1, undefined, 1])
  t.deepEqual([server.advance({ until: 99 }), server.advance({ until: 99 }), server.now], [2, undefined, 99])
  t.deepEqual(log.clear(), ['1 a', '2 a'])
  for (const until of [98, NaN, Infinity, -Infinity]) t.throws(() => server.advance({ until }), outOfRange)
  t.throws(() => server.advance({ until: '100' }), { code: 'ERR_INVALID_ARG_TYPE' })
  t.throws(() => server.advance(100), { code: 'ERR_INVALID_ARG_TYPE' })
  t.is(server.now, 99)
})

test('tick goes from instant to instant up to the next whole number, with rest at each', t => {
  const { server, log } = noting(t, ['a', 0.5, 0.25, 0.25, 0.5], ['b', 0.75, 0.25, 0.25])
  t.is(server.tick(), 1)
  t.deepEqual(log.clear(), ['0.5 a', '0.75 b', '0.75 a', '1 b', '1 a'])
  t.is(server.advance({ until: 1.3 }), 1.25)
  t.is(server.tick(), 2)
  t.deepEqual([server.now, log.clear()], [2, ['1.25 b', '1.5 a']])
  server.advance({ until: 7.5 })
  t.is(server.tick(), 8)
})

test('those who wait for one instant are woken in the order in which they came, one after the other', t => {
  const [server, log] = [serverFor(t), new Queue()]
  const script = async (client, log, name, hops) => {
    await client.delay(1)
    log.putNowait(`${name} wakes`)
    for (let i = 0; i < hops; i++) await null
    await new Promise(resolve => setImmediate(resolve))
    log.putNowait(`${name} rests`)
  }
  for (const [name, hops] of [
    ['c', 9],
    ['a', 0],
    ['b', 3],
  ]) {
    server.createBackgroundTask(script, [server.createClient(), log, name, hops])
  }
  t.is(server.advance(), 1)
  t.deepEqual(log.clear(), ['c wakes', 'c rests', 'a wakes', 'a rests', 'b wakes', 'b rests'])
})

test('nextTick waits for the next whole number, wherever between two the time is', t => {
  const [server, log] = [serverFor(t), new Queue()]
  server.createBackgroundTask(
    async (client, log) => {
      for (let i = 0; i < 40; i++) {
        await client.delay(0.1)
        await client.nextTick()
        log.putNowait(client.now)
      }
    },
    [server.createClient(), log],
  )
  for (let i = 1; i <= 40; i++) server.tick()
  t.deepEqual(
    log.clear(),
    Array.from({ length: 40 }, (_, i) => i + 1),
  )
})

test('delay takes any number from 0 on that is over at 2^52; 0 takes no time, and neither does what is too little to tell', async t => {
  const server = serverFor(t)
  const client = server.createClient()
  await client.delay(0)
  await client.delay(-0)
  server.advance({ until: 2 ** 51 })
  await client.delay(0.1)
  const last = client.delay(2 ** 51)
  t.is(server.advance(), 2 ** 52)
  await last
  t.is(server.tick(), 2 ** 52 + 1)
})

test('a wait that would be over after 2^52 is refused, by whatever door, and leaves nothing behind', async t => {
  const server = serverFor(t, { allowBlocking: true })
  server.advance({ until: 10 })
  const client = server.createClient()
  const blocks = (client, time) => client.sync.delay(time)
  for (const time of [2 ** 52 - 9, 2 ** 53, 1e300, Number.MAX_VALUE]) {
    for (const attempt of [
      () => client.delay(time),
      () => client.with({ timeout: 1000 }).delay(time),
      () => server.createTask((client, time) => client.delay(time), [client, time]).result(),
      () => server.createTask(blocks, [client, time]).result(),
    ]) {
      const { message, stack } = await t.throwsAsync(attempt, { instanceOf: RangeError, ...outOfRange })
      t.true(
        message.startsWith('The value of "time" is out of range. It must be a time that is over at 4503599627370496'),
      )
      t.regex(stack.split('\n')[1], /clock\.spec\.mjs/)
    }
  }
  t.deepEqual([server.advance(), server.now], [undefined, 10])
})

test('the clock stops at 2^53 - 1, where ticks would no longer differ', async t => {
  const [server, other] = [serverFor(t), serverFor(t)]
  for (const until of [2 ** 53, 1e300, Number.MAX_VALUE]) t.throws(() => server.advance({ until }), outOfRange)
  t.is(server.now, 0)
  server.advance({ until: Number.MAX_SAFE_INTEGER - 1 })
  t.is(server.tick(), Number.MAX_SAFE_INTEGER)
  const never = server.createClient().with({ timeout: 20 }).nextTick()
  for (const attempt of [() => server.tick(), () => Server.tickAll([other, server])]) {
    const { message, stack } = t.throws(attempt, { code: 'ERR_INVALID_STATE' })
    t.regex(message, /^The clock of server '.*' is at 9007199254740991, where it stops/)
    t.regex(stack.split('\n')[1], /clock\.spec\.mjs/)
  }
  t.deepEqual([server.advance(), server.now, other.now], [undefined, Number.MAX_SAFE_INTEGER, 0])
  await t.throwsAsync(never, timedOut)
})

test('an advance that times out says by server.now whether time has moved', t => {
  const server = serverFor(t, { exitTimeout: 100 })
  const spinning = new Event()
  const spin = async (client, spinning) => {
    await client.delay(0.5)
    spinning.set()
    for (;;) await new Promise(resolve => setImmediate(resolve))
  }
  const task = server.createBackgroundTask(spin, [server.createClient(), spinning])
  until(() => {
    if (server.now === 0) t.throws(() => server.advance({ timeout: 50 }), timedOut)
    return server.now > 0
  })
  t.is(server.now, 0.5)
  spinning.wait({ timeout: 20_000 }) // Before that, nothing need hold the loop.
  const failure = t.throws(() => server.advance({ timeout: 50 }), timedOut)
  t.regex(failure.message, /^advance .*'spin'/)
  const error = t.throws(() => server.tick({ timeout: 50 }), timedOut)
  t.deepEqual([server.now, error.tick], [0.5, undefined])
  task.cancel()
})

test('a script that was cancelled leaves no time behind', t => {
  const { server } = noting(t)
  const task = server.createBackgroundTask(client => client.delay(5), [server.createClient()])
  task.cancel()
  t.is(server.advance(), undefined)
})

test('straight-line scripts wait for times, too', t => {
  const server = serverFor(t, { allowBlocking: true })
  const script = client => {
    client.sync.delay(1.5)
    client.sync.nextTick()
    return client.now
  }
  const task = server.createTask(script, [server.createClient()])
  const times = []
  for (let time = server.advance(); time !== undefined; time = server.advance()) times.push(time)
  t.deepEqual([times, task.wait()], [[1.5, 2], 2])
})

test('a tick of a thousand instants is the same every time, whatever blocks or fails meanwhile', t => {
  const run = disturbs => {
    const told = []
    const options = { allowBlocking: true, logForcedShutdownStackTrace: false }
    const onTaskError = ({ error }) => {
      if (disturbs) for (const end = performance.now() + 2; performance.now() < end;);
      told.push(error.message)
    }
    const [server, log] = [new Server({ ...options, onTaskError }), new Queue()]
    for (const [name, step] of Object.entries({ a: 1 / 256, b: 1 / 64, c: 1 / 512 })) {
      server.createBackgroundTask(note, [server.createClient(), log, name, ...Array(Math.round(1 / step)).fill(step)])
    }
    server.createBackgroundTask(
      async (client, log) => {
        await client.delay(0.25)
        client.sync.delay(0.125)
        log.putNowait(`${client.now} slept`) // Nobody else has run meanwhile.
      },
      [server.createClient(), log],
    )
    for (const time of [0.3, 0.5, 0.75]) {
      const fail = async (client, time) => {
        await client.delay(time)
        throw new Error(`at ${time}`)
      }
      server.createBackgroundTask(fail, [server.createClient(), time])
    }
    t.is(server.tick(), 1)
    t.is(server.now, 1)
    const seen = log.clear()
    server.close()
    return [...seen, ...told]
  }
  const first = run(false)
  t.true(first.length > 500)
  t.true(first.includes('0.375 slept'))
  for (let again = 0; again < 3; again++) t.deepEqual(run(again % 2 === 0), first)
})

test('a clock whose tick has timed out stands still', t => {
  const server = serverFor(t, { exitTimeout: 100 })
  const gate = new Event()
  const holding = async (client, gate) => {
    await client.delay(0.25)
    while (!gate.isSet());
    await client.delay(0.25)
    await client.delay(0.5)
  }
  server.createBackgroundTask(holding, [server.createClient(), gate])
  until(() => {
    if (server.now === 0) t.is(t.throws(() => server.tick({ timeout: 50 }), timedOut).tick, undefined)
    return server.now > 0
  })
  gate.set()
  server.settle()
  t.is(server.now, 0.25)
  t.is(server.tick(), 1)
})

test('an advance that finds no time leaves nothing behind: the clock moves with the next only', t => {
  const { server, log } = noting(t)
  t.is(server.advance(), undefined)
  server.createBackgroundTask(note, [server.createClient(), log, 'a', 1, 1])
  server.settle()
  t.deepEqual([server.now, log.clear()], [0, []])
  t.is(server.advance(), 1)
  server.settle()
  t.deepEqual([server.now, log.clear()], [1, ['1 a']])
})

// --- several servers

test('tickAll moves several clocks to their next whole numbers', t => {
  const worlds = [noting(t, ['a', 0.5, 0.5]), noting(t, ['b', 1, 1]), noting(t)]
  const servers = worlds.map(({ server }) => server)
  servers[2].advance({ until: 4.5 })
  t.deepEqual(Server.tickAll(servers), [1, 1, 5])
  t.deepEqual(
    worlds.map(({ server, log }) => [server.now, log.clear()]),
    [
      [1, ['0.5 a', '1 a']],
      [1, ['1 b']],
      [5, []],
    ],
  )
  t.deepEqual([Server.tickAll([]), Server.tickAll([servers[1]]), worlds[1].log.clear()], [[], [2], ['2 b']])
})

test('clocks that show the same time pass through their instants together', t => {
  const log = new Queue()
  const servers = [serverFor(t), serverFor(t)]
  const delays = [
    ['a', 0.25, 0.5, 0.25],
    ['b', 0.5, 0.125, 0.25],
  ]
  for (const [i, [name, ...rest]] of delays.entries()) {
    servers[i].createBackgroundTask(note, [servers[i].createClient(), log, name, ...rest])
  }
  Server.tickAll(servers)
  t.deepEqual(log.clear(), ['0.25 a', '0.5 b', '0.625 b', '0.75 a', '0.875 b', '1 a'])
})

test('tickAll waits for what the loops tell each other', t => {
  const [left, right] = [new Queue(), new Queue()]
  const servers = [serverFor(t), serverFor(t)]
  const serve = async (client, mine, theirs, isFirst) => {
    await client.nextTick()
    for (let i = 0; i < 200; i++) {
      if (isFirst) theirs.putNowait(i)
      await mine.get()
      if (!isFirst) theirs.putNowait(i)
    }
    theirs.putNowait('through')
  }
  servers[0].createBackgroundTask(serve, [servers[0].createClient(), left, right, true])
  servers[1].createBackgroundTask(serve, [servers[1].createClient(), right, left, false])
  Server.tickAll(servers)
  t.deepEqual([left.clear(), right.clear()], [['through'], ['through']])
})

test('tickAll checks its servers before any clock moves', t => {
  const [one, two] = [serverFor(t), serverFor(t)]
  t.throws(() => Server.tickAll(one), { code: 'ERR_INVALID_ARG_TYPE' })
  t.throws(() => Server.tickAll([one, {}]), { code: 'ERR_INVALID_ARG_TYPE', message: /servers\[1\]/ })
  t.throws(() => Server.tickAll([one, two, one]), { code: 'ERR_INVALID_ARG_VALUE' })
  t.throws(() => Server.tickAll([one], { timeout: -1 }), outOfRange)
  two.close()
  t.throws(() => Server.tickAll([one, two]), { code: 'ERR_RUNNER_CLOSED' })
  t.is(one.now, 0)
})

test('C11: the same simulation runs the same way, whatever the load', t => {
  const runOnce = load => {
    const { server, log } = noting(t)
    const seen = []
    server.handleRequest = ({ fun, args, client }, future) => {
      seen.push(`${server.now} ${client} ${fun}`)
      future.setResult(args[0] * 1.5)
    }
    const walker = async (client, log, seed) => {
      let state = seed
      for (let i = 0; i < 30; i++) {
        state = (state * 48271) % 2147483647
        await client.delay((state % 97) / 32)
        if (state % 3 === 0) await client.with({ timeout: 60_000 }).step(state % 11)
        log.putNowait(`${client.now} ${client.id}`)
      }
    }
    for (let i = 1; i <= 8; i++) server.createBackgroundTask(walker, [server.createClient(), log, i * 7919])
    const busy = async () => {
      for (;;) await new Promise(resolve => setImmediate(resolve))
    }
    const burden = load ? serverFor(t, { exitTimeout: 100 }).createTask(busy) : undefined
    while (server.advance() !== undefined) server.processAll()
    burden?.cancel()
    return [seen, log.clear()]
  }
  const [first, second] = [runOnce(false), runOnce(true)]
  t.deepEqual(second, first)
  t.true(first[0].length > 50)
})
