// Control inversion across machines: servers and clients over NATS; with a real server.

import { randomUUID } from 'node:crypto'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import test from 'ava'
import { connect } from '@nats-io/transport-node'
import {
  AsyncRunner,
  CancelledError,
  Event,
  EventLoopTimeoutError,
  InvalidStateError,
  RunnerClosedError,
  Server,
  UncloneableError,
} from 'threaded-async'
import { NatsLink } from 'threaded-async/nats'
import { NatsServer, withServer } from '../support/nats-server.mjs'

const served = withServer(test)
const LONG = { timeout: 60_000 }
const nats = NatsServer.shared(test)

/** A server on one link, and another link for its clients. */
function arena(t, options, name = randomUUID()) {
  const server = new Server(options)
  t.teardown(() => server.closeAsync())
  const [game, scripts] = [nats.link(t), nats.link(t)]
  return { server, game, scripts, name, serving: game.serve(server, name) }
}

/** Keeps what it is asked and does not answer. */
class Holding extends Server {
  held = []

  handleRequest(request, future) {
    if (request.fun === 'echo') future.setResult(request.args[0])
    else this.held.push(request)
  }
}

const until = async claim => {
  while (!claim()) await new Promise(resolve => setTimeout(resolve, 1))
}

const caught = promise => promise.then(() => undefined, error => error) // prettier-ignore

served('a round has one call of each remote client, in the order in which they have joined', async t => {
  const order = []
  const { server, scripts, name } = arena(t, { handlers: { say: text => void order.push(text) } })
  const local = server.createClient()
  const clients = [await scripts.client(name, LONG), scripts.clientWait(name, LONG), await scripts.client(name, LONG)]
  const calls = [2, 1, 0].flatMap(at => [clients[at].say(`${at}a`), clients[at].say(`${at}b`)])
  await until(() => server.pending === 6)
  calls.push(local.say('local'))
  t.is(server.processAll({ maxRequests: 4 }), 4)
  t.deepEqual(order.splice(0), ['local', '0a', '1a', '2a'])
  server.processAll()
  t.deepEqual(order, ['0b', '1b', '2b'])
  await Promise.all(calls)
})

served('a value arrives as among threads, and so does an answer, or an error with its class and fields', async t => {
  const failing = () => {
    throw Object.assign(new RangeError('too far'), { code: 'FAR', cause: new Map([[1, 2]]) })
  }
  const { server, scripts, name } = arena(t, { handlers: { echo: (...args) => args, failing } })
  void server.serve()
  const client = await scripts.client(name, LONG)
  const value = { map: new Map([[1, new Date(5)]]), bytes: new Uint8Array([1, 2]), self: undefined }
  value.self = value
  t.deepEqual(await client.echo(value, undefined, -0), [value, undefined, -0])
  t.deepEqual(await client.execute('echo'), [])
  const error = await caught(client.failing())
  t.true(error instanceof RangeError)
  t.like(error, { message: 'too far', code: 'FAR', cause: new Map([[1, 2]]) })
  t.is((await caught(client.ech())).code, 'ERR_METHOD_NOT_IMPLEMENTED')
})

served(
  'what cannot leave the process is refused by its path, and what is too large by its size; the server sees neither',
  async t => {
    const taken = []
    const large = new Uint8Array(2 ** 20)
    const { server, scripts, name } = arena(t, {
      handlers: { take: value => void taken.push(value), event: () => new Event(), large: () => large },
    })
    void server.serve()
    const client = await scripts.client(name, LONG)
    const refused = await caught(client.take(0, { here: new Event() }))
    t.true(refused instanceof UncloneableError)
    t.is(refused.path, 'args[1].here')
    const tooLarge = await caught(client.take(large))
    t.is(tooLarge.code, 'ERR_NATS_PAYLOAD')
    t.regex(tooLarge.message, /^The call of 'take' takes \d+ bytes, more than the NATS server takes at once/)
    t.deepEqual(taken, [])
    const { path, message } = await caught(client.event())
    t.is(path, 'result')
    t.regex(message, /^In the answer to 'event', result cannot leave the process: it is /)
    t.regex((await caught(client.large())).message, /^The answer to 'large' takes/)
    await client.take('small')
    t.deepEqual(taken, ['small'])
  },
)

served('a remote client is sent to tasks, and blocks there by sync', async t => {
  const { server, scripts, name } = arena(t, { handlers: { add: (a, b) => a + b } })
  void server.serve()
  const client = await scripts.client(name, LONG)
  const runner = new AsyncRunner({ allowBlocking: true })
  t.teardown(() => runner.closeAsync())
  const task = runner.createTask(async client => (await client.add(1, 2)) + client.sync.add(3, 4), [client])
  t.is(await task.result(), 10)
})

for (const how of ['signal', 'task']) {
  served(`${how}: a call that is given up is never seen, or is told so where it was taken`, async t => {
    const name = randomUUID()
    const server = new Holding()
    t.teardown(() => server.closeAsync())
    nats.link(t).serve(server, name)
    const client = await nats.link(t).client(name, LONG)
    const runner = new AsyncRunner()
    t.teardown(() => runner.closeAsync())
    for (const isTaken of [false, true]) {
      const controller = new AbortController()
      const { signal } = controller
      const call =
        how === 'signal'
          ? caught(client.with({ signal }).hold())
          : caught(runner.createTask(client => client.hold(), [client], { signal }).result())
      await until(() => server.pending === 1)
      if (isTaken) server.processAll()
      controller.abort(new Error('enough'))
      const error = await call
      if (how === 'signal') t.is(error.message, 'enough')
      else t.true(error instanceof CancelledError)
      await until(() => (isTaken ? server.held[0].cancelled : server.pending === 0))
      t.is(server.held.length, isTaken ? 1 : 0)
    }
  })
}

served('timeout: a call that is given up before it was taken is never seen', async t => {
  const name = randomUUID()
  const server = new Holding()
  t.teardown(() => server.closeAsync())
  nats.link(t).serve(server, name)
  const client = await nats.link(t).client(name, LONG)
  t.true((await caught(client.with({ timeout: 20 }).hold())) instanceof EventLoopTimeoutError)
  const echoed = [client.echo(1), client.echo(2)]
  await until(() => server.pending === 2) // They come behind the word that the other was given up.
  t.is(server.processAll(), 2)
  t.deepEqual(await Promise.all(echoed), [1, 2])
  t.is(server.held.length, 0)
})

served('the clock of the server wakes remote clients, which know its time', async t => {
  const { server, scripts, name } = arena(t, { handlers: { nothing: () => {} } })
  const client = await scripts.client(name, LONG)
  const waits = [client.nextTick(), client.delay(2.5), client.with(LONG).delay(3)]
  const called = client.nothing()
  await until(() => server.pending === 1)
  t.is(server.tick(), 1)
  await waits[0]
  t.is(server.advance(), 2.5)
  await waits[1]
  server.processAll()
  await called
  t.is(client.now, 2.5)
  server.tick()
  await waits[2]
  t.is((await caught(client.with({ timeout: 1 }).delay(5))).code, 'ERR_EVENT_LOOP_TIMEOUT')
  t.is((await caught(client.delay(-1))).code, 'ERR_OUT_OF_RANGE')
})

served('a server may have methods that are called as those of the clock', async t => {
  const { server, scripts, name } = arena(t, { handlers: { delay: time => `later by ${time}` } })
  void server.serve()
  const client = await scripts.client(name, LONG)
  t.is(await client.execute('delay', 5), 'later by 5')
})

served('a client waits for a server of its name, and has no place where it has waited in vain', async t => {
  const [name, scripts] = [randomUUID(), nats.link(t)]
  const error = await caught(scripts.client(name, { timeout: 30 }))
  t.true(error instanceof EventLoopTimeoutError)
  t.throws(() => scripts.clientWait(name, { timeout: 30 }), { code: 'ERR_EVENT_LOOP_TIMEOUT' })
  const joining = scripts.client(name, LONG)
  const server = new Server({ handlers: { echo: value => value } })
  t.teardown(() => server.closeAsync())
  nats.link(t).serve(server, name)
  const client = await joining
  void server.serve()
  t.is(await client.echo(1), 1)
})

for (const how of ['server', 'link', 'task']) {
  served(`${how}: the end of a server ends its calls, and those made later wait for the next of its name`, async t => {
    const name = randomUUID()
    const server = new Holding()
    t.teardown(() => server.closeAsync())
    const game = nats.link(t)
    const serving = game.serve(server, name)
    const client = await nats.link(t).client(name, LONG)
    void server.serve()
    const held = caught(client.hold())
    t.is(await client.echo(1), 1)
    if (how === 'server') await server.closeAsync()
    else if (how === 'link') await game.closeAsync()
    else serving.cancel()
    t.true((await held) instanceof RunnerClosedError)
    await caught(serving.result())
    const later = client.echo(2)
    const next = new Holding()
    t.teardown(() => next.closeAsync())
    nats.link(t).serve(next, name)
    void next.serve()
    t.is(await later, 2)
    if (how !== 'server') t.true(server.held[0].cancelled)
  })
}

served('a name is served once, and again when that has ended', async t => {
  const { server, game, scripts, name, serving } = arena(t, { handlers: { echo: value => value } })
  await scripts.client(name, LONG)
  for (const link of [game, scripts]) {
    t.is((await caught(link.serve(server, name).result(LONG))).code, 'ERR_NATS_SERVED')
  }
  serving.cancel()
  await caught(serving.result())
  scripts.serve(server, name)
  void server.serve()
  const client = await game.client(name, LONG)
  t.is(await client.echo(3), 3)
})

served('a client that leaves gives up its place and its calls', async t => {
  const name = randomUUID()
  const server = new Holding()
  t.teardown(() => server.closeAsync())
  nats.link(t).serve(server, name)
  const scripts = nats.link(t)
  const [client, other] = [await scripts.client(name, LONG), await scripts.client(name, LONG)]
  const seen = caught(client.hold())
  await until(() => server.pending === 1)
  server.processAll()
  const late = caught(client.hold())
  await until(() => server.pending === 1)
  scripts.leave(client)
  for (const call of [seen, late]) t.true((await call) instanceof InvalidStateError)
  await until(() => server.pending === 0 && server.held[0].cancelled)
  t.true((await caught(client.hold())) instanceof InvalidStateError)
  const echoed = other.echo(5)
  await until(() => server.pending === 1)
  server.processAll()
  t.is(await echoed, 5)
})

served('a client that nothing holds any more gives up its place', async t => {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc')
  const { scripts, name } = arena(t)
  const nc = await connect({ servers: nats.url })
  t.teardown(() => nc.close())
  let hasLeft = false
  nc.subscribe(`threaded-async.serve.${name}.calls`, {
    callback: (_, { data }) => {
      if (Buffer.from(data).includes('"kind":"leave"')) hasLeft = true
    },
  })
  await nc.flush()
  await (async () => t.is((await scripts.client(name, LONG)).now, 0))()
  await until(() => {
    collect()
    for (let i = 0; i < 100; i++) new Event() // What is not held any more is found when objects are made.
    return hasLeft
  })
})

served('the end of a link ends its calls, and its places at once', async t => {
  const name = randomUUID()
  const server = new Holding()
  t.teardown(() => server.closeAsync())
  nats.link(t, { heartbeat: 3_600_000 }).serve(server, name)
  const scripts = nats.link(t, { heartbeat: 3_600_000 })
  const client = await scripts.client(name, LONG)
  const calls = [caught(client.hold()), caught(client.hold())]
  await until(() => server.pending === 2)
  server.processAll({ maxRequests: 1 })
  await scripts.closeAsync()
  for (const call of calls) t.true((await call) instanceof RunnerClosedError)
  await until(() => server.held[0].cancelled && server.pending === 0)
  t.true((await caught(scripts.client(name))) instanceof RunnerClosedError)
  t.throws(() => scripts.serve(server, name), { code: 'ERR_RUNNER_CLOSED' })
})

served('a link that is closed while it begins to serve, or waits for a server, says nothing more', async t => {
  const server = new Server()
  t.teardown(() => server.closeAsync())
  const link = nats.link(t)
  const serving = link.serve(server, randomUUID())
  const joining = caught(link.client(randomUUID()))
  await link.closeAsync()
  t.is((await joining).code, 'ERR_RUNNER_CLOSED')
  const ended = await caught(serving.result())
  t.true([undefined, 'ERR_RUNNER_CLOSED', 'ERR_CANCELLED'].includes(ended?.code), String(ended?.stack))
})

served('options and arguments are checked by name before anything happens', async t => {
  const link = nats.link(t)
  const server = new Server()
  await server.closeAsync()
  t.throws(() => link.serve({}, 'arena'), { code: 'ERR_INVALID_ARG_TYPE', message: /server/ })
  t.throws(() => link.serve(server, 'a.b'), { code: 'ERR_INVALID_ARG_VALUE' })
  t.throws(() => link.serve(server, 'arena'), { code: 'ERR_RUNNER_CLOSED' })
  t.throws(() => link.clientWait('a b'), { code: 'ERR_INVALID_ARG_VALUE' })
  t.throws(() => link.clientWait('arena', { signal: 1 }), { code: 'ERR_INVALID_ARG_VALUE' })
  t.throws(() => link.leave({}), { code: 'ERR_INVALID_ARG_TYPE' })
  t.throws(() => new NatsLink({ servers: nats.url, heartbeat: 1 }), { code: 'ERR_OUT_OF_RANGE' })
})

const framed = (head, version = 1) => {
  const front = Buffer.from([0x74, 0x61, 0x73, version, 0, 0, 0, 0])
  front.writeUInt32BE(head.length, 4)
  return Buffer.concat([front, Buffer.from(head)])
}

served('of two that serve one name, as the first was not reached, the later one stays', async t => {
  const { server, scripts, name, serving } = arena(t, { handlers: { echo: value => value } })
  void server.serve()
  const client = await scripts.client(name, LONG)
  const nc = await connect({ servers: nats.url })
  t.teardown(() => nc.close())
  const heard = []
  nc.subscribe(`threaded-async.serve.${name}.all`, {
    callback: (_, { data }) => void heard.push(JSON.parse(data.subarray(8)).kind),
  })
  const up = epoch => nc.publish(`threaded-async.serve.${name}.all`, framed(JSON.stringify({ kind: 'up', epoch })))
  up('0')
  await until(() => heard.length === 2) // Its own word, and that of the one that stays.
  t.is(await client.echo(1), 1)
  up('z')
  t.is((await caught(serving.result(LONG))).code, 'ERR_NATS_SERVED')
  await until(() => heard.length === 4)
  t.deepEqual(heard, ['up', 'up', 'up', 'down'])
})

served('a machine that serves a name and is slow to say so serves it', async t => {
  const [name, nc] = [randomUUID(), await connect({ servers: nats.url })]
  t.teardown(() => nc.close())
  let asked = 0
  nc.subscribe(`threaded-async.serve.${name}.calls`, {
    callback: (_, message) => {
      if (++asked === 3) message.respond(framed('{"kind":"served","epoch":"0"}'))
    },
  })
  await nc.flush()
  const server = new Server()
  t.teardown(() => server.closeAsync())
  t.is((await caught(nats.link(t).serve(server, name).result(LONG))).code, 'ERR_NATS_SERVED')
  t.is(asked, 3)
})

for (const [how, stop] of Object.entries({
  'is cancelled': (_, serving) => serving.cancel(),
  'loses its server': server => server.close(),
  'loses its link': (_, __, link) => link.closeAsync(),
})) {
  served(
    `a serve that ${how} while it asks who serves the name ends at once, and never says that it serves`,
    async t => {
      const [name, nc] = [randomUUID(), await connect({ servers: nats.url })]
      t.teardown(() => nc.close())
      let asked
      const isAsked = new Promise(resolve => (asked = resolve))
      const said = []
      nc.subscribe(`threaded-async.serve.${name}.calls`, { callback: () => asked() })
      nc.subscribe(`threaded-async.serve.${name}.all`, { callback: (_, { data }) => said.push(data) })
      await nc.flush()
      const server = new Server()
      t.teardown(() => server.closeAsync())
      // It would ask for as long as two heartbeats.
      const link = nats.link(t, { heartbeat: 50_000 })
      const serving = link.serve(server, name)
      await isAsked
      await stop(server, serving, link)
      t.true([undefined, 'ERR_CANCELLED'].includes((await caught(serving.result(LONG)))?.code))
      await nc.flush()
      t.deepEqual(said, [])
    },
  )
}

served('bytes of other programs are left alone, and those of another version are refused by name', async t => {
  const { server, scripts, name } = arena(t, { handlers: { echo: value => value } })
  void server.serve()
  const client = await scripts.client(name, LONG)
  const nc = await connect({ servers: nats.url })
  t.teardown(() => nc.close())
  const root = `threaded-async.serve.${name}`
  const heads = ['', '{', '[]', 'null', '{"kind":"call"}', '{"kind":"toString"}', '{"kind":"hello","session":1}']
  for (const bytes of ['hello', ...heads.map(head => framed(head)), framed('').subarray(0, 7)]) {
    nc.publish(`${root}.calls`, bytes)
    nc.publish(`${root}.all`, bytes)
  }
  await nc.flush()
  t.is(await client.echo(1), 1)
  const answer = await nc.request(`${root}.calls`, framed('{}', 9), { timeout: 10_000 })
  t.deepEqual([...answer.data.subarray(0, 4)], [0x74, 0x61, 0x73, 1])

  const other = randomUUID()
  nc.subscribe(`threaded-async.serve.${other}.calls`, { callback: (_, message) => message.respond(framed('{}', 9)) })
  const error = await caught(scripts.client(other, LONG))
  t.is(error.code, 'ERR_NATS_VERSION')
  t.regex(error.message, /speaks version 9; this one speaks version 1/)
})
