// Scripts in straight-line style: `client.sync`, and what else blocks a task's loop.
//
// Promises that a call that blocks is released by whatever ends its task, its loop or its server.

import ava from 'ava'
import { Queue } from 'threaded-async'
import { drain, increment, KeepingServer, serverFor } from '../support/server-fixture.mjs'
import { runnerFor, until } from '../support/runner-fixture.mjs'

// One at a time: what blocks here would be measured by, and delay, whatever ran beside it.
const test = ava.serial

test('sync: a script in straight-line style blocks for each answer', t => {
  const server = serverFor(t, { handlers: increment, allowBlocking: true })
  const task = server.createBackgroundTask(
    client => {
      let n = 0
      for (let i = 0; i < 20; i++) n = client.sync.increment(n)
      return [n, client.sync.execute('increment', 41)]
    },
    [server.createClient()],
  )
  t.is(server.pending, 1)
  t.is(drain(server), 21)
  t.deepEqual(task.wait({ timeout: 20_000 }), [20, 42])
})

test('sync: while one script blocks, the others of its loop stand still; process goes on with all', t => {
  const seen = []
  const server = serverFor(t, { handlers: { ask: (who, i) => void seen.push(`${who}${i}`) }, allowBlocking: true })
  server.createBackgroundTask(
    client => {
      for (let i = 0; i < 3; i++) client.sync.ask('a', i)
    },
    [server.createClient()],
  )
  server.createBackgroundTask(
    async client => {
      for (let i = 0; i < 3; i++) await client.ask('b', i)
    },
    [server.createClient()],
  )
  t.is(drain(server), 6)
  t.is(seen.join(' '), 'a0 a1 a2 b0 b1 b2')
})

test('sync: errors are thrown where the script calls', t => {
  const server = serverFor(t, {
    handlers: {
      fail() {
        throw new RangeError('no')
      },
    },
    allowBlocking: true,
  })
  const task = server.createBackgroundTask(
    client => {
      const seen = []
      for (const call of [() => client.sync.fail(), () => client.sync.none(), () => client.sync.fail(() => {})]) {
        try {
          call()
        } catch (error) {
          seen.push(error.code ?? error.message)
        }
      }
      return seen
    },
    [server.createClient()],
  )
  t.throws(() => server.process(), { message: 'no' })
  t.is(drain(server), 1)
  t.deepEqual(task.wait({ timeout: 20_000 }), ['no', 'ERR_METHOD_NOT_IMPLEMENTED', 'ERR_UNCLONEABLE'])
})

test('sync: ticks block as well', t => {
  const server = serverFor(t, { allowBlocking: true })
  const log = new Queue()
  const task = server.createBackgroundTask(
    (client, log) => {
      client.sync.nextTick()
      log.putNowait('one')
      client.sync.delay(2)
      log.putNowait('three')
      client.sync.delay(0)
    },
    [server.createClient(), log],
  )
  t.deepEqual(log.clear(), [])
  server.tick()
  t.deepEqual(log.clear(), ['one'])
  server.tick()
  t.deepEqual(log.clear(), [])
  server.tick()
  t.deepEqual(log.clear(), ['three'])
  t.is(task.wait({ timeout: 20_000 }), undefined)
})

test('R4: sync on a loop that must not block throws before the call is made', t => {
  const server = serverFor(t, { handlers: increment })
  const task = server.createBackgroundTask(
    client => {
      const codes = []
      for (const call of [() => client.sync.increment(1), () => client.sync.nextTick()]) {
        try {
          call()
        } catch (error) {
          codes.push(error.code)
        }
      }
      return codes
    },
    [server.createClient()],
  )
  t.deepEqual(task.wait({ timeout: 20_000 }), ['ERR_WOULD_DEADLOCK', 'ERR_WOULD_DEADLOCK'])
  t.is(server.pending, 0)
})

test('R4: sync on the thread that is to answer throws before the call is made', t => {
  const server = serverFor(t, { handlers: increment })
  const { sync } = server.createClient()
  for (const call of [() => sync.increment(1), () => sync.nextTick()]) t.throws(call, { code: 'ERR_WOULD_DEADLOCK' })
  t.is(server.pending, 0)
})

for (const [how, end, code] of [
  ['cancelled', (server, task) => task.cancel(), 'ERR_CANCELLED'],
  ['closed', server => server.close(), 'ERR_CANCELLED'],
]) {
  for (const isTaken of [false, true]) {
    test(`C9: a script that blocks for an answer is ${how}, and cleans up: ${isTaken ? 'taken' : 'queued'}`, t => {
      const server = serverFor(t, { allowBlocking: true, exitTimeout: 60_000 }, KeepingServer)
      const log = new Queue()
      const task = server.createBackgroundTask(
        (client, log) => {
          try {
            client.sync.increment(1)
          } finally {
            log.putNowait('cleaned up')
          }
        },
        [server.createClient(), log],
      )
      if (isTaken) t.true(server.process())
      end(server, task)
      t.is(t.throws(() => task.wait({ timeout: 20_000 })).code, code)
      t.deepEqual(log.clear(), ['cleaned up'])
      t.is(server.pending, 0)
    })
  }
}

test('C9: a script whose close has cut it asks in vain, and at once', t => {
  const server = serverFor(t, { allowBlocking: true, exitTimeout: 60_000 }, KeepingServer)
  const log = new Queue()
  server.createBackgroundTask(
    (client, log) => {
      try {
        client.sync.increment(1)
      } finally {
        try {
          client.sync.increment(2)
        } catch (error) {
          log.putNowait(error.code)
        }
      }
    },
    [server.createClient(), log],
  )
  server.close()
  t.deepEqual(log.clear(), ['ERR_RUNNER_CLOSED'])
})

// --- the same edge in every blocking door

for (const [door, enter] of Object.entries({
  getWait: queue => queue.getWait(),
  iterateWait: queue => [...queue.iterateWait()],
  joinWait: queue => (queue.putNowait(1), queue.joinWait()),
})) {
  for (const end of ['cancel', 'close']) {
    test(`a task that blocks its loop in ${door} is reached by ${end}, and its cleanup may block again`, t => {
      const runner = runnerFor(t, { allowBlocking: true, exitTimeout: 60_000 })
      const [queue, log] = [new Queue(), new Queue()]
      log.putNowait('before')
      const task = runner.createTask(
        (queue, log, enter) => {
          try {
            new Function('queue', `return (${enter})(queue)`)(queue)
          } finally {
            log.putWait(`after ${log.getWait()}`)
          }
        },
        [queue, log, String(enter)],
      )
      until(() => queue.statistics().getters + queue.statistics().joiners > 0)
      if (end === 'cancel') task.cancel()
      else runner.close()
      t.throws(() => task.wait({ timeout: 20_000 }), { code: 'ERR_CANCELLED' })
      t.deepEqual(log.clear(), ['after before'])
    })
  }
}
