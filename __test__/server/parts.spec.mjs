// The answers of a round, which reach their scripts in parts.
//
// Promises that what the scripts do is the same every time, whatever the machine and the handlers do meanwhile (C11), and
// that nobody waits for an answer that is kept back until its part is full: it is sent as soon as the main loop makes any
// other call of this library, or leaves the round (C13).

import ava from 'ava'
import { Event, Queue, Server } from 'threaded-async'
import { serverFor } from '../support/server-fixture.mjs'

// One at a time: what blocks here would be measured by, and delay, whatever ran beside it.
const test = ava.serial

const PART = 64
const timedOut = { code: 'ERR_EVENT_LOOP_TIMEOUT' }

/** Asks, hops by microtasks and immediates, and tells. */
const hopping = async (client, who, count, log) => {
  for (let i = 0; i < count; i++) {
    const answer = await client.ask(who, i).catch(error => error.code ?? error.message)
    log.putNowait(`${who}.${i}=${answer}`)
    for (let j = 0; j < (who * 5 + i * 3) % 4; j++) {
      await (j === 2 ? new Promise(resolve => setImmediate(resolve)) : null)
      log.putNowait(`${who}.${i}.${j}`)
    }
  }
}

const busy = milliseconds => {
  for (const end = performance.now() + milliseconds; performance.now() < end;);
}

/** What so many scripts tell, and the answers they are given; `disturb` is called in each handler. */
function told(t, disturb, handle, scripts = 150, count = 4) {
  const log = new Queue()
  const tasks = []
  const ask = (who, i) => {
    disturb(who, i)
    return handle(who, i, tasks)
  }
  const server = new Server({ handlers: { ask }, handlerErrors: 'reject', logForcedShutdownStackTrace: false })
  for (let who = 0; who < scripts; who++) {
    tasks.push(server.createBackgroundTask(hopping, [server.createClient(), who, count, log]))
  }
  server.processAll()
  const seen = log.clear()
  for (const task of tasks) task.cancel()
  try {
    server.close()
  } catch {
    // Scripts that were cancelled in the middle.
  }
  return seen
}

const quiet = () => {}
const slow = (who, i) => {
  if ((who * 7 + i) % 97 === 0) busy(3)
}

const ways = {
  answers: (who, i) => who + i,
  'throws now and then': (who, i) => {
    if ((who + i) % 10 === 3) throw new Error('no')
    return i
  },
  'cancels others, before and behind': (who, i, tasks) => {
    if (who === 70 && i === 1) for (const other of [3, 68, 75, 140]) tasks[other].cancel()
    return i
  },
  'looks at a task': (who, i, tasks) => {
    if (who === 20 && i === 2) tasks[5].done()
    return i
  },
}
for (const [how, handle] of Object.entries(ways)) {
  test(`C11: the scripts of a large round do the same every time: a handler that ${how}`, t => {
    const first = told(t, quiet, handle)
    t.true(first.length > 500)
    for (let run = 0; run < 4; run++) t.deepEqual(told(t, run % 2 === 0 ? slow : quiet, handle), first)
  })
}

test('C11: answers that were kept, and are given in later handlers, come in the same order every time', t => {
  const run = disturb => {
    const log = new Queue()
    const kept = []
    class Keeping extends Server {
      handleRequest({ args: [who, i] }, future) {
        disturb(who, i)
        if (who % 3 === 0) kept.push(future)
        else future.setResult(i)
        if (who === 100) for (const each of kept.splice(0)) each.setResult('late')
      }
    }
    const server = new Keeping()
    for (let who = 0; who < 150; who++) {
      server.createBackgroundTask(hopping, [server.createClient(), who, 3, log])
    }
    server.processAll()
    for (const each of kept) each.setResult('last')
    server.settle()
    const seen = log.clear()
    server.close()
    return seen
  }
  const first = run(quiet)
  t.true(first.length > 300)
  for (let again = 0; again < 4; again++) t.deepEqual(run(again % 2 === 0 ? slow : quiet), first)
})

/** Says that it goes on, and again after an `await` of its own. */
const goesOn = async (client, who, log) => {
  await client.ask()
  log.putNowait(`${who}a`)
  await null
  log.putNowait(`${who}b`)
}

test('the scripts of one part go on side by side, those of the next behind them', t => {
  const log = new Queue()
  const server = serverFor(t, { handlers: { ask: () => 0 } })
  for (let who = 0; who < PART + 2; who++) server.createBackgroundTask(goesOn, [server.createClient(), who, log])
  t.is(server.processAll(), PART + 2)
  const part = [...Array(PART).keys()]
  const side = (whose, letter) => whose.map(who => `${who}${letter}`)
  const next = [PART, PART + 1]
  t.deepEqual(log.clear(), [...side(part, 'a'), ...side(part, 'b'), ...side(next, 'a'), ...side(next, 'b')])
})

test('process lets each script run its course before the next, as ever', t => {
  const log = new Queue()
  const server = serverFor(t, { handlers: { ask: () => 0 } })
  for (let who = 0; who < 3; who++) server.createBackgroundTask(goesOn, [server.createClient(), who, log])
  while (server.process());
  t.deepEqual(log.clear(), ['0a', '0b', '1a', '1b', '2a', '2b'])
})

// --- nobody waits for what is kept back

const asks = async (client, who, done, log) => {
  await client.ask(who)
  if (who !== 0) return
  log.putNowait('gone on')
  done.set()
}

const waits = {
  'blocks for an event': ({ done }) => done.wait({ timeout: 20_000 }),
  'blocks for an item': ({ log }) => log.getWait({ timeout: 20_000 }),
  'blocks for the task': ({ tasks }) => tasks[0].wait({ timeout: 20_000 }),
  'waits for rest': ({ server }) => server.settle({ timeout: 20_000 }),
  'looks again and again at the length of a queue': ({ log }) => {
    while (log.qsize() === 0);
  },
  'looks again and again whether the task is done': ({ tasks }) => {
    while (!tasks[0].done());
  },
  'processes another server': ({ other, done }) => {
    other.processAll()
    done.wait({ timeout: 20_000 })
  },
  'processes the same server': ({ server, done }) => {
    server.process()
    done.wait({ timeout: 20_000 })
  },
}

for (const [how, wait] of Object.entries(waits)) {
  test(`C13: a handler has what a script does with an earlier answer of the round: it ${how}`, t => {
    const [done, log] = [new Event(), new Queue()]
    const other = serverFor(t, { handlers: { ask: () => 1 } })
    other.createBackgroundTask(client => client.ask(), [other.createClient()])
    const tasks = []
    let waited = 0
    const server = serverFor(t, {
      handlers: {
        ask(who) {
          if (who === 3) waited += wait({ server, other, tasks, done, log }) === false ? 0 : 1
          return who
        },
      },
    })
    for (let who = 0; who < 6; who++) {
      tasks.push(server.createBackgroundTask(asks, [server.createClient(), who, done, log]))
    }
    server.processAll()
    t.is(waited, 1)
    for (const task of tasks) task.wait({ timeout: 20_000 })
  })
}

/** Waits by nothing of this library. */
function seen(cells, index, value) {
  return Atomics.wait(cells, index, 0, 20_000) !== 'timed-out' && Atomics.load(cells, index) === value
}

const marks = async (client, who, cells) => {
  await client.ask(who)
  Atomics.store(cells, who, 1)
  Atomics.notify(cells, who)
}

test('C13: the answers of a round that ends before its time have left', t => {
  const cells = new Int32Array(new SharedArrayBuffer(64))
  const tasks = []
  const server = serverFor(t, {
    handlers: {
      ask(who) {
        if (who === 4) throw new Error('no')
        return who
      },
    },
  })
  for (let who = 0; who < 8; who++) {
    tasks.push(server.createBackgroundTask(marks, [server.createClient(), who, cells]))
  }
  t.is(server.processAll({ maxRequests: 2 }), 2)
  t.true(seen(cells, 0, 1) && seen(cells, 1, 1))
  t.throws(() => server.processAll(), { message: 'no' })
  t.true(seen(cells, 2, 1) && seen(cells, 3, 1))
  server.processAll()
  t.throws(() => tasks[4].wait(), { message: 'no' })
})

test('C13: an answer that a promise brings after the round leaves at once', async t => {
  const cells = new Int32Array(new SharedArrayBuffer(64))
  const server = serverFor(t, { handlers: { ask: async who => who } })
  for (let who = 0; who < 3; who++) server.createBackgroundTask(marks, [server.createClient(), who, cells])
  t.is(server.processAll(), 3)
  await null
  await null
  await null
  for (let who = 0; who < 3; who++) t.true(seen(cells, who, 1))
})

test('C12: where one script of a part spins, the error names those it may be', t => {
  const server = serverFor(t, { exitTimeout: 100, handlers: { ask: () => 0 } })
  const spinning = new Event()
  const script = async (client, spins, spinning) => {
    await client.ask()
    if (spins) spinning.set()
    while (spins);
  }
  for (const name of ['one', 'spinner', 'three']) {
    server.createBackgroundTask(script, [server.createClient(), name === 'spinner', spinning], { name })
  }
  server.eventLoopTimeout = 200
  t.throws(() => server.processAll(), timedOut)
  spinning.wait({ timeout: 20_000 }) // Before that, nothing need hold the loop.
  const { message } = t.throws(() => server.settle(), timedOut)
  t.regex(message, /Its loop is held by one of the tasks .*'spinner'|Its loop is held by task 'spinner'/)
})
