// Scripts that do not let their loop come to rest.
//
// Promises that `process` and its kin then throw, name the script, and leave nothing behind, and that the script can be
// ended without harm to the others (C12).

import ava from 'ava'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Event, Queue, taskModule } from 'threaded-async'
import { drain, increment, serverFor } from '../support/server-fixture.mjs'

// One at a time: what blocks here would be measured by, and delay, whatever ran beside it.
const test = ava.serial

const timedOut = { code: 'ERR_EVENT_LOOP_TIMEOUT', name: 'EventLoopTimeoutError' }
const scripts = taskModule(new URL('./scripts.mjs', import.meta.url))

/** Has a script spin, which has started and waited until then. */
function startSpinning(server, how) {
  const [go, spinning] = [new Event(), new Event()]
  server.createBackgroundTask(scripts.spin, [go, how, spinning], { name: 'spinner' })
  go.set()
  spinning.wait({ timeout: 20_000 })
}

for (const how of ['loop', 'microtasks', 'ticks', 'immediates', 'promisedImmediates', 'yields']) {
  test(`C12: a script that spins makes process throw, which names it: ${how}`, t => {
    const server = serverFor(t, { handlers: increment, exitTimeout: 100 })
    startSpinning(server, how)
    const started = performance.now()
    const error = t.throws(() => server.process({ timeout: 150 }), timedOut)
    t.true(performance.now() - started >= 150)
    t.regex(error.message, /process on server '[\w-]+' timed out after 150 ms\. Its loop is held by task 'spinner'\./)
    t.throws(() => server.processAll({ maxRequests: 0, maxTime: 1 }) || server.settle({ timeout: 20 }), timedOut)
  })
}

for (const how of ['immediates', 'deafImmediates', 'promisedImmediates', 'yields']) {
  test(`C12: a script that spins in what lets others have their turn can be ended without harm to them: ${how}`, t => {
    const server = serverFor(t, { handlers: increment, exitTimeout: 100 })
    const quiet = server.createBackgroundTask(scripts.hopping, [server.createClient(), 10, ['immediate']])
    const [go, spinning] = [new Event(), new Event()]
    const spinner = server.createBackgroundTask(scripts.spin, [go, how, spinning], { name: 'spinner' })
    t.is(drain(server, 3), 3)
    go.set()
    spinning.wait({ timeout: 20_000 })
    const error = t.throws(() => server.process({ timeout: 200 }), timedOut)
    t.regex(error.message, /'spinner'/)
    spinner.cancel()
    t.is(drain(server), 7)
    t.is(quiet.wait({ timeout: 20_000 }), 10)
    if (how === 'promisedImmediates' || how === 'yields') t.throws(() => spinner.wait(), { code: 'ERR_CANCELLED' })
  })
}

test('C12: eventLoopTimeout is the default of all that blocks', t => {
  const server = serverFor(t, { exitTimeout: 100 })
  startSpinning(server, 'loop')
  server.eventLoopTimeout = 100
  for (const verb of ['process', 'processAll', 'settle', 'tick']) {
    const error = t.throws(() => server[verb](), timedOut)
    t.regex(error.message, new RegExp(`^${verb} on server '.*' timed out after 100 ms`))
  }
})

test('C12: a timed-out createBackgroundTask leaves no task behind', t => {
  const server = serverFor(t, { exitTimeout: 100, handlers: increment })
  const log = new Queue()
  const [gate, held] = [new Event(), new Event()]
  gate.set()
  server.createTask(scripts.holdWhile, [gate, held], { name: 'holder' })
  held.wait({ timeout: 20_000 })
  const create = () => server.createBackgroundTask(log => log.putNowait('ran'), [log], { timeout: 50 })
  t.regex(t.throws(create, timedOut).message, /'holder'/)
  gate.clear()
  server.settle()
  t.is(log.qsize(), 0)
  const task = server.createBackgroundTask(client => client.increment(1), [server.createClient()])
  t.true(server.process())
  t.is(task.wait({ timeout: 20_000 }), 2)
})

test('a timeout says when it is the loop that has not started', t => {
  const folder = mkdtempSync(join(tmpdir(), 'held-back-'))
  t.teardown(() => rmSync(folder, { recursive: true }))
  const env = { ...process.env, HELD_BACK: join(folder, 'go') }
  const execArgv = ['--require', fileURLToPath(new URL('./held-back.cjs', import.meta.url))]
  const server = serverFor(t, { env, execArgv })
  t.teardown(() => writeFileSync(env.HELD_BACK, '')) // Before it is closed: the last comes first.
  const error = t.throws(() => server.settle({ timeout: 0 }), timedOut)
  t.regex(error.message, /^settle on server '[\w-]+' timed out after 0 ms\. Its loop has not started yet\.$/)
  writeFileSync(env.HELD_BACK, '')
  server.settle()
  t.notThrows(() => server.process({ timeout: 20_000 }))
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
  t.true(performance.now() - started < 20_000)
  t.is(server.pending, 0)
  t.throws(() => server.close() || task.wait(), { code: 'ERR_FORCED_SHUTDOWN' })
})
