// Ctrl-C while the main thread blocks for a link that has no server yet, and while it closes a host.
//
// The wait ends with InterruptedError, which names the call, and takes nothing of the link with it: once there is a server, it
// puts, gets, has clients and runs tasks; and the host can be closed.

import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { AsyncRunner, InterruptedError, Server, taskModule } from 'threaded-async'
import { NatsLink } from 'threaded-async/nats'
import { until } from './support.mjs'

const LONG = { timeout: 60_000 }
const nats = taskModule(new URL('nats-tasks.mjs', import.meta.url))
const hosted = new URL('../nats/host-tasks.mjs', import.meta.url)
const runner = new AsyncRunner()
let hear
process.on('SIGINT', () => hear())

/** The signal is there when the call begins to wait. Resolves when its listener has run. */
async function interrupted(call, what) {
  const heard = new Promise(resolve => (hear = resolve))
  process.kill(process.pid, 'SIGINT')
  assert.throws(call, error => error instanceof InterruptedError && error.message.startsWith(what))
  await heard
}

/** The calls that connect, on links of their own. */
const connecting = {
  getWait: [link => link.queue('a').getWait(LONG), "getWait on queue 'a'"],
  putWait: [link => link.queue('a').putWait('never', LONG), "putWait on queue 'a'"],
  qsizeWait: [link => link.queue('a').qsizeWait(LONG), "qsizeWait on queue 'a'"],
  clientWait: [link => link.clientWait('arena', LONG), "client of server 'arena'"],
}

async function whileItConnects(url) {
  runner.run(nats.kill)
  const links = []
  for (const [call, what] of Object.values(connecting)) {
    const link = new NatsLink({ servers: url })
    await interrupted(() => call(link), what)
    links.push(link)
  }
  runner.run(nats.startAgain)
  for (const [number, link] of links.entries()) {
    const queue = link.queue('a')
    queue.putWait(number, LONG)
    const { value, ack } = queue.getWait(LONG)
    assert.equal(value, number)
    ack()
    while (queue.qsizeWait(LONG) > 0);
    await overLink(link, number)
    link.close()
  }
}

async function overLink(link, number) {
  const name = `pool-${number}`
  const host = link.work(name, hosted)
  assert.equal(link.tasks(name).run('add', [number, 1], LONG), number + 1)
  host.close()
  const server = new Server({ handlers: { double: x => 2 * x } })
  const serving = link.serve(server, name)
  const handling = server.serve()
  const client = await link.client(name, LONG)
  assert.equal(await client.double(number), 2 * number)
  server.close()
  await Promise.all([handling, serving.result()])
}

async function whileAHostCloses(url) {
  const folder = mkdtempSync(join(tmpdir(), 'threaded-async-nats-'))
  const file = join(folder, 'told')
  const link = new NatsLink({ servers: url })
  const host = link.work('closing', hosted)
  const task = link.tasks('closing').submit('cleanUp', [file])
  until(() => begun(file))
  await interrupted(() => host.close(), "close of the host 'closing'")
  host.close()
  await host.closeAsync()
  assert.equal(task.wait(LONG), 'cleaned up')
  link.close()
  rmSync(folder, { recursive: true })
}

function begun(file) {
  try {
    return readFileSync(file, 'utf8') !== ''
  } catch {
    return false
  }
}

const url = runner.run(nats.start)
try {
  await whileItConnects(url)
  await whileAHostCloses(url)
} finally {
  await runner.createTask(nats.end).result()
}
runner.close()
console.log('pass')
