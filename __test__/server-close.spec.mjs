// Closing a server while its scripts still want something of it.
//
// Promises that a close is orderly, and takes no longer than the scripts' own cleanup does, whatever they ask for while
// it goes on: nobody will answer, and they are told so at once (C9, S1).

import ava from 'ava'
import { Server, ShutdownType } from 'threaded-async'
import { KeepingServer, serverFor } from './tasks/server-fixture.mjs'
import { until } from './tasks/runner-fixture.mjs'

// One at a time: what blocks here would be measured by, and delay, whatever ran beside it.
const test = ava.serial

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
