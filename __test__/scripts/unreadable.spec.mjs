// What a script sends and this Node cannot read.
//
// Promises that, by whichever way the main loop takes requests, the error is that of the call alone, and the loop goes on with
// the request behind it.

import test from 'ava'
import { AsyncRunner, Queue, Server, taskModule } from 'threaded-async'
import { closedAfter } from '../support/runner-fixture.mjs'
import { serverFor } from '../support/server-fixture.mjs'

const tasks = taskModule(new URL('./unreadable-tasks.mjs', import.meta.url))
const timeout = 30_000
const patience = { timeout }

const generous = { memoryLimit: 2 ** 26, turnBudget: 1e10, tickBudget: 1e10, turnTime: timeout }

/** Numbers that all stand at one place of a Set. */
const unreadable = 'new Set(Array.from({ length: 600 }, (_, i) => (BigInt(i) << 64n) + 5n))'
const bad = `
  const value = ${unreadable}
  const told = []
  const failed = error => void told.push(error.code)
  await host.say(value).catch(failed)
  await host.say([{ a: value }], 1).catch(failed)
  await host.execute('no such method', value).catch(failed)
  for (let i = 0; i < 12; i++) host.say(value).catch(failed)
  await host.say('between')
  while (told.length < 15) await host.say('still')
  export default () => [told.length, [...new Set(told)].join()]`
const expected = [15, 'ERR_UNCLONEABLE']

/** A script that sends what cannot be read, and two that do not, before it and behind it. */
function play(server) {
  const good = name => server.createScript(`for (const text of ['a', 'b']) await host.say(text)`, { name })
  const scripts = [good('before'), server.createScript(bad, { name: 'bad', ...generous }), good('behind')]
  return { script: scripts[1], all: scripts }
}

function check(t, said, { script, all }) {
  t.deepEqual(script.wait(patience), expected)
  for (const each of all) each.wait(patience)
  t.deepEqual(said.filter(text => text === 'a' || text === 'b' || text === 'between').sort(), [
    'a',
    'a',
    'b',
    'b',
    'between',
  ])
}

const blocking = {
  processAll: server => {
    while (server.processAll() > 0);
  },
  'processAll, request by request': server => {
    while (server.processAll({ maxRequests: 1 }) > 0);
  },
  process: server => {
    while (server.process(patience));
  },
  'tick and processAll': server => {
    for (let i = 0; i < 5; i++) {
      server.tick(patience)
      server.processAll()
    }
  },
  'advance and processAll': server => {
    while (server.advance({ until: 1, ...patience }) !== undefined || server.processAll() > 0);
  },
  tickAll: server => {
    Server.tickAll([server], patience)
    server.processAll()
  },
  settle: server => {
    do server.settle(patience)
    while (server.processAll() > 0)
  },
  processUntil: (server, { all }) => {
    for (const each of all) server.processUntil(each, patience)
  },
}

/** Servers that answer in different ways, and tell `said` what they are asked to say. */
const servers = {
  handlers: (t, said, options) => serverFor(t, { handlers: { say: text => void said.push(text) }, ...options }),
  'handlers that have every method': (t, said, options) => {
    const handlers = new Proxy({}, { get: () => text => void said.push(text) })
    return serverFor(t, { handlers, ...options })
  },
  'handlers that return promises': (t, said, options) =>
    serverFor(t, { handlers: { say: async text => void said.push(text) }, ...options }),
  handleRequest: (t, said, options) => {
    class Answering extends Server {
      handleRequest({ args }, future) {
        said.push(args[0])
        future.setResult()
      }
    }
    return serverFor(t, options, Answering)
  },
}

for (const [way, take] of Object.entries(blocking)) {
  for (const [how, make] of Object.entries(servers)) {
    if (how.includes('promises')) continue // They are answered by a live loop, below.
    for (const handlerErrors of how === 'handlers' ? ['throw', 'reject'] : ['throw']) {
      test(`B1: an unreadable request ends no loop: ${way}, ${how}, ${handlerErrors}`, t => {
        const said = []
        const server = make(t, said, { handlerErrors })
        const played = play(server)
        take(server, played)
        check(t, said, played)
        t.is(server.pending, 0)
      })
    }
  }
}

for (const [how, make] of Object.entries(servers)) {
  test(`B1: an unreadable request ends no loop: serve, ${how}`, async t => {
    const said = []
    const server = make(t, said)
    const serving = server.serve()
    const played = play(server)
    await Promise.all(played.all.map(each => each.result(patience)))
    check(t, said, played)
    await server.closeAsync()
    await serving
  })
}

for (const isThere of [false, true]) {
  test(`B1: an unreadable request ends no loop: for await, ${isThere ? 'when it is there' : 'when it comes'}`, async t => {
    const said = []
    const server = serverFor(t)
    const serve = async () => {
      for await (const [{ fun, args }, future] of server.requests()) {
        t.is(fun, 'say')
        said.push(args[0])
        future.setResult()
      }
    }
    let serving = isThere ? undefined : serve()
    const played = play(server)
    if (isThere) server.settle(patience)
    serving ??= serve()
    await Promise.all(played.all.map(each => each.result(patience)))
    check(t, said, played)
    await server.closeAsync()
    await serving
  })
}

test('B1: `next` of requests() passes over what cannot be read, asked once or often', async t => {
  const server = serverFor(t)
  const requests = server.requests()
  const waiting = Array.from({ length: 3 }, () => requests.next())
  server.createScript(
    `const value = ${unreadable}; host.say(value); host.say(1); host.say(value); host.say(2); host.say(3)`,
    generous,
  )
  const taken = await Promise.all(waiting)
  t.deepEqual(taken.map(({ value: [{ args }] }) => args[0]).sort(), [1, 2, 3])
  for (const { value } of taken) value[1].setResult()
  const last = requests.next()
  await server.closeAsync()
  t.deepEqual(await last, { value: undefined, done: true })
})

test('B1: a thousand unreadable requests that are there at once use up no stack', async t => {
  const server = serverFor(t, { queueSize: 2000 })
  const keys = 'Array.from({ length: 600 }, (_, i) => (BigInt(i) << 64n) + 5n)'
  const source = `const value = new Set(${keys}); for (let i = 0; i < 1000; i++) host.say(value); host.say('last')`
  server.createScript(source, generous)
  server.settle(patience)
  t.is(server.pending, 1001)
  for await (const [{ args }, future] of server.requests()) {
    t.deepEqual(args, ['last'])
    future.setResult()
    break
  }
})

for (const where of ['another thread', "a task of the server's own loop"]) {
  test(`B1: an unreadable request ends no loop: requests() on ${where}`, t => {
    const server = serverFor(t)
    const said = new Queue()
    const runner = where === 'another thread' ? closedAfter(t, new AsyncRunner()) : server
    const task = runner.createTask(tasks.serve, [server, said])
    const played = play(server)
    for (const each of played.all) each.wait(patience)
    check(t, said.clear(), played)
    task.cancel() // Also a loop that has passed something over is that of its task.
    t.throws(() => task.wait(patience), { code: 'ERR_CANCELLED' })
  })
}
