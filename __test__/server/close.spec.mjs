// The end of a server: by its close, while scripts and clients elsewhere still want something of it, or by its death.
//
// Promises that a close is orderly, and takes no longer than the scripts' own cleanup does, whatever they ask for while
// it goes on: nobody will answer, and they are told so at once (C9, S1); and that every wait is released (R7).

import ava from 'ava'
import { Event, Queue, RunnerClosedError, Server, ShutdownType, sleep } from 'threaded-async'
import { increment, KeepingServer, serverFor } from '../support/server-fixture.mjs'
import { until } from '../support/runner-fixture.mjs'

// One at a time: what blocks here would be measured by, and delay, whatever ran beside it.
const test = ava.serial

const closed = { code: 'ERR_RUNNER_CLOSED', name: 'RunnerClosedError' }

test('C9: after close every call throws, and a second close does nothing', async t => {
  const server = serverFor(t, { handlers: increment })
  const client = server.createClient()
  server.createBackgroundTask(() => {})
  server.close()
  server.close()
  await server.closeAsync()
  for (const verb of ['process', 'processAll', 'settle', 'tick']) t.throws(() => server[verb](), closed, verb)
  t.throws(() => server.createBackgroundTask(() => {}), closed)
  t.throws(() => server.createFuture(), closed)
  await t.throwsAsync(client.increment(1), { instanceOf: RunnerClosedError })
  await t.throwsAsync(client.nextTick(), closed)
  t.is(server.pending, 0)
})

test('C9: calls made while a server closes are refused, so that cleanup does not hang', t => {
  const server = serverFor(t, { exitTimeout: 60_000, handlers: increment })
  const log = new Queue()
  const script = async (client, log) => {
    try {
      await sleep(Infinity)
    } finally {
      await client.increment(1).catch(error => log.putNowait(error.code))
    }
  }
  server.createBackgroundTask(script, [server.createClient(), log])
  server.close()
  t.deepEqual(log.clear(), ['ERR_RUNNER_CLOSED'])
})

test('C9: a client on another thread ends with the server', async t => {
  const server = serverFor(t, {}, KeepingServer)
  const other = serverFor(t)
  const client = server.createClient()
  const tasks = [1, 2].map(n => other.createBackgroundTask((client, n) => client.increment(n), [client, n]))
  const mine = client.increment(3)
  t.is(server.pending, 3)
  t.true(server.process())
  server.close()
  for (const task of tasks) t.throws(() => task.wait({ timeout: 20_000 }), closed)
  await t.throwsAsync(mine, closed)
})

test('X3: errors of scripts that nobody retrieved come at close', t => {
  const server = serverFor(t, { handlers: increment })
  server.createBackgroundTask(() => {
    throw new Error('unseen')
  })
  const group = t.throws(() => server.close(), { code: 'ERR_EXCEPTION_GROUP' })
  t.deepEqual(
    group.exceptions.map(error => error.message),
    ['unseen'],
  )
})

test('R7: a loop that dies releases processUntil and process, which say why', t => {
  const server = serverFor(t, { handlers: increment })
  const end = new Event()
  const endless = server.createBackgroundTask(() => sleep(Infinity))
  const deadly = server.createBackgroundTask(
    async end => {
      await end.waitAsync()
      process.exit(3)
    },
    [end],
  )
  end.set()
  t.is(t.throws(() => server.processUntil(endless), { code: 'ERR_RUNNER_DIED' }).exitCode, 3)
  t.throws(() => server.process(), { code: 'ERR_RUNNER_DIED' })
  t.true(deadly.done())
})

// --- scripts that want something while their server closes

const askAgain = async client => {
  try {
    await client.first()
  } finally {
    await client.second()
  }
}
const askAgainSync = client => {
  try {
    client.sync.first()
  } finally {
    client.sync.second()
  }
}
const tickAgain = async client => {
  try {
    await client.first()
  } finally {
    await client.nextTick()
  }
}
const tickAgainSync = client => {
  try {
    client.sync.first()
  } finally {
    client.sync.nextTick()
  }
}
const tickOn = async client => {
  for (;;) {
    try {
      await client.nextTick()
    } catch (error) {
      if (error.code === 'ERR_RUNNER_CLOSED') throw error
    }
  }
}
const askOnSync = client => {
  for (;;) {
    try {
      client.sync.first()
    } catch (error) {
      if (error.code === 'ERR_RUNNER_CLOSED') throw error
    }
  }
}

const nothing = () => {}
const cancelled = (server, task) => task.cancel()
const cancelledAndAsking = (server, task) => {
  task.cancel()
  until(() => server.pending === 1)
}
const cancelledAndTaken = (server, task) => {
  task.cancel()
  server.process()
}

const cases = {
  'cleanup asks': [askAgain, nothing],
  'a cancelled script’s cleanup has asked': [askAgain, cancelledAndAsking],
  'what a cancelled script’s cleanup has asked was taken': [askAgain, cancelledAndTaken],
  'cleanup waits for a tick': [tickAgain, nothing],
  'a cancelled script’s cleanup waits for a tick': [tickAgain, cancelled],
  'a script does not hear and ticks on': [tickOn, nothing],
  'cleanup asks, blocking': [askAgainSync, nothing],
  'a cancelled script’s cleanup has asked, blocking': [askAgainSync, cancelledAndAsking],
  'cleanup waits for a tick, blocking': [tickAgainSync, nothing],
  'a script does not hear and asks on, blocking': [askOnSync, nothing],
}

for (const [what, [script, before]] of Object.entries(cases)) {
  test(`C9: a close is orderly and at once while ${what}`, t => {
    const server = serverFor(t, { allowBlocking: true, exitTimeout: 20_000 }, KeepingServer)
    const runner = server.createBackgroundTask(() => AsyncRunner.current).wait({ timeout: 20_000 })
    const task = server.createBackgroundTask(script, [server.createClient()])
    server.process()
    before(server, task)
    const start = performance.now()
    const group = t.throws(() => server.close(), { code: 'ERR_EXCEPTION_GROUP' })
    t.true(performance.now() - start < 10_000)
    t.is(group.exceptions[0].code, 'ERR_RUNNER_CLOSED')
    t.is(runner.shutdownType, ShutdownType.STOPPED)
    t.throws(() => task.wait(), { code: 'ERR_RUNNER_CLOSED' })
  })
}

test('C9: a client on the main thread’s side is told at once that its server is closed', t => {
  const server = new Server({ allowBlocking: true })
  const client = server.createClient()
  t.throws(() => client.sync.first(), { code: 'ERR_WOULD_DEADLOCK' })
  server.close()
  t.throws(() => client.sync.first(), { code: 'ERR_RUNNER_CLOSED' })
})
