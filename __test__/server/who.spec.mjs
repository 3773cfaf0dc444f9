// Who asks: the client and the task of a request, as the core tells them.
//
// Promises that no script can pass for another, that a name stands for its client wherever the request is handled, and
// that a call of work which its task has left behind still goes by the task's name.

import ava from 'ava'
import { Client, Server, taskModule } from 'threaded-async'
import { until } from '../support/runner-fixture.mjs'
import { serverFor } from '../support/server-fixture.mjs'

// One at a time: what blocks here would be measured by, and delay, whatever ran beside it.
const test = ava.serial

/** Answers with who has asked. */
class Doorman extends Server {
  handleRequest({ client, task }, future) {
    future.setResult([client, task])
  }
}

const ask = client => client.whoAmI()

test('a request says which client asks, by its number or its name, and which task', t => {
  const server = serverFor(t, {}, Doorman)
  const [one, two] = [server.createClient(), server.createClient({ name: 'north' })]
  t.deepEqual([one.id, two.id, new Client(server).id], [1, 2, 3])
  const tasks = [
    server.createBackgroundTask(ask, [one]),
    server.createBackgroundTask(ask, [two], { name: 'scout' }),
    server.createBackgroundTask(async server => new Client(server).whoAmI(), [server], { name: 'own' }),
  ]
  t.is(server.processAll(), 3)
  t.deepEqual(
    tasks.map(task => task.wait()),
    [
      [1, 'ask'],
      ['north', 'scout'],
      [4, 'own'],
    ],
  )
})

test('a client has its number on every thread, and each server counts from 1', t => {
  const [server, other] = [serverFor(t, {}, Doorman), serverFor(t, {}, Doorman)]
  server.createClient()
  const client = server.createClient({ name: 'far' })
  const task = other.createBackgroundTask(async client => [client.id, await client.whoAmI()], [client], {
    name: 'guest',
  })
  t.is(other.createClient().id, 1)
  until(() => server.process())
  t.deepEqual(task.wait({ timeout: 20_000 }), [2, ['far', 'guest']])
})

test('a call from outside of tasks has no task', async t => {
  const server = serverFor(t, {}, Doorman)
  const answer = server.createClient().whoAmI()
  t.true(server.process())
  t.deepEqual(await answer, [1, undefined])
})

test('a script cannot give itself a name', t => {
  const server = serverFor(t, {}, Doorman)
  const forge = async server => {
    const codes = []
    try {
      server.createClient({ name: 'admin' })
    } catch (error) {
      codes.push(error.code)
    }
    const client = new Client(server, 'admin')
    client.name = 'admin'
    return [...codes, await client.whoAmI({ client: 'admin' }, 'admin')]
  }
  const task = server.createBackgroundTask(forge, [server])
  t.is(server.processAll(), 1)
  t.deepEqual(task.wait(), ['ERR_INVALID_STATE', [1, 'forge']])
})

test('a name is a text, and a client is only made with a good one', t => {
  const server = serverFor(t, {}, Doorman)
  for (const name of [1, null, {}]) t.throws(() => server.createClient({ name }), { code: 'ERR_INVALID_ARG_TYPE' })
  t.throws(() => server.createClient(1), { code: 'ERR_INVALID_ARG_TYPE' })
  t.is(server.createClient().id, 1)
  server.close()
  t.throws(() => server.createClient({ name: 'late' }), { code: 'ERR_RUNNER_CLOSED' })
})

test('work that a task has left behind asks under its name, in calls from before its end and from after it', t => {
  const server = serverFor(t, {}, Doorman)
  const leave = client => {
    void (async () => {
      const first = await client.whoAmI()
      const second = await client.whoAmI()
      await client.report(first, second)
    })()
  }
  const seen = []
  server.handleRequest = ({ fun, args, client, task }, future) => {
    if (fun === 'report') seen.push(...args)
    future.setResult([client, task])
  }
  const task = server.createBackgroundTask(leave, [server.createClient()], { name: 'gone' })
  task.wait({ timeout: 20_000 })
  t.is(server.processAll(), 3)
  t.deepEqual(seen, [
    [1, 'gone'],
    [1, 'gone'],
  ])
})

test('a request says who has asked for as long as it is kept, answered or not', async t => {
  const server = serverFor(t)
  let kept
  server.handleRequest = (request, future) => {
    kept = request
    future.setResult(1)
  }
  const task = server.createBackgroundTask(c => c.once(), [server.createClient({ name: 'x' })], { name: 'asker' })
  t.true(server.process())
  task.wait()
  server.settle()
  t.deepEqual([kept.client, kept.task], ['x', 'asker'])
  server.close()
  t.deepEqual([kept.client, kept.task], ['x', 'asker'])
})

test('requests on another thread say the same', t => {
  const server = serverFor(t)
  const reader = serverFor(t)
  const reading = reader.createBackgroundTask(
    async server => {
      for await (const [{ client, task }, future] of server.requests()) {
        future.setResult([client, task])
        return 'read'
      }
    },
    [server],
  )
  const task = server.createTask(ask, [server.createClient({ name: 'shared' })], { name: 'script' })
  t.deepEqual(task.wait({ timeout: 20_000 }), ['shared', 'script'])
  t.is(reading.wait({ timeout: 20_000 }), 'read')
})

test('straight-line calls, and those of stubs, say who asks', t => {
  const server = serverFor(t, { allowBlocking: true })
  const seen = []
  server.handleRequest = ({ args, client, task }, future) => {
    seen.push([client, task])
    future.setResult(args[0] + 1)
  }
  const straight = server.createBackgroundTask(c => c.sync.increment(1), [server.createClient()], { name: 'straight' })
  until(() => {
    server.process()
    return straight.done()
  })
  const { twice } = taskModule(new URL('./stubs.mjs', import.meta.url))
  const stub = server.createBackgroundTask(twice, [server, 1])
  server.processAll()
  t.is(stub.wait(), 3)
  t.deepEqual(seen, [
    [1, 'straight'],
    [2, 'twice'],
    [2, 'twice'],
  ])
})
