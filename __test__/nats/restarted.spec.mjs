// A server that comes back as another than it was: with another password, another `max_payload`, or without what it stored.

import test from 'ava'
import { ExceptionGroup, Server } from 'threaded-async'
import { NatsServer, withServer } from '../support/nats-server.mjs'

const served = withServer(test)
const LONG = { timeout: 60_000 }
const hosted = new URL('host-tasks.mjs', import.meta.url)

/** A server of its own, which is restarted with another configuration. */
async function restarting(t, config) {
  const server = await NatsServer.start(config)
  t.teardown(() => server.end())
  const restart = async config => {
    await server.kill()
    await server.start(config)
  }
  return { server, restart }
}

/** Resolves when the loop of the link has noticed that there is no connection any more. */
async function isDown(link) {
  const tasks = link.tasks('nobody')
  const said = () => tasks.submit('nothing', [], { timeout: 10 }).result().catch(error => error.message) // prettier-ignore
  while (!(await said()).includes('there was no connection'));
}

served('a server and a host whose connection is refused when it comes back say so', async t => {
  const login = password => `authorization { user: "ada", password: "${password}" }`
  const { server, restart } = await restarting(t, login('secret'))
  const links = ['arena', 'other'].map(name => {
    const link = server.link(t, { user: 'ada', pass: 'secret' })
    const game = new Server({ handlers: {} })
    t.teardown(() => game.close())
    return { link, host: link.work(name, hosted), serving: link.serve(game, name) }
  })
  for (const [i, { link }] of links.entries()) {
    await link.client(['arena', 'other'][1 - i], LONG)
    t.is(await link.tasks(['arena', 'other'][i]).submit('add', [i, 1], LONG).result(), i + 1)
  }
  await restart(login('changed'))
  for (const { serving } of links) await t.throwsAsync(serving.result(), { code: 'ERR_NATS_REFUSED' })
  const [closed, left] = links
  await t.throwsAsync(closed.host.closeAsync(), { code: 'ERR_NATS_REFUSED', message: /authorization/i })
  await closed.link.closeAsync()
  const group = await t.throwsAsync(left.link.closeAsync(), { instanceOf: ExceptionGroup })
  t.deepEqual(group.errors.map(({ code }) => code), ['ERR_NATS_REFUSED']) // prettier-ignore
})

served('what a server takes at once is what it says when the link comes back, not what it said at first', async t => {
  const { server, restart } = await restarting(t, 'max_payload: 100000')
  const [a, b] = [server.link(t), server.link(t)]
  const queue = a.queue('queue')
  const [name, url] = ['pool', hosted]
  b.work(name, url)
  const tasks = a.tasks(name)
  const large = 'x'.repeat(5000)
  const calls = {
    put: () => queue.put(large, LONG),
    task: () => tasks.submit('same', [large], LONG).result(),
    result: () => tasks.submit('large', [5000], LONG).result(),
    'a task without a host': () => a.tasks('nobody').submit('same', [large], { timeout: 500 }).result(),
  }
  const codes = async () => {
    await queue.put('small', LONG) // The link is back, and then that of the host.
    await tasks.submit('nothing', [], LONG).result()
    const code = ([what, call]) => call().then(() => [what, 'fits'], error => [what, error.code]) // prettier-ignore
    return Object.fromEntries(await Promise.all(Object.entries(calls).map(code)))
  }
  const fits = { put: 'fits', task: 'fits', result: 'fits', 'a task without a host': 'ERR_EVENT_LOOP_TIMEOUT' }
  const refused = Object.fromEntries(Object.keys(calls).map(what => [what, 'ERR_NATS_PAYLOAD']))
  t.deepEqual(await codes(), fits)
  await restart('max_payload: 1000')
  t.deepEqual(await codes(), refused)
  await restart('max_payload: 100000')
  t.deepEqual(await codes(), fits)
})

served('a put and a task that wait for a server are told by that how much it takes', async t => {
  const { server } = await restarting(t, 'max_payload: 100000')
  const link = server.link(t)
  const queue = link.queue('queue')
  await queue.put('small', LONG)
  await server.kill()
  await isDown(link)
  const waits = [
    queue.put('x'.repeat(5000), LONG),
    link
      .tasks('pool')
      .submit('same', ['x'.repeat(5000)], LONG)
      .result(),
  ]
  await server.start('max_payload: 1000')
  for (const wait of waits) await t.throwsAsync(wait, { code: 'ERR_NATS_PAYLOAD', message: /max_payload: 1000\b/ })
})
