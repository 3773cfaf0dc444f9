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
