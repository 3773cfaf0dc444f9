// How a link begins, and ends while it does: servers that say nothing, or too late; machines that make one queue at once.

import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import test from 'ava'
import { AsyncRunner, CancelledError, Event, Queue, RunnerClosedError, taskModule } from 'threaded-async'
import { NatsLink } from 'threaded-async/nats'
import { NatsServer, withServer } from '../support/nats-server.mjs'

const served = withServer(test)
const LONG = { timeout: 60_000 }
const tasks = taskModule(new URL('blocking-tasks.mjs', import.meta.url))
const server = NatsServer.shared(test)

/** The URL of a server that does with its sockets what it is told. */
async function serving(t, attend) {
  const sockets = new Set()
  const listener = createServer(socket => {
    sockets.add(socket)
    socket.on('error', () => {})
    attend(socket)
  })
  t.teardown(() => {
    for (const socket of sockets) socket.destroy()
    listener.close()
  })
  await once(listener.listen(0, '127.0.0.1'), 'listening')
  return `nats://127.0.0.1:${listener.address().port}`
}

for (const when of ['before it is connected', 'while the server says nothing']) {
  test(`a link that is closed ${when} ends all calls as ever`, async t => {
    let connected
    const isConnected = new Promise(resolve => (connected = resolve))
    const link = new NatsLink({ servers: await serving(t, connected) })
    const queue = link.queue('a')
    const waits = [queue.get(), queue.put(1), queue.qsize(), link.client('arena')]
    const task = link.tasks('pool').submit('work')
    if (when.startsWith('while')) await isConnected
    await link.closeAsync()
    for (const wait of waits) await t.throwsAsync(wait, { instanceOf: RunnerClosedError })
    await t.throwsAsync(task.result(), { instanceOf: CancelledError })
  })
}

test('a task that is cancelled while it blocks for a link that starts is told that, not that the link was closed', async t => {
  const url = await serving(t, () => {})
  for (const verb of ['getWait', 'putWait', 'qsizeWait', 'clientWait']) {
    const runner = new AsyncRunner({ allowBlocking: true })
    const [begun, told] = [new Event(), new Queue()]
    const task = runner.createTask(tasks.blocked, [url, verb, begun, told])
    await begun.waitAsync()
    task.cancel()
    t.is(await told.get(LONG), 'CancelledError', verb)
    await t.throwsAsync(task.result(), { instanceOf: CancelledError })
    await runner.closeAsync()
  }
})

served('a server that has not had the word of a link in time is connected to again', async t => {
  const { port } = new URL(server.url)
  let count = 0
  const url = await serving(t, socket => {
    if (++count > 1) return socket.pipe(connect(port, '127.0.0.1')).pipe(socket)
    const info = {
      server_id: 'late',
      version: '2.9.0',
      max_payload: 1024,
      proto: 1,
      headers: true,
      auth_required: true,
    }
    socket.end(`INFO ${JSON.stringify(info)}\r\n-ERR 'Authentication Timeout'\r\n`)
  })
  const link = new NatsLink({ servers: url })
  t.teardown(() => link.closeAsync())
  t.is(await link.queue(randomUUID()).qsize(LONG), 0)
  t.is(count, 2)
})

served('of machines that make a queue at the same time, one does, and the others take it as it is', async t => {
  const links = Array.from({ length: 3 }, () => server.link(t))
  await Promise.all(links.map(link => link.queue('warm').qsize(LONG)))
  const options = { maxsize: 4, ackWait: 1000 }
  for (let round = 0; round < 30; round++) {
    const name = randomUUID()
    const [asked, ...plain] = await Promise.allSettled(
      links.map((link, i) => link.queue(name, i === 0 ? options : {}).qsize(LONG)),
    )
    for (const { status, reason } of plain) t.is(status, 'fulfilled', reason?.message)
    // What one has asked for is so then, or was refused by name.
    if (asked.status === 'rejected') t.is(asked.reason.code, 'ERR_NATS_CONFIGURATION')
    const again = links[1].queue(name, options).qsize(LONG)
    if (asked.status === 'fulfilled') t.is(await again, 0)
    else await t.throwsAsync(again, { code: 'ERR_NATS_CONFIGURATION', message: /maxsize 0, and is asked for with 4/ })
  }
})
